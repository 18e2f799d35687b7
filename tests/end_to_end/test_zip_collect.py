"""nbgrader's own `zip_collect` on hostile archives: what it unpacks, and where.

It bounds neither the number nor the size of files, and stops at the first archive that leads out,
as docs/security.md says. `dasecv collect` bounds both, and continues.
"""

import contextlib
import io
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from dropout_course import ASSIGNMENT, nbgrader
from support.submissions import LAYERS, zip_of
from typer.testing import CliRunner

from autograder.cli import app

NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
HANDED_IN = {f"{ASSIGNMENT}.ipynb": NOTEBOOK, LAYERS: b"x = 1\n"}


def zip_with_link(target: str) -> bytes:
    """A zip in which a module is a link, as `zip --symlinks` writes it."""
    content = io.BytesIO(zip_of({f"{ASSIGNMENT}.ipynb": NOTEBOOK}))
    with zipfile.ZipFile(content, "a") as archive_folder:
        link = zipfile.ZipInfo(LAYERS)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive_folder.writestr(link, target)
    return content.getvalue()


def tar_with_link(target: str) -> bytes:
    """A tar with a link to a folder, and a module to be written through it."""
    content = io.BytesIO()
    with tarfile.open(None, "w:gz", content) as archive_folder:
        link = tarfile.TarInfo("daseCV")
        link.type, link.linkname = tarfile.SYMTYPE, target
        archive_folder.addfile(link)
        module = tarfile.TarInfo(LAYERS)
        module.size = 6
        archive_folder.addfile(module, io.BytesIO(b"x = 1\n"))
    return content.getvalue()


@pytest.fixture
def course(generated_course: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "around" / "course"
    shutil.copytree(generated_course, folder)
    (folder / "downloaded" / ASSIGNMENT / "archive").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("kind", ["up.zip", "root.zip", "link.zip", "linked.tar.gz"])
def test_nothing_is_written_outside_the_unpacked_folders(kind: str, course: Path) -> None:
    outside = course.parent / "evil"
    content = {
        "up.zip": lambda: zip_of(HANDED_IN | {f"{'../' * n}evil": b"" for n in range(1, 9)}),
        "root.zip": lambda: zip_of(HANDED_IN | {str(outside): b""}),
        "link.zip": lambda: zip_with_link(str(course / "course.secret")),
        "linked.tar.gz": lambda: tar_with_link(str(course.parent)),
    }[kind]()
    (course / "downloaded" / ASSIGNMENT / "archive" / kind).write_bytes(content)

    with contextlib.suppress(RuntimeError):  # an archive that leads out stops it for all
        nbgrader(course, "zip_collect", ASSIGNMENT)

    inside = course / "downloaded", course / "submitted"
    new = [path for path in course.parent.rglob("evil") if not set(inside) & set(path.parents)]
    secret = (course / "course.secret").read_bytes()
    assert new == []
    assert [path.name for path in course.parent.iterdir()] == ["course"]
    assert [path for path in course.rglob("*") if path.is_symlink()] == []
    assert secret not in [path.read_bytes() for path in course.rglob("layers.py")]


def test_dasecv_collect_refuses_a_bomb_that_zip_collect_would_unpack(
    course: Path, tmp_path: Path
) -> None:
    bomb = zip_of(HANDED_IN | {f"{n}.bin": bytes(30 * 2**20) for n in range(20)})
    (tmp_path / "eve.zip").write_bytes(bomb)

    said = CliRunner().invoke(
        app,
        ["collect", str(tmp_path), "--as", "class", "--assignment", ASSIGNMENT, "--yes"]
        + ["--course", str(course)],
    )

    assert len(bomb) < 2**20
    assert "refused" in said.output
    assert not list(course.rglob("*.bin"))
