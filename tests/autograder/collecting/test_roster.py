"""Rosters of any platform: missing students, unknown students, groups."""

from pathlib import Path

import pytest

from autograder.collecting.incoming import IncomingSubmission
from autograder.collecting.plan import Plan
from autograder.collecting.roster import Person, apply_roster, read_roster

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Dropout (555)
    Points Possible,,,,,80
"Lovelace, Ada",12345,u1,ada@uni.edu,S1,
"Hopper, Grace",12346,u2,grace@uni.edu,S1,
"Student, Test",99,,,S1,
"""
GROUPS = """name,canvas_user_id,user_id,login_id,sections,group_name
"Lovelace, Ada",12345,u1,ada,S1,Project Group 7
"Hopper, Grace",12346,u2,grace,S1,Project Group 7
"""
MOODLE = """Identifier,Full name,Email address,Status
Participant 123,Ada Lovelace,ada@uni.edu,Submitted
Participant 124,张三,zhang@uni.edu,
"""
BLACKBOARD = '"Last Name","First Name","Username"\n"Lovelace","Ada","alovelace"\n'
BRIGHTSPACE = "OrgDefinedId,Username,Last Name,First Name\n#4001,#ada,Lovelace,Ada\n"
CHINESE = "某课程 成绩册,,\n\n学号,姓名,小组\n2026001,张三,\n2026002,李四,\n"


def write_roster(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "name", "known"),
    [
        (CANVAS, "Lovelace, Ada", "12345"),
        (GROUPS, "Lovelace, Ada", "12345"),
        (MOODLE, "Ada Lovelace", "123"),
        (BLACKBOARD, "Lovelace, Ada", "alovelace"),
        (CHINESE, "张三", "2026001"),
        (CHINESE.replace(",", ";"), "张三", "2026001"),
    ],
    ids=["Canvas", "Canvas's groups", "Moodle", "Blackboard", "Chinese", "semicolons"],
)
def test_a_roster_of_any_platform_is_read(tmp_path: Path, text: str, name: str, known: str) -> None:
    first = read_roster(write_roster(tmp_path, text))[0]

    assert (first.name, first.ids[0]) == (name, known)


def test_canvas_s_extra_rows_are_not_students(tmp_path: Path) -> None:
    assert [one.name for one in read_roster(write_roster(tmp_path, CANVAS))] == [
        "Lovelace, Ada",
        "Hopper, Grace",
    ]


def test_a_roster_in_gbk_is_read(tmp_path: Path) -> None:
    assert read_roster(write_roster(tmp_path, CHINESE, "gbk"))[1].name == "李四"


def test_brightspace_s_prefix_signs_are_removed(tmp_path: Path) -> None:
    assert set(read_roster(write_roster(tmp_path, BRIGHTSPACE))[0].ids) == {"4001", "ada"}


def test_a_table_without_a_student_heading_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a table with a heading such as student, name"):
        read_roster(write_roster(tmp_path, "a,b\n1,2\n"))


ADA = Person("Lovelace, Ada", ("12345", "ada@uni.edu"))
GRACE = Person("Hopper, Grace", ("12346", "u2"))
LI = (Person("Li Wei", ("1",)), Person("Li Wei", ("2",)))
ZHANG = Person("张三", ("2026001",))


def submission(student: str, id: str = "", **more: str) -> IncomingSubmission:
    return IncomingSubmission(student, Path(student), id=id, **more)  # type: ignore[arg-type]


def match_roster(
    *found: IncomingSubmission, people: tuple[Person, ...] = (ADA, GRACE)
) -> tuple[IncomingSubmission, ...]:
    return apply_roster(Plan(found, ()), people)[0].submissions


@pytest.mark.parametrize(
    ("one", "person"),
    [
        (submission("lovelaceada", "12345"), ADA),
        (submission("Ada-Lovelace"), ADA),
        (submission("ada_lovelace"), ADA),
        (submission("ada"), ADA),  # her e-mail address
        (submission("12346"), GRACE),
        (submission("2026001-张三"), ZHANG),
        (submission("张三_2026001"), ZHANG),
    ],
)
def test_a_student_is_identified_by_id_name_or_address(
    one: IncomingSubmission, person: Person
) -> None:
    [found] = match_roster(one, people=(ADA, GRACE, ZHANG, *LI))

    assert (found.id, found.doubts) == (person.ids[0], ())


def test_missing_students_are_named() -> None:
    _, missing = apply_roster(Plan((submission("ada"),), ()), (ADA, GRACE))

    assert missing == ("Hopper, Grace",)


def test_students_not_on_the_roster_are_in_doubt() -> None:
    assert match_roster(submission("eve"))[0].doubts == ("not on the roster",)


def test_two_students_with_one_name_are_in_doubt() -> None:
    assert match_roster(submission("Li-Wei"), people=LI)[0].doubts == ("may be of Li Wei, Li Wei",)


def test_ids_tell_two_students_with_one_name_apart() -> None:
    alike = "2 students are called Li-Wei"
    found = match_roster(
        submission("Li-Wei-1", "1").with_doubt(alike),
        submission("Li-Wei-2", "2"),
        people=LI,
    )

    assert [one.id for one in found] == ["1", "2"]


def test_two_submissions_of_one_student_are_in_doubt() -> None:
    found = match_roster(submission("ada"), submission("Ada-Lovelace"))

    assert [one.doubts for one in found] == [("more than one submission is of Lovelace, Ada",)] * 2


def test_a_group_s_submission_counts_for_each_member(tmp_path: Path) -> None:
    people = tuple(read_roster(write_roster(tmp_path, GROUPS)))

    found = match_roster(submission("projectgroup7", "12345", platform="Canvas"), people=people)

    assert [(one.student, one.id) for one in found] == [
        ("hoppergrace", "12346"),
        ("lovelaceada", "12345"),
    ]
    assert {one.path for one in found} == {Path("projectgroup7")}


def test_a_group_s_name_with_a_member_s_number_is_in_doubt() -> None:
    [found] = match_roster(submission("projectgroup7", "12345"))

    assert found.doubts[0].startswith("its number is that of Lovelace, Ada: a group's?")
