"""Habits that change no answer cost nothing: prints, progress bars, imports, decorators."""

from collections.abc import Callable

import pytest

HABIT = """
    solved = conv_forward_naive

    def conv_forward_naive(x, w, b, conv_param):
        {lines}
        return solved(x, w, b, conv_param)
"""

LINES = {
    "prints that were left in": "for i in range(2000): print('x is', x[0, 0])",
    "a progress bar": "from tqdm import tqdm\nfor _ in tqdm(range(100)): pass",
    "a picture": "import matplotlib.pyplot as plt\nplt.imshow(x[0, 0])\nplt.show()",
    "warnings": "import warnings\nwarnings.warn('careful')\nnp.log(np.zeros(1))",
    "a seed of its own": "np.random.seed(0)",
    "NumPy told to raise": "np.seterr(all='raise')",
    "a clock": "import time\nstarted = time.perf_counter()\nprint(time.perf_counter() - started)",
    "threads": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool: list(pool.map(abs, range(9)))"
    ),
    "more entries in its own conv_param": "conv_param = {**conv_param, 'dilation': 1}",
}

UNUSED_IMPORTS = """
    import os, sys, random, math, functools, itertools
    from daseCV.fast_layers import *
    from .fast_layers import conv_backward_fast, conv_forward_fast
    from .gradient_check import eval_numerical_gradient_array
    try:
        from .im2col_cython import col2im_6d_cython
    except ImportError:
        print("run the following from the daseCV folder: python setup.py build_ext --inplace")
"""

AN_OBJECT = """
    class Convolve:
        def __init__(self, function):
            self.function, self.calls = function, 0

        def __call__(self, x, w, b, conv_param, verbose=False):
            self.calls += 1
            return self.function(x=x, w=w, b=b, conv_param=conv_param)

    conv_forward_naive = Convolve(conv_forward_naive)
"""

A_DECORATOR = """
    import functools
    from typing import NamedTuple

    class Forward(NamedTuple):
        out: np.ndarray
        cache: object = None

    def named(function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            return Forward(*function(*args, **kwargs))
        return wrapped

    conv_forward_naive = named(conv_forward_naive)
"""

ANOTHER_LAYER = """
    def conv_forward_naive(x, w, b, conv_param):
        s, p = conv_param["stride"], conv_param["pad"]
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        seen = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], (2, 3))
        rows = seen[:, :, ::s, ::s].transpose(0, 2, 3, 1, 4, 5)
        out, _ = affine_forward(rows.reshape(-1, w[0].size), w.reshape(len(w), -1).T, b)
        return out.reshape(*rows.shape[:3], -1).transpose(0, 3, 1, 2), (x, w, b, conv_param)
"""

STYLES = {
    name: HABIT.format(lines=lines.replace("\n", "\n        ")) for name, lines in LINES.items()
} | {
    "imports that nothing uses": UNUSED_IMPORTS,
    "an object that can be called": AN_OBJECT,
    "a decorator, named results": A_DECORATOR,
    "a student's own other layer": ANOTHER_LAYER,
}


@pytest.mark.parametrize("solution", STYLES.values(), ids=STYLES)
def test_a_habit_costs_nothing(assert_full_share: Callable[..., None], solution: str) -> None:
    assert_full_share("daseCV/layers.py", solution, "conv_forward_naive", "conv_backward_naive")
