"""CIFAR-10: what the loader returns, where it looks, what it refuses, how it downloads.

The images here are made up, in the official layout. Servers listen on 127.0.0.1 only.
"""

import hashlib
import io
import pickle
import re
import shutil
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np
import pooch
import pytest

import daseCV
from daseCV import data_utils, download
from daseCV.data_utils import DataError, find_CIFAR10, get_CIFAR10_data
from daseCV.download import (
    FOLDER,
    IMAGE_FILES,
    TEST_FILE,
    Archive,
    DownloadError,
    download_CIFAR10,
)

PurePickler: Any = pickle._Pickler  # the one in Python: only its dispatch can be changed


class Python2Pickler(PurePickler):
    """Writes what Python 2 wrote, as in the official files: 8-bit strings, flags 0 and 1."""

    def save_string(self, value: bytes | str) -> None:
        data = value.encode("latin1") if isinstance(value, str) else value
        self.write(pickle.BINSTRING + struct.pack("<i", len(data)) + data)
        self.memoize(value)

    def save_flag(self, value: bool) -> None:
        self.write(pickle.BININT1 + bytes([value]))

    dispatch: ClassVar = {
        **PurePickler.dispatch,
        bytes: save_string,
        str: save_string,
        bool: save_flag,
    }


def python2_pickle(value: object) -> bytes:
    stream = io.BytesIO()
    Python2Pickler(stream, protocol=2).dump(value)
    return stream.getvalue().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


def batch(number: int, rows: int = 10_000) -> dict[bytes, object]:
    """A batch whose every image says where it is: file, then row as high and low byte."""
    data = np.zeros((rows, 3072), np.uint8)
    row = np.arange(rows)
    data[:, 0], data[:, 1], data[:, 2] = number, row // 256, row % 256
    return {b"data": data, b"labels": [(number + r) % 10 for r in range(rows)]}


def position(X: np.ndarray) -> tuple[int, int]:
    """File and row that an image, loaded with subtract_mean=False, came from."""
    number, high, low = X[0, 0, :3].astype(int)
    return int(number), int(high * 256 + low)


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set in the official layout; the test batch is file 6."""
    folder = tmp_path_factory.mktemp("data") / FOLDER
    folder.mkdir()
    for number, name in enumerate(IMAGE_FILES, start=1):
        (folder / name).write_bytes(python2_pickle(batch(number)))
    return folder


@pytest.fixture
def damaged(official: Path, tmp_path: Path) -> Path:
    """A set of which a test may replace `data_batch_1`."""
    for name in IMAGE_FILES[1:]:
        (tmp_path / name).symlink_to(official / name)
    (tmp_path / "data_batch_1").write_bytes((official / "data_batch_1").read_bytes())
    return tmp_path


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is found unless a test puts it there; returns the (empty) cache."""
    cache = tmp_path / "cache"
    monkeypatch.setattr(pooch, "os_cache", lambda _project: cache)
    monkeypatch.setattr(data_utils, "__file__", str(tmp_path / "package" / "data_utils.py"))
    for variable in ("CIFAR10_DIR", "CIFAR10_MIRROR", "DASECV_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    return cache


# What is returned


def test_shapes_types_and_layout_of_the_course_split(official: Path) -> None:
    data = get_CIFAR10_data(official)

    sizes = {"train": 49_000, "val": 1000, "test": 1000}
    assert {name: X.shape for name, X in data.items()} == {
        **{f"X_{part}": (n, 3, 32, 32) for part, n in sizes.items()},
        **{f"y_{part}": (n,) for part, n in sizes.items()},
    }
    for part in sizes:
        assert data[f"X_{part}"].dtype == np.float32
        assert data[f"X_{part}"].flags.c_contiguous
        assert data[f"y_{part}"].dtype == np.int64


def test_validation_follows_training_and_test_comes_from_its_own_file(official: Path) -> None:
    data = get_CIFAR10_data(official, 14_000, 7000, 10, subtract_mean=False)

    assert position(data["X_train"][0]) == (1, 0)
    assert position(data["X_train"][-1]) == (2, 3999)
    assert position(data["X_val"][0]) == (2, 4000)
    assert position(data["X_val"][-1]) == (3, 999)
    assert position(data["X_test"][-1]) == (6, 9)
    assert data["y_train"][-1] == (2 + 3999) % 10
    assert data["y_val"][0] == (2 + 4000) % 10
    assert data["y_test"][-1] == (6 + 9) % 10


def test_the_mean_training_image_is_subtracted_from_every_part(official: Path) -> None:
    raw = get_CIFAR10_data(official, 1000, 100, 100, subtract_mean=False)

    data = get_CIFAR10_data(official, 1000, 100, 100)

    mean = raw["X_train"].astype(np.float64).mean(axis=0)
    for part in ("X_train", "X_val", "X_test"):
        np.testing.assert_allclose(data[part], raw[part] - mean, atol=1e-4)


def test_the_quick_profile_trains_on_fewer_images_and_says_so(
    official: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DASECV_PROFILE", "quick")

    data = get_CIFAR10_data(official)

    assert len(data["y_train"]) == 9800
    assert capsys.readouterr().out == (
        "profile quick: training on 9,800 of 49,000 images "
        "(unset DASECV_PROFILE for the course's own)\n"
    )


def test_only_the_files_that_are_needed_are_read(damaged: Path) -> None:
    for name in IMAGE_FILES[1:]:
        (damaged / name).unlink()
        (damaged / name).write_bytes(b"not read")

    data = get_CIFAR10_data(damaged, num_training=9000, num_validation=1000, num_test=0)

    assert len(data["y_val"]) == 1000


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((49_001, 1000, 0), r"num_training \+ num_validation: got .* = 50001.* at most 50000"),
        ((10, 10, 10_001), "num_test: got 10001, expected at most 10000"),
        ((10, -1, 10), "num_validation: got -1, expected 0 or more"),
        ((0, 10, 10), "num_training: got 0.*subtract_mean=False"),
    ],
)
def test_a_size_that_does_not_exist_is_refused(
    official: Path, sizes: tuple[int, int, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        get_CIFAR10_data(official, *sizes)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_loading_everything_needs_little_more_memory_than_the_result(official: Path) -> None:
    # ru_maxrss survives exec, so it would start at pytest's own peak; VmHWM does not.
    script = f"""
import re
from daseCV.data_utils import get_CIFAR10_data
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1024
before = peak()
data = get_CIFAR10_data({str(official)!r})
print(peak() - before, sum(array.nbytes for array in data.values()))
"""
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(daseCV.__file__).parents[1],
        check=True,
        capture_output=True,
        text=True,
    )

    used, returned = map(int, result.stdout.split())
    assert returned < used < 800e6


@pytest.mark.real_data
def test_the_real_images_are_balanced(real_cifar10: Path) -> None:
    data = get_CIFAR10_data(real_cifar10, 50_000, 0, 10_000)

    assert data["X_train"].shape == (50_000, 3, 32, 32)
    assert np.bincount(data["y_train"]).tolist() == [5000] * 10
    assert np.bincount(data["y_test"]).tolist() == [1000] * 10


# Where it is looked for


def test_the_argument_wins_then_the_variable_the_package_and_the_cache(
    official: Path, nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy(place: Path) -> Path:
        place.mkdir(parents=True)
        (place / FOLDER).symlink_to(official)
        return place / FOLDER

    cache = copy(nowhere)
    assert find_CIFAR10() == cache
    package = copy(tmp_path / "package" / "datasets")
    assert find_CIFAR10() == package
    variable = copy(tmp_path / "variable")
    monkeypatch.setenv("CIFAR10_DIR", str(variable))
    assert find_CIFAR10() == variable
    assert find_CIFAR10(official) == official


def test_a_place_may_be_the_folder_or_contain_it(official: Path) -> None:
    assert find_CIFAR10(official) == find_CIFAR10(official.parent) == official


def test_a_folder_without_the_set_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"cifar10_dir: got '{tmp_path}', expected"):
        find_CIFAR10(tmp_path)


def test_a_wrong_variable_is_an_error_even_if_the_images_are_elsewhere(
    official: Path, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere.symlink_to(official)
    monkeypatch.setenv("CIFAR10_DIR", "/no/such/folder")

    with pytest.raises(FileNotFoundError, match="CIFAR10_DIR: got '/no/such/folder'"):
        get_CIFAR10_data()


def test_without_images_the_synthetic_ones_are_announced(
    official: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("daseCV.synthetic.synthetic_cifar10_dir", lambda: official)

    get_CIFAR10_data(num_training=10, num_validation=0, num_test=0)

    (line,) = capsys.readouterr().out.splitlines()
    assert "synthetic" in line
    assert "dasecv data download" in line
    assert "download_CIFAR10()" in line
    assert "CIFAR10_DIR" in line


# What is refused


def test_reading_old_files_warns_of_nothing(official: Path) -> None:
    # NumPy 2.4.0 to 2.4.4 do, and nbgrader gives no point to a cell that writes to stderr.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        get_CIFAR10_data(official, 10, 0, 0)


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_set_pickled_by_python_3_is_read_as_well(damaged: Path, protocol: int) -> None:
    (damaged / "data_batch_1").write_bytes(pickle.dumps(batch(1), protocol))

    data = get_CIFAR10_data(damaged, 10, 0, 0, subtract_mean=False)

    assert position(data["X_train"][9]) == (1, 9)


def test_a_truncated_file_is_named(damaged: Path) -> None:
    file = damaged / "data_batch_1"
    file.write_bytes(file.read_bytes()[:1_000_000])

    with pytest.raises(DataError, match=f"{file}: found .*expected .*Delete the folder {damaged}"):
        get_CIFAR10_data(damaged)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ([1, 2], "a list"),
        ({b"data": [0], b"labels": [0]}, "data of type list"),
        (batch(1, rows=9999), r"data of shape \(9999, 3072\), uint8"),
        ({**batch(1), b"data": np.zeros((10_000, 3072), np.int64)}, "int64"),
        ({**batch(1), b"labels": [0] * 9999}, "9999 labels"),
        ({**batch(1), b"labels": [0] * 9999 + [10]}, "the label 10"),
        ({**batch(1), b"labels": [0] * 9999 + ["cat"]}, "the label b'cat'"),
    ],
)
def test_a_file_with_something_else_in_it_says_what(
    damaged: Path, content: object, found: str
) -> None:
    (damaged / "data_batch_1").write_bytes(python2_pickle(content))

    with pytest.raises(DataError, match=f"data_batch_1: found .*{found}.*10,000 rows of 3,072"):
        get_CIFAR10_data(damaged)


class Foreign:
    """Unpickling it would create the file `evidence`."""

    def __init__(self, evidence: Path) -> None:
        self.evidence = evidence

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return open, (str(self.evidence), "w")


def test_a_foreign_pickle_runs_nothing(damaged: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    (damaged / "data_batch_1").write_bytes(pickle.dumps(Foreign(evidence)))

    with pytest.raises(DataError, match=r"refused to load (_?io)\.open"):
        get_CIFAR10_data(damaged)

    assert not evidence.exists()


# The download


class Server:
    """A loopback server of one file, with the faults that a test asks for."""

    def __init__(
        self, content: bytes, ranges: bool = True, cuts: tuple[int, ...] = (), early: int = 0
    ) -> None:
        self.content = content
        self.ranges = ranges
        self.early = early  # bytes by which a range begins too early
        self.cuts = list(cuts)  # bytes after which the next answers break off
        self.asked: list[str | None] = []  # the Range header of each request
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/archive.tar.gz"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        self.asked.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.ranges else 0
        size = len(self.content)
        if start >= size:
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{size}")
            request.end_headers()
            return
        request.send_response(206 if start else 200)
        start = max(start - self.early, 0)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        request.send_header("Content-Length", str(size - start))
        request.end_headers()
        request.wfile.write(self.content[start:][: self.cuts.pop(0) if self.cuts else None])


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Start servers; they stop with the test."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    servers: list[Server] = []

    def start(*args: object, **kwargs: object) -> Server:
        servers.append(Server(*args, **kwargs))  # type: ignore[arg-type]
        return servers[-1]

    yield start
    for server in servers:
        server.http.shutdown()
        server.http.server_close()


@pytest.fixture
def dead_url() -> str:
    """An address at which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/archive.tar.gz"


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A small archive in the official layout, which `download_CIFAR10` now expects."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name in (*IMAGE_FILES, "batches.meta", "readme.html"):
            member = tarfile.TarInfo(f"{FOLDER}/{name}")
            member.size = 1000
            noise = np.random.default_rng(len(name)).bytes(member.size)
            tar.addfile(member, io.BytesIO(noise))
    archive = Archive("small.tar.gz", hashlib.sha256(stream.getvalue()).hexdigest(), mirrors=())
    monkeypatch.setattr(download, "CIFAR10", archive)
    return stream.getvalue()


def test_download_and_unpack_into_the_cache(
    serve: Callable[..., Server], content: bytes, nowhere: Path
) -> None:
    folder = download_CIFAR10(mirrors=[serve(content).url])

    assert folder == nowhere / FOLDER == find_CIFAR10()
    assert {file.name for file in folder.iterdir()} == {*IMAGE_FILES, "batches.meta"}
    assert {file.name for file in nowhere.iterdir()} == {FOLDER, "small.tar.gz"}


def test_what_is_there_is_not_downloaded_again(official: Path, dead_url: str) -> None:
    assert download_CIFAR10(official.parent, [dead_url]) == official


def test_a_cut_connection_is_resumed_where_it_broke(
    serve: Callable[..., Server], content: bytes, tmp_path: Path
) -> None:
    server = serve(content, cuts=(700, 300))

    assert find_CIFAR10(download_CIFAR10(tmp_path, [server.url], progressbar=False))
    assert server.asked == [None, "bytes=700-", "bytes=1000-"]


def test_a_later_run_resumes_what_an_earlier_one_left(
    serve: Callable[..., Server], content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "small.tar.gz.part").write_bytes(content[:500])
    server = serve(content)

    assert find_CIFAR10(download_CIFAR10(tmp_path, [server.url], progressbar=False))
    assert server.asked == ["bytes=500-"]


def test_a_server_without_ranges_sends_everything_again(
    serve: Callable[..., Server], content: bytes, tmp_path: Path
) -> None:
    server = serve(content, ranges=False, cuts=(700,))

    assert find_CIFAR10(download_CIFAR10(tmp_path, [server.url], progressbar=False))
    assert server.asked == [None, "bytes=700-"]


def test_a_part_that_is_already_whole_is_used(
    serve: Callable[..., Server], content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "small.tar.gz.part").write_bytes(content)
    server = serve(content)  # answers 416: there is nothing beyond the part

    assert find_CIFAR10(download_CIFAR10(tmp_path, [server.url], progressbar=False))
    assert server.asked == [f"bytes={len(content)}-"]


def test_a_server_that_sends_another_range_is_asked_for_the_whole(
    serve: Callable[..., Server], content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "small.tar.gz.part").write_bytes(content[:500])
    server = serve(content, early=10)

    assert find_CIFAR10(download_CIFAR10(tmp_path, [server.url], progressbar=False))
    assert server.asked == ["bytes=500-", None]


@pytest.mark.parametrize("size", [500, 100_000])
def test_a_part_of_something_else_is_dropped(
    serve: Callable[..., Server], content: bytes, tmp_path: Path, size: int
) -> None:
    (tmp_path / "small.tar.gz.part").write_bytes(b"?" * size)
    server = serve(content)

    assert find_CIFAR10(download_CIFAR10(tmp_path, [server.url], progressbar=False))
    assert server.asked == [f"bytes={size}-", None]


def test_a_wrong_checksum_leaves_nothing_behind(
    serve: Callable[..., Server], content: bytes, tmp_path: Path
) -> None:
    server = serve(content[:-1] + b"?")

    with pytest.raises(DownloadError, match="hash"):
        download_CIFAR10(tmp_path / "target", [server.url], progressbar=False)

    assert list((tmp_path / "target").iterdir()) == []


def test_the_second_mirror_answers_when_the_first_is_dead(
    serve: Callable[..., Server], content: bytes, dead_url: str, tmp_path: Path
) -> None:
    mirrors = [dead_url, serve(content).url]

    assert find_CIFAR10(download_CIFAR10(tmp_path, mirrors, progressbar=False))


def test_the_mirror_of_the_course_comes_first(
    serve: Callable[..., Server], content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(content)
    monkeypatch.setenv("CIFAR10_MIRROR", server.url)

    assert find_CIFAR10(download_CIFAR10(tmp_path, progressbar=False))
    assert server.asked == [None]


def test_when_all_mirrors_are_dead_the_error_lists_them(
    content: bytes, dead_url: str, tmp_path: Path
) -> None:
    mirrors = [dead_url, dead_url.replace("archive", "another")]

    with pytest.raises(DownloadError, match="CIFAR10_DIR") as caught:
        download_CIFAR10(tmp_path, mirrors, progressbar=False)

    for url in mirrors:
        assert re.search(f"{re.escape(url)}: ConnectionError: .*refused", str(caught.value))


def test_an_interrupted_extraction_does_not_look_complete(
    serve: Callable[..., Server], content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(content)

    def interrupt(source: IO[bytes], file: IO[bytes]) -> None:
        file.write(source.read(10))
        if file.name.endswith(TEST_FILE):  # the last one: the others are whole
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfileobj", interrupt)
        with pytest.raises(KeyboardInterrupt):
            download_CIFAR10(tmp_path, [server.url], progressbar=False)

    with pytest.raises(FileNotFoundError):
        find_CIFAR10(tmp_path)
    assert find_CIFAR10(download_CIFAR10(tmp_path, [server.url], progressbar=False))
    assert server.asked == [None]  # the archive was kept
