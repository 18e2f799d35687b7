"""A simulated class: six submissions, handed in as zips and graded with nbgrader.

For `make demo` and the round-trip test; it plants mistakes in the reference and knows which checks
each must lose.
"""

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from daseCV.profile import VARIABLE, profile

from .course import init_course
from .folders import PACKAGE, RELEASE
from .hints import MISTAKES, Mistake
from .hints.plant import file_of, plant
from .release.build import build_release
from .release.reference import Reference

ASSIGNMENT = "ConvolutionalNetworks"
LOG = "nbgrader.log"
# nbgrader's command. Importing autograder first avoids a grammar that takes seconds to compile.
NBGRADER = "import autograder; from nbgrader.apps.nbgraderapp import main; main()"


@dataclass(frozen=True)
class SimulatedStudent:
    student: str  # name, and name of the zip
    story: str  # what they did
    loses: tuple[str, ...] = ()  # checks that must lose points; ('*',) for all of them
    solved: bool = True  # whether the blanks hold the reference's solutions
    mistakes: tuple[Mistake, ...] = ()


LAYERS = "daseCV/layers.py"
UNCLOSED = Mistake("unclosed", "layers.relu_forward", {"maximum(x, 0)": "maximum(x, 0"}, "")

CLASS = (
    SimulatedStudent("ada", "everything right"),
    SimulatedStudent("ben", "handed in untouched", loses=("*",), solved=False),
    SimulatedStudent(
        "chen",
        "pooling ignores the stride",
        loses=("max_pool_forward_naive", "max_pool_backward_naive"),
        mistakes=(
            MISTAKES["max_pool_forward_naive.stride-forgotten"],
            MISTAKES["max_pool_backward_naive.stride-forgotten"],
        ),
    ),
    SimulatedStudent(
        "dana",
        "convolution's dx is cut at the wrong place",
        loses=("conv_backward_naive",),
        mistakes=(MISTAKES["conv_backward_naive.dx-cropped-at-the-corner"],),
    ),
    SimulatedStudent(
        "emre",
        "group norm forgets the mean in its gradient",
        loses=("spatial_groupnorm_backward",),
        mistakes=(MISTAKES["spatial_groupnorm_backward.mean-constant"],),
    ),
    SimulatedStudent("fay", "a syntax error in layers.py", loses=("*",), mistakes=(UNCLOSED,)),
)


def run_demo(root: Path, folder: Path, console: Console) -> bool:
    """Grade the simulated class in a new course folder and show the marks.

    The course of an earlier demo is replaced. Returns whether every mark is as expected.
    """
    folder = folder.resolve()
    marker = folder / ".made-by-dasecv-demo"
    if marker.exists():
        shutil.rmtree(folder)
    console.print(
        f"Profile [b]{profile().name}[/b]: one epoch over {profile().train_images:,} images, to "
        f"pass {profile().one_epoch_accuracy:.0%} training accuracy"
        + (f"; the course's own numbers: {VARIABLE}=course" if profile().name != "course" else "")
    )
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console
    ) as progress:

        def step(name: str, action: Callable[[], object]) -> None:
            task = progress.add_task(name, total=1)
            action()
            progress.update(task, completed=1)

        step("release", lambda: build_release(root))
        folder.mkdir(parents=True, exist_ok=True)
        marker.touch()
        step("course", lambda: init_course(root, folder))
        incoming = archive_folder(folder)
        step("six submissions", lambda: [hand_in(root, member, incoming) for member in CLASS])
        grade_class(folder, step)

    marks = read_marks(folder)
    as_expected = show_marks(marks, console)
    for what, path in (
        ("gradebook", folder / "gradebook.db"),
        ("feedback", folder / "feedback"),
        ("marks as CSV", folder / "grades.csv"),
        ("what nbgrader said", folder / LOG),
    ):
        console.print(f"{what + ':':20}{path}", markup=False, highlight=False, soft_wrap=True)
    return as_expected


def archive_folder(folder: Path) -> Path:
    """The folder in which a course expects the zips of a class."""
    return folder / "downloaded" / ASSIGNMENT / "archive"


def grade_class(
    folder: Path,
    step: Callable[[str, Callable[[], object]], object] = lambda name, action: action(),
) -> None:
    """Grade the zips in a course's archive with nbgrader's own commands, to feedback and CSV.

    `step` is called with the name and the action of each step.
    """
    for command in ("generate_assignment", "zip_collect", "autograde", "generate_feedback"):
        step(f"nbgrader {command}", partial(run_nbgrader, folder, command, ASSIGNMENT))
    step("nbgrader export", partial(run_nbgrader, folder, "export"))


def hand_in(root: Path, member: SimulatedStudent, target: Path) -> Path:
    """Write the zip that a simulated student hands in, into a folder."""
    release, reference = root / RELEASE, Reference(root)
    texts = {
        path.relative_to(release).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(release.rglob("*"))
        if path.suffix in (".py", ".ipynb")
    }
    if member.solved:
        texts.update({name: reference.text(Path(name)) for name in reference.student_owned()})
    for mistake in member.mistakes:
        name = f"{PACKAGE}/{file_of(mistake.blank)}"
        texts[name] = plant(texts[name], mistake)
    target.mkdir(parents=True, exist_ok=True)
    submission = target / f"{member.student}.zip"
    with zipfile.ZipFile(submission, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in texts.items():
            file.writestr(name, text)
    return submission


def read_marks(folder: Path) -> dict[str, dict[str, tuple[float, float]]]:
    """Read (score, maximum) of each check of each student from a course's gradebook."""
    from nbgrader.api import Gradebook

    marks: dict[str, dict[str, tuple[float, float]]] = {}
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            marks[submission.student.id] = {
                grade.name: (grade.score, grade.max_score)
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
    return dict(sorted(marks.items()))


def show_marks(marks: dict[str, dict[str, tuple[float, float]]], console: Console) -> bool:
    table = Table(title=f"{ASSIGNMENT}: marks", show_lines=True)
    for column in ("student", "handed in", "mark", "lost", "expected"):
        table.add_column(column, no_wrap=column != "handed in")
    all_right = True
    for member in CLASS:
        checks = marks.get(member.student, {})
        lost = {name for name, (score, maximum) in checks.items() if score < maximum}
        expected = set(checks) if member.loses == ("*",) else set(member.loses)
        right = bool(checks) and lost == expected
        all_right &= right
        score = sum(score for score, _ in checks.values())
        maximum = sum(maximum for _, maximum in checks.values())
        listed = "everything" if checks and len(lost) == len(checks) else "\n".join(sorted(lost))
        mark = f"{score:g} / {maximum:g}"
        table.add_row(member.student, member.story, mark, listed, "✓" if right else "✗")
    console.print(table)
    return all_right


def run_nbgrader(folder: Path, *arguments: str) -> None:
    """Run nbgrader's command in the course, with its output in a log; OSError if it fails."""
    started = time.perf_counter()
    # nbgrader calls `alembic` by name: it is installed beside the interpreter, in PATH or not.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with (folder / LOG).open("a", encoding="utf-8") as log:
        run = subprocess.run(
            [sys.executable, "-c", NBGRADER, *arguments],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
            env=os.environ | {"PATH": path},
        )
        log.write(f"# {' '.join(arguments)}: {time.perf_counter() - started:.1f} s\n")
    if run.returncode:
        raise OSError(
            f"nbgrader {' '.join(arguments)} ended with status {run.returncode}; see {folder / LOG}"
        )
