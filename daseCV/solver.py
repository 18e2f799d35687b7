"""Training: minibatches, update rule, accuracy, checkpoints. Knows nothing of any one network."""

import inspect
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from tqdm.auto import tqdm

from . import checkpoints, optim, shapes
from .autoreload import require_current
from .language import say, show_number
from .trained import note_training

Array = np.ndarray

BLOCK = 65536  # numbers: what a rule needs for that many fits a second-level cache
DIVERGING = 1000  # times the first loss
BAR_FROM = 200  # iterations: shorter runs are over before a bar says anything
AVERAGES = ("running_mean", "running_var")
PROGRESS = (
    "epoch",
    "best_val_acc",
    "loss_history",
    "train_acc_history",
    "val_acc_history",
    "measured_at",
)


class Watcher(Protocol):
    """Observer of `Solver.train(watch=...)`; it must not change parameters or gradients."""

    def before_training(self, solver: "Solver", iterations: int) -> None:
        """Called before anything is measured; `train` will do so many iterations."""

    def after_iteration(self, solver: "Solver", loss: float, grads: dict[str, Array]) -> bool:
        """Parameters are updated with `grads`; answer True to stop training here."""

    def after_epoch(self, solver: "Solver") -> None:
        """Accuracies are measured, and the checkpoint is saved."""


class Solver:
    """Trains a model and keeps the parameters that did best on the validation set.

    Parameters
    ----------
    model : object
        Has `params`, a dict of arrays, and `loss(X, y)`, which returns `(loss, grads)`, or the
        scores (N, C) when `y` is None. If it has `bn_params`, the running averages in there are
        kept and restored with the parameters.
    data : dict
        `X_train` (N, ...), `y_train` (N,), `X_val`, `y_val`.
    update_rule : str
        Name of a function in `optim`. It moves each number of a parameter by itself, so a large
        parameter is updated some rows at a time, which is faster; each has a config of its own.
    optim_config : dict, optional
        Hyperparameters of the update rule, `learning_rate` above all.
    lr_decay : float
        The learning rate is multiplied by this after each epoch.
    batch_size : int
        Samples of one step. Each epoch goes through the training set once, in a new random order.
    num_epochs : int
        Epochs of one call of `train`.
    num_train_samples : int, optional
        Training samples on which accuracy is measured; None: all.
    num_val_samples : int, optional
        Validation samples on which accuracy is measured; None: all.
    checkpoint_name : str, optional
        After each epoch everything is saved to `<checkpoint_name>_epoch_<n>.npz`; see `resume`.
    print_every : int
        Iterations between two printed losses.
    verbose : bool
        Print losses and accuracies, with a progress bar on long runs.

    Attributes
    ----------
    epoch : int
        Epochs done.
    loss_history : list of float
        Loss of each iteration.
    train_acc_history, val_acc_history : list of float
        Accuracy, in 0..1, before training, after each epoch and where training was stopped.
    measured_at : list of int
        Iterations done when these were measured.
    best_val_acc : float
    best_params : dict of ndarray
        The parameters that reached `best_val_acc`; the initial ones until something is better.
    snapshots : list of (int, ndarray)
        Iterations done, and the first layer's filters then: what `explore.watch_training` kept.
    gradient_norms : list of (int, float)
        Iterations done, and the norm of all gradients together: what `explore.watch_training` kept.

    Examples
    --------
    >>> from daseCV.classifiers.fc_net import TwoLayerNet
    >>> data = {"X_train": np.eye(4), "y_train": np.arange(4),
    ...         "X_val": np.eye(4), "y_val": np.arange(4)}
    >>> solver = Solver(TwoLayerNet(4, 8, 4), data, batch_size=2, num_epochs=3, verbose=False)
    >>> solver.train()
    >>> len(solver.loss_history), len(solver.val_acc_history)
    (6, 4)
    """

    def __init__(
        self,
        model: Any,
        data: dict[str, Array],
        *,
        update_rule: str = "sgd",
        optim_config: dict[str, Any] | None = None,
        lr_decay: float = 1.0,
        batch_size: int = 100,
        num_epochs: int = 10,
        num_train_samples: int | None = 1000,
        num_val_samples: int | None = None,
        checkpoint_name: str | None = None,
        print_every: int = 10,
        verbose: bool = True,
    ) -> None:
        if not inspect.isfunction(getattr(optim, update_rule, None)):
            raise ValueError(
                f"Solver: update_rule is {update_rule!r}, expected a function of daseCV.optim: "
                "'sgd', 'sgd_momentum', 'rmsprop' or 'adam'"
            )
        missing = {"X_train", "y_train", "X_val", "y_val"} - set(data)
        if missing:
            raise ValueError(f"Solver: data lacks {sorted(missing)}, got {sorted(data)}")
        for part in ("train", "val"):
            shapes.check_samples(f"Solver ({part})", data[f"X_{part}"], data[f"y_{part}"])
        if batch_size < 1 or len(data["X_train"]) < 1:
            raise ValueError(
                f"Solver: got batch_size {batch_size} and {len(data['X_train'])} training "
                "samples, expected at least 1 of both"
            )
        self.model = model
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        self.update_rule = getattr(optim, update_rule)
        self.lr_decay = lr_decay
        self.batch_size = batch_size
        self.num_epochs = num_epochs
        self.num_train_samples = num_train_samples
        self.num_val_samples = num_val_samples
        self.checkpoint_name = checkpoint_name
        self.print_every = print_every
        self.verbose = verbose

        self.epoch = 0
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.measured_at: list[int] = []
        self.best_val_acc = -1.0
        self._has_warned = False
        self.snapshots: list[tuple[int, Array]] = []
        self.gradient_norms: list[tuple[int, float]] = []
        self.optim_configs = {
            name: [dict(optim_config or {}) for _ in _blocks(w)] for name, w in model.params.items()
        }
        self._keep_best()

    def train(self, watch: Watcher | None = None) -> None:
        """Train for `num_epochs` epochs, then give the model its best parameters.

        A notebook's own stop button ends training as a watcher does: accuracy is measured once
        more if it was not since the last iteration, histories and best parameters are kept, and a
        line says where training stopped. `epoch` counts whole epochs only; the next call of
        `train` starts a new epoch, from the best parameters.

        Parameters
        ----------
        watch : Watcher, optional
            Told of every iteration and epoch; may stop training.

        Raises
        ------
        NotCurrent
            When a file of daseCV cannot be loaded.
        FloatingPointError
            When the loss is not finite; the model has its best parameters so far.
        """
        require_current()
        note_training(self.model)
        # Steps change parameters in place, so the caller's arrays are copied.
        self.model.params.update({name: w.copy() for name, w in self.model.params.items()})
        try:
            if self._run(watch):
                self._report_stop()
        except KeyboardInterrupt:
            self._report_stop()
        finally:
            self.model.params.update({name: w.copy() for name, w in self.best_params.items()})
            self._set_bn_state(self._best_bn_state)

    def check_accuracy(
        self, X: Array, y: Array, num_samples: int | None = None, batch_size: int = 100
    ) -> float:
        """Share of samples that the model classifies correctly.

        Parameters
        ----------
        X : ndarray, shape (N, ...)
        y : ndarray of int, shape (N,)
        num_samples : int, optional
            Measure on this many samples, drawn at random; None: on all.
        batch_size : int
            Samples scored at a time, so that memory stays small.

        Returns
        -------
        accuracy : float
            In 0..1.
        """
        if num_samples is not None and num_samples < len(X):
            chosen = np.random.choice(len(X), num_samples, replace=False)
            X, y = X[chosen], y[chosen]
        correct = 0
        for start in range(0, len(X), batch_size):
            scores = self.model.loss(X[start : start + batch_size])
            correct += int(np.sum(scores.argmax(axis=1) == y[start : start + batch_size]))
        return correct / max(len(X), 1)

    def resume(self, checkpoint: str | Path) -> None:
        """Continue from a checkpoint: the next `train` does `num_epochs` epochs more.

        Parameters
        ----------
        checkpoint : path
            A file that a Solver with `checkpoint_name` saved, for a model of the same shape. The
            state of NumPy's global random numbers is restored as well.

        Raises
        ------
        ValueError
            If the file's parameters do not fit the model.
        """
        state = checkpoints.load(checkpoint)
        expected = {name: value.shape for name, value in self.model.params.items()}
        got = {name: value.shape for name, value in state["params"].items()}
        if got != expected:
            raise ValueError(
                f"Solver.resume: {checkpoint} holds parameters {got}, expected {expected}; "
                "make the model as it was when the checkpoint was saved"
            )
        self.model.params.update(state["params"])
        self.best_params = state["best_params"]
        self._set_bn_state(state["bn"])
        self._best_bn_state = state["best_bn"]
        self.optim_configs = state["optim"]
        for name, value in state["progress"].items():
            setattr(self, name, value)
        np.random.set_state(("MT19937", state["random"], *state["random_rest"]))

    def _run(self, watch: Watcher | None) -> bool:
        """Do all iterations; returns whether the watcher stopped them."""
        per_epoch = -(-len(self.X_train) // self.batch_size)
        total = per_epoch * self.num_epochs
        self._last_epoch = self.epoch + self.num_epochs
        earlier = len(self.loss_history)  # after `resume`, or in a second call
        with tqdm(total=total, disable=not self.verbose or total < BAR_FROM) as bar:
            if watch is not None:
                watch.before_training(self, total)
            if not self.val_acc_history:
                self._measure()
            for iteration in range(total):
                if iteration % per_epoch == 0:
                    order = np.random.permutation(len(self.X_train))
                start = iteration % per_epoch * self.batch_size
                loss, grads = self._step(order[start : start + self.batch_size])
                if iteration % self.print_every == 0:
                    number = f"{earlier + iteration + 1} / {earlier + total}"
                    shown = show_number(loss, 6)
                    self._say(say("(Iteration {number}) loss: {loss}", number=number, loss=shown))
                if not bar.disable:
                    train, val = self.train_acc_history[-1], self.val_acc_history[-1]
                    measured = f"loss={show_number(loss)}, train={train:.3f}, val={val:.3f}"
                    bar.set_postfix_str(measured, False)
                    bar.update()
                stop = watch is not None and watch.after_iteration(self, loss, grads)
                del grads  # its memory is for the next step
                if (iteration + 1) % per_epoch == 0:
                    self._end_epoch()
                    if watch is not None:
                        watch.after_epoch(self)
                if stop:
                    return iteration + 1 < total
        return False

    def _report_stop(self) -> None:
        """Measure accuracy where training stopped, unless already done, and report it."""
        done = len(self.loss_history)
        try:
            if self.measured_at and done > self.measured_at[-1]:
                self._measure()
        except KeyboardInterrupt:
            pass
        measured = len(self.measured_at)  # the last to be noted
        del self.train_acc_history[measured:], self.val_acc_history[measured:]
        tqdm.write(
            say(
                "Stopped after iteration {iteration} (whole epochs: {epochs}); the model has its "
                "best parameters so far, validation accuracy {accuracy:.4f}.",
                iteration=done,
                epochs=self.epoch,
                accuracy=max(float(self.best_val_acc), 0.0),
            )
        )

    def _step(self, chosen: Array) -> tuple[float, dict[str, Array]]:
        """One update of all parameters on one minibatch; returns its loss and gradients."""
        loss, grads = self.model.loss(self.X_train[chosen], self.y_train[chosen])
        if not np.isfinite(loss):
            raise FloatingPointError(
                say(
                    "Solver: the loss is {loss} at iteration {iteration}; try a smaller learning "
                    "rate, and check the layers' gradients and the loss for overflow",
                    loss=loss,
                    iteration=len(self.loss_history) + 1,
                )
            )
        self._warn_if_diverging(float(loss))
        self.loss_history.append(float(loss))
        for name in self.model.params:
            self._update(name, grads[name])
        return float(loss), grads

    def _warn_if_diverging(self, loss: float) -> None:
        """Warn once that training diverges, when the loss has grown far too much."""
        first = self.loss_history[0] if self.loss_history else loss
        if not self._has_warned and loss > DIVERGING * max(1.0, abs(first)):
            self._has_warned = True
            tqdm.write(
                say(
                    "the loss has grown from {first} to {loss} at iteration {iteration}: training "
                    "diverges. Is the learning rate too large?",
                    first=show_number(first),
                    loss=show_number(loss),
                    iteration=len(self.loss_history) + 1,
                )
            )

    def _update(self, name: str, dw: Array) -> None:
        """Apply the update rule to one parameter, in place, block by block."""
        w, configs = self.model.params[name], self.optim_configs[name]
        if dw.shape != w.shape:
            raise ValueError(f"Solver: the gradient of {name} has shape {dw.shape}, not {w.shape}")
        for block, rows in enumerate(_blocks(w)):
            next_w, configs[block] = self.update_rule(w[rows], dw[rows], configs[block])
            if np.shape(next_w) != w[rows].shape:
                raise ValueError(
                    f"Solver: {self.update_rule.__name__} returned next_w of shape "
                    f"{np.shape(next_w)} for w of shape {w[rows].shape}; they have to be the same"
                )
            w[rows] = next_w

    def _end_epoch(self) -> None:
        self.epoch += 1
        for configs in self.optim_configs.values():
            for config in configs:
                config["learning_rate"] *= self.lr_decay
        self._measure()
        if self.checkpoint_name:
            self._save(f"{self.checkpoint_name}_epoch_{self.epoch}.npz")

    def _measure(self) -> None:
        """Note training and validation accuracy, and keep the parameters if they are the best."""
        train_acc = self.check_accuracy(self.X_train, self.y_train, self.num_train_samples)
        val_acc = self.check_accuracy(self.X_val, self.y_val, self.num_val_samples)
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        self.measured_at.append(len(self.loss_history))
        self._say(
            say(
                "(Epoch {epoch} / {last}) train acc: {train:.6f}; val_acc: {val:.6f}",
                epoch=self.epoch,
                last=self._last_epoch,
                train=train_acc,
                val=val_acc,
            )
        )
        if val_acc > self.best_val_acc:
            self._keep_best()
            self.best_val_acc = val_acc

    def _say(self, line: str) -> None:
        if self.verbose:
            tqdm.write(line)

    def _keep_best(self) -> None:
        params = {name: w.copy() for name, w in self.model.params.items()}
        self.best_params, self._best_bn_state = params, self._bn_state()  # both or neither

    def _bn_state(self) -> list[dict[str, Array]]:
        """The running averages of each batch-norm layer."""
        return [
            {name: bn_param[name].copy() for name in AVERAGES if name in bn_param}
            for bn_param in getattr(self.model, "bn_params", [])
        ]

    def _set_bn_state(self, state: list[dict[str, Array]]) -> None:
        for bn_param, averages in zip(getattr(self.model, "bn_params", []), state, strict=True):
            for name in AVERAGES:
                bn_param.pop(name, None)
            bn_param.update({name: value.copy() for name, value in averages.items()})

    def _save(self, path: str) -> None:
        _, random, *random_rest = np.random.get_state()
        checkpoints.save(
            path,
            {
                "params": self.model.params,
                "best_params": self.best_params,
                "bn": self._bn_state(),
                "best_bn": self._best_bn_state,
                "optim": self.optim_configs,
                "progress": {name: getattr(self, name) for name in PROGRESS},
                "random": random,
                "random_rest": random_rest,
            },
        )
        self._say(f"Saved checkpoint {path}")


def _blocks(w: Array) -> list[Any]:
    """Indices of rows of `w` that are about BLOCK numbers, or one row where that is more."""
    if w.ndim == 0:
        return [...]
    rows = max(1, BLOCK * len(w) // max(w.size, 1))
    return [slice(start, start + rows) for start in range(0, max(len(w), 1), rows)]
