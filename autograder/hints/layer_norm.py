"""Typical mistakes in layer norm."""

from .mistake import mistakes

LAYER_NORM = [
    *mistakes(
        "layers.layernorm_forward",
        (
            "over-the-batch",
            (
                ("x.var(axis=1, keepdims=True)", "x.var(axis=0, keepdims=True)"),
                ("x.mean(axis=1, keepdims=True)", "x.mean(axis=0, keepdims=True)"),
            ),
            "Each feature is normalised over the batch: that is batch norm. Here a sample is "
            "normalised by itself.",
            "每个特征在 batch 上做了归一化：那是批归一化。这里每个样本只看自己。",
        ),
        (
            "over-everything",
            (
                ("x.var(axis=1, keepdims=True)", "x.var()"),
                ("x.mean(axis=1, keepdims=True)", "x.mean()"),
            ),
            "All samples share one mean and one variance. Each sample has its own.",
            "所有样本共用了一个均值和方差。每个样本应当有自己的。",
        ),
        (
            "variance-of-a-sample",
            (("x.var(axis=1, keepdims=True)", "x.var(axis=1, keepdims=True, ddof=1)"),),
            "The variance is divided by D - 1 instead of D: the unbiased one. Here the biased one "
            "is meant.",
            "方差除的是 D - 1（无偏估计）。这里要的是有偏的，除以 D。",
        ),
        (
            "eps-outside-the-root",
            (("keepdims=True) + eps)", "keepdims=True)) + eps"),),
            "`eps` is added after the square root. To what does the formula add it?",
            "`eps` 加在了开方之后。公式里它是加在什么上面的？",
        ),
        (
            "eps-fixed",
            (("keepdims=True) + eps)", "keepdims=True) + 1e-5)"),),
            "Whatever `eps` is asked for, the default is used.",
            "不管给的 `eps` 是多少，用的都是默认值。",
        ),
        (
            "scale-and-shift-missing",
            (("gamma * x_hat + beta", "x_hat"),),
            "`out` is normalised, but scale and shift are missing.",
            "`out` 归一化了，但还差缩放和平移。",
        ),
    ),
    *mistakes(
        "layers.layernorm_backward",
        (
            "mean-constant",
            (("(dx_hat - mean_dx_hat - x_hat", "(dx_hat - x_hat"),),
            "`dx` treats the mean as a constant, but every feature of the sample moves it.",
            "`dx` 把均值当成了常数，而样本的每个特征都会影响它。",
        ),
        (
            "variance-constant",
            (("mean_dx_hat - x_hat * mean_product)", "mean_dx_hat)"),),
            "`dx` treats the variance as a constant, but every feature of the sample moves it.",
            "`dx` 把方差当成了常数，而样本的每个特征都会影响它。",
        ),
        (
            "over-the-batch",
            (
                ("dx_hat.mean(axis=1, keepdims=True)", "dx_hat.mean(axis=0, keepdims=True)"),
                ("x_hat).mean(axis=1, keepdims=True)", "x_hat).mean(axis=0, keepdims=True)"),
            ),
            "In `dx`, the means run over the batch as in batch norm. Along which axis did the "
            "forward pass average?",
            "算 `dx` 时像批归一化那样对 batch 求了平均。前向传播是沿哪个轴平均的？",
        ),
        (
            "divided-by-samples",
            (
                ("dx_hat.mean(axis=1, keepdims=True)",
                 "dx_hat.sum(axis=1, keepdims=True) / len(dout)"),
                ("(dx_hat * x_hat).mean(axis=1, keepdims=True)",
                 "(dx_hat * x_hat).sum(axis=1, keepdims=True) / len(dout)"),
            ),
            "Sums over the features are divided by the number of samples. How many numbers have "
            "been added?",
            "对特征求的和除的是样本数。加起来的究竟有多少个数？",
        ),
        (
            "gamma-outside",
            (
                ("dx_hat = dout * gamma", "dx_hat = dout"),
                ("dx = (dx_hat", "dx = gamma * (dx_hat"),
            ),
            "`gamma` is multiplied after the means were taken. In layer norm it differs within a "
            "mean, so that it cannot be pulled out.",
            "`gamma` 是在求平均之后才乘的。层归一化的平均跨过不同的 `gamma`，不能把它提到外面。",
        ),
        (
            "gamma-missing",
            (("dx_hat = dout * gamma", "dx_hat = dout"),),
            "`dx` does not depend on `gamma`, though the forward pass multiplied by it.",
            "`dx` 和 `gamma` 无关，可是前向传播时乘过它。",
        ),
        (
            "parameters-over-the-features",
            (
                ("dbeta = dout.sum(axis=0)", "dbeta = dout.sum(axis=1)"),
                ("(dout * x_hat).sum(axis=0)", "(dout * x_hat).sum(axis=1)"),
            ),
            "`dgamma` and `dbeta` have one number for each sample. There is one scale for each "
            "feature, and all samples use it.",
            "`dgamma` 和 `dbeta` 每个样本一个数。而缩放是每个特征一个，被所有样本共用。",
        ),
    ),
]  # fmt: skip
