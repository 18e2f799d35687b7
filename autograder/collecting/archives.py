"""Archives of any kind as zips, their members as bounded files; an unsafe archive is refused whole.

A member is read on demand, up to its announced size. A tar is repacked into a zip first, and so are
the formats of libarchive (rar, 7z) where that is installed.
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
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from daseCV.errors import DaseCVError
from daseCV.language import Message

from ..texts import is_too_long, printable_line
from .names import text_of_name

BLOCK = 2**20
IGNORED = {
    *("__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git", ".vscode", ".idea", ".Trash"),
    *(".DS_Store", "Thumbs.db", "desktop.ini", ".pytest_cache", "$RECYCLE.BIN"),
    *(".dasecv", ".venv", "venv", "env", "node_modules", "site-packages", "datasets"),
}
TARS = (".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz")
OTHER_KINDS = (".rar", ".7z", ".zst", ".zipx")
LIBARCHIVE_MAGIC = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd")  # rar, 7z, zst
UTF8 = 0x800  # flag of a zip member with a UTF-8 name
ENCRYPTED = 0x1
DEFLATE64 = 9  # a zip's compression method
LARGEST_ENTRY = 400  # bytes of an entry in a zip's directory, on average


class RefusedSubmission(DaseCVError):
    """An unsafe submission: nothing of it is used."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class UnreadableArchive(RefusedSubmission):
    """The file is damaged, or not an archive."""


@dataclass(frozen=True)
class Limits:
    files: int
    size: int  # bytes unpacked

    def exceeded(self) -> RefusedSubmission:
        return RefusedSubmission(
            Message(
                "it holds more than {files:,} files or {largest:,} bytes unpacked",
                files=self.files,
                largest=self.size,
            )
        )


SUBMISSION = Limits(files=20_000, size=512 * 2**20)
CLASS = Limits(files=10**6, size=64 * 2**30)
SECTION = Limits(files=20_000, size=2 * 2**30)  # of an inner archive that looks like a class's
MOST_SECTIONS = 30  # such archives, at any depth


@dataclass(frozen=True)
class File:
    size: int  # bytes, as announced
    # Returns the content; raises `RefusedSubmission` if it is larger or unreadable
    read: Callable[[], bytes]


Files = dict[PurePosixPath, File]


def is_archive(name: str) -> bool:
    """Whether a file is named like an archive.

    Examples
    --------
    >>> is_archive("ada.zip"), is_archive("ada.tar.xz"), is_archive("ada.RAR"), is_archive("a.py")
    (True, True, True, False)
    """
    return name.casefold().endswith((".zip", *TARS, *OTHER_KINDS))


def without_suffix(name: str) -> str:
    """A name without its extension; `.tar.gz` is one."""
    ending = next((tar for tar in TARS if name.casefold().endswith(tar)), "")
    return name[: -len(ending)] if ending else PurePosixPath(name).stem


def is_system_file(path: PurePosixPath) -> bool:
    """Whether the operating system or an editor made it."""
    return bool(IGNORED & set(path.parts)) or path.name.startswith(("._", "~$"))


def open_archive(
    name: str, source: Path | IO[bytes], limits: Limits | None = None
) -> zipfile.ZipFile:
    """Open an archive as a zip; its first bytes tell the format. `name` is for messages.

    `UnreadableArchive` if it is damaged, or its format is not supported here; `RefusedSubmission`
    if it exceeds `limits`, by default those of one submission.
    """
    limits = limits or SUBMISSION
    try:
        with source.open("rb") if isinstance(source, Path) else nullcontext(source) as file:
            begin = file.read(8)
            file.seek(0)
            if begin.startswith(LIBARCHIVE_MAGIC):
                return repack(libarchive_entries(name, file), limits)
            if not begin.startswith(b"PK") and any(tar in name.casefold() for tar in TARS):
                return repack(tar_entries(file), limits)
            if directory_size(file) > limits.files * LARGEST_ENTRY:
                raise limits.exceeded()
        return zipfile.ZipFile(source)
    except RefusedSubmission:
        raise
    except Exception as error:  # garbage raises many kinds
        raise UnreadableArchive(
            Message("{name} is not a readable archive: {error}", name=name, error=error)
        ) from None


def directory_size(file: IO[bytes]) -> int:
    """Bytes of a zip's directory; opening it makes an object for each file."""
    found = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    file.seek(0)
    return found[zipfile._ECD_SIZE] if found else 0  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Entry:
    """An entry of an archive that can only be read from front to back."""

    name: str
    size: int
    mode: int
    blocks: Iterable[bytes]


def tar_entries(file: IO[bytes]) -> Iterator[Entry]:
    """The files and links of a tar, compressed or not."""
    with tarfile.open(mode="r:*", fileobj=file) as archive:
        for member in archive:
            if member.isdir():
                continue
            mode = stat.S_IFREG if member.isreg() else stat.S_IFLNK
            content = archive.extractfile(member) if member.isreg() else None
            blocks = iter(partial(content.read, BLOCK), b"") if content else ()
            yield Entry(member.name, member.size, mode, blocks)


def libarchive_entries(name: str, file: IO[bytes]) -> Iterator[Entry]:
    """The files and links of an archive that libarchive opens."""
    try:
        import libarchive
    except (ImportError, OSError, TypeError, AttributeError):  # by the missing part of it
        raise UnreadableArchive(
            Message("{name} is not a .zip: unpack it, and hand in the folder as a .zip", name=name)
        ) from None
    os.lseek(file.fileno(), 0, os.SEEK_SET)  # Python has read ahead
    with libarchive.fd_reader(file.fileno()) as archive:
        for entry in archive:
            if not entry.isdir:
                mode = stat.S_IFREG if entry.isfile else stat.S_IFLNK
                yield Entry(str(entry.pathname), entry.size or 0, mode, entry.get_blocks())


def repack(entries: Iterable[Entry], limits: Limits) -> zipfile.ZipFile:
    """Write entries into a zip, in a temporary file that closing it removes."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the zip
    written = 0
    with zipfile.ZipFile(target, "w") as archive:
        for count, entry in enumerate(entries):
            if count >= limits.files or written + entry.size > limits.size:
                raise limits.exceeded()
            member = zipfile.ZipInfo(entry.name)
            member.external_attr = entry.mode << 16
            if entry.name in archive.NameToInfo or is_system_file(PurePosixPath(entry.name)):
                continue
            with archive.open(member, "w", force_zip64=True) as file:
                for block in entry.blocks:
                    written += len(block)
                    if written > limits.size:
                        raise limits.exceeded()
                    file.write(block)
        if not archive.namelist():
            raise zipfile.BadZipFile("it holds no files")
    return zipfile.ZipFile(target)


def members_of(archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    """All members of an archive; refused if they exceed the limits."""
    members = archive.infolist()
    if len(members) > limits.files or sum(member.file_size for member in members) > limits.size:
        raise limits.exceeded()
    return members


def member_files(
    name: str, archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]
) -> Iterator[tuple[PurePosixPath, File]]:
    """Members of an archive as files; `name` is the archive's, for messages."""
    for member in members:
        if (path := member_path(name, member)) is not None:
            yield path, File(member.file_size, member_reader(archive, member, str(path)))


def member_path(archive: str, member: zipfile.ZipInfo) -> PurePosixPath | None:
    """The path of a member within its archive; None for folders and system files.

    Refused if it leads out of the archive, is a link or encrypted, or its name is too long.
    """
    if is_too_long(member.filename):
        name = printable_line(member.filename[:80])
        raise RefusedSubmission(
            Message("{name}... in {archive}: the name is too long", name=name, archive=archive)
        )
    name = member_name(member)
    parts = PurePosixPath(name).parts
    if is_system_file(PurePosixPath(*parts)):
        return None
    shown: dict[str, Any] = {"name": repr(member.filename), "archive": archive}
    if ".." in parts or name.startswith("/") or ":" in (parts[0] if parts else ""):
        raise RefusedSubmission(Message("{name} in {archive} leads out of it", **shown))
    if stat.S_ISLNK(member.external_attr >> 16):
        raise RefusedSubmission(Message("{name} in {archive} is a link, expected a file", **shown))
    if not parts or name.endswith("/"):
        return None
    if member.flag_bits & ENCRYPTED:
        raise RefusedSubmission(
            Message("{name} in the zip is encrypted: make the zip without a password", name=name)
        )
    return PurePosixPath(*parts)


def member_name(member: zipfile.ZipInfo) -> str:
    """A member's path. A name without the UTF-8 flag may still be UTF-8, or Windows' GBK."""
    name = member.filename
    if not member.flag_bits & UTF8 and not name.isascii():
        name = text_of_name(name.encode("cp437", "replace"))
    return printable_line(unicodedata.normalize("NFC", name.replace("\\", "/")))


def member_reader(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str
) -> Callable[[], bytes]:
    """A function that reads a member, up to its announced size."""

    def read() -> bytes:
        if member.file_size > SUBMISSION.size:
            raise RefusedSubmission(
                Message("{name} in the zip has {size:,} bytes", name=name, size=member.file_size)
            )
        try:
            if member.compress_type == DEFLATE64:
                content = inflate64_member(archive, member)
            else:
                with archive.open(member) as file:
                    content = file.read(member.file_size + 1)
        except Exception as error:  # each compression raises its own errors on garbage
            raise RefusedSubmission(
                Message("{name} in the zip cannot be read: {error}", name=name, error=error)
            ) from None
        if len(content) > member.file_size:
            raise RefusedSubmission(Message("{name} is larger than the zip says", name=name))
        return content

    return read


def inflate64_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Inflate Deflate64, which Windows writes and zipfile does not read: APPNOTE.TXT 4.4.5, 9."""
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
