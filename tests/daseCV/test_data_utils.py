"""CIFAR-10: what the loader returns, where it looks, what it refuses.

The images here are artificial, in the official layout.
"""

import os
import pickle
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.official_layout import batch, python2_pickle

import daseCV
from daseCV import data_utils
from daseCV.data_utils import DataError, find_CIFAR10, get_CIFAR10_data
from daseCV.download import (
    FOLDER,
    IMAGE_FILES,
)

pytestmark = [pytest.mark.usefixtures("empty_cache"), pytest.mark.slow]


def position(X: np.ndarray) -> tuple[int, int]:
    """File and row that an image, loaded with subtract_mean=False, came from."""
    number, high, low = X[0, 0, :3].astype(int)
    return int(number), int(high * 256 + low)


@pytest.fixture
def writable_set(official: Path, tmp_path: Path) -> Path:
    """A copy of the set whose `data_batch_1` a test may replace."""
    for name in IMAGE_FILES[1:]:
        (tmp_path / name).symlink_to(official / name)
    (tmp_path / "data_batch_1").write_bytes((official / "data_batch_1").read_bytes())
    return tmp_path


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


def test_only_the_files_that_are_needed_are_read(writable_set: Path) -> None:
    for name in IMAGE_FILES[1:]:
        (writable_set / name).unlink()
        (writable_set / name).write_bytes(b"not read")

    data = get_CIFAR10_data(writable_set, num_training=9000, num_validation=1000, num_test=0)

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
        env=os.environ | {"DASECV_PROFILE": "course"},
        check=True,
        capture_output=True,
        text=True,
    )

    used, returned = map(int, result.stdout.split())
    assert returned < used < 800e6


@pytest.mark.real_data
@pytest.mark.proof
def test_the_real_images_are_balanced(real_cifar10: Path) -> None:
    data = get_CIFAR10_data(real_cifar10, 50_000, 0, 10_000)

    assert data["X_train"].shape == (50_000, 3, 32, 32)
    assert np.bincount(data["y_train"]).tolist() == [5000] * 10
    assert np.bincount(data["y_test"]).tolist() == [1000] * 10


# Where it is looked for


def test_images_are_looked_up_by_argument_variable_package_and_cache(
    official: Path, empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy(place: Path) -> Path:
        place.mkdir(parents=True)
        (place / FOLDER).symlink_to(official)
        return place / FOLDER

    cache = copy(empty_cache)
    assert find_CIFAR10() == cache
    package = copy(tmp_path / "package" / "datasets")
    assert find_CIFAR10() == package
    variable = copy(tmp_path / "variable")
    monkeypatch.setenv("CIFAR10_DIR", str(variable))
    assert find_CIFAR10() == variable
    assert find_CIFAR10(official) == official


def test_the_given_place_may_be_the_folder_or_its_parent(official: Path) -> None:
    assert find_CIFAR10(official) == find_CIFAR10(official.parent) == official


def test_a_folder_without_the_set_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"cifar10_dir: got '{tmp_path}', expected"):
        find_CIFAR10(tmp_path)


def test_a_wrong_variable_is_an_error_even_if_images_are_elsewhere(
    official: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_cache.symlink_to(official)
    monkeypatch.setenv("CIFAR10_DIR", "/no/such/folder")

    with pytest.raises(FileNotFoundError, match="CIFAR10_DIR: got '/no/such/folder'"):
        get_CIFAR10_data()


@pytest.mark.parametrize(("language", "word"), [("en", "synthetic"), ("zh", "合成图片")])
def test_using_synthetic_images_is_announced(
    official: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    language: str,
    word: str,
) -> None:
    monkeypatch.setenv("DASECV_LANG", language)
    monkeypatch.setattr("daseCV.synthetic.synthetic_cifar10_dir", lambda: official)

    get_CIFAR10_data(num_training=10, num_validation=0, num_test=0)

    (line,) = capsys.readouterr().out.splitlines()
    assert word in line
    assert "python -m daseCV data" in line
    assert "download_CIFAR10()" in line
    assert "CIFAR10_DIR" in line


# What is refused


def test_reading_official_files_raises_no_warning(official: Path) -> None:
    # NumPy 2.4.0 to 2.4.4 warn, and nbgrader gives no points to a cell that writes to stderr.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        get_CIFAR10_data(official, 10, 0, 0)


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_set_pickled_by_python_3_is_read_as_well(writable_set: Path, protocol: int) -> None:
    (writable_set / "data_batch_1").write_bytes(pickle.dumps(batch(1), protocol))

    data = get_CIFAR10_data(writable_set, 10, 0, 0, subtract_mean=False)

    assert position(data["X_train"][9]) == (1, 9)


def test_a_truncated_file_is_named(writable_set: Path) -> None:
    file = writable_set / "data_batch_1"
    file.write_bytes(file.read_bytes()[:1_000_000])

    with pytest.raises(
        DataError, match=f"{file}: found .*expected .*Delete the folder {writable_set}"
    ):
        get_CIFAR10_data(writable_set)


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
def test_unexpected_contents_of_a_file_are_described(
    writable_set: Path, content: object, found: str
) -> None:
    (writable_set / "data_batch_1").write_bytes(python2_pickle(content))

    with pytest.raises(DataError, match=f"data_batch_1: found .*{found}.*10,000 rows of 3,072"):
        get_CIFAR10_data(writable_set)


class MaliciousObject:
    """Unpickling it would create the file `evidence`."""

    def __init__(self, evidence: Path) -> None:
        self.evidence = evidence

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return open, (str(self.evidence), "w")


def test_a_malicious_pickle_is_not_executed(writable_set: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    (writable_set / "data_batch_1").write_bytes(pickle.dumps(MaliciousObject(evidence)))

    with pytest.raises(DataError, match=r"refused to load (_?io)\.open"):
        get_CIFAR10_data(writable_set)

    assert not evidence.exists()


def test_the_missing_file_of_an_incomplete_set_is_named(tmp_path: Path) -> None:
    for name in IMAGE_FILES[:-1]:
        (tmp_path / name).write_bytes(b"")

    with pytest.raises(FileNotFoundError, match=r"\(test_batch missing\)"):
        find_CIFAR10(tmp_path)


def test_the_suggested_line_works_when_pasted(
    writable_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (writable_set / "data_batch_1").write_bytes(b"spoilt")
    with pytest.raises(DataError) as raised:
        get_CIFAR10_data(writable_set)
    advised = re.findall(r"`(from [^`]*)`", str(raised.value))[0]
    called: list[int] = []
    monkeypatch.setattr(data_utils, "download_CIFAR10", lambda: called.append(1))

    exec(advised, {})

    assert called == [1]
