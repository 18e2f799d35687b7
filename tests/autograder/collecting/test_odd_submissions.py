"""Unusual submissions: copies, other systems and programs; read, or refused with a remedy."""

import codecs
import contextlib
import io
import json
import os
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.submissions import tar_of, zip_of

from autograder.collecting import archives
from autograder.collecting.archives import RefusedSubmission
from autograder.collecting.submission import Submission, read_submission
from autograder.grading.repair import repair

NAME = "Dropout"
LAYERS = "daseCV/layers.py"
CODE = b"x = 1\n"


def notebook(run: int = 1) -> bytes:
    cells = [{"cell_type": "code", "execution_count": n + 1 if n < run else None} for n in range(3)]
    return json.dumps({"cells": cells}).encode()


def read(tmp_path: Path, files: dict[str, bytes], **released: bytes) -> Submission:
    path = tmp_path / "ada.zip"
    path.write_bytes(zip_of(files))
    given = {f"daseCV/{name}.py": content for name, content in released.items()}
    return read_submission(path, [LAYERS], [NAME], given)


# Where files are


@pytest.mark.parametrize(
    "name",
    [
        "Dropout.ipynb",
        "Dropout (1).ipynb",
        "Dropout(2).ipynb",
        "Copy of Dropout.ipynb",
        "“Dropout.ipynb”的副本",
        "“Dropout.ipynb”的副本.ipynb",
        "Dropout.ipynb 的副本.ipynb",
        "Dropout - 副本.ipynb",
        "Dropout - Copy.ipynb",
        "Dropout-Copy1.ipynb",
        "Dropout copy 2.ipynb",
        "dropout.ipynb",
        "Dropout.ipynb.txt",
        "Copy of Dropout.en (1).ipynb",
    ],
)
def test_a_notebook_is_recognised_under_the_names_of_copies(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, {f"homework/{name}": notebook(), LAYERS: CODE})

    assert found.notebooks == {NAME: notebook()}
    assert found.notes == ()


def test_the_copy_with_the_most_executed_cells_counts(
    tmp_path: Path,
) -> None:
    copies = {"Dropout.ipynb": notebook(1), "Dropout (1).ipynb": notebook(3), LAYERS: CODE}

    found = read(tmp_path, copies)

    assert found.notebooks == {NAME: notebook(3)}
    assert found.notes == (
        "Dropout.ipynb is not used: more cells of Dropout (1).ipynb have been run",
    )


def test_a_notebook_of_another_name_is_noted_with_the_expected_name(tmp_path: Path) -> None:
    found = read(tmp_path, {"homework.ipynb": notebook(), LAYERS: CODE})

    assert found.notes == (
        "Dropout.ipynb is missing; there is homework.ipynb: name it Dropout.ipynb",
    )


@pytest.mark.parametrize(
    "files",
    [
        {"daseCV.zip": zip_of({"daseCV/layers.py": CODE})},
        {"daseCV.zip": zip_of({"layers.py": CODE})},
        {"my homework/daseCV.zip": zip_of({"daseCV/layers.py": CODE})},
        {"a/b/c/d/daseCV/layers.py": CODE},
        {"dasecv/Layers.py": CODE},
    ],
    ids=["zip inside", "zip of the folder's files", "zip in a folder", "deep", "case"],
)
def test_modules_are_found_in_nested_folders_and_zips(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    assert read(tmp_path, {"Dropout.ipynb": notebook(), **files}).owned == {LAYERS: CODE}


@pytest.mark.parametrize("name", ["layers.py", "code/layers.py", "layers (1).py"])
def test_a_loose_module_is_accepted_with_a_note(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, {"Dropout.ipynb": notebook(), name: CODE})

    assert found.owned == {LAYERS: CODE}
    assert found.notes == (f"{LAYERS} is missing: {name} is used",)


def test_an_untouched_copy_of_the_release_is_not_taken_for_the_work(tmp_path: Path) -> None:
    files = {"Dropout.ipynb": notebook(), LAYERS: b"stub = 1\n", "mine/daseCV/layers.py": CODE}

    assert read(tmp_path, files, layers=b"stub = 1\n").owned == {LAYERS: CODE}


def test_two_different_versions_are_reported(tmp_path: Path) -> None:
    files = {"Dropout.ipynb": notebook(), LAYERS: CODE, "old/daseCV/layers.py": b"y = 2\n"}

    found = read(tmp_path, files)

    assert found.owned == {LAYERS: CODE}
    assert found.notes == (f"{LAYERS} is there 2 times: {LAYERS} is used",)


def test_a_file_with_the_exact_case_is_preferred(tmp_path: Path) -> None:
    files = {"Dropout.ipynb": notebook(), "DaseCV/Layers.py": b"y = 2\n", LAYERS: CODE}

    assert read(tmp_path, files).owned == {LAYERS: CODE}


@pytest.mark.parametrize(
    "dropping",
    [
        "__MACOSX/daseCV/._layers.py",
        "daseCV/._layers.py",
        ".ipynb_checkpoints/Dropout-checkpoint.ipynb",
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        "daseCV/__pycache__/layers.cpython-312.pyc",
        ".git/daseCV/layers.py",
    ],
)
def test_system_files_are_ignored(tmp_path: Path, dropping: str) -> None:
    found = read(tmp_path, {dropping: b"\0", "Dropout.ipynb": notebook(), LAYERS: CODE})

    assert (found.owned, found.notes) == ({LAYERS: CODE}, ())


def test_chinese_names_in_gbk_are_read(tmp_path: Path) -> None:
    """Windows' own zip program in China writes such names without declaring it."""
    path, files = tmp_path / "ada.zip", {LAYERS: CODE, "Dropout - 副本.ipynb": notebook()}
    names = {f"作业/{name}".encode("gbk"): text for name, text in files.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for letter, (name, text) in zip("xy", names.items(), strict=True):
            archive.writestr(letter * len(name), text)
    content = path.read_bytes()
    for letter, name in zip("xy", names, strict=True):
        content = content.replace(letter.encode() * len(name), name)
    path.write_bytes(content)

    found = read_submission(path, [LAYERS], [NAME])

    assert found.owned == {LAYERS: CODE}
    assert found.notebooks == {NAME: notebook()}


# Contents of files


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (codecs.BOM_UTF8 + CODE, ""),
        (CODE.replace(b"\n", b"\r\n"), ""),
        ("# -*- coding: gbk -*-\n# 层\n".encode("gbk"), ""),
        ("x = '层'\n".encode("utf-16"), f"{LAYERS} is saved as UTF-16: read as that"),
        ("x = 1  # 第一层\n".encode("gbk"), f"{LAYERS} is saved as GB2312: read as that"),
        ("x = 'é'\n".encode("latin-1"), f"{LAYERS} cannot be read by Python: SyntaxError"),
        (b"\0\0", f"{LAYERS} cannot be read by Python"),
    ],
    ids=["mark", "Windows", "declared", "UTF-16", "GBK", "Latin-1", "binary"],
)
def test_a_module_is_read_in_the_encoding_it_has(tmp_path: Path, content: bytes, note: str) -> None:
    found = read(tmp_path, {"Dropout.ipynb": notebook(), LAYERS: content})

    assert bool(found.notes) == bool(note)
    assert not note or found.notes[0].startswith(note)
    if "read as that" in note:
        compile(found.owned[LAYERS], LAYERS, "exec")


@pytest.fixture
def source(root: Path) -> Path:
    return root / "assignment" / f"{NAME}.ipynb"


def save_as(source: Path, how: str) -> bytes:
    """The released notebook with an answer in it, as a program saves it."""
    content = nbformat.read(source, as_version=4)
    content.cells.append(nbformat.v4.new_code_cell("my_own = 1", execution_count=1))
    if how == "nbformat 3":
        return nbformat.writes(nbformat.convert(content, 3), version=3).encode()
    made = json.loads(nbformat.writes(content))
    if how == "Jupyter 4":
        made["nbformat_minor"] = 0
        for cell in made["cells"]:
            del cell["id"]
    if how == "Colab":
        made["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
        for cell in made["cells"]:
            cell["metadata"] = {"id": cell.pop("id"), "outputId": "x"}
    if how == "VS Code":
        for cell in made["cells"]:
            cell["source"] = "".join(cell["source"])
            cell["metadata"]["vscode"] = {"languageId": "python"}
    text = json.dumps(made, ensure_ascii=False, indent=1)
    if how == "Windows":
        return codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode()
    return text.encode("utf-16" if how == "UTF-16" else "utf-8")


@pytest.mark.parametrize(
    "how", ["Jupyter 7", "Jupyter 4", "Colab", "VS Code", "Windows", "UTF-16", "nbformat 3"]
)
def test_a_notebook_saved_by_any_program_is_understood(source: Path, how: str) -> None:
    repaired, notes = repair(save_as(source, how), source)

    cells = nbformat.reads(repaired, as_version=4).cells
    names = [cell.metadata.nbgrader.grade_id for cell in cells if "nbgrader" in cell.metadata]
    released = nbformat.read(source, as_version=4).cells
    assert names == [c.metadata.nbgrader.grade_id for c in released if "nbgrader" in c.metadata]
    assert any(cell.source == "my_own = 1" for cell in cells)
    assert not [note for note in notes if "cannot be read" in note]


# Files that are not submissions


def test_a_zip_with_a_password_is_refused_with_a_remedy(tmp_path: Path) -> None:
    content = bytearray(zip_of({LAYERS: CODE}))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 8] |= 1
    (tmp_path / "ada.zip").write_bytes(content)

    with pytest.raises(RefusedSubmission, match="make the zip without a password"):
        read_submission(tmp_path / "ada.zip", [LAYERS], [NAME])


def test_without_libarchive_a_rar_is_refused_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "libarchive", None)
    (tmp_path / "ada.rar").write_bytes(b"Rar!\x1a\x07\x01\x00")

    with pytest.raises(RefusedSubmission, match=r"ada.rar is not a .zip: unpack it"):
        read_submission(tmp_path / "ada.rar", [LAYERS], [NAME])


def sevenzip_of(files: dict[str, bytes]) -> bytes:
    libarchive = pytest.importorskip("libarchive", exc_type=ImportError)
    content = io.BytesIO()
    with libarchive.custom_writer(lambda block: content.write(bytes(block)), "7zip") as archive:
        for name, text in files.items():
            archive.add_file_from_memory(name, len(text), text)
    return content.getvalue()


WORK = {LAYERS: CODE, "Dropout.ipynb": notebook()}


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("ada.tar", partial(tar_of, kind="")),
        ("ada.tar.gz", partial(tar_of, kind="gz")),
        ("ada.tgz", partial(tar_of, kind="gz")),
        ("ada.tar.xz", partial(tar_of, kind="xz")),
        ("ada.7z", sevenzip_of),
        ("ada.zip", sevenzip_of),  # as some students rename it
    ],
)
def test_another_kind_of_archive_is_read(
    tmp_path: Path, name: str, make: Callable[[dict[str, bytes]], bytes]
) -> None:
    (tmp_path / name).write_bytes(make(WORK))

    found = read_submission(tmp_path / name, [LAYERS], [NAME])

    assert (found.owned, found.notes) == ({LAYERS: CODE}, ())


@pytest.mark.parametrize("kind", ["symlink", "hard link", "leads out", "too large"])
def test_a_tar_follows_the_rules_of_a_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    limits = archives.Limits(20_000, 10**5)
    monkeypatch.setattr(archives, "SUBMISSION", limits)
    member = tarfile.TarInfo("../layers.py" if kind == "leads out" else LAYERS)
    links = {"symlink": tarfile.SYMTYPE, "hard link": tarfile.LNKTYPE}
    member.type, member.linkname = links.get(kind, tarfile.REGTYPE), "/etc/passwd"
    member.size = 10**6 if kind == "too large" else 0
    with tarfile.open(tmp_path / "ada.tgz", "w:gz") as archive:
        archive.addfile(member, io.BytesIO(bytes(member.size)))

    with pytest.raises(RefusedSubmission):
        read_submission(tmp_path / "ada.tgz", [LAYERS], [NAME])


def test_zips_within_zips_are_opened(tmp_path: Path) -> None:
    inner = zip_of({"c.zip": zip_of({"daseCV.tar.gz": tar_of({"layers.py": CODE}, "gz")})})

    assert read(tmp_path, {"b.zip": inner, "Dropout.ipynb": notebook()}).owned == {LAYERS: CODE}


def test_deflate64_archives_are_read(tmp_path: Path) -> None:
    """Python's zipfile does not know it; the header says method 9."""
    inflate64 = pytest.importorskip("inflate64")
    packer = inflate64.Deflater()
    packed = packer.deflate(CODE * 100) + packer.flush()
    member = zipfile.ZipInfo(LAYERS)
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as archive:
        archive.writestr(member, packed)
    content = bytearray((tmp_path / "ada.zip").read_bytes())
    for mark, method, crc in ((b"PK\3\4", 8, 14), (b"PK\1\2", 10, 16)):
        start = content.index(mark)
        content[start + method : start + method + 2] = (9).to_bytes(2, "little")
        content[start + crc : start + crc + 4] = zlib.crc32(CODE * 100).to_bytes(4, "little")
        content[start + crc + 8 : start + crc + 12] = (len(CODE) * 100).to_bytes(4, "little")
    (tmp_path / "ada.zip").write_bytes(content)

    assert read_submission(tmp_path / "ada.zip", [LAYERS], []).owned == {LAYERS: CODE * 100}


@pytest.mark.parametrize("name", [".venv", "venv", "env", "node_modules", ".git", "datasets"])
def test_environments_beside_the_work_are_ignored_with_their_links(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name / "bin").mkdir(parents=True)
    (tmp_path / name / "bin" / "python").symlink_to("/usr/bin/python3")
    (tmp_path / "daseCV").mkdir()
    (tmp_path / LAYERS).write_bytes(CODE)

    assert read_submission(tmp_path, [LAYERS], []).owned == {LAYERS: CODE}


def test_a_link_to_an_environment_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "layers.py").write_bytes(CODE)
    (tmp_path / ".venv").symlink_to("/opt/environment")

    assert read_submission(tmp_path, [LAYERS], []).owned == {LAYERS: CODE}


def test_backslashes_and_folder_entries_of_windows_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("work\\", b"")
        archive.writestr("work\\daseCV\\layers.py", CODE)

    assert read_submission(path, [LAYERS], []).owned == {LAYERS: CODE}


# Doubts for a person


@pytest.mark.parametrize(
    ("files", "doubt"),
    [
        ({"Dropout.ipynb": notebook()}, "none of the 1 modules is there"),
        (WORK | {"old/daseCV/layers.py": b"y = 2\n"}, f"{LAYERS} is there 2 times"),
        ({LAYERS: CODE, "Other.ipynb": notebook()}, "Other.ipynb was handed in for Other"),
        ({LAYERS: bytes(600 * 1024)}, f"{LAYERS} has 614,400 bytes"),
        ({"daseCV.rar": b"Rar!"}, "daseCV.rar cannot be opened"),
    ],
    ids=["no modules", "copies", "another week", "too large", "not opened"],
)
def test_a_doubtful_submission_needs_a_person(
    tmp_path: Path, files: dict[str, bytes], doubt: str
) -> None:
    (tmp_path / "ada.zip").write_bytes(zip_of(files))

    found = read_submission(tmp_path / "ada.zip", [LAYERS], [NAME], {}, (NAME, "Other"))

    assert any(one.startswith(doubt) for one in found.doubts)


def test_a_plain_submission_raises_no_doubts(tmp_path: Path) -> None:
    assert read(tmp_path, WORK).doubts == ()


def test_another_week_s_notebook_gets_no_advice_to_rename_it(tmp_path: Path) -> None:
    (tmp_path / "ada.zip").write_bytes(zip_of({LAYERS: CODE, "Other.ipynb": notebook()}))

    found = read_submission(tmp_path / "ada.zip", [LAYERS], [NAME], {}, (NAME, "Other"))

    assert not any("name it" in note for note in found.notes)


def test_an_inner_archive_that_cannot_be_opened_is_reported(tmp_path: Path) -> None:
    found = read(tmp_path, {"daseCV.rar": b"Rar!"})

    assert "daseCV.rar cannot be opened: hand in a folder or a .zip" in found.notes


def test_a_damaged_zip_beside_the_work_does_not_matter(tmp_path: Path) -> None:
    found = read(tmp_path, {"old.zip": b"PK\3\4", "Dropout.ipynb": notebook(), LAYERS: CODE})

    assert (found.owned, found.notes) == ({LAYERS: CODE}, ())


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_zip_is_either_read_or_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(zip_of({LAYERS: CODE, "Dropout.ipynb": notebook(), "a.zip": zip_of({})}))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("spoilt") / "ada.zip"
    path.write_bytes(content)

    with contextlib.suppress(RefusedSubmission):
        read_submission(path, [LAYERS], [NAME])


def test_a_member_without_a_name_is_ignored(tmp_path: Path) -> None:
    """Before Python 3.12 `ZipInfo.is_dir` raises on it."""
    nameless = zipfile.ZipInfo("x")
    nameless.filename = ""
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as archive:
        archive.writestr(nameless, "nothing")
        archive.writestr(LAYERS, CODE)

    submission = read_submission(tmp_path / "ada.zip", [LAYERS], [])

    assert submission.owned == {LAYERS: CODE}


# Entries of a disk or a zip that are neither folders nor usual files


def test_a_gbk_name_on_disk_is_decoded(tmp_path: Path) -> None:
    folder = tmp_path / "ada"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + "/作业".encode("gbk"))).mkdir()
    inside = next(folder.iterdir()) / "layers.py"
    inside.write_bytes(CODE)

    submission = read_submission(folder, [LAYERS], [])

    assert submission.owned == {LAYERS: CODE}
    assert "作业/layers.py is used" in submission.notes[0]
    assert submission.digest()


def test_terminal_controls_are_removed_from_names(tmp_path: Path) -> None:
    submission = read(tmp_path, {"\x1b[31m/\u202elayers.py": CODE})

    assert submission.notes[0].isprintable()


def test_a_pipe_or_a_socket_among_the_files_is_ignored(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "layers.py")

    submission = read_submission(tmp_path, [LAYERS], [])

    assert submission.owned == {}
    assert f"{LAYERS} is missing: graded as it was released" in submission.notes


def test_a_folder_that_cannot_be_listed_is_not_treated_as_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)

    with pytest.raises(PermissionError):
        read_submission(tmp_path, [LAYERS], [])


def test_warnings_of_python_s_parser_are_suppressed(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    read(tmp_path, {LAYERS: b"pattern = '\\d'\n"})

    assert not recwarn.list


def test_a_chain_too_long_for_the_parser_is_left_to_the_sandbox(tmp_path: Path) -> None:
    submission = read(tmp_path, {LAYERS: b"x = 1" + b"+1" * 250_000})

    assert submission.notes == (f"{NAME}.ipynb is missing",)
