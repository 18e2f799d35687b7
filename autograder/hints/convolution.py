"""Typical mistakes in the naive convolution."""

from .mistake import Topic

WINDOW = "window = x_padded[n, :, top : top + HH, left : left + WW]"

CONVOLUTION: Topic = {
    "layers.conv_forward_naive": {
        "padding-forgotten": (
            {
                "1 + (H + 2 * pad - HH)": "1 + (H - HH)",
                "1 + (W + 2 * pad - WW)": "1 + (W - WW)",
                "np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))": "x",
            },
            "`out` is that of a convolution without any padding. What does `pad` change, in the "
            "input and in the size of the output?",
        ),
        "padded-on-one-side": (
            {"(pad, pad), (pad, pad)": "(0, 2 * pad), (0, 2 * pad)"},
            "The zeros all stand below and to the right of the image. Every side gets its own.",
        ),
        "padded-with-the-border": (
            {"(pad, pad)))": '(pad, pad)), mode="edge")'},
            "Around the image stands a copy of its border. What value does padding have here?",
        ),
        "one-pad-counted": (
            {"(H + 2 * pad": "(H + pad", "(W + 2 * pad": "(W + pad"},
            "The output is too small where there is padding. On how many sides does an axis grow?",
        ),
        "size-without-one": (
            {"1 + (H + 2": "(H + 2", "1 + (W + 2": "(W + 2"},
            "The output lacks its last row and column. Count the windows of a filter that is as "
            "large as the image.",
        ),
        "rest-included": (
            {
                "1 + (H + 2 * pad - HH)": "1 - (HH - H - 2 * pad)",
                "1 + (W + 2 * pad - WW)": "1 - (WW - W - 2 * pad)",
                "(pad, pad), (pad, pad)": "(pad, pad + stride), (pad, pad + stride)",
            },
            "Where the stride does not divide evenly, `out` is too large: windows that stand over "
            "the edge are left out.",
        ),
        "stride-forgotten": (
            {"top, left = i * stride, j * stride": "top, left = i, j"},
            "Windows stand side by side, whatever the stride. How far apart are two neighbours?",
        ),
        "stride-in-rows-only": (
            {"i * stride, j * stride": "i * stride, j"},
            "The stride is kept from row to row, but not from column to column.",
        ),
        "last-row-and-column-missing": (
            {"range(H_out)": "range(H_out - 1)", "range(W_out)": "range(W_out - 1)"},
            "The last row and the last column of `out` were never computed. Where does a `range` "
            "end?",
        ),
        "width-from-height": (
            {"1 + (W + 2 * pad - WW)": "1 + (H + 2 * pad - HH)"},
            "The output is as wide as it is high, even where the image is not square.",
        ),
        "bias-missing": (
            {"np.sum(window * w[f]) + b[f]": "np.sum(window * w[f])"},
            "`out` looks as if the biases were all 0.",
        ),
        "bias-in-every-product": (
            {"np.sum(window * w[f]) + b[f]": "np.sum(window * w[f] + b[f])"},
            "The bias is added once for every weight of the filter. How often does the formula add "
            "it?",
        ),
        "filter-flipped": (
            {"window * w[f])": "window * w[f, :, ::-1, ::-1])"},
            "The filter is turned upside down and left to right, as in signal processing. Here "
            "nothing is flipped.",
        ),
        "first-channel-only": (
            {"np.sum(window * w[f])": "np.sum(window[0] * w[f, 0])"},
            "Only the first channel counts. A filter covers all channels of the window.",
        ),
        "first-filter-only": (
            {"window * w[f])": "window * w[0])"},
            "All channels of `out` come from the first filter; only their biases differ.",
        ),
        "mean-of-window": (
            {"np.sum(window * w[f])": "np.mean(window * w[f])"},
            "Each value is too small by the number of weights in a filter: a mean has taken the "
            "place of a sum.",
        ),
        "whole-numbers": (
            {"dtype=np.result_type(x, w, b)": "dtype=x.dtype"},
            "Where `x` holds whole numbers, the results lose their fractions. Which type does the "
            "array have that you store them in?",
        ),
        "stored-as-whole-numbers": (
            {"dtype=np.result_type(x, w, b)": "dtype=int"},
            "All results have lost their fractions. Which type has the array that you store them "
            "in?",
        ),
    },
    "layers.conv_backward_naive": {
        "db-batch-not-summed": (
            {"axis=(0, 2, 3)": "axis=(2, 3)"},
            "`db` still has one row for each image. A filter's bias is used by all images: `db` "
            "adds up all the places where it was used.",
        ),
        "db-pixels-not-summed": (
            {"dout.sum(axis=(0, 2, 3))": "dout.sum(axis=0)"},
            "`db` still has rows and columns. A filter's bias is added at every pixel of `out`: "
            "how many numbers should be left for a filter?",
        ),
        "db-averaged": (
            {"dout.sum(axis=(0, 2, 3))": "dout.mean(axis=(0, 2, 3))"},
            "`db` is a mean where a sum belongs: every place where the bias was used counts fully.",
        ),
        "stride-forgotten": (
            {
                "i * stride, i * stride + HH": "i, i + HH",
                "j * stride, j * stride + WW": "j, j + WW",
            },
            "`dx` and `dw` are right only at stride 1: the backward pass has to visit the same "
            "windows as the forward pass.",
        ),
        "dx-not-cropped": (
            {"dx_padded[:, :, pad : pad + H, pad : pad + W]": "dx_padded"},
            "`dx` still includes the padding. A gradient has the shape of what it belongs to.",
        ),
        "dx-cropped-at-the-corner": (
            {"[:, :, pad : pad + H, pad : pad + W]": "[:, :, :H, :W]"},
            "`dx` has the right size but is shifted: where in the padded image does the image "
            "itself begin?",
        ),
        "dx-cropped-by-minus-pad": (
            {"pad : pad + H, pad : pad + W]": "pad:-pad, pad:-pad]"},
            "`dx` is empty when there is no padding. What is -0 in a slice?",
        ),
        "dx-overwritten": (
            {"dx_padded[n, :, rows, columns] +=": "dx_padded[n, :, rows, columns] ="},
            "Where windows overlap, only the last one's share of `dx` is left. A pixel that was "
            "used several times receives several gradients.",
        ),
        "dw-overwritten": (
            {"dw[f] +=": "dw[f] ="},
            "`dw` knows only the last window. A filter is used at every place of every image.",
        ),
        "dw-averaged": (
            {"dx = dx_padded": "dw /= N\n    dx = dx_padded"},
            "`dw` is too small by the number of images. The loss already divides by N.",
        ),
        "dw-from-first-image": (
            {"* x_padded[n, :, rows": "* x_padded[0, :, rows"},
            "`dw` sees the pixels of the first image only.",
        ),
        "dx-from-first-filter": (
            {"dout[n, f, i, j] * w[f]": "dout[n, f, i, j] * w[0]"},
            "`dx` is made with the first filter's weights alone. Which weight touched this pixel?",
        ),
        "dx-filter-flipped": (
            {"dout[n, f, i, j] * w[f]": "dout[n, f, i, j] * w[f, :, ::-1, ::-1]"},
            "In `dx` the filter is turned round. Each weight sends its gradient back to the pixel "
            "that it was multiplied with.",
        ),
        "last-row-and-column-missing": (
            {"dout.shape[2])": "dout.shape[2] - 1)", "dout.shape[3])": "dout.shape[3] - 1)"},
            "The last row and column of `dout` are never looked at by `dx` and `dw`.",
        ),
        "order-of-results": (
            {"pad : pad + W]": "pad : pad + W]\n    dx, dw = dw, dx"},
            "The gradients come back in another order than the one that is asked for.",
        ),
        "whole-numbers": (
            {"np.zeros(x_padded.shape, dtype=dout.dtype)": "np.zeros_like(x_padded)"},
            "Where `x` holds whole numbers, adding fractions to `dx` fails: which type has the "
            "array in which you collect it?",
        ),
        "dout-changed": (
            {"dx = dx_padded": "dout *= 2\n    dx = dx_padded"},
            "`dout` is changed in place. It belongs to the caller.",
        ),
    },
}
