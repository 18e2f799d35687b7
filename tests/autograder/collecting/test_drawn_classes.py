"""Random classes, as platforms, browsers and students make them: each file reaches its student.

Doubtful files may be asked about or listed; they must not go to another student or disappear.
"""

import io
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.submissions import tar_of, zip_of

from autograder.collecting.archives import RefusedSubmission
from autograder.collecting.incoming import IncomingSubmission
from autograder.collecting.names import slug
from autograder.collecting.plan import Plan, make_plan
from autograder.collecting.search import TwoReadings
from autograder.collecting.submission import read_submission

ASSIGNMENTS = ("Dropout", "ConvolutionalNetworks")
OWNED = ("daseCV/layers.py", "daseCV/optim.py")
RELEASED = dict.fromkeys(OWNED, b"# as released\n")
DRAWN = 300
DRAWN_IN_PROOF = 10_000
NAMES = (
    *("Ada Lovelace", "Grace Hopper", "Lovelace, Ada", "张三", "李四", "王小明", "José Núñez"),
    *("O'Brien Tim", "Jean-Luc Picard", "de la Cruz Ana", "Müller Jürgen", "ada", "Li Wei"),
    *("李 娜", "Nguyễn Văn An", "Σωκράτης", "20260001", "20260002", "s2026-17", "Ivan_Petrov"),
)
Files = dict[str, bytes]


@dataclass
class Student:
    """A student with a name and a platform's number; each file has the student's mark."""

    name: str
    id: str
    late: bool = False
    group: str = ""  # the id of the student who handed in for the group

    @property
    def mark(self) -> str:
        return f"<{self.group or self.id}>"

    def work(self, attempt: int) -> Files:
        made = {name: f"# {self.mark} {attempt}\n".encode() for name in OWNED}
        return {**made, "Dropout.ipynb": f'{{"cells": [], "by": "{self.mark} {attempt}"}}'.encode()}


def windows_zip(files: Files) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("daseCV\\", b"")
        for name, text in files.items():
            archive.writestr(name.replace("/", "\\"), text)
    return content.getvalue()


def inside(folder: str, files: Files) -> Files:
    return {f"{folder}/{name}": text for name, text in files.items()}


def add_clutter(draw: random.Random, one: Student, work: Files) -> Files:
    """Add folders and files that students put around their work."""
    wrapped = draw.choice(
        [
            work,
            inside(draw.choice(["homework", "daseCV-main", "作业", "my work (1)", "HW 3"]), work),
            {"archive.zip": zip_of(work)},
            {"submission (1).zip": zip_of(work)},
            {"作业.zip": zip_of({"daseCV.zip": zip_of(work)})},
            {"a.zip": zip_of({"b.zip": zip_of({"c.tar.gz": tar_of(work)})})},
            {"drive-download-20261001T120000Z-1-001.zip": zip_of(work)},
            {"work.zip": windows_zip(work)},
            {**work, **inside("old", RELEASED)},
            {**work, "__MACOSX/daseCV/._layers.py": b"\0"},
            {**work, ".venv/lib/daseCV/layers.py": b"# not mine\n"},
            {**work, "report.pdf": b"%PDF", "notes.txt": b"hello"},
        ]
    )
    return wrapped


Export = tuple[Files, Callable[[Student], str]]


def by_student(draw: random.Random, students: list[Student]) -> Export:
    """A folder or an archive for each student, named after the student."""
    found: Files = {}
    for one in students:
        files = add_clutter(draw, one, one.work(1))
        ending = draw.choice(["/", ".zip", ".tar.gz", "_Dropout.zip", "_submission.zip"])
        if ending == "/":
            found |= inside(one.name, files)
        else:
            pack = tar_of if ending == ".tar.gz" else zip_of
            found[f"{one.name}{ending}"] = pack(files)
    return found, lambda one: slug(one.name)


def canvas(draw: random.Random, students: list[Student]) -> Export:
    found: Files = {}
    for one in students:
        prefix = "".join(c for c in one.name if c.isalnum() or c == "_").lower()
        prefix += "_LATE" * one.late + f"_{one.id}"
        if draw.random() < 0.4:  # file by file, some of them again
            for number, (name, text) in enumerate(one.work(1).items()):
                stem, _, ending = name.rpartition("/")[2].rpartition(".")
                again = "-1" * (draw.random() < 0.3)
                found[f"{prefix}_{one.id}{number}_{stem}{again}.{ending}"] = text
        else:
            found[f"{prefix}_{one.id}9_homework.zip"] = zip_of(add_clutter(draw, one, one.work(1)))
        if draw.random() < 0.2:
            found[f"{prefix}_text.html"] = b"<p>see my zip</p>"
    return found, lambda one: one.id


def anonymous_canvas(draw: random.Random, students: list[Student]) -> Export:
    found = {
        f"{'LATE_' * one.late}anon_x{one.id}_{one.id}1_work.zip": zip_of(
            add_clutter(draw, one, one.work(1))
        )
        for one in students
    }
    return found, lambda one: f"x{one.id}"


def moodle(draw: random.Random, students: list[Student]) -> Export:
    found: Files = {}
    end, is_flat = draw.choice(["", "_"]), draw.random() < 0.3
    for one in students:
        prefix = f"{one.name.replace('_', ' ')}_{one.id}_assignsubmission"
        files = (
            {"work.zip": zip_of(one.work(1))} if is_flat else add_clutter(draw, one, one.work(1))
        )
        found |= (
            {f"{prefix}_file_{name}": text for name, text in files.items()}
            if is_flat
            else inside(f"{prefix}_file{end}", files)
        )
        if draw.random() < 0.3:
            text = f"{prefix}_onlinetext"
            found[f"{text}_onlinetext.html" if is_flat else f"{text}{end}/onlinetext.html"] = b"hi"
    return found, lambda one: one.id


def blackboard(draw: random.Random, students: list[Student]) -> Export:
    found: Files = {}
    for one in students:
        for attempt in range(1, draw.choice([1, 1, 2]) + 1):
            stem = f"HW 2_u{one.id}_attempt_2026-10-0{attempt}-12-30-00"
            found[f"{stem}.txt"] = b"Name: somebody\n"
            files = one.work(attempt) if attempt == 1 else add_clutter(draw, one, one.work(attempt))
            found[f"{stem}_homework.zip"] = zip_of(files)
    return found, lambda one: f"u{one.id}"


def gradescope(draw: random.Random, students: list[Student]) -> Export:
    found, lines = Files(), []
    for number, one in enumerate(students):
        found |= inside(f"submission_{100 + number}", add_clutter(draw, one, one.work(1)))
        lines += [
            f"submission_{100 + number}:",
            "  :submitters:",
            f"  - :name: {one.name!r}",
            f"    :sid: '{one.id}'",
            "  :created_at: 2026-10-01 12:30:00 +0000",
        ]
    found["submission_metadata.yml"] = "\n".join(lines).encode()
    return found, lambda one: one.id


def gradescope_groups(draw: random.Random, students: list[Student]) -> Export:
    """Students hand in in pairs: the work of the first is that of both."""
    found, lines = Files(), []
    for number in range(0, len(students), 2):
        first, *others = students[number : number + 2]
        found |= inside(f"submission_{100 + number}", add_clutter(draw, first, first.work(1)))
        lines += [f"submission_{100 + number}:", "  :submitters:"]
        for one in (first, *others):
            lines += [f"  - :name: {one.name!r}", f"    :sid: '{one.id}'"]
            one.group = first.id
    found["submission_metadata.yml"] = "\n".join(lines).encode()
    return found, lambda one: one.id


def brightspace(draw: random.Random, students: list[Student]) -> Export:
    """A folder for each: numbers, name and date, without a separator in the time of day."""
    found: Files = {"index.html": b"<html></html>"}
    for one in students:
        when = draw.choice(["Oct 1, 2026 105 PM", "Oct 12, 2026 1230 PM", "Nov 1, 2026 959 AM"])
        found |= inside(f"{one.id}-88 - {one.name} - {when}", add_clutter(draw, one, one.work(1)))
    return found, lambda one: slug(one.name)


# Platforms that tell students with one name apart.
WITH_NUMBERS = (canvas, moodle, gradescope, gradescope_groups)
PLATFORMS = [by_student, by_student, canvas, anonymous_canvas, moodle, blackboard, brightspace]
PLATFORMS += [gradescope, gradescope_groups]


def deliver(draw: random.Random, files: Files, folder: Path, platform: str) -> list[Path]:
    """Write the platform's zip, that zip in a folder, or its files, as an instructor has them."""
    form = draw.choice(["zip", "in a folder", "unpacked", "named one by one"])
    folder.mkdir(parents=True)
    if form in ("zip", "in a folder"):
        path = folder / draw.choice(["submissions.zip", "export.zip", "全班作业.zip"])
        path.write_bytes(zip_of(files))
        return [path] if form == "zip" else [folder]
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    (folder / ".DS_Store").write_bytes(b"")
    is_gradescope = platform.startswith("gradescope")  # its metadata counts only in its own folder
    one_by_one = form == "named one by one" and not is_gradescope
    return sorted(p for p in folder.iterdir() if p.name != ".DS_Store") if one_by_one else [folder]


def content_of(one: IncomingSubmission) -> str:
    """All content of a submission that counts."""
    try:
        found = read_submission(one.path, OWNED, ["Dropout"], RELEASED, ASSIGNMENTS)
    except RefusedSubmission:
        return ""
    return b"\n".join([*found.owned.values(), *found.notebooks.values()]).decode()


def find_errors(plan: Plan, students: list[Student], key: Callable[[Student], str]) -> list[str]:
    """The errors of a plan."""
    found = []
    whose = {key(one): one for one in students}
    reached = Counter[str]()
    for one in plan.submissions:
        student = whose.get(one.id) or whose.get(one.student)
        content = content_of(one)
        if student is None:
            if not one.doubts:
                found.append(f"{one.student} is nobody")
            continue
        reached[student.id] = content.count(student.mark)
        others = [
            other.name for other in students if other.mark in content and other.mark != student.mark
        ]
        if others:
            found.append(f"{student.name} got the work of {others}")
        listed = bool(one.doubts) or any(left.doubtful for left in plan.skipped)
        if content.count(student.mark) < 3 and not listed:
            found.append(f"{student.name} lost a file: {content}")
    for student in students:
        named = any(left.doubtful and student.name in left.origin for left in plan.skipped)
        named |= any(one.doubts and student.name in one.origin for one in plan.submissions)
        if not reached[student.id] and not named:
            found.append(f"nothing of {student.name} was found")
    return found


def test_each_file_reaches_its_student_or_is_listed(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    is_proof = request.config.getoption("--proof")
    asked = 0
    count = DRAWN_IN_PROOF if is_proof else DRAWN
    for seed in range(count):
        draw = random.Random(seed)
        names = draw.sample(NAMES, draw.randint(1, 5))
        students = [
            Student(name, str(7000 + 13 * number), draw.random() < 0.2)
            for number, name in enumerate(names)
        ]
        platform = draw.choice(PLATFORMS)
        if platform in WITH_NUMBERS and len(students) > 1 and draw.random() < 0.2:
            students[1].name = students[0].name
        files, key = platform(draw, students)
        paths = deliver(draw, files, tmp_path / str(seed) / "class", platform.__name__)
        try:
            plan = make_plan(
                paths, ASSIGNMENTS, "Dropout", tmp_path / str(seed) / "room", modules=OWNED
            )
        except TwoReadings:
            asked += 1
            continue
        assert not find_errors(plan, students, key), f"{platform.__name__}, seed {seed}: {paths}"
    assert asked < count / 20, f"a person was asked {asked} times of {count}"
