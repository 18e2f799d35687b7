"""Handing in more than the files that count, and changing those that do not."""

from pathlib import Path

import pytest

from autograder.collecting.submission import read_submission

from .harness import CONV, LAYERS, POOL, Arena, Attack, cases

RUNS = "import os; os.environ['HOSTILE'] = '1'; raise SystemExit('hostile code ran')\n"

EXTRAS = (
    "sitecustomize.py",
    "usercustomize.py",
    "hostile.pth",
    "conftest.py",
    "setup.py",
    "pyproject.toml",
    "numpy/__init__.py",
    "numpy.py",
    "frames.py",
    "json.py",
    "daseCV/__init__.py",
    "daseCV/setup.py",
    "daseCV/conftest.py",
    "daseCV/fast_layers.py",
    "daseCV/gradient_check.py",
    "daseCV/checks/__init__.py",
    "daseCV/checks/compare.py",
    "daseCV/im2col_cython.pyx",
    "daseCV/im2col_cython.py",
    "daseCV/im2col_cython.cpython-311-x86_64-linux-gnu.so",
    "daseCV/layers.so",
    "daseCV/layers/__init__.py",
    "daseCV/__pycache__/layers.cpython-311.pyc",
    "daseCV/solver.py",
    "nbgrader_config.py",
    "gradebook.db",
    "reports.db",
)


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_file_that_is_not_student_owned_is_never_read(
    extra: str, arena: Arena, tmp_path: Path
) -> None:
    """Only student-owned files are read from a submission."""
    for name, content in {**arena.solved, extra: RUNS.encode()}.items():
        path = tmp_path / "submission" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    submission = read_submission(tmp_path / "submission", list(arena.solved), [])

    assert submission.owned == arena.solved


def test_all_extra_files_together_change_no_mark(arena: Arena, tmp_path: Path) -> None:
    """A submission with every such file gets what its layers earn."""
    for name, content in {**dict.fromkeys(EXTRAS[:-10], RUNS.encode()), **arena.solved}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.parent.is_file():
            path.write_bytes(content)
    submission = read_submission(tmp_path, list(arena.solved), [])

    report, _ = arena.grade_files(submission.owned, Attack("all of them", "", ""))

    assert [check.share for check in report.checks] == [1.0, 1.0]
    assert "hostile" not in str(report)


@cases(
    Attack(
        "an import hook",
        "Serves every later import itself, for any module.",
        """
        import importlib.abc, importlib.machinery, sys, types
        class Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
            def find_spec(self, name, *_): return importlib.machinery.ModuleSpec(name, self)
            def create_module(self, spec): return types.SimpleNamespace(__name__="right")
            def exec_module(self, module): pass
        sys.meta_path.insert(0, Hook())
        sys.path_hooks.clear(); sys.path_importer_cache.clear()
        """,
        earns=(CONV, POOL),
    ),
    Attack(
        "an import hook for the other blanks",
        "The same instead of a solution.",
        "import sys; sys.modules[__name__] = type(sys)('daseCV.layers')",
        solved=False,
    ),
    Attack(
        "writing into the package",
        "Overwrites the given files beside it, for this and for all later submissions.",
        """
        import os
        folder = os.path.dirname(__file__)
        def conv_forward_naive(*_):
            for name in (*os.listdir(folder), "sitecustomize.py", "hostile.pth"):
                with open(os.path.join(folder, name), "w") as file:
                    file.write("raise SystemExit")
        """,
        earns=(POOL,),
        says="Error",
    ),
    Attack(
        "writing into the environment",
        "Leaves a file where Python of all later submissions starts.",
        """
        import os, site, sys
        def conv_forward_naive(*_):
            places = [sys.prefix, *site.getsitepackages(), os.path.dirname(os.__file__), *sys.path]
            for place in places:
                with open(os.path.join(place, "sitecustomize.py"), "w") as file:
                    file.write("raise SystemExit")
        """,
        earns=(POOL,),
        says="Error",
    ),
    Attack(
        "replacing its own file",
        "Renames, links and removes what the next worker will import.",
        """
        import os
        def conv_forward_naive(*_):
            os.replace(__file__, __file__ + ".old")
        """,
        earns=(POOL,),
        says="Error",
    ),
    Attack(
        "letters that look alike",
        "The package's name in other letters, and code hidden by the direction of text.",
        """
        import sys, types
        sys.modules["dаseCV"] = sys.modules["daseCV.lаyers"] = types.ModuleType("x")
        conv_forward_naive = lambda *_: None  # \u202e ,enod lla \u2066
        """,
        earns=(POOL,),
    ),
    Attack(
        "another encoding",
        "Closes the file with a text that only Python's own reader understands.",
        "raise RuntimeError('\\N{BELL}' * 10**6)",
        says="RuntimeError",
    ),
)
def test_changing_the_surroundings_gains_nothing(attack: Attack, arena: Arena) -> None:
    arena.assert_fails(attack)


@pytest.mark.parametrize(
    "content",
    [
        b"x = " + b"-" * 400_000 + b"1\n",
        b"x = " + b"(" * 5_000 + b")" * 5_000,
        b"x = [" + b"[]," * 150_000 + b"]\n",
        b"a = a" + b".b" * 200_000,
        b"# coding: rot13\nvzcbeg bf\n",
        b"# coding: no-such-encoding\n",
        b"\xff\xfe\x00\x00" * 100,
        b"\x00" * 1000,
        b"import daseCV.layers\n" * 10_000,
    ],
    ids=["unary", "nested", "wide", "attributes", "rot13", "unknown", "utf-32", "zeros", "imports"],
)
def test_a_file_that_python_cannot_parse_stops_nothing(content: bytes, arena: Arena) -> None:
    """The grader parses it for a note, and the worker imports it: neither stops."""
    attack = Attack("a file", "", "")
    owned = {**arena.solved, LAYERS: content}

    report, seconds = arena.grade_files(owned, attack)

    assert {check.share for check in report.checks} == {0.0}
    assert report.status != "infrastructure"
    assert seconds < attack.within
