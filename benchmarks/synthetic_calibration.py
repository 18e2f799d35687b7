"""Is the synthetic set as hard as it should be? Trains on it and prints a table in Markdown.

    python benchmarks/synthetic_calibration.py --seeds 5 --linear
    python benchmarks/synthetic_calibration.py --figure

A linear classifier has to do poorly (below 35 %), the course's convolutional network well after
one epoch (above 45 %), and visibly better than chance after the epoch of the quick profile.
With `--figure` it draws the contact sheet of the documentation instead. It measures accuracy;
the speed of the layers has its own benchmarks.
"""

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.data_utils import get_CIFAR10_data
from daseCV.profile import PROFILES
from daseCV.solver import Solver
from daseCV.synthetic import CLASS_NAMES, make_images, synthetic_cifar10_dir

FIGURE = Path(__file__).resolve().parents[1] / "docs" / "figures" / "synthetic.png"

Data = dict[str, np.ndarray]
Row = tuple[str, float, float, float]  # what, accuracies in training and validation, seconds


def main() -> None:
    """Print the table, or draw the contact sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="networks trained for each profile")
    parser.add_argument("--linear", action="store_true", help="also train linear classifiers")
    parser.add_argument("--figure", action="store_true", help=f"only draw {FIGURE.name}")
    options = parser.parse_args()
    if options.figure:
        draw_figure()
        return
    with tempfile.TemporaryDirectory() as cache:
        start = time.perf_counter()
        folder = synthetic_cifar10_dir(Path(cache))
        seconds = time.perf_counter() - start
        data = {
            name: get_CIFAR10_data(folder, num_training=profile.train_images)
            for name, profile in PROFILES.items()
            if profile.judges_training
        }
    print(f"\nThe whole set was drawn in {seconds:.1f} s.\n")
    print("| model | training accuracy | validation accuracy | seconds |")
    print("|---|---|---|---|")
    for what, train, val, seconds in measure(data, options.seeds, options.linear):
        print(f"| {what} | {train:.1%} | {val:.1%} | {seconds:.0f} |", flush=True)


def measure(data: dict[str, Data], seeds: int, linear: bool) -> Iterator[Row]:
    """Yield the rows of the table, as they come."""
    if linear:
        yield train_linear(data["course"])
    for name, seed in itertools.product(data, range(seeds)):
        yield train_network(data[name], f"network, profile {name}, seed {seed}", seed)


def train_network(data: Data, what: str, seed: int) -> Row:
    """Train the course's network for one epoch, as its notebook does."""
    np.random.seed(seed)
    start = time.perf_counter()
    model = ThreeLayerConvNet(weight_scale=0.001, hidden_dim=500, reg=0.001)
    solver = Solver(
        model,
        data,
        num_epochs=1,
        batch_size=50,
        update_rule="adam",
        optim_config={"learning_rate": 1e-3},
        verbose=False,
    )
    solver.train()
    seconds = time.perf_counter() - start
    return what, solver.train_acc_history[-1], solver.val_acc_history[-1], seconds


def train_linear(data: Data) -> Row:
    """Train softmax classifiers on the pixels; return the best in validation, at its best epoch."""
    X, X_val = (data[part].reshape(len(data[part]), -1) for part in ("X_train", "X_val"))
    y, y_val = data["y_train"], data["y_val"]
    start = time.perf_counter()
    best = ("", 0.0, 0.0)
    for rate, reg in itertools.product((3e-6, 1e-5, 1e-4), (0.0, 1.0, 10.0)):
        rng = np.random.default_rng(0)
        W = np.zeros((X.shape[1] + 1, len(CLASS_NAMES)), np.float32)  # the last row is the bias
        first, second = np.zeros_like(W), np.zeros_like(W)
        step = 0
        for epoch in range(1, 13):
            for i in np.array_split(rng.permutation(len(X)), len(X) // 500):
                step += 1
                scores = X[i] @ W[:-1] + W[-1]
                error = np.exp(scores - scores.max(axis=1, keepdims=True))
                error /= error.sum(axis=1, keepdims=True)
                error[np.arange(len(i)), y[i]] -= 1
                grad = np.vstack([X[i].T @ error, error.sum(axis=0)]) / len(i)
                grad[:-1] += reg * W[:-1]
                # Adam
                first += 0.1 * (grad - first)
                second += 0.001 * (grad**2 - second)
                size = rate / (1 - 0.9**step)
                W -= size * first / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
            val = float(np.mean((X_val @ W[:-1] + W[-1]).argmax(axis=1) == y_val))
            if val > best[2]:
                train = float(np.mean((X @ W[:-1] + W[-1]).argmax(axis=1) == y))
                best = (f"linear, rate {rate:g}, reg {reg:g}, epoch {epoch}", train, val)
    return (*best, time.perf_counter() - start)


def draw_figure() -> None:
    """Save ten images of each class, with the classes' names."""
    from matplotlib.figure import Figure

    columns = 10
    labels = np.arange(len(CLASS_NAMES)).repeat(columns)
    images = make_images(labels, seed=0).transpose(0, 2, 3, 1)
    figure = Figure(figsize=(7, 6), dpi=130, layout="constrained")
    axes = figure.subplots(len(CLASS_NAMES), columns)
    for ax, image in zip(axes.flat, images, strict=True):
        ax.imshow(image, interpolation="nearest")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    for ax, name in zip(axes[:, 0], CLASS_NAMES, strict=True):
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(FIGURE)


if __name__ == "__main__":
    main()
