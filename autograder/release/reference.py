"""The instructor's sources: lists files and notebooks for students, and their blanks."""

import json
from dataclasses import dataclass
from pathlib import Path

from ..folders import MAY_ADD, NOTEBOOKS, PACKAGE
from .blanks import Blank, ReleaseError, find_blanks, find_parts, module_name
from .notebooks import check_points, read_notebook
from .publication import Publication, read_publication, read_toml

CHECKS = Path(NOTEBOOKS, "checks.json")
BINARY = (".mo",)
SOURCES = (".py", ".pyx", ".c", ".h", ".json", *BINARY)
LEFT_OUT = {"__pycache__", "datasets", "build"}


@dataclass(frozen=True)
class Reference:
    root: Path  # the checkout: holds `daseCV/`, `source_notebooks/` and `pyproject.toml`
    week: str = ""  # the only notebook to hand out, without '.ipynb'; default: all
    # Whether blanks of earlier notebooks are handed out with their solutions
    filled: bool = False

    def modules(self) -> list[Path]:
        """Files of the package that students get, relative to the root."""
        folder = self.root / PACKAGE
        return [
            path.relative_to(self.root)
            for path in sorted(folder.rglob("*"))
            if path.suffix in SOURCES
            and not LEFT_OUT & set(path.relative_to(folder).parts)
            # C files that Cython generates are not sources.
            and not (path.suffix == ".c" and path.with_suffix(".pyx").exists())
        ]

    def notebooks(self) -> list[Path]:
        """The source notebooks that are handed out, in the course's order."""
        chosen = [path for path in self.weeks() if self.week in ("", path.stem)]
        if not chosen:
            names = ", ".join(path.stem for path in self.weeks())
            raise ReleaseError(f"got notebook {self.week!r}, expected one of: {names}")
        return chosen

    def weeks(self) -> list[Path]:
        """All source notebooks in the order of `pyproject.toml`; unnamed ones last."""
        order = self.publication().notebooks
        found = sorted((self.root / NOTEBOOKS).glob("*.ipynb"))
        return sorted(found, key=lambda path: (*order, path.stem).index(path.stem))

    def text(self, path: Path) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def solved(self) -> set[str]:
        """Names of the blanks that are handed out with their solutions."""
        names = [blank.name for blanks in self.blanks().values() for blank in blanks]
        solved = set(self.publication().given)
        if not solved <= set(names):
            raise ReleaseError(
                f"pyproject.toml, [tool.dasecv]: given is {sorted(solved)}, expected of: "
                f"{', '.join(names)}"
            )
        if not self.filled or not self.week:
            return solved
        checks = self.checks()
        for path in self.weeks():
            if path.stem == self.week:
                break
            for name in check_points(read_notebook(path)):
                solved |= {*checks[name]["about"], *checks[name]["uses"]}
        return solved

    def open_parts(self) -> set[str]:
        """Parts of solved blanks that stay open, since this week or a later one asks for them."""
        checks = self.checks()
        stems = [path.stem for path in self.weeks()]
        later = self.weeks()[stems.index(self.week) if self.filled and self.week else 0 :]
        names = [name for path in later for name in check_points(read_notebook(path))]
        return {part for name in names for part in checks[name]["parts"]}

    def checks(self) -> dict[str, dict[str, list[str]]]:
        """Each check's blanks in the course's order: those it is `about`, and others it `uses`.

        A check may ask for `parts` of a blank that earlier weeks do not ask for. By default a check
        is about the blank of its own name and uses no other; `checks.json` has the exceptions.
        """
        listed = json.loads(self.text(CHECKS)) if (self.root / CHECKS).exists() else {}
        blanks = [blank.name for blanks in self.blanks().values() for blank in blanks]
        names = [name for path in self.weeks() for name in check_points(read_notebook(path))]
        return {
            name: {
                "about": [blank for blank in blanks if blank.rpartition(".")[2] == name],
                "uses": [],
                "parts": [],
                **listed.get(name, {}),
            }
            for name in names
        }

    def blanks(self) -> dict[Path, tuple[Blank, ...]]:
        """Blanks of each student-owned file of the package, relative to the root."""
        found = {
            path: find_blanks(self.text(path), module_name(path.relative_to(PACKAGE)))
            for path in self.modules()
            if path.suffix == ".py"
        }
        return {path: blanks for path, blanks in found.items() if blanks}

    def open_blanks(self) -> dict[Path, list[Blank]]:
        """What students write in each file: blanks, and the open parts of solved blanks."""
        solved, parts = self.solved(), self.open_parts()
        return {
            path: [
                found
                for blank in blanks
                for found in (find_parts(blank) if blank.name in solved else [blank])
                if found is blank or found.name in parts
            ]
            for path, blanks in self.blanks().items()
        }

    def student_owned(self) -> list[str]:
        """Files with at least one blank: the only ones that are taken from a submission."""
        return [path.as_posix() for path in self.blanks()]

    def extensible(self) -> list[str]:
        """Given files in which students may add functions of their own."""
        return [
            path.as_posix()
            for path in self.modules()
            if path.suffix == ".py" and MAY_ADD in self.text(path)
        ]

    def publication(self) -> Publication:
        """The course's settings of the release."""
        return read_publication(self.text(Path("pyproject.toml")))

    def version(self) -> str:
        """The version of the release; '' if `pyproject.toml` has none."""
        project = read_toml(self.text(Path("pyproject.toml")))["project"]
        return str(project.get("version", ""))

    def requirements(self) -> list[str]:
        """A student's packages: the library's dependencies, and those that build its kernels."""
        project = read_toml(self.text(Path("pyproject.toml")))["project"]
        return [*project["dependencies"], *project["optional-dependencies"]["student"]]


def find_root(start: Path | None = None) -> Path:
    """Find the checkout around a folder (default: the current one)."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / PACKAGE).is_dir() and (folder / NOTEBOOKS).is_dir():
            return folder
    raise ReleaseError(
        f"no {PACKAGE}/ and {NOTEBOOKS}/ in {start} or above it; run this in the checkout of the "
        "reference"
    )
