"""The course's training run on the real images; skipped with a reason if they cannot be built."""

from pathlib import Path

import numpy as np
import pytest

from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.data_utils import get_CIFAR10_data
from daseCV.profile import PROFILES
from daseCV.solver import Solver

pytestmark = [pytest.mark.real_data, pytest.mark.proof]


@pytest.mark.parametrize("name", ["quick", "course"])
def test_one_epoch_passes_its_threshold(real_cifar10: Path, name: str) -> None:
    profile = PROFILES[name]
    data = get_CIFAR10_data(real_cifar10, num_training=profile.train_images)
    np.random.seed(231)
    solver = Solver(
        ThreeLayerConvNet(weight_scale=0.001, hidden_dim=500, reg=0.001),
        data,
        num_epochs=1,
        batch_size=50,
        update_rule="adam",
        optim_config={"learning_rate": 1e-3},
        print_every=100,
    )

    solver.train()

    accuracy = solver.check_accuracy(data["X_train"], data["y_train"], num_samples=5000)
    print(f"training accuracy {accuracy:.1%}, validation accuracy {solver.best_val_acc:.1%}")
    assert accuracy > profile.one_epoch_accuracy
    assert len(solver.loss_history) == profile.train_images / 50
