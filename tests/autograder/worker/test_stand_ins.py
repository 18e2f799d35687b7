"""Stand-ins in a worker: the trusted side answers, and the student's other pass still works."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.checks.parts import PARTS, Parts
from autograder.worker.client import StudentError, Worker
from autograder.worker.frames import Handle
from daseCV import layers

Start = Callable[..., Worker]

FORWARD, BACKWARD = "layers.affine_forward", "layers.affine_backward"
NORM, NORM_BACK = "layers.batchnorm_forward", "layers.batchnorm_backward"

# Everything is wrong except the caches, whose form is up to the student.
LAYERS = """
    def affine_forward(x, w, b):
        return x @ w - b, {"x": x, "w": w}

    def affine_backward(dout, cache):
        return dout @ cache["w"].T, cache["x"].T @ dout, 7 * dout.sum(0)

    def batchnorm_forward(x, gamma, beta, bn_param):
        bn_param["running_mean"] = None
        return x, None

    def batchnorm_backward(dout, cache):
        return dout, dout.sum(0), dout.sum(0)

    def relu_forward(x):
        x[x < 0] = 0
        return x, x

    def softmax_loss(x, y):
        raise NotImplementedError("layers.softmax_loss is not written yet")

    def both(x, w, b, dout):
        out, cache = affine_forward(x, w, b)
        return (out, *affine_backward(dout, cache))

    def twice(x, gamma, beta, dout):
        first, one = batchnorm_forward(x, gamma, beta, {"mode": "train"})
        second, two = batchnorm_forward(first, gamma, beta, {"mode": "train"})
        return batchnorm_backward(batchnorm_backward(dout, two)[0], one)[0]
"""
rng = np.random.default_rng(3)
x, w, b, dout = (rng.standard_normal(shape) for shape in ((5, 3), (3, 4), (4,), (5, 4)))


@pytest.fixture
def start_with_stand_ins(start: Start) -> Callable[..., tuple[Worker, Parts]]:
    """Start a worker where stand-ins replace some functions."""

    def start_with_stand_ins(*names: str, observed: bool = False) -> tuple[Worker, Parts]:
        parts = Parts(frozenset(names))
        worker = start(LAYERS, parts=parts)
        worker.install_stand_ins([PARTS[name].describe() for name in names], observed)
        return worker, parts

    return start_with_stand_ins


StartWithStandIns = Callable[..., tuple[Worker, Parts]]


def right_answer() -> tuple[Any, ...]:
    out, cache = layers.affine_forward(x, w, b)
    return (out, *layers.affine_backward(dout, cache))


@pytest.mark.parametrize(
    ("names", "mended"),
    [
        ((), (False, True, True, False)),
        ((FORWARD,), (True, True, True, False)),
        ((BACKWARD,), (False, True, True, True)),
        ((FORWARD, BACKWARD), (True, True, True, True)),
    ],
    ids=["nothing", "forward", "backward", "both"],
)
def test_each_pass_of_a_layer_can_be_replaced(
    start_with_stand_ins: StartWithStandIns, names: tuple[str, ...], mended: tuple[bool, ...]
) -> None:
    worker, parts = start_with_stand_ins(*names)

    answers = worker.call("layers:both", x, w, b, dout).result

    got = tuple(np.allclose(*pair) for pair in zip(answers, right_answer(), strict=True))
    assert got == mended
    assert set(parts.called) == set(names)


def test_a_cache_that_stays_in_the_worker_is_recognised(
    start_with_stand_ins: StartWithStandIns,
) -> None:
    worker, _ = start_with_stand_ins(BACKWARD)

    _, cache = worker.call("layers:affine_forward", x, w, b, keep=[1]).result
    assert isinstance(cache, Handle)
    grads = worker.call("layers:affine_backward", dout, cache).result

    np.testing.assert_allclose(grads[2], dout.sum(0))


def test_two_calls_of_one_layer_do_not_mix_up_their_caches(
    start_with_stand_ins: StartWithStandIns,
) -> None:
    """Both of the student's caches are None."""
    worker, _ = start_with_stand_ins(NORM_BACK)
    gamma, beta, d = np.array([2.0, 3.0, 4.0]), np.zeros(3), rng.standard_normal((5, 3))

    got = worker.call("layers:twice", x, gamma, beta, d).result

    _, cache = layers.batchnorm_forward(x, gamma, beta, {"mode": "train"})
    once = layers.batchnorm_backward(d, cache)[0]
    np.testing.assert_allclose(got, layers.batchnorm_backward(once, cache)[0])


def test_running_averages_are_written_to_the_caller_s_dict(
    start_with_stand_ins: StartWithStandIns,
) -> None:
    worker, _ = start_with_stand_ins(NORM)
    param = worker.keep({"mode": "train"})

    worker.call("layers:batchnorm_forward", x, np.ones(3), np.zeros(3), param, keep=[1])

    np.testing.assert_allclose(worker.fetch(param, "running_mean"), 0.1 * x.mean(axis=0))


def test_a_replaced_function_changes_nothing_in_place(
    start_with_stand_ins: StartWithStandIns,
) -> None:
    worker, _ = start_with_stand_ins("layers.relu_forward")

    assert worker.call("layers:relu_forward", x, keep=[1]).changed == ()


@pytest.mark.parametrize("name", [FORWARD, "layers.softmax_loss", "layers.svm_loss"])
def test_the_parts_note_whether_the_student_s_own_function_is_written(
    start_with_stand_ins: StartWithStandIns, name: str
) -> None:
    worker, parts = start_with_stand_ins(name, observed=True)
    given = (x, w, b) if name == FORWARD else (x, np.array([0, 1, 2, 0, 1]))

    worker.call(name.replace(".", ":"), *given, keep=[1])

    assert parts.attempted == ({FORWARD} if name == FORWARD else set())
    assert parts.unwritten == (set() if name == FORWARD else {name})


def test_arguments_that_do_not_fit_the_layer_raise_in_the_caller(
    start_with_stand_ins: StartWithStandIns,
) -> None:
    worker, _ = start_with_stand_ins(FORWARD)

    with pytest.raises(StudentError, match=r"StandInError: layers.affine_forward: .* \(4, 3\)"):
        worker.call("layers:affine_forward", x, w.T, b)


def test_without_parts_a_message_to_them_counts_as_the_answer(start: Start) -> None:
    worker = start(LAYERS)
    worker.install_stand_ins([PARTS[FORWARD].describe()])

    assert worker.call("layers:affine_forward", x, w, b).result is None


def test_a_module_that_cannot_be_imported_does_not_stop_other_stand_ins(
    start_with_stand_ins: StartWithStandIns,
) -> None:
    worker, _ = start_with_stand_ins("optim.adam", FORWARD)

    np.testing.assert_allclose(worker.call("layers:both", x, w, b, dout).result[0], x @ w + b)
