"""Train the course's network for an epoch of 49,000 images; print time, accuracy and memory.

    CIFAR10_DIR=... python benchmarks/epoch.py

Without the real images on this machine it trains on synthetic ones, and says so.
"""

import json
import resource

import numpy as np
from measure import time_call

from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.data_utils import find_CIFAR10, get_CIFAR10_data
from daseCV.solver import Solver


def main() -> None:
    """Train once with the numbers of the course's notebook."""
    data = get_CIFAR10_data()
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    np.random.seed(231)
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
    synthetic = "These are synthetic images, see [data.md](data.md)."
    real = "The images are CIFAR-10's, recompressed as JPEG of quality 75, in a different order."
    result = {
        "source": real if find_CIFAR10() else synthetic,
        "images": len(data["X_train"]),
        "seconds": time_call(solver.train),
        "train_acc": solver.train_acc_history[-1],
        "val_acc": solver.val_acc_history[-1],
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "loaded_mib": loaded / 1024,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
