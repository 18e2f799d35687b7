"""Typical mistakes in the fully connected layer and in ReLU."""

from .mistake import Topic

AFFINE: Topic = {
    "layers.affine_forward": {
        "bias-missing": (
            {"@ w + b": "@ w"},
            "`out` looks as if the biases were all 0. Which term of the formula is left?",
        ),
        "columns-first": (
            {"reshape(len(x), -1)": 'reshape(len(x), -1, order="F")'},
            "The numbers of a sample are flattened in another order than the rows of `w`. "
            "NumPy's own order, the last axis first, is meant.",
        ),
        "samples-mixed": (
            {"x.reshape(len(x), -1)": "x.reshape(-1, len(x)).T"},
            "Numbers of different samples end up in one row. After flattening, row n has to hold "
            "sample n and nothing else.",
        ),
        "only-first-sample-axis": (
            {"x.reshape(len(x), -1)": "np.tile(x.reshape(len(x), -1)[:1], (len(x), 1))"},
            "All samples get the first one's scores. Does the result still depend on n?",
        ),
    },
    "layers.affine_backward": {
        "db-wrong-axis": (
            {"dout.sum(axis=0)": "dout.sum(axis=1)"},
            "`db` is summed over the wrong axis: one bias serves all samples, so what is left must "
            "have one number for each output.",
        ),
        "db-not-summed": (
            {"dout.sum(axis=0)": "dout.copy()"},
            "`db` still has one row for each sample. A bias is used by the whole batch: what does "
            "its gradient do with all these uses?",
        ),
        "db-one-number": (
            {"dout.sum(axis=0)": "dout.sum()"},
            "`db` is one single number, but there is a bias for each output: one axis too many has "
            "been summed.",
        ),
        "db-averaged": (
            {"dout.sum(axis=0)": "dout.mean(axis=0)"},
            "`db` is too small by the size of the batch. The loss already divides by N; a layer "
            "only adds up.",
        ),
        "dw-averaged": (
            {"reshape(len(x), -1).T @ dout": "reshape(len(x), -1).T @ dout / len(x)"},
            "`dw` is too small by the size of the batch. The loss already divides by N; a layer "
            "only adds up.",
        ),
        "dx-flat": (
            {"(dout @ w.T).reshape(x.shape)": "dout @ w.T"},
            "The numbers of `dx` are right, but it is still flat. A gradient has the shape of what "
            "it belongs to.",
        ),
        "order-of-results": (
            {"db = dout.sum(axis=0)": "db = dout.sum(axis=0)\n    dx, dw = dw, dx"},
            "The gradients come back in another order than the one that is asked for. Compare the "
            "`return` line with the docstring.",
        ),
        "dout-changed": (
            {"db = dout.sum(axis=0)": "db = dout.sum(axis=0)\n    dout *= 0"},
            "`dout` is changed in place. It belongs to the caller: work on a new array.",
        ),
    },
    "layers.relu_forward": {
        "absolute-value": (
            {"np.maximum(x, 0)": "np.abs(x)"},
            "Negative numbers come out with their sign turned. What does the formula make of -1?",
        ),
        "leaky": (
            {"np.maximum(x, 0)": "np.maximum(x, 0.01 * x)"},
            "A little of every negative number passes: that is leaky ReLU. Here nothing does.",
        ),
        "minimum": (
            {"np.maximum(x, 0)": "np.minimum(x, 0)"},
            "The wrong half survives: negative numbers pass and positive ones do not.",
        ),
        "mask-returned": (
            {"np.maximum(x, 0)": "(x > 0).astype(x.dtype)"},
            "`out` only says which entries are positive. Where has their size gone?",
        ),
        "input-changed": (
            {"out = np.maximum(x, 0)": "x[x < 0] = 0\n    out = x"},
            "The input `x` itself is changed, and with it everything that the caller does with `x` "
            "later. Make a new array.",
        ),
    },
    "layers.relu_backward": {
        "at-zero": (
            {"x > 0": "x >= 0"},
            "The gradient passes where the input is exactly 0. By the definition here it does not.",
        ),
        "all-passes": (
            {"dx = dout * (x > 0)": "dx = dout.copy()"},
            "The gradient passes everywhere. Entries that the forward pass cut off had no "
            "influence on the loss.",
        ),
        "by-sign-of-dout": (
            {"x > 0": "dout > 0"},
            "What passes is decided by the sign of `dout`. What decided it in the forward pass?",
        ),
        "dout-missing": (
            {"dout * (x > 0)": "1.0 * (x > 0)"},
            "`dx` holds only ones and zeros: the local gradient alone. What does the chain rule do "
            "with the gradient from above?",
        ),
        "times-x": (
            {"dout * (x > 0)": "dout * x * (x > 0)"},
            "The gradient is multiplied by the input's size as well. How steep is ReLU where it "
            "is not flat?",
        ),
        "dout-changed": (
            {"dx = dout * (x > 0)": "dout *= x > 0\n    dx = dout"},
            "`dout` is changed in place. It belongs to the caller: make a new array.",
        ),
    },
}
