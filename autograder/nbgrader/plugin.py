"""nbgrader plugins that a course's configuration names; they take marks from the report store.

`Collector` collects notebooks of any language under the name that nbgrader knows.
`RepairingExporter` reads a submitted notebook and repairs it from the source. `GradeFromReports`
grades submissions without a report, and sets the outcome of each graded cell from the report, in
nbgrader's form.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins.zipcollect import FileNameCollectorPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Integer

from daseCV.language import Message, translate

from ..collecting.notebooks import pick_most_run
from ..course import read_course
from ..fleet import Fleet, IncomingSubmission
from ..grading.repair import repair
from ..grading.report import CheckReport, Report
from ..release.languages import LANGUAGES, file_name
from ..results.views import OUTCOMES, STATUSES, plain_lines
from ..sandbox import find_sandbox
from ..texts import printable

_fleets: dict[tuple[Path, str], Fleet] = {}


class Collector(FileNameCollectorPlugin):
    """Collects a notebook in any language under the only name that nbgrader knows.

    If a student hands in several, the one with the most cells run is taken.
    """

    def collect(self, submitted_file: str) -> Any:
        found = super().collect(submitted_file)
        path = Path(submitted_file)
        if not found or path.suffix != ".ipynb":
            return found
        stem, _, language = path.stem.rpartition(".")
        plain = f"{stem if language in LANGUAGES else path.stem}.ipynb"
        names = [file_name(plain, language) for language in LANGUAGES]
        versions = [
            (name, (path.parent / name).read_bytes())
            for name in names
            if (path.parent / name).is_file()
        ]
        if versions and path.name in names and pick_most_run(versions)[0] != path.name:
            self.log.warning("%s is ignored: more cells of another language are run", path.name)
            return None
        found["file_id"] = plain
        return found


class RepairingExporter(NotebookExporter):
    """Reads notebooks for `nbgrader autograde`; a submitted one is repaired from its source.

    An unreadable notebook is replaced by the released one, so that its author still gets the marks
    of the modules.
    """

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        course = self.parent.coursedir  # type: ignore[union-attr]
        ids = resources["nbgrader"]
        submitted = submitted_folder(course, ids)
        source = course.format_path(course.source_directory, ".", ids["assignment"])
        original = Path(source, f"{ids['notebook']}.ipynb")
        if Path(filename).parent != submitted or not original.exists():
            return super().from_filename(filename, resources, **kw)
        repaired, notes = repair(Path(filename).read_bytes(), original)
        for note in notes:
            self.log.warning("%s: %s", ids["student"], printable(note))
        resources.setdefault("metadata", {})["name"] = ids["notebook"]
        notebook = nbformat.reads(repaired, as_version=4)
        return self.from_notebook_node(notebook, resources, **kw)


class GradeFromReports(NbGraderPreprocessor):
    """Set each graded cell's outcome from the submission's report."""

    jobs = Integer(0, help="Submissions graded side by side; 0: what keeps this machine busy.").tag(
        config=True
    )
    unsafe_no_sandbox = Bool(
        False, help="Grade without a sandbox where none works; every report says so."
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        ids = resources["nbgrader"]
        fleet = self._fleet(ids["assignment"])
        submitted = submitted_folder(self.coursedir, ids)
        report = fleet.look_up(IncomingSubmission(ids["student"], submitted))
        if report is None:
            report = self._fill(fleet, submitted)
        if report.status == "infrastructure":
            raise RuntimeError(
                f"{ids['student']} is not graded yet, internal error: {report.failure}"
            )
        executed = report.notebooks.get(ids["notebook"])
        if executed is not None:
            take_outputs(nb, nbformat.reads(executed, as_version=4))
        set_outcomes(nb, report, fleet.course.language)
        return nb, resources

    def _fill(self, fleet: Fleet, wanted: Path) -> Report:
        """Grade all submissions of this run without a report; return the wanted report."""
        pattern = self.coursedir.format_path(
            self.coursedir.submitted_directory, self.coursedir.student_id, fleet.assignment
        )
        paths = sorted(path for path in Path("/").glob(pattern.lstrip("/")) if path.is_dir())
        handed_in = [IncomingSubmission(path.parent.name, path) for path in {*paths, wanted}]
        found = Report("infrastructure")
        for done in fleet.grade(sorted(handed_in, key=str), self.jobs or None):
            if not done.known:
                self.log.info("Graded %s: %s", done.submission.student, done.report.status)
            if done.submission.path == wanted:
                found = done.report
        return found

    def _fleet(self, assignment: str) -> Fleet:
        key = Path(self.coursedir.root), assignment
        if key not in _fleets:
            sandbox = find_sandbox(unsafe=self.unsafe_no_sandbox)
            _fleets[key] = Fleet(read_course(key[0]), assignment, sandbox, self.log.info)
        return _fleets[key]

    @cached_property
    def coursedir(self) -> Any:
        return CourseDirectory(parent=self)


def submitted_folder(course: Any, ids: Any) -> Path:
    """Nbgrader's folder of a student's submission."""
    return Path(course.format_path(course.submitted_directory, ids["student"], ids["assignment"]))


def set_outcomes(nb: Any, report: Report, language: str) -> None:
    """Write each check's outcome into its cell, in the report's language or else this one."""
    checks = {check.name: check for check in report.checks}
    for cell in nb.cells:
        if utils.is_grade(cell) and cell.cell_type == "code" and not utils.is_solution(cell):
            check = checks.get(cell.metadata.nbgrader.grade_id)
            set_outcome(cell, report, check, report.language or language)


def set_outcome(cell: Any, report: Report, check: CheckReport | None, language: str = "en") -> None:
    """Write a check's outcome into its cell: text for the reader, and the mark in nbgrader's form.

    nbgrader gives all points to a cell with neither error nor result, the number of a result as
    partial credit, and 0 to an error.
    """
    points = float(cell.metadata.nbgrader.points)
    share = check.share if check is not None else 0.0
    cell.outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=feedback_text(report, check, language))
    ]
    cell.execution_count = None
    if share >= 1:
        return
    if share <= 0:
        outcome = check.outcome if check is not None else report.status
        said = translate(Message("0 of {points:g} points", points=points), language)
        cell.outputs.append(
            nbformat.v4.new_output("error", ename="Check", evalue=outcome, traceback=[said])
        )
        return
    earned = f"{round(share * points, 2):g}"
    cell.outputs.append(nbformat.v4.new_output("execute_result", data={"text/plain": earned}))


def feedback_text(report: Report, check: CheckReport | None, language: str = "en") -> str:
    """What a student reads below a graded cell."""
    lines: list[str] = []
    notes = [Message("! {note}", note=note) for note in report.notes]
    if check is None:
        status = translate(STATUSES[report.status], language)
        lines += [Message("✗ not graded: {status}", status=status), *notes]
    else:
        sign = "✓" if check.share >= 1 else "✗"
        _, _, outcome = OUTCOMES[check.outcome]
        lines.append(
            Message("{sign} {name}: {outcome}", sign=sign, name=check.name, outcome=outcome)
        )
        lines += notes if check.share < 1 else []
        lines += [*plain_lines(check, language), *check.code.splitlines()]
        if report.sandbox.startswith("none"):
            lines.append(Message("! {note}", note=Message("graded without a sandbox")))
    return printable("".join(f"{translate(line, language)}\n" for line in lines))


def take_outputs(nb: Any, executed: Any) -> None:
    """Copy outputs of the executed notebook to equal cells."""
    outputs = {
        (cell.cell_type, cell.source): cell.outputs
        for cell in executed.cells
        if cell.cell_type == "code"
    }
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = outputs.get((cell.cell_type, cell.source), [])
            cell.execution_count = None
