"""Typical mistakes in the forward pass of batch norm; `images` has those of images."""

from .mistake import Mistakes, Topic

MEAN = "running_mean = momentum * running_mean + (1 - momentum) * mean"
VAR = "running_var = momentum * running_var + (1 - momentum) * var"
BATCH = "mean, var = x.mean(axis=0), x.var(axis=0)"
TEST = "mean, var = running_mean, running_var"


def forward_mistakes(before_eps: str, scaled: str) -> Mistakes:
    """What goes wrong in any normalisation, which adds `eps` behind a text and scales at last."""
    return {
        "eps-outside-the-root": (
            {f"{before_eps} + eps)": f"{before_eps}) + eps"},
            "`eps` is added after the square root. To what does the formula add it?",
        ),
        "eps-fixed": (
            {f"{before_eps} + eps)": f"{before_eps} + 1e-5)"},
            "Whatever `eps` is asked for, the default is used.",
        ),
        "scale-and-shift-missing": (
            {scaled: "x_hat"},
            "`out` is normalised, but scale and shift are missing.",
        ),
    }


BATCH_NORM: Topic = {
    "layers.batchnorm_forward": {
        **forward_mistakes("np.sqrt(var", "gamma * x_hat + beta"),
        "variance-of-a-sample": (
            {BATCH: "mean, var = x.mean(axis=0), x.var(axis=0, ddof=1)"},
            "The variance is divided by N - 1 instead of N: the unbiased one. Here the biased one "
            "is meant.",
        ),
        "running-variance-of-a-sample": (
            {VAR: VAR.replace("* var", "* x.var(axis=0, ddof=1)")},
            "The running variance is updated with the one that is divided by N - 1. Which one "
            "normalises the batch?",
        ),
        "eps-missing": (
            {"np.sqrt(var + eps)": "np.sqrt(var)"},
            "The results do not depend on `eps`: as if it were 0.",
        ),
        "root-missing": (
            {"np.sqrt(var + eps)": "(var + eps)"},
            "It is divided by the variance. What has the unit of `x`: the variance or its root?",
        ),
        "momentum-exchanged": (
            {
                MEAN: "running_mean = (1 - momentum) * running_mean + momentum * mean",
                VAR: "running_var = (1 - momentum) * running_var + momentum * var",
            },
            "The running averages take over `momentum` of the new value: which share does the old "
            "one keep? (PyTorch has it the other way round.)",
        ),
        "momentum-exchanged-for-the-mean": (
            {MEAN: "running_mean = (1 - momentum) * running_mean + momentum * mean"},
            "The running mean takes over `momentum` of the new value, and the running variance "
            "does not: both follow the same rule.",
        ),
        "momentum-fixed": (
            {
                MEAN: "running_mean = 0.9 * running_mean + 0.1 * mean",
                VAR: "running_var = 0.9 * running_var + 0.1 * var",
            },
            "The running averages move by the default momentum, whatever `bn_param` says.",
        ),
        "running-averages-replaced": (
            {MEAN: "running_mean = mean", VAR: "running_var = var"},
            "The running averages are those of the last minibatch alone. What about the earlier "
            "ones?",
        ),
        "running-averages-not-updated": (
            {MEAN: "pass", VAR: "pass"},
            "In training the running averages stay as they were.",
        ),
        "running-std": (
            {VAR: "running_var = momentum * running_var + (1 - momentum) * np.sqrt(var)"},
            "`running_var` averages standard deviations, not variances.",
        ),
        "running-averages-updated-in-test": (
            {
                f"else:\n        {TEST}": (
                    f"else:\n        {TEST}\n"
                    f"        {MEAN.replace('* mean', '* x.mean(axis=0)')}\n"
                    f"        {VAR.replace('* var', '* x.var(axis=0)')}"
                )
            },
            "The running averages change at test time. Testing must not change the network.",
        ),
        "batch-statistics-in-test": (
            {f"else:\n        {TEST}": f"else:\n        {BATCH}"},
            "At test time the minibatch's own statistics are used. One image alone would become 0: "
            "what are the running averages for?",
        ),
        "running-averages-in-training": (
            {f"else:\n        {TEST}": f"    {TEST}\n    else:\n        {TEST}"},
            "In training the running averages normalise. Which statistics belong to training?",
        ),
        "always-as-in-training": (
            {'if mode == "train":': "if True:"},
            "At test time everything happens as in training. What is different there?",
        ),
        "always-as-at-test-time": (
            {'if mode == "train":': "if False:"},
            "Training uses the running averages and never updates them.",
        ),
        "modes-exchanged": (
            {'if mode == "train":': 'if mode == "test":'},
            "What belongs to training happens at test time, and the other way round.",
        ),
        "std-for-variance": (
            {BATCH: "mean, var = x.mean(axis=0), x.std(axis=0)"},
            "The standard deviation stands where the variance belongs, in `out` and in the running "
            "average.",
        ),
        "one-statistic-for-all": (
            {BATCH: "mean, var = np.full(D, x.mean()), np.full(D, x.var())"},
            "All features share one mean and one variance. Each feature has its own.",
        ),
        "normalised-by-sample": (
            {
                "x_hat = (x - mean) / std": (
                    'x_hat = (x - mean) / std\n    if mode == "train":\n'
                    "        x_hat = (x - x.mean(axis=1, keepdims=True)) "
                    "/ np.sqrt(x.var(axis=1, keepdims=True) + eps)"
                )
            },
            "Each sample is normalised over its features: that is layer norm. Over what does batch "
            "norm average?",
        ),
        "scale-and-shift-exchanged": (
            {"gamma * x_hat + beta": "beta * x_hat + gamma"},
            "`gamma` and `beta` have changed places. Which one scales and which one shifts?",
        ),
        "input-changed": (
            {"x_hat = (x - mean) / std": "x -= mean\n    x_hat = x / std"},
            "The input `x` is changed in place. It belongs to the caller: make a new array.",
        ),
    }
}
