"""Typical mistakes, planted in the reference one at a time: the blank's check notices each."""

import inspect
from types import ModuleType

import pytest

from daseCV import layers
from daseCV.checks import check
from daseCV.checks.compare import CheckFailure
from daseCV.classifiers import cnn

# check, what stands in the solution, what a student wrote instead
LAYER_MISTAKES = [
    ("conv_forward_naive", "W_out = 1 + (W + 2 * pad - WW)", "W_out = 1 + (W + 2 * pad - HH)"),
    ("conv_forward_naive", "j * stride\n                    window = x_padded",
     "j\n                    window = x_padded"),
    ("conv_forward_naive", "np.sum(window * w[f]) + b[f]", "np.sum(window * w[f])"),
    ("conv_forward_naive", "np.sum(window * w[f]) + b[f]", "np.sum(window * w[f, :, ::-1]) + b[f]"),
    ("conv_image_filters", "np.sum(window * w[f]) + b[f]", "np.sum(window * w[f, :, ::-1]) + b[f]"),
    ("conv_image_filters", "np.sum(window * w[f]) + b[f]", "np.sum(window[:2] * w[f, :2]) + b[f]"),
    ("conv_backward_naive", "db = dout.sum(axis=(0, 2, 3))", "db = dout.sum(axis=(2, 3))[0]"),
    ("conv_backward_naive", "rows = slice(i * stride, i * stride + HH)", "rows = slice(i, i + HH)"),
    ("conv_backward_naive", "dx_padded[n, :, rows, columns] +=",
     "dx_padded[n, :, rows, columns] ="),
    ("conv_backward_naive", "dx = dx_padded[:, :, pad : pad + H, pad : pad + W]", "dx = dx_padded"),
    ("max_pool_forward_naive", "left : left + width].max()", "left : left + width].mean()"),
    ("max_pool_forward_naive", "left : left + width].max()", "left : left + height].max()"),
    ("max_pool_backward_naive",
     "dx[n, c, top + row, left + column] += dout[n, c, i, j]",
     "dx[n, c, top : top + height, left : left + width] += "
     "(window == window.max()) * dout[n, c, i, j]"),
    ("max_pool_backward_naive", "left + column] += dout", "left + column] = dout"),
    ("spatial_batchnorm_forward", "x_hat = (x - mean) / std\n", "x_hat = (mean - x) / std\n"),
    ("spatial_batchnorm_forward", "std = np.sqrt(var + eps)\n", "std = np.sqrt(var) + eps\n"),
    ("spatial_batchnorm_forward", "mean, var = x.mean(axis=0), x.var(axis=0)",
     "mean, var = x.mean(axis=0), x.var(axis=0, ddof=1)"),
    ("spatial_batchnorm_forward", "running_mean = momentum * running_mean + (1 - momentum) * mean",
     "running_mean = (1 - momentum) * running_mean + momentum * mean"),
    ("spatial_batchnorm_forward", "        mean, var = running_mean, running_var\n",
     "        mean, var = x.mean(axis=0), x.var(axis=0)\n"),
    ("spatial_batchnorm_forward", "        mean, var = running_mean, running_var\n",
     "        mean, var = running_mean, running_var\n        running_mean = 0.9 * running_mean\n"),
    ("spatial_batchnorm_forward", "out.reshape(N, H, W, C).transpose(0, 3, 1, 2)",
     "out.reshape(N, C, H, W)"),
    ("spatial_batchnorm_backward", "(dout - (dbeta + x_hat * dgamma) / len(dout))",
     "(dout - dbeta / len(dout))"),
    ("spatial_groupnorm_forward", "(groups - groups.mean(axis=2, keepdims=True)) / std",
     "(groups.mean(axis=2, keepdims=True) - groups) / std"),
    ("spatial_groupnorm_forward", "std = np.sqrt(groups.var(axis=2, keepdims=True) + eps)",
     "std = np.sqrt(groups.var(axis=2, keepdims=True) + 1e-5)"),
    ("spatial_groupnorm_forward", "groups = x.reshape(N, G, -1)",
     "groups = x.reshape(N, G, -1)[:, ::-1]"),
    ("spatial_groupnorm_backward", "dx = ((dx_hat - mean_dx_hat - x_hat * mean_product) / std)",
     "dx = ((dx_hat - x_hat * mean_product) / std)"),
]  # fmt: skip

NETWORK_MISTAKES = [
    ("cnn_loss", "weight_scale * np.random", "1e-3 * np.random"),
    ("cnn_loss", "loss += 0.5 * self.reg", "loss += self.reg"),
    ("cnn_loss", "np.vdot(W2, W2) + np.vdot(W3, W3)", "np.sum(W2**2)"),
    ("cnn_loss", "np.vdot(W3, W3)", "np.vdot(W3, W3) + np.vdot(b3, b3)"),
    ("cnn_gradients", 'grads["W2"] += self.reg * W2', "pass"),
    ("cnn_gradients", 'grads["W3"] += self.reg * W3\n',
     'grads["W3"] += self.reg * W3\n        grads["b3"] += self.reg * b3\n'),
    ("cnn_gradients", "affine_forward(hidden, W3, b3)", "affine_forward(hidden, W3, 0 * b3)"),
    ("cnn_gradients", "affine_relu_backward(dhidden, hidden_cache)",
     "affine_backward(dhidden, hidden_cache[0])"),
]  # fmt: skip


def plant(monkeypatch: pytest.MonkeyPatch, module: ModuleType, before: str, after: str) -> None:
    """Execute a module's source with one change, and give its functions to the module."""
    source = inspect.getsource(module)
    assert source.count(before) >= 1, f"the reference no longer has {before!r}"
    changed = dict(vars(module))
    exec(source.replace(before, after), changed)  # its functions call one another in `changed`
    for name, value in changed.items():
        if inspect.isfunction(value) or inspect.isclass(value):
            monkeypatch.setattr(module, name, value, raising=False)


@pytest.mark.parametrize(("name", "before", "after"), LAYER_MISTAKES)
def test_a_wrong_layer_fails_its_check(
    monkeypatch: pytest.MonkeyPatch, name: str, before: str, after: str
) -> None:
    plant(monkeypatch, layers, before, after)

    with pytest.raises((CheckFailure, ValueError, IndexError)):
        check(name)


@pytest.mark.parametrize(("name", "before", "after"), NETWORK_MISTAKES)
def test_a_wrong_network_fails_its_check(
    monkeypatch: pytest.MonkeyPatch, name: str, before: str, after: str
) -> None:
    plant(monkeypatch, cnn, before, after)

    with pytest.raises(CheckFailure):
        check(name)
