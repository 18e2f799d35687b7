"""Messages from the student's process to the trusted one: of any type, and far too large."""

import random
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

from autograder.checks import CHECKS
from autograder.checks.parts import PARTS, Parts
from autograder.grading.asking import Findings
from autograder.grading.explain import Explainer
from autograder.hints import MISTAKES
from autograder.worker.client import Answer
from autograder.worker.frames import Handle, encode

SECONDS, BYTES = 5.0, 600 * 2**20  # of one answer; both are of affine_forward at its bounds
ODD: list[Any] = [
    None, True, -1, 0, 10**9, 10**30, 1e308, float("nan"), float("inf"), "", "text", "mode",
    [], [1.0] * 1000, [[]], (), {}, {"mode": "train"}, {"mode": []}, Handle(1), float,
    np.ones(()), np.ones(0), np.ones((3, 1)), np.ones((1, 5000)), np.ones((1, 0, 1, 1)),
    np.ones((2, 3, 4, 5)), np.zeros((2, 3), dtype=bool), np.ones(3, dtype="complex128"),
    np.ones((4, 4), dtype="uint8"), np.ones((3000, 1), dtype="float16"), np.full((2, 3), np.nan),
    {"stride": 1, "pad": 10**8}, {"stride": 1.5, "pad": np.ones(3)}, {"p": np.ones((5000, 1))},
    {"pool_height": 2, "pool_width": 10**7, "stride": 1}, {"learning_rate": [1.0] * 900},
    {"mode": "train", "running_mean": np.ones((3000, 1)), "running_var": np.ones((3000, 1))},
    {"mode": "test", "p": 0.5, "seed": -1}, {"W1": np.ones((3, 3)), "b1": np.ones((3000, 1))},
    [{"mode": "train", "running_mean": np.ones((5000, 1))}] * 3,
]  # fmt: skip


def message(name: str, draw: random.Random) -> dict[str, Any]:
    state = {
        key: draw.choice(ODD)
        for key in ("params", "reg", "dtype", "normalization", "bn_params", "dropout_param")
    }
    given = [draw.choice(ODD) for _ in range(draw.randrange(6))]
    if "backward" in name:
        given = [draw.choice(ODD), given, draw.choice(ODD)]
    named = draw.choice([{}, {"x": draw.choice(ODD)}, draw.choice(ODD)])
    return {"part": name, "given": given, "named": named, "state": state, "own": draw.choice(ODD)}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_answers_or_refuses_arguments_of_any_type(name: str) -> None:
    draw, started = random.Random(name), time.process_time()
    for _ in range(400):
        reply = Parts(frozenset({name}))(message(name, draw))
        assert set(reply) & {"refused", "result"}
        encode(reply)
    assert time.process_time() - started < 60


LARGE = {
    "ten million groups": (
        "layers.spatial_groupnorm_forward",
        (np.ones((1, 0, 1, 1)), np.ones((1, 0, 1, 1)), np.ones((1, 0, 1, 1)), 10**8, {}),
    ),
    "averages of another shape": (
        "layers.batchnorm_forward",
        (
            np.ones((2, 5000)),
            np.ones(5000),
            np.ones(5000),
            {"mode": "train", "running_mean": np.ones((3000, 1)), "running_var": np.ones(5000)},
        ),
    ),
    "a share for each number": (
        "layers.dropout_forward",
        (np.ones((5000, 1)), {"mode": "train", "p": np.ones((1, 5000))}),
    ),
    "a list of rates": (
        "optim.sgd_momentum",
        (TALL := np.ones((5000, 1)), TALL, {"m": [1.0] * 900}),
    ),
    "a column of shifts": (
        "layers.layernorm_forward",
        (np.ones((1, 5000)), np.ones((5000, 1)), np.ones((5000, 1)), {}),
    ),
    "a shift for each row": (
        "layers.layernorm_forward",
        (np.ones((5000, 2)), np.ones((2, 1)), np.ones((2, 1)), {}),
    ),
    "sixteen million numbers and one": ("layers.relu_forward", (np.ones(2**24 + 1),)),
}


@pytest.mark.parametrize("case", LARGE)
def test_arguments_with_huge_results_are_refused_in_advance(case: str) -> None:
    name, given = LARGE[case]
    tracemalloc.start()
    try:
        reply = Parts(frozenset({name}))({"part": name, "given": list(given), "named": {}})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert "refused" in reply or peak < 2**20
    assert peak < 20 * 2**20


@pytest.mark.parametrize("dtype", ["S1000000", "V100000000", "object", "complex128", ["f8"], None])
def test_a_network_of_another_number_type_is_refused(dtype: Any) -> None:
    name = "classifiers.fc_net.FullyConnectedNet.loss"
    state = {
        "params": {"W1": np.ones((3, 2)), "b1": np.zeros(2)},
        **{"reg": 0.0, "dtype": dtype, "num_layers": 1, "use_dropout": False},
        **{"normalization": None, "dropout_param": {}, "bn_params": []},
    }
    asked = {"part": name, "given": [np.ones((2, 3))], "named": {}, "state": state}

    assert "refused" in Parts(frozenset({name}))(asked)
    assert "result" in Parts(frozenset({name}))(asked | {"state": state | {"dtype": "float64"}})


class FixedAnswerWorkers:
    """Replaces the workers by one whose answer student code has forged."""

    def __init__(self, result: Any) -> None:
        self.result = result

    def get(self, _package: str) -> "FixedAnswerWorkers":
        return self

    def call(self, *_: Any) -> Answer:
        return Answer(self.result)


def explainer(result: Any) -> Explainer:
    """The explainer of a submission that always gives the same answer."""
    workers: Any = FixedAnswerWorkers(result)
    settings: Any = None
    return Explainer(settings, workers, Findings(), CHECKS["affine_forward"])


@pytest.mark.parametrize("result", [*ODD, [[]], [{}], [None, 5], [["x"]], ["x" * 10**6] * 10])
def test_a_hint_of_a_wrong_type_is_ignored(result: Any) -> None:
    assert explainer(result).recognise_mistakes("layers.relu_forward") == ()


def test_a_hint_repeated_a_thousand_times_is_one_hint() -> None:
    known = next(iter(MISTAKES))

    assert explainer([known] * 1000).recognise_mistakes("x") == (known,)
