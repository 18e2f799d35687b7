"""Each row of docs/collecting.md is built and collected, so that every row is true."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.submissions import tar_of, zip_of

from autograder.collecting.incoming import IncomingSubmission
from autograder.collecting.plan import Plan, make_plan
from autograder.collecting.search import TwoReadings
from autograder.collecting.submission import Submission, read_submission

PAGE = Path(__file__).parents[3] / "docs" / "collecting.md"
ASSIGNMENTS = ("Dropout", "BatchNormalization")
OWNED = ("daseCV/layers.py",)
WORK = {"Dropout.ipynb": b"{}", "daseCV/layers.py": b"x = 1\n"}
TEXT = b"x = 2\n"
Tree = dict[str, "Tree | bytes"]


def rows(heading: str) -> Iterator[tuple[list[str], str]]:
    """The rows of the tables with this heading: the paths in the first cell, and the second."""
    for table in PAGE.read_text(encoding="utf-8").split(f"| {heading} |")[1:]:
        for line in table.splitlines()[2:]:
            if not line.startswith("|"):
                break
            first, second = (cell.strip() for cell in line.strip("| ").split(" | "))
            yield re.findall("`([^`]+)`", first), second


def tree_of(paths: list[str]) -> Tree:
    """Nested folders and archives; the last name of each path holds work."""
    root: Tree = {}
    for path in paths:
        *around, last = [part for part in path.split("/") if part]
        place = root
        for part in around:
            inside = place.setdefault(part, {})
            assert isinstance(inside, dict)
            place = inside
        is_file = last.endswith((".py", ".ipynb", ".html", ".txt", "副本"))
        place[last] = TEXT if is_file else tree_of(list(WORK))
    return root


def is_archive(name: str) -> bool:
    return name.endswith((".zip", ".tar.gz"))


def pack(name: str, tree: Tree) -> bytes:
    """The bytes of an archive."""
    files = dict(flatten(tree))
    if name.endswith(".zip"):
        return zip_of(files)
    return tar_of(files)


def flatten(tree: Tree, before: str = "") -> Iterator[tuple[str, bytes]]:
    """The files of a tree by their paths, archives packed."""
    for name, inside in tree.items():
        if isinstance(inside, bytes):
            yield before + name, inside
        elif is_archive(name):
            yield before + name, pack(name, inside)
        else:
            yield from flatten(inside, f"{before}{name}/")


def write(tree: Tree, folder: Path) -> list[Path]:
    """Write a tree into a folder; return the entries at its top."""
    for name, content in flatten(tree):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return sorted(folder.iterdir())


def outcome(plan: Plan) -> str:
    """A plan in the words of the page."""
    sure = [describe(one) for one in plan.submissions if not one.doubts]
    doubtful = [one.student for one in plan.submissions if one.doubts]
    doubtful += [Path(left.origin).name for left in plan.skipped if left.doubtful]
    in_doubt = [f"in doubt: {', '.join(doubtful)}"] if doubtful else []
    return "; ".join([*([", ".join(sure)] if sure else []), *in_doubt])


def describe(one: IncomingSubmission) -> str:
    attempt = ["2nd attempt"] if one.attempt == 2 else []
    return ", ".join([one.student, *attempt, *(["late"] if one.late else [])])


STUDENTS = list(rows("what you collect | students"))


@pytest.mark.parametrize(
    ("paths", "expected"), STUDENTS, ids=[" ".join(row[0]) for row in STUDENTS]
)
def test_a_row_about_students_is_true(tmp_path: Path, paths: list[str], expected: str) -> None:
    top = write(tree_of(paths), tmp_path / "in")

    try:
        found = outcome(make_plan(top, ASSIGNMENTS, "Dropout", tmp_path / "room", modules=OWNED))
    except TwoReadings:
        found = "asks"

    assert found == expected


FILES = [(path, expected) for paths, expected in rows("submitted | counts as") for path in paths]


@pytest.mark.parametrize(("path", "expected"), FILES)
def test_a_row_about_files_is_true(tmp_path: Path, path: str, expected: str) -> None:
    write(tree_of([path]), tmp_path / "ada")

    found = read_submission(tmp_path / "ada", OWNED, ["Dropout"], {}, ASSIGNMENTS)

    assert describe_files(found) == expected


def describe_files(found: Submission) -> str:
    """The parts of a submission that count, in the words of the page."""
    notes = [note for note in found.notes if " is used" in note or "name it" in note]
    weeks = [doubt for doubt in found.doubts if "was handed in for" in doubt]
    counts = "the notebook" if found.notebooks else "layers.py" if found.owned else "nothing"
    if notes:
        advice = re.search("name it .*", notes[0])
        return f"{counts}, with a note{': ' + advice[0] if advice else ''}"
    return f"{counts}, in doubt: {weeks[0].partition(' was ')[2]}" if weeks else counts


def test_the_page_has_rows_of_each_kind() -> None:
    assert len(STUDENTS) > 25
    assert len(FILES) > 20
