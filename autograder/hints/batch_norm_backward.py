"""Typical mistakes in the backward passes of batch norm."""

from .mistake import Topic

BATCH_NORM_BACKWARD: Topic = {
    "layers.batchnorm_backward": {
        "mean-constant": (
            {"dx = dcentred + dmean / len(dout)": "dx = dcentred"},
            "`dx` treats the mean as a constant, but every `x` of the batch moves it: one path of "
            "the graph is missing.",
        ),
        "variance-constant": (
            {"dx_hat / std + dvar * 2 * centred / len(dout)": "dx_hat / std"},
            "`dx` treats the variance as a constant, but every `x` of the batch moves it: one path "
            "of the graph is missing.",
        ),
        "statistics-constant": (
            {"dx = dcentred + dmean / len(dout)": "dx = dx_hat / std"},
            "`dx` treats mean and variance as constants. Both depend on every `x` of the batch: "
            "two paths of the graph are missing.",
        ),
        "variance-not-averaged": (
            {"2 * centred / len(dout)": "2 * centred"},
            "What flows through the variance is too large by N: a variance is a mean.",
        ),
        "mean-not-averaged": (
            {"dmean / len(dout)": "dmean"},
            "What flows through the mean is too large by N.",
        ),
        "square-without-two": (
            {"dvar * 2 * centred": "dvar * centred"},
            "What flows through the variance is half of what it should be. Look at the gradient of "
            "a square again.",
        ),
        "root-without-half": (
            {"dstd / (2 * std)": "dstd / std"},
            "What flows through the variance is twice what it should be. Look at the gradient of a "
            "square root again.",
        ),
        "sign-of-the-variance": (
            {"dstd = -(dx_hat": "dstd = (dx_hat"},
            "What flows through the standard deviation has the wrong sign. How does a quotient "
            "change when its divisor grows?",
        ),
        "gamma-missing": (
            {"dx_hat = dout * gamma": "dx_hat = dout"},
            "`dx` does not depend on `gamma`, though the forward pass multiplied by it.",
        ),
        "dgamma-without-normalised-input": (
            {"dgamma = (dout * x_hat).sum": "dgamma = (dout * x_hat * std).sum"},
            "`dgamma` is multiplied with inputs that are centred, but not yet divided by the "
            "standard deviation.",
        ),
        "dgamma-without-dout": (
            {"dgamma = (dout * x_hat).sum": "dgamma = x_hat.sum"},
            "`dgamma` is nearly 0: the normalised inputs alone add up to that. Where is the "
            "gradient from above?",
        ),
        "dgamma-is-dbeta": (
            {"(dout * x_hat).sum(axis=0)": "dout.sum(axis=0)"},
            "`dgamma` equals `dbeta`. By what was the scale multiplied in the forward pass?",
        ),
        "dgamma-and-dbeta-exchanged": (
            {"dx = dcentred": "dgamma, dbeta = dbeta, dgamma\n    dx = dcentred"},
            "`dgamma` and `dbeta` have changed places. Which of them belongs to the scale?",
        ),
        "parameters-averaged": (
            {"dbeta = dout.sum": "dbeta = dout.mean", "x_hat).sum": "x_hat).mean"},
            "`dgamma` and `dbeta` are means where sums belong. The loss already divides by N.",
        ),
    },
    "layers.batchnorm_backward_alt": {
        "not-averaged": (
            {"(dbeta + x_hat * dgamma) / len(dout)": "(dbeta + x_hat * dgamma)"},
            "The two terms that are subtracted are too large by N: mean and variance are averages.",
        ),
        "mean-constant": (
            {"(dbeta + x_hat * dgamma)": "(x_hat * dgamma)"},
            "`dx` treats the mean as a constant, but every `x` of the batch moves it.",
        ),
        "variance-constant": (
            {"(dbeta + x_hat * dgamma)": "dbeta"},
            "`dx` treats the variance as a constant, but every `x` of the batch moves it.",
        ),
        "statistics-constant": (
            {"(dout - (dbeta + x_hat * dgamma) / len(dout))": "dout"},
            "`dx` treats mean and variance as constants. Both depend on every `x` of the batch.",
        ),
        "gamma-missing": (
            {"dx = gamma / std": "dx = 1 / std"},
            "`dx` does not depend on `gamma`, though the forward pass multiplied by it.",
        ),
        "std-missing": (
            {"dx = gamma / std": "dx = gamma"},
            "`dx` lacks a division: the forward pass divided by the standard deviation.",
        ),
        "sign-of-the-terms": (
            {"(dout - (dbeta": "(dout + (dbeta"},
            "The influence of mean and variance is added where it lowers the gradient.",
        ),
        "dgamma-and-dbeta-exchanged": (
            {"len(dout))": "len(dout))\n    dgamma, dbeta = dbeta, dgamma"},
            "`dgamma` and `dbeta` have changed places. Which of them belongs to the scale?",
        ),
        "dgamma-without-dout": (
            {"dgamma = (dout * x_hat).sum": "dgamma = x_hat.sum"},
            "`dgamma` is nearly 0: the normalised inputs alone add up to that. Where is the "
            "gradient from above?",
        ),
        "dgamma-is-dbeta": (
            {"(dout * x_hat).sum(axis=0)": "dout.sum(axis=0)"},
            "`dgamma` equals `dbeta`, and `dx` suffers. By what was the scale multiplied?",
        ),
    },
}
