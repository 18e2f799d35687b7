"""Typical mistakes in the losses."""

from .mistake import mistakes

LOSSES = [
    *mistakes(
        "layers.svm_loss",
        (
            "right-class-counted",
            (("margins[samples, y] = 0", "pass"),),
            "The loss is too large by 1: the right class is compared with itself.",
            "损失大了 1：正确的类别和它自己也比了一次。",
        ),
        (
            "not-averaged",
            (("margins.sum() / len(x)", "margins.sum()"), ("dx /= len(x)", "pass")),
            "Loss and gradient are sums over the samples. Both should be averages.",
            "损失和梯度是对样本求的和。两者都应当是平均。",
        ),
        (
            "gradient-not-averaged",
            (("dx /= len(x)", "pass"),),
            "The loss is an average over the samples, but its gradient is not.",
            "损失对样本取了平均，梯度却没有。",
        ),
        (
            "margin-missing",
            (("x[samples, y][:, None] + 1)", "x[samples, y][:, None])"),),
            "A wrong class costs nothing as soon as it is lower. By how much should it be lower?",
            "错误的类别只要低一点就没有损失了。它应当低多少才行？",
        ),
        (
            "right-class-moved-by-one",
            (("= -dx.sum(axis=1)", "= -1"),),
            "The gradient at the right class is always the same. It takes part in every margin "
            "that is violated.",
            "正确类别上的梯度总是一样。它参与了每一个被违反的间隔。",
        ),
        (
            "right-class-without-gradient",
            (("dx[samples, y] = -dx.sum(axis=1)", "pass"),),
            "The right class gets no gradient, though every margin depends on its score.",
            "正确的类别没有梯度，可是每个间隔都依赖它的得分。",
        ),
        (
            "squared",
            (("margins.sum() / len(x)", "(margins**2).sum() / len(x)"),),
            "The margins are squared. That is another loss.",
            "间隔被平方了，那是另一种损失。",
        ),
        (
            "scores-changed",
            (("margins = np.maximum(0, x - x[samples, y][:, None] + 1)",
              "x -= x[samples, y][:, None].copy()\n    margins = np.maximum(0, x + 1)"),),
            "The scores `x` are changed in place. They belong to the caller.",
            "得分 `x` 被原地修改了。它是调用者的数组。",
        ),
    ),
    *mistakes(
        "layers.softmax_loss",
        (
            "overflow",
            (("x - x.max(axis=1, keepdims=True)", "x * 1.0"),),
            "Large scores give NaN or infinity: `exp` overflows. Which number can you subtract "
            "from all scores of a sample without changing the probabilities?",
            "得分很大时结果是 NaN 或无穷：`exp` 溢出了。一个样本的所有得分减去什么，概率不变？",
        ),
        (
            "one-shift-for-all",
            (("x - x.max(axis=1, keepdims=True)", "x - x.max()"),),
            "Where one sample's scores lie far below another's, all its exponentials are 0. Each "
            "sample needs its own shift.",
            "一个样本的得分远低于别的样本时，它的指数全是 0。每个样本要减自己的数。",
        ),
        (
            "not-averaged",
            (("[samples, y].mean()", "[samples, y].sum()"), ("dx /= len(x)", "pass")),
            "Loss and gradient are sums over the samples. Both should be averages.",
            "损失和梯度是对样本求的和。两者都应当是平均。",
        ),
        (
            "loss-not-averaged",
            (("[samples, y].mean()", "[samples, y].sum()"),),
            "The loss is a sum over the samples, while its gradient is that of an average.",
            "损失是对样本求的和，梯度却是平均的梯度。",
        ),
        (
            "gradient-not-averaged",
            (("dx /= len(x)", "pass"),),
            "The loss is an average over the samples, but its gradient is not.",
            "损失对样本取了平均，梯度却没有。",
        ),
        (
            "sum-over-the-batch",
            (("np.exp(shifted).sum(axis=1, keepdims=True)",
              "np.exp(shifted).sum(axis=0, keepdims=True)"),),
            "Probabilities add up to 1 over the batch. Over what should they?",
            "概率沿 batch 加起来是 1。它应当沿哪个轴加起来是 1？",
        ),
        (
            "probabilities-as-gradient",
            (("dx[samples, y] -= 1", "pass"),),
            "`dx` is the probabilities themselves, all of them positive. What is special about the "
            "right class?",
            "`dx` 就是概率本身，全是正的。正确的类别有什么不同？",
        ),
        (
            "one-subtracted-too-late",
            (("dx[samples, y] -= 1\n    dx /= len(x)", "dx /= len(x)\n    dx[samples, y] -= 1"),),
            "At the right class the gradient is wrong, elsewhere it is right: is everything "
            "divided by N that should be?",
            "只有正确类别处的梯度不对：该除以 N 的都除了吗？",
        ),
        (
            "sign-of-the-loss",
            (("float(-log_probabilities", "float(log_probabilities"),),
            "The loss is negative. The logarithm of a probability is, the loss is not.",
            "损失成了负的。概率的对数是负的，损失不是。",
        ),
        (
            "averaged-over-classes",
            (("log_probabilities[samples, y].mean()", "log_probabilities.mean()"),),
            "The loss averages over all classes. Only the right one's probability counts.",
            "损失对所有类别取了平均。只有正确类别的概率算数。",
        ),
        (
            "scores-changed",
            (("shifted = x - x.max(axis=1, keepdims=True)",
              "x -= x.max(axis=1, keepdims=True)\n    shifted = x"),),
            "The scores `x` are changed in place. They belong to the caller.",
            "得分 `x` 被原地修改了。它是调用者的数组。",
        ),
    ),
]  # fmt: skip
