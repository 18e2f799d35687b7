"""The arena in which attacks are tried, and the sandbox's tiers for each.

Many attacks aim only at the trusted side, by their answers: in modules marked `trusted_side`
workers are forked, since the tier makes no difference. Others are tried in the best tier of this
machine, and in each tier if a test is marked `each_tier`. Failures are explained in modules marked
`explained`, otherwise for every fourth attack, after which an honest neighbour is graded. The long
proof tries every attack in each tier, explained and with a neighbour.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.forking import ForkingSandbox

from autograder.environment import get_student_environment
from autograder.grading.grade import Grader
from autograder.release.reference import Reference
from autograder.sandbox import TIERS, NoSandboxError, find_sandbox, find_tier_problem

from .harness import SECRET, Arena

FORKING = "forking"
ARENAS: dict[str, Arena] = {}  # by tier


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Try an attack in the best tier of this machine, or in each."""
    if "arena" not in metafunc.fixturenames:
        return
    marked = metafunc.definition.get_closest_marker
    tiers: list[str] = list(TIERS)
    if marked("trusted_side") and not metafunc.config.getoption("--proof"):
        tiers = [FORKING]
    elif not marked("each_tier") and not metafunc.config.getoption("--proof"):
        tiers = [next((tier for tier in TIERS if not find_tier_problem(tier)), TIERS[0])]
    metafunc.parametrize("arena", tiers, indirect=True, scope="session")


@pytest.fixture(scope="session")
def arena(request: pytest.FixtureRequest, root: Path) -> Arena:
    """A grader in one tier, and submissions to attack from."""
    source, names = root / "assignment", Reference(root).student_owned()
    environment = get_student_environment(source)
    forking = request.param == FORKING
    try:
        sandbox = find_sandbox(None if forking else request.param)
    except NoSandboxError as error:
        pytest.skip(str(error).splitlines()[0])
    grader = Grader(
        source=source,
        environment=environment,
        sandbox=ForkingSandbox(environment, sandbox) if forking else sandbox,
        secret=SECRET,
        run_notebooks=False,
    )
    ARENAS[request.param] = Arena(
        grader,
        root,
        solved={name: (root / name).read_bytes() for name in names},
        stubs={name: (source / name).read_bytes() for name in names},
        every=1 if request.config.getoption("--proof") else 4,
    )
    return ARENAS[request.param]


@pytest.fixture(autouse=True)
def explanations(request: pytest.FixtureRequest) -> None:
    """Explain the failure of each attack in modules about explanations."""
    for arena in ARENAS.values():
        aimed_at = request.node.get_closest_marker("explained") is not None
        arena.explains_all = aimed_at or arena.every == 1


@pytest.fixture(scope="module", autouse=True)
def nobody_harmed() -> Iterator[None]:
    """Check after each module that its attacks changed no word of the neighbours' reports."""
    yield
    for arena in ARENAS.values():
        arena.assert_nobody_harmed()
