"""One mistake costs its own points once; an internal failure costs no points."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.submissions import with_edit, with_stub

from autograder.checks import CHECKS, FastLayersError
from autograder.collecting.submission import Submission
from autograder.grading import session as grading
from autograder.grading.grade import Grader
from autograder.grading.report import Report
from autograder.sandbox import ConfinedProcess, Program, Sandbox, SandboxError

Owned = dict[str, bytes]
Grade = Callable[..., Report]

LAYERS, CNN = "daseCV/layers.py", "daseCV/classifiers/cnn.py"
OPTIM = "daseCV/optim.py"
OUT = "out[n, f, i, j] = np.sum(window * w[f]) + b[f]"


# Parts


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        ("dx = dx_padded[:, :, pad : pad + H, pad : pad + W]", "dx = 0 * x", 4 / 7),
        ("dw[f] += dout[n, f, i, j] *", "dw[f] -= dout[n, f, i, j] *", 4 / 7),
        ("db = dout.sum(axis=(0, 2, 3))", "db = dout.mean(axis=(0, 2, 3))", 6 / 7),
    ],
    ids=["dx", "dw", "db"],
)
def test_one_wrong_gradient_costs_the_others_no_points(
    grade: Grade, reference: Owned, before: str, after: str, share: float
) -> None:
    report = grade(with_edit(reference, LAYERS, before, after), "conv_backward_naive")

    [check] = report.checks
    assert check.outcome == "partly"
    assert check.share == pytest.approx(share)
    assert len(check.reasons) == len(check.promises) == 1


def test_a_gradient_with_an_extra_axis_keeps_three_quarters(grade: Grade, reference: Owned) -> None:
    before, after = "db = dout.sum(axis=0)", "db = dout.sum(axis=0, keepdims=True)"

    [check] = grade(with_edit(reference, LAYERS, before, after), "affine_backward").checks

    assert check.share == 0.75
    assert "db has shape (1, " in check.reasons[0]


def test_wrong_running_averages_cost_other_parts_no_points(grade: Grade, reference: Owned) -> None:
    before = "running_mean = momentum * running_mean + (1 - momentum) * mean"
    owned = with_edit(reference, LAYERS, before, "running_mean = mean")

    assert grade(owned, "spatial_batchnorm_forward").checks[0].share == pytest.approx(3.2 / 4.2)


def test_missing_regularisation_costs_its_own_part(grade: Grade, reference: Owned) -> None:
    owned = with_edit(reference, CNN, "loss += 0.5 * self.reg", "loss += 0.0 * self.reg")

    assert grade(owned, "cnn_loss").checks[0].share == pytest.approx(6 / 8)


@pytest.mark.parametrize(
    ("after", "promise"),
    [
        ("1e-3 * np.random.randn(*shape)", "Standard deviation of the normally distributed"),
        ("weight_scale * np.random.randn(*shape, 1)", "`W2` (F * (H // 2) * (W // 2)"),
    ],
    ids=["scale", "shapes"],
)
def test_wrong_initial_parameters_are_reported_with_the_broken_promise(
    grade: Grade, reference: Owned, after: str, promise: str
) -> None:
    owned = with_edit(reference, CNN, "weight_scale * np.random.randn(*shape)", after)

    check = grade(owned, "cnn_loss").checks[0]

    assert check.share < 1
    assert check.promises[0].startswith(promise)


def test_a_wrong_edge_filter_costs_the_grey_one_no_points(grade: Grade, reference: Owned) -> None:
    owned = with_edit(reference, LAYERS, OUT, OUT.replace("w[f]", "w[f, :, ::-1]"))

    assert grade(owned, "conv_image_filters").checks[0].share == pytest.approx(1 / 2)


def test_another_update_rule_that_learns_costs_its_own_part(grade: Grade, reference: Owned) -> None:
    owned = with_edit(
        reference, OPTIM, 'config["learning_rate"] / (1 - config["beta1"] ** t)', "1e-3"
    )

    [check] = grade(owned, "cnn_overfit").checks

    assert check.share == pytest.approx(3 / 4)
    assert check.reasons[0].startswith("adam does not move w as its formula says")


def test_a_backward_pass_that_writes_into_its_cache_fails_when_asked_again(
    grade: Grade, reference: Owned
) -> None:
    owned = with_edit(
        reference, LAYERS, "dbeta + x_hat * dgamma", "dbeta + np.multiply(x_hat, dgamma, out=x_hat)"
    )

    [check] = grade(owned, "spatial_batchnorm_backward").checks

    assert check.share == pytest.approx(1 / 4)  # dbeta, which needs no cache
    assert "a second time with the same cache" in check.reasons[0]


def test_a_backward_pass_that_writes_into_gamma_is_reported(grade: Grade, reference: Owned) -> None:
    """Otherwise a training step would go on with another gamma."""
    owned = with_edit(reference, LAYERS, "gamma / std *", "np.divide(gamma, std, out=gamma) *")

    [check] = grade(owned, "spatial_batchnorm_backward").checks

    assert check.share < 1 / 2
    assert "changed an input of its forward pass in place" in check.reasons[0]


def test_a_backward_pass_that_is_not_written_loses_all_its_parts(
    grade: Grade, reference: Owned, stubs: Owned
) -> None:
    owned = with_stub(reference, stubs, "conv_backward_naive")

    [check] = grade(owned, "conv_backward_naive").checks
    assert (check.outcome, check.share) == ("not written", 0.0)


# Given code broken by student code, and given code that is itself broken


@pytest.mark.parametrize(
    "sabotage",
    [
        "from . import fast_layers\n"
        "fast_layers.conv_forward_fast = lambda x, w, b, param: (0 * x, None)\n",
        "import sys\nsys.modules['daseCV.fast_layers'] = None\n",
        "from . import fast_layers\n"
        "import time\n"
        "right = fast_layers.conv_forward_fast\n"
        "def slow(*arguments):\n"
        "    time.sleep(0.3)\n"
        "    return right(*arguments)\n"
        "fast_layers.conv_forward_fast = slow\n",
    ],
    ids=["wrong", "gone", "slow"],
)
def test_a_submission_that_breaks_the_given_layers_loses_the_points(
    grade: Grade, reference: Owned, sabotage: str
) -> None:
    owned = reference | {LAYERS: reference[LAYERS] + sabotage.encode()}

    report = grade(owned, "conv_fast")

    assert report.share("conv_fast") == 0
    assert report.checks[0].outcome in ("wrong", "error")
    assert report.status != "infrastructure"


def test_a_submission_that_breaks_the_given_layers_gets_the_reason(
    grade: Grade, reference: Owned
) -> None:
    sabotage = b"from . import fast_layers\nfast_layers.conv_forward_fast = lambda *a: (1, 2)\n"

    [check] = grade(reference | {LAYERS: reference[LAYERS] + sabotage}, "conv_fast").checks

    assert check.reasons[0].startswith("the given layers work without your files, and do not with")


def test_a_given_layer_that_is_slow_once_costs_nothing(
    grade: Grade, reference: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program uses the processor at that moment."""
    speeds = iter([FastLayersError("conv_forward_fast is 4.0 times as fast"), None])

    def speed(*_: object) -> None:
        if fault := next(speeds):
            raise fault

    monkeypatch.setattr("autograder.checks.questions.fast.expect_fast", speed)

    assert grade(reference, "conv_fast").share("conv_fast") == 1


@pytest.fixture
def no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """An internal failure is not tried again."""
    monkeypatch.setattr(grading, "TRIES", 1)


@pytest.mark.usefixtures("no_retries")
def test_a_broken_build_is_an_internal_failure_and_gives_no_mark(
    make_grader: Callable[..., Grader], root: Path, reference: Owned, tmp_path: Path
) -> None:
    shutil.copytree(root / "assignment", tmp_path, dirs_exist_ok=True)
    with open(tmp_path / "daseCV/fast_layers.py", "a", encoding="utf-8") as file:
        file.write("\ndef conv_forward_fast(x, w, b, conv_param):\n    return 0 * x, None\n")
    grader = make_grader(source=tmp_path, checks=("conv_fast", "conv_forward_naive"))

    report = grader.grade(Submission("alice", reference, {}))

    assert report.status == "infrastructure"
    assert [check.outcome for check in report.checks] == ["infrastructure", "right"]


class FlakySandbox:
    """A sandbox that sometimes fails to start a program."""

    name, gaps = "flaky", ()

    def __init__(self, sandbox: Sandbox, works: Callable[[int], bool]) -> None:
        self.sandbox, self.works, self.started = sandbox, works, 0

    def start(self, program: Program) -> ConfinedProcess:
        self.started += 1
        if not self.works(self.started):
            raise SandboxError("no more namespaces")
        return self.sandbox.start(program)


def test_a_sandbox_that_fails_once_is_tried_again(
    make_grader: Callable[..., Grader], sandbox: Sandbox, reference: Owned
) -> None:
    flaky = FlakySandbox(sandbox, lambda count: count > 1)
    grader = make_grader(sandbox=flaky, checks=("conv_forward_naive",))

    report = grader.grade(Submission("alice", reference, {}))

    assert (report.status, report.share("conv_forward_naive")) == ("graded", 1)


@pytest.mark.usefixtures("no_retries")
def test_a_sandbox_that_keeps_failing_gives_no_mark(
    make_grader: Callable[..., Grader], sandbox: Sandbox, reference: Owned
) -> None:
    grader = make_grader(sandbox=FlakySandbox(sandbox, lambda count: False), checks=tuple(CHECKS))

    report = grader.grade(Submission("alice", reference, {}))

    assert report.status == "infrastructure"
    assert {check.outcome for check in report.checks} == {"infrastructure"}
    assert report.checks[0].reasons == ("no more namespaces",)


@pytest.mark.usefixtures("no_retries")
def test_broken_given_layers_give_no_mark_while_the_cause_is_unknown(
    make_grader: Callable[..., Grader], sandbox: Sandbox, reference: Owned
) -> None:
    sabotage = b"from . import fast_layers\nfast_layers.conv_forward_fast = lambda *a: (1, 2)\n"
    owned = reference | {LAYERS: reference[LAYERS] + sabotage}
    grader = make_grader(
        sandbox=FlakySandbox(sandbox, lambda count: count == 1), checks=("conv_fast",)
    )

    report = grader.grade(Submission("alice", owned, {}))

    assert report.status == "infrastructure"


@pytest.mark.usefixtures("no_retries")
def test_an_exception_in_a_check_is_an_internal_failure(
    grade: Grade, reference: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "autograder.checks.questions.pooling.max_pool_forward_fast", lambda *_: 1 / 0
    )

    [check] = grade(reference, "max_pool_forward_naive").checks

    assert (check.outcome, check.reasons) == (
        "infrastructure",
        ("ZeroDivisionError: division by zero",),
    )


REST = {
    "conv_forward_naive": (
        "    H_out = 1 + (H + 2 * pad - HH) // stride\n",
        "    assert (H + 2 * pad - HH) % stride == 0 and (W + 2 * pad - WW) % stride == 0\n"
        "    H_out = 1 + (H + 2 * pad - HH) // stride\n",
        9 / 12,
    ),
    "max_pool_forward_naive": (
        "    H_out = 1 + (H - height) // stride\n",
        "    assert (H - height) % stride == 0 and (W - width) % stride == 0\n"
        "    H_out = 1 + (H - height) // stride\n",
        5 / 7,
    ),
}


@pytest.mark.parametrize("name", REST)
def test_a_layer_that_refuses_a_window_remainder_loses_points_once(
    grade: Grade, reference: Owned, name: str
) -> None:
    """Its backward pass is right and is spared: it only had no forward output to start from."""
    before, after, share = REST[name]
    backward = name.replace("forward", "backward")
    owned = with_edit(reference, LAYERS, before, after)

    report = grade(owned, name, backward)

    assert report.share(name) == pytest.approx(share)
    assert report.share(backward) == 1


def test_gradients_to_all_ties_cost_the_part_about_ties_alone(
    grade: Grade, reference: Owned
) -> None:
    owned = with_edit(
        reference,
        LAYERS,
        "        row, column = np.unravel_index(window.argmax(), window.shape)\n"
        "        dx[n, c, top + row, left + column] += dout[n, c, i, j]\n",
        "        dx[n, c, top : top + height, left : left + width] += (\n"
        "            window == window.max()\n"
        "        ) * dout[n, c, i, j]\n",
    )

    report = grade(owned, "max_pool_backward_naive")

    assert report.share("max_pool_backward_naive") == pytest.approx(3 / 4)


def test_a_relu_gradient_computed_in_place_is_right_within_a_chain(
    grade: Grade, reference: Owned
) -> None:
    owned = with_edit(
        reference, LAYERS, "    dx = dout * (x > 0)\n", "    dout[x <= 0] = 0\n    dx = dout\n"
    )

    report = grade(owned, "conv_relu", "conv_relu_pool", "cnn_gradients")

    assert [check.share for check in report.checks] == [1, 1, 1]
