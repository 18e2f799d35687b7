"""Questions to a layer's two passes: forward, and backward with the student's own cache."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from daseCV.language import Message

from .registry import Array, Questioner

LAYOUTS = [["C"], ["F"], ["strided"], ["float32"], ["mixed"]]

Reference = Callable[..., Any]  # one pass of a layer


@dataclass(frozen=True)
class Question:
    given: tuple[Any, ...]  # its arguments, x first
    how: str  # memory order or dtype of arrays
    asked: str  # the question in words, without `how`

    @property
    def text(self) -> str:
        return name_layout(self.asked, self.how)


@dataclass(frozen=True)
class ForwardPass:
    """A forward pass of the student's code, and the question to its backward pass."""

    question: Question
    cache: Any  # the student's
    dout: Array
    expected: Any  # the reference's gradients


def compare_out(
    ask: Questioner, target: str, question: Question, forward: Reference, cancelling: float = 0.0
) -> None:
    given, how = question.given, question.how
    with ask.question(question.text):
        out, _ = ask.call(target, *given, count=2, keep=[1], how=how)
        ask.close("out", out, forward(*given)[0], dtype_of(how), cancelling)


def forward_passes(
    ask: Questioner,
    target: str,
    questions: Iterator[Question],
    forward: Reference,
    backward: Reference,
) -> Iterator[ForwardPass]:
    """Ask forward passes; each is yielded after the next one was asked, so caches must not mix."""
    waiting = None
    for question in questions:
        with ask.question(question.text):
            _, kept = ask.call(target, *question.given, count=2, keep=[1], how=question.how)
        out, cache = forward(*question.given)
        # 0 times NaN is 0 or NaN, depending on the product.
        dout = (ask.draw.normal if np.isnan(out).any() else ask.draw.gradient)(*out.shape)
        if waiting is not None:
            yield waiting
        waiting = ForwardPass(question, kept, dout, backward(dout, cache))
    if waiting is not None:
        yield waiting


def compare_gradients(
    ask: Questioner,
    target: str,
    passes: Iterator[ForwardPass],
    names: Sequence[str],
    promise: str,
    repeated: int = 0,
    any_shape: Sequence[str] = (),
) -> None:
    """Compare the gradients of each pass, each as a part of its own.

    The first `repeated` passes are asked twice: a backward pass may change its cache. Gradients
    in `any_shape` may have any shape with as many numbers.
    """
    for number, done in enumerate(passes):
        question = done.question
        asked = [question.text]
        if number < repeated:
            asked.append(
                Message("{question}; a second time with the same cache", question=question.text)
            )
        for text in asked:
            with ask.question(text):
                grads = ask.call(target, done.dout, done.cache, count=len(names), how=question.how)
                size = float(np.abs(done.dout).max())
                for name, got, right in zip(names, grads, done.expected, strict=True):
                    if name in any_shape and isinstance(got, np.ndarray) and got.size == right.size:
                        got = got.reshape(right.shape)
                    with ask.part(name, promise):
                        ask.close(name, got, right, dtype_of(question.how), cancelling=size)


def name_layout(question: str, how: str) -> str:
    """Add the layout of arrays to a question."""
    layouts = {
        "F": Message("{question}; Fortran order", question=question),
        "strided": Message("{question}; not contiguous", question=question),
        "float32": Message("{question}; float32", question=question),
        "mixed": Message("{question}; float32 and float64", question=question),
    }
    return layouts.get(how, question)


def dtype_of(how: str) -> str:
    return "float32" if how in ("float32", "mixed") else "float64"
