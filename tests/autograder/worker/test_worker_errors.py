"""A worker whose submission raises, ends, hangs, or sends a malformed answer."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.environment import StudentEnvironment
from autograder.grading.assemble import GUARD
from autograder.sandbox import Limits, OutOfMemory, OutOfTime, Sandbox, SandboxError
from autograder.worker import client
from autograder.worker.client import IdleWorker, StudentError, Worker, WorkerEnded
from autograder.worker.frames import Handle

MIB = 2**20
Start = Callable[..., Worker]


# Errors of the student's code


def test_an_exception_is_returned_with_its_kinds_message_and_line(start: Start) -> None:
    worker = start("def helper(x):\n    return x / 0\ndef forward(x):\n    return helper(x)\n")

    with pytest.raises(StudentError) as raised:
        worker.call("layers:forward", 1)

    error = raised.value
    assert error.kinds[:2] == ("ZeroDivisionError", "ArithmeticError")
    assert error.message == "division by zero"
    assert [(line.file, line.number, line.function, line.text) for line in error.lines] == [
        ("daseCV/layers.py", 4, "forward", "return helper(x)"),
        ("daseCV/layers.py", 2, "helper", "return x / 0"),
    ]


def test_a_syntax_error_is_returned_with_its_line(start: Start) -> None:
    worker = start("x = 1\ndef forward(x:\n")

    with pytest.raises(StudentError) as raised:
        worker.call("layers:forward")

    assert raised.value.kinds[0] == "SyntaxError"
    assert (raised.value.lines[-1].file, raised.value.lines[-1].number) == ("daseCV/layers.py", 2)


def test_a_message_shows_no_temporary_folder(start: Start) -> None:
    worker = start("from daseCV.layers import what_is_not_there\n")

    with pytest.raises(StudentError) as raised:
        worker.call("layers:forward")

    assert "(daseCV/layers.py)" in raised.value.message


@pytest.mark.parametrize("raising", ["raise SystemExit(3)", "raise KeyboardInterrupt", "exit()"])
def test_an_exit_is_an_error_like_any_other(start: Start, raising: str) -> None:
    worker = start(f"def leave(): {raising}\ndef stay(): return 1")

    with pytest.raises(StudentError):
        worker.call("layers:leave")

    assert worker.call("layers:stay").result == 1


def test_a_long_message_is_cut(start: Start) -> None:
    worker = start("def fail(): raise ValueError('x' * 100_000)")

    with pytest.raises(StudentError) as raised:
        worker.call("layers:fail")

    assert len(raised.value.message) == 500


def test_a_missing_function_is_the_student_s_error(start: Start) -> None:
    worker = start("")

    with pytest.raises(StudentError, match=r"AttributeError: .*conv_forward_naive"):
        worker.call("layers:conv_forward_naive")


def test_an_array_of_objects_becomes_a_handle(start: Start) -> None:
    worker = start("import numpy as np\ndef objects(): return np.array([None])")

    assert isinstance(worker.call("layers:objects").result, Handle)


def test_an_answer_nested_too_deep_is_the_student_s_error(start: Start) -> None:
    worker = start("def deep():\n    x = []\n    for _ in range(30): x = [x]\n    return x")

    with pytest.raises(StudentError, match="nested more than"):
        worker.call("layers:deep")


def test_a_guard_refuses_with_the_name_of_the_blank(start: Start) -> None:
    worker = start(
        "from . import fast_layers\n"
        "def conv_forward_naive(x): return fast_layers.conv_forward_fast(x)",
        fast_layers=GUARD,
    )

    with pytest.raises(StudentError) as raised:
        worker.call("layers:conv_forward_naive", 1, blank="conv_forward_naive")

    assert raised.value.kinds[0] == "NotAllowed"
    assert raised.value.message == (
        "fast_layers.conv_forward_fast is not allowed inside conv_forward_naive"
    )


# Malformed answers: student code that replaces the worker

REPLY = """
import numpy as np
import os, sys
import frames

def reply(**answer):
    os.write(int(sys.argv[-1]), frames.encode({"id": 1, **answer}))

def result(*_): %s
"""


@pytest.mark.parametrize(
    ("forged", "message"),
    [
        ("os._exit(7)", "exited with status 7"),
        ("os.abort()", "was ended by signal (6|11)"),
        ("__import__('ctypes').string_at(0)", "was ended by signal 11"),
        ("os.close(int(sys.argv[-1]))", "exited with status 1"),
        ("os.write(int(sys.argv[-1]), b'HTTP/1.1 200 OK' * 9)", "cannot be read"),
        ("os.write(int(sys.argv[-1]), frames.HEAD.pack(b'dcv1', 2**40))", "at most"),
        ("os.write(int(sys.argv[-1]), frames.HEAD.pack(b'dcv1', 4) + b'xxxx')", "cannot be read"),
        ("reply(id=99, result=1)", "another question"),
        ("reply(id=np.array([1, 1]), result=1)", "another question"),
        ("reply(id='1', result=1)", "another question"),
        ("reply(result=1, changed='all')", "a malformed answer"),
        ("reply(result=1, changed=[0.5])", "a malformed answer"),
        ("reply(result=1, changed=[3])", "a malformed answer"),
        ("reply(result=1, changed=[-1])", "a malformed answer"),
        ("reply(error=None)", "a malformed answer"),
        ("reply(error={'kinds': 3})", "a malformed answer"),
        (
            "reply(error={'kinds': [], 'message': '', 'lines': [('', float('inf'), '', '')]})",
            "a malformed answer",
        ),
    ],
    ids=[
        "exits",
        "aborts",
        "crashes",
        "hangs up",
        "not a frame",
        "announces a terabyte",
        "not a message",
        "another number",
        "arrays as number",
        "text as number",
        "changed: text",
        "changed: half",
        "changed: beyond the arguments",
        "changed: negative",
        "error: None",
        "error: no kinds",
        "error: infinite line",
    ],
)
def test_a_malformed_answer_ends_the_worker(start: Start, forged: str, message: str) -> None:
    worker = start(REPLY % forged)

    with pytest.raises(WorkerEnded, match=message):
        worker.call("layers:result", np.zeros(1), timeout=5.0)


@pytest.mark.parametrize(
    "forged",
    ["reply(result=(1, 2))", "reply(result=(1, [[]]))"],
    ids=["a number", "a list"],
)
def test_a_kept_result_without_a_handle_is_a_malformed_answer(start: Start, forged: str) -> None:
    """Otherwise an answer nested too deep to be sent back would look like an internal failure."""
    worker = start(REPLY % forged)

    with pytest.raises(WorkerEnded, match="a malformed answer"):
        worker.call("layers:result", keep=[1], timeout=5.0)


def test_a_worker_that_wrote_nonsense_is_closed(start: Start) -> None:
    worker = start(REPLY % "os.write(int(sys.argv[-1]), b'nonsense' * 9)")
    with pytest.raises(WorkerEnded):
        worker.call("layers:result")

    assert worker._confined.process.poll() is not None


def test_an_answer_that_comes_too_late_is_out_of_time(start: Start) -> None:
    worker = start("import time\ndef wait(): time.sleep(60)")
    started = time.monotonic()

    with pytest.raises(OutOfTime):
        worker.call("layers:wait", timeout=0.5)

    assert time.monotonic() - started < 30
    assert worker._confined.process.poll() is not None


def test_a_question_that_is_never_read_is_out_of_time(start: Start) -> None:
    worker = start(REPLY % "reply(result=1) or __import__('time').sleep(60)")
    worker.call("layers:result")

    with pytest.raises(OutOfTime):  # larger than the pipe
        worker.call("layers:result", np.zeros(10**6), timeout=0.5)


def test_an_answer_larger_than_allowed_is_not_read(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LARGEST_ANSWER", MIB)
    worker = start("import numpy as np\ndef large(): return np.zeros(2**18)")

    with pytest.raises(WorkerEnded, match="at most 1,048,576 are allowed"):
        worker.call("layers:large")


def test_a_worker_that_takes_too_much_memory_is_ended(start: Start) -> None:
    worker = start(
        "import time\n"
        "def hoard():\n"
        "    kept = []\n"
        "    while True:\n"
        "        kept.append(b'x' * 2**23)\n"
        "        time.sleep(0.005)\n",
        Limits(memory=200 * MIB),
    )

    with pytest.raises(OutOfMemory):
        worker.call("layers:hoard")

    assert worker._confined.process.poll() is not None


def test_the_end_of_a_worker_s_output_is_kept(start: Start) -> None:
    worker = start("def chatter():\n    print('x' * 10**6)\n    print('the end')")

    worker.call("layers:chatter")
    worker.close()

    assert worker.printed.endswith("the end\n")
    assert len(worker.printed) <= 8 * 1024


def test_printed_text_does_not_mix_with_the_answers(start: Start) -> None:
    worker = start("import sys\ndef talk():\n    print('dcv1', file=sys.stdout)\n    return 5")

    assert worker.call("layers:talk").result == 5


def test_a_worker_that_does_not_start_is_an_internal_failure(
    sandbox: Sandbox, environment: StudentEnvironment, open_folder: Path
) -> None:
    (open_folder / "frames.py").write_text("raise ImportError('a broken installation')")
    (open_folder / "serve.py").write_text("import frames")
    shutil.copy(environment.runtime / "confine.py", open_folder)
    broken = StudentEnvironment(environment.folder, environment.python, open_folder, None)

    with pytest.raises(SandboxError, match=r"(?s)did not come up.*a broken installation"):
        Worker(IdleWorker(sandbox, broken), open_folder)
