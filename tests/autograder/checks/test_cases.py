"""Cases in which any two regions occur together."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checks.cases import Case, Regions, all_pairs
from autograder.checks.draw import Draw

SIZES = st.lists(st.integers(1, 4), min_size=2, max_size=5)


def pairs_in(cases: list[Case]) -> set[tuple[tuple[str, int], ...]]:
    return {pair for case in cases for pair in itertools.combinations(case.items(), 2)}


@given(SIZES, st.binary(max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_two_levels_occur_together(sizes: list[int], secret: bytes) -> None:
    factors = {f"f{n}": [[level] for level in range(size)] for n, size in enumerate(sizes)}

    cases = all_pairs(Draw(secret, ""), factors)

    wanted = itertools.combinations(
        [[(name, level[0]) for level in levels] for name, levels in factors.items()], 2
    )
    assert pairs_in(cases) == {pair for two in wanted for pair in itertools.product(*two)}


def test_levels_that_exclude_each_other_occur_with_all_other_levels() -> None:
    factors = {"stride": [[1], [2]], "rest": [[0], [1]], "pad": [[0], [1]]}

    cases = all_pairs(Draw(b"", ""), factors, lambda case: case["rest"] < case["stride"])

    met = pairs_in(cases)
    assert (("stride", 1), ("rest", 1)) not in met
    assert {(("rest", 1), ("pad", pad)) for pad in (0, 1)} <= met


def test_cases_start_and_end_with_a_usual_one_and_follow_from_the_secret() -> None:
    factors, usual = {"N": [[1], [2, 3]], "C": [[1, 4], [5]]}, {"N": 2, "C": 3}

    one, other = (Regions(factors, usual).draw_cases(b"secret", "conv") for _ in range(2))

    assert one[0] == one[-1] == usual
    assert one == other
