"""Typical mistakes in dropout."""

from .mistake import mistakes

MASK = "((np.random.rand(*x.shape) < p) / p)"

DROPOUT = [
    *mistakes(
        "layers.dropout_forward",
        (
            "not-rescaled",
            ((MASK, "(np.random.rand(*x.shape) < p)"),),
            "What is kept keeps its size, so that the expected value shrinks. Inverted dropout "
            "makes up for that in training.",
            "留下的数没有放大，期望就变小了。inverted dropout 在训练时就要补回来。",
        ),
        (
            "multiplied-by-p",
            ((MASK, "((np.random.rand(*x.shape) < p) * p)"),),
            "What is kept becomes smaller still. How large must it be for the same expected value?",
            "留下的数反而变小了。要让期望不变，它应当变成多大？",
        ),
        (
            "comparison-turned",
            ((MASK, "((np.random.rand(*x.shape) > p) / p)"),),
            "As many entries are dropped as should be kept.",
            "该保留的比例和该丢弃的比例弄反了。",
        ),
        (
            "always-one-half",
            ((MASK, "((np.random.rand(*x.shape) < 0.5) / p)"),),
            "Half of the entries are kept, whatever `p` is.",
            "不管 `p` 是多少，都保留了一半。",
        ),
        (
            "normal-numbers",
            ((MASK, "((np.random.randn(*x.shape) < p) / p)"),),
            "The share that is kept is not `p`: from which distribution are the random numbers?",
            "保留的比例不是 `p`：用的随机数是什么分布？",
        ),
        (
            "one-mask-for-all",
            ((MASK, "((np.random.rand(*x.shape[1:]) < p) / p * np.ones(x.shape))"),),
            "All samples lose the same entries. Each entry is decided by itself.",
            "所有样本丢掉的是同样的位置。每个数应当单独决定。",
        ),
        (
            "dropped-at-test-time",
            (('if mode == "train":', "if True:"),),
            "Entries are dropped at test time too. What should `x` become there?",
            "测试时也在丢弃。测试时 `x` 应当变成什么？",
        ),
        (
            "never-dropped",
            (('if mode == "train":', "if False:"),),
            "Nothing is dropped in training. Which mode drops entries?",
            "训练时什么也没有丢。应当在哪个模式下丢弃？",
        ),
        (
            "modes-exchanged",
            (('if mode == "train":', 'if mode == "test":'),),
            "Entries are dropped at test time and not in training.",
            "测试时在丢弃，训练时反而没有。",
        ),
        (
            "rescaled-at-test-time",
            ((MASK, "(np.random.rand(*x.shape) < p)"), ("out = x.copy()", "out = x * p")),
            "The rescaling happens at test time: that is plain dropout. Inverted dropout does it "
            "in training.",
            "缩放放在了测试时：那是普通的 dropout。inverted dropout 在训练时就做。",
        ),
        (
            "rescaled-twice",
            (("out = x.copy()", "out = x * p"),),
            "Training already makes up for what is dropped, and test time does it again.",
            "训练时已经补偿过了，测试时又缩放了一次。",
        ),
        (
            "input-changed",
            (("out = x * mask", "x *= mask\n        out = x"),),
            "The input `x` is changed in place. It belongs to the caller: make a new array.",
            "输入 `x` 被原地修改了。它是调用者的数组：请另建一个。",
        ),
    ),
    *mistakes(
        "layers.dropout_backward",
        (
            "all-passes",
            (("dx = dout * mask", "dx = dout.copy()"),),
            "The gradient passes everywhere. A dropped entry had no influence on the loss.",
            "梯度处处都通过了。被丢掉的数对损失没有影响。",
        ),
        (
            "not-rescaled",
            (("dx = dout * mask", "dx = dout * (mask > 0)"),),
            "The right entries pass, but the gradient is not multiplied by what they were "
            "multiplied by.",
            "通过的位置对了，但前向时乘过的倍数，梯度里没有乘。",
        ),
        (
            "rescaled-twice",
            (("dx = dout * mask", 'dx = dout * mask / dropout_param["p"]'),),
            "The gradient is rescaled twice. Has the mask in the cache been rescaled already?",
            "梯度缩放了两次。cache 里的 mask 是不是已经缩放过了？",
        ),
        (
            "new-mask",
            (("dx = dout * mask", "dx = dout * np.random.permutation(mask.ravel()).reshape("
              "mask.shape)"),),
            "The gradient is masked by another random mask than the one of the forward pass.",
            "反向用的不是前向那个 mask，而是另一个随机的。",
        ),
        (
            "modes-exchanged",
            (('dropout_param["mode"] == "train"', 'dropout_param["mode"] == "test"'),),
            "The gradient is masked at test time and not in training.",
            "测试时给梯度乘了 mask，训练时反而没有。",
        ),
        (
            "masked-at-test-time",
            (('dout * mask if dropout_param["mode"] == "train" else dout.copy()', "dout * mask"),),
            "In test mode there is no mask. What does the gradient do there?",
            "测试模式下没有 mask。这时梯度应当怎样传？",
        ),
        (
            "dout-changed",
            (('dx = dout * mask if dropout_param["mode"] == "train" else dout.copy()',
              'if dropout_param["mode"] == "train":\n        dout *= mask\n    dx = dout'),),
            "`dout` is changed in place. It belongs to the caller: make a new array.",
            "`dout` 被原地修改了。它是调用者的数组：请另建一个。",
        ),
    ),
]  # fmt: skip
