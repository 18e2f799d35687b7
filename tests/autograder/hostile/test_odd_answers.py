"""Any odd answer to a hidden check costs the student points and is never an internal error."""

import contextlib
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.local import LocalWorker

from autograder.checks import CHECKS, FastLayersError, Questioner
from autograder.hints.plant import library
from autograder.worker.client import StudentError, Worker, WorkerEnded
from autograder.worker.frames import Handle
from daseCV.checks.compare import CheckFailure

RUNS, RUNS_IN_PROOF = 12, 200
TRAINING = ("overfit", "epoch", "training", "best_model")
SHAPES = ((), (0,), (1,), (3,), (2, 3), (0, 4), (2, 3, 4, 4), (1, 1, 1, 1, 1, 1))
DTYPES = ("float64", "float32", "float16", "longdouble", "int64", "uint8", "bool", ">f8")


def odd_value(draw: random.Random, depth: int = 0) -> Any:
    """A value that a frame can carry."""
    kinds = ["plain", "array", "array", "array", "number", "handle"]
    kind = draw.choice([*kinds, "tuple", "list", "dict"] if depth < 2 else kinds)
    if kind == "plain":
        return draw.choice([None, True, "text", "\ud800", 10**400, -1, 1e308, float("nan"), "W1"])
    if kind == "handle":
        return Handle(draw.randint(-1, 10**9))
    if kind in ("array", "number"):
        shape = () if kind == "number" else draw.choice(SHAPES)
        values = np.full(shape, draw.choice([0.0, 1.0, 3.5, 200.0]))
        if draw.random() < 0.3:
            values = np.full(shape, draw.choice([np.nan, np.inf, -np.inf]))
        with np.errstate(all="ignore"):
            array = values.astype(draw.choice(DTYPES))
        return array[()] if kind == "number" else array
    inside = [odd_value(draw, depth + 1) for _ in range(draw.choice([0, 1, 2, 2, 3, 3, 9]))]
    if kind == "dict":
        names = draw.sample(["W1", "b1", "W2", "b2", "running_mean", "m", "v", "t", ""], 9)
        return dict(zip(names, inside, strict=False))
    return tuple(inside) if kind == "tuple" else inside


class OddWorker(Worker):
    """Answers every question with an odd value."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw

    def _ask(self, timeout: float, do: str, **given: Any) -> dict[str, Any]:
        if do == "keep" and self.draw.random() < 0.9:
            return {"result": Handle(1)}
        result = odd_value(self.draw)
        if do == "call" and self.draw.random() < 0.8:  # about as many results as expected
            result = tuple(odd_value(self.draw, 1) for _ in range(self.draw.choice([1, 2, 2, 3])))
            kept = given["keep"]
            if kept is not True:
                result = tuple(
                    Handle(7) if place in kept else value for place, value in enumerate(result)
                )
        changed = [] if self.draw.random() < 0.9 else odd_value(self.draw)
        return {"result": result, "changed": changed}

    def close(self) -> int:
        return 0


class SometimesOdd(LocalWorker):
    """The reference, with one odd answer."""

    def __init__(self, package: str, draw: random.Random) -> None:
        super().__init__(package)
        self.draw, self.right = draw, draw.randint(0, 60)

    def _ask(self, timeout: float, do: str, **given: Any) -> dict[str, Any]:
        reply = super()._ask(timeout, do, **given)
        self.right -= 1
        if self.right != 0 or do not in ("call", "fetch", "share"):
            return reply
        result = reply.get("result")
        if isinstance(result, tuple) and result and self.draw.random() < 0.7:
            place = self.draw.randrange(len(result))
            result = (*result[:place], odd_value(self.draw), *result[place + 1 :])
        else:
            result = odd_value(self.draw)
        return {**reply, "result": result}


NAMES = [name for name in CHECKS if not any(word in name for word in TRAINING)]


@pytest.mark.parametrize("name", NAMES)
def test_odd_answers_cost_the_student_points(name: str, request: pytest.FixtureRequest) -> None:
    for seed in range(RUNS_IN_PROOF if request.config.getoption("--proof") else RUNS):
        ask = Questioner(OddWorker(random.Random(seed)), CHECKS[name], b"secret")
        try:
            CHECKS[name].questions(ask)
        except (CheckFailure, StudentError, WorkerEnded, FastLayersError):
            continue
        assert ask.failures, f"seed {seed} earns the check"


@pytest.mark.parametrize("name", NAMES)
def test_a_single_odd_answer_raises_no_internal_error(
    root: Path, name: str, request: pytest.FixtureRequest
) -> None:
    with library(root, {}) as modules:
        package = modules("layers").__name__.rpartition(".")[0]
        for seed in range(RUNS_IN_PROOF if request.config.getoption("--proof") else 1):
            ask = Questioner(SometimesOdd(package, random.Random(seed)), CHECKS[name], b"secret")
            with contextlib.suppress(CheckFailure, StudentError, WorkerEnded, FastLayersError):
                CHECKS[name].questions(ask)
