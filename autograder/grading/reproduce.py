"""Shows instructors why a check lost points: its questions, and a script that repeats them.

The files hold hidden inputs and expected answers: they must stay on the trusted side.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from daseCV.checks.compare import CheckFailure

from ..checks import HiddenCheck, Questioner
from ..collecting.submission import Submission
from ..permissions import restrict
from ..worker.client import Worker
from ..worker.frames import HEAD, decode
from .asking import run_questions, summarise
from .assemble import write_submission
from .code_of_blank import code_of
from .grade import Grader
from .report import CheckReport

RUNTIME = ("serve.py", "frames.py", "stand_ins.py", "absent.py")
SCRIPT = '''\
"""Ask the student's code the same questions again; the last one lost the points.

Run this in its folder, with NumPy: python reproduce.py. A debugger works here. Nothing confines the
code: read it first.
"""

import sys

import numpy as np

sys.path[:0] = [".", "grader"]
from frames import read_frame
from serve import Worker

worker = Worker("", None)
with open("questions.frames", "rb") as questions:
    while question := read_frame(questions.read):
        answer = worker.answer(question)
print("got:", answer.get("error") or answer["result"])
with np.load("last_question.npz") as arrays:
    print("expected:", arrays.get("expected", "see why.txt"))
'''


@dataclass
class RecordingQuestioner(Questioner):
    """Asks as usual, and records the first wrong answer."""

    # Of the first failure: what was 'got' and 'expected', where arrays were compared, and the
    # number of the 'question'
    lost: dict[str, Any] = field(default_factory=dict)

    def close(self, what: str, got: Any, expected: Any, *more: Any, **named: Any) -> None:
        try:
            super().close(what, got, expected, *more, **named)
        except CheckFailure:
            if not self.lost:
                self.lost = {"got": got, "expected": expected}
            raise

    def name_question(self, failure: CheckFailure) -> None:
        self.lost.setdefault("question", len(self.worker.questions or ()))
        super().name_question(failure)


def explain_check(
    grader: Grader, submission: Submission, check: HiddenCheck, folder: Path
) -> CheckReport:
    """Ask a check again, and write all that is needed to repeat it into a folder.

    Training takes too long to repeat, so only the student's code is written. The report's reasons
    show hidden inputs.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    restrict(folder)
    with TemporaryDirectory(prefix="dasecv-") as scratch:
        tree = write_submission(submission.owned, Path(scratch), release=grader.extensible)
        for source in (getattr(grader.pool.given, check.package), tree):
            shutil.copytree(source, folder, dirs_exist_ok=True)
        restrict(folder)  # copied folders are open to workers
        with Worker(grader.pool.take(check.package), tree) as worker:
            worker.questions = [] if check.can_replay else None
            asking = RecordingQuestioner(worker, check, grader.secret, reveal=True)
            found = summarise(check, asking, run_questions(asking))
    if worker.questions:
        write_questions(folder, grader, worker.questions, asking.lost)
    (folder / "why.txt").write_text("\n".join(found.reasons) + "\n", encoding="utf-8")
    (folder / "code.txt").write_text(code_of(check.blanks, submission.owned), encoding="utf-8")
    return found


def write_questions(
    folder: Path, grader: Grader, questions: list[bytes], lost: dict[str, Any]
) -> None:
    """Write the questions up to the first one that lost points, its arrays, and the script."""
    asked = questions[: lost.get("question", len(questions))]
    (folder / "questions.frames").write_bytes(b"".join(asked))
    last = decode(asked[-1][HEAD.size :])["given"]
    arrays: dict[str, Any] = {
        f"argument_{place}": array
        for place, array in enumerate(last.get("arguments", ()))
        if isinstance(array, np.ndarray)
    }
    for name in ("got", "expected"):
        array = np.asarray(lost.get(name))
        if array.dtype.kind in "biuf":
            arrays[name] = array
    np.savez(folder / "last_question.npz", **arrays)
    (folder / "grader").mkdir()
    for name in RUNTIME:
        shutil.copy(grader.environment.runtime / name, folder / "grader")
    (folder / "reproduce.py").write_text(SCRIPT, encoding="utf-8")
