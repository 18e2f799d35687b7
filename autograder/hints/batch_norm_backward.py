"""Typical mistakes in the backward passes of batch norm."""

from .mistake import mistakes

BATCH_NORM_BACKWARD = [
    *mistakes(
        "layers.batchnorm_backward",
        (
            "mean-constant",
            (("dx = dcentred + dmean / len(dout)", "dx = dcentred"),),
            "`dx` treats the mean as a constant, but every `x` of the batch moves it: one path of "
            "the graph is missing.",
            "`dx` 把均值当成了常数，而 batch 里每个 `x` 都会影响均值：计算图里漏了一条路径。",
        ),
        (
            "variance-constant",
            (("dx_hat / std + dvar * 2 * centred / len(dout)", "dx_hat / std"),),
            "`dx` treats the variance as a constant, but every `x` of the batch moves it: one path "
            "of the graph is missing.",
            "`dx` 把方差当成了常数，而 batch 里每个 `x` 都会影响方差：计算图里漏了一条路径。",
        ),
        (
            "statistics-constant",
            (("dx = dcentred + dmean / len(dout)", "dx = dx_hat / std"),),
            "`dx` treats mean and variance as constants. Both depend on every `x` of the batch: "
            "two paths of the graph are missing.",
            "`dx` 把均值和方差都当成了常数。它们都依赖 batch 里的每个 `x`：漏了两条路径。",
        ),
        (
            "variance-not-averaged",
            (("2 * centred / len(dout)", "2 * centred"),),
            "What flows through the variance is too large by N: a variance is a mean.",
            "经过方差的那份梯度大了 N 倍：方差是一个平均。",
        ),
        (
            "mean-not-averaged",
            (("dmean / len(dout)", "dmean"),),
            "What flows through the mean is too large by N.",
            "经过均值的那份梯度大了 N 倍。",
        ),
        (
            "square-without-two",
            (("dvar * 2 * centred", "dvar * centred"),),
            "What flows through the variance is half of what it should be. Look at the gradient of "
            "a square again.",
            "经过方差的那份梯度只有一半。再看看平方的导数。",
        ),
        (
            "root-without-half",
            (("dstd / (2 * std)", "dstd / std"),),
            "What flows through the variance is twice what it should be. Look at the gradient of a "
            "square root again.",
            "经过方差的那份梯度大了一倍。再看看开平方的导数。",
        ),
        (
            "sign-of-the-variance",
            (("dstd = -(dx_hat", "dstd = (dx_hat"),),
            "What flows through the standard deviation has the wrong sign. How does a quotient "
            "change when its divisor grows?",
            "经过标准差的那份梯度符号反了。除数变大时，商怎样变化？",
        ),
        (
            "gamma-missing",
            (("dx_hat = dout * gamma", "dx_hat = dout"),),
            "`dx` does not depend on `gamma`, though the forward pass multiplied by it.",
            "`dx` 和 `gamma` 无关，可是前向传播时乘过它。",
        ),
        (
            "dgamma-without-normalised-input",
            (("dgamma = (dout * x_hat).sum", "dgamma = (dout * x_hat * std).sum"),),
            "`dgamma` is multiplied with inputs that are centred, but not yet divided by the "
            "standard deviation.",
            "`dgamma` 乘的输入只减了均值，还没有除以标准差。",
        ),
        (
            "dgamma-without-dout",
            (("dgamma = (dout * x_hat).sum", "dgamma = x_hat.sum"),),
            "`dgamma` is nearly 0: the normalised inputs alone add up to that. Where is the "
            "gradient from above?",
            "`dgamma` 几乎是 0：归一化后的输入加起来就是这样。上游传来的梯度在哪里？",
        ),
        (
            "dgamma-is-dbeta",
            (("(dout * x_hat).sum(axis=0)", "dout.sum(axis=0)"),),
            "`dgamma` equals `dbeta`. By what was the scale multiplied in the forward pass?",
            "`dgamma` 和 `dbeta` 一样了。前向传播时，缩放乘在什么上面？",
        ),
        (
            "dgamma-and-dbeta-exchanged",
            (("dx = dcentred", "dgamma, dbeta = dbeta, dgamma\n    dx = dcentred"),),
            "`dgamma` and `dbeta` have changed places. Which of them belongs to the scale?",
            "`dgamma` 和 `dbeta` 对调了。哪一个属于缩放？",
        ),
        (
            "parameters-averaged",
            (
                ("dbeta = dout.sum(axis=0)", "dbeta = dout.mean(axis=0)"),
                ("(dout * x_hat).sum(axis=0)", "(dout * x_hat).mean(axis=0)"),
            ),
            "`dgamma` and `dbeta` are means where sums belong. The loss already divides by N.",
            "`dgamma` 和 `dbeta` 用了平均，该用求和。除以 N 是损失函数的事。",
        ),
    ),
    *mistakes(
        "layers.batchnorm_backward_alt",
        (
            "not-averaged",
            (("(dbeta + x_hat * dgamma) / len(dout)", "(dbeta + x_hat * dgamma)"),),
            "The two terms that are subtracted are too large by N: mean and variance are averages.",
            "减去的两项大了 N 倍：均值和方差都是平均。",
        ),
        (
            "mean-constant",
            (("(dbeta + x_hat * dgamma)", "(x_hat * dgamma)"),),
            "`dx` treats the mean as a constant, but every `x` of the batch moves it.",
            "`dx` 把均值当成了常数，而 batch 里每个 `x` 都会影响它。",
        ),
        (
            "variance-constant",
            (("(dbeta + x_hat * dgamma)", "dbeta"),),
            "`dx` treats the variance as a constant, but every `x` of the batch moves it.",
            "`dx` 把方差当成了常数，而 batch 里每个 `x` 都会影响它。",
        ),
        (
            "statistics-constant",
            (("(dout - (dbeta + x_hat * dgamma) / len(dout))", "dout"),),
            "`dx` treats mean and variance as constants. Both depend on every `x` of the batch.",
            "`dx` 把均值和方差都当成了常数。它们都依赖 batch 里的每个 `x`。",
        ),
        (
            "gamma-missing",
            (("dx = gamma / std", "dx = 1 / std"),),
            "`dx` does not depend on `gamma`, though the forward pass multiplied by it.",
            "`dx` 和 `gamma` 无关，可是前向传播时乘过它。",
        ),
        (
            "std-missing",
            (("dx = gamma / std", "dx = gamma"),),
            "`dx` lacks a division: the forward pass divided by the standard deviation.",
            "`dx` 少了一个除法：前向传播时除过标准差。",
        ),
        (
            "sign-of-the-terms",
            (("(dout - (dbeta", "(dout + (dbeta"),),
            "The influence of mean and variance is added where it lowers the gradient.",
            "均值和方差的影响应当减小梯度，这里却加上了。",
        ),
        (
            "dgamma-and-dbeta-exchanged",
            (("len(dout))", "len(dout))\n    dgamma, dbeta = dbeta, dgamma"),),
            "`dgamma` and `dbeta` have changed places. Which of them belongs to the scale?",
            "`dgamma` 和 `dbeta` 对调了。哪一个属于缩放？",
        ),
        (
            "dgamma-without-dout",
            (("dgamma = (dout * x_hat).sum", "dgamma = x_hat.sum"),),
            "`dgamma` is nearly 0: the normalised inputs alone add up to that. Where is the "
            "gradient from above?",
            "`dgamma` 几乎是 0：归一化后的输入加起来就是这样。上游传来的梯度在哪里？",
        ),
        (
            "dgamma-is-dbeta",
            (("(dout * x_hat).sum(axis=0)", "dout.sum(axis=0)"),),
            "`dgamma` equals `dbeta`, and `dx` suffers. By what was the scale multiplied?",
            "`dgamma` 和 `dbeta` 一样了，`dx` 也跟着错。前向传播时，缩放乘在什么上面？",
        ),
    ),
]  # fmt: skip
