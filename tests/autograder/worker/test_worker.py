"""A worker: asked by name, with arrays laid out as wished; what it answers is not believed."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.environment import StudentEnvironment
from autograder.grading.assemble import STAND_IN
from autograder.sandbox import Limits, OutOfMemory, OutOfTime, Sandbox, SandboxError
from autograder.worker import client
from autograder.worker.client import StudentError, Worker, WorkerEnded
from autograder.worker.frames import Handle, Laid

MIB = 2**20
Start = Callable[..., Worker]


# Calls


def test_a_function_is_called_by_its_name(start: Start) -> None:
    worker = start("def double(x): return 2 * x")

    answer = worker.call("layers:double", np.arange(3.0))

    np.testing.assert_array_equal(answer.result, [0, 2, 4])
    assert answer.changed == ()


def test_numbers_texts_lists_and_dicts_pass_as_they_are(start: Start) -> None:
    worker = start("def same(*values): return list(values)")
    values = [1, 2.5, "text", None, True, {"stride": 2}, [1, [2]]]

    assert worker.call("layers:same", *values).result == values


def test_a_tuple_comes_back_as_a_tuple_and_a_list_as_a_list(start: Start) -> None:
    worker = start("def both(): return (1, 2), [1, 2]")

    assert worker.call("layers:both").result == ((1, 2), [1, 2])


def test_what_cannot_travel_stays_behind_a_handle(start: Start) -> None:
    worker = start(
        """
        class Cache:
            value = 5

        def forward(x): return x, Cache()
        def backward(cache): return cache.value
        """
    )

    _, cache = worker.call("layers:forward", 1).result

    assert isinstance(cache, Handle)
    assert worker.call("layers:backward", cache).result == 5


def test_a_result_that_could_travel_stays_when_asked_to(start: Start) -> None:
    worker = start("def forward(x): return x, (x, 1)\ndef backward(cache): return cache[0]")

    out, cache = worker.call("layers:forward", 7, keep=[1]).result

    assert out == 7
    assert isinstance(cache, Handle)
    assert worker.call("layers:backward", cache).result == 7


def test_a_whole_result_stays_when_asked_to(start: Start) -> None:
    worker = start("def forward(): return [1, 2]")

    handle = worker.call("layers:forward", keep=True).result

    assert worker.look(handle, 1) == 2


def test_a_method_of_something_kept_is_called(start: Start) -> None:
    worker = start(
        """
        class Net:
            def __init__(self, width): self.width = width
            def loss(self, x): return self.width * x
        """
    )

    model = worker.call("layers:Net", 3).result

    assert worker.call(model, 5, path=["loss"]).result == 15


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (np.zeros((3, 4)), "C writeable"),
        (np.asfortranarray(np.zeros((3, 4))), "F writeable"),
        (Laid(np.zeros((3, 4)), "strided"), "writeable"),
        (Laid(np.zeros((3, 4)), "readonly"), "C"),
    ],
    ids=["C order", "Fortran order", "strided", "read-only"],
)
def test_an_array_arrives_in_the_layout_asked_for(
    start: Start, argument: object, expected: str
) -> None:
    worker = start(
        """
        def layout(x):
            flags = {"C": x.flags.c_contiguous, "F": x.flags.f_contiguous,
                     "writeable": x.flags.writeable}
            return " ".join(name for name, holds in flags.items() if holds)
        """
    )

    assert worker.call("layers:layout", argument).result == expected


def test_a_strided_array_has_the_numbers_of_the_one_sent(start: Start) -> None:
    worker = start("def same(x): return x")
    array = np.arange(6.0).reshape(2, 3)

    np.testing.assert_array_equal(worker.call("layers:same", Laid(array, "strided")).result, array)


def test_arguments_that_were_changed_in_place_are_named(start: Start) -> None:
    worker = start("def clip(x, y, z):\n    y[y < 0] = 0\n    return y")
    arrays = [np.full(3, -1.0) for _ in range(3)]

    assert worker.call("layers:clip", *arrays).changed == (1,)


def test_nan_in_an_argument_is_no_change(start: Start) -> None:
    worker = start("def same(x): return x")

    assert worker.call("layers:same", np.array([np.nan])).changed == ()


# What is kept


def test_a_dict_that_a_layer_writes_to_is_kept_and_looked_into(start: Start) -> None:
    worker = start("def train(param): param['running_mean'] = param['momentum'] + 1")
    param = worker.keep({"momentum": 0.5})

    worker.call("layers:train", param)

    assert worker.look(param, "running_mean") == 1.5


def test_attributes_and_entries_are_looked_at_and_put(start: Start) -> None:
    worker = start("class Net:\n    def __init__(self): self.params, self.reg = {}, 0.0")
    model = worker.call("layers:Net").result

    worker.put(model, "params", "W1", value=np.ones(2))
    worker.put(model, "reg", value=0.5)

    assert worker.look(model, "params")["W1"].tolist() == [1, 1]
    assert worker.look(model, "reg") == 0.5


def test_the_same_seed_gives_the_same_random_numbers(start: Start) -> None:
    worker = start("import numpy as np\ndef draw(): return np.random.randn(3)")
    drawn = []
    for seed in (7, 7, 8):
        worker.seed(seed)
        drawn.append(worker.call("layers:draw").result.tolist())

    assert drawn[0] == drawn[1] != drawn[2]


def test_what_is_forgotten_is_gone(start: Start) -> None:
    worker = start("")
    handle = worker.keep({"a": 1})

    worker.forget()

    with pytest.raises(StudentError, match="KeyError"):
        worker.look(handle, "a")


def test_a_step_of_training_updates_the_parameters_by_the_students_rule(start: Start) -> None:
    worker = start(
        """
        class Net:
            def __init__(self): self.params = {"W": 1.0, "b": 10.0}
            def loss(self, X, y): return X + y, {"W": 2.0, "b": 4.0}

        def sgd(w, dw, config):
            config["steps"] = config.get("steps", 0) + 1
            return w - config["learning_rate"] * dw, config
        """
    )
    model = worker.call("layers:Net").result
    configs = worker.keep({"all": {"learning_rate": 0.5}})

    losses = [worker.step(model, "layers:sgd", configs, 1, 2) for _ in range(2)]

    assert losses == [3, 3]
    assert worker.look(model, "params") == {"W": -1.0, "b": 6.0}
    assert worker.look(configs, "W", "steps") == 2
    assert worker.look(configs, "all") == {"learning_rate": 0.5}


# Errors of the student's


def test_an_exception_comes_back_with_its_kinds_message_and_line(start: Start) -> None:
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


def test_a_syntax_error_comes_back_with_its_line(start: Start) -> None:
    worker = start("x = 1\ndef forward(x:\n")

    with pytest.raises(StudentError) as raised:
        worker.call("layers:forward")

    assert raised.value.kinds[0] == "SyntaxError"
    assert (raised.value.lines[-1].file, raised.value.lines[-1].number) == ("daseCV/layers.py", 2)


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


def test_a_function_that_is_not_there_is_the_students_error(start: Start) -> None:
    worker = start("")

    with pytest.raises(StudentError, match=r"AttributeError: .*conv_forward_naive"):
        worker.call("layers:conv_forward_naive")


def test_an_array_that_cannot_travel_is_no_answer_of_numbers(start: Start) -> None:
    worker = start("import numpy as np\ndef objects(): return np.array([None])")

    assert isinstance(worker.call("layers:objects").result, Handle)


def test_an_answer_nested_too_deep_is_the_students_error(start: Start) -> None:
    worker = start("def deep():\n    x = []\n    for _ in range(30): x = [x]\n    return x")

    with pytest.raises(StudentError, match="nested more than"):
        worker.call("layers:deep")


def test_a_stand_in_refuses_with_the_name_of_the_blank(start: Start) -> None:
    worker = start(
        "from . import fast_layers\n"
        "def conv_forward_naive(x): return fast_layers.conv_forward_fast(x)",
        fast_layers=STAND_IN,
    )

    with pytest.raises(StudentError) as raised:
        worker.call("layers:conv_forward_naive", 1, now="conv_forward_naive")

    assert raised.value.kinds[0] == "NotAllowed"
    assert raised.value.message == (
        "fast_layers.conv_forward_fast is not allowed inside conv_forward_naive"
    )


# Answers that are none: code of a student's that takes the worker's place

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
        ("reply(result=1, changed='all')", "an answer that is none"),
        ("reply(result=1, changed=[0.5])", "an answer that is none"),
        ("reply(result=1, changed=[3])", "an answer that is none"),
        ("reply(result=1, changed=[-1])", "an answer that is none"),
        ("reply(error=None)", "an answer that is none"),
        ("reply(error={'kinds': 3})", "an answer that is none"),
        (
            "reply(error={'kinds': [], 'message': '', 'lines': [('', float('inf'), '', '')]})",
            "an answer that is none",
        ),
    ],
    ids=[
        "exits",
        "aborts",
        "crashes",
        "hangs up",
        "no frame",
        "announces a terabyte",
        "no message",
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
def test_an_answer_that_is_none_ends_the_worker(start: Start, forged: str, message: str) -> None:
    worker = start(REPLY % forged)

    with pytest.raises(WorkerEnded, match=message):
        worker.call("layers:result", np.zeros(1), within=5.0)


@pytest.mark.parametrize(
    "forged",
    ["reply(result=(1, 2))", "reply(result=(1, [[]]))"],
    ids=["a number", "a list"],
)
def test_what_was_to_be_kept_is_behind_a_handle_or_there_is_no_answer(
    start: Start, forged: str
) -> None:
    """Otherwise something nested too deep to be sent back would look like a failure of ours."""
    worker = start(REPLY % forged)

    with pytest.raises(WorkerEnded, match="an answer that is none"):
        worker.call("layers:result", keep=[1], within=5.0)


def test_a_worker_that_said_nonsense_is_closed(start: Start) -> None:
    worker = start(REPLY % "os.write(int(sys.argv[-1]), b'nonsense' * 9)")
    with pytest.raises(WorkerEnded):
        worker.call("layers:result")

    assert worker._confined.process.poll() is not None


def test_an_answer_that_comes_too_late_is_out_of_time(start: Start) -> None:
    worker = start("import time\ndef wait(): time.sleep(60)")
    started = time.monotonic()

    with pytest.raises(OutOfTime):
        worker.call("layers:wait", within=0.5)

    assert time.monotonic() - started < 10
    assert worker._confined.process.poll() is not None


def test_a_question_that_is_never_read_is_out_of_time(start: Start) -> None:
    worker = start(REPLY % "reply(result=1) or __import__('time').sleep(60)")
    worker.call("layers:result")

    with pytest.raises(OutOfTime):  # larger than what fits into the pipe
        worker.call("layers:result", np.zeros(10**6), within=0.5)


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


def test_of_what_is_printed_the_end_is_kept(start: Start) -> None:
    worker = start("def chatter():\n    print('x' * 10**6)\n    print('the end')")

    worker.call("layers:chatter")
    worker.close()

    assert worker.printed.endswith("the end\n")
    assert len(worker.printed) <= 8 * 1024


def test_what_is_printed_goes_nowhere_near_the_answers(start: Start) -> None:
    worker = start("import sys\ndef talk():\n    print('dcv1', file=sys.stdout)\n    return 5")

    assert worker.call("layers:talk").result == 5


def test_a_worker_that_does_not_come_up_is_our_failure(
    sandbox: Sandbox, environment: StudentEnvironment, open_folder: Path
) -> None:
    (open_folder / "frames.py").write_text("raise ImportError('a broken installation')")
    (open_folder / "serve.py").write_text("import frames")
    shutil.copy(environment.runtime / "confine.py", open_folder)
    broken = StudentEnvironment(environment.folder, environment.python, open_folder, None)

    with pytest.raises(SandboxError, match=r"(?s)did not come up.*a broken installation"):
        Worker(sandbox, broken, open_folder)
