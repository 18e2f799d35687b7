"""Frames: messages between the trusted side and a worker, in both directions.

A frame is `MAGIC`, the length of the rest (8 bytes, big-endian), the length of its JSON text (4
bytes), the JSON text, and the numbers of its arrays in the order of the text, which has dtype,
shape and memory order of each. Nothing is ever unpickled. A worker runs a copy of this file, so it
needs only the standard library and NumPy; the trusted side uses only values that are checked here.
"""

import json
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

MAGIC = b"dcv1"
LARGEST = 256 * 2**20  # bytes of one frame
LARGEST_TEXT = 2**20  # bytes of JSON; parsed, they take many times as much
MOST_VALUES = 50_000  # in the JSON of one frame, each of which becomes an object
MOST_ARRAYS = 10_000
DEEPEST = 20
TYPES = {"float32": np.float32, "float64": np.float64}  # the dtypes that a model may be asked for
# Booleans, integers and floats of either byte order, as NumPy writes dtypes; never objects.
NUMBERS = re.compile(r"[<>|][biuf](1|2|4|8|16)", re.ASCII)
MOST_AXES = 32
HEAD = struct.Struct(">4sQ")
TEXT = struct.Struct(">I")

Layout = Literal["plain", "strided"]


class FrameError(Exception):
    """The bytes are not a frame, or exceed its limits."""


@dataclass(frozen=True)
class Handle:
    """Something that stays in the worker: a cache, a model."""

    number: int


@dataclass(frozen=True)
class LaidOutArray:
    """An array, and its layout in the worker's memory."""

    array: np.ndarray  # C or Fortran order travels by itself
    layout: Layout = "plain"  # 'strided': every other entry of a larger array along the last axis


def encode(message: dict[str, Any]) -> bytes:
    """Put a message into a frame.

    It may hold None, bool, int, float, str, list, tuple, dict with str keys, arrays and numbers of
    NumPy, `Handle` and `LaidOutArray`. Anything else, or too much, is a FrameError.
    """
    arrays: list[bytes] = []
    text = json.dumps(_to_json(message, arrays, DEEPEST)).encode()
    if len(text) > LARGEST_TEXT:
        raise FrameError(
            f"{len(text):,} bytes beside the arrays, at most {LARGEST_TEXT:,} are allowed"
        )
    body = [TEXT.pack(len(text)), text, *arrays]
    length = sum(map(len, body))
    if length > LARGEST or len(arrays) > MOST_ARRAYS:
        raise FrameError(
            f"a frame of {length:,} bytes and {len(arrays):,} arrays, at most {LARGEST:,} bytes "
            f"and {MOST_ARRAYS:,} arrays are allowed"
        )
    return b"".join([HEAD.pack(MAGIC, length), *body])


def body_length(head: bytes, largest: int = LARGEST) -> int:
    """Read the length of a frame from its first bytes; a FrameError if it is too large."""
    magic, length = HEAD.unpack(head)
    if magic != MAGIC:
        raise FrameError(f"got {magic!r}, expected a frame, which begins with {MAGIC!r}")
    if length > largest:
        raise FrameError(f"a frame of {length:,} bytes, at most {largest:,} are allowed")
    return int(length)


def decode(body: bytes) -> dict[str, Any]:
    """Decode a frame's body; a FrameError if it does not have the form that `encode` makes."""
    view = memoryview(body)
    text = _read_text(view)
    arrays = _Arrays(view[TEXT.size + len(text) :])
    if text.count(b",") > MOST_VALUES:
        raise FrameError(f"more than {MOST_VALUES:,} values in one frame")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"the text is not JSON: {type(error).__name__}") from None
    message = _from_json(value, arrays, DEEPEST)
    if not isinstance(message, dict):
        raise FrameError(f"got a {type(message).__name__}, expected a message, which is a dict")
    if arrays.bytes_left:
        raise FrameError(f"{arrays.bytes_left:,} bytes that belong to no array")
    return message


def read_frame(read: Callable[[int], bytes]) -> dict[str, Any] | None:
    """Read one message, or None at the end of the stream.

    `read(count)` returns exactly so many bytes, or fewer at the end. A FrameError if it is not a
    frame, too large, or cut short.
    """
    head = read(HEAD.size)
    if not head:
        return None
    if len(head) < HEAD.size:
        raise FrameError("the stream ended within a frame")
    length = body_length(head)
    body = read(length)
    if len(body) < length:
        raise FrameError("the stream ended within a frame")
    return decode(body)


def _read_text(view: memoryview) -> bytes:
    if len(view) < TEXT.size:
        raise FrameError("the stream ended within a frame")
    (length,) = TEXT.unpack(view[: TEXT.size])
    if length > min(len(view) - TEXT.size, LARGEST_TEXT):
        raise FrameError("the text is longer than the frame, or than is allowed")
    return bytes(view[TEXT.size : TEXT.size + length])


class _Arrays:
    """The bytes of a frame's arrays, which are taken one by one."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._taken = 0

    @property
    def bytes_left(self) -> int:
        """How many bytes have not been taken."""
        return len(self._view)

    def take(self, described: Any) -> np.ndarray:
        """Read the next array; its bytes must match its shape and dtype."""
        self._taken += 1
        if self._taken > MOST_ARRAYS:
            raise FrameError(f"more than {MOST_ARRAYS:,} arrays in one frame")
        if not isinstance(described, list) or len(described) != 3:
            raise FrameError("an array without dtype, shape and order")
        name, shape, order = described
        if not isinstance(name, str) or not NUMBERS.fullmatch(name) or order not in ("C", "F"):
            raise FrameError("an array of a dtype or an order that cannot pass")
        if not isinstance(shape, list) or len(shape) > MOST_AXES:
            raise FrameError("an array without a shape")
        try:
            dtype = np.dtype(name)
        except TypeError:  # a float of one byte, say
            raise FrameError("an array of a dtype that NumPy does not have") from None
        count = 1
        for size in shape:
            if type(size) is not int or size < 0:
                raise FrameError("an array with a size that is no size")
            count *= size
        length = count * dtype.itemsize
        if length > len(self._view):
            raise FrameError("an array whose bytes do not fit its shape")
        array = np.frombuffer(self._view[:length], dtype, count)
        self._view = self._view[length:]
        try:  # the copy owns its numbers and may be written, as an array made here
            return array.reshape(shape, order=order).copy(order="K")
        except ValueError:  # no entries, and sizes beyond what an index may be
            raise FrameError("an array with a size that is no size") from None


def _to_json(value: Any, arrays: list[bytes], depth: int) -> Any:
    """Turn a value into JSON; lists stay lists, and everything else has a tag."""
    if depth == 0:
        raise FrameError(f"nested more than {DEEPEST} deep")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return [_to_json(item, arrays, depth - 1) for item in value]
    if type(value) is tuple:
        return {"tuple": [_to_json(item, arrays, depth - 1) for item in value]}
    if type(value) is dict and all(type(key) is str for key in value):
        return {"dict": {key: _to_json(item, arrays, depth - 1) for key, item in value.items()}}
    if type(value) is Handle:
        return {"handle": value.number}
    if type(value) is LaidOutArray:
        return {"array": _describe(value.array, arrays), "layout": value.layout}
    if type(value) is np.ndarray:
        return {"array": _describe(value, arrays)}
    if isinstance(value, np.number | np.bool_):
        return {"number": _describe(np.asarray(value), arrays)}
    if isinstance(value, type) and value in TYPES.values():
        return {"type": value.__name__}
    raise FrameError(f"a {type(value).__name__} cannot pass")


def _from_json(value: Any, arrays: _Arrays, depth: int) -> Any:
    if depth == 0:
        raise FrameError(f"nested more than {DEEPEST} deep")
    if isinstance(value, list):
        return [_from_json(item, arrays, depth - 1) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"tuple"} and isinstance(value["tuple"], list):
        return tuple(_from_json(item, arrays, depth - 1) for item in value["tuple"])
    if set(value) == {"dict"} and isinstance(value["dict"], dict):
        return {key: _from_json(item, arrays, depth - 1) for key, item in value["dict"].items()}
    if set(value) == {"handle"} and type(value["handle"]) is int:
        return Handle(value["handle"])
    if set(value) == {"type"} and isinstance(value["type"], str) and value["type"] in TYPES:
        return TYPES[value["type"]]
    if set(value) == {"array"}:
        return arrays.take(value["array"])
    if set(value) == {"array", "layout"} and value["layout"] in ("plain", "strided"):
        return LaidOutArray(arrays.take(value["array"]), value["layout"])
    if set(value) == {"number"}:
        number = arrays.take(value["number"])
        if number.shape == ():
            return number[()]
    raise FrameError("a value of a type that must not pass")


def _describe(array: np.ndarray, arrays: list[bytes]) -> list[Any]:
    """Describe an array, and append its bytes to those of the others."""
    if array.dtype.fields or not NUMBERS.fullmatch(array.dtype.str):
        raise FrameError(f"an array of {array.dtype} cannot pass")
    is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    order: Literal["C", "F"] = "F" if is_fortran else "C"
    arrays.append(array.tobytes(order))
    return [array.dtype.str, list(array.shape), order]
