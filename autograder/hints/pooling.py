"""Typical mistakes in the naive max pooling."""

from .mistake import mistakes

TO_MAXIMUM = "dx[n, c, top + row, left + column] += dout[n, c, i, j]"
TO_WINDOW = "dx[n, c, top : top + height, left : left + width] += "

POOLING = [
    *mistakes(
        "layers.max_pool_forward_naive",
        (
            "mean",
            (("left + width].max()", "left + width].mean()"),),
            "Each value is the mean of its window: that is average pooling.",
            "每个值是窗口的平均：那是平均池化。",
        ),
        (
            "minimum",
            (("left + width].max()", "left + width].min()"),),
            "Each value is the smallest of its window.",
            "每个值是窗口里最小的数。",
        ),
        (
            "never-below-zero",
            (("left + width].max()", "left + width].max(initial=0)"),),
            "Where all numbers of a window are negative, 0 comes out. What do you compare with "
            "first?",
            "窗口里全是负数时，输出成了 0。你最先拿来比较的数是多少？",
        ),
        (
            "stride-forgotten",
            (("top, left = i * stride, j * stride", "top, left = i, j"),),
            "Windows stand side by side, whatever the stride.",
            "不管步长是多少，窗口都是一格一格挪的。",
        ),
        (
            "windows-side-by-side",
            (("i * stride, j * stride",
              "i * height % (H - height + 1), j * width % (W - width + 1)"),),
            "Windows start at multiples of their own size. Stride and size are two things.",
            "窗口是按自己的大小挪的。步长和窗口大小是两回事。",
        ),
        (
            "sides-exchanged",
            (("[n, c, top : top + height, left : left + width]",
              "[n, c, top : top + width, left : left + height]"),),
            "Height and width of the window are exchanged.",
            "窗口的高和宽弄反了。",
        ),
        (
            "rest-included",
            (
                ("1 + (H - height) // stride", "1 - (height - H) // stride"),
                ("1 + (W - width) // stride", "1 - (width - W) // stride"),
            ),
            "Where the stride does not divide evenly, `out` is too large: windows that stand over "
            "the edge are left out.",
            "步长除不尽时 `out` 偏大：伸出边界的窗口应当舍去。",
        ),
        (
            "size-without-one",
            (
                ("1 + (H - height) // stride", "(H - height) // stride"),
                ("1 + (W - width) // stride", "(W - width) // stride"),
            ),
            "`out` lacks its last row and column. How many windows has an image that is as large "
            "as the window?",
            "`out` 少了最后一行和一列。图像和窗口一样大时，有几个窗口？",
        ),
        (
            "last-row-and-column-missing",
            (("range(H_out)", "range(H_out - 1)"), ("range(W_out)", "range(W_out - 1)")),
            "The last row and column of `out` were never filled. Where does a `range` end?",
            "`out` 的最后一行和最后一列没有填。`range` 到哪里为止？",
        ),
        (
            "channels-mixed",
            (("x[n, c, top", "x[n, :, top"),),
            "The maximum is taken over all channels. Pooling treats each channel by itself.",
            "最大值是在所有通道里取的。池化对每个通道单独进行。",
        ),
        (
            "largest-absolute-value",
            (
                ("x[n, c, top : top + height, left : left + width].max()",
                 "np.abs(x[n, c, top : top + height, left : left + width]).max()"),
            ),
            "The largest absolute value comes out, without its sign.",
            "输出的是绝对值最大的数，而且丢了符号。",
        ),
    ),
    *mistakes(
        "layers.max_pool_backward_naive",
        (
            "all-ties",
            ((TO_MAXIMUM, f"{TO_WINDOW}(window == window.max()) * dout[n, c, i, j]"),),
            "Where several entries share the maximum, each of them gets the whole gradient. Read "
            "in the docstring which one gets it.",
            "有几个数并列最大时，它们各得到了一份完整的梯度。文档里写了应当给哪一个。",
        ),
        (
            "ties-share",
            (
                (TO_MAXIMUM,
                 f"peak = window == window.max()\n        "
                 f"{TO_WINDOW}peak * dout[n, c, i, j] / peak.sum()"),
            ),
            "Entries that share the maximum share the gradient. Here it is not split: the "
            "docstring says which one gets it.",
            "并列最大的数平分了梯度。这里不平分：文档里写了应当给哪一个。",
        ),
        (
            "last-of-ties",
            (("np.unravel_index(window.argmax(), window.shape)",
              "np.unravel_index(window.size - 1 - window.ravel()[::-1].argmax(), window.shape)"),),
            "Where several entries share the maximum, the last one gets the gradient. See in the "
            "docstring which it should be.",
            "有几个数并列最大时，梯度给了最后一个。文档里写了应当给哪一个。",
        ),
        (
            "overwritten",
            (("left + column] += dout", "left + column] = dout"),),
            "Where windows overlap, an entry that is the maximum of several keeps only one of its "
            "gradients.",
            "窗口重叠时，一个数可以是几个窗口的最大值，但它只留下了一份梯度。",
        ),
        (
            "stride-forgotten",
            (("top, left = i * stride, j * stride", "top, left = i, j"),),
            "The gradient goes to windows that stand side by side, whatever the stride. The "
            "forward pass used others.",
            "不管步长是多少，反向时窗口都是一格一格挪的。前向传播用的不是这些窗口。",
        ),
        (
            "whole-window",
            ((TO_MAXIMUM, f"{TO_WINDOW}dout[n, c, i, j]"),),
            "Every entry of a window gets the gradient. Which of them had any influence on `out`?",
            "窗口里每个数都得到了梯度。其中哪一个真正影响了 `out`？",
        ),
        (
            "averaged",
            ((TO_MAXIMUM, f"{TO_WINDOW}dout[n, c, i, j] / window.size"),),
            "The gradient is spread evenly over the window: that belongs to average pooling.",
            "梯度被平均分到了整个窗口：那是平均池化的做法。",
        ),
        (
            "place-within-window",
            (("left + column] += dout", "column] += dout"), ("c, top + row,", "c, row,")),
            "All gradients land in the image's upper left corner: the place of a maximum within "
            "its window is not yet its place in the image.",
            "梯度全落在图像的左上角：最大值在窗口里的位置，还不是它在图像里的位置。",
        ),
        (
            "sides-exchanged",
            (
                ("argmax(), window.shape)", "argmax(), window.shape[::-1])"),
                ("top + row, left + column", "min(top + row, x.shape[2] - 1), "
                 "min(left + column, x.shape[3] - 1)"),
            ),
            "The place of the maximum is wrong where windows are not square: which side of the "
            "window counts the columns?",
            "窗口不是方的时候，最大值的位置就错了：把序号换算成行和列，要用窗口的哪一边？",
        ),
        (
            "maximum-times-gradient",
            (("+= dout[n, c, i, j]", "+= dout[n, c, i, j] * window.max()"),),
            "The gradient is multiplied by the maximum. How fast does the maximum grow with its "
            "largest entry?",
            "梯度被乘上了最大值本身。最大的那个数增加一点，最大值增加多少？",
        ),
        (
            "whole-numbers",
            (("dtype=dout.dtype", "dtype=x.dtype"),),
            "Where `x` holds whole numbers, `dx` loses its fractions. Which type has the array in "
            "which you collect it?",
            "`x` 是整数时，`dx` 的小数部分丢了。你用来累加的数组是什么类型？",
        ),
        (
            "stored-as-whole-numbers",
            (("dtype=dout.dtype", "dtype=int"),),
            "All of `dx` has lost its fractions. Which type has the array in which you collect it?",
            "`dx` 的小数部分全丢了。你用来累加的数组是什么类型？",
        ),
    ),
]  # fmt: skip
