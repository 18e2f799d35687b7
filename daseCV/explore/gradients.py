"""The gradient-check viewer: gradients worked out by hand beside numerical ones, entry by entry."""

from typing import Any

import numpy as np

from ..checks.compare import Difference, ShapeError, relative_error, relative_errors
from ..checks.pictures import draw_difference, worst
from ..drawing import figure
from ..language import say
from .panel import Array, Drawn, Panel, make_choice, make_slider

SHOWN = 3  # worst entries in words


def draw_gradients(what: str, yours: Array, numerical: Array, digits: int = 7) -> Drawn:
    """Draw where two gradients differ by more than `10 ** -digits`, and one over the other."""
    seen = Difference(
        what, yours, numerical, relative_errors(yours, numerical), 10.0**-digits, gradient=True
    )
    count, largest = int(seen.wrong.sum()), float(seen.errors.max(initial=0.0))
    caption = say(
        "{what}: the largest relative error is {largest:.2g}; {count} of {total} entries differ "
        "by more than 1e-{digits}.",
        what=what,
        largest=largest,
        count=count,
        total=seen.errors.size,
        digits=digits,
    )
    for place, got, expected, error in worst(seen, SHOWN):
        caption = say(
            "{text} {place} = {got:.6g}, numerically {expected:.6g} ({error:.1g});",
            text=caption,
            place=place,
            got=got,
            expected=expected,
            error=error,
        )
    return draw_difference(seen) or figure(1, 1), caption.rstrip("；;")


class GradientsPanel(Panel):
    def __init__(self, pairs: dict[str, tuple[Array, Array]]) -> None:
        self.pairs = pairs
        self.errors = {name: relative_error(*pair) for name, pair in pairs.items()}
        controls = {
            "what": make_choice(say("gradient"), self.signed_names(7)),
            "digits": make_slider(say("allowed error 1e-"), 1, 13, 7),
        }
        controls["what"].value = max(self.errors, key=lambda name: self.errors[name])
        super().__init__(self.draw_chosen, controls)
        controls["digits"].observe(self.sign_names, "value")

    def signed_names(self, digits: int) -> list[tuple[str, str]]:
        """The gradients, each with a sign of whether it is right."""
        return [
            (f"{'✗' if error > 10.0**-digits else '✓'} {name}", name)
            for name, error in self.errors.items()
        ]

    def sign_names(self, change: Any) -> None:
        """Update the signs for another allowed error; the choice stays."""
        what = self.controls["what"]
        chosen = what.value
        what.options = self.signed_names(change["new"])
        what.value = chosen

    def draw_chosen(self, what: str, digits: int) -> Drawn:
        return draw_gradients(what, *self.pairs[what], digits)


def explore_gradients(**pairs: Any) -> None:
    """Compare gradients with numerical ones: which entries differ, and by how much.

    Parameters
    ----------
    **pairs : tuple of ndarray
        By name, the gradient worked out by hand and the numerical one: `dx=(dx, numerical)`.

    Raises
    ------
    ValueError
        If there is nothing to compare, or two shapes differ.
    """
    if not pairs:
        raise ValueError(
            "explore_gradients: got nothing, expected pairs such as dx=(dx, numerical), where "
            "numerical comes from eval_numerical_gradient_array"
        )
    arrays = {}
    for name, pair in pairs.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ValueError(
                f"explore_gradients: {name} is {type(pair).__name__}, expected two arrays: yours "
                "and the numerical gradient"
            )
        yours, numerical = (np.asarray(array, dtype=np.float64) for array in pair)
        if yours.shape != numerical.shape:
            raise ShapeError(
                say(
                    "explore_gradients: {name} has shape {got}, expected {expected}, that of the "
                    "numerical gradient",
                    name=name,
                    got=yours.shape,
                    expected=numerical.shape,
                )
            )
        arrays[name] = (yours, numerical)
    GradientsPanel(arrays).show()
