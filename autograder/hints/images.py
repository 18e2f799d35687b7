"""Typical mistakes in batch norm and group norm of images."""

from .batch_norm import forward_mistakes
from .mistake import Topic

PIXELS = "pixels = x.transpose(0, 2, 3, 1).reshape(-1, C)"
GROUPS = "groups = x.reshape(N, G, -1)"
STD = "std = np.sqrt(groups.var(axis=2, keepdims=True) + eps)"
MEANS = "mean_dx_hat = dx_hat.mean(axis=2, keepdims=True)"
PRODUCTS = "mean_product = (dx_hat * x_hat).mean(axis=2, keepdims=True)"

IMAGES: Topic = {
    "layers.spatial_batchnorm_forward": {
        "channels-not-last": (
            {PIXELS: "pixels = x.reshape(-1, C)"},
            "Numbers of different channels share a column: a reshape alone does not bring the "
            "channels to the end.",
        ),
        "reshaped-throughout": (
            {
                PIXELS: "pixels = x.reshape(-1, C)",
                "N, H, W, C).transpose(0, 3, 1, 2)": "N, C, H, W)",
            },
            "Statistics run over numbers of several channels: a reshape reads the numbers in "
            "memory order, it moves no axis.",
        ),
        "not-transposed-back": (
            {"out.reshape(N, H, W, C).transpose(0, 3, 1, 2)": "out.reshape(N, C, H, W)"},
            "The numbers of `out` are right but in the wrong places: undo the steps of the way "
            "there, in the opposite order.",
        ),
        "height-and-width-exchanged": (
            {"H, W, C).transpose(0, 3, 1, 2)": "W, H, C).transpose(0, 3, 2, 1)"},
            "Rows and columns of `out` are mixed up. In which order were the axes flattened?",
        ),
        "running-averages-lost": (
            {"gamma, beta, bn_param)": "gamma, beta, dict(bn_param))"},
            "The running averages never reach the caller's `bn_param`.",
        ),
        "images-apart": (
            {
                "out, cache = batchnorm_forward(pixels, gamma, beta, bn_param)": (
                    "parts = [batchnorm_forward(part, gamma, beta, bn_param)\n"
                    "             for part in pixels.reshape(N, -1, C)]\n"
                    "    cache = parts[-1][1]\n"
                    "    out = np.concatenate([part[0] for part in parts])"
                )
            },
            "Each image is normalised by its own statistics. Here one channel's statistics run "
            "over all images.",
        ),
    },
    "layers.spatial_batchnorm_backward": {
        "channels-not-last": (
            {"dout.transpose(0, 2, 3, 1).reshape(-1, C)": "dout.reshape(-1, C)"},
            "The columns of `dout` hold numbers of different channels: it has to be rearranged as "
            "`x` was.",
        ),
        "not-transposed-back": (
            {"dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)": "dx.reshape(N, C, H, W)"},
            "The numbers of `dx` are right but in the wrong places: undo the steps of the way "
            "there, in the opposite order.",
        ),
        "height-and-width-exchanged": (
            {"H, W, C).transpose(0, 3, 1, 2)": "W, H, C).transpose(0, 3, 2, 1)"},
            "Rows and columns of `dx` are mixed up. In which order were the axes flattened?",
        ),
        "dgamma-and-dbeta-exchanged": (
            {"dx, dgamma, dbeta = batchnorm": "dx, dbeta, dgamma = batchnorm"},
            "`dgamma` and `dbeta` have changed places.",
        ),
        "parameters-averaged": (
            {
                "dx = dx.reshape": (
                    "dgamma, dbeta = dgamma / len(pixels), dbeta / len(pixels)\n    dx = dx.reshape"
                )
            },
            "`dgamma` and `dbeta` are means over the pixels where sums belong.",
        ),
    },
    "layers.spatial_groupnorm_forward": {
        **forward_mistakes(
            "keepdims=True)", "gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)"
        ),
        "channels-apart": (
            {GROUPS: "groups = x.reshape(N, C, -1)"},
            "Each channel is normalised by itself, whatever `G` is: that is instance norm.",
        ),
        "one-group": (
            {GROUPS: "groups = x.reshape(N, 1, -1)"},
            "All channels of an image are normalised together, whatever `G` is.",
        ),
        "groups-interleaved": (
            {
                GROUPS: (
                    "y = x.reshape(N, C // G, G, H, W).transpose(0, 2, 1, 3, 4)\n"
                    "    groups = y.reshape(N, G, -1)"
                ),
                "/ std).reshape(x.shape)": (
                    "/ std).reshape(y.shape).transpose(0, 2, 1, 3, 4).reshape(x.shape)"
                ),
            },
            "A group is made of every G-th channel. It should be made of neighbours.",
        ),
        "size-for-number": (
            {GROUPS: "groups = x.reshape(N, C // G, -1)"},
            "`G` is taken for the size of a group. It is the number of groups.",
        ),
        "over-the-batch": (
            {"var(axis=2": "var(axis=(0, 2)", "mean(axis=2": "mean(axis=(0, 2)"},
            "The statistics of a group run over all images. Each image is normalised by itself.",
        ),
        "variance-of-a-sample": (
            {STD: "std = np.sqrt(groups.var(axis=2, keepdims=True, ddof=1) + eps)"},
            "The variance is divided by one less than the count: the unbiased one. Here the biased "
            "one is meant.",
        ),
    },
    "layers.spatial_groupnorm_backward": {
        "mean-constant": (
            {"(dx_hat - mean_dx_hat - x_hat": "(dx_hat - x_hat"},
            "`dx` treats a group's mean as a constant, but every number of the group moves it.",
        ),
        "variance-constant": (
            {"mean_dx_hat - x_hat * mean_product)": "mean_dx_hat)"},
            "`dx` treats a group's variance as a constant, but every number of the group moves it.",
        ),
        "statistics-constant": (
            {"(dx_hat - mean_dx_hat - x_hat * mean_product)": "dx_hat"},
            "`dx` treats mean and variance of a group as constants. Every number of the group "
            "moves both.",
        ),
        "gamma-missing": (
            {"(dout * gamma.reshape(1, C, 1, 1))": "dout"},
            "`dx` does not depend on `gamma`, though the forward pass multiplied by it.",
        ),
        "gamma-outside": (
            {
                "(dout * gamma.reshape(1, C, 1, 1))": "dout",
                "/ std).reshape(dout.shape)": (
                    "/ std).reshape(dout.shape) * gamma.reshape(1, C, 1, 1)"
                ),
            },
            "`gamma` is multiplied after the means were taken. It differs within a group, so that "
            "it cannot be pulled out.",
        ),
        "pixels-counted-only": (
            {
                MEANS: "mean_dx_hat = dx_hat.sum(axis=2, keepdims=True) / (H * W)",
                PRODUCTS: "mean_product = (dx_hat * x_hat).sum(axis=2, keepdims=True) / (H * W)",
            },
            "Sums over a group are divided by the number of pixels. How many numbers are in a "
            "group?",
        ),
        "over-the-batch": (
            {
                "dx_hat.mean(axis=2": "dx_hat.mean(axis=(0, 2)",
                "x_hat).mean(axis=2": "x_hat).mean(axis=(0, 2)",
            },
            "In `dx`, the means run over all images. Over what did the forward pass average?",
        ),
        "parameters-averaged": (
            {"dbeta = dout.sum": "dbeta = dout.mean", "(dout * x_hat).sum": "(dout * x_hat).mean"},
            "`dgamma` and `dbeta` are means where sums belong.",
        ),
    },
}
