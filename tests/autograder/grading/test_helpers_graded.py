"""A student's own helpers, in `layer_utils.py` and in a module, run as on the student's machine."""

import re

import pytest
from support.grader import Grade, Owned

FC_NET, UTILS = "daseCV/classifiers/fc_net.py", "daseCV/layer_utils.py"
OPTIM = "daseCV/optim.py"
PAIR = "affine_relu_forward", "affine_relu_backward"


@pytest.fixture(scope="module")
def given_utils(request: pytest.FixtureRequest) -> bytes:
    return (request.getfixturevalue("root") / UTILS).read_bytes()


@pytest.fixture(scope="module")
def with_helpers(reference: Owned, given_utils: bytes) -> Owned:
    """The reference, with networks that use the student's own sandwich layers."""
    network, added = reference[FC_NET].decode(), given_utils.decode()
    helpers = ""
    for name in PAIR:
        network = re.sub(rf"\b{name}\b", f"my_{name}", network)
        helpers += f"\n\ndef my_{name}(*given):\n    return {name}(*given)\n"
    return reference | {FC_NET: network.encode(), UTILS: (added + helpers).encode()}


def shares(grade: Grade, owned: Owned, *names: str) -> list[float]:
    report = grade(owned, *names)
    return [report.share(name) for name in names]


def test_a_student_s_own_sandwich_layers_keep_all_points(grade: Grade, with_helpers: Owned) -> None:
    assert shares(grade, with_helpers, "two_layer_net", "batchnorm_net") == [1, 1]


def test_a_changed_given_function_is_restored(
    grade: Grade, with_helpers: Owned, given_utils: bytes
) -> None:
    before = b"    return affine_backward(relu_backward(dout, relu_cache), affine_cache)"
    assert before in given_utils
    spoilt = with_helpers[UTILS].replace(before, b"    return None")

    assert shares(grade, with_helpers | {UTILS: spoilt}, "two_layer_net") == [1]


def test_a_student_s_own_module_keeps_all_points(grade: Grade, reference: Owned) -> None:
    moved = {
        OPTIM: b"from .my_rules import adam, rmsprop, sgd, sgd_momentum\n",
        "daseCV/my_rules.py": reference[OPTIM],
    }

    assert shares(grade, reference | moved, "adam", "rmsprop") == [1, 1]
