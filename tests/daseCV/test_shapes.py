"""Layers name their wrong arguments and never refuse right ones."""

import ast
import inspect
import re
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daseCV import fast_layers, layers, shapes
from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.classifiers.fc_net import FullyConnectedNet, TwoLayerNet

Array = np.ndarray

TRAIN = {"mode": "train"}
CONV = {"stride": 1, "pad": 0}
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}
KEEP = {"p": 0.5, "mode": "train"}
TOO_BIG = f"expected a whole number from 1 to {2**30}"
NO_LAYER = "expected an array: did the layer before return something?"


def a(*shape: int, dtype: Any = float) -> Array:
    return np.ones(shape, dtype)


def whole(*numbers: int) -> Array:
    return np.array(numbers)


MISTAKES: dict[str, list[tuple[tuple[Any, ...], type[Exception], str]]] = {
    "affine_forward": [
        ((a(2, 3, 4), a(11, 5), a(5)), ValueError,
         "w has 11 rows, x has 12 numbers a sample (x (2, 3, 4), w (11, 5))"),
        ((a(2, 12), a(12), a(5)), ValueError, "w has shape (12,), expected (D, M)"),
        ((a(2, 12), a(12, 5), a(12)), ValueError,
         "b has shape (12,), expected (5,): one bias an output"),
        ((a(2, 12), a(12, 5), a(1, 5)), ValueError,
         "b has shape (1, 5), expected (5,): one bias an output"),
        ((3.0, a(1, 5), a(5)), ValueError, "x has shape (), expected (N, d_1, ..., d_k)"),
        ((None, a(12, 5), a(5)), TypeError, f"x is None, {NO_LAYER}"),
        (((a(2, 12), None), a(12, 5), a(5)), TypeError,
         "x is a tuple, expected an array: is it the (out, cache) of the layer before?"),
        ((a(2, 2), [[1.0], [2.0]], a(1)), TypeError,
         "w is a list, expected an array: use np.array(...)"),
        ((a(2, 2), a(2, 1), "0"), TypeError, "b is a str, expected an array"),
    ],
    "affine_backward": [
        ((a(3), (a(2, 3), a(3, 3), a(3))), ValueError, "dout has shape (3,), expected (N, M)"),
        ((None, ()), TypeError, f"dout is None, {NO_LAYER}"),
    ],
    "relu_forward": [
        ((None,), TypeError, f"x is None, {NO_LAYER}"),
        (([1.0],), TypeError, "x is a list, expected an array: use np.array(...)"),
        ((a(2, dtype=complex),), TypeError, "x holds complex128, expected real numbers"),
        ((a(2, dtype=object),), TypeError, "x holds object, expected real numbers"),
        ((np.array("one"),), TypeError, "x holds <U3, expected real numbers"),
    ],
    "relu_backward": [(([1.0], a(1)), TypeError,
                       "dout is a list, expected an array: use np.array(...)")],
    "batchnorm_forward": [
        ((a(2, 3, 4, 4), a(3), a(3), TRAIN), ValueError,
         "x has shape (2, 3, 4, 4), expected (N, D)"),
        ((a(5, 3), a(5), a(3), TRAIN), ValueError,
         "gamma has shape (5,), expected (3,) (x (5, 3))"),
        ((a(5, 3), a(3), a(3, 1), TRAIN), ValueError,
         "beta has shape (3, 1), expected (3,) (x (5, 3))"),
        ((a(5, 3), a(3), a(3), {"mode": "valid"}), ValueError,
         "mode is 'valid', expected 'train' or 'test'"),
        ((a(5, 3), a(3), a(3), {"eps": 1}), KeyError, "'mode' is missing, got only ['eps']"),
        ((a(5, 3), a(3), a(3), None), TypeError, "bn_param is None, expected a dict"),
    ],
    "batchnorm_backward": [((a(2, 3, 4, 4), ()), ValueError,
                            "dout has shape (2, 3, 4, 4), expected (N, D)")],
    "batchnorm_backward_alt": [((a(2), ()), ValueError, "dout has shape (2,), expected (N, D)")],
    "layernorm_forward": [
        ((a(5), a(5), a(5), {}), ValueError, "x has shape (5,), expected (N, D)"),
        ((a(5, 3), a(3), a(5), {}), ValueError, "beta has shape (5,), expected (3,) (x (5, 3))"),
        ((a(5, 3), None, a(3), {}), TypeError, f"gamma is None, {NO_LAYER}"),
        ((a(5, 3), a(3), a(3), "train"), TypeError, "ln_param is a str, expected a dict"),
    ],
    "layernorm_backward": [((a(2), ()), ValueError, "dout has shape (2,), expected (N, D)")],
    "dropout_forward": [
        ((a(2), {"p": 0, "mode": "train"}), ValueError,
         "p is 0, expected the probability of keeping an entry, above 0 and at most 1"),
        ((a(2), {"p": 1.5, "mode": "test"}), ValueError,
         "p is 1.5, expected the probability of keeping an entry, above 0 and at most 1"),
        ((a(2), {"p": "half", "mode": "test"}), ValueError,
         "p is 'half', expected the probability of keeping an entry, above 0 and at most 1"),
        ((a(2), {"mode": "train"}), KeyError, "'p' is missing, got only ['mode']"),
        ((a(2), {"p": 0.5, "mode": True}), ValueError,
         "mode is True, expected 'train' or 'test'"),
        ((a(2), 0.5), TypeError, "dropout_param is a float, expected a dict"),
        ((None, KEEP), TypeError, f"x is None, {NO_LAYER}"),
    ],
    "dropout_backward": [((None, (KEEP, a(2))), TypeError, f"dout is None, {NO_LAYER}")],
    "conv_forward_naive": [
        ((a(2, 3, 4, 4), a(3, 4, 4, 4), a(3), CONV), ValueError,
         "w has 4 input channels, x has 3 (x (2, 3, 4, 4), w (3, 4, 4, 4))"),
        ((a(3, 4, 4), a(1, 3, 2, 2), a(1), CONV), ValueError,
         "x has shape (3, 4, 4), expected (N, C, H, W)"),
        ((a(2, 3, 4, 4), a(3, 2, 2), a(1), CONV), ValueError,
         "w has shape (3, 2, 2), expected (F, C, HH, WW)"),
        ((a(2, 3, 4, 4), a(5, 3, 2, 2), a(3), CONV), ValueError,
         "b has shape (3,), expected (5,): one bias a filter"),
        ((a(2, 3, 4, 4), a(5, 3, 5, 2), a(5), CONV), ValueError,
         "w has filters of (5, 2), expected at most the padded image (4, 4)"),
        ((a(2, 3, 4, 0), a(5, 3, 2, 2), a(5), CONV), ValueError,
         "only N may be 0, got x (2, 3, 4, 0), w (5, 3, 2, 2)"),
        ((a(2, 3, 4, 4), a(5, 3, 2, 2), a(5), {"stride": 0, "pad": 0}), ValueError,
         f"stride is 0, {TOO_BIG}"),
        ((a(2, 3, 4, 4), a(5, 3, 2, 2), a(5), {"stride": 1}), ValueError,
         "'pad' is missing, got only ['stride']"),
        ((a(2, 3, 4, 4), a(5, 3, 2, 2), a(5), 1), TypeError,
         "conv_param is an int, expected a dict"),
        ((a(2, 3, 4, 4), None, a(5), CONV), TypeError, f"w is None, {NO_LAYER}"),
    ],
    "conv_backward_naive": [((a(2, 5), ()), ValueError,
                             "dout has shape (2, 5), expected (N, F, H', W')")],
    "max_pool_forward_naive": [
        ((a(3, 4, 4), POOL), ValueError, "x has shape (3, 4, 4), expected (N, C, H, W)"),
        ((a(2, 3, 1, 4), POOL), ValueError,
         "the window is (2, 2), expected at most the image (1, 4)"),
        ((a(2, 3, 4, 4), {**POOL, "stride": 2.0}), ValueError, f"stride is 2.0, {TOO_BIG}"),
        ((a(2, 3, 4, 4), None), TypeError, "pool_param is None, expected a dict"),
    ],
    "max_pool_backward_naive": [((a(2), ()), ValueError,
                                 "dout has shape (2,), expected (N, C, H', W')")],
    "spatial_batchnorm_forward": [
        ((a(5, 3), a(3), a(3), TRAIN), ValueError, "x has shape (5, 3), expected (N, C, H, W)"),
        ((a(2, 3, 4, 5), a(1, 3, 1, 1), a(3), TRAIN), ValueError,
         "gamma has shape (1, 3, 1, 1), expected (3,) (x (2, 3, 4, 5))"),
        ((a(2, 3, 4, 5), a(3), a(5), TRAIN), ValueError,
         "beta has shape (5,), expected (3,) (x (2, 3, 4, 5))"),
        ((a(2, 3, 4, 5), a(3), a(3), {"mode": 1}), ValueError,
         "mode is 1, expected 'train' or 'test'"),
    ],
    "spatial_batchnorm_backward": [((a(5, 3), ()), ValueError,
                                    "dout has shape (5, 3), expected (N, C, H, W)")],
    "spatial_groupnorm_forward": [
        ((a(2, 6, 4, 5), a(6), a(6), 4, {}), ValueError,
         "G is 4, expected a divisor of the 6 channels of x (2, 6, 4, 5)"),
        ((a(2, 6, 4, 5), a(6), a(6), 0, {}), ValueError,
         "G is 0, expected a divisor of the 6 channels of x (2, 6, 4, 5)"),
        ((a(2, 6, 4, 5), a(6), a(6), 2.0, {}), ValueError,
         "G is 2.0, expected a divisor of the 6 channels of x (2, 6, 4, 5)"),
        ((a(2, 6, 4, 5), a(2), a(6), 2, {}), ValueError,
         "gamma has shape (2,), expected (1, 6, 1, 1) or (6,) (x (2, 6, 4, 5))"),
        ((a(2, 6, 4, 5), a(6), a(6, 1), 2, {}), ValueError,
         "beta has shape (6, 1), expected (1, 6, 1, 1) or (6,) (x (2, 6, 4, 5))"),
        ((a(2, 6, 4, 5), a(6), a(6), 2, None), TypeError, "gn_param is None, expected a dict"),
    ],
    "spatial_groupnorm_backward": [((a(5), ()), ValueError,
                                    "dout has shape (5,), expected (N, C, H, W)")],
    "svm_loss": [
        ((a(2, 3), whole(0, 3)), IndexError,
         "y has classes from 0 to 3, expected 0 to 2 (x (2, 3))"),
        ((a(2, 3), whole(-1, 1)), IndexError,
         "y has classes from -1 to 1, expected 0 to 2 (x (2, 3))"),
    ],
    "softmax_loss": [
        ((a(3), whole(0)), ValueError, "x has shape (3,), expected (N, C)"),
        ((a(2, 3), whole(0)), ValueError, "y has shape (1,), expected (2,): one class a sample"),
        ((a(2, 3), whole(0, 1)[:, None]), ValueError,
         "y has shape (2, 1), expected (2,): one class a sample"),
        ((a(2, 3), a(2)), TypeError, "y holds float64, expected whole numbers"),
        ((a(2, 3), a(2, dtype=bool)), TypeError, "y holds bool, expected whole numbers"),
        ((a(2, 3), [0, 1]), TypeError, "y is a list, expected an array: use np.array(...)"),
        ((a(2, 3), None), TypeError, f"y is None, {NO_LAYER}"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "kind", "message"),
    [(name, *mistake) for name, mistakes in MISTAKES.items() for mistake in mistakes],
)
def test_a_wrong_argument_is_named(
    name: str, given: tuple[Any, ...], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as caught:
        getattr(layers, name)(*given)

    assert caught.value.args == (f"{name}: {message}",)


def test_every_layer_checks_its_arguments_before_its_blank() -> None:
    functions = dict(inspect.getmembers(layers, inspect.isfunction))
    assert set(MISTAKES) == set(functions)
    for name, function in functions.items():
        before, _, blank = inspect.getsource(function).partition("### BEGIN SOLUTION")
        assert re.search(rf'^    shapes\.check_\w+\("{name}", .*\)$', before, re.MULTILINE)
        assert "shapes." not in blank


@pytest.mark.parametrize(
    ("loss", "X", "y", "message"),
    [
        (ThreeLayerConvNet().loss, a(2, 3072), None,
         "ThreeLayerConvNet.loss: X has shape (2, 3072), expected (N, C, H, W)"),
        (ThreeLayerConvNet().loss, a(2, 3, 32, 32), whole(1),
         "ThreeLayerConvNet.loss: y has shape (1,), expected (2,): one class a sample"),
        (FullyConnectedNet([4], 12).loss, [1.0], None,
         "FullyConnectedNet.loss: X is a list, expected an array: use np.array(...)"),
        (FullyConnectedNet([4], 12).loss, np.array(1.0), None,
         "FullyConnectedNet.loss: X has shape (), expected (N, d_1, ..., d_k)"),
        (FullyConnectedNet([4], 12).loss, a(2, 12), a(2),
         "FullyConnectedNet.loss: y holds float64, expected whole numbers"),
        (TwoLayerNet(12).loss, None, None, f"TwoLayerNet.loss: X is None, {NO_LAYER}"),
        (TwoLayerNet(12).loss, a(2, 11), None,
         "affine_forward: w has 12 rows, x has 11 numbers a sample (x (2, 11), w (12, 100))"),
    ],
)  # fmt: skip
def test_a_network_names_wrong_images_or_classes(
    loss: Callable[..., Any], X: Any, y: Any, message: str
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        loss(X, y)

    assert str(caught.value) == message


def test_the_fast_layers_name_wrong_arguments_too() -> None:
    for name, wrong, kind, message in (
        ("conv_forward_fast", *MISTAKES["conv_forward_naive"][0]),
        ("conv_forward_fast", *MISTAKES["conv_forward_naive"][-1]),
        ("max_pool_forward_fast", *MISTAKES["max_pool_forward_naive"][1]),
    ):
        with pytest.raises(kind) as caught:
            getattr(fast_layers, name)(*wrong)
        assert caught.value.args == (f"{name}: {message}",)


# Right arguments are accepted

DTYPES = st.sampled_from([np.float64, np.float32, np.float16, np.int64, np.int8, np.uint8, bool])
sizes = st.integers(1, 4)
batches = st.integers(0, 4)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), N=batches, C=sizes, F=sizes, HH=sizes, WW=sizes, stride=sizes)
def test_every_convolution_that_fits_is_accepted(
    data: st.DataObject, N: int, C: int, F: int, HH: int, WW: int, stride: int
) -> None:
    pad = data.draw(st.integers(0, 3))
    H, W = (data.draw(st.integers(max(1, size - 2 * pad), 6)) for size in (HH, WW))
    x, w, b = (a(*s, dtype=data.draw(DTYPES)) for s in ((N, C, H, W), (F, C, HH, WW), (F,)))
    param = OrderedDict(stride=np.int32(stride), pad=pad)

    out, cache = layers.conv_forward_naive(x, w, b, param)
    grads = layers.conv_backward_naive(out, cache)

    assert [grad.shape for grad in grads] == [x.shape, w.shape, b.shape]


@settings(max_examples=100, deadline=None)
@given(data=st.data(), N=batches, C=batches, height=sizes, width=sizes, stride=sizes)
def test_every_pooling_that_fits_is_accepted(
    data: st.DataObject, N: int, C: int, height: int, width: int, stride: int
) -> None:
    H, W = (data.draw(st.integers(size, 6)) for size in (height, width))
    x = a(N, C, H, W, dtype=data.draw(DTYPES))
    param = {"pool_height": height, "pool_width": width, "stride": stride}

    out, cache = layers.max_pool_forward_naive(x, param)

    assert layers.max_pool_backward_naive(out, cache).shape == x.shape


@settings(max_examples=100, deadline=None)
@given(data=st.data(), N=sizes, sample=st.lists(sizes, max_size=3), M=sizes)
def test_every_affine_layer_that_fits_is_accepted(
    data: st.DataObject, N: int, sample: list[int], M: int
) -> None:
    shaped = (N, *sample), (int(np.prod(sample)), M), (M,)
    x, w, b = (a(*shape, dtype=data.draw(DTYPES)) for shape in shaped)

    out, cache = layers.affine_forward(x, w, b)

    assert [grad.shape for grad in layers.affine_backward(out, cache)] == list(shaped)


@pytest.mark.parametrize("scale", [1, 1.0, np.float32(1), a(3), a(1, 3), a(5, 3), a(5, 1), a()])
def test_normalisation_accepts_every_scale_that_broadcasts_over_x(scale: Any) -> None:
    """A group norm may call these functions for its rows, with its own scales."""
    x = np.arange(15.0).reshape(5, 3)
    expected, _ = layers.layernorm_forward(x, a(3), a(3), {})

    out, _ = layers.layernorm_forward(x, scale, scale, {})

    assert np.array_equal(out, expected)
    shapes.check_batchnorm("batchnorm_forward", "(N, D)", x, scale, scale, TRAIN)


@pytest.mark.parametrize("scale", [a(6), a(1, 6, 1, 1)])
@pytest.mark.parametrize("G", [1, np.int64(2), 3, 6])
def test_group_norm_accepts_scales_in_two_shapes(scale: Array, G: int) -> None:
    out, _ = layers.spatial_groupnorm_forward(a(2, 6, 4, 5), scale, scale, G, {})

    assert out.shape == (2, 6, 4, 5)


def test_scalars_and_masked_arrays_are_accepted() -> None:
    assert layers.relu_forward(np.float64(-1.0))[0] == 0
    assert layers.relu_forward(-1)[0] == 0  # type: ignore[arg-type]
    assert layers.relu_forward(np.ma.masked_array([-1.0], [False]))[0] == 0
    assert layers.relu_backward(np.float64(2.0), np.array(1.0)) == 2
    assert (
        layers.dropout_forward(a(2, dtype=int), {"p": np.float32(1), "mode": "test"})[0].sum() == 2
    )


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint8])
def test_classes_may_be_any_whole_numbers(dtype: Any) -> None:
    assert layers.softmax_loss(a(3, 2), np.array([0, 1, 1], dtype))[0] > 0
    shapes.check_loss("softmax_loss", a(0, 2), np.zeros(0, dtype))


def test_checking_shapes_copies_no_arrays() -> None:
    x, w, b = (np.broadcast_to(np.float64(1), s) for s in ((10**6, 3, 9, 9), (5, 3, 3, 3), (5,)))

    shapes.check_conv("conv_forward_naive", x, w, b, CONV)  # 2 GB if it were copied
    shapes.check_affine("affine_forward", x, np.broadcast_to(0.0, (243, 5)), b)


def test_layers_import_no_other_module_than_shapes() -> None:
    """A blank's own checks also run where the fast layers are missing."""
    needed = {"layers": {"shapes"}, "shapes": set()}
    for module, expected in needed.items():
        tree = ast.parse((Path(shapes.__file__).parent / f"{module}.py").read_text("utf-8"))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        ours = {alias.name for node in imports if node.level for alias in node.names}
        assert ours == expected
