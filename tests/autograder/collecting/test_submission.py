"""A submission is read wherever its files are; an unsafe one is refused entirely."""

import os
import stat
import zipfile
from pathlib import Path

import pytest

from autograder.collecting import archives
from autograder.collecting import notebooks as module
from autograder.collecting.archives import Limits
from autograder.collecting.modules import LARGEST
from autograder.collecting.submission import RefusedSubmission, Submission, read_submission

NOTEBOOK = "ConvolutionalNetworks"
OWNED = ("daseCV/layers.py", "daseCV/classifiers/cnn.py")
FILES = {
    "daseCV/layers.py": b"x = 1\n",
    "daseCV/classifiers/cnn.py": b"y = 2\n",
    f"{NOTEBOOK}.ipynb": b"{}",
}


def write_folder(folder: Path, files: dict[str, bytes], under: str = "") -> Path:
    for name, content in files.items():
        path = folder / under / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_zip(path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def read(path: Path) -> Submission:
    return read_submission(path, OWNED, (NOTEBOOK,))


# Where files are


def test_a_folder_is_read(tmp_path: Path) -> None:
    submission = read(write_folder(tmp_path, FILES))

    assert submission.owned == {name: FILES[name] for name in OWNED}
    assert submission.notebooks == {NOTEBOOK: b"{}"}
    assert submission.notes == ()


def test_a_zip_is_read(tmp_path: Path) -> None:
    submission = read(write_zip(tmp_path / "alice.zip", FILES))

    assert submission.owned == {name: FILES[name] for name in OWNED}
    assert submission.notebooks == {NOTEBOOK: b"{}"}


@pytest.mark.parametrize("under", ["assignment", "my homework/final (2)", "daseCV", "作业"])
def test_files_are_found_in_a_folder_of_the_submission(tmp_path: Path, under: str) -> None:
    folder = write_folder(tmp_path / "folder", FILES, under)
    archive = write_zip(tmp_path / "a.zip", {f"{under}/{name}": FILES[name] for name in FILES})

    for path in (folder, archive):
        submission = read(path)
        assert set(submission.owned) == set(OWNED)
        assert set(submission.notebooks) == {NOTEBOOK}


def test_the_copy_nearest_to_the_top_counts(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES)
    write_folder(tmp_path, {"daseCV/layers.py": b"old = 1"}, "backup")

    assert read(tmp_path).owned["daseCV/layers.py"] == b"x = 1\n"


def test_a_notebook_beside_the_package_counts_before_one_inside_it(tmp_path: Path) -> None:
    write_folder(tmp_path, {f"daseCV/{NOTEBOOK}.ipynb": b"inside"})
    write_folder(tmp_path, {f"work/mine/{NOTEBOOK}.ipynb": b"beside"})

    assert read(tmp_path).notebooks[NOTEBOOK] == b"beside"


def test_a_zip_of_windows_with_backslashes_is_read(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"work\\daseCV\\layers.py": b"x = 1"})

    assert read(path).owned["daseCV/layers.py"] == b"x = 1"


@pytest.mark.parametrize(
    "name", ["__MACOSX/daseCV/layers.py", ".ipynb_checkpoints/daseCV/layers.py"]
)
def test_system_files_beside_submissions_are_ignored(tmp_path: Path, name: str) -> None:
    folder = write_folder(tmp_path / "folder", {name: b"resource fork"})
    archive = write_zip(tmp_path / "a.zip", {name: b"resource fork"})

    assert read(folder).owned == read(archive).owned == {}


def test_given_files_are_not_taken_from_a_submission(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path, FILES | {"daseCV/fast_layers.py": b"mine", "sitecustomize.py": b""}
    )

    assert set(read(folder).owned) == set(OWNED)


# Notes


def test_missing_files_are_noted(tmp_path: Path) -> None:
    submission = read(write_folder(tmp_path, {"daseCV/layers.py": b""}))

    assert submission.notes == (
        "daseCV/classifiers/cnn.py is missing: graded as it was released",
        f"{NOTEBOOK}.ipynb is missing",
    )


def test_an_empty_folder_is_a_submission_without_files(tmp_path: Path) -> None:
    submission = read(tmp_path)

    assert (submission.owned, submission.notebooks) == ({}, {})
    assert len(submission.notes) == 3


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"def f(:\n", "SyntaxError in line 1"),
        (b"x = 1\nif x:\ny = 2\n", "IndentationError in line 3"),
        (b"x = '\xff'\n", "SyntaxError"),
        (b"x = 1\0\n", "SyntaxError|ValueError"),
        (b"(" * 5000, "SyntaxError|MemoryError|RecursionError"),
        (b"-" * 100_000 + b"1", "SyntaxError|MemoryError|RecursionError"),
    ],
    ids=["syntax", "indentation", "not UTF-8", "a null byte", "brackets", "minuses"],
)
def test_a_file_that_python_cannot_parse_is_accepted_with_a_note(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    submission = read(write_folder(tmp_path, FILES | {"daseCV/layers.py": content}))

    [note] = submission.notes
    assert submission.owned["daseCV/layers.py"] == content
    prefix, _, reason = note.partition(": ")
    assert prefix == "daseCV/layers.py cannot be read by Python"
    assert any(reason.startswith(kind) for kind in problem.split("|"))


def test_a_file_that_is_too_large_is_skipped_with_a_note(tmp_path: Path) -> None:
    submission = read(write_folder(tmp_path, FILES | {"daseCV/layers.py": b"#" * (LARGEST + 1)}))

    assert "daseCV/layers.py" not in submission.owned
    assert submission.notes[0].startswith("daseCV/layers.py has 524,289 bytes, at most 524,288")


def test_a_notebook_that_is_too_large_is_skipped_with_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST_NOTEBOOK", 1)

    submission = read(write_folder(tmp_path, FILES))

    assert submission.notebooks == {}
    assert submission.notes == (f"{NOTEBOOK}.ipynb has 2 bytes, at most 1 are accepted: not used",)


# Refusals


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES)
    (tmp_path / "daseCV/layers.py").unlink()
    (tmp_path / "daseCV/layers.py").symlink_to("/etc/passwd")

    with pytest.raises(RefusedSubmission, match=r"daseCV/layers.py is a link, expected a file"):
        read(tmp_path)


def test_a_link_to_a_folder_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "alice", {f"{NOTEBOOK}.ipynb": b"{}"})
    (folder / "daseCV").symlink_to(write_folder(tmp_path / "bob", FILES) / "daseCV")

    with pytest.raises(RefusedSubmission, match="daseCV is a link"):
        read(folder)


def test_a_pipe_in_a_folder_is_ignored_without_waiting(tmp_path: Path) -> None:
    write_folder(tmp_path, {"daseCV/classifiers/cnn.py": b""})
    os.mkfifo(tmp_path / "daseCV/layers.py")

    assert "daseCV/layers.py" not in read(tmp_path).owned


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("daseCV/layers.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")

    with pytest.raises(RefusedSubmission, match="is a link"):
        read(tmp_path / "a.zip")


@pytest.mark.parametrize(
    "name",
    [
        "../daseCV/layers.py",
        "daseCV/../../layers.py",
        "/daseCV/layers.py",
        "..\\daseCV\\layers.py",
        "C:\\daseCV\\layers.py",
        "C:/daseCV/layers.py",
    ],
)
def test_a_path_that_leads_out_of_a_zip_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedSubmission, match="leads out of it"):
        read(write_zip(tmp_path / "a.zip", {name: b"x = 1"}))


def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "SUBMISSION", Limits(20_000, 10**6))

    with pytest.raises(RefusedSubmission, match="or 1,000,000 bytes unpacked"):
        read(write_zip(tmp_path / "a.zip", {f"{n}": bytes(10**5) for n in range(11)}))


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_too_many_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(archives, "SUBMISSION", Limits(5, 10**6))
    files = {f"{number}.txt": b"" for number in range(6)}
    write = write_folder if kind == "folder" else write_zip

    with pytest.raises(RefusedSubmission, match="more than 5 files"):
        read(write(tmp_path / "a.zip", files))


def test_a_file_larger_than_the_zip_announces_is_refused(tmp_path: Path) -> None:
    """The other limits use the announced size."""
    path = write_zip(tmp_path / "a.zip", {"daseCV/layers.py": bytes(10_000)})
    content = bytearray(path.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (5).to_bytes(4, "little")
    path.write_bytes(content)

    with pytest.raises(RefusedSubmission):
        read(path)


@pytest.mark.parametrize(
    "compression",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
    ids=["stored", "deflate", "bzip2", "lzma"],
)
def test_a_damaged_file_in_a_zip_is_refused(tmp_path: Path, compression: int) -> None:
    text = b"".join(b"x%d = %d\n" % (n, n * n) for n in range(2000))
    path = write_zip(tmp_path / "a.zip", {"daseCV/layers.py": text}, compression)
    content = bytearray(path.read_bytes())
    content[100:400] = bytes(300)
    path.write_bytes(content)

    with pytest.raises(RefusedSubmission, match="in the zip cannot be read"):
        read(path)


@pytest.mark.parametrize(
    "content", [b"", b"no zip", b"PK\x03\x04" + bytes(40)], ids=["empty", "a text", "cut short"]
)
def test_a_file_that_is_not_a_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)

    with pytest.raises(RefusedSubmission, match="is not a readable archive"):
        read(path)


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither a folder nor a"):
        read(tmp_path / "nobody")


# The digest of the content


def test_equal_content_has_the_same_digest_in_any_folder(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "alice", FILES, "homework")
    archive = write_zip(tmp_path / "bob.zip", FILES)

    assert read(folder).digest() == read(archive).digest()


@pytest.mark.parametrize(
    "other",
    [
        Submission("", {"a": b"12", "b": b""}, {}),
        Submission("", {"a": b"1"}, {}),
        Submission("", {"ab": b"", "": b"1"}, {}),
        Submission("", {"a": b"1"}, {"b": b""}),
        Submission("", {}, {"a": b"1", "b": b""}),
    ],
)
def test_different_content_has_another_digest(other: Submission) -> None:
    assert other.digest() != Submission("", {"a": b"1", "b": b""}, {}).digest()


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (b"given = 1\n", ()),
        (b"given = 1\r\n", ()),
        (b"given = 2\n", ("daseCV/solver.py was changed: graded as it was released",)),
    ],
)
def test_a_changed_given_file_is_noted(
    tmp_path: Path, content: bytes, notes: tuple[str, ...]
) -> None:
    (tmp_path / "daseCV").mkdir()
    (tmp_path / "daseCV" / "solver.py").write_bytes(content)

    submission = read_submission(tmp_path, [], [], {"daseCV/solver.py": b"given = 1\n"})

    assert submission.notes == notes
