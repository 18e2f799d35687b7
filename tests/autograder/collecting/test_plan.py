"""The student of each file: in folders, in zips, and in exports of learning platforms."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.submissions import zip_of

from autograder.collecting.plan import Plan, make_plan
from autograder.collecting.search import TwoReadings

ASSIGNMENTS = ("Dropout", "ConvolutionalNetworks")
MODULES = ("daseCV/layers.py", "daseCV/classifiers/cnn.py")
WORK = {"Dropout.ipynb": b"{}", "daseCV/layers.py": b"x = 1\n"}
Tree = dict[str, bytes]
PlanFiles = Callable[..., Plan]


def within(folder: str, files: Tree) -> Tree:
    return {f"{folder}/{name}": content for name, content in files.items()}


HOMEWORK = zip_of(WORK)
CANVAS = {
    "lovelaceada_12345_678901_homework.zip": HOMEWORK,
    "lovelaceada_LATE_12345_678999_homework-1.zip": HOMEWORK,
    "hopper_222_678902_submission.zip": HOMEWORK,
}
MOODLE = {
    **within("Ada Lovelace_1234567_assignsubmission_file_", {"work.zip": HOMEWORK}),
    **within("张三_1234568_assignsubmission_file_", WORK),
}
METADATA = """
submission_1001:
  :submitters:
  - :name: Ada Lovelace
    :sid: '2020123'
    :email: ada@example.edu
  :created_at: 2026-10-01 12:30:00 +0000
submission_1002:
  :submitters:
  - :name: Grace Hopper
    :email: grace@example.edu
  - :name: Chen
    :sid: chen
"""
GRADESCOPE = {
    "assignment_7_export/submission_metadata.yml": METADATA.encode(),
    **within("assignment_7_export/submission_1001", WORK),
    **within("assignment_7_export/submission_1002", WORK),
}


@pytest.fixture
def plan_files(tmp_path: Path) -> PlanFiles:
    """Write files into a folder, or a zip, and plan it."""

    def plan_files(files: Tree, name: str = "incoming", reading: str = "") -> Plan:
        path = tmp_path / name
        if name.endswith(".zip"):
            path.write_bytes(zip_of(files))
        else:
            for inside, content in files.items():
                (path / inside).parent.mkdir(parents=True, exist_ok=True)
                (path / inside).write_bytes(content)
        return make_plan(
            [path], ASSIGNMENTS, "Dropout", tmp_path / "room", modules=MODULES, reading=reading
        )

    return plan_files


def students(plan: Plan) -> list[str]:
    return [one.student for one in plan.submissions]


@pytest.mark.parametrize(
    "files",
    [
        WORK,
        within("homework", WORK),
        within("Dropout", WORK),
        {"daseCV.zip": HOMEWORK, "Dropout.ipynb": b"{}"},
        {"submission.zip": HOMEWORK},
        {"layers.py": b""},
        {"Dropout.ipynb": b"{}"},
    ],
    ids=["plain", "in a folder", "in the assignment's", "zip inside", "zip alone", "module", "nb"],
)
@pytest.mark.parametrize("name", ["ada", "ada.zip"])
def test_wrapper_folders_do_not_change_the_student(
    plan_files: PlanFiles, files: Tree, name: str
) -> None:
    assert students(plan_files(files, name)) == ["ada"]


def test_each_entry_of_a_class_folder_is_a_submission(plan_files: PlanFiles) -> None:
    plan = plan_files({"ada.zip": HOMEWORK, "ben_submission.zip": HOMEWORK, **within("cleo", WORK)})

    assert students(plan) == ["ada", "ben", "cleo"]
    assert plan.skipped == ()


SCRIPT = {"unpack_all.py": b""}
BARE = {"ada.ipynb": b"{}", "ben.ipynb": b"{}"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"ada.zip": HOMEWORK, "ben.zip": HOMEWORK, "chen.ipynb": b"{}"}, ["ada", "ben", "chen"]),
        ({"ada.zip": HOMEWORK, **within("ben", WORK), **SCRIPT}, ["ada", "ben"]),
        ({**within("ada", {"layers.py": b""}), **within("ben/x", WORK), **SCRIPT}, ["ada", "ben"]),
        ({**BARE, **within("cy", WORK)}, ["ada", "ben", "cy"]),
    ],
    ids=["a notebook", "a script", "deeper", "several notebooks"],
)
@pytest.mark.parametrize("name", ["incoming", "class.zip"])
def test_a_loose_file_among_submissions_does_not_merge_them(
    plan_files: PlanFiles, files: Tree, expected: list[str], name: str
) -> None:
    plan = plan_files(files, name)

    assert students(plan) == expected
    strays = [inside for inside in ("unpack_all.py",) if inside in files]
    assert [left.origin.rpartition("/")[2] for left in plan.skipped] == strays
    assert not any(left.doubtful for left in plan.skipped)


@pytest.mark.parametrize(
    "files",
    [
        {"Dropout.ipynb": b"{}", "ada.zip": HOMEWORK, "2026.zip": HOMEWORK},
        {**WORK, **within("ada", WORK), **within("ben", WORK)},
        BARE,
        {**within("ada", WORK), **within("old", WORK)},
    ],
    ids=[
        "the released notebook",
        "the instructor's package",
        "bare notebooks",
        "one has no student",
    ],
)
def test_a_person_is_asked_if_two_readings_give_different_marks(
    plan_files: PlanFiles, files: Tree
) -> None:
    with pytest.raises(TwoReadings) as asked:
        plan_files(files)

    assert "--as class" in str(asked.value)
    assert all(name.partition("/")[0] in str(asked.value) for name in files)
    assert students(plan_files(files, reading="student")) == ["incoming"]
    assert "ada" in students(plan_files(files, reading="class"))


@pytest.mark.parametrize(
    "beside",
    [
        {"old.zip": HOMEWORK, "daseCV_backup.zip": HOMEWORK},
        {"mine.zip": HOMEWORK},
        within("old", WORK) | within("backup", WORK),
        within("images", {"a.png": b""}) | within("notes", {"a.txt": b""}),
        {"layers.py": b"", "classifiers/cnn.py": b"", "checks/words.py": b"", "explore/a.py": b""},
        {**BARE, "daseCV.zip": HOMEWORK},
    ],
    ids=["old zips", "a zip", "old folders", "other things", "the package's files", "notebooks"],
)
def test_files_beside_a_student_s_work_do_not_make_it_a_class(
    plan_files: PlanFiles, beside: Tree
) -> None:
    assert students(plan_files({"Dropout.ipynb": b"{}", **beside}, "ada")) == ["ada"]


def test_a_link_affects_only_its_own_student(plan_files: PlanFiles, tmp_path: Path) -> None:
    (tmp_path / "incoming/ben/daseCV").mkdir(parents=True)
    (tmp_path / "incoming/ben/daseCV/layers.py").symlink_to("/etc/passwd")

    assert students(plan_files({"ada.zip": HOMEWORK, **SCRIPT})) == ["ada", "ben"]


def test_nbgrader_s_own_folder_of_submissions_is_understood(plan_files: PlanFiles) -> None:
    both = {**within("ada/Dropout", WORK), **within("ada/ConvolutionalNetworks", WORK)}
    other = within("ben/ConvolutionalNetworks", WORK)

    plan = plan_files({**both, **other}, "submitted")

    assert [(one.student, one.path.name) for one in plan.submissions] == [("ada", "Dropout")]
    [left] = plan.skipped
    assert left.origin.endswith("submitted/ben/Dropout")
    assert left.why == "there is no such folder"


def test_a_folder_for_each_assignment_may_hold_a_whole_class(plan_files: PlanFiles) -> None:
    zips = {"ada.zip": HOMEWORK, "ben.zip": HOMEWORK}

    plan = plan_files({**within("Dropout", zips), **within("ConvolutionalNetworks", zips)})

    assert students(plan) == ["ada", "ben"]


@pytest.mark.parametrize("name", ["incoming", "submissions.zip"])
def test_canvas_exports_are_recognised_and_the_last_attempt_wins(
    plan_files: PlanFiles, name: str
) -> None:
    plan = plan_files(CANVAS, name)

    ada, hopper = sorted(plan.submissions, key=lambda one: one.id)
    assert (ada.student, ada.attempt, ada.late) == ("lovelaceada", 2, True)
    assert (hopper.student, hopper.attempt, hopper.late) == ("hopper", 1, False)
    [left] = plan.skipped
    assert left.why.startswith("an earlier attempt: ")
    assert "678999" in left.why


def test_single_files_from_canvas_are_merged(plan_files: PlanFiles) -> None:
    plan = plan_files(
        {
            "lovelaceada_1_2_Dropout-1.ipynb": b"{}",
            "lovelaceada_1_3_layers-1.py": b"x = 1\n",
            "hopper_2_4_layers.py": b"x = 2\n",
        },
        "submissions.zip",
    )

    [ada] = [one for one in plan.submissions if one.student == "lovelaceada"]
    assert sorted(path.name for path in ada.path.iterdir()) == ["Dropout.ipynb", "layers.py"]
    assert students(plan) == ["hopper", "lovelaceada"]


def test_the_last_attempt_of_a_file_submitted_twice_counts(plan_files: PlanFiles) -> None:
    old, new = zip_of({"layers.py": b"x = 1\n"}), HOMEWORK

    plan = plan_files({"ada_1_9_a.zip": old, "ada_1_10_a.zip": new}, "submissions.zip")

    [ada] = plan.submissions
    assert ada.path.read_bytes() == new
    assert ada.doubts[0].startswith("handed in twice")


@pytest.mark.parametrize("name", ["incoming", "Homework 3-submissions.zip"])
def test_moodle_exports_are_recognised(plan_files: PlanFiles, name: str) -> None:
    assert students(plan_files(MOODLE, name)) == ["Ada-Lovelace", "张三"]


@pytest.mark.parametrize("name", ["incoming", "export.zip"])
def test_gradescope_s_metadata_gives_students_and_times(plan_files: PlanFiles, name: str) -> None:
    files = GRADESCOPE
    if name == "incoming":  # as it looks once it is unpacked
        files = {key.partition("/")[2]: content for key, content in GRADESCOPE.items()}
    plan = plan_files(files, name)

    assert [(one.student, one.at) for one in plan.submissions] == [
        ("2020123", 1_790_857_800.0),
        ("chen", None),
        ("grace", None),
    ]


def test_a_gradescope_export_without_metadata_keeps_the_folder_names(plan_files: PlanFiles) -> None:
    plan = plan_files(within("submission_1001", WORK) | within("submission_1002", WORK))

    assert students(plan) == ["submission_1001", "submission_1002"]


def test_students_with_one_name_are_told_apart_by_the_platform_s_id(plan_files: PlanFiles) -> None:
    plan = plan_files({"li_1_10_a.zip": HOMEWORK, "li_2_11_a.zip": HOMEWORK})

    assert students(plan) == ["li-1", "li-2"]
    assert [one.doubts for one in plan.submissions] == [("2 students are called li",)] * 2


def test_nested_folders_are_searched_and_empty_ones_reported(
    plan_files: PlanFiles, tmp_path: Path
) -> None:
    (tmp_path / "incoming" / "nobody").mkdir(parents=True)

    plan = plan_files({**within("group 1/ada", WORK), "group 1/ben.zip": HOMEWORK})

    assert students(plan) == ["ada", "ben"]
    assert [left.why for left in plan.skipped] == ["an empty folder"]


def test_files_that_are_not_submissions_are_skipped_with_a_reason(plan_files: PlanFiles) -> None:
    plan = plan_files({"ada.zip": HOMEWORK, "notes.docx.txt": b"hello", "grades.csv": b""})

    assert students(plan) == ["ada"]
    [left] = plan.skipped
    assert left.origin.endswith("notes.docx.txt")
    assert left.why == "neither a folder nor an archive: ask for a .zip"


def test_a_missing_path_is_reported_and_the_rest_is_planned(tmp_path: Path) -> None:
    (tmp_path / "ada.zip").write_bytes(HOMEWORK)

    plan = make_plan(
        [tmp_path / "bne.zip", tmp_path / "ada.zip"], ASSIGNMENTS, "Dropout", tmp_path / "room"
    )

    assert students(plan) == ["ada"]
    assert [left.why for left in plan.skipped] == ["there is no such file or folder"]


def test_a_damaged_zip_belongs_to_its_student_and_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ada.zip").write_bytes(b"PK\3\4 spoilt")

    assert students(
        make_plan([tmp_path / "ada.zip"], ASSIGNMENTS, "Dropout", tmp_path / "room")
    ) == ["ada"]


def test_an_export_that_leads_out_of_its_folder_is_skipped_entirely(
    plan_files: PlanFiles, tmp_path: Path
) -> None:
    plan = plan_files({**CANVAS, "../../escaped_1_2_a.zip": HOMEWORK}, "submissions.zip")

    assert plan.submissions == ()
    assert "leads out of it" in plan.skipped[0].why
    assert not [*tmp_path.parent.glob("escaped*"), *tmp_path.glob("escaped*")]


def test_names_from_other_systems_keep_students_apart(tmp_path: Path) -> None:
    for name in ("张三", "李四"):
        folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name.encode("gbk")))
        folder.mkdir()
        (folder / "Dropout.ipynb").write_bytes(b"{}")

    plan = make_plan([tmp_path], ASSIGNMENTS, "Dropout", tmp_path / "room")

    assert [one.student for one in plan.submissions] == ["张三", "李四"]


def test_pipes_and_links_are_skipped_with_a_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ada.zip")
    os.mkfifo(tmp_path / "ben")
    (tmp_path / "chen.zip").symlink_to("/etc/passwd")
    (tmp_path / "dana.zip").write_bytes(HOMEWORK)

    plan = make_plan([tmp_path], ASSIGNMENTS, "Dropout", tmp_path / "room")

    assert [one.student for one in plan.submissions] == ["dana"]
    assert sorted(left.why.partition(":")[0] for left in plan.skipped) == [
        "a link",
        "neither a folder nor a file",
        "neither a folder nor a file",
    ]


def test_an_unreadable_folder_is_skipped_and_the_others_are_planned(
    plan_files: PlanFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = Path.iterdir

    def refuse(path: Path) -> Iterator[Path]:
        if path.name == "ada":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refuse)

    plan = plan_files({**within("ada", WORK), **within("ben", WORK)})

    assert [one.student for one in plan.submissions] == ["ben"]
    assert plan.skipped[0].why == "cannot be read: Permission denied"


@pytest.mark.parametrize("names", [("a/" * 20_000 + "x",), ("a", "a/b"), ("/",), ("..",)], ids=len)
def test_no_name_in_a_zip_stops_the_rest_of_the_class(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    (tmp_path / "ada.zip").write_bytes(zip_of(dict.fromkeys(names, b"1")))

    plan = make_plan([tmp_path / "ada.zip"], ASSIGNMENTS, "Dropout", tmp_path / "room")

    assert len(plan.submissions) + len(plan.skipped) == 1
