"""Batches of images in the official layout, for tests: pickled as Python 2 did it."""

import io
import pickle
import struct
from typing import Any, ClassVar

import numpy as np

PurePickler: Any = pickle._Pickler  # written in Python: only its dispatch can be changed


class Python2Pickler(PurePickler):
    """Writes what Python 2 wrote, as in the official files: 8-bit strings, flags 0 and 1."""

    def save_string(self, value: bytes | str) -> None:
        data = value.encode("latin1") if isinstance(value, str) else value
        self.write(pickle.BINSTRING + struct.pack("<i", len(data)) + data)
        self.memoize(value)

    def save_flag(self, value: bool) -> None:
        self.write(pickle.BININT1 + bytes([value]))

    dispatch: ClassVar = {
        **PurePickler.dispatch,
        bytes: save_string,
        str: save_string,
        bool: save_flag,
    }


def python2_pickle(value: object) -> bytes:
    stream = io.BytesIO()
    Python2Pickler(stream, protocol=2).dump(value)
    return stream.getvalue().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


def batch(number: int, rows: int = 10_000) -> dict[bytes, object]:
    """A batch whose images hold their own place: file, then row as high and low byte."""
    data = np.zeros((rows, 3072), np.uint8)
    row = np.arange(rows)
    data[:, 0], data[:, 1], data[:, 2] = number, row // 256, row % 256
    return {b"data": data, b"labels": [(number + r) % 10 for r in range(rows)]}
