"""Unsafe, huge and damaged archives: the grader refuses them or reads them within bounds."""

import stat
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.submissions import zip_of

from autograder.collecting import archives, files
from autograder.collecting.modules import LARGEST
from autograder.collecting.submission import RefusedSubmission, read_submission

from .harness import LAYERS

Members = dict[str | zipfile.ZipInfo, bytes]


def read(path: Path) -> dict[str, bytes]:
    return read_submission(path, [LAYERS], ["Notebook"]).owned


def pack(path: Path, members: Members, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "members",
    [
        {"../../daseCV/layers.py": b""},
        {"daseCV/../../layers.py": b""},
        {"/etc/cron.d/daseCV/layers.py": b""},
        {"C:\\daseCV\\layers.py": b""},
        {"..\\daseCV\\layers.py": b""},
        {link(LAYERS): b"/etc/passwd"},
        {link("daseCV"): b"/root"},
    ],
    ids=["up", "up-and-down", "absolute", "drive", "backslashes", "link", "linked-folder"],
)
def test_a_path_that_leads_out_of_an_archive_is_refused(members: Members, tmp_path: Path) -> None:
    archive = pack(tmp_path / "submission.zip", members)

    with pytest.raises(RefusedSubmission):
        read(archive)


@pytest.mark.parametrize("target", ["/etc/passwd", "/", "/dev/zero", "layers.py"])
@pytest.mark.parametrize("name", ["daseCV/layers.py", "daseCV"])
def test_a_link_in_a_folder_is_refused(target: str, name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).symlink_to(target)

    with pytest.raises(RefusedSubmission, match="is a link"):
        read(tmp_path)


def test_ten_gigabytes_of_zeros_are_not_unpacked(tmp_path: Path) -> None:
    """A small file that announces 10 GB, a thousand times its own size."""
    archive = pack(tmp_path / "bomb.zip", {LAYERS: bytes(2**20)})
    announce_size(archive, 10 * 2**30 - 2**32 * 2)
    started = time.process_time()

    with pytest.raises(RefusedSubmission):
        read(archive)

    assert time.process_time() - started < 2


def test_large_files_are_refused_for_their_total_size(tmp_path: Path) -> None:
    """Each file is within bounds; together they have 600 MB."""
    members: Members = {f"{n}/picture.png": bytes(2**26) for n in range(9)}

    with pytest.raises(RefusedSubmission, match="more than"):
        read(pack(tmp_path / "bomb.zip", members))


def test_a_file_that_unpacks_to_more_than_it_announces_is_refused(tmp_path: Path) -> None:
    """It announces 100 bytes and unpacks to 64 MB."""
    archive = pack(tmp_path / "liar.zip", {LAYERS: bytes(2**26)})
    announce_size(archive, 100)

    with pytest.raises(RefusedSubmission):
        read(archive)


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path) -> None:
    members: Members = {f"{n}.txt": b"" for n in range(20_001)}

    with pytest.raises(RefusedSubmission, match="more than 20,000 files"):
        read(pack(tmp_path / "many.zip", members, zipfile.ZIP_STORED))


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_is_refused(compression: int, tmp_path: Path) -> None:
    """Any error of the reader of an archive is a refusal."""
    archive = pack(tmp_path / "damaged.zip", {LAYERS: b"x = 1\n" * 1000}, compression)
    content = bytearray(archive.read_bytes())
    content[50:60] = b"\xff" * 10
    archive.write_bytes(content)

    with pytest.raises(RefusedSubmission, match="cannot be read"):
        read(archive)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content, entry: struct.pack_into("<H", content, entry + 6, 999),
        lambda content, entry: struct.pack_into("<H", content, entry + 8, 1),
        lambda content, entry: struct.pack_into("<H", content, entry + 10, 77),
        lambda content, entry: struct.pack_into("<I", content, entry + 42, 2**31),
        lambda content, entry: content.__delitem__(slice(entry + 20, None)),
        lambda content, entry: content.__setitem__(slice(0, None), b"PK"),
    ],
    ids=["version", "encrypted", "compression", "offset", "cut short", "nothing"],
)
def test_a_strange_archive_is_refused(
    damage: Callable[[bytearray, int], None], tmp_path: Path
) -> None:
    archive = pack(tmp_path / "strange.zip", {LAYERS: b"x = 1\n"})
    content = bytearray(archive.read_bytes())
    damage(content, content.rindex(b"PK\x01\x02"))
    archive.write_bytes(content)

    with pytest.raises(RefusedSubmission):
        read(archive)


@pytest.mark.parametrize(("levels", "found"), [(1, True), (4, True), (5, False)])
def test_archives_within_archives_are_opened_up_to_a_depth(
    tmp_path: Path, levels: int, found: bool
) -> None:
    """A zip in the zip is common; endless nesting is a bomb."""
    content: Members = {LAYERS: b"x = 1"}
    for _ in range(levels):
        content = {"inner.zip": zip_of({str(n): text for n, text in content.items()})}

    assert (LAYERS in read(pack(tmp_path / "outer.zip", content))) == found


def test_archives_within_archives_share_one_budget(tmp_path: Path) -> None:
    """Four levels of twenty would be 160,000 archives."""
    content = zip_of({LAYERS: b"x = 1"})
    for _ in range(3):
        content = zip_of({f"{number}.zip": content for number in range(20)})
    opened = []
    count = archives.open_archive

    def open_and_count(*arguments: object) -> zipfile.ZipFile:
        opened.append(arguments)
        return count(*arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archives, "open_archive", open_and_count)
        read(pack(tmp_path / "outer.zip", {"inner.zip": content}))

    assert len(opened) <= 1 + files.MOST_INNER


def test_a_path_that_leads_out_of_an_inner_archive_is_refused(tmp_path: Path) -> None:
    inner = zip_of({"../../daseCV/layers.py": b""})

    with pytest.raises(RefusedSubmission, match="leads out"):
        read(pack(tmp_path / "outer.zip", {"inner.zip": inner}))


def test_inner_archives_share_one_size_limit(tmp_path: Path) -> None:
    """Each archive is within bounds; together they have 640 MB."""
    inner = zip_of({f"{n}.png": bytes(2**25) for n in range(2)})

    with pytest.raises(RefusedSubmission, match="more than"):
        read(pack(tmp_path / "outer.zip", {f"{n}.zip": inner for n in range(10)}))


def test_of_equal_names_in_an_archive_one_file_is_used(tmp_path: Path) -> None:
    """The second would run instead of the first; only one is read, and it is the one that runs."""
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(LAYERS, "shown = True\n")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(LAYERS, "run = True\n")

    assert read(path) == {LAYERS: b"run = True\n"}


def test_a_folder_in_place_of_a_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / LAYERS / "__init__.py").mkdir(parents=True)

    submission = read_submission(tmp_path, [LAYERS], [])

    assert submission.owned == {}
    assert "missing" in submission.notes[0]


def test_ten_megabytes_of_layers_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "daseCV").mkdir()
    (tmp_path / LAYERS).write_bytes(b"# padding\n" * 2**20)

    submission = read_submission(tmp_path, [LAYERS], [])

    assert submission.owned == {}
    assert f"at most {LARGEST:,} are accepted" in submission.notes[0]


def announce_size(archive: Path, size: int) -> None:
    """Make the only member of an archive announce another size, in both headers."""
    content = bytearray(archive.read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x03\x04") + 22, size)
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, size)
    archive.write_bytes(content)
