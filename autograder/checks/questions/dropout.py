"""Hidden checks of dropout, and of the network that has it.

Masks are random, and each solution draws them in its own way. So the checks ask for what all masks
have in common, and then use the mask that the student's own forward pass drew.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any
from unittest.mock import patch

import numpy as np

from daseCV.checks.compare import expect
from daseCV.checks.questions import dropout as public
from daseCV.classifiers import fc_net
from daseCV.language import Message

from ..cases import Case, Factors, Regions
from ..models import call_loss, expect_gradients, with_given_parameters
from ..passes import dtype_of, name_layout
from ..registry import Array, Questioner, StudentFailure, expect_shape, has_shape_of, hidden_check
from .fully_connected import BATCHES, SCORES, build_networks, draw_batch

FORWARD, BACKWARD = "layers:dropout_forward", "layers:dropout_backward"

SHARE = 5  # standard errors that the share of kept entries may be off
SLICES = 7  # the same for one row; there are hundreds of rows

SAME_TWICE = Message("two calls without a seed drop the same entries")
RELATED = Message("entries are kept together, not each by itself")

KEPT = "In training each entry is kept with probability `p`"
DIVIDED = "each entry is kept with probability `p` and divided by `p`"
UNCHANGED = "at test time `x` passes through unchanged"
SEED = "so that a gradient check sees the same mask (optional)"
GRADIENT = "Gradient of inverted dropout."
SAME_MASKS = "Passed to the dropout layers, so that a gradient check sees the same masks."

OPTIONS: Factors = {
    **BATCHES,
    "N": [[1], [2, 6], [8, 11]],
    "sample": [[(7,)], [(1, 5)], [(2, 1, 3)]],
    "hidden": [[[9]], [[9, 7]], [[8, 8, 10]], [[7, 8, 6, 9]]],
    "dtype": [["float64"]],
    "p": [[0.5, 0.6], [0.8]],
    "normalization": [[None], ["batchnorm"], ["layernorm"]],
}
USUAL: Case = {"N": 8, "classes": 4, "reg": 0.0, "labels": "any", "sample": (7,), "hidden": [9]}
USUAL |= {"p": 0.6, "normalization": None, "X": "any", "dtype": "float64", "batches": 2}

PLAIN = Regions({**OPTIONS, "reg": [[0.0]], "normalization": [[None]]}, USUAL)
# Batch normalisation of a single sample gives 0: dropout would have nothing to drop.
TOGETHER = Regions(
    OPTIONS, is_possible=lambda case: case["N"] > 1 or case["normalization"] != "batchnorm"
)

# Shape of x; p: small, large, and 1, which keeps all; kind of numbers in x; its layout.
TRAINED: tuple[tuple[tuple[int, ...], float, str, str], ...] = (
    ((200, 300), 0.6, "any", "C"),
    ((40, 30, 50), 0.25, "positive", "F"),
    ((30000,), 0.9, "negative", "C"),
    ((100, 400), 0.04, "any", "float32"),
    ((20, 30), 1.0, "large", "strided"),
    ((3, 20, 10, 8), 0.5, "tiny", "C"),
    ((1, 4000), 0.7, "large", "float32"),
    ((2, 3), 0.5, "whole", "C"),
    ((1,), 0.8, "any", "C"),
)
TESTED: tuple[tuple[tuple[int, ...], float, str, str], ...] = (
    ((6, 7), 0.4, "positive", "C"),
    ((3, 4, 5), 0.9, "negative", "F"),
    ((2, 3, 2, 4), 1.0, "any", "C"),
    ((4, 6), 0.05, "large", "float32"),
    ((9,), 0.5, "tiny", "strided"),
    ((1, 6), 0.8, "any", "C"),
    ((50, 40), 0.3, "whole", "C"),
)
# Shape, p and layout of a backward pass, in training and at test time.
PASSED_BACK: tuple[tuple[tuple[int, ...], float, str], ...] = (
    ((12, 9), 0.7, "C"),
    ((4, 5, 6), 0.3, "F"),
    ((40,), 0.5, "C"),
    ((6, 8), 0.6, "strided"),
    ((9, 7), 0.8, "float32"),
    ((3, 4, 2, 5), 1.0, "C"),
    ((60, 70), 0.05, "C"),
    ((1, 30), 0.5, "C"),
    ((30, 40), 0.95, "C"),
    ((8, 9), 0.5, "C"),
)
SIZES = {"large": 300.0, "tiny": 1e-6, "whole": 3.0}


@hidden_check(kept=3, scaled=2, test=1, seed=1)
def dropout_forward(ask: Questioner) -> None:
    """How many entries are kept and which, what becomes of them, test time, and a seed."""
    ask_dropout(ask, may_drop=False)


def accept_dropping(ask: Questioner) -> None:
    """The same, for a course where `p` may be the probability of dropping, throughout."""
    ask_dropout(ask, may_drop=True)


def ask_dropout(ask: Questioner, may_drop: bool) -> None:
    """Ask dropout in training, with seeds, and at test time."""
    drops, anything_kept = False, False
    for shape, p, values, how in TRAINED:
        if drops and p == 1:
            continue  # it would keep nothing
        x = draw_values(ask, shape, values)
        ask.worker.seed(ask.draw.seed())
        param = {"mode": "train", "p": p}
        with ask.question(name_layout(f"x {shape}, p {p}, mode train", how)):
            out, _ = ask.call(FORWARD, x, param, count=2, keep=[1], how=how)
            expect_shape(out, x)
            if may_drop and shape == TRAINED[0][0]:
                drops = abs(np.mean(out != 0) - (1 - p)) < abs(np.mean(out != 0) - p)
            keep = 1 - p if drops else p
            anything_kept |= bool((out != 0).any())
            with ask.part("kept", KEPT):
                expect_kept_share(out != 0, keep)
                if p < 1 and x.size > 1000:
                    expect_unrelated(out != 0, keep)
            with ask.part("scaled", DIVIDED):
                ask.close(
                    public.NONZERO, np.where(out != 0, out, x / keep), x / keep, dtype_of(how)
                )
            if p < 1 and x.size > 1000:
                again, _ = ask.call(FORWARD, x, param, count=2, keep=[1], how=how)
                expect_shape(again, x)
                with ask.part("kept", KEPT):
                    expect_agreement((out != 0) == (again != 0), keep, SAME_TWICE)
    with ask.part("scaled", DIVIDED):
        expect(anything_kept, public.other_share(0.0, p))
    with ask.part("kept", KEPT), contextlib.suppress(StudentFailure):
        expect_zeros_kept(ask)
    expect_seeded_masks(ask)
    for shape, p, values, how in TESTED:
        x, param = draw_values(ask, shape, values), {"mode": "test", "p": p}
        with ask.question(name_layout(f"x {shape}, p {p}, mode test", how)):
            out, _ = ask.call(FORWARD, x, param, count=2, keep=[1], how=how)
            with ask.part("test", UNCHANGED):
                ask.close("out", out, x.astype(np.float32) if how == "float32" else x)


def expect_seeded_masks(ask: Questioner) -> None:
    """Require equal masks for equal seeds and other masks for others, with nothing else changed."""
    x = draw_away_from_zero(ask, (30, 40))
    chosen = 1 + ask.draw.seed() // 2
    outs = []
    with ask.question(public.with_seed(f"x {x.shape}, p 0.5, mode train")):
        for seed in (None, chosen, chosen, chosen + 1, 0, 0):
            ask.worker.seed(ask.draw.seed())
            param = {"mode": "train", "p": 0.5} | ({} if seed is None else {"seed": seed})
            outs.append(ask.call(FORWARD, x, param, count=2, keep=[1])[0])
        with ask.part("seed", SEED):
            for out in outs:
                expect_shape(out, x)
            unseeded, first, second, other, zero, zero_again = outs
            ask.close(public.SECOND_OUT, second, first)
            ask.close(public.SECOND_OUT, zero_again, zero)
            factor = np.median((unseeded / x)[unseeded != 0])  # as without a seed
            for out in (first, zero):
                expect_dropping(out)
                ask.close(public.NONZERO, out[out != 0], factor * x[out != 0])
            expect(bool((other != first).any()), public.SAME_MASK)
            share = float((first != 0).mean())
            expect_agreement((first != 0) == (other != 0), share, public.SAME_MASK)


def expect_unrelated(kept: Array, p: float) -> None:
    """Require that an entry tells nothing about its neighbour, or about its mirror image."""
    flat = kept.ravel()
    expect_agreement(flat[1:] == flat[:-1], p, RELATED)
    expect_agreement((flat == flat[::-1])[: len(flat) // 2], p, RELATED)
    for axis in [n for n, size in enumerate(kept.shape) if size > 1 and kept.ndim > 1]:
        mirrored = np.moveaxis(kept == np.flip(kept, axis), axis, 0)
        expect_agreement(mirrored[: len(mirrored) // 2], p, RELATED)
        rolled = np.moveaxis(kept == np.roll(kept, 1, axis), axis, 0)[1:]
        expect_agreement(rolled, p, RELATED)


def expect_agreement(agree: Array, p: float, otherwise: Message) -> None:
    """Require as many agreements as two independent draws have."""
    share = p**2 + (1 - p) ** 2
    # Agreements of neighbours are not independent of each other: twice the deviation.
    error = 2 * np.sqrt(share * (1 - share) / agree.size)
    expect(abs(float(agree.mean()) - share) <= SHARE * error + 1e-9, otherwise)


@hidden_check(train=3, test=1)
def dropout_backward(ask: Questioner) -> None:
    """Gradients by the mask that the student's own forward pass drew, and at test time."""
    for shape, p, how in PASSED_BACK:
        for mode in ("train", "test"):
            x, dout = draw_away_from_zero(ask, shape), ask.draw.gradient(*shape)
            ask.worker.seed(ask.draw.seed())
            with ask.question(f"x {shape}, p {p}, mode {mode}"):
                out, kept = ask.call(FORWARD, x, {"mode": mode, "p": p}, count=2, keep=[1], how=how)
                expect_shape(out, x)
                if mode == "train" and p < 1:
                    expect_dropping(out)
                (dx,) = ask.call(BACKWARD, dout, kept, how=how)
                with ask.part(mode, GRADIENT):
                    # The gradient has the same factors as the forward pass.
                    ask.close("dx", dx, dout * (out / x), dtype_of(how))
    with ask.part("train", GRADIENT):
        expect_gradients_of_zeros(ask)


def expect_zeros_kept(ask: Questioner) -> None:
    """Require that zeros in x are not all dropped: some have a gradient if other entries have."""
    x, dout = draw_away_from_zero(ask, (20, 30)), draw_away_from_zero(ask, (20, 30))
    x[:10] = 0.0
    with ask.question(Message("x {shape}, half of it 0, p {p}, mode train", shape=x.shape, p=0.6)):
        _, kept = ask.call(FORWARD, x, {"mode": "train", "p": 0.6}, count=2, keep=[1])
        (dx,) = ask.call(BACKWARD, dout, kept)
        if has_shape_of(dx, x) and (dx[10:] != 0).any():
            expect(bool((dx[:10] != 0).any()), Message("what is 0 in x counts as dropped"))


def expect_gradients_of_zeros(ask: Questioner) -> None:
    """Require that zeros in x are kept or dropped like other entries, with the same gradient."""
    x, p = draw_away_from_zero(ask, (40, 50)), 0.6
    dout, is_zero = draw_away_from_zero(ask, x.shape), ask.draw.rng.random(x.shape) < 0.5
    x[is_zero] = 0.0
    ask.worker.seed(ask.draw.seed())
    asked = Message("x {shape}, half of it 0, p {p}, mode train", shape=x.shape, p=p)
    with ask.question(asked):
        out, kept = ask.call(FORWARD, x, {"mode": "train", "p": p}, count=2, keep=[1])
        expect_shape(out, x)
        expect_dropping(out[~is_zero])
        (dx,) = ask.call(BACKWARD, dout, kept)
        expect_shape(dx, x)
        scale = float(np.abs(out[~is_zero] / x[~is_zero]).max())
        share = float((out[~is_zero] != 0).mean())
        there = dx[is_zero] / dout[is_zero]
        right = np.where(np.abs(there) > scale / 2, scale, 0.0)
        ask.close(Message("dx (where x is 0)"), dx[is_zero], dout[is_zero] * right)
        error = np.sqrt(share * (1 - share) * (1 / there.size + 1 / (x.size - there.size)))
        found = float((right != 0).mean())
        expect(abs(found - share) <= SHARE * error, public.other_share(found, share))


@hidden_check(needs_given_layers=True, scores=1, loss=1, gradients=3, together=1)
def dropout_net(ask: Questioner) -> None:
    """Networks that drop by the masks which the student's own dropout draws from a seed.

    What fails only beside regularisation or a normalisation costs one part.
    """
    seen: list[Array] = []
    for case in (*ask.cases(PLAIN), *ask.cases(TOGETHER)):
        hidden, p, reg, seed = case["hidden"], case["p"], case["reg"], ask.draw.seed()
        normalization = case["normalization"]
        title = f"FullyConnectedNet, dropout {p}, hidden_dims {hidden}"
        title += f", {normalization}" if normalization else ""
        how = case["X"]
        with ask.question(title):
            model, ours = build_networks(ask, case, p, normalization, seed)
        X, y = draw_batch(ask, case, ours)
        title += f", X {X.shape}"
        with ask.question(Message("{question}: the masks of its layers", question=title)):
            masks = []
            for width in hidden:
                ones, param = np.ones((len(X), width)), {"mode": "train", "p": p, "seed": seed}
                mask, _ = ask.call(FORWARD, ones, param, count=2, keep=[1])
                expect_shape(mask, ones)
                masks.append(mask)
        seen += masks
        is_plain = not reg and not normalization
        parts = ("loss", "gradients", "scores") if is_plain else ("together",) * 3
        cancelled = tuple(f"b{n + 1}" for n in range(len(hidden)) if normalization == "batchnorm")
        for _ in range(case["batches"]):
            with ask.question(with_given_parameters(public.with_seed(f"{title}, reg {reg}"))):
                got = ask.results("loss", call_loss(ask, model, X, y, how=how), 2)
                with use_masks(masks):
                    right = ours.loss(X, y)
                with ask.part(parts[0], SAME_MASKS):
                    ask.close("loss", got[0], right[0], cancelling=1.0)
                with ask.part(parts[1], SAME_MASKS):
                    expect_gradients(ask, got[1], right[1], cancelled)
            X, y = draw_batch(ask, case, ours)
        without_y = Message("{question}, without y", question=title)
        with ask.part(parts[2], SCORES), ask.question(without_y):
            ask.close("scores", call_loss(ask, model, X, how=how), ours.loss(X))
    with ask.question(Message("the masks of all these networks")):
        expect_dropping(np.concatenate([mask.ravel() for mask in seen]))


def expect_dropping(out: Array) -> None:
    """Require a mask that drops and keeps entries; any other makes the comparisons vacuous."""
    kept = int((out != 0).sum())
    expect(0 < kept < out.size, public.other_count(kept, out.size))


def expect_kept_share(kept: Array, p: float) -> None:
    """Require the share of kept entries: of all of them, and along each axis."""
    error = np.sqrt(p * (1 - p) / kept.size)
    share = float(kept.mean())
    expect(abs(share - p) <= SHARE * error, public.other_share(share, p))
    for axis in range(kept.ndim if kept.ndim > 1 else 0):
        shares = kept.mean(axis=axis)
        off = np.abs(shares - p).max() - SLICES * np.sqrt(p * (1 - p) / kept.shape[axis])
        expect(off <= 1 / kept.shape[axis], public.kept_together(axis))


def draw_values(ask: Questioner, shape: Sequence[int], values: str) -> Array:
    """Draw numbers of some kind, none of them near 0 beside the others: what is 0 was dropped."""
    x = draw_away_from_zero(ask, shape) * SIZES.get(values, 1.0)
    if values == "whole":
        return np.sign(x) * np.ceil(np.abs(x))
    return {"positive": np.abs(x), "negative": -np.abs(x)}.get(values, x)


def draw_away_from_zero(ask: Questioner, shape: Sequence[int]) -> Array:
    """Draw numbers of both signs, none of them near 0: what is 0 was dropped."""
    x = ask.draw.normal(*shape)
    return x + np.sign(x)


@contextlib.contextmanager
def use_masks(masks: Sequence[Array]) -> Iterator[None]:
    """Let the reference's network use these masks, one for each layer in turn."""
    waiting = list(masks)

    def forward(x: Array, _: dict[str, Any]) -> tuple[Array, Array]:
        mask = waiting.pop(0)
        return x * mask, mask

    def backward(dout: Array, mask: Array) -> Array:
        return dout * mask

    with patch.multiple(fc_net, dropout_forward=forward, dropout_backward=backward):
        yield
