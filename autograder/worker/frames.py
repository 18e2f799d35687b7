"""Frames: what passes between the trusted side and a worker, both ways.

A frame is `MAGIC`, the length of what follows (8 bytes, big-endian), the length of its JSON text
(4 bytes), the JSON text, and the arrays it names, each in NumPy's npy format, version 1.0. Nothing
is ever unpickled. A worker runs a copy of this file, so it needs the standard library and NumPy
alone; the trusted side believes nothing that it has not checked here.
"""

import io
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

MAGIC = b"dcv1"
LARGEST = 256 * 2**20  # bytes of one frame
LARGEST_TEXT = 2**20  # bytes of JSON, which become many times as much when they are read
MOST_VALUES = 50_000  # in the JSON of one frame, each of which becomes an object
MOST_ARRAYS = 10_000
DEEPEST = 20
TYPES = {"float32": np.float32, "float64": np.float64}  # the dtypes that a model may be asked for
NUMBERS = "biuf"  # kinds of dtype: Booleans, integers and floats, never objects
HEAD = struct.Struct(">4sQ")
TEXT = struct.Struct(">I")

Layout = Literal["plain", "strided"]


class FrameError(Exception):
    """What came is no frame, or more than a frame may hold."""


@dataclass(frozen=True)
class Handle:
    """Something that stays in the worker: a cache, a model."""

    number: int


@dataclass(frozen=True)
class Laid:
    """An array and how the worker is to lay it out in memory.

    Parameters
    ----------
    array : ndarray
        C or Fortran order travel by themselves.
    layout : {'plain', 'strided'}
        'strided': every other entry of a larger array along the last axis.
    """

    array: np.ndarray
    layout: Layout = "plain"


def encode(message: dict[str, Any]) -> bytes:
    """Put a message into a frame.

    Parameters
    ----------
    message : dict
        Of None, bool, int, float, str, list, tuple, dict with str keys, arrays and numbers of
        NumPy, `Handle` and `Laid`.

    Raises
    ------
    FrameError
        If it holds anything else, or is too large.
    """
    arrays: list[bytes] = []
    text = json.dumps(_to_json(message, arrays, DEEPEST)).encode()
    if len(text) > LARGEST_TEXT:
        raise FrameError(
            f"{len(text):,} bytes beside the arrays, at most {LARGEST_TEXT:,} are allowed"
        )
    sizes = json.dumps([len(array) for array in arrays]).encode()
    body = [TEXT.pack(len(text)), text, TEXT.pack(len(sizes)), sizes, *arrays]
    length = sum(map(len, body))
    if length > LARGEST or len(arrays) > MOST_ARRAYS:
        raise FrameError(
            f"a frame of {length:,} bytes and {len(arrays):,} arrays, at most {LARGEST:,} bytes "
            f"and {MOST_ARRAYS:,} arrays are allowed"
        )
    return b"".join([HEAD.pack(MAGIC, length), *body])


def body_length(head: bytes, largest: int = LARGEST) -> int:
    """Read the length of a frame from its first `HEAD.size` bytes.

    Raises
    ------
    FrameError
        If they do not begin a frame, or one that is too large.
    """
    magic, length = HEAD.unpack(head)
    if magic != MAGIC:
        raise FrameError(f"got {magic!r}, expected a frame, which begins with {MAGIC!r}")
    if length > largest:
        raise FrameError(f"a frame of {length:,} bytes, at most {largest:,} are allowed")
    return int(length)


def decode(body: bytes) -> dict[str, Any]:
    """Take a message out of a frame's body.

    Raises
    ------
    FrameError
        If anything in it is not as `encode` makes it.
    """
    view = memoryview(body)
    text, view = _take_text(view)
    sizes, view = _take_text(view)
    if (
        not isinstance(sizes, list)
        or len(sizes) > MOST_ARRAYS
        or any(type(size) is not int or size < 0 for size in sizes)
        or sum(sizes) != len(view)
    ):
        raise FrameError("the sizes of the arrays are not those of the bytes that follow")
    arrays = []
    for size in sizes:
        arrays.append(_read_array(view[:size]))
        view = view[size:]
    message = _from_json(text, arrays, DEEPEST)
    if not isinstance(message, dict):
        raise FrameError(f"got a {type(message).__name__}, expected a message, which is a dict")
    return message


def read_frame(read: Callable[[int], bytes], largest: int = LARGEST) -> dict[str, Any] | None:
    """Read one message, or None at the end of the stream.

    Parameters
    ----------
    read : callable
        `read(count)` returns exactly so many bytes, or fewer at the end.
    largest : int
        Bytes.

    Raises
    ------
    FrameError
        If it is no frame, too large, or cut short.
    """
    head = read(HEAD.size)
    if not head:
        return None
    if len(head) < HEAD.size:
        raise FrameError("the stream ended within a frame")
    length = body_length(head, largest)
    body = read(length)
    if len(body) < length:
        raise FrameError("the stream ended within a frame")
    return decode(body)


def _take_text(view: memoryview) -> tuple[Any, memoryview]:
    if len(view) < TEXT.size:
        raise FrameError("the stream ended within a frame")
    (length,) = TEXT.unpack(view[: TEXT.size])
    view = view[TEXT.size :]
    if length > min(len(view), LARGEST_TEXT):
        raise FrameError("the text is longer than the frame, or than is allowed")
    text = bytes(view[:length])
    if text.count(b",") > MOST_VALUES:
        raise FrameError(f"more than {MOST_VALUES:,} values in one frame")
    try:
        return json.loads(text), view[length:]
    except (ValueError, RecursionError) as error:
        raise FrameError(f"the text is not JSON: {type(error).__name__}") from None


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
        return {
            "dict": {key: _to_json(item, arrays, depth - 1) for key, item in value.items()},
        }
    if type(value) is Handle:
        return {"handle": value.number}
    if type(value) is Laid:
        return {"array": _write_array(value.array, arrays), "layout": value.layout}
    if type(value) is np.ndarray:
        return {"array": _write_array(value, arrays)}
    if isinstance(value, np.number | np.bool_):
        return {"number": _write_array(np.asarray(value), arrays)}
    if isinstance(value, type) and value in TYPES.values():
        return {"type": value.__name__}
    raise FrameError(f"a {type(value).__name__} cannot pass")


def _from_json(value: Any, arrays: list[np.ndarray], depth: int) -> Any:
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
        return _pick(arrays, value["array"])
    if set(value) == {"array", "layout"} and value["layout"] in ("plain", "strided"):
        return Laid(_pick(arrays, value["array"]), value["layout"])
    if set(value) == {"number"} and _pick(arrays, value["number"]).shape == ():
        return _pick(arrays, value["number"])[()]
    raise FrameError("a value of a type that must not pass")


def _pick(arrays: list[np.ndarray], number: Any) -> np.ndarray:
    if type(number) is not int or not 0 <= number < len(arrays):
        raise FrameError("an array that the frame does not hold")
    return arrays[number]


def _write_array(array: np.ndarray, arrays: list[bytes]) -> int:
    if array.dtype.kind not in NUMBERS or array.dtype.itemsize > 16:
        raise FrameError(f"an array of {array.dtype} cannot pass")
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=(1, 0), allow_pickle=False)
    arrays.append(file.getvalue())
    return len(arrays) - 1


def _read_array(view: memoryview) -> np.ndarray:
    """Read an array whose bytes are exactly those that its own header announces."""
    file = io.BytesIO(view)
    try:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError("version")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=2000)
    except Exception as error:  # NumPy raises many kinds on garbage
        raise FrameError(f"not an array: {type(error).__name__}") from None
    if dtype.hasobject or dtype.fields or dtype.subdtype or dtype.kind not in NUMBERS:
        raise FrameError(f"an array of {dtype} cannot pass")
    count = 1
    for size in shape:
        if type(size) is not int or size < 0:
            raise FrameError("an array with a size that is no size")
        count *= size
    data = view[file.tell() :]
    if count * dtype.itemsize != len(data) or len(shape) > 32:
        raise FrameError("an array whose bytes do not fit its shape")
    array = np.frombuffer(data, dtype, count)
    try:  # the copy owns its numbers and may be written, as an array made here
        return array.reshape(shape, order="F" if fortran else "C").copy(order="K")
    except ValueError:  # no entries, and sizes beyond what an index may be
        raise FrameError("an array with a size that is no size") from None
