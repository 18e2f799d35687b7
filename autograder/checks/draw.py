"""Hidden inputs: random to students, and the same in every grading of a course."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..worker.frames import LaidOutArray

Array = np.ndarray
GRADIENT_SCALES = (1.0, 1.0, 80.0, 1e-4)


class Draw:
    """Random arrays that follow from the course's secret and a check's name.

    Examples
    --------
    >>> a, b = Draw(b"secret", "conv").normal(2, 3), Draw(b"secret", "conv").normal(2, 3)
    >>> bool((a == b).all())
    True
    """

    def __init__(self, secret: bytes, name: str) -> None:
        key = hmac.new(secret, name.encode(), hashlib.sha256).digest()
        self.rng = np.random.Generator(np.random.Philox(key=int.from_bytes(key[:16], "big")))

    def normal(self, *shape: int, scale: float = 1.0, shift: float = 0.0) -> Array:
        """Normally distributed float64 numbers."""
        return scale * self.rng.standard_normal(shape) + shift

    def gradient(self, *shape: int) -> Array:
        """A gradient from above: of usual size, or large, tiny, of one sign, or with zeros."""
        dout = self.normal(*shape, scale=self.pick(GRADIENT_SCALES))
        kind = self.pick(("any", "any", "positive", "negative", "sparse"))
        if kind == "sparse":
            return dout * (self.rng.random(shape) < 0.5)
        return {"positive": np.abs(dout), "negative": -np.abs(dout)}.get(kind, dout)

    def pick(self, values: Sequence[Any]) -> Any:
        return values[int(self.rng.integers(len(values)))] if len(values) > 1 else values[0]

    def labels(self, count: int, classes: int) -> Array:
        """Correct classes, each at least once if `count` allows it."""
        labels = self.rng.integers(classes, size=count)
        labels[: min(count, classes)] = np.arange(classes)[:count]
        return self.rng.permutation(labels)

    def seed(self) -> int:
        """A seed for other random numbers."""
        return int(self.rng.integers(2**31))


def with_layout(array: Array, how: str, is_first: bool = True) -> Any:
    """An array in the layout or dtype of a question.

    'F' is Fortran order; 'mixed' is float32 for the first array of a call, float64 for others.
    """
    if how == "F":
        return np.asfortranarray(array)
    if how == "strided":
        return LaidOutArray(array, "strided")
    if array.dtype.kind == "f" and (how == "float32" or (how == "mixed" and is_first)):
        return array.astype(np.float32)
    return array
