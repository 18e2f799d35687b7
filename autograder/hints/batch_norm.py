"""Typical mistakes in the forward pass of batch norm; `images` has those of images."""

from .mistake import mistakes

MEAN = "running_mean = momentum * running_mean + (1 - momentum) * mean"
VAR = "running_var = momentum * running_var + (1 - momentum) * var"
BATCH = "mean, var = x.mean(axis=0), x.var(axis=0)"
TEST = "mean, var = running_mean, running_var"

BATCH_NORM = [
    *mistakes(
        "layers.batchnorm_forward",
        (
            "variance-of-a-sample",
            ((BATCH, "mean, var = x.mean(axis=0), x.var(axis=0, ddof=1)"),),
            "The variance is divided by N - 1 instead of N: the unbiased one. Here the biased one "
            "is meant.",
            "方差除的是 N - 1（无偏估计）。这里要的是有偏的，除以 N。",
        ),
        (
            "eps-outside-the-root",
            (("np.sqrt(var + eps)", "np.sqrt(var) + eps"),),
            "`eps` is added after the square root. To what does the formula add it?",
            "`eps` 加在了开方之后。公式里它是加在什么上面的？",
        ),
        (
            "eps-missing",
            (("np.sqrt(var + eps)", "np.sqrt(var)"),),
            "The results do not depend on `eps`: as if it were 0.",
            "结果和 `eps` 无关，就像它是 0 一样。",
        ),
        (
            "eps-fixed",
            (("np.sqrt(var + eps)", "np.sqrt(var + 1e-5)"),),
            "Whatever `eps` is asked for, the default is used.",
            "不管给的 `eps` 是多少，用的都是默认值。",
        ),
        (
            "root-missing",
            (("np.sqrt(var + eps)", "(var + eps)"),),
            "It is divided by the variance. What has the unit of `x`: the variance or its root?",
            "除的是方差本身。和 `x` 同一个单位的，是方差还是它的平方根？",
        ),
        (
            "momentum-exchanged",
            (
                (MEAN, "running_mean = (1 - momentum) * running_mean + momentum * mean"),
                (VAR, "running_var = (1 - momentum) * running_var + momentum * var"),
            ),
            "The running averages take over `momentum` of the new value: which share does the old "
            "one keep? (PyTorch has it the other way round.)",
            "滑动平均里新值占了 `momentum`。旧值应当占多少？（PyTorch 的约定正好相反。）",
        ),
        (
            "momentum-fixed",
            (
                (MEAN, "running_mean = 0.9 * running_mean + 0.1 * mean"),
                (VAR, "running_var = 0.9 * running_var + 0.1 * var"),
            ),
            "The running averages move by the default momentum, whatever `bn_param` says.",
            "不管 `bn_param` 怎么说，滑动平均用的都是默认的动量。",
        ),
        (
            "running-averages-replaced",
            ((MEAN, "running_mean = mean"), (VAR, "running_var = var")),
            "The running averages are those of the last minibatch alone. What about the earlier "
            "ones?",
            "滑动平均只剩下最后一个 minibatch 的。之前的到哪里去了？",
        ),
        (
            "running-averages-not-updated",
            ((MEAN, "pass"), (VAR, "pass")),
            "In training the running averages stay as they were.",
            "训练时滑动平均没有更新。",
        ),
        (
            "running-std",
            ((VAR, "running_var = momentum * running_var + (1 - momentum) * np.sqrt(var)"),),
            "`running_var` averages standard deviations, not variances.",
            "`running_var` 累积的是标准差，而不是方差。",
        ),
        (
            "running-averages-updated-in-test",
            (
                (f"else:\n        {TEST}",
                 f"else:\n        {TEST}\n        running_mean = momentum * running_mean + "
                 "(1 - momentum) * x.mean(axis=0)\n        running_var = momentum * running_var + "
                 "(1 - momentum) * x.var(axis=0)"),
            ),
            "The running averages change at test time. Testing must not change the network.",
            "测试时滑动平均也变了。测试不应当改变网络。",
        ),
        (
            "batch-statistics-in-test",
            ((f"else:\n        {TEST}", f"else:\n        {BATCH}"),),
            "At test time the minibatch's own statistics are used. One image alone would become 0: "
            "what are the running averages for?",
            "测试时用的还是这个 batch 自己的统计量。只有一张图时会怎样？滑动平均是做什么用的？",
        ),
        (
            "running-averages-in-training",
            (("else:\n        mean, var = running_mean, running_var",
              "    mean, var = running_mean, running_var\n    else:\n"
              "        mean, var = running_mean, running_var"),),
            "In training the running averages normalise. Which statistics belong to training?",
            "训练时用滑动平均来归一化了。训练时该用哪种统计量？",
        ),
        (
            "always-as-in-training",
            (('if mode == "train":', "if True:"),),
            "At test time everything happens as in training. What is different there?",
            "测试时做的事和训练时一样。测试时应当有什么不同？",
        ),
        (
            "always-as-at-test-time",
            (('if mode == "train":', "if False:"),),
            "Training uses the running averages and never updates them.",
            "训练时用的是滑动平均，而且从不更新它们。",
        ),
        (
            "modes-exchanged",
            (('if mode == "train":', 'if mode == "test":'),),
            "What belongs to training happens at test time, and the other way round.",
            "训练时该做的事放到了测试时，反过来也一样。",
        ),
        (
            "std-for-variance",
            ((BATCH, "mean, var = x.mean(axis=0), x.std(axis=0)"),),
            "The standard deviation stands where the variance belongs, in `out` and in the running "
            "average.",
            "该用方差的地方用了标准差，`out` 和滑动平均都受影响。",
        ),
        (
            "one-statistic-for-all",
            ((BATCH, "mean, var = np.full(D, x.mean()), np.full(D, x.var())"),),
            "All features share one mean and one variance. Each feature has its own.",
            "所有特征共用了一个均值和一个方差。每个特征应当有自己的。",
        ),
        (
            "normalised-by-sample",
            (
                ("x_hat = (x - mean) / std",
                 'x_hat = (x - mean) / std\n    if mode == "train":\n        x_hat = (x - x.mean('
                 "axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + eps)"),
            ),
            "Each sample is normalised over its features: that is layer norm. Over what does batch "
            "norm average?",
            "每个样本在自己的特征上做了归一化：那是层归一化。批归一化是对什么求平均？",
        ),
        (
            "scale-and-shift-exchanged",
            (("gamma * x_hat + beta", "beta * x_hat + gamma"),),
            "`gamma` and `beta` have changed places. Which one scales and which one shifts?",
            "`gamma` 和 `beta` 用反了。哪个是缩放，哪个是平移？",
        ),
        (
            "scale-and-shift-missing",
            (("gamma * x_hat + beta", "x_hat"),),
            "`out` is normalised, but scale and shift are missing.",
            "`out` 归一化了，但还差缩放和平移。",
        ),
        (
            "input-changed",
            (("x_hat = (x - mean) / std", "x -= mean\n    x_hat = x / std"),),
            "The input `x` is changed in place. It belongs to the caller: make a new array.",
            "输入 `x` 被原地修改了。它是调用者的数组：请另建一个。",
        ),
    ),
]  # fmt: skip
