"""A grid of images: where they lie, how bright they are, and images without contrast."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daseCV.vis_utils import visualize_grid


@settings(max_examples=30, deadline=None)
@given(N=st.integers(1, 10), H=st.integers(1, 5), W=st.integers(1, 5), padding=st.integers(0, 2))
def test_grid_is_as_near_to_square_as_its_images_allow(
    N: int, H: int, W: int, padding: int
) -> None:
    side = next(side for side in range(1, 5) if side * side >= N)

    grid = visualize_grid(np.random.rand(N, H, W, 3), padding=padding)

    assert grid.shape == (side * (H + padding) - padding, side * (W + padding) - padding, 3)


def test_images_lie_row_after_row_with_black_between_them() -> None:
    images = np.array([[[[0.0], [1.0]]], [[[1.0], [0.0]]], [[[5.0], [9.0]]]])

    grid = visualize_grid(images, ubound=8.0, padding=1)

    assert grid[:, :, 0].tolist() == [[0, 8, 0, 8, 0], [0, 0, 0, 0, 0], [0, 8, 0, 0, 0]]


def test_each_image_is_stretched_to_the_full_range() -> None:
    images = np.random.default_rng(0).standard_normal((4, 6, 6, 3)) * [[[[1e-3, 1.0, 1e3]]]]

    grid = visualize_grid(images, padding=0)

    for image in (grid[:6, :6], grid[:6, 6:], grid[6:, :6], grid[6:, 6:]):
        assert image.min() == 0.0
        assert image.max() == 255.0


@pytest.mark.parametrize("value", [0.0, -3.0, 1e6])
def test_a_constant_filter_is_mid_grey_and_not_nan(value: float) -> None:
    grid = visualize_grid(np.full((1, 2, 2, 3), value))

    assert (grid == 127.5).all()


def test_a_single_image_is_the_whole_grid() -> None:
    assert visualize_grid(np.random.rand(1, 7, 5, 3)).shape == (7, 5, 3)


def test_bytes_do_not_overflow() -> None:
    image = np.array([[[[0]], [[255]]]], dtype=np.uint8)

    assert visualize_grid(image, ubound=1.0).ravel().tolist() == [0.0, 1.0]


def test_the_images_are_not_changed() -> None:
    images = np.random.rand(2, 3, 3, 1)
    before = images.copy()

    visualize_grid(images)

    assert np.array_equal(images, before)


def test_colours_first_without_batch_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Xs has shape \(3, 32, 32\), expected \(N, H, W, C\)"):
        visualize_grid(np.zeros((3, 32, 32)))
