# Generated from daseCV/checks/questions/dropout.py by "dasecv release".
"""Public checks of dropout, and of the network that has it.

Masks are random, so the checks ask for what all masks have in common.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...language import Message
from ..compare import Array, expect, expect_close, expect_shape
from ..library import student
from ..registry import call, call_forward, expect_results, public_check
from .fully_connected import TOLERANCE, X, Y, deep, expect_gradients

# Names of results, and the message about an unused seed.
NONZERO = Message("out (nonzero entries)")
SECOND_OUT = Message("out (second call)")
SAME_MASK = Message("another seed gives the same mask")

_forward = partial(call_forward, "dropout_forward")


@public_check
def dropout_forward() -> Iterator[str]:
    """How many entries are kept and which, their values, a seed, test time."""
    np.random.seed(231)
    for shape, p in (((300, 200), 0.7), ((40, 30, 50), 0.25), ((20, 30), 1.0)):
        x = _away_from_zero(shape)
        asked = f"x {shape}, p {p}, mode train"
        out = _forward(x, {"mode": "train", "p": p})
        expect_shape("out", out, shape, asked)
        kept = out != 0
        expect(
            abs(kept.mean() - p) <= 5 * np.sqrt(p * (1 - p) / x.size),
            other_share(float(kept.mean()), p).with_details(asked=asked),
        )
        for axis in range(x.ndim):
            off = abs(kept.mean(axis=axis) - p).max() * np.sqrt(shape[axis])
            expect(
                off <= 7 * np.sqrt(p * (1 - p)) + 1 / np.sqrt(shape[axis]),
                kept_together(axis).with_details(asked=asked),
            )
        expect_close(NONZERO, out[kept], x[kept] / p, 1e-8, asked)
        share = float(kept.mean())
        yield Message("{question}: {share:.1%} kept", question=asked, share=share)

    x = _away_from_zero((30, 40))
    asked = with_seed(f"x {x.shape}, p 0.5, mode train")
    outs = [_forward(x, {"mode": "train", "p": 0.5, "seed": seed}) for seed in (5, 5, 6)]
    expect_close(SECOND_OUT, outs[1], outs[0], 0, asked)
    expect(bool((outs[2] != outs[0]).any()), SAME_MASK.with_details(asked=asked))
    yield Message("{question}: the same mask again", question=asked)

    asked = f"x {x.shape}, mode test"
    expect_close("out", _forward(x, {"mode": "test", "p": 0.5}), x, 1e-8, asked)
    yield asked


@public_check
def dropout_backward() -> Iterator[str]:
    """Gradients by the mask that the student's own forward pass drew, and at test time."""
    layers = student("layers")
    np.random.seed(231)
    for shape, p in (((20, 30), 0.7), ((4, 5, 6), 0.3)):
        for mode in ("train", "test"):
            x = _away_from_zero(shape)
            asked = f"x {shape}, p {p}, mode {mode}"
            param = {"mode": mode, "p": p}
            out, cache = expect_results("dropout_forward", layers.dropout_forward(x, param), 2)
            expect_shape(Message("out of dropout_forward"), out, shape, asked)
            kept = int((out != 0).sum())
            expect(
                mode == "test" or 0 < kept < x.size,
                other_count(kept, x.size).with_details(asked=asked),
            )
            dout = np.cos(np.arange(x.size)).reshape(shape)
            dx = call(layers.dropout_backward, dout, cache)
            factor = out / x  # of each entry in the forward pass
            expect_close("dx", dx, dout * factor, 1e-10, asked)
            yield asked


@public_check
def dropout_net() -> Iterator[str]:
    """Nothing is dropped at test time; in training, entries of hidden layers are; gradients."""
    fc_net = student("classifiers.fc_net")
    whole = deep(fc_net, [5, 6])
    expected = whole.loss(X)
    model = deep(fc_net, [5, 6], dropout=0.75)
    asked = Message(
        "X {shape}, dropout 0.75, without y: the same scores as without dropout", shape=X.shape
    )
    expect_close("scores", call(model.loss, X), np.asarray(expected), TOLERANCE, asked)
    yield asked

    losses = [_loss(deep(fc_net, [30, 30], dropout=0.5, seed=seed)) for seed in range(1, 6)]
    wrong = Message(
        "dropout 0.5: the loss is the same with five seeds, expected different losses; is anything "
        "dropped?"
    )
    expect(len(set(losses)) > 1, wrong)
    yield Message("dropout 0.5: different seeds, different losses")

    model = deep(fc_net, [5, 6], dropout=0.5, seed=1)
    model.params["W3"] *= 0
    model.params["b3"] = np.log([0.5, 0.25, 0.25])
    asked = Message(
        "X {shape}, dropout 0.5, W3 0, b3 log (1/2, 1/4, 1/4): nothing is dropped after W3",
        shape=X.shape,
    )
    expect_close("loss", np.asarray(_loss(model)), np.log(32) / 3, TOLERANCE, asked)
    yield asked

    for hidden, p in (([9], 0.5), ([7, 8], 0.75), ([6, 7, 8], 0.9)):
        model = deep(fc_net, hidden, dropout=p, seed=5)
        asked = with_seed(f"X {X.shape}, dropout {p}, hidden_dims {hidden}")
        yield from expect_gradients(model, X, Y, asked)


def other_share(share: float, expected: float) -> Message:
    return Message(
        "{share:.1%} of the entries are not 0, expected about {expected:.0%}",
        share=share,
        expected=expected,
    )


def other_count(kept: int, total: int) -> Message:
    return Message(
        "dropout_forward keeps {kept} of {total} entries in training, expected only some of them",
        kept=kept,
        total=total,
    )


def kept_together(axis: int) -> Message:
    return Message(
        "along axis {axis}, entries are kept or dropped together; each should be decided "
        "independently",
        axis=axis,
    )


def with_seed(question: str) -> Message:
    return Message("{question}, with a seed", question=question)


def _loss(model: Any) -> Any:
    return expect_results("loss", call(model.loss, X, Y), 2)[0]


def _away_from_zero(shape: tuple[int, ...]) -> Array:
    """Numbers of both signs and never 0, so that every 0 in the output was dropped."""
    x = np.random.default_rng(231).standard_normal(shape)
    return x + np.sign(x)
