"""Typical mistakes in layer norm."""

from .batch_norm import forward_mistakes
from .mistake import Topic

LAYER_NORM: Topic = {
    "layers.layernorm_forward": {
        **forward_mistakes("keepdims=True)", "gamma * x_hat + beta"),
        "over-the-batch": (
            {"x.var(axis=1": "x.var(axis=0", "x.mean(axis=1": "x.mean(axis=0"},
            "Each feature is normalised over the batch: that is batch norm. Here a sample is "
            "normalised by itself.",
        ),
        "over-everything": (
            {
                "x.var(axis=1, keepdims=True)": "x.var()",
                "x.mean(axis=1, keepdims=True)": "x.mean()",
            },
            "All samples share one mean and one variance. Each sample has its own.",
        ),
        "variance-of-a-sample": (
            {"x.var(axis=1, keepdims=True)": "x.var(axis=1, keepdims=True, ddof=1)"},
            "The variance is divided by D - 1 instead of D: the unbiased one. Here the biased one "
            "is meant.",
        ),
    },
    "layers.layernorm_backward": {
        "mean-constant": (
            {"(dx_hat - mean_dx_hat - x_hat": "(dx_hat - x_hat"},
            "`dx` treats the mean as a constant, but every feature of the sample moves it.",
        ),
        "variance-constant": (
            {"mean_dx_hat - x_hat * mean_product)": "mean_dx_hat)"},
            "`dx` treats the variance as a constant, but every feature of the sample moves it.",
        ),
        "over-the-batch": (
            {
                "dx_hat.mean(axis=1": "dx_hat.mean(axis=0",
                "x_hat).mean(axis=1": "x_hat).mean(axis=0",
            },
            "In `dx`, the means run over the batch as in batch norm. Along which axis did the "
            "forward pass average?",
        ),
        "divided-by-samples": (
            {
                "dx_hat.mean(axis=1, keepdims=True)": (
                    "dx_hat.sum(axis=1, keepdims=True) / len(dout)"
                ),
                "(dx_hat * x_hat).mean(axis=1, keepdims=True)": (
                    "(dx_hat * x_hat).sum(axis=1, keepdims=True) / len(dout)"
                ),
            },
            "Sums over the features are divided by the number of samples. How many numbers have "
            "been added?",
        ),
        "gamma-outside": (
            {"dx_hat = dout * gamma": "dx_hat = dout", "dx = (dx_hat": "dx = gamma * (dx_hat"},
            "`gamma` is multiplied after the means were taken. In layer norm it differs within a "
            "mean, so that it cannot be pulled out.",
        ),
        "gamma-missing": (
            {"dx_hat = dout * gamma": "dx_hat = dout"},
            "`dx` does not depend on `gamma`, though the forward pass multiplied by it.",
        ),
        "parameters-over-the-features": (
            {
                "dbeta = dout.sum(axis=0": "dbeta = dout.sum(axis=1",
                "x_hat).sum(axis=0": "x_hat).sum(axis=1",
            },
            "`dgamma` and `dbeta` have one number for each sample. There is one scale for each "
            "feature, and all samples use it.",
        ),
    },
}
