"""Shared by all tests: which of them `make quick` runs, the real images, and one BLAS thread.

Many small matrix products on several threads are twenty times slower than on one as soon as
another process wants the processor; tests and continuous integration share theirs.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from dropout_course import ASSIGNMENT, nbgrader

from autograder.course import init_course

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

os.environ["DASECV_LANG"] = "en"  # tests compare messages in English
os.environ["DASECV_PROFILE"] = "quick"  # a fifth of the course's images

pytest_plugins = ["support.grader"]

ROOT = Path(__file__).resolve().parent.parent
BUILDER = ROOT.parent / "shared" / "cifar10" / "build_cifar10.py"


# What a test may need that `make quick` leaves out: by fixture, and by folder.
NEEDS = {
    "sandbox": {"sandbox", "environment", "arena", "tier"},
    "browser": {"browser"},
    "database": {"postgresql"},
    "training": {"real_cifar10"},
}
SLOW_FOLDERS = {("end_to_end",), ("browser",), ("attacks",)}
FOLDERS = {"attacks": "sandbox", "browser": "browser", "end_to_end": "sandbox"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--proof",
        action="store_true",
        help="everything in every tier, in real sandboxes, with the course's own numbers",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test by what it needs; leave the long proof out unless it is asked for.

    The slowest tests start first, so that no process is left alone with one at the end.
    """
    items.sort(key=lambda item: item.path.relative_to(ROOT).parts[1:2] not in SLOW_FOLDERS)
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        for need, names in NEEDS.items():
            if fixtures & names:
                item.add_marker(need)
        folder = item.path.relative_to(ROOT).parts[1:2]
        for need in filter(None, map(FOLDERS.get, folder)):
            item.add_marker(need)
        if not any(item.get_closest_marker(need) for need in (*NEEDS, "slow", "proof")):
            item.add_marker("quick")
    if not config.getoption("--proof"):
        left_out = [item for item in items if item.get_closest_marker("proof")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def once(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, Callable[[Path], object]], Path]:
    """Make a folder of this name once for all processes of a run, which only read it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def once(name: str, make: Callable[[Path], object]) -> Path:
        with open(shared / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (shared / name).exists():
                incoming = shared / f"{name}.incoming"
                make(incoming)
                incoming.rename(shared / name)
        return shared / name

    return once


@pytest.fixture(scope="session")
def generated_course(root: Path, once: Callable[..., Path]) -> Path:
    """A course of Dropout that nbgrader knows, without submissions; tests copy it."""

    def make(folder: Path) -> None:
        init_course(root, folder)
        nbgrader(folder, "generate_assignment", ASSIGNMENT)

    return once("course", make)


@pytest.fixture(scope="session")
def real_cifar10(once: Callable[..., Path]) -> Path:
    """A folder, outside the repository, that holds the real images in the official layout.

    They are stored as JPEG of quality 75 and in another order than the official archive's, so
    accuracies differ a little from those on the archive itself.
    """
    if not BUILDER.exists():
        pytest.skip("no shared/cifar10/build_cifar10.py beside the checkout: no real images")
    build = partial(subprocess.run, check=True, capture_output=True)
    return once("cifar10", lambda folder: build([sys.executable, BUILDER, folder]))
