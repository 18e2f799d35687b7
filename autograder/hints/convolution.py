"""Typical mistakes in the naive convolution."""

from .mistake import mistakes

WINDOW = "window = x_padded[n, :, top : top + HH, left : left + WW]"

CONVOLUTION = [
    *mistakes(
        "layers.conv_forward_naive",
        (
            "padding-forgotten",
            (
                ("1 + (H + 2 * pad - HH)", "1 + (H - HH)"),
                ("1 + (W + 2 * pad - WW)", "1 + (W - WW)"),
                ("np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))", "x"),
            ),
            "`out` is that of a convolution without any padding. What does `pad` change, in the "
            "input and in the size of the output?",
            "`out` 和完全没有填充时一样。`pad` 对输入和输出大小各有什么影响？",
        ),
        (
            "padded-on-one-side",
            (("(pad, pad), (pad, pad)", "(0, 2 * pad), (0, 2 * pad)"),),
            "The zeros all stand below and to the right of the image. Every side gets its own.",
            "补的零全在图像的下边和右边。上下左右每一边都要补。",
        ),
        (
            "padded-with-the-border",
            (("(pad, pad)))", '(pad, pad)), mode="edge")'),),
            "Around the image stands a copy of its border. What value does padding have here?",
            "图像四周补的是边缘像素的拷贝。这里补的值应当是多少？",
        ),
        (
            "one-pad-counted",
            (
                ("1 + (H + 2 * pad - HH)", "1 + (H + pad - HH)"),
                ("1 + (W + 2 * pad - WW)", "1 + (W + pad - WW)"),
            ),
            "The output is too small where there is padding. On how many sides does an axis grow?",
            "有填充时输出偏小。填充让一个轴在几边变长？",
        ),
        (
            "size-without-one",
            (
                ("1 + (H + 2 * pad - HH)", "(H + 2 * pad - HH)"),
                ("1 + (W + 2 * pad - WW)", "(W + 2 * pad - WW)"),
            ),
            "The output lacks its last row and column. Count the windows of a filter that is as "
            "large as the image.",
            "输出少了最后一行和一列。数一数：滤波器和图像一样大时，有几个窗口？",
        ),
        (
            "stride-forgotten",
            (("top, left = i * stride, j * stride", "top, left = i, j"),),
            "Windows stand side by side, whatever the stride. How far apart are two neighbours?",
            "不管步长是多少，窗口都是一格一格挪的。相邻两个窗口应当隔多远？",
        ),
        (
            "stride-in-rows-only",
            (("i * stride, j * stride", "i * stride, j"),),
            "The stride is kept from row to row, but not from column to column.",
            "行方向用了步长，列方向却没有。",
        ),
        (
            "last-row-and-column-missing",
            (("range(H_out)", "range(H_out - 1)"), ("range(W_out)", "range(W_out - 1)")),
            "The last row and the last column of `out` were never computed. Where does a `range` "
            "end?",
            "`out` 的最后一行和最后一列没有算到。`range` 到哪里为止？",
        ),
        (
            "width-from-height",
            (("1 + (W + 2 * pad - WW)", "1 + (H + 2 * pad - HH)"),),
            "The output is as wide as it is high, even where the image is not square.",
            "图像不是方的，输出的宽却和高一样。宽应当由谁决定？",
        ),
        (
            "bias-missing",
            (("np.sum(window * w[f]) + b[f]", "np.sum(window * w[f])"),),
            "`out` looks as if the biases were all 0.",
            "`out` 就像偏置全是 0 一样。",
        ),
        (
            "bias-in-every-product",
            (("np.sum(window * w[f]) + b[f]", "np.sum(window * w[f] + b[f])"),),
            "The bias is added once for every weight of the filter. How often does the formula add "
            "it?",
            "滤波器的每个权重都各加了一次偏置。公式里它加了几次？",
        ),
        (
            "filter-flipped",
            (("window * w[f])", "window * w[f, :, ::-1, ::-1])"),),
            "The filter is turned upside down and left to right, as in signal processing. Here "
            "nothing is flipped.",
            "滤波器被上下左右翻转了，那是信号处理里的卷积。这里不翻转。",
        ),
        (
            "first-channel-only",
            (("np.sum(window * w[f])", "np.sum(window[0] * w[f, 0])"),),
            "Only the first channel counts. A filter covers all channels of the window.",
            "只算了第一个通道。一个滤波器要覆盖窗口里的所有通道。",
        ),
        (
            "first-filter-only",
            (("window * w[f])", "window * w[0])"),),
            "All channels of `out` come from the first filter; only their biases differ.",
            "`out` 的所有通道都来自第一个滤波器，只有偏置不同。",
        ),
        (
            "mean-of-window",
            (("np.sum(window * w[f])", "np.mean(window * w[f])"),),
            "Each value is too small by the number of weights in a filter: a mean has taken the "
            "place of a sum.",
            "每个值都小了“滤波器权重个数”那么多倍：该求和的地方求了平均。",
        ),
        (
            "whole-numbers",
            (("dtype=np.result_type(x, w, b)", "dtype=x.dtype"),),
            "Where `x` holds whole numbers, the results lose their fractions. Which type does the "
            "array have that you store them in?",
            "`x` 是整数时，结果的小数部分丢了。你存结果的数组是什么类型？",
        ),
        (
            "stored-as-whole-numbers",
            (("dtype=np.result_type(x, w, b)", "dtype=int"),),
            "All results have lost their fractions. Which type has the array that you store them "
            "in?",
            "所有结果的小数部分都丢了。你存结果的数组是什么类型？",
        ),
    ),
    *mistakes(
        "layers.conv_backward_naive",
        (
            "db-batch-not-summed",
            (("axis=(0, 2, 3)", "axis=(2, 3)"),),
            "`db` still has one row for each image. A filter's bias is used by all images: `db` "
            "adds up all the places where it was used.",
            "`db` 里每张图各占一行。一个滤波器的偏置被所有图共用：`db` 要把用到它的地方都加起来。",
        ),
        (
            "db-pixels-not-summed",
            (("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=0)"),),
            "`db` still has rows and columns. A filter's bias is added at every pixel of `out`: "
            "how many numbers should be left for a filter?",
            "`db` 里还留着行和列。滤波器的偏置在 `out` 的每个像素上都加了一次："
            "每个滤波器该剩几个数？",
        ),
        (
            "db-averaged",
            (("dout.sum(axis=(0, 2, 3))", "dout.mean(axis=(0, 2, 3))"),),
            "`db` is a mean where a sum belongs: every place where the bias was used counts fully.",
            "`db` 用了平均，该用求和：偏置的每一处使用都要完整地算进去。",
        ),
        (
            "stride-forgotten",
            (
                ("slice(i * stride, i * stride + HH)", "slice(i, i + HH)"),
                ("slice(j * stride, j * stride + WW)", "slice(j, j + WW)"),
            ),
            "`dx` and `dw` are right only at stride 1: the backward pass has to visit the same "
            "windows as the forward pass.",
            "只有步长为 1 时 `dx` 和 `dw` 才对：反向传播要走和前向传播同样的窗口。",
        ),
        (
            "dx-not-cropped",
            (("dx_padded[:, :, pad : pad + H, pad : pad + W]", "dx_padded"),),
            "`dx` still includes the padding. A gradient has the shape of what it belongs to.",
            "`dx` 还带着填充的边。梯度的形状应当和它所属的变量一样。",
        ),
        (
            "dx-cropped-at-the-corner",
            (("[:, :, pad : pad + H, pad : pad + W]", "[:, :, :H, :W]"),),
            "`dx` has the right size but is shifted: where in the padded image does the image "
            "itself begin?",
            "`dx` 大小对了，位置却偏了：在填充后的图里，原图从哪里开始？",
        ),
        (
            "dx-cropped-by-minus-pad",
            (("pad : pad + H, pad : pad + W]", "pad:-pad, pad:-pad]"),),
            "`dx` is empty when there is no padding. What is -0 in a slice?",
            "没有填充时 `dx` 是空的。切片里的 -0 是什么意思？",
        ),
        (
            "dx-overwritten",
            (
                ("dx_padded[n, :, rows, columns] +=", "dx_padded[n, :, rows, columns] ="),
            ),
            "Where windows overlap, only the last one's share of `dx` is left. A pixel that was "
            "used several times receives several gradients.",
            "窗口重叠的地方，`dx` 只剩下最后一个窗口的份。一个像素被用到几次，就会收到几份梯度。",
        ),
        (
            "dw-overwritten",
            (("dw[f] +=", "dw[f] ="),),
            "`dw` knows only the last window. A filter is used at every place of every image.",
            "`dw` 只记得最后一个窗口。一个滤波器在每张图的每个位置都用到了。",
        ),
        (
            "dw-averaged",
            (
                ("dx = dx_padded", "dw /= N\n    dx = dx_padded"),
            ),
            "`dw` is too small by the number of images. The loss already divides by N.",
            "`dw` 小了 N 倍。除以 N 是损失函数的事。",
        ),
        (
            "dw-from-first-image",
            (("* x_padded[n, :, rows", "* x_padded[0, :, rows"),),
            "`dw` sees the pixels of the first image only.",
            "`dw` 只用到了第一张图的像素。",
        ),
        (
            "dx-from-first-filter",
            (("dout[n, f, i, j] * w[f]", "dout[n, f, i, j] * w[0]"),),
            "`dx` is made with the first filter's weights alone. Which weight touched this pixel?",
            "`dx` 只用了第一个滤波器的权重。碰到这个像素的是哪个权重？",
        ),
        (
            "dx-filter-flipped",
            (("dout[n, f, i, j] * w[f]", "dout[n, f, i, j] * w[f, :, ::-1, ::-1]"),),
            "In `dx` the filter is turned round. Each weight sends its gradient back to the pixel "
            "that it was multiplied with.",
            "算 `dx` 时滤波器被翻转了。每个权重的梯度要回到当初和它相乘的那个像素。",
        ),
        (
            "last-row-and-column-missing",
            (
                ("range(dout.shape[2])", "range(dout.shape[2] - 1)"),
                ("range(dout.shape[3])", "range(dout.shape[3] - 1)"),
            ),
            "The last row and column of `dout` are never looked at by `dx` and `dw`.",
            "`dx` 和 `dw` 没有用到 `dout` 的最后一行和最后一列。",
        ),
        (
            "order-of-results",
            (
                ("dx = dx_padded[:, :, pad : pad + H, pad : pad + W]",
                 "dx = dx_padded[:, :, pad : pad + H, pad : pad + W]\n    dx, dw = dw, dx"),
            ),
            "The gradients come back in another order than the one that is asked for.",
            "返回的梯度顺序和要求的不一样。",
        ),
        (
            "whole-numbers",
            (("np.zeros(x_padded.shape, dtype=dout.dtype)", "np.zeros_like(x_padded)"),),
            "Where `x` holds whole numbers, adding fractions to `dx` fails: which type has the "
            "array in which you collect it?",
            "`x` 是整数时，往 `dx` 里加小数会出错：你用来累加的数组是什么类型？",
        ),
        (
            "dout-changed",
            (("dx = dx_padded", "dout *= 2\n    dx = dx_padded"),),
            "`dout` is changed in place. It belongs to the caller.",
            "`dout` 被原地修改了。它是调用者的数组。",
        ),
    ),
]  # fmt: skip
