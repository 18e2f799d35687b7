"""Gradescope's autograder of an assignment, as a zip: the grader, the course, and two scripts."""

import json
import stat
import zipfile
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement

import daseCV

from ...course import SECRET, SETTINGS, Course

HERE = Path(__file__).parent
PACKAGES = (HERE.parents[1], Path(daseCV.__file__).parent)
SCRIPTS = ("setup.sh", "run_autograder")
LEFT_OUT = (".so", ".pyd", ".pyc")
# Training on the course's number of images takes over a gigabyte, here and in a worker.
PROFILE = "quick"
EXTRAS = ("autograder", "student")  # the latter includes the compiler of the layers
# Gradescope's machines.
GRADESCOPE = {"sys_platform": "linux", "platform_machine": "x86_64", "python_version": "3.10"}


def write_bundle(path: Path, course: Course, assignment: str, visibility: str) -> None:
    """Write the zip; `visibility` is that of the checks to the student, see `results`."""
    settings = {"assignment": assignment, "profile": PROFILE, "visibility": visibility}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)  # the course's secret is in it
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name in SCRIPTS:
            write_entry(bundle, name, (HERE / name).read_bytes(), executable=True)
        write_entry(bundle, "requirements.txt", "\n".join([*requirements(), ""]).encode())
        write_entry(bundle, "autograder.json", json.dumps(settings, indent=2).encode())
        for name, file in bundle_files(course, assignment):
            write_entry(bundle, name, file.read_bytes())


def bundle_files(course: Course, assignment: str) -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for file in source_files(package):
            yield f"package/{package.name}/{file.relative_to(package).as_posix()}", file
    for name in (SETTINGS, SECRET):
        yield f"course/{name}", course.folder / name
    source = course.source(assignment)
    for file in source_files(source):
        yield f"course/source/{assignment}/{file.relative_to(source).as_posix()}", file


def source_files(folder: Path) -> Iterator[Path]:
    """The files of a folder, without build products."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder).parts
        if path.suffix in LEFT_OUT or {"__pycache__", "datasets", "build"} & set(inner):
            continue
        if path.is_file() and not any(part.startswith(".") for part in inner):
            yield path


def requirements() -> list[str]:
    """The packages that grading needs on Gradescope, from this package's metadata."""
    found = []
    for line in requires("daseCV") or []:
        requirement = Requirement(line)
        marker, requirement.marker = requirement.marker, None
        if marker is None or any(
            marker.evaluate({**GRADESCOPE, "extra": extra}) for extra in EXTRAS
        ):
            found.append(str(requirement))
    return found


def write_entry(
    bundle: zipfile.ZipFile, name: str, content: bytes, executable: bool = False
) -> None:
    """Add a file to the zip, with a fixed time."""
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFREG | (0o755 if executable else 0o600)) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    bundle.writestr(info, content)
