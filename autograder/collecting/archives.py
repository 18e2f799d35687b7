"""A folder or a zip as bounded files, droppings left out; what is unsafe is refused as a whole.

Nothing is unpacked: a file is read when it is asked for, and no more of it than it announced. Zips
inside are looked into once, zips inside of those are not.
"""

import io
import os
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from daseCV.errors import DaseCVError
from daseCV.language import Message

from .names import printable, readable, text_of_name

MOST_FILES = 20_000
LARGEST_FILE = 32 * 2**20  # bytes read of one file
LARGEST_ARCHIVE = 512 * 2**20  # bytes unpacked, of all that an archive holds
LARGEST_INNER = 64 * 2**20  # bytes of a zip inside
MOST_INNER = 20
IGNORED = {
    *("__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git", ".vscode", ".idea", ".Trash"),
    *(".DS_Store", "Thumbs.db", "desktop.ini", ".pytest_cache", "$RECYCLE.BIN"),
}
OTHER_KINDS = (".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".zipx")
UTF8 = 0x800  # the flag of a zip's member whose name is UTF-8
ENCRYPTED = 0x1


class Refused(DaseCVError):
    """An unsafe submission: nothing of it is used.

    Parameters
    ----------
    problem : Message or str
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Unreadable(Refused):
    """A file that is not an archive, or a damaged one."""


@dataclass(frozen=True)
class File:
    """A file of a submission.

    Parameters
    ----------
    size : int
        Bytes, as announced.
    read : callable
        Returns the content; raises `Refused` if there is more of it, or none to be had.
    """

    size: int
    read: Callable[[], bytes]


Files = dict[PurePosixPath, File]


def files_of(path: Path) -> Files:
    """The files of a folder, a zip, or a file that stands alone.

    Raises
    ------
    Refused
        If it holds links, paths that lead out of it, or more than can be meant; or is an archive of
        another kind.
    OSError
        If there is no such file or folder, or it cannot be read.
    """
    if path.is_dir():
        return with_inner(dict(folder_files(path)))
    if not path.is_file():
        raise FileNotFoundError(f"{readable(path)} is neither a folder nor a file")
    if path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
        return with_inner(dict(zip_files(readable(path.name), lambda: zipfile.ZipFile(path))))
    if path.suffix.lower() in (".ipynb", ".py"):
        return {PurePosixPath(path.name): File(path.stat().st_size, disk_reader(path))}
    raise Refused(
        Message(
            "{name} is not a .zip: unpack it, and hand in the folder as a .zip",
            name=readable(path.name),
        )
    )


def is_dropping(path: PurePosixPath) -> bool:
    """Whether a system left it there, and no student."""
    return bool(IGNORED & set(path.parts)) or path.name.startswith(("._", "~$"))


def folder_files(folder: Path) -> Iterator[tuple[PurePosixPath, File]]:
    """The files of a folder; links are refused."""
    count = 0
    for parent, folders, names in os.walk(folder, onerror=complain, followlinks=False):
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        for name in (*sorted(names), *folders):  # a link to a folder is among the folders
            count += 1
            if count > MOST_FILES:
                raise Refused(Message("more than {most:,} files", most=MOST_FILES))
            path = Path(parent, name)
            mode = path.lstat()
            relative = readable(path.relative_to(folder).as_posix())
            if stat.S_ISLNK(mode.st_mode):
                raise Refused(Message("{name} is a link, expected a file", name=relative))
            inside = PurePosixPath(unicodedata.normalize("NFC", relative))
            if stat.S_ISREG(mode.st_mode) and not is_dropping(inside):
                yield inside, File(mode.st_size, disk_reader(path))


def complain(error: OSError) -> None:
    """Of a folder that cannot be listed, what is in it must not count as missing."""
    raise error


def disk_reader(path: Path) -> Callable[[], bytes]:
    """Reads a file that may be exchanged for a link or a pipe meanwhile."""

    def read() -> bytes:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            return file.read(LARGEST_FILE + 1)

    return read


def zip_files(
    shown: str, opened: Callable[[], zipfile.ZipFile], bounded: bool = True
) -> Iterator[tuple[PurePosixPath, File]]:
    """The files of a zip.

    Parameters
    ----------
    shown : str
        Its name, for messages.
    opened : callable
        Opens it.
    bounded : bool
        Whether it is one submission, and so not larger than one can be.
    """
    try:
        with opened() as archive:
            members = archive.infolist()
    except Exception as error:  # zipfile raises many kinds on garbage
        damaged = Message("{name} is not a readable zip: {error}", name=shown, error=error)
        raise Unreadable(damaged) from None
    if bounded and len(members) > MOST_FILES:
        raise Refused(Message("the zip holds more than {most:,} files", most=MOST_FILES))
    if bounded and sum(member.file_size for member in members) > LARGEST_ARCHIVE:
        raise Refused(
            Message("the zip holds more than {most:,} bytes unpacked", most=LARGEST_ARCHIVE)
        )
    for member in members:
        name = member_name(member)
        parts = PurePosixPath(name).parts
        if ".." in parts or name.startswith("/") or ":" in (parts[0] if parts else ""):
            raise Refused(Message("{name} in the zip leads out of it", name=repr(member.filename)))
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Refused(
                Message("{name} in the zip is a link, expected a file", name=repr(member.filename))
            )
        if not parts or member.is_dir() or is_dropping(PurePosixPath(*parts)):
            continue
        if member.flag_bits & ENCRYPTED:
            raise Refused(
                Message(
                    "{name} in the zip is encrypted: make the zip without a password", name=name
                )
            )
        yield PurePosixPath(*parts), File(member.file_size, member_reader(opened, member, name))


def member_name(member: zipfile.ZipInfo) -> str:
    """A member's path. Without the flag for UTF-8 it is UTF-8 all the same, or Windows' GBK."""
    name = member.filename
    if not member.flag_bits & UTF8 and not name.isascii():
        name = text_of_name(name.encode("cp437", "replace"))
    return printable(unicodedata.normalize("NFC", name.replace("\\", "/")))


def member_reader(
    opened: Callable[[], zipfile.ZipFile], member: zipfile.ZipInfo, name: str
) -> Callable[[], bytes]:
    """Reads a member, and no more than it announced."""

    def read() -> bytes:
        if member.file_size > LARGEST_ARCHIVE:
            raise Refused(
                Message("{name} in the zip has {size:,} bytes", name=name, size=member.file_size)
            )
        try:
            with opened() as archive, archive.open(member) as file:
                content = file.read(member.file_size + 1)
        except Exception as error:  # each kind of compression raises its own on garbage
            raise Refused(
                Message("{name} in the zip cannot be read: {error}", name=name, error=error)
            ) from None
        if len(content) > member.file_size:
            raise Refused(Message("{name} is larger than the zip says", name=name))
        return content

    return read


def with_inner(files: Files) -> Files:
    """The files, and those of the zips among them, each in a folder of the zip's name."""
    found = dict(files)
    total = sum(file.size for file in files.values())
    inner = [path for path in files if path.suffix.lower() == ".zip"]
    for path in inner[:MOST_INNER]:
        if files[path].size > LARGEST_INNER:
            continue
        content = files[path].read()
        opened = partial(zipfile.ZipFile, io.BytesIO(content))
        try:
            inside = dict(zip_files(path.name, opened))
        except Unreadable:
            continue  # what counts may lie beside it
        total += sum(file.size for file in inside.values())
        if total > LARGEST_ARCHIVE or len(found) + len(inside) > MOST_FILES:
            raise Refused(
                Message(
                    "with its inner zips it holds more than {most:,} bytes", most=LARGEST_ARCHIVE
                )
            )
        for name, file in inside.items():
            found.setdefault(path.parent / path.stem / name, file)
    return found


def other_archives(files: Files) -> list[PurePosixPath]:
    """Archives of kinds that are not looked into."""
    return [path for path in files if path.suffix.lower() in OTHER_KINDS]
