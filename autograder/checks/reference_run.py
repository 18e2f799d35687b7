"""Training tasks, and the reference's run of each: made once a course, and cached."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from copy import copy, deepcopy
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
from ..worker.frames import encode, read_frame
from .draw import Draw
from .registry import Array

STARTS = (0.0, 0.1, 0.9)  # of the run: where steps are compared
STEPS = 3  # from each of them
CACHED = 2 * 2**30  # bytes of runs that are kept on disk; a course of four weeks has 0.2 GiB


@dataclass(frozen=True)
class Training:
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
        """A hash of all that the run depends on."""
        found = hashlib.sha256(reference_code())
        settings = self.rule, self.rate, self.network.reg, profile().name, np.__version__
        found.update(repr((*settings, STARTS, STEPS)).encode())
        for array in (*self.network.params.values(), *self.order, self.X[::97], self.y):
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()[:32]


MakeTraining = Callable[[Draw], Training]


@dataclass(frozen=True)
class Point:
    """A point of the reference's run, and the result of some steps from there."""

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
        """The points from which steps are compared, one at a time in memory."""
        with self.path.open("rb") as stored:
            read_frame(stored.read)  # what it reaches
            while point := read_frame(stored.read):
                yield Point(**point)


def find_run(training: Training) -> ReferenceRun:
    """The reference's run of a training: made once, and kept in the user's cache.

    ValueError if the reference itself fails, so that no mark depends on the run.
    """
    folder = cache_folder() / "runs"
    path = folder / f"{training.key}.frames"
    with lock_folder(path):
        if not path.exists():
            frames = record_run(training)
            restrict(folder)
            incoming = path.with_suffix(".incoming")
            with open(incoming, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as f:
                f.writelines(frames)
            os.replace(incoming, path)
            remove_oldest(folder)
    os.utime(path)  # unlike `touch`, it does not create a file that was just removed
    with path.open("rb") as stored:
        head = read_frame(stored.read)
    assert head is not None
    return ReferenceRun(path, head["reached"])


def record_run(training: Training) -> list[bytes]:
    """Train the reference; return what it reaches and the points of its run, each as a frame."""
    configs = {name: {"learning_rate": training.rate} for name in training.network.params}
    network = training.with_parameters(dict(training.network.params))
    last = len(training.order) - STEPS
    points = []
    done = 0
    for share in STARTS:
        start = round(share * last)
        take_steps(training, network, configs, range(done, start))
        done = start + STEPS
        # Rules write to their state in place.
        before = deepcopy({"step": start, "params": network.params, "configs": configs})
        losses = take_steps(training, network, configs, range(start, done))
        points.append(encode({**before, "losses": losses, "after": network.params}))
    take_steps(training, network, configs, range(done, len(training.order)))
    try:
        reached = training.judge(network, None)
    except CheckFailure as failure:
        raise ValueError(f"the reference itself fails: {failure.message}") from None
    return [encode({"reached": reached}), *points]


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
    """Keep the most recently used runs, up to the limit."""
    size = 0
    runs = *folder.glob("*.frames"), *folder.glob("*.npz")  # the latter of earlier versions
    for path in sorted(runs, key=lambda path: -path.stat().st_mtime):
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
