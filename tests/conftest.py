"""Shared by all tests: the real images, and one BLAS thread.

Many small matrix products on several threads are twenty times slower than on one as soon as
another process wants the processor; tests and continuous integration share theirs.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

os.environ["DASECV_LANG"] = "en"  # tests read messages as they are made

# Fixtures have no doctests, and files of one name cannot be imported side by side for them.
# What stands in for Colab is no Colab: imported by a test run, it would make all of it one.
collect_ignore_glob = ["*conftest.py", "*fake_colab*"]

ROOT = Path(__file__).resolve().parent.parent
BUILDER = ROOT.parent / "shared" / "cifar10" / "build_cifar10.py"


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def real_cifar10(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder, outside the repository, that holds the real images in the official layout.

    They are stored as JPEG of quality 75 and in another order than the official archive's, so
    accuracies differ a little from those on the archive itself.
    """
    if not BUILDER.exists():
        pytest.skip("no shared/cifar10/build_cifar10.py beside the checkout: no real images")
    folder = tmp_path_factory.mktemp("cifar10")
    subprocess.run([sys.executable, BUILDER, folder], check=True, capture_output=True)
    return folder
