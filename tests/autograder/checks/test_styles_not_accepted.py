"""Liberties that are not accepted, each with the promise that it breaks, and what is said of it.

The other test_styles files hold what is accepted. Each of these loses points, and its reason names
what is wrong.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from autograder.grading.report import Report

LAYERS, CNN, OPTIM = "daseCV/layers.py", "daseCV/classifiers/cnn.py", "daseCV/optim.py"


class Refused(NamedTuple):
    """What is not accepted: the check that notices it, what is said of it, and why."""

    why: str
    check: str
    phrases: tuple[str, ...]
    code: str
    file: str = LAYERS


def instead(name: str, lines: str) -> str:
    """Code that goes on from a solved layer, which is `honest`, with `given` as its arguments."""
    return f"honest = {name}\ndef {name}(*given):\n    {lines}\n"


OUT = "out, cache = honest(*given); "
CONV_GRADS = "dx, dw, db = honest(*given); "
NORM_GRADS = "dx, dgamma, dbeta = honest(*given); "

TIES = """
def max_pool_backward_naive(dout, cache):
    x, p = cache
    height, width, s = p["pool_height"], p["pool_width"], p["stride"]
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        rows, columns = slice(i * s, i * s + height), slice(j * s, j * s + width)
        window = x[n, c, rows, columns]
        dx[n, c, rows, columns] += dout[n, c, i, j] * ({mask})
    return dx
"""

LOSS = """
honest = ThreeLayerConvNet.loss
def loss(self, X, y=None):
    if y is None:
        return honest(self, X)
    value, grads = honest(self, X, y)
    {lines}
ThreeLayerConvNet.loss = loss
"""

INIT = """
class ThreeLayerConvNet(ThreeLayerConvNet):
    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        {lines}
"""

USED_UP = """
forward, backward = spatial_batchnorm_forward, spatial_batchnorm_backward
def spatial_batchnorm_forward(*given):
    out, cache = forward(*given)
    return out, [cache]
def spatial_batchnorm_backward(dout, cache):
    return backward(dout, cache.pop())
"""

UNBIASED = """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    groups = x.reshape(len(x), G, -1)
    std = np.sqrt(groups.var(axis=2, ddof=1, keepdims=True) + gn_param.get("eps", 1e-5))
    normal = (groups - groups.mean(axis=2, keepdims=True)) / std
    return gamma * normal.reshape(x.shape) + beta, None
"""

CONV, CONV_BACK = "conv_forward_naive", "conv_backward_naive"
BATCH, BATCH_BACK = "spatial_batchnorm_forward", "spatial_batchnorm_backward"

REFUSED = {
    "lists of lists": Refused(
        "The docstring says ndarray; what follows would fail on `out.shape`.",
        CONV,
        ("out is a list", "expected an array of numbers of shape (2, 4, 6, 6)"),
        instead(CONV, OUT + "return out.tolist(), cache"),
    ),
    "complex numbers": Refused(
        "An imaginary part, even of 0, goes on into all that follows; use `.real` after an FFT.",
        CONV,
        ("out is", "expected an array of numbers of shape (2, 4, 6, 6)"),
        instead(CONV, OUT + "return out + 0j, cache"),
    ),
    "an array of objects": Refused(
        "Its entries are Python objects: slow, and no layer that follows can count on numbers.",
        CONV,
        ("out is", "expected an array of numbers of shape (2, 4, 6, 6)"),
        instead(CONV, OUT + "return out.astype(object), cache"),
    ),
    "float32 for float64": Refused(
        "Numerical gradients need float64; rounding on the way looks like a wrong gradient.",
        CONV_BACK,
        ("dx is wrong", "relative error", "allowed 1e-08"),
        instead(CONV_BACK, "return tuple(g.astype(np.float32) for g in honest(*given))"),
    ),
    "an axis more": Refused(
        "The shape is promised; broadcasting would hide the mistake until training.",
        CONV_BACK,
        ("db has shape (1, 4, 1, 1)", "expected (4,)"),
        instead(CONV_BACK, CONV_GRADS + "return dx, dw, db[None, :, None, None]"),
    ),
    "an axis of length 1 squeezed out": Refused(
        "One filter still has a db of shape (1,).",
        CONV_BACK,
        ("db has shape ()", "expected (1,)"),
        instead(CONV_BACK, CONV_GRADS + "return dx, dw, db.squeeze()"),
    ),
    "gradients in another order": Refused(
        "The order is promised, and the caller unpacks by it.",
        CONV_BACK,
        ("dx has shape (4, 3, 3, 3)", "expected (2, 3, 6, 6)"),
        instead(CONV_BACK, CONV_GRADS + "return dw, db, dx"),
    ),
    "gradients by name": Refused(
        "A tuple is promised; given code unpacks it.",
        CONV_BACK,
        ("returned a dict", "expected", "3"),
        instead(CONV_BACK, CONV_GRADS + "return {'dx': dx, 'dw': dw, 'db': db}"),
    ),
    "no cache": Refused(
        "`(out, cache)` is promised; a cache may be None, but it is returned.",
        CONV,
        ("returned an array", "expected", "2"),
        instead(CONV, "return honest(*given)[0]"),
    ),
    "flipped filters": Refused(
        "Nothing is flipped: the docstring has the sum.",
        CONV,
        ("out is wrong", "got:", "expected:"),
        instead(CONV, "x, w, b, p = given; return honest(x, w[:, :, ::-1, ::-1], b, p)"),
    ),
    "inputs changed in place": Refused(
        "None of the layers changes its inputs: other layers hold the same arrays.",
        CONV_BACK,
        ("changed its argument 1", "in place", "copy"),
        instead(CONV_BACK, "grads = honest(*given); given[0][...] = 0; return grads"),
    ),
    "the gradient to the last of several maxima": Refused(
        "The first in row-major order is promised, as PyTorch has it.",
        "max_pool_backward_naive",
        ("dx is wrong", "many ties"),
        TIES.format(
            mask="np.arange(window.size).reshape(window.shape) == np.flatnonzero("
            "window == window.max())[-1]"
        ),
    ),
    "the gradient split among several maxima": Refused(
        "It is not split: the docstring says so.",
        "max_pool_backward_naive",
        ("dx is wrong", "many ties"),
        TIES.format(mask="(window == window.max()) / (window == window.max()).sum()"),
    ),
    "gradients of gamma for each image": Refused(
        "They are summed over images too; either shape with C numbers is right.",
        "spatial_groupnorm_backward",
        ("dgamma has shape (2, 6)", "expected"),
        instead(
            "spatial_groupnorm_backward",
            NORM_GRADS + "return dx, np.tile(dgamma.ravel(), (2, 1)), dbeta",
        ),
    ),
    "batch norm's gradients of gamma in (1, C, 1, 1)": Refused(
        "Batch norm takes gamma as (C,) alone, and so are its gradients.",
        BATCH_BACK,
        ("dgamma has shape (1, 3, 1, 1)", "expected (3,)"),
        instead(BATCH_BACK, NORM_GRADS + "return dx, dgamma[None, :, None, None], dbeta"),
    ),
    "running averages in (1, C, 1, 1)": Refused(
        "`running_mean` and `running_var` have shape (C,).",
        BATCH,
        ("running_mean has shape (1, 3, 1, 1)", "expected (3,)"),
        instead(
            BATCH,
            "result = honest(*given); p = given[3]; "
            "p['running_mean'] = p['running_mean'].reshape(1, -1, 1, 1); return result",
        ),
    ),
    "running averages in a dict of its own": Refused(
        "In training the given dict receives them: the next call gets the same dict.",
        BATCH,
        ("running_mean", "None", "expected"),
        instead(BATCH, "return honest(*given[:3], dict(given[3]))"),
    ),
    "the unbiased variance": Refused(
        "The biased one is promised (`ddof=0`).",
        "spatial_groupnorm_forward",
        ("out is wrong", "got:", "expected:"),
        UNBIASED,
    ),
    "a cache that is used up": Refused(
        "The cache is an input too: a gradient check calls the backward pass more than once.",
        BATCH_BACK,
        ("IndexError: pop from empty list", "a second time with the same cache"),
        USED_UP,
    ),
    "the given fast layers inside a naive one": Refused(
        "The blank is to be solved, not called.",
        CONV,
        ("conv_forward_fast is not allowed inside",),
        "from .fast_layers import conv_forward_fast\n"
        "def conv_forward_naive(*given): return conv_forward_fast(*given)\n",
    ),
    "packages that the release does not list": Refused(
        "Grading has what requirements.txt lists: SciPy, PyTorch and others are not there.",
        CONV,
        ("ModuleNotFoundError: No module named 'scipy'",),
        instead(CONV, "from scipy.signal import correlate2d; return honest(*given)"),
    ),
    "processes of its own": Refused(
        "The sandbox has no shared memory for them; threads work.",
        CONV,
        ("conv_forward_naive raised",),
        instead(CONV, "import multiprocessing; multiprocessing.Pool(2); return honest(*given)"),
    ),
    "regularised biases": Refused(
        "`reg` is of the weights, not of the biases.",
        "cnn_loss",
        ("loss is wrong", "reg 0.3"),
        LOSS.format(lines="return value + 0.5 * self.reg * (self.params['b1'] ** 2).sum(), grads"),
        CNN,
    ),
    "regularisation without its half": Refused(
        "`0.5 * reg * sum(W ** 2)`: so that its gradient is `reg * W`.",
        "cnn_gradients",
        ("gradient of W", "is wrong", "reg 0.7"),
        LOSS.format(
            lines="return value, {k: g + self.reg * self.params[k] * (k[0] == 'W') "
            "for k, g in grads.items()}"
        ),
        CNN,
    ),
    "gradients under names of their own": Refused(
        "By the same name as in `params`: the solver looks them up.",
        "cnn_gradients",
        ("grads lacks", "'W1'", "expected"),
        LOSS.format(lines="return value, {'d' + k: g for k, g in grads.items()}"),
        CNN,
    ),
    "a loss in an array of one entry": Refused(
        "A number is promised; an array of no axes is one, an array of one entry is not.",
        "cnn_loss",
        ("loss has shape (1,)", "expected"),
        LOSS.format(lines="return np.array([value]), grads"),
        CNN,
    ),
    "parameters more than promised": Refused(
        "`params` holds six arrays: the solver would want a gradient for each other one.",
        "cnn_loss",
        ("params has shapes", "'scale': (1,)", "expected"),
        INIT.format(lines="self.params['scale'] = np.ones(1, np.float32)"),
        CNN,
    ),
    "parameters in another dtype": Refused(
        "`dtype` is of all parameters and computations.",
        "cnn_loss",
        ("W1 is float64", "expected float32"),
        INIT.format(lines="self.params = {k: v.astype(float) for k, v in self.params.items()}"),
        CNN,
    ),
    "an initialisation of its own": Refused(
        "`weight_scale` is the standard deviation, whatever else is known to work better.",
        "cnn_loss",
        ("W1 has standard deviation", "expected 0.01"),
        INIT.format(
            lines="self.params['W1'] *= np.float32(1 / self.params['W1'].std() / "
            "self.params['W1'][0].size ** 0.5)"
        ),
        CNN,
    ),
    "Adam that starts to count at 1": Refused(
        "`t` counts up before it is used, from 0.",
        "cnn_overfit",
        ("adam does not move w as its formula says",),
        "honest = adam\n"
        "def adam(w, dw, config=None): return honest(w, dw, {'t': 1, **(config or {})})\n",
        OPTIM,
    ),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_what_is_not_accepted_loses_points_and_says_so(
    grade_added: Callable[..., Report], refused: Refused
) -> None:
    [check] = grade_added(refused.file, refused.code, refused.check).checks

    assert check.share < 1, refused.why
    said = "\n".join(check.reasons)
    assert [phrase for phrase in refused.phrases if phrase not in said] == [], said
