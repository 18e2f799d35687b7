"""Notebooks that already exist keep working: the course's cells, run one after the other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("course_cells.py")


@pytest.mark.slow
def test_every_group_of_the_courses_cells_meets_its_tolerance(root: Path) -> None:
    run = subprocess.run(
        [sys.executable, SCRIPT],
        cwd=root,
        env=os.environ | {"DASECV_PROFILE": "tiny", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[-1].startswith("group norm: "), "the course's last group"
