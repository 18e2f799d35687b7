"""Typical mistakes in batch norm and group norm of images."""

from .mistake import mistakes

PIXELS = "pixels = x.transpose(0, 2, 3, 1).reshape(-1, C)"
GROUPS = "groups = x.reshape(N, G, -1)"
STD = "std = np.sqrt(groups.var(axis=2, keepdims=True) + eps)"
MEANS = "mean_dx_hat = dx_hat.mean(axis=2, keepdims=True)"
PRODUCTS = "mean_product = (dx_hat * x_hat).mean(axis=2, keepdims=True)"

IMAGES = [
    *mistakes(
        "layers.spatial_batchnorm_forward",
        (
            "channels-not-last",
            ((PIXELS, "pixels = x.reshape(-1, C)"),),
            "Numbers of different channels share a column: a reshape alone does not bring the "
            "channels to the end.",
            "同一列里混进了不同通道的数：光靠 reshape 不能把通道换到最后。",
        ),
        (
            "reshaped-throughout",
            (
                (PIXELS, "pixels = x.reshape(-1, C)"),
                ("out.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out.reshape(N, C, H, W)"),
            ),
            "Statistics run over numbers of several channels: a reshape reads the numbers in "
            "memory order, it moves no axis.",
            "统计量混合了不同通道的数：reshape 只按内存顺序读数，并不交换轴。",
        ),
        (
            "not-transposed-back",
            (("out.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "out.reshape(N, C, H, W)"),),
            "The numbers of `out` are right but in the wrong places: undo the steps of the way "
            "there, in the opposite order.",
            "`out` 的数值对，位置不对：去的时候做了什么，回来时要按相反的顺序撤销。",
        ),
        (
            "height-and-width-exchanged",
            (("reshape(N, H, W, C).transpose(0, 3, 1, 2)",
              "reshape(N, W, H, C).transpose(0, 3, 2, 1)"),),
            "Rows and columns of `out` are mixed up. In which order were the axes flattened?",
            "`out` 的行和列弄混了。展平时各轴是什么顺序？",
        ),
        (
            "running-averages-lost",
            (("gamma, beta, bn_param)", "gamma, beta, dict(bn_param))"),),
            "The running averages never reach the caller's `bn_param`.",
            "滑动平均没有写回调用者的 `bn_param`。",
        ),
        (
            "images-apart",
            (
                ("out, cache = batchnorm_forward(pixels, gamma, beta, bn_param)",
                 "parts = [batchnorm_forward(part, gamma, beta, bn_param)\n"
                 "             for part in pixels.reshape(N, -1, C)]\n"
                 "    cache = parts[-1][1]\n"
                 "    out = np.concatenate([part[0] for part in parts])"),
            ),
            "Each image is normalised by its own statistics. Here one channel's statistics run "
            "over all images.",
            "每张图用了自己的统计量。这里一个通道的统计量要跨过所有的图。",
        ),
    ),
    *mistakes(
        "layers.spatial_batchnorm_backward",
        (
            "channels-not-last",
            (("dout.transpose(0, 2, 3, 1).reshape(-1, C)", "dout.reshape(-1, C)"),),
            "The columns of `dout` hold numbers of different channels: it has to be rearranged as "
            "`x` was.",
            "`dout` 的列里混了不同通道的数：它要像 `x` 那样重新排列。",
        ),
        (
            "not-transposed-back",
            (("dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "dx.reshape(N, C, H, W)"),),
            "The numbers of `dx` are right but in the wrong places: undo the steps of the way "
            "there, in the opposite order.",
            "`dx` 的数值对，位置不对：去的时候做了什么，回来时要按相反的顺序撤销。",
        ),
        (
            "height-and-width-exchanged",
            (("reshape(N, H, W, C).transpose(0, 3, 1, 2)",
              "reshape(N, W, H, C).transpose(0, 3, 2, 1)"),),
            "Rows and columns of `dx` are mixed up. In which order were the axes flattened?",
            "`dx` 的行和列弄混了。展平时各轴是什么顺序？",
        ),
        (
            "dgamma-and-dbeta-exchanged",
            (("dx, dgamma, dbeta = batchnorm", "dx, dbeta, dgamma = batchnorm"),),
            "`dgamma` and `dbeta` have changed places.",
            "`dgamma` 和 `dbeta` 对调了。",
        ),
        (
            "parameters-averaged",
            (("dx = dx.reshape", "dgamma, dbeta = dgamma / len(pixels), dbeta / len(pixels)\n"
              "    dx = dx.reshape"),),
            "`dgamma` and `dbeta` are means over the pixels where sums belong.",
            "`dgamma` 和 `dbeta` 对像素求了平均，该用求和。",
        ),
    ),
    *mistakes(
        "layers.spatial_groupnorm_forward",
        (
            "channels-apart",
            ((GROUPS, "groups = x.reshape(N, C, -1)"),),
            "Each channel is normalised by itself, whatever `G` is: that is instance norm.",
            "不管 `G` 是多少，每个通道都各自归一化了：那是实例归一化。",
        ),
        (
            "one-group",
            ((GROUPS, "groups = x.reshape(N, 1, -1)"),),
            "All channels of an image are normalised together, whatever `G` is.",
            "不管 `G` 是多少，一张图的所有通道都放在一起归一化了。",
        ),
        (
            "groups-interleaved",
            (
                (GROUPS, "y = x.reshape(N, C // G, G, H, W).transpose(0, 2, 1, 3, 4)\n"
                 "    groups = y.reshape(N, G, -1)"),
                ("/ std).reshape(x.shape)",
                 "/ std).reshape(y.shape).transpose(0, 2, 1, 3, 4).reshape(x.shape)"),
            ),
            "A group is made of every G-th channel. It should be made of neighbours.",
            "一组里的通道是隔着 G 个取的。一组应当由相邻的通道组成。",
        ),
        (
            "size-for-number",
            ((GROUPS, "groups = x.reshape(N, C // G, -1)"),),
            "`G` is taken for the size of a group. It is the number of groups.",
            "`G` 被当成了一组里的通道数。它是组数。",
        ),
        (
            "over-the-batch",
            (
                (STD, "std = np.sqrt(groups.var(axis=(0, 2), keepdims=True) + eps)"),
                ("groups.mean(axis=2, keepdims=True)", "groups.mean(axis=(0, 2), keepdims=True)"),
            ),
            "The statistics of a group run over all images. Each image is normalised by itself.",
            "一组的统计量跨过了所有的图。每张图应当只看自己。",
        ),
        (
            "variance-of-a-sample",
            ((STD, "std = np.sqrt(groups.var(axis=2, keepdims=True, ddof=1) + eps)"),),
            "The variance is divided by one less than the count: the unbiased one. Here the biased "
            "one is meant.",
            "方差除的是“个数减一”（无偏估计）。这里要的是有偏的。",
        ),
        (
            "eps-outside-the-root",
            ((STD, "std = np.sqrt(groups.var(axis=2, keepdims=True)) + eps"),),
            "`eps` is added after the square root. To what does the formula add it?",
            "`eps` 加在了开方之后。公式里它是加在什么上面的？",
        ),
        (
            "eps-fixed",
            ((STD, "std = np.sqrt(groups.var(axis=2, keepdims=True) + 1e-5)"),),
            "Whatever `eps` is asked for, the default is used.",
            "不管给的 `eps` 是多少，用的都是默认值。",
        ),
        (
            "scale-and-shift-missing",
            (("gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)", "x_hat"),),
            "`out` is normalised, but scale and shift are missing.",
            "`out` 归一化了，但还差缩放和平移。",
        ),
    ),
    *mistakes(
        "layers.spatial_groupnorm_backward",
        (
            "mean-constant",
            (("(dx_hat - mean_dx_hat - x_hat", "(dx_hat - x_hat"),),
            "`dx` treats a group's mean as a constant, but every number of the group moves it.",
            "`dx` 把组的均值当成了常数，而组里每个数都会影响它。",
        ),
        (
            "variance-constant",
            (("mean_dx_hat - x_hat * mean_product)", "mean_dx_hat)"),),
            "`dx` treats a group's variance as a constant, but every number of the group moves it.",
            "`dx` 把组的方差当成了常数，而组里每个数都会影响它。",
        ),
        (
            "statistics-constant",
            (("(dx_hat - mean_dx_hat - x_hat * mean_product)", "dx_hat"),),
            "`dx` treats mean and variance of a group as constants. Every number of the group "
            "moves both.",
            "`dx` 把组的均值和方差都当成了常数。组里每个数都会影响它们。",
        ),
        (
            "gamma-missing",
            (("(dout * gamma.reshape(1, C, 1, 1))", "dout"),),
            "`dx` does not depend on `gamma`, though the forward pass multiplied by it.",
            "`dx` 和 `gamma` 无关，可是前向传播时乘过它。",
        ),
        (
            "gamma-outside",
            (
                ("(dout * gamma.reshape(1, C, 1, 1))", "dout"),
                ("/ std).reshape(dout.shape)",
                 "/ std).reshape(dout.shape) * gamma.reshape(1, C, 1, 1)"),
            ),
            "`gamma` is multiplied after the means were taken. It differs within a group, so that "
            "it cannot be pulled out.",
            "`gamma` 是在求平均之后才乘的。同一组里它并不相同，不能提到平均外面。",
        ),
        (
            "pixels-counted-only",
            (
                (MEANS, "mean_dx_hat = dx_hat.sum(axis=2, keepdims=True) / (H * W)"),
                (PRODUCTS, "mean_product = (dx_hat * x_hat).sum(axis=2, keepdims=True) / (H * W)"),
            ),
            "Sums over a group are divided by the number of pixels. How many numbers are in a "
            "group?",
            "对一组求的和只除了像素数。一组里究竟有多少个数？",
        ),
        (
            "over-the-batch",
            (
                (MEANS, "mean_dx_hat = dx_hat.mean(axis=(0, 2), keepdims=True)"),
                (PRODUCTS, "mean_product = (dx_hat * x_hat).mean(axis=(0, 2), keepdims=True)"),
            ),
            "In `dx`, the means run over all images. Over what did the forward pass average?",
            "算 `dx` 时对所有的图求了平均。前向传播是在什么范围里平均的？",
        ),
        (
            "parameters-averaged",
            (
                ("dbeta = dout.sum(axis=(0, 2, 3))", "dbeta = dout.mean(axis=(0, 2, 3))"),
                ("(dout * x_hat).sum(axis=(0, 2, 3))", "(dout * x_hat).mean(axis=(0, 2, 3))"),
            ),
            "`dgamma` and `dbeta` are means where sums belong.",
            "`dgamma` 和 `dbeta` 用了平均，该用求和。",
        ),
    ),
]  # fmt: skip
