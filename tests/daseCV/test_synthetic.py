"""The synthetic set: reproducible images in the official layout, drawn only once."""

import hashlib
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from daseCV import synthetic
from daseCV.data_utils import get_CIFAR10_data
from daseCV.download import IMAGE_FILES, META_FILE
from daseCV.synthetic import CLASS_NAMES, make_images, synthetic_cifar10_dir

pytestmark = pytest.mark.slow

LABELS = np.arange(700) % 10  # more than one chunk


def test_same_bytes_on_every_machine() -> None:
    images = make_images(LABELS, seed=5)

    # A new digest means new images: change `synthetic.VERSION` with it.
    assert hashlib.sha256(images.tobytes()).hexdigest() == (
        "45e8d65896a67a6e4decfad46b9fb1cf0c988b8550a3dced9cf8a74bd5fba309"
    )
    assert synthetic.VERSION == "synthetic-v1"


def test_seed_changes_every_image() -> None:
    one, other = make_images(LABELS, seed=0), make_images(LABELS, seed=1)

    assert (one != other).any(axis=(1, 2, 3)).all()


def test_shape_dtype_and_range() -> None:
    images = make_images(LABELS, seed=0)

    assert images.shape == (700, 3, 32, 32)
    assert images.dtype == np.uint8
    assert images.min() == 0
    assert images.max() == 255
    assert 100 < images.mean() < 155


def test_no_labels_give_no_images() -> None:
    assert make_images(np.array([], int), seed=0).shape == (0, 3, 32, 32)


@pytest.mark.parametrize("labels", [[10], [-1], [0.5], [[0, 1]], 3])
def test_labels_that_are_not_a_list_of_classes_are_refused(labels: object) -> None:
    with pytest.raises(ValueError, match=r"labels: got shape .* expected shape \(N,\)"):
        make_images(np.array(labels), seed=0)


@pytest.mark.parametrize("label", range(10), ids=CLASS_NAMES)
def test_images_of_each_class_vary(label: int) -> None:
    images = make_images(np.full(200, label), seed=0).astype(np.float32)

    assert len(np.unique(images.reshape(200, -1), axis=0)) == 200
    assert images.std(axis=0).min() > 30  # every pixel differs between images of the class
    light = images.mean(axis=(1, 2, 3))
    assert light.std() > 10
    colour = images.mean(axis=(2, 3)) - light[:, None]
    assert colour.std(axis=0).min() > 5


@pytest.mark.parametrize("label", range(10), ids=CLASS_NAMES)
def test_a_figure_covers_a_part_of_each_image(label: int) -> None:
    numbers = np.random.default_rng(0)

    def draw(low: float, high: float, *shape: int) -> np.ndarray:
        return numbers.uniform(low, high, (200, *shape)).astype(np.float32)

    cover = synthetic._figures(np.full(200, label), draw)

    assert cover.dtype == np.float32
    share = cover.mean(axis=(1, 2))
    assert share.min() > 0.02
    assert share.max() < 0.6


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the whole set."""
    cache = tmp_path_factory.mktemp("cache")
    synthetic_cifar10_dir(cache)
    return cache


def test_files_have_the_official_layout(cache: Path) -> None:
    folder = synthetic_cifar10_dir(cache)

    assert folder.name == "cifar-10-batches-py"
    assert {file.name for file in folder.iterdir()} == {*IMAGE_FILES, META_FILE}
    assert list(folder.parent.iterdir()) == [folder]  # nothing temporary is left
    for name in IMAGE_FILES:
        batch = pickle.loads((folder / name).read_bytes())
        assert set(batch) == {"batch_label", "labels", "data", "filenames"}
        assert batch["data"].shape == (10_000, 3072)
        assert batch["data"].dtype == np.uint8
        assert {type(label) for label in batch["labels"]} == {int}
        assert np.bincount(batch["labels"]).tolist() == [1000] * 10
        assert len(set(batch["labels"][:100])) == 10  # shuffled
        assert len(set(batch["filenames"])) == 10_000
    meta = pickle.loads((folder / META_FILE).read_bytes())
    assert meta["label_names"] == list(CLASS_NAMES)
    assert meta["num_cases_per_batch"] == 10_000
    assert meta["num_vis"] == 3072


def test_rows_are_the_images_of_make_images(cache: Path) -> None:
    batch = pickle.loads((synthetic_cifar10_dir(cache) / "data_batch_2").read_bytes())

    first = make_images(np.array(batch["labels"]), seed=1)

    assert np.array_equal(batch["data"].reshape(-1, 3, 32, 32), first)


def test_the_loader_reads_the_synthetic_set(cache: Path) -> None:
    data = get_CIFAR10_data(synthetic_cifar10_dir(cache), num_training=100)

    assert data["X_train"].shape == (100, 3, 32, 32)
    assert data["y_test"].shape == (1000,)


@pytest.fixture
def written_folders(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Replace the drawing of the set by empty files; return the folders written so far."""
    written: list[Path] = []

    def write(folder: Path) -> None:
        written.append(folder)
        for name in (*IMAGE_FILES, META_FILE):
            (folder / name).touch()

    monkeypatch.setattr(synthetic, "_write_set", write)
    return written


def test_the_set_is_drawn_only_once(written_folders: list[Path], tmp_path: Path) -> None:
    assert synthetic_cifar10_dir(tmp_path) == synthetic_cifar10_dir(tmp_path)
    assert len(written_folders) == 1


def test_the_default_folder_is_the_users_cache(
    written_folders: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / project)

    folder = synthetic_cifar10_dir()

    assert folder == tmp_path / "dasecv" / "synthetic-v1" / "cifar-10-batches-py"


def test_incomplete_folder_is_replaced(written_folders: list[Path], tmp_path: Path) -> None:
    folder = synthetic_cifar10_dir(tmp_path)
    (folder / "test_batch").unlink()

    assert (synthetic_cifar10_dir(tmp_path) / "test_batch").exists()


def test_a_failed_drawing_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path) -> None:
        (folder / "data_batch_1").touch()
        raise OSError("no space left on device")

    monkeypatch.setattr(synthetic, "_write_set", fail)

    with pytest.raises(OSError, match="no space"):
        synthetic_cifar10_dir(tmp_path)

    assert list((tmp_path / "synthetic-v1").iterdir()) == []


def test_a_process_that_loses_the_race_uses_the_winners_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "synthetic-v1"

    def write_while_another_finishes(folder: Path) -> None:
        for target in (folder, place / folder.name):
            target.mkdir(exist_ok=True)
            for name in IMAGE_FILES:
                (target / name).write_text("loser" if target == folder else "winner")

    monkeypatch.setattr(synthetic, "_write_set", write_while_another_finishes)

    folder = synthetic_cifar10_dir(tmp_path)

    assert (folder / "test_batch").read_text() == "winner"
    assert list(place.iterdir()) == [folder]


def test_drawing_needs_only_numpy() -> None:
    code = (
        "import sys, numpy as np; from daseCV.synthetic import make_images; "
        "make_images(np.arange(10), seed=0); "
        "assert not {'pooch', 'tqdm', 'scipy', 'PIL', 'autograder'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
