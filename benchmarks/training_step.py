"""One training step of the course's network beside PyTorch, as JSON.

    python benchmarks/training_step.py --threads 2

Batch 50, 32 filters 7x7, hidden 500, Adam, float32: `Solver` with the reference, PyTorch with
its defaults, and PyTorch with channels-last images and fused Adam. Each side has its own process,
since a library's waiting threads slow the others down; the sides take turns of several steps, as
training does, and rest in between until those threads sleep.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import daseCV  # isort: skip  # noqa: F401  (before NumPy, as in notebooks: OpenBLAS's threads rest)
import numpy as np
from measure import time_call

SIDES = ("ours", "stock", "best")
N, CLASSES = 50, 10
WARM_UP = 3  # rounds that do not count
STEPS = 5  # of a turn, after one to warm up
PAUSE = 0.4  # seconds after a turn: waiting threads of OpenBLAS spin for more than 0.1 s


def main() -> None:
    """Let the three processes take turns and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--side", choices=SIDES, help="run as the process of this side")
    arguments = parser.parse_args()
    if arguments.side:
        return serve(arguments.side, arguments.threads)

    threads = str(arguments.threads)
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
    sides = [
        subprocess.Popen(
            [sys.executable, __file__, "--side", side, "--threads", threads],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for side in SIDES
    ]
    times = np.array(
        [[take_turn(side) for side in sides] for _ in range(arguments.rounds + WARM_UP)]
    )
    for side in sides:
        side.communicate()
    times = times[WARM_UP:]
    ratios = times[:, 1:] / times[:, :1]
    result = {
        "threads": arguments.threads,
        "ms": (1e3 * np.median(times, axis=0)).tolist(),
        "ratio": np.median(ratios, axis=0).tolist(),
        "quartiles": np.quantile(ratios, (0.25, 0.75), axis=0).T.tolist(),
    }
    print(json.dumps(result))


def take_turn(side: subprocess.Popen[str]) -> float:
    """Have a process make some steps, and return the seconds of a step."""
    assert side.stdin is not None
    assert side.stdout is not None
    side.stdin.write("\n")
    side.stdin.flush()
    while not (line := side.stdout.readline()).startswith("step "):
        if not line:
            raise RuntimeError(f"{side.args!r} ended early with {side.wait()}")
    time.sleep(PAUSE)
    return float(line.split()[1])


def serve(side: str, threads: int) -> None:
    """Make some steps for each line of standard input."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((N, 3, 32, 32)).astype(np.float32)
    y = rng.integers(0, CLASSES, N)
    step = (
        make_dasecv_step(x, y)
        if side == "ours"
        else make_torch_step(x, y, threads, best=side == "best")
    )
    for _ in sys.stdin:
        step()
        print("step", time_call(lambda: [step() for _ in range(STEPS)]) / STEPS, flush=True)


def make_dasecv_step(x: np.ndarray, y: np.ndarray) -> Callable[[], object]:
    """Make a step of `Solver` with the reference's network and Adam."""
    from daseCV.classifiers.cnn import ThreeLayerConvNet
    from daseCV.solver import Solver

    solver = Solver(
        ThreeLayerConvNet(hidden_dim=500, reg=0.001),
        {"X_train": x, "y_train": y, "X_val": x, "y_val": y},
        update_rule="adam",
        batch_size=N,
        verbose=False,
    )
    return lambda: solver._step(np.arange(N))


def make_torch_step(
    x: np.ndarray, y: np.ndarray, threads: int, *, best: bool
) -> Callable[[], object]:
    """Make the same step in PyTorch; L2 regularisation is weight decay."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    order = torch.channels_last if best else torch.contiguous_format
    net = nn.Sequential(
        nn.Conv2d(3, 32, 7, padding=3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 16 * 16, 500),
        nn.ReLU(),
        nn.Linear(500, CLASSES),
    ).to(memory_format=order)
    adam = torch.optim.Adam(net.parameters(), weight_decay=0.001, fused=best or None)
    images, labels = torch.from_numpy(x).to(memory_format=order), torch.from_numpy(y)
    chosen = torch.arange(N)

    def step() -> None:
        adam.zero_grad()
        nn.functional.cross_entropy(net(images[chosen]), labels[chosen]).backward()
        adam.step()

    return step


if __name__ == "__main__":
    main()
