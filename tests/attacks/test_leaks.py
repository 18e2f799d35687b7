"""Revealing hidden inputs: through any shown part of an answer, an error or an exit.

Each attack is right on public inputs and wrong on hidden ones. It recognises hidden ones by earlier
questions: an explanation uses a fresh worker, which has had no questions.
"""

import pytest

from .harness import CNN, CONV, POOL, RULE, Arena, Attack

pytestmark = [pytest.mark.trusted_side, pytest.mark.explained]

BACK, IMAGE = "conv_backward_naive", "conv_image_filters"

# Code that recognises hidden inputs, and one of their numbers, written as digits.
SPY = """
import os, sys, time
asked_before, honest_conv, honest_pool = [], conv_forward_naive, max_pool_forward_naive
def conv_forward_naive(*arguments):
    asked_before.append(arguments)
    return honest_conv(*arguments)
def stolen(x):
    return int(abs(x.flat[0]) * 10**9)
"""

# Name, lines of max_pool_forward_naive on hidden inputs.
WAYS_OUT = [
    ("the message of an exception", "raise ValueError(stolen(x))"),
    ("the name of an exception", "raise type(f'E{stolen(x)}', (ValueError,), {})"),
    ("the message of a missing solution", "raise NotImplementedError(stolen(x))"),
    ("the text of an assertion", "raise AssertionError(f'expected {x.flat[0]!r}')"),
    (
        "the number of a line",
        "exec(compile('\\n' * (stolen(x) % 10**7) + '1/0', __file__, 'exec'))",
    ),
    ("the name of a file", "exec(compile('1/0', __file__ + f'/{stolen(x)}', 'exec'))"),
    ("the name of a function", "exec(f'def f{stolen(x)}(): 1/0\\nf{stolen(x)}()')"),
    ("what it prints", "print(stolen(x)); sys.stderr.write(str(stolen(x))); 1/0"),
    (
        "what it prints, and is wrong",
        "os.write(1, b'%d' % stolen(x)); return honest_pool(-x, pool_param)",
    ),
    ("the shape of an answer", "return np.zeros((stolen(x), 0)), None"),
    ("the number of results", "return (0,) * (stolen(x) % 10**6)"),
    ("the type of a result", "return type(f'T{stolen(x)}', (), {})(), None"),
    ("the values of a result", "return x.copy(), None"),
    (
        "the value of a wrong result",
        "out, cache = honest_pool(x, pool_param); return out + 10**6, cache",
    ),
    ("the status of its end", "os._exit(stolen(x) % 200 + 20)"),
    ("a frame with another beginning", "os.write(int(sys.argv[-1]), b'%012d' % stolen(x))"),
    (
        "a frame with another length",
        "os.write(int(sys.argv[-1]), b'dcv1' + stolen(x).to_bytes(8, 'big'))",
    ),
    ("a name that outlives it", "open(f'/tmp/{stolen(x)}', 'w').close(); 1/0"),
    ("changes of an argument", "x[...] = stolen(x); return honest_pool(x, pool_param)"),
]


@pytest.mark.parametrize(
    ("name", "lines"), WAYS_OUT, ids=[way[0].replace(" ", "-") for way in WAYS_OUT]
)
def test_no_hidden_number_is_shown(name: str, lines: str, arena: Arena) -> None:
    code = f"""{SPY}
def max_pool_forward_naive(x, pool_param):
    if asked_before:
        {lines}
    return honest_pool(x, pool_param)
"""
    attack = Attack(name, "Right on public inputs, and tells the hidden ones.", code, earns=(CONV,))

    report = arena.assert_fails(attack)

    reason = report.checks[1].reasons[0]
    assert (
        "fails on hidden" in reason or "no answer in time" in reason
    )  # the grader may wait for a length


def test_a_wrong_part_before_a_timeout_shows_no_hidden_number(arena: Arena) -> None:
    """A wrong dx shows expected values; nothing is asked again, since it takes too long."""
    attack = Attack(
        "wrong, then slow",
        "",
        """
        import time
        calls, honest = [], conv_backward_naive
        def conv_backward_naive(dout, cache):
            calls.append(1)
            if len(calls) > 1: time.sleep(99)
            dx, dw, db = honest(dout, cache)
            return dx + 1, dw, db
        """,
        asked=(CONV, BACK),
        earns=(CONV,),
        waits=True,
    )

    arena.assert_fails(attack)


def test_a_module_that_raises_later_shows_no_hidden_number(arena: Arena) -> None:
    """Before each check its modules are imported; by then the worker has seen hidden inputs."""
    attack = Attack(
        "a module with a message",
        "",
        f"""{SPY}
        class Name(str):
            @property
            def title(self):
                if not asked_before: return super().title
                raise ValueError(stolen(asked_before[0][0]))
        __name__ = Name(__name__)
        """.replace("\n        ", "\n"),
        earns=(CONV, POOL),
    )

    arena.assert_fails(attack)


def test_a_patched_given_layer_shows_no_hidden_number(arena: Arena) -> None:
    """A patched fast layer is compared with the reference: its expected values stay hidden."""
    attack = Attack(
        "a patched fast layer",
        "",
        """
        import daseCV.fast_layers as fast
        honest = fast.conv_forward_fast
        fast.conv_forward_fast = lambda *a: (lambda out, cache: (out + 1, cache))(*honest(*a))
        """,
        asked=("conv_fast",),
        says="work without your files",
    )

    arena.assert_fails(attack)


@pytest.mark.parametrize(
    "line",
    [
        "raise ValueError(stolen(X))",
        "exec(compile('1/0', __file__ + f'/{stolen(X)}', 'exec'))",
        "return float(stolen(X)), {name: 0 * value for name, value in self.params.items()}",
        "return np.zeros((stolen(X), 0)), self.params",
    ],
)
def test_training_reveals_nothing_about_its_images(line: str, arena: Arena) -> None:
    """Training is not asked again on public inputs, so its reasons are the grader's own words."""
    code = f"""
def stolen(X):
    return int(abs(X.flat[0]) * 10**9)
def loss(self, X, y=None):
    {line}
ThreeLayerConvNet.loss = loss
"""
    attack = Attack("training", "", code, file=CNN, asked=("cnn_overfit",), honest=RULE)

    report = arena.assert_fails(attack)

    assert "got" not in report.checks[0].reasons[0]


def test_names_of_parameters_show_no_hidden_number(arena: Arena) -> None:
    """Names and shapes of wrong parameters are shown for public inputs only."""
    code = """
import numpy as np
made = ThreeLayerConvNet.__init__
def __init__(self, *arguments):
    made(self, *arguments)
    self.params[f"W{int(abs(np.random.randn()) * 10**9)}"] = np.zeros(3)
ThreeLayerConvNet.__init__ = __init__
"""
    attack = Attack("names", "", code, file=CNN, asked=("cnn_loss",))

    shown = [arena.grade(attack)[0].checks[0].reasons for _ in range(2)]

    assert shown[0] == shown[1]
    assert "params has shapes" in shown[0][0]
