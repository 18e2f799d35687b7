"""Tests whether a student's backward pass is the gradient of the student's own forward pass.

If it is, and is near the reference's gradient, only the forward pass is to blame: it may divide by
another deviation, for example. An entirely different forward pass does not excuse a gradient.
"""

from typing import Any

import numpy as np

from daseCV import layers

from ..worker.client import Worker
from .draw import Draw

Given = list[Any]

STEP = 1e-5
TOLERANCE = 1e-4  # relative; errors of central differences are far smaller
ROUNDS = 3
NEAR = 0.9  # least cosine of the angle between the gradient and the reference's


def draw_arguments(forward: str, draw: Draw) -> Given:
    """Draw small arguments of a forward pass, those with a gradient first."""
    # Of four numbers each, normalised ones have a gradient that is far from dout.
    features, scales = draw.normal(4, 4, scale=2.0, shift=3.0), [draw.normal(4), draw.normal(4)]
    channels = draw.normal(1, 4, 2, 2, scale=2.0, shift=3.0)
    image, filters = draw.normal(2, 3, 5, 5), draw.normal(2, 3, 3, 3)
    given: dict[str, Given] = {
        "affine_forward": [draw.normal(3, 2, 2), draw.normal(4, 5), draw.normal(5)],
        "relu_forward": [features],
        "batchnorm_forward": [features, *scales, {"mode": "train"}],
        "layernorm_forward": [features, *scales, {}],
        "conv_forward_naive": [image, filters, draw.normal(2), {"stride": 1, "pad": 1}],
        "max_pool_forward_naive": [image, {"pool_height": 2, "pool_width": 2, "stride": 2}],
        "spatial_batchnorm_forward": [channels, *scales, {"mode": "train"}],
        "spatial_groupnorm_forward": [
            channels, *[scale[None, :, None, None] for scale in scales], 4, {}
        ],
        "dropout_forward": [features, {"mode": "train", "p": 0.6, "seed": 5}],
    }  # fmt: skip
    return given[forward]


def is_own_gradient(worker: Worker, forward: str, backward: str, secret: bytes) -> bool:
    """Compare a backward pass with central differences of its own forward pass."""
    draw = Draw(secret, backward)
    forward, backward = forward.replace(".", ":"), backward.replace(".", ":")

    def run(given: Given) -> tuple[Any, Any]:
        copies = [dict(value) if isinstance(value, dict) else value for value in given]
        result = worker.call(forward, *copies, keep=[1]).result
        return result if isinstance(result, tuple) and len(result) == 2 else (None, None)

    for _ in range(ROUNDS):
        given = draw_arguments(forward.partition(":")[2], draw)
        out, cache = run(given)
        if not isinstance(out, np.ndarray):
            return False
        dout = draw.normal(*out.shape)
        grads = worker.call(backward, dout, cache).result
        grads = list(grads) if isinstance(grads, tuple | list) else [grads]
        expected = reference_gradients(forward, backward, given, dout)
        if len(grads) != len(expected):
            return False
        for place, (grad, near) in enumerate(zip(grads, expected, strict=True)):
            x = given[place]
            if not isinstance(grad, np.ndarray) or grad.size != x.size:
                return False
            grad = grad.reshape(x.shape)
            size, right = np.linalg.norm(grad), np.linalg.norm(near)
            # A gradient of zeros fits a forward pass that ignores its arguments.
            if not (right / 2 < size < 2 * right and np.sum(grad * near) >= NEAR * size * right):
                return False
            direction = draw.normal(*x.shape)
            moved = [
                run([*given[:place], x + sign * STEP * direction, *given[place + 1 :]])[0]
                for sign in (1, -1)
            ]
            if any(np.shape(other) != out.shape for other in moved):
                return False
            numeric = float(np.sum(dout * (moved[0] - moved[1]))) / (2 * STEP)
            error = abs(float(np.sum(grad * direction)) - numeric)
            # The sum may cancel out: its terms say how exact it can be.
            if not error <= TOLERANCE * float(np.linalg.norm(grad) * np.linalg.norm(direction)):
                return False
    return True


def reference_gradients(forward: str, backward: str, given: Given, dout: Any) -> list[Any]:
    """The reference's gradients, in the shapes of the arguments."""
    _, cache = getattr(layers, forward.partition(":")[2])(*given)
    grads = getattr(layers, backward.partition(":")[2])(dout, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    return [np.reshape(grad, np.shape(x)) for grad, x in zip(grads, given, strict=False)]
