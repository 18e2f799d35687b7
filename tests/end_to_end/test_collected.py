"""From a learning platform's messy export to marks, by the commands that an instructor types."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from dropout_course import ASSIGNMENT, WRONG_GRADIENT, Student, copy_course, hand_in, nbgrader
from nbgrader.api import Gradebook

ADA = Student("ada", {"zh": "因为。"}, run="zh")
BEN = Student("ben", {"en": "Because."}, run="en", edits=(WRONG_GRADIENT,))
CHEN = Student("chen", {"zh": ""}, run="zh")
EXPORT = {  # the platform's name of each student's zip
    "lovelaceada_1_10_homework.zip": ADA,
    "ben_LATE_2_11_my homework (1).zip": BEN,
    "chen_3_12_作业.zip": CHEN,
}


@pytest.fixture(scope="module")
def course(root: Path, generated_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that has collected the export, graded it, and put the marks into the gradebook."""
    folder = tmp_path_factory.mktemp("collected")
    course = folder / "course"
    copy_course(root, generated_course, course, [])
    with zipfile.ZipFile(folder / "submissions.zip", "w") as export:
        for name, student in EXPORT.items():
            hand_in(root, student, folder)
            zipped = folder / f"{student.name}.zip"
            if student is CHEN:
                zipped = repack(zipped)
            export.write(zipped, name)
    dasecv("collect", str(folder / "submissions.zip"), "--course", str(course))
    dasecv("grade", str(course / "submitted"), "--course", str(course))
    dasecv("gradebook", "--course", str(course))
    return course


def repack(path: Path) -> Path:
    """Zip the same work as a Mac does: with hidden files, a zipped package, a renamed notebook."""
    folder = path.with_suffix("")
    shutil.unpack_archive(path, folder)
    shutil.make_archive(str(folder / "daseCV"), "zip", folder, "daseCV")
    shutil.rmtree(folder / "daseCV")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / f"._{ASSIGNMENT}.ipynb").write_bytes(b"\0\5\26\7")
    (folder / f"{ASSIGNMENT}.ipynb").rename(folder / f"{ASSIGNMENT} - 副本 (1).ipynb")
    return Path(shutil.make_archive(str(path.with_suffix("")) + "-again", "zip", folder))


def dasecv(*arguments: str) -> str:
    command = [sys.executable, "-m", "autograder", *arguments, "--assignment", ASSIGNMENT]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def marks(course: Path) -> dict[str, float]:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "daseCV") as gradebook:
        return {one.student.id: one.score for one in gradebook.assignment_submissions(ASSIGNMENT)}


def test_every_student_has_a_mark_in_the_gradebook(course: Path) -> None:
    found = marks(course)

    assert found["lovelaceada"] == found["chen"] == 80
    assert 0 < found["ben"] < 80


def test_nbgraders_autograde_gives_the_same_marks(course: Path) -> None:
    before = marks(course)

    nbgrader(course, "autograde", ASSIGNMENT)

    assert marks(course) == before
