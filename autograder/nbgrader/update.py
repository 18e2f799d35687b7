"""Updates a running course from its reference; then `dasecv gradebook` updates the gradebook."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from ..course import CONFIG_FILE, SETTINGS, Course, write_source
from ..release.build import differences, replace_tree
from ..release.reference import Reference
from ..reports import ReportStore
from .cells import cells_of_source, describe_cells
from .gradebook import interpreter_in_path


@dataclass(frozen=True)
class SourceUpdate:
    assignment: str
    files: tuple[str, ...]  # 'changed: daseCV/layers.py', a line each
    cells: tuple[str, ...]  # graded cells that are new, gone or worth something else
    graded: tuple[str, ...]  # students with a report, which is based on the old source
    # Manual scores of cells that are gone: 'ada: 3 points for question_1'
    lost_scores: tuple[str, ...]


def update_course(root: Path, course: Course, write: bool) -> Iterator[SourceUpdate]:
    """Compare each assignment's source with the reference, and replace it if `write`.

    No score changes: reports and gradebook stay as they are until `dasecv grade` and
    `dasecv gradebook --update-cells`.
    """
    reference = Reference(root)
    assignments = [path.stem for path in reference.notebooks()]
    for name in assignments:
        with tempfile.TemporaryDirectory(prefix="dasecv-update-") as scratch:
            fresh, old = Path(scratch, name), course.directory("source", ".", name)
            write_source(Reference(root, name, course.filled), fresh)
            update = describe_update(course, name, old, fresh)
            if update.files and write:
                replace_tree(old, fresh)
        if update.files:
            yield update
    if write:
        settings = json.loads((course.folder / SETTINGS).read_text(encoding="utf-8"))
        settings["assignments"] = list(dict.fromkeys([*course.assignments, *assignments]))
        settings["student_owned"] = reference.student_owned()
        text = json.dumps(settings, indent=2) + "\n"
        (course.folder / SETTINGS).write_text(text, encoding="utf-8")


def describe_update(course: Course, name: str, old: Path, fresh: Path) -> SourceUpdate:
    """Describe what would change, and for which students."""
    wanted = cells_of_source(fresh)
    known = cells_of_source(old) if old.is_dir() else {}
    graded = []
    if (course.folder / "reports.db").exists():
        store = ReportStore(course.folder / "reports.db")
        graded = [grading.student for grading, _ in store.results(name)]
    return SourceUpdate(
        name,
        tuple(differences(old, fresh)),
        tuple(describe_cells(wanted, known, "the reference", "the course")) if known else (),
        tuple(graded),
        tuple(read_manual_scores(course, name, [cell for cell in known if cell not in wanted])),
    )


def read_manual_scores(course: Course, assignment: str, cells: list[str]) -> list[str]:
    """Manual scores of some cells, a line each."""
    lines = []
    with interpreter_in_path(), suppress(MissingEntry):
        url, course_id = course.nbgrader.db_url, course.nbgrader.course_id
        with Gradebook(url, course_id) as gradebook:
            for submission in gradebook.assignment_submissions(assignment) if cells else []:
                lines += [
                    f"{submission.student.id}: {grade.manual_score:g} points for {grade.name}"
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                    if grade.name in cells and grade.manual_score is not None
                ]
    return lines


def find_outdated_configuration(course: Course, reference: Reference) -> str:
    """What to change by hand in nbgrader's configuration; '' if it is up to date."""
    names = reference.student_owned()
    text = (course.folder / CONFIG_FILE).read_text(encoding="utf-8")
    return "" if repr(names) in text else f"in {CONFIG_FILE}, set  STUDENT_OWNED = {names!r}"
