"""Watched training: calls of the watcher, stopping, and the button in a real kernel."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jupyter_client.manager import KernelManager

from daseCV.classifiers.fc_net import FullyConnectedNet
from daseCV.explore import curves, events, training
from daseCV.language import VARIABLE
from daseCV.solver import Solver

pytestmark = pytest.mark.training

Array = np.ndarray
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


def make_solver(**options: Any) -> Solver:
    """A network with batch norm and dropout on 40 points: 4 iterations an epoch, 3 epochs."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.standard_normal((60, 4)) + np.eye(3, 4)[y]
    data = {"X_train": X[:40], "y_train": y[:40], "X_val": X[40:], "y_val": y[40:]}
    np.random.seed(1)
    network = FullyConnectedNet(
        [6, 5], 4, 3, normalization="batchnorm", dropout=0.8, weight_scale=0.5, dtype=np.float64
    )
    options = {"num_epochs": 3, "batch_size": 10, "num_train_samples": 20, **options}
    return Solver(
        network,
        data,
        update_rule="adam",
        optim_config={"learning_rate": 0.05},
        **{"verbose": False, **options},
    )


class RecordingWatcher:
    """A watcher that records its calls and stops after some iterations."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.told: list[Any] = []
        self.left = stop_after

    def before_training(self, solver: Solver, iterations: int) -> None:
        self.told.append(f"{iterations} to do")

    def after_iteration(self, solver: Solver, loss: float, grads: dict[str, Array]) -> bool:
        assert loss == solver.loss_history[-1]
        assert set(grads) == set(solver.model.params)
        self.told.append(len(solver.loss_history))
        self.left -= 1
        return self.left == 0

    def after_epoch(self, solver: Solver) -> None:
        self.told.append(f"epoch {solver.epoch}")


# Calls of a watcher


def test_a_watcher_is_called_for_every_iteration_and_epoch() -> None:
    watcher = RecordingWatcher()

    make_solver(num_epochs=2).train(watch=watcher)

    assert watcher.told == ["8 to do", 1, 2, 3, 4, "epoch 1", 5, 6, 7, 8, "epoch 2"]


def test_a_watched_run_ends_exactly_like_an_unwatched_run() -> None:
    alone, watched = make_solver(), make_solver()
    np.random.seed(2)
    alone.train()
    np.random.seed(2)

    watched.train(watch=training.Dashboard(watched))

    assert watched.loss_history == alone.loss_history
    assert watched.train_acc_history == alone.train_acc_history
    for name, value in alone.model.params.items():
        assert np.array_equal(watched.model.params[name], value)


def test_stopping_measures_once_more_and_counts_whole_epochs(
    capsys: pytest.CaptureFixture,
) -> None:
    solver = make_solver()

    solver.train(watch=RecordingWatcher(stop_after=6))

    assert solver.epoch == 1
    assert len(solver.loss_history) == 6
    assert solver.measured_at == [0, 4, 6]
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 3
    assert solver.best_val_acc == max(solver.val_acc_history)
    assert capsys.readouterr().out == (
        "Stopped after iteration 6 (whole epochs: 1); the model has its best parameters so far, "
        f"validation accuracy {solver.best_val_acc:.4f}.\n"
    )


def test_stopping_after_a_whole_epoch_does_not_measure_again() -> None:
    solver = make_solver()

    solver.train(watch=RecordingWatcher(stop_after=4))

    assert solver.measured_at == [0, 4]


def test_a_stop_after_the_last_iteration_prints_nothing(capsys: pytest.CaptureFixture) -> None:
    make_solver().train(watch=RecordingWatcher(stop_after=12))

    assert capsys.readouterr().out == ""


def test_training_goes_on_after_a_stop_with_a_new_epoch() -> None:
    solver, again = make_solver(), RecordingWatcher()
    solver.train(watch=RecordingWatcher(stop_after=6))

    solver.train(watch=again)

    assert again.told[0] == "12 to do"
    assert solver.epoch == 4
    assert solver.measured_at == [0, 4, 6, 10, 14, 18]
    assert len(solver.val_acc_history) == 6


def test_measurements_are_restored_from_a_checkpoint(tmp_path: Path) -> None:
    make_solver(checkpoint_name=str(tmp_path / "run")).train()
    resumed = make_solver()

    resumed.resume(tmp_path / "run_epoch_2.npz")

    assert resumed.measured_at == [0, 4, 8]


# The notebook's own stop button


def test_an_interrupt_in_the_middle_of_a_step_restores_the_best_parameters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    solver = make_solver()
    update, calls = solver._update, []

    def interrupted(name: str, dw: Array) -> None:
        calls.append(name)
        if len(calls) == 5 * len(solver.model.params) + 3:  # the sixth iteration's third parameter
            raise KeyboardInterrupt
        update(name, dw)

    monkeypatch.setattr(solver, "_update", interrupted)

    solver.train()

    assert len(solver.loss_history) == 6
    assert solver.measured_at == [0, 4, 6]
    for name, value in solver.best_params.items():
        assert np.array_equal(solver.model.params[name], value)
    assert "Stopped after iteration 6 (whole epochs: 1)" in capsys.readouterr().out


@pytest.mark.parametrize("call", [1, 2, 3, 4, 5, 6])
def test_histories_have_equal_lengths_whenever_measuring_is_interrupted(
    monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    solver = make_solver()
    check, calls = solver.check_accuracy, []

    def interrupted(*arguments: Any) -> float:
        calls.append(1)
        if len(calls) >= call:  # and again, when stopping measures
            raise KeyboardInterrupt
        return check(*arguments)

    monkeypatch.setattr(solver, "check_accuracy", interrupted)

    solver.train()

    assert (
        len(solver.measured_at)
        == len(solver.train_acc_history)
        == len(solver.val_acc_history)
        == (call - 1) // 2
    )


# The dashboard


def test_the_button_stops_training() -> None:
    solver = make_solver()
    board = training.Dashboard(solver)

    board.button.click()
    solver.train(watch=board)

    assert len(solver.loss_history) == 1


def test_norms_of_parameters_and_gradients_are_recorded() -> None:
    norms = training.Norms(["w"])

    norms.note(7, {"w": np.array([3.0, 4.0])}, {"w": np.array([0.0, 2.0])})

    assert (norms.iterations, norms.weights, norms.gradients) == ([7], {"w": [5.0]}, {"w": [2.0]})


def test_the_solver_records_the_norm_of_all_gradients_together() -> None:
    board = training.Dashboard(solver := make_solver())
    names = list(solver.model.params)
    board.norms.note(7, solver.model.params, {name: np.ones(4) for name in names})

    board.finish()

    assert solver.gradient_norms == [(7, 2 * len(names) ** 0.5)]


def test_norms_of_a_long_run_stay_few() -> None:
    norms = training.Norms(["w"])

    for iteration in range(10 * curves.POINTS):
        norms.note(iteration, {"w": np.ones(1)}, {"w": np.ones(1)})

    assert len(norms.iterations) == len(norms.weights["w"]) <= 2 * curves.POINTS
    assert norms.iterations[0] == 0


def test_drawing_takes_less_than_a_tenth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    def slow(*_: Any) -> Any:
        clock[0] += 0.4  # seconds, of a machine that is slow at drawing
        return training.figure(1, 1)

    monkeypatch.setattr(training.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(training, "draw_training", slow)
    solver = make_solver(num_epochs=1)
    board = training.Dashboard(solver)
    solver.loss_history.append(2.0)
    for _ in range(1000):
        clock[0] += 0.1
        board.after_iteration(solver, 2.0, solver.model.params)

    assert 0.05 * clock[0] < board.drawing < 0.1 * clock[0]


def test_the_picture_and_a_summary_remain_after_training(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    shown: list[Any] = []

    class Handle:
        def update(self, data: Any, raw: bool) -> None:
            shown.append(data)

    def display(data: Any, raw: bool, display_id: bool) -> Handle:
        shown.append(data)
        return Handle()

    monkeypatch.setattr(training, "get_ipython", object)
    monkeypatch.setattr(training, "display", display)
    solver = make_solver()

    training.watch_training(solver)

    assert "application/vnd.jupyter.widget-view+json" in shown[0]
    assert sorted(shown[1]) == ["image/png", "text/html", "text/plain"]
    assert shown[1]["image/png"] != shown[0]["image/png"]
    said = capsys.readouterr().out
    assert said.startswith("Iterations: 12, in 00:0")
    assert f"the best validation accuracy was {max(solver.val_acc_history):.4f}" in said


def test_the_picture_of_a_failed_run_remains_too(capsys: pytest.CaptureFixture) -> None:
    solver = make_solver()
    solver.optim_configs["W1"][0]["learning_rate"] = np.nan

    with pytest.raises(FloatingPointError, match="learning rate"):
        training.watch_training(solver)

    assert "Iterations: 1, in 00:0" in capsys.readouterr().out


def test_an_argument_that_is_not_a_solver_is_refused() -> None:
    with pytest.raises(TypeError, match="got FullyConnectedNet, expected a Solver; make one"):
        training.watch_training(make_solver().model)


def test_explorers_do_not_import_student_owned_files() -> None:
    program = "import sys, daseCV.explore; print([m for m in sys.modules if 'daseCV.' in m])"

    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    for module in ("optim", "layers", "solver", "classifiers"):
        assert f"'daseCV.{module}'" not in run.stdout


def test_take_clicks_does_nothing_without_a_kernel() -> None:
    events.take_clicks(object())


# A real kernel

SLOW_TRAINING = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
import numpy as np
from daseCV.solver import Solver
from daseCV.explore.training import watch_training

class Slow:
    params = {{"W1": np.zeros((2, 3, 3, 3))}}
    def loss(self, X, y=None):
        if y is None:
            return np.zeros((len(X), 2))
        time.sleep(0.02)
        return 1.0, {{"W1": np.ones((2, 3, 3, 3))}}

data = {{"X_train": np.zeros((500, 1)), "y_train": np.zeros(500, int),
        "X_val": np.zeros((5, 1)), "y_val": np.zeros(5, int)}}
solver = Solver(Slow(), data, batch_size=1, num_epochs=1)
print("trains")
watch_training(solver)
print("iterations:", len(solver.loss_history))
"""


@pytest.fixture
def kernel() -> Iterator[Any]:
    """A client of a kernel with this Python."""
    manager = KernelManager()
    assert manager.kernel_spec is not None
    manager.kernel_spec.argv[0] = sys.executable
    manager.start_kernel()
    client: Any = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        client.interrupt = manager.interrupt_kernel
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def click(client: Any, button: str, subshell: str | None = None) -> None:
    """Send what a front end sends when a button is clicked."""
    content = {"comm_id": button, "data": {"method": "custom", "content": {"event": "click"}}}
    message = client.session.msg("comm_msg", content)
    if subshell:
        message["header"]["subshell_id"] = subshell
    client.shell_channel.send(message)


def subshell_of(client: Any) -> str | None:
    """The id of a new subshell, as JupyterLab makes for widgets, if the kernel has subshells."""
    client.kernel_info()
    if "kernel subshells" not in client.get_shell_msg(timeout=20)["content"].get(
        "supported_features", []
    ):
        return None
    client.control_channel.send(client.session.msg("create_subshell_request", {}))
    return client.get_control_msg(timeout=20)["content"]["subshell_id"]


def outputs(client: Any, until: str) -> dict[str, list[dict[str, Any]]]:
    """The kernel's messages, by type, until it has finished the request `until`."""
    said: dict[str, list[dict[str, Any]]] = {}
    while True:
        message = client.get_iopub_msg(timeout=60)
        kind, content = message["msg_type"], message["content"]
        said.setdefault(kind, []).append({**content, "parent": message["parent_header"]})
        idle = kind == "status" and content["execution_state"] == "idle"
        if idle and message["parent_header"].get("msg_id") == until:
            return said


def start(client: Any) -> str:
    """Train slowly, wait for the dashboard, and return its button's id."""
    client.execute(SLOW_TRAINING)
    button, message = "", {"msg_type": ""}
    while message["msg_type"] != "display_data":
        message = client.get_iopub_msg(timeout=60)
        state = message["content"].get("data", {}).get("state", {})
        if message["msg_type"] == "comm_open" and state.get("_model_name") == "ButtonModel":
            button = message["content"]["comm_id"]
    time.sleep(0.5)
    return button


def test_the_notebooks_own_stop_button_is_no_error(kernel: Any) -> None:
    start(kernel)

    kernel.interrupt()
    said = outputs(kernel, until=kernel.execute("print('next cell', end='')"))

    printed = "".join(output["text"] for output in said["stream"])
    assert "Stopped after iteration" in printed
    assert printed.endswith("next cell")
    assert "error" not in said


@pytest.mark.parametrize("through", ["the queue of cells", "a subshell"])
def test_a_click_stops_the_running_cell_and_waiting_cells_still_run(
    kernel: Any, through: str
) -> None:
    subshell = subshell_of(kernel) if through == "a subshell" else None
    if through == "a subshell" and subshell is None:
        pytest.skip("this kernel has no subshells")
    button = start(kernel)

    waiting = [kernel.execute(f"print('cell {number}')") for number in (1, 2)]
    time.sleep(0.2)
    click(kernel, button, subshell)
    kernel.execute("print('cell 3')")
    last = kernel.execute("print('cell 4', end='')")
    said = outputs(kernel, until=last)

    printed = "".join(output["text"] for output in said["stream"])
    iterations = int(printed.partition("iterations: ")[2].split()[0])
    assert 1 <= iterations < 250
    assert f"Stopped after iteration {iterations} (whole epochs: 0)" in printed
    assert printed.endswith("cell 1\ncell 2\ncell 3\ncell 4")  # all of them, in order, once
    assert "error" not in said
    final = said["update_display_data"][-1]["data"]
    assert "image/png" in final
    assert "application/vnd.jupyter.widget-view+json" not in final
    # Every request gets an answer: the front end's click and each cell.
    parents = [status["parent"].get("msg_type") for status in said["status"]]
    assert "comm_msg" in parents
    assert waiting[0] in json.dumps([s["parent"].get("msg_id") for s in said["status"]])
