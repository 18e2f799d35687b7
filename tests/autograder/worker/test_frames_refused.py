"""Malformed frames: they are refused at little cost."""

import io
import json
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.worker.frames import (
    DEEPEST,
    HEAD,
    LARGEST,
    MAGIC,
    MOST_VALUES,
    TEXT,
    FrameError,
    Handle,
    body_length,
    decode,
    encode,
    read_frame,
)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def body_of(text: Any, numbers: bytes = b"") -> bytes:
    """A frame's body of parts that `encode` would never combine."""
    packed = text if isinstance(text, bytes) else json.dumps(text).encode()
    return TEXT.pack(len(packed)) + packed + numbers


def array_of(shape: Any, dtype: Any = "<f8", order: Any = "C") -> dict[str, Any]:
    """A message with an array of any header."""
    return {"dict": {"value": {"array": [dtype, shape, order]}}}


def test_a_valid_body_made_by_hand_is_accepted() -> None:
    """So the next tests fail because of the faults that they plant."""
    message = decode(body_of(array_of([2]), bytes(16)))

    assert message["value"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (array_of([1], "|O"), bytes(8)),
        (array_of([1], [["a", "<f8"]]), bytes(8)),
        (array_of([1], "<U2"), bytes(8)),
        (array_of([1], "<M8[s]"), bytes(8)),
        (array_of([1], "<c8"), bytes(8)),
        (array_of([1], "|V8"), bytes(8)),
        (array_of([1], "<f1"), bytes(1)),
        (array_of([1], "<f8,<f8"), bytes(16)),
        (array_of([3]), bytes(16)),
        (array_of([1]), bytes(16)),
        (array_of([10**15]), bytes(8)),
        (array_of([2**63, 2**63]), bytes(8)),
        (array_of([0, 2**62, 2**62]), b""),
        (array_of([0, 2**80]), b""),
        (array_of([-1, -1]), bytes(8)),
        (array_of([True]), bytes(8)),
        (array_of([1] * 33), bytes(8)),
        (array_of(8), bytes(64)),
        (array_of([1], order="K"), bytes(8)),
        (array_of([1]), b""),
    ],
    ids=[
        "objects",
        "fields",
        "texts",
        "dates",
        "complex",
        "void",
        "a float of one byte",
        "two dtypes",
        "fewer bytes than announced",
        "more bytes than announced",
        "a petabyte",
        "more than an address",
        "nothing, in a shape that overflows",
        "nothing, in a shape beyond an index",
        "negative sizes",
        "a Boolean as size",
        "too many axes",
        "a number as shape",
        "an unknown order",
        "no bytes",
    ],
)
def test_an_array_that_contradicts_its_header_is_refused(text: Any, numbers: bytes) -> None:
    with pytest.raises(FrameError):
        decode(body_of(text, numbers))


def test_more_arrays_than_a_frame_may_hold_are_refused() -> None:
    empty = {"array": ["<f8", [0], "C"]}

    with pytest.raises(FrameError, match="more than 10,000 arrays"):
        decode(body_of({"dict": {"value": [empty] * 10_001}}))


@pytest.mark.parametrize(
    "text",
    [
        {"dict": {"a": {"handle": "1"}}},
        {"dict": {"a": {"handle": True}}},
        {"dict": {"a": {"handle": 1.0}}},
        {"dict": {"a": {"array": -1}}},
        {"dict": {"a": {"array": ["<f8", [2]]}}},
        {"dict": {"a": {"array": ["<f8", [2], "C"], "layout": "pickled"}}},
        {"dict": {"a": {"number": ["<f8", [2], "C"]}}},
        {"dict": {"a": {"tuple": "ab"}}},
        {"dict": {"a": {"eval": "1 + 1"}}},
        {"dict": [1, 2]},
        {"a": 1},
        [1, 2],
        "text",
        b"{'a': 1}",
        b"\xff\xfe",
        b"[" * 100_000,
        b"9" * 100_000,
    ],
    ids=[
        "handle: text",
        "handle: Boolean",
        "handle: float",
        "array: a number",
        "array: too short",
        "layout: unknown",
        "number: an array",
        "tuple: text",
        "unknown tag",
        "dict: list",
        "no tag",
        "a list",
        "a text",
        "not JSON",
        "no UTF-8",
        "brackets without end",
        "a number without end",
    ],
)
def test_json_that_encode_never_writes_is_refused(text: Any) -> None:
    with pytest.raises(FrameError):
        decode(body_of(text, bytes(16)))


def test_a_message_nested_too_deep_is_refused() -> None:
    with pytest.raises(FrameError, match="nested more than"):
        decode(body_of({"dict": {"value": nested(DEEPEST)}}))


def test_a_text_longer_than_the_frame_is_refused() -> None:
    with pytest.raises(FrameError, match="longer than the frame"):
        decode(TEXT.pack(1000) + b"{}")


def test_a_stream_that_is_not_a_frame_is_refused() -> None:
    with pytest.raises(FrameError, match="got b'HTTP', expected a frame"):
        read_frame(io.BytesIO(b"HTTP/1.1 200 OK\r\n").read)


@pytest.mark.parametrize("length", [LARGEST + 1, 2**63, 2**64 - 1])
def test_an_announced_length_beyond_the_limit_is_refused_before_it_is_read(length: int) -> None:
    with pytest.raises(FrameError, match="at most"):
        body_length(HEAD.pack(MAGIC, length))


@pytest.mark.parametrize("missing", [1, 20, 100])
def test_a_truncated_frame_is_refused(missing: int) -> None:
    frame = encode({"value": np.zeros(20)})

    with pytest.raises(FrameError, match="ended within a frame"):
        read_frame(io.BytesIO(frame[:-missing]).read)


def test_a_truncated_head_is_refused() -> None:
    with pytest.raises(FrameError, match="ended within a frame"):
        read_frame(io.BytesIO(MAGIC).read)


@pytest.mark.parametrize("shape", [(10**12,), (10**6, 10**6), (2**31, 2**31)])
def test_an_announced_shape_costs_no_memory(shape: tuple[int, ...]) -> None:
    body = body_of(array_of(list(shape)), bytes(8))
    tracemalloc.start()

    with pytest.raises(FrameError):
        decode(body)

    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


# Random frames

VALID = [
    encode({"id": 1, "result": (np.zeros((2, 3)), Handle(4)), "changed": [0]}),
    encode({"id": 2, "error": {"kinds": ["ValueError"], "message": "x", "lines": []}}),
    encode({"id": 3, "result": {"W1": np.ones(3, np.float32), "b1": np.float64(2)}}),
]


@st.composite
def damaged_bodies(draw: st.DrawFn) -> bytes:
    """A valid frame's body with some bytes replaced, removed, doubled or inserted."""
    body = bytearray(draw(st.sampled_from(VALID))[HEAD.size :])
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(body)))
        length = draw(st.integers(0, 12))
        other = draw(st.binary(max_size=12) | st.just(bytes(body[place : place + 40])))
        body[place : place + length] = other
    return bytes(body)


@settings(max_examples=300, deadline=None)
@given(body=damaged_bodies() | st.binary(max_size=200))
def test_a_damaged_body_gives_a_message_or_a_frame_error(body: bytes) -> None:
    started = time.process_time()
    tracemalloc.start()
    try:
        assert isinstance(decode(body), dict)
    except FrameError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2**20
    assert time.process_time() - started < 1.0


@settings(max_examples=200, deadline=None)
@given(stream=st.binary(max_size=64) | st.binary(max_size=64).map(lambda tail: MAGIC + tail))
def test_a_random_stream_gives_a_frame_error_or_ends(stream: bytes) -> None:
    try:
        assert read_frame(io.BytesIO(stream).read) is None
        assert stream == b""
    except FrameError:
        pass


def test_a_head_is_magic_and_a_length() -> None:
    frame = encode({})

    assert HEAD.unpack(frame[: HEAD.size]) == (MAGIC, len(frame) - HEAD.size)


def test_a_frame_of_more_values_than_an_answer_needs_is_refused_before_it_is_read() -> None:
    body = encode({"result": [[]] * 2 * MOST_VALUES})[HEAD.size :]

    with pytest.raises(FrameError, match="more than 50,000 values"):
        decode(body)
