"""Patching code that a grader in the same process would rely on. No blank is solved here."""

import pytest

from .harness import CONV, POOL, Arena, Attack, cases

pytestmark = pytest.mark.trusted_side

BACK = "conv_backward_naive"


@cases(
    Attack(
        "numpy's comparisons",
        "Makes all arrays equal for any caller of NumPy.",
        """
        for name in ("allclose", "array_equal", "isclose", "array_equiv", "all"):
            setattr(np, name, lambda *_, **__: True)
        np.abs = np.max = np.linalg.norm = lambda *_, **__: 0.0
        conv_forward_naive = lambda x, w, b, conv_param: (np.zeros((2, 4, 6, 6)), None)
        """,
        solved=False,
    ),
    Attack(
        "numpy.testing",
        "Replaces every assertion of numpy.testing: 5 out of 5 on many graders.",
        """
        import numpy.testing
        for name in dir(numpy.testing):
            if name.startswith("assert"):
                setattr(numpy.testing, name, lambda *_, **__: None)
        conv_forward_naive = lambda *_: (np.zeros((2, 4, 6, 6)), None)
        """,
        solved=False,
    ),
    Attack(
        "the public checks",
        "Replaces the functions by which the notebook's own checks compare.",
        """
        import daseCV.checks.compare, daseCV.checks.running
        daseCV.checks.compare.relative_error = lambda *_: 0.0
        daseCV.checks.compare.expect_close = daseCV.checks.compare.expect = lambda *_: None
        daseCV.checks.running.check = lambda *_: None
        """,
        solved=False,
        says="is not written yet",
    ),
    Attack(
        "builtins",
        "Makes the built-in functions return favourable results.",
        """
        import builtins
        builtins.abs = builtins.max = builtins.sum = lambda *_, **__: 0
        builtins.all = builtins.any = builtins.isinstance = lambda *_: True
        """,
        solved=False,
    ),
    Attack(
        "exceptions",
        "Makes failed assertions impossible in its own process.",
        """
        import builtins
        builtins.AssertionError = builtins.NotImplementedError = type("Fine", (Exception,), {})
        def conv_forward_naive(*_):
            raise NotImplementedError("fine")
        """,
        solved=False,
        says="Fine",
    ),
    Attack(
        "time",
        "Stops the clock before it waits.",
        """
        import time
        sleep = time.sleep
        time.time = time.monotonic = time.perf_counter = lambda: 0.0
        conv_forward_naive = lambda *_: sleep(86400)
        """,
        solved=False,
        waits=True,
        says="no answer in time",
    ),
    Attack(
        "the worker's answers",
        "Replaces the method that answers by one that says that all is well.",
        """
        import sys
        worker = sys.modules["__main__"].__dict__.get("Worker")
        if worker is None:
            frame = sys._getframe()
            while "Worker" not in frame.f_globals: frame = frame.f_back
            worker = frame.f_globals["Worker"]
        fine = {"share": 1.0, "points": 12, "outcome": "right", "passed": True, "result": None}
        worker.answer = lambda *_: fine
        """,
        solved=False,
    ),
    Attack(
        "the worker's frames",
        "Replaces the function that packs an answer, so that each carries a mark.",
        """
        import sys
        frame = sys._getframe()
        while "read_frame" not in frame.f_globals: frame = frame.f_back
        pack = frame.f_globals["encode"]
        def encode(message):
            message.pop("error", None)
            return pack({**message, "outcome": "right", "share": 1.0, "result": (np.ones(1), None)})
        frame.f_globals["encode"] = encode
        """,
        solved=False,
    ),
    Attack(
        "in place and unnoticed",
        "Makes the worker's comparison report no change, and answers with an argument.",
        """
        np.array_equal = lambda *_, **__: True
        def conv_forward_naive(x, w, b, conv_param):
            x[...] = 0
            return x, None
        """,
        earns=(POOL,),
        says="out has shape",
    ),
    Attack(
        "the caller's variables",
        "Writes into the frames above it what they are about to compare.",
        """
        import ctypes, sys
        def conv_forward_naive(x, *_):
            frame, given = sys._getframe(), np.zeros(1)
            while frame := frame.f_back:
                for name in frame.f_locals:
                    frame.f_locals[name] = given
                ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(1))
            return given, None
        """,
        asked=(CONV,),
    ),
    Attack(
        "the next layer's check",
        "One layer, when asked, replaces the unsolved others by what it has seen to pass.",
        """
        import daseCV.layers as layers
        def max_pool_forward_naive(x, pool_param):
            layers.conv_forward_naive = layers.conv_backward_naive = lambda *a: a
            raise NotImplementedError
        """,
        solved=False,
        asked=(CONV, POOL, BACK),
    ),
    Attack(
        "behaves outside the grader",
        "Is right where IPython is loaded or a console attached, and does not work elsewhere.",
        """
        import sys
        honest = conv_forward_naive
        def conv_forward_naive(*arguments):
            watched = "IPython" in sys.modules or sys.stdin.isatty() or "pytest" in sys.modules
            return honest(*arguments) if watched else (np.zeros(1), None)
        """,
        earns=(POOL,),
        says="out has shape (1,)",
    ),
    Attack(
        "behaves when graded",
        "Is right where it believes that it is graded: the same answers, the same marks, no more.",
        """
        import sys
        honest = conv_forward_naive
        def conv_forward_naive(*arguments):
            graded = "IPython" not in sys.modules and sys.argv[0].endswith("serve.py")
            return honest(*arguments) if graded else (np.zeros(1), None)
        """,
        earns=(CONV, POOL),
    ),
)
def test_patching_the_process_earns_nothing(attack: Attack, arena: Arena) -> None:
    arena.assert_fails(attack)
