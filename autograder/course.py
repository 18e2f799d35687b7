"""A nbgrader course: the source that instructors grade against, its configuration, its secret."""

import json
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import dateutil.tz
import nbformat

from .folders import PACKAGE
from .permissions import restrict
from .release import notebooks as released
from .release.blanks import ReleaseError
from .release.build import write_modules
from .release.languages import LANGUAGES, file_name, select_language
from .release.reference import Reference

if TYPE_CHECKING:  # grading imports the reference, which making a course must not
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config.loader import Config

    from .grading.settings import Policy

SETTINGS, SECRET, CONFIG_FILE = "dasecv.json", "course.secret", "nbgrader_config.py"
PATTERNS = "[]*?%"  # special characters in nbgrader's file patterns and database address
CHOICES = {  # of each setting; the first is the default
    "notebooks": ("skip", "run", "run in full"),
    "policy": ("isolate", "strict"),
    "language": ("zh", "en"),
    "dropout_p": ("keep", "either"),
}

GITIGNORE = """\
# Secrets, marks and people's work are never committed.
course.secret
*.db
submitted/
downloaded/
autograded/
feedback/
*.zip
"""
CONFIG_TEMPLATE = '''"""nbgrader's configuration of this course, made by "dasecv course init"."""

from autograder.nbgrader import (
    Collector, CsvExport, FeedbackGrades, GradeFromReports, LatePolicy, RepairingExporter,
)

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "daseCV"
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback",
    "build", "datasets", "*.so", "*.pyd", "*.zip",
]

# Marks come from hidden checks, asked from outside the student's process: see "dasecv doctor".
# `nbgrader autograde` first grades submissions without a report, in parallel, then looks them up.
c.Autograde.exporter_class = RepairingExporter
c.Autograde.autograde_preprocessors = [
    GradeFromReports, "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades", "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.LimitOutput.max_lines = 2000

# Days late are counted from the due date that formgrader knows, extensions included.
c.AssignLatePenalties.plugin_class = LatePolicy
c.LatePolicy.free_days = 0    # of each student, in the whole course
c.LatePolicy.per_day = 0.0    # then, of the score, in 0..1
c.LatePolicy.at_most = 1.0
# Scores change when people mark: these compute the penalty again.
c.ExportApp.plugin_class = CsvExport
c.GenerateFeedback.preprocessors = [
    FeedbackGrades, "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]

# Keeps submitted files visible beside the mark: nbgrader would overwrite them with the source's.
# Exact relative paths: it accepts no globs and no folders.
STUDENT_OWNED = {student_owned!r}
c.Autograde.exclude_overwriting = {{name: STUDENT_OWNED for name in {assignments!r}}}

c.ClearSolutions.code_stub = {{"python": 'raise NotImplementedError("not written yet")'}}
# The placeholder of an answer in words: left unchanged, it gets 0 without manual grading.
c.ClearSolutions.text_stub = {text_stub!r}

# downloaded/ASSIGNMENT/archive/STUDENT.zip (or STUDENT_ASSIGNMENT.zip, STUDENT_submission.zip),
# with the notebook and daseCV/ at the top of the zip or in a folder of it.
c.ZipCollectApp.collector_plugin = Collector
c.Collector.valid_ext = [".ipynb", ".py"]
c.Collector.named_regexp = (
    r"(?!.*(?:__MACOSX|ipynb_checkpoints))"
    r".*?/downloaded/[^/]+/extracted/(?P<student_id>[^/]+?)"
    r"(?:_(?:{names}|submission))?/"
    r"(?:.*/)?(?P<file_id>{package}/.+|[^/]+\\.ipynb)$"
)
'''


@dataclass(frozen=True)
class Course:
    folder: Path
    assignments: tuple[str, ...]
    # Paths in the release of the files that are taken from a submission
    student_owned: tuple[str, ...]
    # 'skip', 'run' or 'run in full': whether submitted notebooks are executed for feedback, and on
    # how many images
    notebooks: str
    # 'isolate' or 'strict': whether a check keeps its points if it fails only because of parts that
    # lose points in their own checks
    policy: "Policy"
    language: str  # 'zh' or 'en': of the hints in feedback
    secret: bytes  # source of all hidden inputs
    # Zone of platforms' local times, such as 'Asia/Shanghai'; default: this machine's
    timezone: str = ""
    # 'keep' or 'either': whether dropout's `p` is the probability of keeping, or may be that of
    # dropping
    dropout_p: str = "keep"
    # grade_ids of cells that their own asserts decide, beside student code, instead of a check
    own_asserts: tuple[str, ...] = ()
    # Whether each week is handed out with the blanks of earlier weeks solved
    filled: bool = False

    def source(self, assignment: str) -> Path:
        """The release that submissions of an assignment are graded against."""
        if assignment not in self.assignments:
            raise ReleaseError(
                f"got assignment {assignment!r}, expected one of: {', '.join(self.assignments)}"
            )
        return self.directory("source", ".", assignment)

    @property
    def zone(self) -> tzinfo:
        """The time zone of a platform's local times."""
        return dateutil.tz.gettz(self.timezone) or dateutil.tz.UTC

    @property
    def zone_name(self) -> str:
        """The name of the time zone."""
        return self.timezone or f"this machine's, {datetime.now(self.zone).tzname()}"

    @cached_property
    def configuration(self) -> "Config":
        """The course's `nbgrader_config.py`; empty if there is no such file."""
        from traitlets.config.loader import Config, PyFileConfigLoader

        if not (self.folder / CONFIG_FILE).exists():
            return Config()
        return PyFileConfigLoader(CONFIG_FILE, path=str(self.folder)).load_config()

    @cached_property
    def nbgrader(self) -> "CourseDirectory":
        """Nbgrader's folders, as the course configures them."""
        from nbgrader.coursedir import CourseDirectory

        return CourseDirectory(config=self.configuration, root=str(self.folder))

    def directory(self, step: str, student: str, assignment: str) -> Path:
        """A student's folder in a step of nbgrader: 'submitted', 'autograded', ..."""
        name = getattr(self.nbgrader, f"{step}_directory")
        return Path(self.nbgrader.format_path(name, student, assignment))

    def modules(self, assignment: str) -> dict[str, bytes]:
        """The modules of an assignment's release, by their paths in it."""
        source = self.source(assignment)
        return {
            path.relative_to(source).as_posix(): path.read_bytes()
            for path in sorted((source / PACKAGE).rglob("*.py"))
        }

    def points(self, assignment: str) -> dict[str, float]:
        """The points of each check of an assignment, from its cell in the source."""
        points: dict[str, float] = {}
        for path in sorted(self.source(assignment).glob("*.ipynb")):
            points |= released.check_points(released.read_notebook(path))
        return points


def text_stub(reference: Reference) -> str:
    """The notebooks' placeholder for answers in words.

    nbgrader knows only one such text, so all have to be equal.
    """
    stubs = {
        cell.source
        for path in reference.notebooks()
        for cell in released.read_notebook(path).cells
        if released.is_nbgrader(cell)
        and cell.cell_type == "markdown"
        and cell.metadata.nbgrader.solution
    }
    if len(stubs) > 1:
        raise ReleaseError(f"cells for answers in words differ, expected one text: {sorted(stubs)}")
    return stubs.pop() if stubs else ""


def find_course(start: Path | None = None) -> Course:
    """Read the course around a folder (default: the current one)."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / SETTINGS).exists():
            return read_course(folder)
    raise ReleaseError(
        f"no {SETTINGS} in {start} or above it; run this in a course folder, or make one with  "
        "dasecv course init FOLDER"
    )


def read_course(folder: Path) -> Course:
    """Read the settings and the secret of a course folder."""
    path = folder / SETTINGS
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        course = Course(
            folder,
            tuple(settings["assignments"]),
            tuple(settings["student_owned"]),
            settings["notebooks"],
            settings.get("policy", "isolate"),
            settings.get("language", "zh"),
            bytes.fromhex((folder / SECRET).read_text(encoding="utf-8").strip()),
            str(settings.get("timezone", "")),
            settings.get("dropout_p", "keep"),
            tuple(settings.get("own_asserts", ())),
            bool(settings.get("filled", False)),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseError(
            f"{folder} cannot be read as a course ({type(error).__name__}: {error}); "
            f"{SETTINGS} and {SECRET} are made by  dasecv course init"
        ) from None
    for name, allowed in CHOICES.items():
        value = getattr(course, name)
        if value not in allowed:
            raise ReleaseError(
                f"{path}: {name} is {value!r}, expected one of: {', '.join(allowed)}"
            )
    if dateutil.tz.gettz(course.timezone) is None:
        raise ReleaseError(
            f"{path}: timezone is {course.timezone!r}, expected a name such as 'Asia/Shanghai', or "
            "'' for this machine's"
        )
    return course


def write_source(reference: Reference, target: Path) -> None:
    """Write the source of an assignment, which is one week of the reference."""
    # A release with this notebook only, which its last cell hands in.
    write_modules(reference, target)
    [notebook] = reference.notebooks()
    # nbgrader would treat each language as a notebook of its own: it gets only the first.
    first, *others = [
        released.publish_notebook(
            select_language(released.read_notebook(notebook), language),
            file_name(notebook.name, language),
            reference.publication(),
        )
        for language in LANGUAGES
    ]
    released.record_texts(first, others)
    nbformat.write(first, target / notebook.name)


def init_course(root: Path, target: Path, filled: bool = False) -> list[str]:
    """Make a nbgrader course in a new or empty folder; returns the names of its assignments.

    Hidden files, such as .git, may be there. `root` is the checkout of the reference. Weeks may be
    `filled`: handed out with the blanks of earlier weeks solved.

    Raises
    ------
    ReleaseError
        If the folder holds something already, or nbgrader could not work in it.
    """
    if target.exists() and any(not path.name.startswith(".") for path in target.iterdir()):
        raise ReleaseError(
            f"{target} is not empty, expected a new folder; choose another one, or move it away: "
            "grades live in there"
        )
    if wrong := sorted(set(PATTERNS) & set(str(target.resolve()))):
        raise ReleaseError(
            f"{target.resolve()} has {' '.join(wrong)} in its path, which nbgrader takes for a "
            "pattern: choose a folder without"
        )
    reference = Reference(root)
    assignments = [path.stem for path in reference.notebooks()]
    for name in assignments:
        write_source(Reference(root, name, filled), target / "source" / name)
    gradebook = target / "gradebook.db"  # nbgrader fills an empty one, and keeps its mode
    gradebook.touch()
    for path in (target, gradebook):
        restrict(path)
    (target / ".gitignore").write_text(GITIGNORE, encoding="utf-8")
    (target / CONFIG_FILE).write_text(
        CONFIG_TEMPLATE.format(
            student_owned=reference.student_owned(),
            assignments=assignments,
            text_stub=text_stub(reference),
            names="|".join(map(re.escape, assignments)),
            package=PACKAGE,
        ),
        encoding="utf-8",
    )
    settings = {
        "assignments": assignments,
        "student_owned": reference.student_owned(),
        **{name: allowed[0] for name, allowed in CHOICES.items()},
        "timezone": "",
        "own_asserts": list(reference.publication().own_asserts),
        "filled": filled,
    }
    (target / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    descriptor = os.open(target / SECRET, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(secrets.token_hex(32) + "\n")
    return assignments
