# Generated from daseCV/checks/dropout.py by "dasecv release".
"""Public checks of dropout, and of the network that has it.

Masks are random: what is asked is what all of them have in common.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from .compare import expect, expect_close, expect_shape
from .fully_connected import TOLERANCE, X, Y, deep, expect_gradients
from .library import student
from .registry import call, public_check, results

Array = np.ndarray


@public_check
def dropout_forward() -> Iterator[str]:
    """How many entries are kept and which, what becomes of them, a seed, test time."""
    layers = student("layers")
    np.random.seed(231)
    drops = False  # whether p is taken for the probability of dropping, as it is elsewhere
    for shape, p in (((300, 200), 0.7), ((40, 30, 50), 0.25), ((20, 30), 1.0)):
        if drops and p == 1:
            continue
        x = _away_from_zero(shape)
        asked = f"x {shape}, p {p}, mode train"
        out = _forward(layers, x, {"mode": "train", "p": p})
        expect_shape("out", out, shape, asked)
        kept = out != 0
        if shape == (300, 200):
            drops = abs(kept.mean() - (1 - p)) < abs(kept.mean() - p)
        keep = 1 - p if drops else p
        expect(
            abs(kept.mean() - keep) <= 5 * np.sqrt(p * (1 - p) / x.size),
            f"{kept.mean():.1%} of the entries are not 0, expected about {keep:.0%}\n"
            f"  asked: {asked}",
        )
        for axis in range(x.ndim):
            off = abs(kept.mean(axis=axis) - keep).max() * np.sqrt(shape[axis])
            expect(
                off <= 7 * np.sqrt(p * (1 - p)) + 1 / np.sqrt(shape[axis]),
                f"along axis {axis}, entries are kept or dropped together; each is decided by "
                f"itself\n  asked: {asked}",
            )
        expect_close("what is kept of out", out[kept], x[kept] / keep, 1e-8, asked)
        yield f"{asked}: {kept.mean():.1%} kept"

    x = _away_from_zero((30, 40))
    asked = f"x {x.shape}, p 0.5, mode train, a seed"
    outs = [_forward(layers, x, {"mode": "train", "p": 0.5, "seed": seed}) for seed in (5, 5, 6)]
    expect_close("out, the second time,", outs[1], outs[0], 0, asked)
    expect(bool((outs[2] != outs[0]).any()), f"another seed drops the same\n  asked: {asked}")
    yield f"{asked}: the same mask again"

    asked = f"x {x.shape}, mode test"
    expect_close("out", _forward(layers, x, {"mode": "test", "p": 0.5}), x, 1e-8, asked)
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
            out, cache = results("dropout_forward", layers.dropout_forward(x, param), 2)
            expect_shape("out of dropout_forward", out, shape, asked)
            kept = int((out != 0).sum())
            expect(
                mode == "test" or 0 < kept < x.size,
                f"dropout_forward keeps {kept} of {x.size} entries in training, expected only some "
                f"of them\n  asked: {asked}",
            )
            dout = np.cos(np.arange(x.size)).reshape(shape)
            dx = call(layers.dropout_backward, dout, cache)
            factor = out / x  # what the forward pass made of each entry
            expect_close("dx", dx, dout * factor, 1e-10, asked)
            yield asked


@public_check
def dropout_net() -> Iterator[str]:
    """Nothing is dropped at test time; in training it is, where it should be; gradients."""
    fc_net = student("classifiers.fc_net")
    whole = deep(fc_net, [5, 6])
    expected = whole.loss(X)
    model = deep(fc_net, [5, 6], dropout=0.75)
    asked = f"X {X.shape}, dropout 0.75, without y"
    expect_close("scores", model.loss(X), np.asarray(expected), TOLERANCE, f"{asked}: as without")
    yield f"{asked}: the scores of a network without dropout"

    losses = [_loss(deep(fc_net, [30, 30], dropout=0.5, seed=seed)) for seed in range(1, 6)]
    expect(
        len(set(losses)) > 1,
        "dropout 0.5: the loss is the same with five seeds, expected others: is anything dropped?",
    )
    yield "dropout 0.5: other seeds, other losses"

    model = deep(fc_net, [5, 6], dropout=0.5, seed=1)
    model.params["W3"] *= 0
    model.params["b3"] = np.log([0.5, 0.25, 0.25])
    asked = f"X {X.shape}, dropout 0.5, W3 0, b3 log (1/2, 1/4, 1/4): nothing is dropped after W3"
    expect_close("loss", np.asarray(_loss(model)), np.log(32) / 3, TOLERANCE, asked)
    yield asked

    for hidden, p in (([9], 0.5), ([7, 8], 0.75), ([6, 7, 8], 0.9)):
        model = deep(fc_net, hidden, dropout=p, seed=5)
        asked = f"X {X.shape}, dropout {p}, hidden_dims {hidden}, a seed"
        yield from expect_gradients(model, X, Y, asked)


def _loss(model: Any) -> Any:
    return results("loss", model.loss(X, Y), 2)[0]


def _away_from_zero(shape: tuple[int, ...]) -> Array:
    """Numbers of both signs, none of them 0: what is 0 was dropped."""
    x = np.random.default_rng(231).standard_normal(shape)
    return x + np.sign(x)


def _forward(layers: Any, *arguments: Any) -> Array:
    returned = call(layers.dropout_forward, *arguments)
    return results("dropout_forward", returned, 2)[0]
