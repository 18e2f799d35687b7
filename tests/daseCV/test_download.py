"""Downloading: from several mirrors, resumed, verified, unpacked completely or not at all.

The servers here listen on 127.0.0.1 only.
"""

import hashlib
import io
import re
import shutil
import socket
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from daseCV import download
from daseCV.data_utils import find_CIFAR10
from daseCV.download import (
    FOLDER,
    IMAGE_FILES,
    TEST_FILE,
    DownloadError,
    download_CIFAR10,
)

pytestmark = pytest.mark.usefixtures("empty_cache")


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
    monkeypatch.setattr(download, "ARCHIVE", "small.tar.gz")
    monkeypatch.setattr(download, "SHA256", hashlib.sha256(stream.getvalue()).hexdigest())
    monkeypatch.setattr(download, "MIRRORS", ())
    return stream.getvalue()


def test_download_and_unpack_into_the_cache(
    serve: Callable[..., Server], content: bytes, empty_cache: Path
) -> None:
    folder = download_CIFAR10(mirrors=[serve(content).url])

    assert folder == empty_cache / FOLDER == find_CIFAR10()
    assert {file.name for file in folder.iterdir()} == {*IMAGE_FILES, "batches.meta"}
    assert {file.name for file in empty_cache.iterdir()} == {FOLDER, "small.tar.gz"}


def test_existing_images_are_not_downloaded_again(official: Path, dead_url: str) -> None:
    assert download_CIFAR10(official.parent, [dead_url]) == official


def test_a_cut_connection_is_resumed_where_it_broke(
    serve: Callable[..., Server], content: bytes, tmp_path: Path
) -> None:
    server = serve(content, cuts=(700, 300))

    assert find_CIFAR10(download_CIFAR10(tmp_path, [server.url], progressbar=False))
    assert server.asked == [None, "bytes=700-", "bytes=1000-"]


def test_a_later_run_resumes_an_earlier_partial_download(
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


def test_a_partial_file_that_is_already_complete_is_used(
    serve: Callable[..., Server], content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "small.tar.gz.part").write_bytes(content)
    server = serve(content)  # answers 416: there is nothing beyond the part

    assert find_CIFAR10(download_CIFAR10(tmp_path, [server.url], progressbar=False))
    assert server.asked == [f"bytes={len(content)}-"]


def test_a_server_that_sends_the_wrong_range_is_asked_for_the_whole_file(
    serve: Callable[..., Server], content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "small.tar.gz.part").write_bytes(content[:500])
    server = serve(content, early=10)

    assert find_CIFAR10(download_CIFAR10(tmp_path, [server.url], progressbar=False))
    assert server.asked == ["bytes=500-", None]


@pytest.mark.parametrize("size", [500, 100_000])
def test_a_partial_file_of_another_download_is_discarded(
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
