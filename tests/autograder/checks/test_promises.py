"""Every promise checked for points is in a docstring that students have, word for word."""

import contextlib
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.checks import CHECKS, Questioner
from autograder.folders import PACKAGE
from autograder.grading.report import Report
from daseCV.checks.compare import CheckFailure

Owned = dict[str, bytes]
Citations = set[tuple[str, str, str]]  # check, part, promise

# The given code that a composite goes through.


@pytest.fixture(scope="module")
def citations(grade: Callable[..., Report], reference: Owned) -> Citations:
    """Every promise that a check cites, for each of its parts."""
    found: Citations = set()
    part = Questioner.part

    @contextlib.contextmanager
    def note_promise(ask: Questioner, name: str, promise: str = "") -> Iterator[None]:
        found.add((ask.check.name, name, promise))
        with part(ask, name, promise):
            yield

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Questioner, "part", note_promise)
        patch.setattr("autograder.checks.questions.training.expect_learning", refuse_training)
        grade(reference, *CHECKS)
    return found


def refuse_training(ask: Questioner, *_: Any, **__: Any) -> None:
    raise CheckFailure("no training here")


def docstrings(name: str) -> list[str]:
    """Docstrings of the objects that contain a blank, and of functions that they mention."""
    parts = name.split(".")
    depth = 2 if parts[0] == "classifiers" else 1
    module = importlib.import_module(f"{PACKAGE}.{'.'.join(parts[:depth])}")
    found, holder = [], module
    for part in parts[depth:]:
        holder = getattr(holder, part)
        found.append(holder.__doc__ or "")
    mentioned = [
        getattr(module, word, None) for text in found for word in re.findall(r"`(\w+)`", text)
    ]
    return found + [function.__doc__ or "" for function in mentioned if callable(function)]


def join_words(text: str) -> str:
    return " ".join(text.split())


# A blank in a notebook has its task in the cells around it.
OF_MODULES = [
    name
    for name, check in CHECKS.items()
    if not any(blank.startswith("cells.") for blank in check.blanks)
]


@pytest.mark.parametrize("name", OF_MODULES)
def test_a_cited_promise_is_in_the_docstring_of_the_blank(citations: Citations, name: str) -> None:
    blanks = CHECKS[name].blanks + CHECKS[name].uses
    texts = [join_words(text) for blank in blanks for text in docstrings(blank)]
    promises = {promise for check, _, promise in citations if check == name and promise}

    for promise in promises:
        assert any(join_words(promise) in text for text in texts), promise


@pytest.mark.parametrize("name", CHECKS)
def test_every_part_of_a_check_is_asked(citations: Citations, name: str) -> None:
    """Otherwise every submission would get the points of the part."""
    assert {part for check, part, _ in citations if check == name} == set(CHECKS[name].parts)


@pytest.mark.parametrize("name", [name for name in OF_MODULES if CHECKS[name].blanks])
def test_every_part_of_a_blank_cites_a_promise(citations: Citations, name: str) -> None:
    assert all(promise for check, _, promise in citations if check == name)


def test_the_release_s_docstrings_hold_the_promises(root: Path) -> None:
    """Students read the release's docstrings, not the reference's."""
    for file in ("layers.py", "optim.py", "classifiers/cnn.py", "classifiers/fc_net.py"):
        reference, release = (
            set(re.findall(r'"""(.*?)"""', (folder / PACKAGE / file).read_text("utf-8"), re.DOTALL))
            for folder in (root, root / "assignment")
        )
        assert reference <= release
