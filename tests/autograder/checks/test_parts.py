"""The reference's parts: their answers to stand-ins, and their refusals."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.checks.parts import PARTS, Parts
from autograder.release.reference import Reference
from daseCV import layers
from daseCV.classifiers.cnn import ThreeLayerConvNet

X, W, B = np.ones((2, 3, 4, 5)), np.ones((4, 3, 3, 3)), np.zeros(4)
LOSS = "classifiers.cnn.ThreeLayerConvNet.loss"


def ask(name: str, *given: Any, state: Any = None, own: Any = None, **named: Any) -> Any:
    """Ask one part as a stand-in does; return the parts and their reply."""
    parts = Parts(frozenset({name}))
    message = {"part": name, "given": list(given), "named": named}
    message |= {"state": state} if state is not None else {}
    message |= {"own": own} if own is not None else {}
    return parts, parts(message)


def test_every_blank_that_another_one_calls_is_a_part(root: Path) -> None:
    blanks = {blank.name for found in Reference(root).blanks().values() for blank in found}

    assert set(PARTS) == {name for name in blanks if not name.endswith("__init__")}


# Answers


def test_a_forward_pass_is_answered_without_a_cache() -> None:
    _, reply = ask("layers.conv_forward_naive", X, W, B, {"stride": 1, "pad": 1})

    expected, _ = layers.conv_forward_naive(X, W, B, {"stride": 1, "pad": 1})
    np.testing.assert_allclose(reply["result"], expected)


def test_a_backward_pass_is_answered_from_the_inputs_of_its_forward_pass() -> None:
    x, w, b = np.arange(6.0).reshape(2, 3), np.ones((3, 4)), np.zeros(4)
    dout = np.ones((2, 4))

    _, reply = ask("layers.affine_backward", dout, [x, w, b], {})

    for got, expected in zip(reply["result"], layers.affine_backward(dout, (x, w, b)), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_running_averages_are_returned_with_the_answer() -> None:
    x, param = np.arange(8.0).reshape(4, 2), {"mode": "train"}

    _, reply = ask("layers.batchnorm_forward", x, np.ones(2), np.zeros(2), bn_param=param)

    np.testing.assert_allclose(reply["written"]["bn_param"]["running_mean"], [0.3, 0.4])


def test_a_network_is_answered_for_the_student_s_parameters() -> None:
    model = ThreeLayerConvNet((3, 4, 4), 2, 3, 5, 4, reg=0.5, dtype=np.float64)
    X, y = np.ones((3, 3, 4, 4)), np.arange(3)
    state = {"params": model.params, "reg": 0.5, "dtype": "float64", "note": "ignored"}

    _, reply = ask(LOSS, X, y, state=state)

    assert reply["result"][0] == model.loss(X, y)[0]
    assert set(reply["result"][1]) == set(model.params)


# Notes about the student's own function


RIGHT = {"shapes": [[2, 3]], "varied": True}


@pytest.mark.parametrize(
    ("own", "attempted"),
    [
        (RIGHT, True),
        ({**RIGHT, "varied": False}, False),
        ({**RIGHT, "shapes": [[3, 2]]}, False),
        ({"raised": ["IndexError", "LookupError", "Exception"]}, False),
        ({"raised": 5}, False),
        ("garbage", False),
    ],
    ids=["right", "constant", "another shape", "raises", "garbage kinds", "garbage"],
)
def test_whether_a_part_counts_as_attempted_depends_on_its_results(
    own: Any, attempted: bool
) -> None:
    parts, _ = ask("layers.relu_forward", np.ones((2, 3)), own=own)

    assert parts.attempted == ({"layers.relu_forward"} if attempted else set())


def test_a_part_that_is_not_written_is_noted() -> None:
    kinds = ["NotImplementedError", "RuntimeError", "Exception"]
    parts, _ = ask("layers.relu_forward", np.ones((2, 3)), own={"raised": kinds})

    assert parts.unwritten == {"layers.relu_forward"}


# Refusals

PARAM = {"stride": 1, "pad": 1}
TALL, FLAT = np.ones((20_000, 1)), np.ones((1, 20_000))
REFUSED = [
    ("layers.affine_forward", (TALL, FLAT, np.ones(20_000)), "numbers, at most"),
    ("layers.affine_forward", (X, np.ones((3, 4)), B), "w has 3 rows"),
    ("layers.affine_backward", (np.ones((1, 1)), [TALL, FLAT, np.ones(20_000)], {}), "numbers"),
    ("layers.relu_forward", ("text",), "x is a str"),
    (
        "layers.batchnorm_forward",
        (TALL, FLAT, FLAT, {"mode": "train"}),
        "gamma has shape (1, 20000)",
    ),
    ("layers.batchnorm_forward", (TALL, np.ones(1), np.ones(1), {}), "KeyError"),
    ("layers.conv_forward_naive", (X, W, B, {"stride": 1, "pad": 10**9}), "numbers, at most"),
    ("layers.conv_forward_naive", (X, W, B, {"stride": 1, "pad": 9000}), "numbers, at most"),
    ("layers.conv_forward_naive", (X, W, B, {"stride": 0, "pad": 1}), "ZeroDivisionError"),
    ("layers.conv_backward_naive", (np.ones(3), [X, W, B, PARAM], {}), "dout is (3,)"),
    ("layers.max_pool_forward_naive", (X, {"stride": 1}), "KeyError"),
    ("layers.softmax_loss", (TALL, np.zeros(3)), "y has shape (3,)"),
    ("layers.softmax_loss", (X[:, :, 0, 0], np.array([5, 0])), "IndexError"),
    ("optim.adam", (TALL, FLAT), "dw is (1, 20000)"),
    ("optim.adam", (TALL, TALL, {"m": FLAT}), "'m' is (1, 20000)"),
    (LOSS, (X,), "AttributeError"),
    ("layers.nothing", (), "KeyError"),
]


@pytest.mark.parametrize(("name", "given", "says"), REFUSED)
def test_arguments_that_do_not_fit_a_layer_are_refused(
    name: str, given: tuple[Any, ...], says: str
) -> None:
    """They come from a process with student code: they must not fill memory or stop the grader."""
    _, reply = ask(name, *given)

    assert says in reply["refused"]


@pytest.mark.parametrize(
    "message",
    [
        {"part": "layers.relu_forward"},
        {"part": "layers.relu_forward", "given": 5, "named": {}},
        {"part": "layers.relu_forward", "given": [], "named": []},
        {"part": "layers.relu_forward", "given": [], "named": {"q": 1}},
        {"part": ["layers.relu_forward"], "given": [], "named": {}},
    ],
)
def test_a_malformed_message_is_refused(message: dict[str, Any]) -> None:
    assert set(Parts(frozenset({"layers.relu_forward"}))(message)) == {"refused"}


def test_a_part_that_is_not_replaced_gets_no_answer() -> None:
    """Above all, the check's own blanks are not answered: their answers would earn its points."""
    message = {"part": "layers.relu_forward", "given": [X], "named": {}}

    assert "refused" in Parts(frozenset({"layers.relu_backward"}))(message)
