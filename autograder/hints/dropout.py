"""Typical mistakes in dropout."""

from .mistake import Topic

MASK = "((np.random.rand(*x.shape) < p) / p)"

DROPOUT: Topic = {
    "layers.dropout_forward": {
        "not-rescaled": (
            {MASK: "(np.random.rand(*x.shape) < p)"},
            "What is kept keeps its size, so that the expected value shrinks. Inverted dropout "
            "makes up for that in training.",
        ),
        "multiplied-by-p": (
            {MASK: "((np.random.rand(*x.shape) < p) * p)"},
            "What is kept becomes smaller still. How large must it be for the same expected value?",
        ),
        "comparison-turned": (
            {MASK: "((np.random.rand(*x.shape) > p) / p)"},
            "As many entries are dropped as should be kept.",
        ),
        "p-is-dropping": (
            {MASK: "((np.random.rand(*x.shape) >= p) / max(1 - p, 1e-9))"},
            "`p` is taken for the probability of dropping. Here it is that of keeping an entry.",
        ),
        "always-one-half": (
            {MASK: "((np.random.rand(*x.shape) < 0.5) / p)"},
            "Half of the entries are kept, whatever `p` is.",
        ),
        "normal-numbers": (
            {MASK: "((np.random.randn(*x.shape) < p) / p)"},
            "The share that is kept is not `p`: from which distribution are the random numbers?",
        ),
        "one-mask-for-all": (
            {MASK: "((np.random.rand(*x.shape[1:]) < p) / p * np.ones(x.shape))"},
            "All samples lose the same entries. Each entry is decided by itself.",
        ),
        "dropped-at-test-time": (
            {'if mode == "train":': "if True:"},
            "Entries are dropped at test time too. What should `x` become there?",
        ),
        "never-dropped": (
            {'if mode == "train":': "if False:"},
            "Nothing is dropped in training. Which mode drops entries?",
        ),
        "modes-exchanged": (
            {'if mode == "train":': 'if mode == "test":'},
            "Entries are dropped at test time and not in training.",
        ),
        "rescaled-at-test-time": (
            {MASK: "(np.random.rand(*x.shape) < p)", "out = x.copy()": "out = x * p"},
            "The rescaling happens at test time: that is plain dropout. Inverted dropout does it "
            "in training.",
        ),
        "rescaled-twice": (
            {"out = x.copy()": "out = x * p"},
            "Training already makes up for what is dropped, and test time does it again.",
        ),
        "input-changed": (
            {"out = x * mask": "x *= mask\n        out = x"},
            "The input `x` is changed in place. It belongs to the caller: make a new array.",
        ),
    },
    "layers.dropout_backward": {
        "all-passes": (
            {"dx = dout * mask": "dx = dout.copy()"},
            "The gradient passes everywhere. A dropped entry had no influence on the loss.",
        ),
        "not-rescaled": (
            {"dx = dout * mask": "dx = dout * (mask > 0)"},
            "The right entries pass, but the gradient is not multiplied by what they were "
            "multiplied by.",
        ),
        "rescaled-twice": (
            {"dx = dout * mask": 'dx = dout * mask / dropout_param["p"]'},
            "The gradient is rescaled twice. Has the mask in the cache been rescaled already?",
        ),
        "new-mask": (
            {"dout * mask": "dout * np.random.permutation(mask.ravel()).reshape(mask.shape)"},
            "The gradient is masked by another random mask than the one of the forward pass.",
        ),
        "modes-exchanged": (
            {'dropout_param["mode"] == "train"': 'dropout_param["mode"] == "test"'},
            "The gradient is masked at test time and not in training.",
        ),
        "rescaled-at-test-time": (
            {"else dout.copy()": 'else dout * dropout_param["p"]'},
            "In test mode the gradient is multiplied by `p`. What did the forward pass do there?",
        ),
        "masked-at-test-time": (
            {'dout * mask if dropout_param["mode"] == "train" else dout.copy()': "dout * mask"},
            "In test mode there is no mask. What does the gradient do there?",
        ),
        "dout-changed": (
            {
                'dx = dout * mask if dropout_param["mode"] == "train" else dout.copy()': (
                    'if dropout_param["mode"] == "train":\n        dout *= mask\n    dx = dout'
                )
            },
            "`dout` is changed in place. It belongs to the caller: make a new array.",
        ),
    },
}
