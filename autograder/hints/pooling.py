"""Typical mistakes in the naive max pooling."""

from .mistake import Topic

TO_MAXIMUM = "dx[n, c, top + row, left + column] += dout[n, c, i, j]"
TO_WINDOW = "dx[n, c, top : top + height, left : left + width] += "

POOLING: Topic = {
    "layers.max_pool_forward_naive": {
        "mean": (
            {"left + width].max()": "left + width].mean()"},
            "Each value is the mean of its window: that is average pooling.",
        ),
        "minimum": (
            {"left + width].max()": "left + width].min()"},
            "Each value is the smallest of its window.",
        ),
        "never-below-zero": (
            {"left + width].max()": "left + width].max(initial=0)"},
            "Where all numbers of a window are negative, 0 comes out. What do you compare with "
            "first?",
        ),
        "stride-forgotten": (
            {"top, left = i * stride, j * stride": "top, left = i, j"},
            "Windows stand side by side, whatever the stride.",
        ),
        "windows-side-by-side": (
            {
                "i * stride, j * stride": (
                    "i * height % (H - height + 1), j * width % (W - width + 1)"
                )
            },
            "Windows start at multiples of their own size. Stride and size are two things.",
        ),
        "sides-exchanged": (
            {"height, left : left + width": "width, left : left + height"},
            "Height and width of the window are exchanged.",
        ),
        "rest-included": (
            {"1 + (H - height)": "1 - (height - H)", "1 + (W - width)": "1 - (width - W)"},
            "Where the stride does not divide evenly, `out` is too large: windows that stand over "
            "the edge are left out.",
        ),
        "size-without-one": (
            {"1 + (H - height)": "(H - height)", "1 + (W - width)": "(W - width)"},
            "`out` lacks its last row and column. How many windows has an image that is as large "
            "as the window?",
        ),
        "last-row-and-column-missing": (
            {"range(H_out)": "range(H_out - 1)", "range(W_out)": "range(W_out - 1)"},
            "The last row and column of `out` were never filled. Where does a `range` end?",
        ),
        "channels-mixed": (
            {"x[n, c, top": "x[n, :, top"},
            "The maximum is taken over all channels. Pooling treats each channel by itself.",
        ),
        "largest-absolute-value": (
            {"x[n, c, top": "np.abs(x[n, c, top", "].max()": "]).max()"},
            "The largest absolute value comes out, without its sign.",
        ),
    },
    "layers.max_pool_backward_naive": {
        "all-ties": (
            {TO_MAXIMUM: f"{TO_WINDOW}(window == window.max()) * dout[n, c, i, j]"},
            "Where several entries share the maximum, each of them gets the whole gradient. Read "
            "in the docstring which one gets it.",
        ),
        "ties-share": (
            {
                TO_MAXIMUM: (
                    f"peak = window == window.max()\n        "
                    f"{TO_WINDOW}peak * dout[n, c, i, j] / peak.sum()"
                )
            },
            "Entries that share the maximum share the gradient. Here it is not split: the "
            "docstring says which one gets it.",
        ),
        "last-of-ties": (
            {"window.argmax()": "window.size - 1 - window.ravel()[::-1].argmax()"},
            "Where several entries share the maximum, the last one gets the gradient. See in the "
            "docstring which it should be.",
        ),
        "overwritten": (
            {"left + column] += dout": "left + column] = dout"},
            "Where windows overlap, an entry that is the maximum of several keeps only one of its "
            "gradients.",
        ),
        "stride-forgotten": (
            {"top, left = i * stride, j * stride": "top, left = i, j"},
            "The gradient goes to windows that stand side by side, whatever the stride. The "
            "forward pass used others.",
        ),
        "whole-window": (
            {TO_MAXIMUM: f"{TO_WINDOW}dout[n, c, i, j]"},
            "Every entry of a window gets the gradient. Which of them had any influence on `out`?",
        ),
        "averaged": (
            {TO_MAXIMUM: f"{TO_WINDOW}dout[n, c, i, j] / window.size"},
            "The gradient is spread evenly over the window: that belongs to average pooling.",
        ),
        "place-within-window": (
            {"left + column] += dout": "column] += dout", "c, top + row,": "c, row,"},
            "All gradients land in the image's upper left corner: the place of a maximum within "
            "its window is not yet its place in the image.",
        ),
        "sides-exchanged": (
            {
                "argmax(), window.shape)": "argmax(), window.shape[::-1])",
                "top + row, left + column": (
                    "min(top + row, x.shape[2] - 1), min(left + column, x.shape[3] - 1)"
                ),
            },
            "The place of the maximum is wrong where windows are not square: which side of the "
            "window counts the columns?",
        ),
        "maximum-times-gradient": (
            {"+= dout[n, c, i, j]": "+= dout[n, c, i, j] * window.max()"},
            "The gradient is multiplied by the maximum. How fast does the maximum grow with its "
            "largest entry?",
        ),
        "whole-numbers": (
            {"dtype=dout.dtype": "dtype=x.dtype"},
            "Where `x` holds whole numbers, `dx` loses its fractions. Which type has the array in "
            "which you collect it?",
        ),
        "stored-as-whole-numbers": (
            {"dtype=dout.dtype": "dtype=int"},
            "All of `dx` has lost its fractions. Which type has the array in which you collect it?",
        ),
    },
}
