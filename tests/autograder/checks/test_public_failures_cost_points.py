"""A mistake that fails a public check costs points in the hidden check of the same name.

One mutant of the reference is tried for every other check; sixty for each with --proof.
"""

from pathlib import Path

import pytest
from support.local import lost, worker_of
from support.planted import every_nth

from autograder.checks import CHECKS
from autograder.hints.plant import library
from autograder.release.reference import Reference
from daseCV.checks.verdict import ERROR, WRONG
from tools.audit.mutants import find_mutants

pytestmark = pytest.mark.slow

FEW, MANY = 1, 60  # mutants of each check's blanks
# Checks that train or measure time.
LEFT_OUT = {"cnn_overfit", "cnn_one_epoch", "best_model"}
NAMES = [name for name, check in CHECKS.items() if check.blanks and name not in LEFT_OUT]


@pytest.mark.parametrize("name", every_nth(2, [(name,) for name in NAMES]), ids=NAMES)
def test_a_mutant_that_fails_a_public_check_costs_points(
    name: str, root: Path, request: pytest.FixtureRequest
) -> None:
    mutants = list(find_mutants(Reference(root), CHECKS[name].blanks))
    count = MANY if request.config.getoption("--proof") else FEW
    step = max(len(mutants) // count, 1)
    escaped = []
    for mutant in mutants[step // 2 :: step]:
        file = mutant.file.removeprefix("daseCV/")
        with library(root, {file: mutant.content}) as changed:
            running = changed("checks.running")
            fails = running.judge(name, {})[0].sign in (WRONG, ERROR)
            if fails and not lost(worker_of(changed), name):
                escaped.append(mutant.name)

    assert escaped == []
