"""Cases that meet every region of a blank's documented inputs, and every pair of regions.

A factor is a property of questions, such as the stride; its levels are the regions that the
docstring allows, such as "larger than the window". The course's secret draws a value of each level.
Pairs are covered as in Cohen, Dalal, Fredman and Patton, "The AETG System" (1997).
"""

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .draw import Draw

Case = dict[str, Any]
Levels = Sequence[Sequence[Any]]
Factors = Mapping[str, Levels]
Level = tuple[int, int]  # the numbers of a factor and of one of its levels
GREEDY, RANDOM = 3, 30  # tries to find a case that is allowed


@dataclass(frozen=True, eq=False)
class Regions:
    """The regions of a blank's documented inputs."""

    factors: Factors  # levels by factor; a level is a list of values to draw from
    # A usual case, asked first, so that a failure is explained with it; and again at the end, with
    # other numbers of the same shapes
    usual: Case | None = None
    is_possible: Callable[[Case], bool] = lambda case: True  # whether a case can be asked

    @functools.lru_cache(maxsize=100)  # noqa: B019 - regions are constants
    def draw_cases(self, secret: bytes, name: str) -> Sequence[Case]:
        """Draw cases that cover all regions and all pairs, the same for the whole class."""
        cases = all_pairs(Draw(secret, f"{name}: cases"), self.factors, self.is_possible)
        return cases if self.usual is None else [self.usual, *cases, self.usual]


def all_pairs(
    draw: Draw,
    factors: Factors,
    allowed: Callable[[Case], bool] = lambda case: True,
) -> list[Case]:
    """Draw cases that combine any two levels of different factors, if that is allowed.

    Examples
    --------
    >>> cases = all_pairs(Draw(b"", ""), {"N": [[1], [2, 3]], "pad": [[0], [1]]})
    >>> sorted((case["N"] > 1, case["pad"]) for case in cases)
    [(False, 0), (False, 1), (True, 0), (True, 1)]
    """
    names = list(factors)
    sizes = [len(levels) for levels in factors.values()]
    open_pairs = {
        ((one, i), (other, j))
        for one, other in itertools.combinations(range(len(names)), 2)
        for i in range(sizes[one])
        for j in range(sizes[other])
    }
    cases: list[Case] = []
    while open_pairs:
        wanted = min(open_pairs)
        for attempt in range(GREEDY + RANDOM):
            fill = fill_greedily if attempt < GREEDY else fill_by_chance
            chosen = fill(draw, sizes, dict(wanted), open_pairs)
            case = {
                name: draw.pick(factors[name][chosen[place]]) for place, name in enumerate(names)
            }
            if allowed(case):
                open_pairs -= set(itertools.combinations(sorted(chosen.items()), 2))
                cases.append(case)
                break
        else:
            open_pairs.discard(wanted)  # the two exclude each other
    return cases


def fill_greedily(
    draw: Draw, sizes: Sequence[int], chosen: dict[int, int], open_pairs: set[tuple[Level, Level]]
) -> dict[int, int]:
    """Choose a level of each other factor, so that many open pairs are covered."""
    for factor in draw.rng.permutation(len(sizes)).tolist():
        if factor in chosen:
            continue
        met = [
            sum(tuple(sorted([(factor, level), other])) in open_pairs for other in chosen.items())
            for level in range(sizes[factor])
        ]
        best = max(met)
        chosen[factor] = draw.pick([level for level, count in enumerate(met) if count == best])
    return chosen


def fill_by_chance(
    draw: Draw, sizes: Sequence[int], chosen: dict[int, int], _: set[tuple[Level, Level]]
) -> dict[int, int]:
    """Choose a random level of each other factor."""
    levels = (draw.rng.random(len(sizes)) * sizes).astype(int).tolist()
    return dict(enumerate(levels)) | chosen
