"""Reading a submission takes time and memory in proportion to its size, for any content."""

import json
import resource
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.submissions import zip_of

from autograder.collecting import archives, notebook_json
from autograder.collecting.notebook_json import TooManyValues, parse_json
from autograder.collecting.plan import make_plan
from autograder.collecting.submission import RefusedSubmission, Submission, read_submission
from autograder.grading.outputs import read_outputs
from autograder.grading.repair import repair
from autograder.release.reference import Reference

FEW, MANY = 250, 2_000  # eight times as many files: quadratic time is 64 times as long
LINEAR = 3.5  # times the expected eight, for a busy machine

MADE_OF: dict[str, Callable[[int], tuple[str, str]]] = {
    "copies of a module": lambda n: (f"{n}/daseCV/layers.py", "#"),
    "different copies": lambda n: (f"{n}/daseCV/layers.py", f"x = {n}"),
    "modules that import each other": lambda n: (f"daseCV/m{n}.py", f"from . import m{n + 1}"),
    "modules that all are imported": lambda n: (f"daseCV/m{n}.py", "from . import m1, m2, m3"),
    "copies of a notebook": lambda n: (f"Notebook ({n}).ipynb", '{"cells": []}'),
    "notebooks of no name": lambda n: (f"work/{n}/some {n}.ipynb", '{"cells": []}'),
    "folders in one another": lambda n: ("a/" * (n % 60) + f"{n}.py", "#"),
    "archives that are none": lambda n: (f"{n}.zip", "PK"),
    "long names": lambda n: (f"{'x' * 240}{n}.py", "#"),
}


@pytest.fixture(scope="module")
def read(root: Path) -> Callable[[Path], Submission]:
    reference, source = Reference(root), root / "assignment"
    released = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in (source / "daseCV").rglob("*.py")
    }

    def read_one(path: Path) -> Submission:
        owned = reference.student_owned()
        return read_submission(path, owned, ["Notebook"], released, ["Notebook", "Dropout"])

    return read_one


def plan_and_read(path: Path, room: Path, read: Callable[[Path], Submission]) -> float:
    """The smaller process time of two runs."""
    taken = []
    for run in range(2):
        started = time.process_time()
        make_plan([path.parent], ["Notebook"], "Notebook", room / str(run), reading="student")
        read(path)
        taken.append(time.process_time() - started)
    return min(taken)


@pytest.mark.slow
@pytest.mark.parametrize("made", MADE_OF)
def test_reading_takes_time_in_proportion_to_the_number_of_files(
    made: str, tmp_path: Path, read: Callable[[Path], Submission]
) -> None:
    taken = []
    for count in (FEW, MANY):
        path = tmp_path / str(count) / "class" / "eve.zip"
        path.parent.mkdir(parents=True)
        path.write_bytes(zip_of(dict(map(MADE_OF[made], range(count)))))
        taken.append(plan_and_read(path, tmp_path / str(count), read))

    few, many = taken
    assert many < LINEAR * MANY / FEW * max(few, 0.02)


def test_an_archive_is_opened_once_to_be_read(
    tmp_path: Path, read: Callable[[Path], Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "eve.zip"
    path.write_bytes(zip_of({f"{n}/daseCV/layers.py": f"x = {n}" for n in range(50)}))
    opened: list[str] = []
    real = archives.open_archive

    def open_and_note(name: str, *given: Any) -> zipfile.ZipFile:
        opened.append(name)
        return real(name, *given)

    monkeypatch.setattr(archives, "open_archive", open_and_note)

    read(path)

    assert len(opened) == 1


def test_nested_class_archives_are_unpacked_up_to_a_limit(tmp_path: Path) -> None:
    """Archives with twenty archives each, and so on: 168,000 archives in 3 MiB."""
    content = zip_of({"ada/daseCV/layers.py": "#", "ben/daseCV/layers.py": "#"})
    for depth in range(4):
        content = zip_of({f"{depth}_{n}.zip": content for n in range(20)})
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "class.zip").write_bytes(content)
    started = time.process_time()

    plan = make_plan(
        [tmp_path / "class"], ["Dropout"], "Dropout", tmp_path / "room", reading="class"
    )

    assert time.process_time() - started < 20
    assert any("too many archives" in str(one.why) for one in plan.skipped)


NOTEBOOKS = {
    "empty objects": '{"cells": [], "metadata": {"x": [%s{}]}}' % ("{}," * 2_800_000),
    "numbers": '{"cells": [], "metadata": {"x": [%s1]}}' % ("1," * 4_000_000),
    "texts": '{"cells": [], "metadata": {"x": [%s""]}}' % ('"",' * 2_800_000),
    "keys": '{"cells": [], "metadata": {%s"x": 1}}' % ('"x":1,' * 1_400_000),
    "depth": '{"cells": ' + "[" * 4_000_000 + "]" * 4_000_000 + "}",
    "objects in objects": '{"x":' * 1_500_000,
    "quotes": '"' * 8_000_000,
}


@pytest.mark.parametrize("kind", NOTEBOOKS)
def test_the_size_of_a_notebook_is_checked_before_it_is_parsed(
    kind: str, root: Path, tmp_path: Path, read: Callable[[Path], Submission]
) -> None:
    """Each value of two bytes would take hundreds of bytes; the module beside it is read."""
    content = NOTEBOOKS[kind].encode()
    path = tmp_path / "eve.zip"
    path.write_bytes(zip_of({"daseCV/layers.py": b"x = 1\n", "Notebook.ipynb": content}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()

    with pytest.raises(TooManyValues):
        parse_json(content)
    submission = read(path)
    _, notes = repair(content, root / "assignment" / "Dropout.ipynb")

    assert submission.owned == {"daseCV/layers.py": b"x = 1\n"}
    assert "Notebook.ipynb is not used: it has more than" in " ".join(submission.doubts)
    assert "cannot be read as a notebook" in notes[0]
    assert read_outputs(content, '{"cells": [], "metadata": {}}') is None
    assert time.process_time() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 2**10  # KiB


def test_a_full_notebook_is_well_within_the_bounds(root: Path) -> None:
    for path in (root / "source_notebooks").glob("*.ipynb"):
        content = path.read_bytes()
        assert parse_json(content) == json.loads(content)
        assert content.count(b",") + content.count(b"{") < notebook_json.MOST_VALUES / 50


def test_brackets_in_strings_are_not_counted() -> None:
    text = {"cells": ["[{," * 300_000 + '\\" \\\\', "\\", '"']}

    assert parse_json(json.dumps(text).encode()) == text


def test_a_zip_with_too_many_names_is_refused_before_they_are_read(
    tmp_path: Path, read: Callable[[Path], Submission]
) -> None:
    path = tmp_path / "eve.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(150_000):
            archive.writestr(f"{number:060}", b"")
    started = time.process_time()

    with pytest.raises(RefusedSubmission, match="more than"):
        read(path)

    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "name", ["a" * 300, "a/" * 3_000, "a" * 60_000, "e" + "\u0301\u0316" * 9_000]
)
def test_a_name_that_no_disk_can_hold_is_refused_at_once(
    name: str, tmp_path: Path, read: Callable[[Path], Submission]
) -> None:
    path = tmp_path / "eve.zip"
    path.write_bytes(zip_of({f"{name}.py": b"", "daseCV/layers.py": b""}))
    started = time.process_time()

    with pytest.raises(RefusedSubmission, match="the name is too long"):
        read(path)

    assert time.process_time() - started < 0.5


def test_a_notebook_with_too_much_text_is_replaced_by_the_released_one(root: Path) -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": "<b> [x](y) `a" * 2_000_000}
    started = time.process_time()

    repaired, notes = repair(
        json.dumps({"cells": [cell], "metadata": {}}).encode(), root / "assignment/Dropout.ipynb"
    )

    assert "cannot be read as a notebook" in notes[0]
    assert len(repaired) < 10**6
    assert time.process_time() - started < 5


def test_modules_that_are_slow_to_parse_are_read_within_seconds(
    tmp_path: Path, read: Callable[[Path], Submission]
) -> None:
    dense = {f"daseCV/m{n}.py": f"from . import m{n + 1}\n" + "a," * 60_000 for n in range(60)}
    path = tmp_path / "eve.zip"
    path.write_bytes(zip_of({"daseCV/layers.py": "from . import m0\n", **dense}))
    started = time.process_time()

    assert "daseCV/m0.py" in read(path).owned
    assert time.process_time() - started < 15
