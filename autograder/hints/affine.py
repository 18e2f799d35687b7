"""Typical mistakes in the fully connected layer and in ReLU."""

from .mistake import mistakes

AFFINE = [
    *mistakes(
        "layers.affine_forward",
        (
            "bias-missing",
            (("@ w + b", "@ w"),),
            "`out` looks as if the biases were all 0. Which term of the formula is left?",
            "`out` 就像偏置全是 0 一样。对照公式，还差哪一项？",
        ),
        (
            "columns-first",
            (("reshape(len(x), -1)", 'reshape(len(x), -1, order="F")'),),
            "The numbers of a sample are flattened in another order than the rows of `w`. "
            "NumPy's own order, the last axis first, is meant.",
            "展平一个样本时，数字的顺序和 `w` 的行对不上。应当用 NumPy 默认的顺序："
            "最后一轴变化最快。",
        ),
        (
            "samples-mixed",
            (("x.reshape(len(x), -1)", "x.reshape(-1, len(x)).T"),),
            "Numbers of different samples end up in one row. After flattening, row n has to hold "
            "sample n and nothing else.",
            "不同样本的数字混进了同一行。展平之后，第 n 行应当只含第 n 个样本。",
        ),
        (
            "only-first-sample-axis",
            (("x.reshape(len(x), -1)", "np.tile(x.reshape(len(x), -1)[:1], (len(x), 1))"),),
            "All samples get the first one's scores. Does the result still depend on n?",
            "所有样本的输出都和第一个样本相同。结果还随 n 变化吗？",
        ),
    ),
    *mistakes(
        "layers.affine_backward",
        (
            "db-wrong-axis",
            (("dout.sum(axis=0)", "dout.sum(axis=1)"),),
            "`db` is summed over the wrong axis: one bias serves all samples, so what is left must "
            "have one number for each output.",
            "`db` 求和的轴不对：一个偏置被所有样本共用，所以求和之后应当每个输出剩下一个数。",
        ),
        (
            "db-not-summed",
            (("dout.sum(axis=0)", "dout.copy()"),),
            "`db` still has one row for each sample. A bias is used by the whole batch: what does "
            "its gradient do with all these uses?",
            "`db` 里每个样本还各占一行。一个偏置被整个 batch 用到，它的梯度该怎么对待这些用处？",
        ),
        (
            "db-one-number",
            (("dout.sum(axis=0)", "dout.sum()"),),
            "`db` is one single number, but there is a bias for each output: one axis too many has "
            "been summed.",
            "`db` 成了一个数，而每个输出都有自己的偏置：多加掉了一个轴。",
        ),
        (
            "db-averaged",
            (("dout.sum(axis=0)", "dout.mean(axis=0)"),),
            "`db` is too small by the size of the batch. The loss already divides by N; a layer "
            "only adds up.",
            "`db` 小了 N 倍。除以 N 是损失函数的事，这一层只管累加。",
        ),
        (
            "dw-averaged",
            (("reshape(len(x), -1).T @ dout", "reshape(len(x), -1).T @ dout / len(x)"),),
            "`dw` is too small by the size of the batch. The loss already divides by N; a layer "
            "only adds up.",
            "`dw` 小了 N 倍。除以 N 是损失函数的事，这一层只管累加。",
        ),
        (
            "dx-flat",
            (("(dout @ w.T).reshape(x.shape)", "dout @ w.T"),),
            "The numbers of `dx` are right, but it is still flat. A gradient has the shape of what "
            "it belongs to.",
            "`dx` 的数值对，但还是展平的样子。梯度的形状应当和它所属的变量一样。",
        ),
        (
            "order-of-results",
            (("db = dout.sum(axis=0)", "db = dout.sum(axis=0)\n    dx, dw = dw, dx"),),
            "The gradients come back in another order than the one that is asked for. Compare the "
            "`return` line with the docstring.",
            "返回的梯度顺序和要求的不一样。请把每个名字和文档里的说明对一遍。",
        ),
        (
            "dout-changed",
            (("db = dout.sum(axis=0)", "db = dout.sum(axis=0)\n    dout *= 0"),),
            "`dout` is changed in place. It belongs to the caller: work on a new array.",
            "`dout` 被原地修改了。它是调用者的数组：请在新数组上计算。",
        ),
    ),
    *mistakes(
        "layers.relu_forward",
        (
            "absolute-value",
            (("np.maximum(x, 0)", "np.abs(x)"),),
            "Negative numbers come out with their sign turned. What does the formula make of -1?",
            "负数变成了它的绝对值。按公式，-1 应当变成什么？",
        ),
        (
            "leaky",
            (("np.maximum(x, 0)", "np.maximum(x, 0.01 * x)"),),
            "A little of every negative number passes: that is leaky ReLU. Here nothing does.",
            "负数还漏过去了一点：那是 leaky ReLU。这里负数应当什么都不剩。",
        ),
        (
            "minimum",
            (("np.maximum(x, 0)", "np.minimum(x, 0)"),),
            "The wrong half survives: negative numbers pass and positive ones do not.",
            "留下的是错的一半：负数通过了，正数没有。",
        ),
        (
            "mask-returned",
            (("np.maximum(x, 0)", "(x > 0).astype(x.dtype)"),),
            "`out` only says which entries are positive. Where has their size gone?",
            "`out` 只说明了哪些数为正。它们的大小到哪里去了？",
        ),
        (
            "input-changed",
            (("out = np.maximum(x, 0)", "x[x < 0] = 0\n    out = x"),),
            "The input `x` itself is changed, and with it everything that the caller does with `x` "
            "later. Make a new array.",
            "输入 `x` 自己被改掉了，调用者之后用到的 `x` 也就变了。请另建一个数组。",
        ),
    ),
    *mistakes(
        "layers.relu_backward",
        (
            "at-zero",
            (("x > 0", "x >= 0"),),
            "The gradient passes where the input is exactly 0. By the definition here it does not.",
            "输入恰好为 0 的地方也让梯度通过了。按这里的定义，那里不通过。",
        ),
        (
            "all-passes",
            (("dx = dout * (x > 0)", "dx = dout.copy()"),),
            "The gradient passes everywhere. Entries that the forward pass cut off had no "
            "influence on the loss.",
            "梯度处处都通过了。前向传播里被截掉的数，对损失没有影响。",
        ),
        (
            "by-sign-of-dout",
            (("x > 0", "dout > 0"),),
            "What passes is decided by the sign of `dout`. What decided it in the forward pass?",
            "梯度是否通过是按 `dout` 的正负决定的。前向传播时是由谁决定的？",
        ),
        (
            "dout-missing",
            (("dout * (x > 0)", "1.0 * (x > 0)"),),
            "`dx` holds only ones and zeros: the local gradient alone. What does the chain rule do "
            "with the gradient from above?",
            "`dx` 里只有 0 和 1，这只是局部梯度。链式法则要怎样用上游传来的梯度？",
        ),
        (
            "times-x",
            (("dout * (x > 0)", "dout * x * (x > 0)"),),
            "The gradient is multiplied by the input's size as well. How steep is ReLU where it "
            "is not flat?",
            "梯度还被乘上了输入的大小。ReLU 在不平的那一段，斜率是多少？",
        ),
        (
            "dout-changed",
            (("dx = dout * (x > 0)", "dout *= x > 0\n    dx = dout"),),
            "`dout` is changed in place. It belongs to the caller: make a new array.",
            "`dout` 被原地修改了。它是调用者的数组：请另建一个。",
        ),
    ),
]
