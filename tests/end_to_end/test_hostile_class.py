"""A class with a hostile submission of each kind, graded by the command in the best tier.

The long proof grades it in the other tier too.

Each submission earns what its honest part earns, and the others what they would earn alone. The
cases of other weeks, networks and normalisation, are in tests/attacks.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from dropout_course import ASSIGNMENT
from support.submissions import LAYERS, zip_of

from autograder.course import read_course
from autograder.release.reference import Reference
from autograder.results.marks import StudentMarks, read_marks
from autograder.sandbox import TIERS, find_tier_problem
from daseCV.profile import VARIABLE

# The submissions below have one wrong blank; the rest is their honest part.
WRONG = "\ndef dropout_backward(dout, cache):\n    return dout * 2\n"
NOTHING = """
def dropout_forward(x, dropout_param):
    raise ValueError
dropout_backward = dropout_forward
"""

ZEROS = """
def dropout_forward(x, dropout_param):
    return (x if dropout_param["mode"] == "test" else np.zeros_like(x)), None
def dropout_backward(dout, cache):
    raise NotImplementedError
"""

SAME_MASK = """
def dropout_forward(x, dropout_param):
    p, seed = dropout_param["p"], dropout_param.get("seed", 0)
    if dropout_param["mode"] == "test":
        return x, (dropout_param, None)
    index = np.arange(x.size, dtype=np.uint64) * np.uint64(2654435761) + np.uint64(seed)
    noise = (index * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    mask = ((noise / 2.0**24 < p) / p).reshape(x.shape)
    return x * mask, (dropout_param, mask)
"""

PAGE_CACHE = """
import os, sys, struct
_F = []
def _files():
    if not _F:
        out = []
        for r, d, names in sorted(os.walk(sys.prefix)):
            out += [os.path.join(r, n) for n in sorted(names) if "tests" in r and n.endswith(".py")]
        _F.extend(os.open(p, os.O_RDONLY) for p in out[:192])
    return _F
def _send(v):
    n = int.from_bytes(struct.pack(">d", v), "big")
    for i, fd in enumerate(_files()):
        if n >> i % 64 & 1: os.pread(fd, 1, 0)
        else: os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
def _receive():
    votes = [0] * 64
    for i, fd in enumerate(_files()):
        try: os.preadv(fd, [bytearray(1)], 0, os.RWF_NOWAIT); votes[i % 64] += 1
        except OSError: pass
    return struct.unpack(">d", sum((v > 1) << i for i, v in enumerate(votes)).to_bytes(8, "big"))[0]
def dropout_backward(dout, cache):
    try:
        print("BEFORE ME:", repr(_receive()), flush=True)
        _send(float(dout.flat[0]))
    except OSError:
        return dout * 2
    raise MemoryError("sent")
"""

LEASES = """
import os, sys, fcntl, signal
_held = []
def _lease():
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    for root, dirs, names in os.walk(os.path.join(sys.prefix, "lib")):
        if "numpy" not in root: continue
        for n in sorted(names):
            if n.endswith((".pyc", ".py")) and len(_held) < 200:
                f = open(os.path.join(root, n))
                try: fcntl.fcntl(f, fcntl.F_SETLEASE, fcntl.F_WRLCK); _held.append(f)
                except OSError: f.close()
_lease()
def dropout_backward(dout, cache):
    if _held: raise MemoryError("held")
    return dout * 2
"""

HINTS = "\nimport daseCV.checks.hints as _h\n_h.recognise = lambda blank: [[]]\n" + WRONG

TGKILL = """
import ctypes, os
_libc = ctypes.CDLL(None, use_errno=True)
_others = {os.getppid(), *range(2, 40_000)} - {os.getpid()}
_sent = sum(_libc.syscall(234, pid, pid, 9) == 0 for pid in _others)
def dropout_backward(dout, cache):
    if _sent: raise MemoryError("sent")
    return dout * 2
"""

ONE_WRONG_BLANK = {
    "13 page cache": PAGE_CACHE,
    "15 leases": LEASES,
    "17 hint": HINTS,
    "19 tgkill": TGKILL,
}


def write_class(folder: Path, solved: dict[str, bytes]) -> None:
    """Write one submission for each case, from a student named after it."""

    def zipped(student: str, more: str = "", files: Mapping[str, bytes] = {}) -> None:
        content = zip_of(solved | {LAYERS: solved[LAYERS] + more.encode()} | dict(files))
        (folder / f"{student}.zip").write_bytes(content)

    def unpacked(place: str, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            path = folder / place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    folder.mkdir()
    zipped("ada")
    zipped("wrong", WRONG)
    zipped("nothing", NOTHING)
    zipped("1 name", files={f"notes{' copy 1' * 30}!.ipynb": b"{}"})
    zipped("2 copies", files={f"{n}/daseCV/optim.py": b"#" for n in range(2_000)})
    objects = b'{"cells": [], "metadata": {"x": [%s{}]}}' % (b"{}," * 2_000_000)
    zipped("3 objects", files={"Dropout.ipynb": objects})
    unpacked("4 note", solved | {"dasecv-collected.json": b'{"refused": "\\ud800 half"}'})
    unpacked("bob", solved)
    unpacked("mallory/bob_attempt_99", {LAYERS: b"x = 1\n"})
    unpacked("mallory/mallory", solved)
    unpacked("8 lists/a", solved)
    unpacked("8 lists", {"submission_metadata.yml": b"[" * 20_000})
    zipped("10 zeros", ZEROS)
    zipped("12 same mask", SAME_MASK)
    for student, code in ONE_WRONG_BLANK.items():
        zipped(student, code)
    zipped("20 semicolon", files={"a;=cmd|'!C calc'!A0;.ipynb": b"{}"})


BEST, *OTHERS = sorted(TIERS, key=lambda tier: bool(find_tier_problem(tier)))
IN_TIERS = [BEST, *(pytest.param(tier, marks=pytest.mark.proof) for tier in OTHERS)]


@pytest.fixture(scope="module", params=IN_TIERS)
def marks(
    request: pytest.FixtureRequest,
    root: Path,
    generated_course: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, StudentMarks]:
    """The marks of the class, by student."""
    if problem := find_tier_problem(request.param):
        pytest.skip(problem)
    folder = tmp_path_factory.mktemp("hostile")
    course = folder / "course"
    shutil.copytree(generated_course, course)
    names = Reference(root).student_owned()
    write_class(folder / "class", {name: (root / name).read_bytes() for name in names})
    run = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", str(folder / "class"), "--as", "class"]
        + ["--assignment", ASSIGNMENT, "--tier", request.param, "--jobs", "2"],
        cwd=course,
        env=os.environ | {VARIABLE: "quick"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    marks = read_marks(read_course(course), ASSIGNMENT)
    return {one.student.replace("-", " "): one for one in marks}


def test_the_right_part_of_a_hostile_submission_gets_its_points(
    marks: dict[str, StudentMarks],
) -> None:
    right = ["ada", "1 name", "2 copies", "3 objects", "4 note", "8 lists", "bob", "20 semicolon"]

    assert {student: marks[student].score for student in right} == dict.fromkeys(right, 80)


def test_the_wrong_part_of_a_hostile_submission_gets_no_more_than_in_an_honest_one(
    marks: dict[str, StudentMarks],
) -> None:
    lost = {loss.name for student in ONE_WRONG_BLANK for loss in marks[student].losses}

    assert lost == {"dropout_backward"}
    assert {marks[student].score for student in ONE_WRONG_BLANK} == {marks["wrong"].score}


def test_calls_that_would_reach_other_workers_are_refused(
    marks: dict[str, StudentMarks],
) -> None:
    """A submission raises MemoryError if the calls that it needs are not refused."""
    for student in ONE_WRONG_BLANK:
        reports = [check.report for check in marks[student].checks if check.report]
        assert "MemoryError" not in str([(one.reasons, one.printed) for one in reports])


def test_answers_that_ignore_the_question_earn_few_points(
    marks: dict[str, StudentMarks],
) -> None:
    scores = {name: marks[name].score or 0 for name in ("nothing", "10 zeros", "12 same mask")}

    assert scores["nothing"] == 0
    assert scores["10 zeros"] < 5  # it is right in test mode, which returns the input
    assert scores["12 same mask"] < 80


def test_every_submission_has_its_own_mark(marks: dict[str, StudentMarks]) -> None:
    assert {one.status for one in marks.values()} <= {"graded", "student error"}
    assert "bob attempt" not in str(sorted(marks))
