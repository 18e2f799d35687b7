"""Shared by the grader's tests: the student environment, the sandbox, and a way to grade files."""

import dataclasses
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.collecting.submission import Submission
from autograder.environment import StudentEnvironment, get_student_environment
from autograder.grading.grade import Grader
from autograder.grading.report import Report
from autograder.release.reference import Reference
from autograder.sandbox import NoSandboxError, Sandbox, find_sandbox
from autograder.worker import client
from autograder.worker.client import Worker
from support.forking import ForkingSandbox

SECRET = b"the secret of a course for tests"

Owned = dict[str, bytes]
Grade = Callable[..., Report]


@pytest.fixture(scope="session")
def environment(root: Path) -> StudentEnvironment:
    """The student environment: built by the first test that needs it, and cached."""
    return get_student_environment(root / "assignment")


@pytest.fixture(scope="session")
def real_sandbox() -> Sandbox:
    """The best sandbox of this machine."""
    try:
        return find_sandbox()
    except NoSandboxError as error:
        pytest.skip(str(error).splitlines()[0])


@pytest.fixture(scope="session")
def sandbox(
    request: pytest.FixtureRequest, environment: StudentEnvironment, real_sandbox: Sandbox
) -> Sandbox:
    """The sandbox whose workers start fastest; the machine's best sandbox in the long proof."""
    if request.config.getoption("--proof"):
        return real_sandbox
    return ForkingSandbox(environment, real_sandbox)


@pytest.fixture(scope="session")
def reference(root: Path) -> Owned:
    """The student-owned files, solved."""
    return {name: (root / name).read_bytes() for name in Reference(root).student_owned()}


@pytest.fixture(scope="session")
def stubs(root: Path) -> Owned:
    """The student-owned files as students receive them."""
    names = Reference(root).student_owned()
    return {name: (root / "assignment" / name).read_bytes() for name in names}


@pytest.fixture(scope="session")
def make_grader(
    root: Path, reference: Owned, environment: StudentEnvironment, sandbox: Sandbox
) -> Callable[..., Grader]:
    """Make a grader that runs no notebooks; keyword arguments replace its settings."""
    usual = Grader(root / "assignment", environment, sandbox, SECRET, run_notebooks=False)

    def make_grader(**different: Any) -> Grader:
        grader = dataclasses.replace(usual, **different)
        if not {"source", "environment", "sandbox"} & set(different):
            vars(grader)["pool"] = usual.pool
        return grader

    return make_grader


@pytest.fixture(scope="session")
def grade(make_grader: Callable[..., Grader]) -> Grade:
    """A function that grades student-owned files by the checks named."""

    def grade(owned: Owned, *checks: str) -> Report:
        return make_grader(checks=checks).grade(Submission("alice", owned, {}))

    return grade


def shorten_answers(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """Make the grader wait for an answer for only so many seconds."""
    usual = Worker.call.__kwdefaults__ or {}
    assert "timeout" in usual
    patch.setitem(usual, "timeout", seconds)
    patch.setattr(client, "ANSWER_TIMEOUT", seconds)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that a worker may read even as another user; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="dasecv-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], bool]:
    """Wait until a condition holds; return False if it does not within some seconds."""

    def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
        ends = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > ends:
                return False
            time.sleep(0.02)
        return True

    return wait_until
