"""`dasecv collect`, as typed: the plan, then the files for nbgrader and `dasecv grade`."""

import json
import os
import stat
import zipfile
from pathlib import Path

import pytest
from support.submissions import zip_of
from typer.testing import CliRunner

from autograder.cli import app
from autograder.collecting.archives import RefusedSubmission
from autograder.collecting.incoming import IncomingSubmission
from autograder.collecting.search import TwoReadings
from autograder.collecting.submission import note_path, read_submission
from autograder.collecting.submitted import read_collected
from autograder.course import Course, init_course, read_course
from autograder.grading.report import Report
from autograder.reports import Grading, ReportStore
from autograder.results.marks import read_missing
from daseCV.language import translate

NAME = "Dropout"
Owned = dict[str, bytes]


@pytest.fixture(scope="module")
def course(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Course:
    folder = tmp_path_factory.mktemp("courses") / "autumn"
    init_course(root, folder)
    return read_course(folder)


@pytest.fixture
def export(tmp_path: Path, root: Path, reference: Owned) -> Path:
    """A platform's zip: two attempts of Ada, an unsafe submission, and one without a notebook."""
    notebook = (root / "assignment" / f"{NAME}.en.ipynb").read_bytes()
    whole = reference | {f"Copy of {NAME}.en.ipynb": notebook}
    path = tmp_path / "submissions.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("lovelaceada_1_10_homework.zip", zip_of({}))
        archive.writestr("lovelaceada_LATE_1_11_homework-1.zip", zip_of(whole))
        archive.writestr("mallory_2_12_homework.zip", zip_of({"../../daseCV/layers.py": b""}))
        archive.writestr("hopper_3_13_homework.zip", zip_of(reference))
    return path


def collect(course: Course, *arguments: str) -> str:
    command = ["collect", *arguments, "--assignment", NAME, "--course", str(course.folder)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    return done.output


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_dry_run_shows_the_plan_and_writes_nothing(course: Course, export: Path) -> None:
    output = collect(course, str(export), "--dry-run")

    assert "lovelaceada" in output
    assert "an earlier attempt" in output
    assert "mallory: refused" in output
    assert f"{NAME}.ipynb is missing" in output
    assert "Nothing was written" in output
    assert not (course.folder / "submitted").exists()


def test_submissions_are_written_where_nbgrader_looks_for_them(
    course: Course, export: Path, reference: Owned
) -> None:
    collect(course, str(export))

    folder = course.folder / "submitted" / "lovelaceada" / NAME
    found = files(folder)
    note = json.loads(note_path(folder).read_bytes())
    assert set(found) == {*reference, f"{NAME}.ipynb"}
    assert (note["attempt"], note["late"]) == (2, True)


@pytest.fixture
def own_course(root: Path, tmp_path: Path) -> Course:
    """A course that a test may change."""
    init_course(root, tmp_path / "own")
    return read_course(tmp_path / "own")


@pytest.fixture
def doubtful(tmp_path: Path, root: Path, reference: Owned) -> Path:
    """Ada's work, and Ben's notebook without any module."""
    notebook = (root / "assignment" / f"{NAME}.en.ipynb").read_bytes()
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / "ada.zip").write_bytes(zip_of(reference | {f"{NAME}.ipynb": notebook}))
    (folder / "ben.zip").write_bytes(zip_of({f"{NAME}.ipynb": notebook}))
    return folder


@pytest.mark.parametrize(
    ("options", "collected", "status"), [([], ["ada"], 1), (["--yes"], ["ada", "ben"], 0)]
)
def test_doubtful_submissions_are_named_and_need_confirmation(
    own_course: Course, doubtful: Path, options: list[str], collected: list[str], status: int
) -> None:
    command = ["collect", str(doubtful), "--assignment", NAME, "--course", str(own_course.folder)]

    done = CliRunner().invoke(app, [*command, *options])

    assert "? ben: none of the 4 modules is there" in done.output
    assert done.exit_code == status
    assert sorted(p.name for p in (own_course.folder / "submitted").iterdir()) == collected


def test_doubts_are_kept_with_the_submission(own_course: Course, doubtful: Path) -> None:
    collect(own_course, str(doubtful), "--yes")

    folder = own_course.directory("submitted", "ben", NAME)
    one = read_collected(IncomingSubmission("ben", folder))
    assert one.doubts == ("none of the 4 modules is there",)
    assert translate(one.doubts[0], "zh") == "4 个模块一个也没有"


def test_a_roster_names_missing_and_unknown_students(
    own_course: Course, doubtful: Path, tmp_path: Path
) -> None:
    (tmp_path / "roster.csv").write_text("学号,姓名\n7,ada\n8,dana\n", encoding="gbk")

    output = collect(
        own_course, str(doubtful), "--roster", str(tmp_path / "roster.csv"), "--dry-run"
    )

    assert "? ben: not on the roster" in output
    assert "? dana: on the roster, and nothing was handed in" in output
    assert "? ada" not in output


@pytest.mark.parametrize(("options", "status"), [([], 1), (["--yes"], 0)])
def test_a_missing_student_needs_confirmation(
    own_course: Course, export: Path, tmp_path: Path, options: list[str], status: int
) -> None:
    (tmp_path / "roster.csv").write_text("id,name\n1,lovelaceada\n2,mallory\n3,hopper\n9,dana\n")
    command = ["collect", str(export), "--assignment", NAME, "--course", str(own_course.folder)]
    command += ["--roster", str(tmp_path / "roster.csv")]

    done = CliRunner().invoke(app, [*command, *options])

    assert "? dana: on the roster, and nothing was handed in" in done.output
    assert done.exit_code == status
    assert own_course.directory("submitted", "hopper", NAME).is_dir()


def test_missing_students_are_on_the_class_page(own_course: Course, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("id,name\n7,ada\n8,dana\n")
    ben = tmp_path / "ben.zip"
    ben.write_bytes(zip_of({"notes.txt": b"nothing yet"}))

    collect(own_course, str(ben), "--roster", str(tmp_path / "roster.csv"), "--yes")

    assert read_missing(own_course, NAME) == ["ada", "dana"]
    store = ReportStore(own_course.folder / "reports.db")
    store.put("k", Report("refused"), [Grading(NAME, "v", "ada", "k", "d", "ada.zip")])
    assert read_missing(own_course, NAME) == ["dana"]
    assert len(read_missing(own_course, NAME, anonymous=True)) == 1
    assert "dana" not in read_missing(own_course, NAME, anonymous=True)


def test_an_ambiguous_path_is_not_collected(own_course: Course, doubtful: Path) -> None:
    (doubtful / "daseCV").mkdir()
    (doubtful / "daseCV" / "layers.py").write_text("x = 1\n")
    command = ["collect", str(doubtful), "--assignment", NAME, "--course", str(own_course.folder)]

    done = CliRunner().invoke(app, command)

    assert isinstance(done.exception, TwoReadings)
    assert "--as class" in str(done.exception)
    assert CliRunner().invoke(app, [*command, "--as", "class", "--dry-run"]).exit_code == 0


def test_collecting_again_writes_nothing_new(course: Course, export: Path) -> None:
    collect(course, str(export))
    before = files(course.folder / "submitted")

    assert "0 written, 3 were there already" in collect(course, str(export))
    assert files(course.folder / "submitted") == before


def test_a_refused_submission_stays_refused(course: Course, export: Path) -> None:
    collect(course, str(export))
    folder = course.folder / "submitted" / "mallory" / NAME

    assert sorted(files(folder)) == [f"{NAME}.ipynb"]
    assert "leads out of it" in json.loads(note_path(folder).read_bytes())["refused"]
    with pytest.raises(RefusedSubmission, match="leads out of it"):
        read_submission(folder, course.student_owned, [NAME])


def test_a_missing_notebook_is_replaced_by_the_released_one(course: Course, export: Path) -> None:
    collect(course, str(export))

    released = (course.source(NAME) / f"{NAME}.ipynb").read_bytes()
    assert files(course.folder / "submitted" / "hopper" / NAME)[f"{NAME}.ipynb"] == released


OLD_NOTE = "dasecv-collected.json"  # its former name, inside a student's folder


def test_a_student_cannot_hand_in_the_collector_s_own_note(course: Course, tmp_path: Path) -> None:
    path = tmp_path / "eve.zip"
    path.write_bytes(zip_of({OLD_NOTE: b'{"refused": "pass"}', "daseCV/layers.py": b"x = 1\n"}))

    collect(course, str(path))

    assert "refused" not in json.loads(
        note_path(course.folder / "submitted" / "eve" / NAME).read_text()
    )


def test_collecting_writes_to_the_course_s_configured_folder(
    own_course: Course, export: Path
) -> None:
    with (own_course.folder / "nbgrader_config.py").open("a") as file:
        file.write('c.CourseDirectory.submitted_directory = "handed_in"\n')

    output = collect(own_course, str(export))

    assert (own_course.folder / "handed_in" / "hopper" / NAME / f"{NAME}.ipynb").exists()
    assert not (own_course.folder / "submitted").exists()
    assert "handed_in --assignment" in output.replace("\n", "")


@pytest.mark.parametrize(
    ("masked", "groupshared", "folder_mode", "file_mode"),
    [
        (0o007, False, 0o770, 0o660),  # a second instructor of the group can collect again
        (0o022, False, 0o700, 0o600),  # the group may read, without any choice of the instructor
        (0o022, True, 0o2770, 0o660),  # the mode of nbgrader's folders in that case
        (0o077, False, 0o700, 0o600),
    ],
)
def test_collected_files_are_closed_to_other_users(
    own_course: Course,
    export: Path,
    masked: int,
    groupshared: bool,
    folder_mode: int,
    file_mode: int,
) -> None:
    with (own_course.folder / "nbgrader_config.py").open("a") as file:
        file.write(f"c.CourseDirectory.groupshared = {groupshared}\n")
    before = os.umask(masked)
    try:
        collect(own_course, str(export))
    finally:
        os.umask(before)

    folder = own_course.directory("submitted", "hopper", NAME)
    assert stat.S_IMODE(folder.stat().st_mode) == folder_mode
    assert stat.S_IMODE(folder.parent.stat().st_mode) == folder_mode
    assert stat.S_IMODE(note_path(folder).stat().st_mode) == file_mode
    assert (folder / "timestamp.txt").exists() is False
    assert [path.name for path in folder.parent.iterdir()] == [NAME]


def test_collect_reports_the_zone_of_local_times(
    own_course: Course, export: Path, tmp_path: Path
) -> None:
    settings = own_course.folder / "dasecv.json"
    settings.write_text(
        settings.read_text().replace('"timezone": ""', '"timezone": "Asia/Shanghai"')
    )
    with zipfile.ZipFile(export) as archive:
        content = archive.read("hopper_3_13_homework.zip")
    (tmp_path / "bb").mkdir()
    name = "Dropout_ada_attempt_2026-10-01-23-30-00_submission.zip"
    (tmp_path / "bb" / name).write_bytes(content)

    output = collect(read_course(own_course.folder), str(tmp_path / "bb"))

    assert "read in the time zone Asia/Shanghai" in output
    written = own_course.directory("submitted", "ada", NAME) / "timestamp.txt"
    assert written.read_text().startswith("2026-10-01 15:30:00")
