"""A folder or an archive as bounded files, droppings left out; the unsafe is refused as a whole.

A file is read when it is asked for, and no more of it than it announced. Every archive is read as a
zip: a tar, and what libarchive opens where it is installed (rar, 7z), is repacked into one first.
Archives inside are looked into, a few levels deep.
"""

import os
import stat
import struct
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from daseCV.errors import DaseCVError
from daseCV.language import Message

from ..texts import is_too_long, printable_line
from .names import readable, text_of_name

MOST_FILES = 20_000
LARGEST_FILE = 32 * 2**20  # bytes read of one file
LARGEST_ARCHIVE = 512 * 2**20  # bytes unpacked, of all that an archive holds
LARGEST_EXPORT = 64 * 2**30  # the same, of a class
LARGEST_INNER = 64 * 2**20  # bytes of an archive inside
MOST_EXPORTED = 10**6  # files of a class
LARGEST_SECTION = (
    2 * 2**30
)  # bytes unpacked of an archive in a class that looks like a class itself
MOST_SECTIONS = 30  # such archives, at any depth
MOST_INNER = 20
DEEPEST = 4  # archives around a file
BLOCK = 2**20
IGNORED = {
    *("__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git", ".vscode", ".idea", ".Trash"),
    *(".DS_Store", "Thumbs.db", "desktop.ini", ".pytest_cache", "$RECYCLE.BIN"),
    *(".dasecv", ".venv", "venv", "env", "node_modules", "site-packages", "datasets"),
}
TARS = (".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz")
OTHER_KINDS = (".rar", ".7z", ".zst", ".zipx")
OF_LIBARCHIVE = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd")  # rar, 7z, zst begin so
UTF8 = 0x800  # the flag of a zip's member whose name is UTF-8
ENCRYPTED = 0x1
DEFLATE64 = 9  # a zip's kind of compression
LARGEST_ENTRY = 400  # bytes of a file's entry in a zip's directory, on average


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
    """The files of a folder, an archive, or a file that stands alone.

    Raises
    ------
    Refused
        If it holds links, paths that lead out of it, or more than can be meant; or is an archive
        that cannot be opened here.
    OSError
        If there is no such file or folder, or it cannot be read.
    """
    budget = Budget()
    if path.is_dir():
        return budget.expand(dict(folder_files(path)))
    if not path.is_file():
        raise FileNotFoundError(f"{readable(path)} is neither a folder nor a file")
    if is_archive(path.name) or zipfile.is_zipfile(path):
        shown = readable(path.name)
        return budget.expand(dict(archive_files(shown, open_archive(shown, path))))
    if path.suffix.lower() in (".ipynb", ".py"):
        return {PurePosixPath(path.name): File(path.stat().st_size, disk_reader(path))}
    raise Refused(
        Message(
            "{name} is neither a notebook nor an archive: hand in a folder or a .zip",
            name=readable(path.name),
        )
    )


def is_archive(name: str) -> bool:
    """Whether a file is called like an archive.

    Examples
    --------
    >>> is_archive("ada.zip"), is_archive("ada.tar.xz"), is_archive("ada.RAR"), is_archive("a.py")
    (True, True, True, False)
    """
    return name.casefold().endswith((".zip", *TARS, *OTHER_KINDS))


def without_suffix(name: str) -> str:
    """A name without the ending of its kind, of which `.tar.gz` has two parts."""
    ending = next((one for one in TARS if name.casefold().endswith(one)), "")
    return name[: -len(ending)] if ending else PurePosixPath(name).stem


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
            if is_dropping(PurePosixPath(relative)):
                continue
            if stat.S_ISLNK(mode.st_mode):
                raise Refused(Message("{name} is a link, expected a file", name=relative))
            inside = PurePosixPath(unicodedata.normalize("NFC", relative))
            if stat.S_ISREG(mode.st_mode):
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


def open_archive(
    shown: str, source: Path | IO[bytes], largest: int | None = None
) -> zipfile.ZipFile:
    """Open an archive of any kind, told by how it begins, as a zip.

    Parameters
    ----------
    shown : str
        Its name, for messages.
    source : Path or file object
    largest : int, optional
        Bytes unpacked; default: of one submission.

    Raises
    ------
    Unreadable
        If it is damaged, or of a kind that cannot be opened here.
    Refused
        If it holds more than `largest`.
    """
    largest = largest or LARGEST_ARCHIVE
    try:
        begin = begin_of(source)
        if begin.startswith(OF_LIBARCHIVE):
            return repack(libarchive_entries(shown, source), largest)
        if begin.startswith(b"PK") or not any(one in shown.casefold() for one in TARS):
            most = MOST_EXPORTED if largest == LARGEST_EXPORT else MOST_FILES
            if directory_size(source) > most * LARGEST_ENTRY:
                raise Refused(too_much(largest))
            return zipfile.ZipFile(source)
        return repack(tar_entries(source), largest)
    except (Refused, OSError) as error:
        if isinstance(error, Refused):
            raise
        raise Unreadable(not_readable(shown, error)) from None
    except Exception as error:  # on garbage these raise many kinds
        raise Unreadable(not_readable(shown, error)) from None


def directory_size(source: Path | IO[bytes]) -> int:
    """Bytes of a zip's directory, of which Python makes an object for each file as it opens it."""
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as file:
        found = zipfile._EndRecData(file)  # type: ignore[attr-defined]
        file.seek(0)
    return found[zipfile._ECD_SIZE] if found else 0  # type: ignore[attr-defined]


def not_readable(shown: str, error: Exception) -> Message:
    return Message("{name} is not a readable archive: {error}", name=shown, error=error)


def begin_of(source: Path | IO[bytes]) -> bytes:
    """The first bytes of a file."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(8)
    begin = source.read(8)
    source.seek(0)
    return begin


@dataclass(frozen=True)
class Entry:
    """An entry of an archive that can only be read from front to back."""

    name: str
    size: int
    mode: int
    blocks: Iterable[bytes]


def tar_entries(source: Path | IO[bytes]) -> Iterator[Entry]:
    """The files and links of a tar, compressed or not."""
    opened: dict[str, object] = (
        {"name": source} if isinstance(source, Path) else {"fileobj": source}
    )
    with tarfile.open(mode="r:*", **opened) as archive:  # type: ignore[call-overload]
        for member in archive:
            if member.isdir():
                continue
            mode = stat.S_IFREG if member.isreg() else stat.S_IFLNK
            content = archive.extractfile(member) if member.isreg() else None
            blocks = iter(partial(content.read, BLOCK), b"") if content else ()
            yield Entry(member.name, member.size, mode, blocks)


def libarchive_entries(shown: str, source: Path | IO[bytes]) -> Iterator[Entry]:
    """The files and links of what libarchive can open."""
    try:
        import libarchive
    except (ImportError, OSError, TypeError, AttributeError):  # by what of the library is missing
        raise Unreadable(
            Message("{name} is not a .zip: unpack it, and hand in the folder as a .zip", name=shown)
        ) from None
    opened = (
        libarchive.file_reader(str(source))
        if isinstance(source, Path)
        else libarchive.memory_reader(source.read())
    )
    with opened as archive:
        for entry in archive:
            if not entry.isdir:
                mode = stat.S_IFREG if entry.isfile else stat.S_IFLNK
                yield Entry(str(entry.pathname), entry.size or 0, mode, entry.get_blocks())


def repack(entries: Iterable[Entry], largest: int) -> zipfile.ZipFile:
    """Write entries into a zip, in a file that is gone when it is closed."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the zip
    written = 0
    with zipfile.ZipFile(target, "w") as archive:
        for count, entry in enumerate(entries):
            if count >= MOST_FILES or written + entry.size > largest:
                raise Refused(too_much(largest))
            member = zipfile.ZipInfo(entry.name)
            member.external_attr = entry.mode << 16
            if entry.name in archive.NameToInfo or is_dropping(PurePosixPath(entry.name)):
                continue
            with archive.open(member, "w", force_zip64=True) as file:
                for block in entry.blocks:
                    written += len(block)
                    if written > largest:
                        raise Refused(too_much(largest))
                    file.write(block)
        if not archive.namelist():
            raise zipfile.BadZipFile("it holds no files")
    return zipfile.ZipFile(target)


def too_much(largest: int) -> Message:
    return Message(
        "it holds more than {files:,} files or {largest:,} bytes unpacked",
        files=MOST_FILES,
        largest=largest,
    )


def archive_files(shown: str, archive: zipfile.ZipFile) -> Iterator[tuple[PurePosixPath, File]]:
    """The files of a submission's archive; `shown` is its name, for messages."""
    for member in members_of(archive, LARGEST_ARCHIVE, MOST_FILES):
        if (path := member_path(shown, member)) is not None:
            yield path, File(member.file_size, member_reader(archive, member, str(path)))


def members_of(archive: zipfile.ZipFile, largest: int, most: int) -> list[zipfile.ZipInfo]:
    """All that an archive holds; refused if that is more than so many bytes or files."""
    members = archive.infolist()
    if len(members) > most or sum(member.file_size for member in members) > largest:
        raise Refused(too_much(largest))
    return members


def member_path(shown: str, member: zipfile.ZipInfo) -> PurePosixPath | None:
    """Where a member of an archive belongs; None for folders and droppings.

    Raises
    ------
    Refused
        If it leads out of the archive, is a link or encrypted, or no file can be called so.
    """
    if is_too_long(member.filename):
        name = printable_line(member.filename[:80])
        raise Refused(
            Message("{name}... in {archive}: the name is too long", name=name, archive=shown)
        )
    name = member_name(member)
    parts = PurePosixPath(name).parts
    if is_dropping(PurePosixPath(*parts)):
        return None
    if ".." in parts or name.startswith("/") or ":" in (parts[0] if parts else ""):
        raise Refused(
            Message(
                "{name} in {archive} leads out of it", name=repr(member.filename), archive=shown
            )
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Refused(
            Message(
                "{name} in {archive} is a link, expected a file",
                name=repr(member.filename),
                archive=shown,
            )
        )
    if not parts or name.endswith("/"):
        return None
    if member.flag_bits & ENCRYPTED:
        raise Refused(
            Message("{name} in the zip is encrypted: make the zip without a password", name=name)
        )
    return PurePosixPath(*parts)


def member_name(member: zipfile.ZipInfo) -> str:
    """A member's path. Without the flag for UTF-8 it is UTF-8 all the same, or Windows' GBK."""
    name = member.filename
    if not member.flag_bits & UTF8 and not name.isascii():
        name = text_of_name(name.encode("cp437", "replace"))
    return printable_line(unicodedata.normalize("NFC", name.replace("\\", "/")))


def member_reader(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str
) -> Callable[[], bytes]:
    """Reads a member, and no more than it announced."""

    def read() -> bytes:
        if member.file_size > LARGEST_ARCHIVE:
            raise Refused(
                Message("{name} in the zip has {size:,} bytes", name=name, size=member.file_size)
            )
        try:
            if member.compress_type == DEFLATE64:
                content = inflate64_member(archive, member)
            else:
                with archive.open(member) as file:
                    content = file.read(member.file_size + 1)
        except Exception as error:  # each kind of compression raises its own on garbage
            raise Refused(
                Message("{name} in the zip cannot be read: {error}", name=name, error=error)
            ) from None
        if len(content) > member.file_size:
            raise Refused(Message("{name} is larger than the zip says", name=name))
        return content

    return read


def inflate64_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """What Windows packed in its own way, which zipfile does not know: APPNOTE.TXT 4.4.5, 9."""
    import inflate64

    file = archive.fp
    assert file is not None
    file.seek(member.header_offset)
    name_length, extra_length = struct.unpack("<26x2H", file.read(30))
    file.seek(name_length + extra_length, os.SEEK_CUR)
    inflater, content, left = inflate64.Inflater(), b"", member.compress_size
    while left > 0 and len(content) <= member.file_size:
        block = file.read(min(BLOCK, left))
        left -= len(block) or left
        content += inflater.inflate(block)
    if zlib.crc32(content) != member.CRC:
        raise zipfile.BadZipFile(f"Bad CRC-32 for file {member.filename!r}")
    return content


@dataclass
class Budget:
    """What a submission may hold, all archives inside counted."""

    size: int = field(default_factory=lambda: LARGEST_ARCHIVE)
    files: int = field(default_factory=lambda: MOST_FILES)
    archives: int = MOST_INNER

    def expand(self, files: Files, depth: int = 1) -> Files:
        """The files, and those of the archives among them, each in a folder of its name."""
        self.size -= sum(file.size for file in files.values())
        self.files -= len(files)
        if self.size < 0 or self.files < 0:
            raise Refused(too_much(LARGEST_ARCHIVE))
        found = dict(files)
        for path, file in files.items():
            if depth > DEEPEST or not is_archive(path.name) or file.size > LARGEST_INNER:
                continue
            if self.archives <= 0:
                break
            self.archives -= 1
            try:
                content = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the archive
                content.write(file.read())
                content.seek(0)
                inside = dict(archive_files(path.name, open_archive(path.name, content)))
            except Unreadable:
                continue  # what counts may lie beside it
            del found[path]
            folder = path.parent / without_suffix(path.name)
            for name, one in self.expand(inside, depth + 1).items():
                found.setdefault(folder / name, one)
        return found


def unopened_archives(files: Files) -> list[PurePosixPath]:
    """Archives inside that are not looked into."""
    return [path for path in files if is_archive(path.name)]
