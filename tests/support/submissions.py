"""Submissions for tests: a zip in memory, the reference with changes, the reference with a stub."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from typing import Any

Owned = dict[str, bytes]
LAYERS = "daseCV/layers.py"


def zip_of(files: Mapping[str, bytes | str]) -> bytes:
    """A zip with these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def tar_of(files: Mapping[str, bytes], kind: str = "gz") -> bytes:
    """A tar with these files, compressed as 'gz' or 'xz', or not at all."""
    content = io.BytesIO()
    mode: Any = f"w:{kind}"
    with tarfile.open(None, mode, content) as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return content.getvalue()


def with_edit(owned: Owned, file: str, before: str, after: str) -> Owned:
    """The files with one change in them."""
    source = owned[file].decode()
    assert before in source, f"the reference no longer has {before!r}"
    return owned | {file: source.replace(before, after).encode()}


def with_edits(owned: Owned, *edits: tuple[str, str, str]) -> Owned:
    """The files with some changes in them: file, before, after."""
    for edit in edits:
        owned = with_edit(owned, *edit)
    return owned


def with_stub(reference: Owned, stubs: Owned, function: str) -> Owned:
    """The reference with one function of layers.py as it was released."""

    def body(owned: Owned) -> str:
        source = owned[LAYERS].decode()
        start = source.index(f"def {function}(")
        return source[start : source.index("\n\n\n", start)]

    return with_edit(reference, LAYERS, body(reference), body(stubs))
