"""The whole assignment as a checklist: what is right, what is wrong, and what is left to write."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from .compare import CheckFailure, NotWritten

WIDTH = 28  # of a name


def overview(run: Callable[[str], None], needs: Mapping[str, str], folder: Path) -> None:
    """Run every check that can run by itself, and print a line for each.

    Parameters
    ----------
    run : callable
        Runs one check by its name.
    needs : dict of str
        For each check, how to call it where it needs something, such as a training run; else ''.
    folder : Path
        Holds the notebooks, which know the points.
    """
    points = points_of(folder)
    right, earned = 0, 0.0
    for name, call in needs.items():
        mark, said = ("…", f"after training: {call}") if call else outcome(run, name)
        worth = f"{points[name]:>4g} points" if name in points else ""
        print(f"{mark} {name:<{WIDTH}}{worth}   {said}".rstrip(), flush=True)
        right += mark == "✓"
        earned += points.get(name, 0.0) * (mark == "✓")
    of_points = f", {earned:g} of {sum(points.values()):g} points" if points else ""
    print(
        f"{right} of {len(needs)} right{of_points}. The mark comes from hidden checks like these."
    )


def outcome(run: Callable[[str], None], name: str) -> tuple[str, str]:
    """A check's sign, and the first thing that it says when it does not pass."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            run(name)
    except NotWritten as missing:
        return "·", str(missing).partition(": ")[2]
    except CheckFailure as failure:
        return "✗", str(failure).splitlines()[0].removeprefix(f"{name}: ")
    except Exception as error:  # the student's own
        return "✗", f"{type(error).__name__}: {error}"
    return "✓", ""


def points_of(folder: Path) -> dict[str, float]:
    """The points of each graded cell in the notebooks of a folder; nothing where there are none."""
    return dict(pair for path in sorted(folder.glob("*.ipynb")) for pair in graded(path))


def graded(path: Path) -> Iterator[tuple[str, float]]:
    """Name and points of a notebook's graded cells."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            about = cell["metadata"].get("nbgrader", {})
            if about.get("grade") and cell["cell_type"] == "code":
                yield about["grade_id"], float(about["points"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return  # a notebook that is being saved, or is none
