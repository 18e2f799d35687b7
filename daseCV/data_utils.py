"""Load CIFAR-10 as NumPy arrays, split into training, validation and test images.

It finds the images, reads them and centres them. It does not download by itself (that is
`download_CIFAR10`), augment, or make batches (that is the solver's).
"""

import os
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pooch

from .download import FOLDER, IMAGE_FILES, TEST_FILE, TRAIN_FILES, download_CIFAR10, locate
from .errors import DaseCVError
from .language import Message, say
from .profile import PROFILES, VARIABLE, profile

__all__ = ["DataError", "download_CIFAR10", "find_CIFAR10", "get_CIFAR10_data"]

DIR_VARIABLE = "CIFAR10_DIR"
ROWS = 10_000  # images in each file
IMAGE = (3, 32, 32)  # channel, height, width
CLASSES = 10

_HOW_TO_GET = Message(
    "run `python -m daseCV data`, or in Python "
    "`from daseCV.data_utils import download_CIFAR10; download_CIFAR10()`, "
    "or set {variable} to the folder {folder}",
    variable=DIR_VARIABLE,
    folder=FOLDER,
)


_loaded: Path | None = None  # where the images came from


class DataError(DaseCVError, ValueError):
    """A file of the set is damaged, or has other contents than expected."""


def get_CIFAR10_data(
    cifar10_dir: str | os.PathLike[str] | None = None,
    num_training: int | None = None,
    num_validation: int | None = None,
    num_test: int = 1000,
    subtract_mean: bool = True,
) -> dict[str, np.ndarray]:
    """Load CIFAR-10 for training, validation and test.

    The first `num_training` of the 50,000 training images, the `num_validation` that follow
    them, and the first `num_test` of the 10,000 test images.

    Parameters
    ----------
    cifar10_dir : path, optional
        `cifar-10-batches-py` or the folder that contains it; see `find_CIFAR10` for where it
        is looked for otherwise. When no images are found, synthetic ones are used, and a
        printed line says so.
    num_training, num_validation : int, optional
        The default is the current profile's: 49,000 and 1,000 in the course.
    num_test : int
    subtract_mean : bool
        Subtract the mean training image from all images.

    Returns
    -------
    dict of str to numpy.ndarray
        `X_train`, `X_val`, `X_test`: shape (N, 3, 32, 32), float32, C-contiguous, in units of
        grey levels (0..255 before the mean is subtracted). `y_train`, `y_val`, `y_test`:
        shape (N,), int64, the classes 0..9.

    Raises
    ------
    ValueError
        If a size is negative or larger than what exists.
    FileNotFoundError
        If `cifar10_dir` or `CIFAR10_DIR` is given and does not hold the set.
    DataError
        If a file of the set is damaged.

    References
    ----------
    A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
    """
    if num_training is None:
        num_training = _profile_size()
    if num_validation is None:
        num_validation = profile().validation_images
    _check_sizes(num_training, num_validation, num_test)
    if subtract_mean and num_training == 0:
        raise ValueError(
            "num_training: got 0, expected at least 1 image to take the mean of; "
            "ask for more images, or pass subtract_mean=False"
        )
    global _loaded
    folder = _loaded = find_CIFAR10(cifar10_dir) or _find_synthetic()

    train, val, test = (
        (np.empty((n, *IMAGE), np.float32), np.empty(n, np.int64))
        for n in (num_training, num_validation, num_test)
    )
    _read([folder / name for name in TRAIN_FILES], [train, val])
    _read([folder / TEST_FILE], [test])
    if subtract_mean:
        # The sum of 49,000 grey levels needs more digits than float32 has; a reduction with
        # a dtype accumulates in it without a float64 copy of the images.
        mean = train[0].mean(axis=0, dtype=np.float64).astype(np.float32)
        for X, _ in (train, val, test):
            X -= mean
    return {
        "X_train": train[0],
        "y_train": train[1],
        "X_val": val[0],
        "y_val": val[1],
        "X_test": test[0],
        "y_test": test[1],
    }


def are_synthetic() -> bool:
    """Whether the images loaded last are the synthetic ones, which have classes of their own."""
    from .synthetic import VERSION

    return _loaded is not None and _loaded.parent.name == VERSION


def find_CIFAR10(cifar10_dir: str | os.PathLike[str] | None = None) -> Path | None:
    """Find the folder that holds the six image files of CIFAR-10.

    Looked for in the argument, the environment variable `CIFAR10_DIR`, `datasets/` beside
    this module, and the cache of `download_CIFAR10`, in this order. Each may be
    `cifar-10-batches-py` itself or the folder that contains it.

    Parameters
    ----------
    cifar10_dir : path, optional
        The only place to look in, when given.

    Returns
    -------
    pathlib.Path or None
        The folder, or None when no place was named and none holds the set.

    Raises
    ------
    FileNotFoundError
        If a place was named, by the argument or the variable, and does not hold the set.
    """
    if cifar10_dir is not None:
        return _locate_named("cifar10_dir", cifar10_dir)
    if named := os.environ.get(DIR_VARIABLE):
        return _locate_named(DIR_VARIABLE, named)
    for place in (Path(__file__).parent / "datasets", pooch.os_cache("dasecv")):
        if folder := locate(place):
            return folder
    return None


def _locate_named(source: str, place: str | os.PathLike[str]) -> Path:
    """Return the set's folder in a place that the user named; other places are not searched."""
    folder = locate(Path(place).expanduser())
    if folder is None:
        raise FileNotFoundError(
            say(
                "{source}: got {place}, expected {folder} or a folder that contains it, with the "
                "files {files}{missing}; correct the path, or {how_to_get}",
                source=source,
                place=repr(os.fspath(place)),
                folder=FOLDER,
                files=", ".join(IMAGE_FILES),
                missing=_name_missing(Path(place).expanduser()),
                how_to_get=_HOW_TO_GET,
            )
        )
    return folder


def _name_missing(place: Path) -> str:
    """The files missing from an incomplete set; '' if the folder has none of the set."""
    for folder in (place, place / FOLDER):
        here = [name for name in IMAGE_FILES if (folder / name).is_file()]
        if here:
            missing = [name for name in IMAGE_FILES if name not in here]
            return Message(" ({names} missing)", names=", ".join(missing))
    return ""


def _find_synthetic() -> Path:
    """Return the folder of the synthetic set, and say that it is not the real one."""
    from .synthetic import synthetic_cifar10_dir

    print(
        say(
            "CIFAR-10 not found: using synthetic images. For the real ones, {how_to_get}",
            how_to_get=_HOW_TO_GET,
        )
    )
    return synthetic_cifar10_dir()


def _profile_size() -> int:
    """Return the number of training images of the current profile; say if it is reduced."""
    current, course = profile(), PROFILES["course"]
    if current.train_images < course.train_images:
        print(
            say(
                "profile {name}: training on {count:,} of {total:,} images (unset {variable} for "
                "the course's own)",
                name=current.name,
                count=current.train_images,
                total=course.train_images,
                variable=VARIABLE,
            )
        )
    return current.train_images


def _check_sizes(num_training: int, num_validation: int, num_test: int) -> None:
    """Raise ValueError unless the set has that many images."""
    available = ROWS * len(TRAIN_FILES)
    sizes = {"num_training": num_training, "num_validation": num_validation, "num_test": num_test}
    for name, size in sizes.items():
        if size < 0:
            raise ValueError(f"{name}: got {size}, expected 0 or more; ask for fewer, not negative")
    if num_training + num_validation > available:
        raise ValueError(
            f"num_training + num_validation: got {num_training} + {num_validation} = "
            f"{num_training + num_validation}, expected at most {available}; reduce one of them"
        )
    if num_test > ROWS:
        raise ValueError(f"num_test: got {num_test}, expected at most {ROWS}; reduce it")


def _read(files: Sequence[Path], parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    """Fill the parts, one after the other, with consecutive images, reading each file once."""
    stops = np.cumsum([len(y) for _, y in parts])
    for begin, file in zip(range(0, int(stops[-1]), ROWS), files, strict=False):
        data, labels = _read_batch(file)
        images = data.reshape(ROWS, *IMAGE)
        for (X, y), stop in zip(parts, stops, strict=True):
            start = stop - len(y)
            low, high = max(start, begin), min(stop, begin + ROWS)
            if low < high:
                X[low - start : high - start] = images[low - begin : high - begin]
                y[low - start : high - start] = labels[low - begin : high - begin]


def _read_batch(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return data (10000, 3072) uint8 and labels (10000,) int64 of one file, verified."""
    with open(file, "rb") as stream:
        try:
            batch = _Unpickler(stream, encoding="bytes").load()
        # A damaged pickle raises nearly anything: the pickle documentation gives no list.
        except Exception as error:
            raise _damage_error(file, f"{type(error).__name__}: {error}") from error
    if not isinstance(batch, dict):
        raise _damage_error(file, f"a {type(batch).__name__}")
    data = batch.get(b"data", batch.get("data"))
    labels = batch.get(b"labels", batch.get("labels"))
    size = int(np.prod(IMAGE))
    if not isinstance(data, np.ndarray):
        raise _damage_error(file, f"data of type {type(data).__name__}")
    if data.dtype != np.uint8 or data.shape != (ROWS, size):
        raise _damage_error(file, f"data of shape {data.shape}, {data.dtype}")
    if not isinstance(labels, list) or len(labels) != ROWS:
        count = len(labels) if isinstance(labels, list) else "no list of"
        raise _damage_error(file, f"{count} labels")
    for label in labels:
        if not isinstance(label, int) or not 0 <= label < CLASSES:
            raise _damage_error(file, f"the label {label!r}")
    return data, np.array(labels, np.int64)


def _damage_error(file: Path, found: str) -> DataError:
    return DataError(
        say(
            "{file}: found {found}; expected a CIFAR-10 batch: {rows:,} rows of {size:,} uint8 "
            "and as many labels 0..{last}. Delete the folder {folder} and download it again: "
            "{how_to_get}",
            file=file,
            found=found,
            rows=ROWS,
            size=int(np.prod(IMAGE)),
            last=CLASSES - 1,
            folder=file.parent,
            how_to_get=_HOW_TO_GET,
        )
    )


_ADMITTED: dict[tuple[str, str], Callable[..., Any]] = {
    # The state that follows fills the array.
    ("numpy.core.multiarray", "_reconstruct"): lambda *_: np.empty(0, np.uint8),
    ("numpy._core.multiarray", "_reconstruct"): lambda *_: np.empty(0, np.uint8),
    ("numpy", "ndarray"): np.ndarray,
    # NumPy 2.4.0 to 2.4.4 warn of the old flags, 0 and 1.
    ("numpy", "dtype"): lambda code, *_flags: np.dtype(code),
    # Python 3 writes bytes as such a call in protocol 2.
    ("_codecs", "encode"): lambda text, _encoding: text.encode("latin1"),
}


class _Unpickler(pickle.Unpickler):
    """Reads the arrays and lists of the official files, and runs no code from a file."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what replaces a global of the pickle; refuse those no batch needs."""
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"refused to load {module}.{name}") from None
