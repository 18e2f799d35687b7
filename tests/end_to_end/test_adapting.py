"""The commands of docs/adapting.md, from the first release to an updated course."""

import re
import shlex
from pathlib import Path

import pytest
from support.checkout import copy_checkout, run

# Other tests try each command alone; here they follow one another as on the page.
pytestmark = pytest.mark.proof

PROGRAMS = {"dasecv": ["autograder"], "pytest": ["pytest", "-p", "no:cacheprovider"]}


def commands(page: Path) -> list[list[str]]:
    """The commands in the page's code blocks that start with one of PROGRAMS."""
    lines = re.findall(r"^    (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [shlex.split(line) for line in lines if line.split()[0] in PROGRAMS]


def test_the_page_leads_from_a_clone_to_an_updated_course(root: Path, tmp_path: Path) -> None:
    checkout = copy_checkout(root, tmp_path / "daseCV")
    typed = commands(root / "docs/adapting.md")

    said = [run(checkout, *PROGRAMS[program], *rest) for program, *rest in typed]

    assert len(typed) == 12
    assert "3 passed" in said[4]  # the new question's own tests
    assert (tmp_path / "week1.zip").exists()
    assert (tmp_path / "student/FullyConnectedNets.ipynb").exists()
    assert not (tmp_path / "student/Dropout.ipynb").exists()
    assert said[-2:] == ["The course is up to date.\n"] * 2
