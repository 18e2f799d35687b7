"""Training that is asked of a student, and the reference's own run of it: made once a course."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from daseCV import optim
from daseCV.checks.compare import CheckFailure
from daseCV.profile import profile

from ..environment import cache_folder, lock_folder
from ..permissions import restrict
from .draw import Draw
from .registry import Array

STARTS = (0.0, 0.1, 0.9)  # of the run: where steps are compared
STEPS = 3  # from each of them
CACHED = 2 * 2**30  # bytes of runs that are kept on disk; a course of four weeks has 0.2 GiB


@dataclass(frozen=True)
class Training:
    """Training that is asked of a student."""

    network: Any  # the reference's, with the parameters to start from
    X: Array  # images
    y: Array  # labels
    order: list[Array]  # indices of the images of each step
    # Gets a trained network of the reference's class and, of a student's, the reference's result;
    # returns what the network reaches, and raises CheckFailure where that is not enough
    judge: Callable[[Any, float | None], float]
    rule: str = "adam"  # 'adam' or 'sgd'
    rate: float = 1e-3  # the learning rate
    channels: Array | None = None  # a permutation of the colour channels

    def batch(self, step: int) -> tuple[Array, Array]:
        """Images and labels of a step."""
        chosen = self.order[step]
        X = self.X[chosen]
        return X if self.channels is None else X[:, self.channels], self.y[chosen]

    def with_parameters(self, params: dict[str, Array]) -> Any:
        """A network of the reference's with other parameters."""
        network = copy(self.network)
        network.params = params
        return network

    @cached_property
    def key(self) -> str:
        """A name for all that the run depends on."""
        found = hashlib.sha256(reference_code())
        settings = self.rule, self.rate, self.network.reg, profile().name, np.__version__
        found.update(repr((*settings, STARTS, STEPS)).encode())
        for array in (*self.network.params.values(), *self.order, self.X[::97], self.y):
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()[:32]


MakeTraining = Callable[[Draw], Training]


@dataclass(frozen=True)
class Point:
    """A point of the reference's run, and where some steps lead from there."""

    step: int
    params: dict[str, Array]
    configs: dict[str, dict[str, Any]]
    losses: list[float]
    after: dict[str, Array]


@dataclass(frozen=True)
class ReferenceRun:
    """A training run of the reference's, kept on disk."""

    path: Path
    reached: float  # what the trained network reaches, as the training's `judge` says

    def points(self) -> Iterator[Point]:
        """The points that steps are compared from; each in memory for as long as it is used."""
        with np.load(self.path) as stored:
            for number in range(len(STARTS)):
                entries = unflatten(stored, f"{number}/")
                yield Point(
                    step=int(entries["step"]),
                    params=entries["params"],
                    configs=entries["configs"],
                    losses=entries["losses"].tolist(),
                    after=entries["after"],
                )


def find_run(training: Training) -> ReferenceRun:
    """The reference's run of a training: made once, and kept in the user's cache.

    It is a ValueError if the reference does not reach what is asked: no mark may come of it.
    """
    folder = cache_folder() / "runs"
    path = folder / f"{training.key}.npz"
    with lock_folder(path):
        if not path.exists():
            entries = record_run(training)
            restrict(folder)
            incoming = path.with_suffix(".incoming")
            with open(incoming, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as f:
                np.savez(f, **entries)
            os.replace(incoming, path)
            remove_oldest(folder)
    os.utime(path)  # unlike `touch`, it makes no empty file of one that was just removed
    with np.load(path) as stored:
        return ReferenceRun(path, float(stored["reached"]))


def record_run(training: Training) -> dict[str, Any]:
    """Train the reference; return the points of its run, flat."""
    configs = {name: {"learning_rate": training.rate} for name in training.network.params}
    network = training.with_parameters(dict(training.network.params))
    last = len(training.order) - STEPS
    entries: dict[str, Any] = {}
    done = 0
    for number, share in enumerate(STARTS):
        start = round(share * last)
        take_steps(training, network, configs, range(done, start))
        done = start + STEPS
        point = {"step": start, "params": dict(network.params)}
        point["configs"] = {name: dict(config) for name, config in configs.items()}
        # Rules write to their state in place.
        entries |= copied(flatten(point, f"{number}/"))
        losses = take_steps(training, network, configs, range(start, done))
        entries |= copied(flatten({"losses": losses, "after": network.params}, f"{number}/"))
    take_steps(training, network, configs, range(done, len(training.order)))
    try:
        entries["reached"] = training.judge(network, None)
    except CheckFailure as failure:
        raise ValueError(f"the reference itself fails: {failure.message}") from None
    return entries


def take_steps(
    training: Training, network: Any, configs: dict[str, Any], steps: range
) -> list[float]:
    """Train a network of the reference's, in place; return the loss of each step."""
    losses = []
    for step in steps:
        loss, grads = network.loss(*training.batch(step))
        losses.append(float(loss))
        for name, w in network.params.items():
            rule = getattr(optim, training.rule)
            network.params[name], configs[name] = rule(w, grads[name], configs[name])
    return losses


def remove_oldest(folder: Path) -> None:
    """Keep the runs that were used last, as many as there is room for."""
    size = 0
    for path in sorted(folder.glob("*.npz"), key=lambda path: -path.stat().st_mtime):
        size += path.stat().st_size
        if size > CACHED:
            with contextlib.suppress(OSError):
                path.unlink()


@cache
def reference_code() -> bytes:
    """A digest of the code that trains."""
    folder = Path(optim.__file__).parent
    found = hashlib.sha256()
    for pattern in ("layer*.py", "optim.py", "fast_*.py", "classifiers/*.py", "*.pyx", "*.[ch]"):
        for path in sorted(folder.glob(pattern)):
            found.update(path.read_bytes())
    return found.digest()


def flatten(entries: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Nested dicts as one, with paths for names."""
    flat: dict[str, Any] = {}
    for name, value in entries.items():
        path = f"{prefix}{name}"
        flat |= flatten(value, f"{path}/") if isinstance(value, dict) else {path: value}
    return flat


def unflatten(stored: Any, prefix: str) -> dict[str, Any]:
    """The nested dicts of one; numbers as numbers."""
    nested: dict[str, Any] = {}
    for path in stored.files:
        if path.startswith(prefix):
            *folders, name = path.removeprefix(prefix).split("/")
            entries = nested
            for folder in folders:
                entries = entries.setdefault(folder, {})
            value = stored[path]
            entries[name] = value if value.ndim else value.item()
    return nested


def copied(entries: dict[str, Any]) -> dict[str, Any]:
    """Entries of their own."""
    return {path: np.array(value) for path, value in entries.items()}
