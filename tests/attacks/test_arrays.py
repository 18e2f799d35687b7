"""Answers that look like arrays of right numbers and are not."""

import pytest

from .harness import CONV, POOL, Arena, Attack

pytestmark = pytest.mark.trusted_side

# What conv_forward_naive returns, where `honest` is the solved layer: name, story, lines.
ANSWERS = [
    ("equal to anything", "An object that is equal to all others.", "return Anything(), None"),
    (
        "a subclass equal to anything",
        "An array of zeros whose comparisons, differences and ufuncs say that it is right.",
        "return np.zeros_like(honest(*arguments)[0]).view(Agreeable), None",
    ),
    (
        "an object that becomes the other operand",
        "Takes part in NumPy's functions and returns the other argument.",
        "return Chameleon(), None",
    ),
    (
        "not a number",
        "NaN: all comparisons with it are false.",
        "return honest(*arguments)[0] * np.nan, None",
    ),
    (
        "infinity",
        "Infinity: its difference to any number is infinite too.",
        "return honest(*arguments)[0] + np.inf, None",
    ),
    (
        "one not a number",
        "One NaN among right numbers, which a maximum may leave out.",
        "out, cache = honest(*arguments); out.flat[0] = np.nan; return out, cache",
    ),
    (
        "an array of objects",
        "Objects that are equal to anything, in an array of the right shape.",
        "return np.full(honest(*arguments)[0].shape, Anything(), dtype=object), None",
    ),
    (
        "complex numbers",
        "Right numbers with imaginary parts, which a comparison may drop.",
        "return honest(*arguments)[0] + 1j, None",
    ),
    ("a scalar", "One number, which broadcasts.", "return honest(*arguments)[0].mean(), None"),
    ("one entry", "One entry, which broadcasts.", "return np.zeros((1, 1, 1, 1)), None"),
    ("no entry", "No entries: all of none are right.", "return np.zeros((0, 4, 6, 6)), None"),
    (
        "another axis",
        "The right numbers with an extra axis.",
        "return honest(*arguments)[0][None], None",
    ),
    (
        "transposed",
        "The right numbers in other places.",
        "return honest(*arguments)[0].transpose(0, 1, 3, 2), None",
    ),
    (
        "rounded",
        "The right numbers in half precision.",
        "return honest(*arguments)[0].astype(np.float16), None",
    ),
    (
        "whole numbers",
        "The right numbers without their decimals.",
        "return honest(*arguments)[0].astype(int), None",
    ),
    ("huge integers", "Integers beyond every type.", "return 10**4000, 10**400"),
    (
        "truth",
        "True, in the right shape.",
        "return honest(*arguments)[0] == honest(*arguments)[0], None",
    ),
    ("text", "The right numbers as text.", "return honest(*arguments)[0].astype(str), None"),
    (
        "bytes with a pickle",
        "A pickle that runs a command when it is read.",
        "return pickle.dumps(Runs()), None",
    ),
    (
        "an object with a pickle",
        "An object that runs a command when it is unpickled.",
        "return Runs(), Runs()",
    ),
    (
        "a structured array",
        "Fields instead of numbers, one of them an object.",
        "return np.zeros(3, dtype=[('a', float), ('b', object)]), None",
    ),
    ("ragged lists", "Lists of different lengths.", "return [[1.0], [2.0, 3.0]], None"),
    (
        "a list of lists",
        "The right numbers, but not an array.",
        "return honest(*arguments)[0].tolist(), None",
    ),
    ("masked", "Wrong numbers, all of them masked.", "return np.ma.masked_all((2, 4, 6, 6)), None"),
    (
        "too many results",
        "More results than asked for, to choose from.",
        "return (*honest(*arguments), honest(*arguments)[0])",
    ),
    (
        "a generator",
        "Answers that are computed only when read.",
        "return (value for value in honest(*arguments))",
    ),
    ("nothing", "No answer at all.", "return None"),
    ("itself", "A list that holds itself.", "loop = []; loop.append(loop); return loop, None"),
    ("a deep list", "Lists within lists, a hundred thousand deep.", "return deep(), None"),
    ("a deep cache", "Raises while its answer is sent.", "return Explodes(()), None"),
    (
        "a dict with odd keys",
        "Keys that are equal to anything.",
        "return {Anything(): 1, 'share': 1.0}, None",
    ),
]

CLASSES = """
import pickle
class Anything:
    def __eq__(self, other): return True
    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __hash__ = object.__hash__
    __sub__ = __rsub__ = __abs__ = lambda self, *_: 0.0
    __array__ = lambda self, *_, **__: np.zeros((2, 4, 6, 6))
    shape, dtype, ndim, size = (2, 4, 6, 6), np.dtype(float), 4, 288
class Agreeable(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, dtype=bool)
    __sub__ = __rsub__ = lambda self, other: np.zeros(self.shape)
    def __array_ufunc__(self, *_, **__): return np.zeros(self.shape)
    def __array_function__(self, *_): return True
    def __reduce__(self): return print, ("unpickled",)
class Chameleon:
    def __array_ufunc__(self, ufunc, method, *inputs, **_):
        return next(value for value in inputs if value is not self)
    def __array_function__(self, function, types, arguments, named):
        return next(value for value in arguments if value is not self)
class Runs:
    def __reduce__(self): return exec, ("import os; os._exit(0)",)
class Explodes(tuple):
    def __iter__(self): raise BaseException("sent")
    def __len__(self): raise BaseException("measured")
def deep():
    value = []
    for _ in range(10**5): value = [value]
    return value
honest = conv_forward_naive
"""


@pytest.mark.parametrize(
    ("name", "story", "lines"), ANSWERS, ids=[answer[0].replace(" ", "-") for answer in ANSWERS]
)
def test_an_invalid_answer_loses_its_own_check(
    name: str, story: str, lines: str, arena: Arena
) -> None:
    code = f"{CLASSES}\ndef conv_forward_naive(*arguments):\n    {lines}"
    arena.assert_fails(Attack(name, story, code, earns=(POOL,)))


@pytest.mark.parametrize(
    ("name", "story", "lines"),
    [
        (
            "extended precision",
            "The right numbers, with more digits than asked.",
            "out, cache = honest(*arguments); return out.astype(np.longdouble), cache",
        ),
        (
            "a subclass of the right numbers",
            "Right numbers in an array that would also say so: worth what they are.",
            "out, cache = honest(*arguments); return out.view(Agreeable), cache",
        ),
        (
            "big-endian and not contiguous",
            "The right numbers, laid out in an odd way: worth what they are.",
            "out, cache = honest(*arguments); return out.astype('>f8')[..., ::-1][..., ::-1], 0",
        ),
    ],
    ids=["more digits", "a subclass", "an odd layout"],
)
def test_right_numbers_count_in_any_kind_of_array(
    name: str, story: str, lines: str, arena: Arena
) -> None:
    code = f"{CLASSES}\ndef conv_forward_naive(*arguments):\n    {lines}"
    arena.assert_fails(Attack(name, story, code, earns=(CONV, POOL)))
