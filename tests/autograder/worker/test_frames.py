"""Frames: allowed values pass unchanged; all others are refused at little cost."""

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.worker.frames import (
    DEEPEST,
    MOST_ARRAYS,
    FrameError,
    Handle,
    LaidOutArray,
    encode,
    read_frame,
)


def send_through_frame(value: Any) -> Any:
    """Send a value through a frame and read it back."""
    message = read_frame(io.BytesIO(encode({"value": value})).read)
    assert message is not None
    return message["value"]


def are_equal(one: Any, other: Any) -> bool:
    """Whether two values are equal in kind, layout and content; NaN is equal to NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return (
            one.dtype == other.dtype
            and one.shape == other.shape
            and one.flags.f_contiguous == other.flags.f_contiguous
            and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(are_equal, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(are_equal(one[key], other[key]) for key in one)
    if isinstance(one, LaidOutArray):
        return one.layout == other.layout and are_equal(one.array, other.array)
    return one == other or (one != one and other != other)


# Values that pass

dtypes = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?"),
)
c_arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
arrays = c_arrays | c_arrays.map(np.asfortranarray)
plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.builds(Handle, st.integers(0, 99))
    | st.sampled_from([np.float32, np.float64])
    | arrays
    | st.builds(LaidOutArray, arrays, st.sampled_from(["plain", "strided"]))
    | dtypes.map(lambda dtype: np.ones((), dtype.newbyteorder("="))[()])
)
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(value=values)
def test_every_allowed_value_is_read_back_equal(value: Any) -> None:
    assert are_equal(send_through_frame(value), value)


@pytest.mark.parametrize(
    "array",
    [
        np.array(3.5),
        np.zeros((0, 4)),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array([np.nan, np.inf, -np.inf, -0.0]),
        np.arange(3, dtype=">i4"),
        np.array([True, False]),
        np.arange(4, dtype=np.longdouble),
    ],
    ids=["0-d", "empty", "Fortran order", "not finite", "big-endian", "Booleans", "long double"],
)
def test_an_array_keeps_dtype_shape_and_order(array: np.ndarray) -> None:
    assert are_equal(send_through_frame(array), array)


def test_an_array_that_is_not_contiguous_arrives_with_the_same_numbers() -> None:
    array = np.arange(12.0).reshape(3, 4)[:, ::2]

    np.testing.assert_array_equal(send_through_frame(array), array)


def test_a_received_array_can_be_written_to() -> None:
    array = send_through_frame(np.zeros(3))

    array += 1

    assert array.tolist() == [1, 1, 1]


def test_a_dict_that_looks_like_a_tag_stays_a_dict() -> None:
    assert send_through_frame({"array": 0, "handle": 1}) == {"array": 0, "handle": 1}


def test_frames_follow_one_another_until_the_stream_ends() -> None:
    stream = io.BytesIO(encode({"id": 1}) + encode({"id": 2}))

    assert [read_frame(stream.read) for _ in range(3)] == [{"id": 1}, {"id": 2}, None]


# Values that are not sent


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.array([object()]), "an array of object cannot pass"),
        (np.zeros(2, dtype=[("a", "f8")]), "cannot pass"),
        (np.array(["text"]), "an array of <U4 cannot pass"),
        (np.array([1j]), "an array of complex128 cannot pass"),
        (np.array(["2026-01-01"], dtype="datetime64[D]"), "cannot pass"),
        ({1: "a key that is no text"}, "a dict cannot pass"),
        ({"a set"}, "a set cannot pass"),
        (b"bytes", "a bytes cannot pass"),
        (lambda: None, "a function cannot pass"),
    ],
    ids=["objects", "fields", "texts", "complex", "dates", "number as key", "set", "bytes", "code"],
)
def test_a_value_of_another_type_cannot_be_sent(value: Any, message: str) -> None:
    with pytest.raises(FrameError, match=message):
        encode({"value": value})


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def test_nesting_of_a_value_is_limited() -> None:
    deepest = nested(DEEPEST - 2)

    assert send_through_frame(deepest) == deepest
    with pytest.raises(FrameError, match=f"nested more than {DEEPEST} deep"):
        encode({"value": [deepest]})


def test_more_arrays_than_a_frame_may_hold_are_not_sent() -> None:
    with pytest.raises(FrameError, match="at most"):
        encode({"value": [np.zeros(0)] * (MOST_ARRAYS + 1)})


def test_a_frame_that_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.worker.frames.LARGEST", 1000)

    with pytest.raises(FrameError, match="at most 1,000 bytes"):
        encode({"value": np.zeros(1000)})
