"""Judges whether a student's network learns: by a few steps, or else by the whole training.

A network that takes the reference's steps ends where the reference ends. So a few steps, from
points all along the reference's run, replace an epoch. If any of them differs, the epoch decides.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from daseCV.checks.compare import CheckFailure, expect
from daseCV.language import Message
from daseCV.profile import Profile, profile

from ..worker.client import StudentError, is_number
from ..worker.frames import Handle
from .draw import Draw
from .models import fetch_parameters, set_parameters
from .reference_run import STEPS, MakeTraining, ReferenceRun, Training, find_run
from .registry import Array, Questioner, Questions, hidden_check, to_float

LOSS_DIFFERS = 0.01  # relative to the reference's loss
STEP_DIFFERS = 0.02  # norm of the difference of a parameter's steps, relative to the step's norm


def find_training(make: MakeTraining, secret: bytes) -> Training:
    """The course's version of a training, the same for all submissions."""
    return draw_training(make, secret, profile())


@lru_cache(maxsize=4)
def draw_training(make: MakeTraining, secret: bytes, _: Profile) -> Training:
    return make(Draw(secret, make.__name__))


def training_check(
    *makes: MakeTraining, short: Questions | None = None, **parts: float
) -> Callable[[Questions], Questions]:
    """Register a function as the hidden check that asks these trainings; see `HiddenCheck`."""

    def make_runs(secret: bytes) -> None:
        for make in makes:
            find_run(find_training(make, secret))

    return hidden_check(
        needs_given_layers=True, can_replay=False, short=short, prepare=make_runs, **parts
    )


def expect_learning(ask: Questioner, build: Callable[[], Handle], training: Training) -> None:
    """Require that the student's network learns what is asked."""
    run = find_run(training)
    if find_step_error(ask, build(), training, run) <= 1:
        return
    expect(ask.train, Message("its steps are not the reference's"))
    ask.worker.forget()
    training.judge(train_student_network(ask, build(), training), run.reached)


def find_step_error(ask: Questioner, model: Handle, training: Training, run: ReferenceRun) -> float:
    """The error of the student's steps, in tolerances, from points of the reference's run.

    The first error above 1, or else the largest; infinite without an answer, and NaN if a result
    is not a number.
    """
    apart = 0.0
    for point in run.points():
        try:
            set_parameters(ask, model, point.params)
            configs = ask.worker.keep({"all": {"learning_rate": training.rate}, **point.configs})
            losses = [
                as_float(ask.worker.step(model, f"optim:{training.rule}", configs, *batch))
                for batch in map(training.batch, range(point.step, point.step + STEPS))
            ]
            params = fetch_parameters(ask, model)
        except (StudentError, CheckFailure):
            return np.inf
        expected = np.asarray(point.losses)
        differences = np.abs(np.asarray(losses) - expected) / np.abs(expected) / LOSS_DIFFERS
        moves = [
            step_difference(params.get(name), start, point.after[name]) / STEP_DIFFERS
            for name, start in point.params.items()
        ]
        apart = float(np.max([apart, *differences, *moves]))
        if not apart <= 1:
            break
    return apart


def as_float(value: Any) -> float:
    """Convert a worker's answer to a float; NaN if it is not a number."""
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value[()]
    return to_float(value) if is_number(value) else float("nan")


def step_difference(got: Array | None, start: Array, expected: Array) -> float:
    """How far a parameter is from the reference's, relative to the reference's step."""
    if got is None or got.shape != start.shape or got.dtype.kind != "f":
        return np.inf
    difference = np.linalg.norm((got - expected).ravel())
    way = np.linalg.norm((expected - start).ravel())
    return float(difference / way) if difference else 0.0


def train_student_network(ask: Questioner, model: Handle, training: Training) -> Any:
    """Train the student's network; return the reference's network with its parameters."""
    set_parameters(ask, model, training.network.params)
    configs = ask.worker.keep({"all": {"learning_rate": training.rate}})
    for step in range(len(training.order)):
        X, y = training.batch(step)
        with ask.calling(Message("step {step} of training", step=step + 1)):
            loss = as_float(ask.worker.step(model, f"optim:{training.rule}", configs, X, y))
        wrong = Message(
            "the loss is {loss} at step {step}, expected a finite number", loss=loss, step=step + 1
        )
        expect(bool(np.isfinite(loss)), wrong)
        if step == 0:
            first = training.network.loss(X, y)[0]
            wrong = Message(
                "the first loss is not the loss of the given parameters; see the check of the "
                "network's loss first"
            )
            expect(abs(loss - first) < 0.05 * first, wrong)
    params = fetch_parameters(ask, model)
    trained = {}
    for name, value in training.network.params.items():
        got = params.get(name)
        wrong = Message(
            "after training, {name} is not an array of finite numbers of shape {shape}",
            name=name,
            shape=value.shape,
        )
        right = got is not None and got.shape == value.shape and bool(np.isfinite(got).all())
        expect(right, wrong)
        trained[name] = np.asarray(got, dtype=value.dtype)
    return training.with_parameters(trained)
