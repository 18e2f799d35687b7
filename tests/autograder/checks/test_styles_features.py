"""Normalisation of features, dropout and the margin loss: right is right, however it is written.

Each of these stands at the end of layers.py, takes the reference's place and gets its full share.
"""

from collections.abc import Callable

import pytest

BATCH = ("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt", "batchnorm_net")
LAYER = ("layernorm_forward", "layernorm_backward", "layernorm_net")
DROPOUT = ("dropout_forward", "dropout_backward", "dropout_net")

BATCH_BY_A_GRAPH = """
    def batchnorm_forward(x, gamma, beta, bn_param):
        mode, eps = bn_param["mode"], bn_param.get("eps", 1e-5)
        keep = bn_param.get("momentum", 0.9)
        zero = np.zeros(x.shape[1], x.dtype)
        old_mean, old_var = (bn_param.get(k, zero) for k in ("running_mean", "running_var"))
        cache = None
        if mode == "train":
            mu = np.ones(len(x)) @ x / len(x)
            xmu = x - mu
            var = np.mean(xmu ** 2, axis=0)
            ivar = 1.0 / (var + eps) ** 0.5
            out = xmu * ivar * gamma + beta
            cache = dict(xmu=xmu, ivar=ivar, gamma=gamma, var=var, eps=eps, more="than needed")
            bn_param["running_mean"] = keep * old_mean + (1 - keep) * mu
            bn_param["running_var"] = keep * old_var + (1 - keep) * var
        else:
            out = gamma * (x - old_mean) / np.sqrt(old_var + eps) + beta
            bn_param["running_mean"], bn_param["running_var"] = old_mean, old_var
        return out, cache

    def batchnorm_backward(dout, cache):
        xmu, ivar, gamma = cache["xmu"], cache["ivar"], cache["gamma"]
        N = dout.shape[0]
        dbeta = np.sum(dout, 0)
        dgamma = np.sum(dout * xmu * ivar, 0)
        dxhat = dout * gamma
        divar = np.sum(dxhat * xmu, 0)
        dvar = -0.5 * (cache["var"] + cache["eps"]) ** -1.5 * divar
        dxmu = dxhat * ivar + 2.0 / N * xmu * dvar
        return dxmu - np.sum(dxmu, 0) / N, dgamma, dbeta

    def batchnorm_backward_alt(dout, cache):
        xhat, gamma = cache["xmu"] * cache["ivar"], cache["gamma"]
        N = len(dout)
        dgamma, dbeta = np.einsum("nd,nd->d", dout, xhat), dout.sum(0)
        return gamma * cache["ivar"] / N * (N * dout - xhat * dgamma - dbeta), dgamma, dbeta
"""

BATCH_FEATURE_BY_FEATURE = """
    def batchnorm_forward(x, gamma, beta, bn_param):
        if bn_param["mode"] not in ("train", "test"):
            raise ValueError(bn_param["mode"])
        eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
        N, D = x.shape
        mean = bn_param.setdefault("running_mean", np.zeros(D, dtype=x.dtype))
        var = bn_param.setdefault("running_var", np.zeros(D, dtype=x.dtype))
        out, columns = np.empty((D, N), dtype=x.dtype), []
        for d in range(D):
            column = x[:, d].copy()
            m, v = mean[d], var[d]
            if bn_param["mode"] == "train":
                m = sum(column.tolist()) / N
                v = sum((value - m) ** 2 for value in column.tolist()) / N
                mean[d] = momentum * mean[d] + (1 - momentum) * m
                var[d] = momentum * var[d] + (1 - momentum) * v
            columns.append(((column - m) / np.sqrt(v + eps), np.sqrt(v + eps)))
            out[d] = gamma[d] * columns[d][0] + beta[d]
        return out.T, (columns, gamma.copy())

    def batchnorm_backward(dout, cache):
        columns, gamma = cache
        N, D = dout.shape
        dx, dgamma, dbeta = np.zeros(dout.shape), np.zeros(D), np.zeros(D)
        for d, (xhat, std) in enumerate(columns):
            jacobian = (np.eye(N) - 1.0 / N - np.outer(xhat, xhat) / N) / std
            dx[:, d] = jacobian @ (dout[:, d] * gamma[d])
            dgamma[d], dbeta[d] = dout[:, d] @ xhat, dout[:, d].sum()
        return [dx, dgamma, dbeta]

    batchnorm_backward_alt = batchnorm_backward
"""

BATCH_BY_AN_OBJECT = """
    class Normalised:
        def __init__(self, x, mean, var, eps):
            self.std = np.sqrt(np.add(var, eps))
            self.x_hat = np.divide(np.subtract(x, mean), self.std)

    def batchnorm_forward(x, gamma, beta, bn_param):
        eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
        running = [bn_param.get(name) for name in ("running_mean", "running_var")]
        running = [np.zeros(x.shape[1]) if value is None else value for value in running]
        if bn_param["mode"] == "train":
            statistics = [np.average(x, axis=0), np.average(x * x, axis=0)]
            statistics[1] = statistics[1] - statistics[0] ** 2
            running = [r + (1 - momentum) * (s - r) for r, s in zip(running, statistics)]
        else:
            statistics = running
        bn_param.update(zip(("running_mean", "running_var"), running))
        cache = Normalised(x, *statistics, eps)
        cache.gamma = gamma
        return np.asfortranarray(np.multiply(cache.x_hat, gamma) + beta), cache

    def batchnorm_backward_alt(dout, cache):
        dx_hat = cache.gamma * dout
        mean = lambda a: a.mean(axis=0, keepdims=True)
        dx = (dx_hat - mean(dx_hat) - cache.x_hat * mean(dx_hat * cache.x_hat)) / cache.std
        return dx, (dout * cache.x_hat).sum(axis=0), dout.sum(axis=0)

    def batchnorm_backward(dout, cache):
        dx, dgamma, dbeta = batchnorm_backward_alt(dout, cache)
        for result in (dx, dgamma, dbeta):
            result.flags.writeable = False
        return dx, dgamma, dbeta
"""

LAYER_TRANSPOSED = """
    def layernorm_forward(x, gamma, beta, ln_param):
        eps = ln_param.get("eps", 1e-5)
        xt = x.T
        mu, var = xt.mean(axis=0), xt.var(axis=0)
        xhat = ((xt - mu) / np.sqrt(var + eps)).T
        return xhat * gamma + beta, {"xhat": xhat, "std": np.sqrt(var + eps), "gamma": gamma}

    def layernorm_backward(dout, cache):
        xhat, std, gamma = cache["xhat"].T, cache["std"], cache["gamma"]
        D, d = dout.shape[1], (dout * gamma).T
        dx = (D * d - d.sum(0) - xhat * (d * xhat).sum(0)) / (D * std)
        return dx.T, np.sum(dout * xhat.T, axis=0), np.sum(dout, axis=0)
"""

LAYER_BY_BATCH_NORM = """
    def layernorm_forward(x, gamma, beta, ln_param):
        ones, zeros = np.ones(len(x)), np.zeros(len(x))
        out, cache = batchnorm_forward(x.T, ones, zeros, {"mode": "train", **ln_param})
        return gamma * out.T + beta, (cache, out.T, gamma)

    def layernorm_backward(dout, cache):
        inner, x_hat, gamma = cache
        dx, _, _ = batchnorm_backward((dout * gamma).T, inner)
        return dx.T, (dout * x_hat).sum(0), dout.sum(0)
"""

LAYER_SAMPLE_BY_SAMPLE = """
    def layernorm_forward(x, gamma, beta, ln_param):
        out, kept = np.empty_like(x), []
        for n, row in enumerate(x):
            std = (np.mean((row - row.mean()) ** 2) + ln_param.get("eps", 1e-5)) ** 0.5
            kept.append((row - row.mean(), std))
            out[n] = [g * (v - row.mean()) / std + b for v, g, b in zip(row, gamma, beta)]
        return out, (kept, gamma)

    def layernorm_backward(dout, cache):
        kept, gamma = cache
        dx, dgamma, dbeta = [], 0.0, 0.0
        for d, (centred, std) in zip(dout, kept):
            dgamma, dbeta = dgamma + d * centred / std, dbeta + d
            dh = d * gamma
            dvar = -0.5 * np.sum(dh * centred) / std ** 3
            dcentred = dh / std + 2 * dvar * centred / len(d)
            dx.append(dcentred - dcentred.mean())
        return np.stack(dx), dgamma, dbeta
"""

DROPOUT_BY_A_GENERATOR = """
    def dropout_forward(x, dropout_param):
        if dropout_param["mode"] == "test":
            return x, (dropout_param, None)
        rng = np.random.default_rng(dropout_param.get("seed"))
        kept = rng.random(x.shape) < dropout_param["p"]
        return np.where(kept, x / dropout_param["p"], 0.0), (dropout_param, kept)

    def dropout_backward(dout, cache):
        param, kept = cache
        return dout if kept is None else np.where(kept, dout / param["p"], 0.0)
"""

DROPOUT_BY_BINOMIAL = """
    def dropout_forward(x, dropout_param):
        p = dropout_param["p"]
        if "seed" in dropout_param:
            np.random.seed(dropout_param["seed"])
        mask = np.ones_like(x)
        if dropout_param["mode"] == "train":
            mask = np.random.binomial(1, p, size=x.shape) / p
        return x * mask, (dropout_param, mask)

    def dropout_backward(dout, cache):
        return dout * cache[1]
"""

DROPOUT_BY_INDICES = """
    def dropout_forward(x, dropout_param):
        p, mode = dropout_param["p"], dropout_param["mode"]
        state = np.random.RandomState(dropout_param.get("seed"))
        dropped = np.flatnonzero(state.uniform(size=x.size) > p) if mode == "train" else []
        out = np.array(x, order="C") / (p if mode == "train" else 1)
        out.reshape(-1)[dropped] = 0
        return out, [dropout_param, dropped]

    def dropout_backward(dout, cache):
        param, dropped = cache
        dx = dout.copy(order="C")
        if param["mode"] == "train":
            dx /= param["p"]
            dx.reshape(-1)[dropped] = 0
        return dx
"""

MARGINS_BY_LOOPS = """
    def svm_loss(x, y):
        N, C = x.shape
        loss, dx = 0.0, np.zeros(x.shape)
        for n in range(N):
            for c in range(C):
                if c == y[n]:
                    continue
                margin = x[n, c] - x[n, y[n]] + 1.0
                if margin > 0:
                    loss += margin / N
                    dx[n, c] += 1.0 / N
                    dx[n, y[n]] -= 1.0 / N
        return loss, dx
"""

MARGINS_BY_A_MASK = """
    def svm_loss(x, y):
        right = np.eye(x.shape[1], dtype=bool)[y]
        margins = np.where(right, 0, (x.T - x[right]).T + 1).clip(min=0)
        violated = (margins > 0).astype(float)
        dx = violated - right * np.sum(violated, axis=1, keepdims=True)
        return np.asarray(margins.sum(axis=1).mean()), dx / x.shape[0]
"""

MARGINS_BY_TAKE = """
    def svm_loss(x, y):
        correct = np.take_along_axis(x, y.reshape(-1, 1), axis=1)
        margins = np.fmax(1 - correct + x, 0)
        counts = np.sign(margins)
        np.put_along_axis(counts, y.reshape(-1, 1), 0, axis=1)
        np.put_along_axis(counts, y.reshape(-1, 1), -counts.sum(1, keepdims=True), axis=1)
        return (np.sum(margins) - len(y)) / len(y), np.asfortranarray(counts) / len(y)
"""

P_IS_THE_PROBABILITY_OF_DROPPING = """
    def dropout_forward(x, dropout_param):
        p, mode, mask = dropout_param["p"], dropout_param["mode"], None
        if "seed" in dropout_param:
            np.random.seed(dropout_param["seed"])
        if mode == "train":
            mask = (np.random.rand(*x.shape) >= p) / (1 - p)
            return x * mask, (dropout_param, mask)
        return x, (dropout_param, mask)

    def dropout_backward(dout, cache):
        param, mask = cache
        return dout * mask if param["mode"] == "train" else dout
"""

STYLES = {
    "batch norm by a graph, a dict as cache": (BATCH_BY_A_GRAPH, BATCH),
    "batch norm feature by feature, averages in place": (BATCH_FEATURE_BY_FEATURE, BATCH),
    "batch norm by an object, read-only": (BATCH_BY_AN_OBJECT, BATCH),
    "layer norm transposed": (LAYER_TRANSPOSED, LAYER),
    "layer norm by batch norm": (LAYER_BY_BATCH_NORM, LAYER),
    "layer norm sample by sample": (LAYER_SAMPLE_BY_SAMPLE, LAYER),
    "dropout by a generator of its own": (DROPOUT_BY_A_GENERATOR, DROPOUT),
    "dropout by binomial": (DROPOUT_BY_BINOMIAL, DROPOUT),
    "dropout by indices": (DROPOUT_BY_INDICES, DROPOUT),
    "dropout whose p is that of dropping": (P_IS_THE_PROBABILITY_OF_DROPPING, DROPOUT),
    "margins by loops": (MARGINS_BY_LOOPS, ("svm_loss",)),
    "margins by a mask, the loss an array": (MARGINS_BY_A_MASK, ("svm_loss",)),
    "margins by take_along_axis": (MARGINS_BY_TAKE, ("svm_loss",)),
}


@pytest.mark.parametrize(("solution", "checks"), STYLES.values(), ids=STYLES)
def test_a_right_layer_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str, checks: tuple[str, ...]
) -> None:
    assert_full_share("daseCV/layers.py", solution, *checks)
