"""A submission as bounded files: from a folder, an archive, or a single file.

Inner archives are opened, a few levels deep.
"""

import os
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from daseCV.language import Message

from . import archives
from .archives import File, Files, RefusedSubmission
from .names import readable

LARGEST_FILE = 32 * 2**20  # bytes read of one file
LARGEST_INNER = 64 * 2**20  # bytes of an inner archive
MOST_INNER = 20
DEEPEST = 4  # archives around a file


def files_of(path: Path) -> Files:
    """The files of a submission; an OSError if there is no such file or folder.

    Refused if it holds links, paths that lead out of it, or far too much; or is an archive that
    cannot be opened here.
    """
    budget = Budget(archives.SUBMISSION.files, archives.SUBMISSION.size)
    if path.is_dir():
        return budget.expand(dict(folder_files(path)))
    name = readable(path.name)
    if not path.is_file():
        raise FileNotFoundError(f"{readable(path)} is neither a folder nor a file")
    if archives.is_archive(path.name) or zipfile.is_zipfile(path):
        return budget.expand(archive_files(name, path))
    if path.suffix.lower() in (".ipynb", ".py"):
        return {PurePosixPath(path.name): File(path.stat().st_size, disk_reader(path))}
    raise RefusedSubmission(
        Message(
            "{name} is neither a notebook nor an archive: hand in a folder or a .zip", name=name
        )
    )


def archive_files(name: str, source: Path | IO[bytes]) -> Files:
    """The files of one student's archive; `name` is for messages."""
    archive = archives.open_archive(name, source)
    return dict(
        archives.member_files(name, archive, archives.members_of(archive, archives.SUBMISSION))
    )


def folder_files(folder: Path) -> Iterator[tuple[PurePosixPath, File]]:
    """The files of a folder; links are refused."""
    count = 0
    for parent, folders, names in os.walk(folder, onerror=raise_error, followlinks=False):
        folders[:] = sorted(name for name in folders if name not in archives.IGNORED)
        for name in (*sorted(names), *folders):  # a link to a folder is among the folders
            count += 1
            if count > archives.SUBMISSION.files:
                raise RefusedSubmission(
                    Message("more than {most:,} files", most=archives.SUBMISSION.files)
                )
            path = Path(parent, name)
            mode = path.lstat()
            relative = readable(path.relative_to(folder).as_posix())
            if archives.is_system_file(PurePosixPath(relative)):
                continue
            if stat.S_ISLNK(mode.st_mode):
                raise RefusedSubmission(Message("{name} is a link, expected a file", name=relative))
            inside = PurePosixPath(unicodedata.normalize("NFC", relative))
            if stat.S_ISREG(mode.st_mode):
                yield inside, File(mode.st_size, disk_reader(path))


def raise_error(error: OSError) -> None:
    """Fail at a folder that cannot be listed: its files must not count as missing."""
    raise error


def disk_reader(path: Path) -> Callable[[], bytes]:
    """A function that reads a file, even if a link or a pipe has replaced it since."""

    def read() -> bytes:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            return file.read(LARGEST_FILE + 1)

    return read


@dataclass
class Budget:
    """How much a submission may hold, inner archives included."""

    files: int
    size: int
    archives: int = MOST_INNER

    def expand(self, files: Files, depth: int = 1) -> Files:
        """The files, with each archive among them replaced by a folder of its files."""
        self.size -= sum(file.size for file in files.values())
        self.files -= len(files)
        if self.size < 0 or self.files < 0:
            raise archives.SUBMISSION.exceeded()
        found = dict(files)
        for path, file in files.items():
            if depth > DEEPEST or not archives.is_archive(path.name) or file.size > LARGEST_INNER:
                continue
            if self.archives <= 0:
                break
            self.archives -= 1
            try:
                content = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the archive
                content.write(file.read())
                content.seek(0)
                inside = archive_files(path.name, content)
            except archives.UnreadableArchive:
                continue  # the work may lie beside it
            del found[path]
            folder = path.parent / archives.without_suffix(path.name)
            for name, member in self.expand(inside, depth + 1).items():
                found.setdefault(folder / name, member)
        return found
