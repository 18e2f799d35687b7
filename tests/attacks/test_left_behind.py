"""Leaving something behind in one submission, and looking for it in the next.

The worker of the second is already idle while the first runs. Each way is first tried within one
submission, where it works: a finder that finds nothing would prove nothing.
"""

from dataclasses import dataclass, replace
from textwrap import dedent

import pytest

from autograder.collecting.submission import Submission

from .harness import CONV, LAYERS, Arena

pytestmark = [pytest.mark.each_tier, pytest.mark.explained]

FINDER = """
try:
    found = bool(find())
except Exception:
    found = False
if not found:
    del conv_forward_naive
"""


@dataclass(frozen=True)
class Way:
    """A way to leave something behind: `leave` is run by one submission, `find` by the next."""

    name: str
    code: str


WAYS = (
    Way(
        "a patched NumPy",
        """
        def leave():
            np.left = 1
        def find():
            return np.left
        """,
    ),
    Way(
        "a module that is loaded",
        """
        import sys, types
        def leave():
            sys.modules["left"] = types.ModuleType("left")
            sys.modules["daseCV.shapes"].left = 1
        def find():
            return "left" in sys.modules or hasattr(sys.modules["daseCV.shapes"], "left")
        """,
    ),
    Way(
        "the environment",
        """
        import os
        def leave():
            os.environ["LEFT"] = "1"
        def find():
            return "LEFT" in os.environ
        """,
    ),
    Way(
        "random numbers",
        """
        def leave():
            np.random.seed(424242)
            leave.first = np.random.RandomState(424242).rand()
        def find():
            return np.random.rand() == np.random.RandomState(424242).rand()
        """,
    ),
    Way(
        "files",
        """
        import glob, os, sys, tempfile
        PLACES = (
            tempfile.gettempdir(), os.path.expanduser("~"), "/tmp", "/var/tmp", "/dev/shm", ".",
            "/run", os.path.dirname(__file__), os.path.dirname(sys.argv[0]), *sys.path,
            *glob.glob("/tmp/dasecv-*"), *glob.glob("/tmp/dasecv-*/daseCV"),
        )
        def leave():
            for place in PLACES:
                try:
                    open(os.path.join(place, "left.py"), "w").write("1")
                except OSError:
                    pass
        def find():
            return any(os.path.exists(os.path.join(place, "left.py")) for place in PLACES)
        """,
    ),
    Way(
        "a thread that goes on",
        """
        import threading, time
        def leave():
            threading.Thread(target=time.sleep, args=(60,), name="left", daemon=True).start()
        def find():
            return any(thread.name == "left" for thread in threading.enumerate())
        """,
    ),
)


def solved_with(arena: Arena, *parts: str) -> Submission:
    """A solved submission with some lines at its end."""
    code = "".join(map(dedent, parts)).encode()
    return Submission("one", arena.solved | {LAYERS: arena.solved[LAYERS] + b"\n" + code}, {})


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name.replace(" ", "-"))
def test_the_next_submission_finds_nothing_of_the_last_one(arena: Arena, way: Way) -> None:
    grader = replace(
        arena.grader, checks=(CONV,)
    )  # one grader for all: its workers are idle meanwhile
    leaves = solved_with(arena, way.code, "\nleave()\n")
    finds = solved_with(arena, way.code, FINDER)
    both = solved_with(arena, way.code, "\nleave()\n", FINDER)

    first, second, alone = (grader.grade(each).share(CONV) for each in (leaves, finds, both))

    assert (first, second, alone) == (1, 0, 1)
