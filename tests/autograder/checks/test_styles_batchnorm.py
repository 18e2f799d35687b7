"""Batch normalisation: right is right, however it is written.

Each of these stands at the end of layers.py, takes the reference's place and gets its full share.
"""

from collections.abc import Callable

import pytest

CHECKS = ("spatial_batchnorm_forward", "spatial_batchnorm_backward")

BATCHNORM_DIRECT = """
    AXES = (0, 2, 3)

    def spatial_batchnorm_forward(x, gamma, beta, bn_param):
        eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
        bn_param.setdefault("running_mean", np.zeros(x.shape[1]))
        bn_param.setdefault("running_var", np.zeros(x.shape[1]))
        if bn_param["mode"] == "test":
            mean, var = bn_param["running_mean"], bn_param["running_var"]
        else:
            mean = np.einsum("nchw->c", x) / (x.size / x.shape[1])
            var = ((x - mean[:, None, None]) ** 2).mean(AXES)
            bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mean
            bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * var
        normal = (x - mean[:, None, None]) * (var[:, None, None] + eps) ** -0.5
        out = gamma[:, None, None] * normal + beta[:, None, None]
        return out, {"normal": normal, "scale": gamma * (var + eps) ** -0.5}

    def spatial_batchnorm_backward(dout, cache):
        normal = cache["normal"]
        dgamma, dbeta = (dout * normal).sum(AXES), dout.sum(AXES)
        means = [g[:, None, None] * len(dgamma) / dout.size for g in (dbeta, dgamma)]
        dx = cache["scale"][:, None, None] * (dout - means[0] - normal * means[1])
        return [dx, dgamma, dbeta]
"""

# The features' layer by a graph of small steps; the images' layer calls it on pixels.
GRAPH = """
    def batchnorm_forward(x, gamma, beta, bn_param):
        eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
        N, D = x.shape
        old_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
        old_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
        if bn_param["mode"] == "test":
            out = gamma * ((x - old_mean) / np.sqrt(old_var + eps)) + beta
            return out, None
        total = np.sum(x, axis=0)               # step 1
        mean = total / N                        # step 2
        distance = x - mean                     # step 3
        square = distance ** 2                  # step 4
        var = np.sum(square, axis=0) / N        # step 5
        root = np.sqrt(var + eps)               # step 6
        quotient = distance / root              # step 7
        out = gamma * quotient + beta           # step 8
        bn_param["running_mean"] = momentum * old_mean + (1.0 - momentum) * mean
        bn_param["running_var"] = momentum * old_var + (1.0 - momentum) * var
        return out, (distance, root, quotient, gamma)

    def batchnorm_backward(dout, cache):
        distance, root, quotient, gamma = cache
        N, D = dout.shape
        # step 8
        d_beta = np.sum(dout, axis=0)
        d_gamma = np.sum(dout * quotient, axis=0)
        d_quotient = dout * gamma
        # step 7
        d_distance = d_quotient / root
        d_root = np.sum(d_quotient * -distance / root ** 2, axis=0)
        # step 6
        d_var = d_root * 0.5 / root
        # step 5
        d_square = np.tile(d_var / N, (N, 1))
        # step 4
        d_distance = d_distance + d_square * 2 * distance
        # step 3
        d_x = d_distance
        d_mean = -np.sum(d_distance, axis=0)
        # steps 2 and 1
        d_x = d_x + np.tile(d_mean / N, (N, 1))
        return d_x, d_gamma, d_beta

    def spatial_batchnorm_forward(x, gamma, beta, bn_param):
        N, C, H, W = x.shape
        pixels = np.moveaxis(x, 1, -1).reshape(N * H * W, C)
        out, cache = batchnorm_forward(pixels, gamma, beta, bn_param)
        return np.moveaxis(out.reshape(N, H, W, C), -1, 1), cache

    def spatial_batchnorm_backward(dout, cache):
        N, C, H, W = dout.shape
        pixels = np.moveaxis(dout, 1, -1).reshape(N * H * W, C)
        dx, dgamma, dbeta = batchnorm_backward(pixels, cache)
        return np.moveaxis(dx.reshape(N, H, W, C), -1, 1), dgamma, dbeta
"""

SIMPLIFIED = """
    def batchnorm_forward(x, gamma, beta, bn_param):
        training = bn_param["mode"] == "train"
        eps, keep = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
        if training:
            stats = {"mean": np.mean(x, 0), "var": np.var(x, 0)}
            for name, value in stats.items():
                old = bn_param.get(f"running_{name}", 0 * value)
                bn_param[f"running_{name}"] = keep * old + (1 - keep) * value
        else:
            stats = {"mean": bn_param["running_mean"], "var": bn_param["running_var"]}
        inverse = 1 / np.sqrt(stats["var"] + eps)
        x_hat = (x - stats["mean"]) * inverse
        return gamma * x_hat + beta, dict(x_hat=x_hat, inverse=inverse, gamma=gamma)

    def batchnorm_backward_alt(dout, cache):
        N, (x_hat, inverse, gamma) = dout.shape[0], cache.values()
        db, dg = dout.sum(0), (dout * x_hat).sum(0)
        return (1 / N) * gamma * inverse * (N * dout - db - x_hat * dg), dg, db
"""

JACOBIAN = """
    def batchnorm_backward_alt(dout, cache):
        # for each feature d x_hat / d x as a matrix of N x N numbers
        x_hat, gamma, std = cache
        N, D = x_hat.shape
        dx = np.empty((N, D))
        for d in range(D):
            z = x_hat[:, d]
            jacobian = (np.identity(N) - 1.0 / N - np.outer(z, z) / N) / std[d]
            dx[:, d] = gamma[d] * jacobian @ dout[:, d]
        return dx, np.diag(dout.T @ x_hat), np.ones(N) @ dout

    batchnorm_backward = batchnorm_backward_alt
"""

CHANNEL_BY_CHANNEL = """
    def spatial_batchnorm_forward(x, gamma, beta, bn_param):
        C = x.shape[1]
        for name in ("running_mean", "running_var"):
            if name not in bn_param:
                bn_param[name] = np.zeros(C)
        out, caches = np.zeros(x.shape), []
        for c in range(C):
            own = dict(bn_param)
            own["running_mean"] = bn_param["running_mean"][c : c + 1]
            own["running_var"] = bn_param["running_var"][c : c + 1]
            column, cache = batchnorm_forward(
                x[:, c].reshape(-1, 1), gamma[c : c + 1], beta[c : c + 1], own)
            out[:, c] = column.reshape(out[:, c].shape)
            bn_param["running_mean"][c] = own["running_mean"][0]
            bn_param["running_var"][c] = own["running_var"][0]
            caches.append(cache)
        return out, caches

    def spatial_batchnorm_backward(dout, cache):
        grads = [batchnorm_backward(dout[:, c].reshape(-1, 1), one) for c, one in enumerate(cache)]
        dx = [g[0].reshape(dout.shape[0], *dout.shape[2:]) for g in grads]
        dgamma, dbeta = (np.concatenate([g[k] for g in grads]) for k in (1, 2))
        return np.stack(dx, axis=1), dgamma, dbeta
"""

ROWS_OF_CHANNELS = """
    # every channel is a row here, so that nothing needs a keepdims but this
    def to_rows(x):
        return x.swapaxes(0, 1).reshape(x.shape[1], -1)

    def from_rows(rows, shape):
        N, C, H, W = shape
        return rows.reshape(C, N, H, W).swapaxes(0, 1)

    class Normalised:
        __slots__ = ("gamma", "scale", "z")

        def __init__(self, z, scale, gamma):
            self.z, self.scale, self.gamma = z, scale, gamma

    def spatial_batchnorm_forward(x, gamma, beta, bn_param):
        rows, eps = to_rows(x), bn_param.get("eps", 1e-5)
        momentum = bn_param.get("momentum", 0.9)
        mean_before = bn_param.get("running_mean", np.zeros(len(rows)))
        var_before = bn_param.get("running_var", np.zeros(len(rows)))
        if bn_param["mode"] == "train":
            mean = rows.mean(1)
            var = (rows * rows).mean(1) - mean**2
            shares = [momentum, 1 - momentum]
            bn_param.update(running_mean=np.average([mean_before, mean], 0, shares),
                            running_var=np.average([var_before, var], 0, shares))
        else:
            mean, var = mean_before, var_before
        scale = 1 / np.sqrt(var + eps)
        z = np.einsum("cm,c->cm", rows - mean[:, None], scale)
        return from_rows(z * gamma[:, None] + beta[:, None], x.shape), Normalised(z, scale, gamma)

    def spatial_batchnorm_backward(dout, cache):
        d = to_rows(dout)
        dgamma, dbeta = np.einsum("cm,cm->c", d, cache.z), d.sum(1)
        dz = d * cache.gamma[:, None]
        part = np.einsum("cm,cm,cp->cp", dz, cache.z, cache.z) / d.shape[1]
        dx = (dz - dz.mean(1, keepdims=True) - part) * cache.scale[:, None]
        return from_rows(dx, dout.shape), dgamma, dbeta
"""

AVERAGES_IN_PLACE = """
    from types import SimpleNamespace

    def spatial_batchnorm_forward(x, gamma, beta, bn_param):
        axes, shape = (0, 2, 3), (1, -1, 1, 1)
        bn_param.setdefault("eps", 1e-5)
        bn_param.setdefault("momentum", 0.9)
        bn_param.setdefault("running_mean", np.zeros_like(gamma))
        bn_param.setdefault("running_var", np.zeros_like(gamma))
        if bn_param["mode"] == "train":
            mean = x.mean(axis=axes, keepdims=True)
            centred = x - mean
            var = np.square(centred).mean(axis=axes, keepdims=True)
            bn_param["running_mean"] *= bn_param["momentum"]
            bn_param["running_mean"] += (1 - bn_param["momentum"]) * mean.squeeze()
            bn_param["running_var"] *= bn_param["momentum"]
            bn_param["running_var"] += (1 - bn_param["momentum"]) * var.squeeze()
        elif bn_param["mode"] == "test":
            centred = x - bn_param["running_mean"].reshape(shape)
            var = bn_param["running_var"].reshape(shape)
        else:
            raise ValueError("mode?")
        saved = SimpleNamespace(std=np.sqrt(var + bn_param["eps"]), centred=centred, gamma=gamma)
        out = centred / saved.std
        out *= gamma.reshape(shape)
        out += beta.reshape(shape)
        return np.asfortranarray(out), saved

    def spatial_batchnorm_backward(dout, cache):
        axes, M = (0, 2, 3), dout.size // dout.shape[1]
        dbeta = np.sum(dout, axes)
        dgamma = np.sum(dout * cache.centred / cache.std, axes)
        dnormal = np.einsum("nchw,c->nchw", dout, cache.gamma)
        dvar = -0.5 * np.sum(dnormal * cache.centred, axes, keepdims=True) / cache.std**3
        dmean = -np.sum(dnormal / cache.std, axes, keepdims=True)
        dx = dnormal / cache.std + 2 * dvar * cache.centred / M + dmean / M
        return dx, dgamma, dbeta
"""

NUMBERS_OF_PYTHON = """
    import math
    from statistics import fmean

    def spatial_batchnorm_forward(x, gamma, beta, bn_param):
        N, C, H, W = x.shape
        eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
        means = list(bn_param.get("running_mean", [0.0] * C))
        variances = list(bn_param.get("running_var", [0.0] * C))
        out, normal, deviations = np.zeros(x.shape), np.zeros(x.shape), []
        for c in range(C):
            values = x[:, c].ravel().tolist()
            if bn_param["mode"] == "train":
                mean = fmean(values)
                variance = fmean((value - mean) ** 2 for value in values)
                means[c] = m * means[c] + (1 - m) * mean
                variances[c] = m * variances[c] + (1 - m) * variance
            else:
                mean, variance = means[c], variances[c]
            deviations.append(math.sqrt(variance + eps))
            normal[:, c] = (x[:, c] - mean) / deviations[-1]
            out[:, c] = gamma[c] * normal[:, c] + beta[c]
        bn_param["running_mean"], bn_param["running_var"] = np.array(means), np.array(variances)
        return out, (normal, deviations, gamma)

    def spatial_batchnorm_backward(dout, cache):
        normal, deviations, gamma = cache
        dx, dgamma, dbeta = np.zeros(dout.shape), [], []
        for c, deviation in enumerate(deviations):
            d, z = dout[:, c], normal[:, c]
            dgamma.append(float((d * z).sum()))
            dbeta.append(float(d.sum()))
            dx[:, c] = gamma[c] / deviation * (d - dbeta[c] / d.size - z * dgamma[c] / d.size)
        return dx, np.array(dgamma), np.array(dbeta)
"""

STYLES = {
    "without reshaping": (BATCHNORM_DIRECT, CHECKS),
    "a graph of small steps": (GRAPH, CHECKS),
    "the simplified formula, a dict as cache": (SIMPLIFIED, CHECKS),
    "a Jacobian for each feature": (JACOBIAN, CHECKS),
    "channel by channel through the features' layer": (CHANNEL_BY_CHANNEL, CHECKS),
    "channels as rows": (ROWS_OF_CHANNELS, CHECKS),
    "running averages in place": (AVERAGES_IN_PLACE, CHECKS),
    "numbers of Python's": (NUMBERS_OF_PYTHON, CHECKS),
}


@pytest.mark.parametrize(("solution", "checks"), STYLES.values(), ids=STYLES)
def test_a_right_batch_norm_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str, checks: tuple[str, ...]
) -> None:
    assert_full_share("daseCV/layers.py", solution, *checks)
