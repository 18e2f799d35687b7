"""Numerical gradients are right for any dtype and memory order, and x is unchanged."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daseCV.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array

Array = np.ndarray


def cubes(x: Array) -> float:
    return float(np.sum(x**3))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint8])
def test_every_dtype_gives_the_right_gradient(dtype: Any) -> None:
    x = np.array([[1, 2, 3], [4, 5, 6]], dtype=dtype)

    grad = eval_numerical_gradient(cubes, x, verbose=False)

    assert grad.dtype == np.float64
    np.testing.assert_allclose(grad, [[3, 12, 27], [48, 75, 108]], rtol=1e-7)


@pytest.mark.parametrize(
    "arrange",
    [
        np.asfortranarray,
        lambda x: np.ascontiguousarray(x.T).T,
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        lambda x: np.ascontiguousarray(x[::-1])[::-1],
        lambda x: np.broadcast_to(x, x.shape),
    ],
    ids=["Fortran", "transposed", "every other column", "mirrored", "read-only"],
)
def test_memory_order_does_not_matter(arrange: Callable[[Array], Array]) -> None:
    x = arrange(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))

    grad = eval_numerical_gradient(cubes, x, verbose=False)

    np.testing.assert_allclose(grad, [[3, 12, 27], [48, 75, 108]], rtol=1e-7)


def test_gradient_of_an_array_is_weighted_by_df() -> None:
    x, df = np.array([1.0, 2.0]), np.array([[10.0, 0.0], [0.0, 1.0]])

    grad = eval_numerical_gradient_array(lambda x: np.outer(x, x), x, df)

    np.testing.assert_allclose(grad, [20.0, 4.0], rtol=1e-9)


def test_a_function_may_return_a_view_of_its_argument() -> None:
    x, df = np.arange(6.0).reshape(2, 3), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    grad = eval_numerical_gradient_array(lambda x: x.T, x, df)

    np.testing.assert_allclose(grad, df.T, rtol=1e-9)


def test_a_function_may_read_x_itself_instead_of_its_argument() -> None:
    w = np.array([1.0, 2.0])

    grad = eval_numerical_gradient(lambda _: cubes(w), w, verbose=False)

    np.testing.assert_allclose(grad, [3.0, 12.0], rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_a_function_that_ignores_its_argument_needs_float64(dtype: Any) -> None:
    w = np.array([1, 2], dtype=dtype)

    with pytest.raises(TypeError, match=rf"x is {np.dtype(dtype)}, expected float64 .*dtype=np"):
        eval_numerical_gradient(lambda _: cubes(w), w, verbose=False)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_x_is_unchanged_to_the_last_bit(dtype: Any) -> None:
    x = (np.random.default_rng(0).standard_normal((3, 4)) * 9).astype(dtype)
    before = x.copy()

    eval_numerical_gradient(cubes, x, verbose=False)

    assert x.dtype == before.dtype
    assert x.tobytes() == before.tobytes()


def test_x_is_unchanged_when_the_function_fails() -> None:
    w = np.array([1.0, 2.0])

    def fail(_: Array) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        eval_numerical_gradient(fail, w, verbose=False)

    assert w.tolist() == [1.0, 2.0]


def test_x_may_be_a_single_number_or_empty() -> None:
    assert eval_numerical_gradient(cubes, np.array(2.0), verbose=False).round(6) == 12.0
    assert eval_numerical_gradient(cubes, np.zeros((0, 3)), verbose=False).shape == (0, 3)


def test_verbose_prints_one_line_per_entry(capsys: pytest.CaptureFixture) -> None:
    eval_numerical_gradient(lambda x: x.sum(), np.zeros((1, 2)), h=0.5)

    assert capsys.readouterr().out == "(0, 0) 1.0\n(0, 1) 1.0\n"
