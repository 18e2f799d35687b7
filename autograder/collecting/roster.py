"""A class's roster: finds missing students, students not on it, and members of groups.

Any table with a heading works: Canvas's gradebook or groups, Moodle's grading worksheet,
Blackboard's grade center, a list of names.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from daseCV.language import Message

from ..tables import find_dialect, read_csv
from .incoming import IncomingSubmission, doubtful_name, same_name
from .names import slug
from .plan import Plan

# Headings of columns by their content; the first of a person's ids is the platform's.
IDS = (
    *("id", "canvas_user_id", "identifier", "sid", "student id", "id number", "username"),
    *("orgdefinedid", "sis login id", "login_id", "email", "email address", "e-mail"),
    *("sis user id", "user_id", "integration id", "roster_identifier", "github_username"),
    *("学号", "学工号", "账号", "邮箱"),
)
NAMES = ("student", "name", "full name", "姓名", "学生姓名")
PARTS_OF_NAMES = (("last name", "first name"), ("surname", "first name"), ("姓", "名"))
GROUPS = ("group_name", "group", "groups", "小组", "组别")
NOBODY = {"", "pointspossible", "studenttest", "teststudent"}  # Canvas's own rows
HEADING_WITHIN = 10  # rows
# Doubts about names that a roster settles.
NAME_DOUBTS = {doubtful_name("").template, same_name("", 0).template}


@dataclass(frozen=True)
class Person:
    name: str  # as in the roster
    ids: tuple[str, ...]  # the platform's first
    group: str = ""

    @property
    def keys(self) -> set[str]:
        """Names that a file of this student may have, normalised."""
        turned = " ".join(reversed(self.name.split(",", 1)))
        emails = [known.partition("@")[0] for known in self.ids if "@" in known]
        return {key for key in map(normalise, (self.name, turned, *self.ids, *emails)) if key}

    @property
    def display_name(self) -> str:
        return self.name or self.ids[0]


def normalise(text: str) -> str:
    """A name in lower case without blanks and signs, as platforms shorten it.

    Examples
    --------
    >>> normalise("Lovelace, Ada") == normalise("lovelace_ada")
    True
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def read_roster(path: Path) -> list[Person]:
    """Read a roster; ValueError if no row looks like a heading with names or ids."""
    rows = read_csv(path, find_dialect(path))
    for number, row in enumerate(rows[:HEADING_WITHIN]):
        head = [cell.strip().casefold() for cell in row]
        if set(head) & {*IDS, *NAMES}:
            people = [
                person_of(dict(zip(head, cells, strict=False))) for cells in rows[number + 1 :]
            ]
            return [p for p in people if normalise(p.name or "".join(p.ids)) not in NOBODY]
    got = ", ".join(rows[0][:6]) if rows else "nothing"
    usual = ", ".join((*NAMES, *IDS)[:6])
    raise ValueError(f"{path}: expected a table with a heading such as {usual}; got {got}")


def person_of(cells: dict[str, str]) -> Person:
    name = next((cells[head] for head in NAMES if cells.get(head)), "")
    for last, first in PARTS_OF_NAMES:
        if not name and cells.get(last) and cells.get(first):
            name = f"{cells[last]}, {cells[first]}"
    ids = [plain_id(cells[head]) for head in IDS if cells.get(head)]
    group = next((cells[head] for head in GROUPS if cells.get(head)), "")
    return Person(name.strip(), tuple(dict.fromkeys(ids)), group.strip())


def plain_id(cell: str) -> str:
    """An id as in file names, without the prefixes of Moodle and Brightspace.

    Examples
    --------
    >>> plain_id("Participant 123456"), plain_id("#400123456"), plain_id("ada")
    ('123456', '400123456', 'ada')
    """
    moodle = re.fullmatch(r"^[^\W\d]\D* (\d+)", cell.strip())
    return moodle[1] if moodle else cell.strip().lstrip("#")


def find_owners(people: Sequence[Person], incoming: IncomingSubmission) -> list[Person]:
    """The people a submission may belong to: by its id, else its name, else all parts of that."""
    by_id = [person for person in people if incoming.id and incoming.id in person.ids]
    if by_id:
        return by_id
    own = incoming.student
    name = normalise(own.removesuffix(f"-{incoming.id}") if incoming.id else own)
    by_name = [person for person in people if name in person.keys]
    parts = [normalise(part) for part in re.split(r"[-_+ ]+", own)]
    by_parts = [person for person in people if all(part in person.keys for part in parts)]
    return by_name or (by_parts if len(parts) > 1 else [])


def apply_roster(plan: Plan, people: Sequence[Person]) -> tuple[Plan, tuple[str, ...]]:
    """A plan with the roster's ids and groups, and doubts about students not on it.

    Also returns the names of students on the roster without a submission.
    """
    taken: list[IncomingSubmission] = []
    seen: Counter[Person] = Counter()
    whose: dict[str, Sequence[Person]] = {}
    for incoming in plan.submissions:
        group = normalise(incoming.student)
        members = [person for person in people if normalise(person.group) == group]
        taken += [as_group_member(incoming, person) for person in members]
        owners = members or find_owners(people, incoming)
        seen.update(owners)
        if not members:
            taken.append(settle_owner(incoming, owners))
            whose[incoming.student] = owners
    for number, incoming in enumerate(taken):
        person = next(iter(whose.get(incoming.student, ())), None)
        if person and seen[person] > 1:
            doubt = Message("more than one submission is of {name}", name=person.display_name)
            taken[number] = incoming.with_doubt(doubt)
    missing = tuple(sorted(person.display_name for person in people if not seen[person]))
    taken.sort(key=lambda incoming: incoming.student)
    return replace(plan, submissions=tuple(taken)), missing


def as_group_member(incoming: IncomingSubmission, person: Person) -> IncomingSubmission:
    """A group's submission for one member, named as in weeks without groups."""
    is_canvas = incoming.platform == "Canvas" or not person.name
    name = re.sub(r"\W", "", person.name).lower() if is_canvas else slug(person.name)
    return replace(incoming, student=name or slug(person.ids[0]), id=(person.ids or ("",))[0])


def settle_owner(incoming: IncomingSubmission, people: Sequence[Person]) -> IncomingSubmission:
    """A submission with its owner's id, or with a doubt about the owner."""
    if not people:
        return incoming.with_doubt(Message("not on the roster"))
    if len(people) > 1:
        names = ", ".join(person.display_name for person in people)
        return incoming.with_doubt(Message("may be of {names}", names=names))
    [person] = people
    left = [doubt for doubt in incoming.doubts if getattr(doubt, "template", "") not in NAME_DOUBTS]
    incoming = replace(incoming, doubts=tuple(left))
    is_named = normalise(incoming.student) in person.keys or not person.name
    known = any(normalise(part) in person.keys for part in re.split(r"[-_+ ]+", incoming.student))
    known = known or normalise(person.name) in normalise(incoming.student)
    if incoming.id and not (is_named or known or incoming.student.startswith("anon_")):
        incoming = incoming.with_doubt(
            Message(
                "its number is that of {name}: a group's? Give a roster with a column group_name",
                name=person.display_name,
            )
        )
    return replace(incoming, id=incoming.id or (person.ids or ("",))[0])
