"""The ground on which attacks are tried: one for each tier that works here."""

from pathlib import Path

import pytest

from autograder.environment import student_environment
from autograder.grading.grade import Grader
from autograder.release.build import Reference
from autograder.sandbox import NoSandbox, find_sandbox

from .harness import SECRET, Arena


@pytest.fixture(scope="session", params=["bubblewrap", "landlock"])
def arena(request: pytest.FixtureRequest, root: Path) -> Arena:
    """A grader in one tier, and submissions to attack from."""
    try:
        sandbox = find_sandbox(request.param)
    except NoSandbox as error:
        pytest.skip(str(error).splitlines()[0])
    source, names = root / "assignment", Reference(root).student_owned()
    grader = Grader(
        source=source,
        environment=student_environment(source),
        sandbox=sandbox,
        secret=SECRET,
        run_notebooks=False,
    )
    return Arena(
        grader,
        root,
        solved={name: (root / name).read_bytes() for name in names},
        stubs={name: (source / name).read_bytes() for name in names},
    )
