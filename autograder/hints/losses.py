"""Typical mistakes in the losses."""

from .mistake import Topic

LOSSES: Topic = {
    "layers.svm_loss": {
        "right-class-counted": (
            {"margins[samples, y] = 0": "pass"},
            "The loss is too large by 1: the right class is compared with itself.",
        ),
        "not-averaged": (
            {"margins.sum() / len(x)": "margins.sum()", "dx /= len(x)": "pass"},
            "Loss and gradient are sums over the samples. Both should be averages.",
        ),
        "gradient-not-averaged": (
            {"dx /= len(x)": "pass"},
            "The loss is an average over the samples, but its gradient is not.",
        ),
        "margin-missing": (
            {"x[samples, y][:, None] + 1)": "x[samples, y][:, None])"},
            "A wrong class costs nothing as soon as it is lower. By how much should it be lower?",
        ),
        "right-class-moved-by-one": (
            {"= -dx.sum(axis=1)": "= -1"},
            "The gradient at the right class is always the same. It takes part in every margin "
            "that is violated.",
        ),
        "right-class-without-gradient": (
            {"dx[samples, y] = -dx.sum(axis=1)": "pass"},
            "The right class gets no gradient, though every margin depends on its score.",
        ),
        "squared": (
            {"margins.sum() / len(x)": "(margins**2).sum() / len(x)"},
            "The margins are squared. That is another loss.",
        ),
        "scores-changed": (
            {
                "margins = np.maximum(0, x - x[samples, y][:, None] + 1)": (
                    "x -= x[samples, y][:, None].copy()\n    margins = np.maximum(0, x + 1)"
                )
            },
            "The scores `x` are changed in place. They belong to the caller.",
        ),
    },
    "layers.softmax_loss": {
        "overflow": (
            {"x - x.max(axis=1, keepdims=True)": "x * 1.0"},
            "Large scores give NaN or infinity: `exp` overflows. Which number can you subtract "
            "from all scores of a sample without changing the probabilities?",
        ),
        "one-shift-for-all": (
            {"x - x.max(axis=1, keepdims=True)": "x - x.max()"},
            "Where one sample's scores lie far below another's, all its exponentials are 0. Each "
            "sample needs its own shift.",
        ),
        "not-averaged": (
            {"[samples, y].mean()": "[samples, y].sum()", "dx /= len(x)": "pass"},
            "Loss and gradient are sums over the samples. Both should be averages.",
        ),
        "loss-not-averaged": (
            {"[samples, y].mean()": "[samples, y].sum()"},
            "The loss is a sum over the samples, while its gradient is that of an average.",
        ),
        "gradient-not-averaged": (
            {"dx /= len(x)": "pass"},
            "The loss is an average over the samples, but its gradient is not.",
        ),
        "sum-over-the-batch": (
            {"np.exp(shifted).sum(axis=1": "np.exp(shifted).sum(axis=0"},
            "Probabilities add up to 1 over the batch. Over what should they?",
        ),
        "probabilities-as-gradient": (
            {"dx[samples, y] -= 1": "pass"},
            "`dx` is the probabilities themselves, all of them positive. What is special about the "
            "right class?",
        ),
        "one-subtracted-too-late": (
            {"dx[samples, y] -= 1\n    dx /= len(x)": "dx /= len(x)\n    dx[samples, y] -= 1"},
            "At the right class the gradient is wrong, elsewhere it is right: is everything "
            "divided by N that should be?",
        ),
        "sign-of-the-loss": (
            {"float(-log_probabilities": "float(log_probabilities"},
            "The loss is negative. The logarithm of a probability is, the loss is not.",
        ),
        "averaged-over-classes": (
            {"log_probabilities[samples, y].mean()": "log_probabilities.mean()"},
            "The loss averages over all classes. Only the right one's probability counts.",
        ),
        "scores-changed": (
            {
                "shifted = x - x.max(axis=1, keepdims=True)": (
                    "x -= x.max(axis=1, keepdims=True)\n    shifted = x"
                )
            },
            "The scores `x` are changed in place. They belong to the caller.",
        ),
    },
}
