"""Group normalisation: right is right, however it is written.

Each of these stands at the end of layers.py, takes the reference's place and gets its full share.
"""

from collections.abc import Callable

import pytest

CHECKS = ("spatial_groupnorm_forward", "spatial_groupnorm_backward")

GROUPNORM_FLAT_GAMMA = """
    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        N, C, H, W = x.shape
        grouped = x.reshape(N, G, C // G, H, W)
        mean = grouped.mean((2, 3, 4), keepdims=True)
        std = np.sqrt(grouped.var((2, 3, 4), keepdims=True) + gn_param.get("eps", 1e-5))
        normal = ((grouped - mean) / std).reshape(N, C, H, W)
        assert gamma.shape == beta.shape == (C,)
        return gamma[:, None, None] * normal + beta[:, None, None], (normal, std, gamma, G)

    def spatial_groupnorm_backward(dout, cache):
        normal, std, gamma, G = cache
        N, C, H, W = dout.shape
        grouped = normal.reshape(N, G, C // G, H, W)
        dnormal = (dout * gamma[:, None, None]).reshape(grouped.shape)
        axes = (2, 3, 4)
        dx = (dnormal - dnormal.mean(axes, keepdims=True)
              - grouped * (dnormal * grouped).mean(axes, keepdims=True)) / std
        return dx.reshape(dout.shape), (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))
"""

GROUPNORM_BROADCAST_GAMMA = """
    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        assert gamma.shape == beta.shape == (1, x.shape[1], 1, 1)
        normal, stds = np.empty(x.shape), []
        for n in range(len(x)):
            for group in np.split(np.arange(x.shape[1]), G):
                part = x[n, group]
                stds.append((part.var() + gn_param.get("eps", 1e-5)) ** 0.5)
                normal[n, group] = (part - part.mean()) / stds[-1]
        return gamma * normal + beta, (normal, gamma, stds, G)

    def spatial_groupnorm_backward(dout, cache):
        normal, gamma, stds, G = cache
        dx, stds = np.empty(dout.shape), iter(stds)
        for n in range(len(dout)):
            for group in np.split(np.arange(dout.shape[1]), G):
                d, z = (dout * gamma)[n, group], normal[n, group]
                dx[n, group] = (d - d.mean() - z * (d * z).mean()) / next(stds)
        axes = (0, 2, 3)
        return dx, (dout * normal).sum(axes, keepdims=True), dout.sum(axes, keepdims=True)
"""

BY_LAYER_NORM = """
    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        rows = x.reshape(x.shape[0] * G, -1)
        ones, zeros = np.ones(rows.shape[1]), np.zeros(rows.shape[1])
        normal, ln_cache = layernorm_forward(rows, ones, zeros, gn_param)
        normal = normal.reshape(x.shape)
        return gamma * normal + beta, (ln_cache, normal, gamma, rows.shape)

    def spatial_groupnorm_backward(dout, cache):
        ln_cache, normal, gamma, shape = cache
        rows, _, _ = layernorm_backward((dout * gamma).reshape(shape), ln_cache)
        dgamma = np.sum(dout * normal, axis=(0, 2, 3), keepdims=True)
        dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
        return rows.reshape(dout.shape), dgamma, dbeta
"""

BY_BATCH_NORM = """
    # a group of an image is a feature, and its channels and pixels are the samples
    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        N, C, H, W = x.shape
        columns = x.reshape(N * G, C // G * H * W).T
        param = {**gn_param, "mode": "train"}
        normal, cache = batchnorm_forward(columns, np.ones(N * G), np.zeros(N * G), param)
        normal = normal.T.reshape(N, C, H, W)
        out = normal * gamma.ravel()[:, None, None] + beta.ravel()[:, None, None]
        return out, [normal, gamma, cache, N * G]

    def spatial_groupnorm_backward(dout, cache):
        normal, gamma, bn_cache, features = cache
        dnormal = dout * gamma.ravel()[:, None, None]
        dx = batchnorm_backward(dnormal.reshape(features, -1).T, bn_cache)[0]
        dgamma = np.einsum("nchw,nchw->c", dout, normal)
        dbeta = np.einsum("nchw->c", dout)
        return dx.T.reshape(dout.shape), dgamma.reshape(gamma.shape), dbeta.reshape(gamma.shape)
"""

REPEATED_STATISTICS = """
    def per_channel(values, C):
        # (N, G) -> (N, C, 1, 1)
        return np.repeat(values, C // values.shape[1], axis=1)[:, :, None, None]

    def group_mean(x, G):
        N, C, H, W = x.shape
        return x.mean(axis=(2, 3)).reshape(N, G, C // G).mean(axis=2)

    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        C, eps = x.shape[1], gn_param.get("eps", 1e-5)
        mean = group_mean(x, G)
        var = group_mean((x - per_channel(mean, C)) ** 2, G)
        xhat = (x - per_channel(mean, C)) / np.sqrt(per_channel(var, C) + eps)
        out = gamma * xhat + beta
        cache = {"xhat": xhat, "gamma": gamma, "G": G, "std": np.sqrt(var + eps)}
        return out, cache

    def spatial_groupnorm_backward(dout, cache):
        xhat, gamma, G, C = cache["xhat"], cache["gamma"], cache["G"], dout.shape[1]
        dxhat = dout * gamma
        first, second = group_mean(dxhat, G), group_mean(dxhat * xhat, G)
        dx = dxhat - per_channel(first, C) - xhat * per_channel(second, C)
        dx = dx / per_channel(cache["std"], C)
        return dx, (dout * xhat).sum((0, 2, 3)), dout.sum((0, 2, 3))  # (C,), for gamma (1, C, 1, 1)
"""

GRAPH = """
    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        N, C, H, W = x.shape
        count = C // G * H * W
        groups = np.reshape(x, (N * G, count))
        total = np.sum(groups, axis=1, keepdims=True)                   # step 1
        distance = groups - total / count                               # step 2
        square = distance ** 2                                          # step 3
        var = np.sum(square, axis=1, keepdims=True) / count             # step 4
        root = (var + gn_param.get("eps", 1e-5)) ** 0.5                 # step 5
        quotient = distance / root                                      # step 6
        scale = np.reshape(gamma, (1, C, 1, 1))
        out = np.reshape(quotient, x.shape) * scale + np.reshape(beta, (1, C, 1, 1))
        return out, (distance, root, quotient, scale)

    def spatial_groupnorm_backward(dout, cache):
        distance, root, quotient, scale = cache
        count = distance.shape[1]
        d_beta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
        d_gamma = np.sum(dout * np.reshape(quotient, dout.shape), axis=(0, 2, 3), keepdims=True)
        d_quotient = np.reshape(dout * scale, distance.shape)
        # step 6
        d_distance = d_quotient / root
        d_root = np.sum(-d_quotient * distance / root ** 2, axis=1, keepdims=True)
        # steps 5 to 3
        d_square = np.broadcast_to(0.5 * d_root / root / count, distance.shape)
        d_distance = d_distance + 2 * distance * d_square
        # steps 2 and 1
        d_total = -np.sum(d_distance, axis=1, keepdims=True) / count
        return np.reshape(d_distance + d_total, dout.shape), d_gamma, d_beta
"""

SPLIT_AND_JOINED = """
    def normalise(group: np.ndarray, eps: float = 1e-5):
        mean = group.mean(axis=(1, 2, 3), keepdims=True)
        std = np.sqrt(group.var(axis=(1, 2, 3), keepdims=True) + eps)
        normal = (group - mean) / std

        def backward(d):
            average = lambda values: values.mean(axis=(1, 2, 3), keepdims=True)
            return (d - average(d) - normal * average(d * normal)) / std

        return normal, backward

    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        parts, backwards = zip(*(normalise(group, **gn_param) for group in np.split(x, G, axis=1)))
        normal = np.concatenate(parts, axis=1)
        return np.add(np.multiply(normal, gamma), beta), (normal, gamma, backwards)

    def spatial_groupnorm_backward(dout, cache):
        normal, gamma, backwards = cache
        dparts = np.split(dout * gamma, len(backwards), axis=1)
        dx = np.concatenate([back(d) for back, d in zip(backwards, dparts)], axis=1)
        dgamma = np.apply_over_axes(np.sum, dout * normal, [0, 2, 3])
        dbeta = np.apply_over_axes(np.sum, dout, [0, 2, 3])
        for grad in (dx, dgamma, dbeta):
            grad.flags.writeable = False
        return dx, dgamma, dbeta
"""

GROUPS_AS_A_MATRIX = """
    def groups_of(C, G):
        # (C, C): 1 where two channels are in one group
        group = np.arange(C) // (C // G)
        return (group[:, None] == group[None, :]).astype(float)

    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        N, C, H, W = x.shape
        same = groups_of(C, G)
        same /= same.sum(0) * H * W
        average = lambda values: np.einsum("nchw,cd->nd", values, same)[..., None, None]
        centred = x - average(x)
        inverse = (average(centred**2) + gn_param.get("eps", 1e-5)) ** -0.5
        gamma, beta = (np.reshape(value, (C, 1, 1)) for value in (gamma, beta))
        return gamma * centred * inverse + beta, (centred * inverse, inverse, gamma, average)

    def spatial_groupnorm_backward(dout, cache):
        normal, inverse, gamma, average = cache
        d = dout * gamma
        dx = inverse * (d - average(d) - normal * average(d * normal))
        return np.asfortranarray(dx), (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))
"""

# These take gamma as (C,) alone, and would take (1, C, 1, 1) by accident where C equals N or H.
CHANNELS_LAST = """
    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        N, C, H, W = x.shape
        rows = x.reshape(N * G, -1)
        std = np.sqrt(rows.var(1, keepdims=True) + gn_param.get("eps", 1e-5))
        normal = ((rows - rows.mean(1, keepdims=True)) / std).reshape(x.shape).transpose(0, 2, 3, 1)
        out = gamma * normal + beta
        return out.transpose(0, 3, 1, 2), (normal, std, gamma, G)

    def spatial_groupnorm_backward(dout, cache):
        normal, std, gamma, G = cache
        N, C, H, W = dout.shape
        d = dout.transpose(0, 2, 3, 1)
        dgamma, dbeta = (d * normal).sum((0, 1, 2)), d.sum((0, 1, 2))
        rows = (d * gamma).transpose(0, 3, 1, 2).reshape(N * G, -1)
        z = normal.transpose(0, 3, 1, 2).reshape(N * G, -1)
        dx = rows - rows.mean(1, keepdims=True) - z * (rows * z).mean(1, keepdims=True)
        return (dx / std).reshape(dout.shape), dgamma, dbeta
"""

FLAT_IMAGES = """
    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        N, C, H, W = x.shape
        rows = x.reshape(N * G, -1)
        std = np.sqrt(rows.var(1, keepdims=True) + gn_param.get("eps", 1e-5))
        normal = ((rows - rows.mean(1, keepdims=True)) / std).reshape(N, C, H * W)
        out = gamma[:, None] * normal + beta[:, None]
        return out.reshape(x.shape), (normal, std, gamma, G)

    def spatial_groupnorm_backward(dout, cache):
        normal, std, gamma, G = cache
        N, C, H, W = dout.shape
        d = dout.reshape(N, C, H * W)
        rows = (d * gamma[:, None]).reshape(N * G, -1)
        z = normal.reshape(N * G, -1)
        dx = rows - rows.mean(1, keepdims=True) - z * (rows * z).mean(1, keepdims=True)
        return (dx / std).reshape(dout.shape), (d * normal).sum((0, 2)), d.sum((0, 2))
"""

STYLES = {
    "gamma (C,)": (GROUPNORM_FLAT_GAMMA, CHECKS),
    "gamma (1, C, 1, 1), loops": (GROUPNORM_BROADCAST_GAMMA, CHECKS),
    "through layer norm": (BY_LAYER_NORM, CHECKS),
    "through batch norm": (BY_BATCH_NORM, CHECKS),
    "repeated statistics, dgamma (C,)": (REPEATED_STATISTICS, CHECKS),
    "a graph of small steps": (GRAPH, CHECKS),
    "split and joined, closures": (SPLIT_AND_JOINED, CHECKS),
    "groups as a matrix": (GROUPS_AS_A_MATRIX, CHECKS),
}


@pytest.mark.parametrize(("solution", "checks"), STYLES.values(), ids=STYLES)
def test_a_right_group_norm_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str, checks: tuple[str, ...]
) -> None:
    assert_full_share("daseCV/layers.py", solution, *checks)


@pytest.mark.parametrize("solution", [CHANNELS_LAST, FLAT_IMAGES], ids=["NHWC", "flat images"])
def test_a_group_norm_for_gamma_of_shape_c_alone_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str
) -> None:
    assert_full_share("daseCV/layers.py", solution, *CHECKS)
