"""Public checks in a release whose blanks are all unwritten."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from daseCV.checks import check_names
from daseCV.checks.registry import needed_call

pytest.importorskip("nbformat")
from autograder.release import Reference
from autograder.release.build import write_modules

RUN_ALL = """
import json, sys
sys.path.insert(0, sys.argv[1])
from daseCV.checks import check, check_names
from daseCV.checks.compare import CheckFailure

messages = {}
for name in check_names():
    try:
        check(name)
        messages[name] = "passed"
    except CheckFailure as failure:
        messages[name] = str(failure)
print(json.dumps(messages))
"""

NAMES = [name for name in check_names() if not needed_call(name)]


@pytest.fixture(scope="module")
def release(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with its blanks."""
    folder = tmp_path_factory.mktemp("release")
    write_modules(Reference(root), folder)
    return folder


@pytest.fixture(scope="module")
def messages(release: Path) -> dict[str, str]:
    """The message of each check in that release."""
    run = subprocess.run(
        [sys.executable, "-c", RUN_ALL, str(release)],
        capture_output=True,
        text=True,
        cwd=release,
        check=True,
    )
    assert run.stderr == ""
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", NAMES)
def test_a_check_names_the_unwritten_blank_and_its_line(
    release: Path, messages: dict[str, str], name: str
) -> None:
    message = messages[name]

    said = re.fullmatch(rf"{name}: (\S+) is not written yet: open (daseCV\S+), line (\d+)", message)
    assert said is not None
    blank, file, line = said.groups()
    lines = (release / file).read_text(encoding="utf-8").splitlines()
    assert lines[int(line) - 1].strip() == (
        f'raise NotImplementedError("{blank} is not written yet")'
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_check_names_its_own_blank_or_a_blank_that_it_depends_on(
    messages: dict[str, str], name: str
) -> None:
    said = re.search(r"(\S+) is not written", messages[name])
    assert said is not None
    blank = said[1]

    built_on = {
        "affine_backward": "layers.affine_forward",
        "relu_backward": "layers.relu_forward",
        "two_layer_net": "classifiers.fc_net.TwoLayerNet.__init__",
        "fully_connected_net": "classifiers.fc_net.FullyConnectedNet.__init__",
        "fully_connected_overfit": "classifiers.fc_net.FullyConnectedNet.__init__",
        "sgd_momentum": "optim.sgd_momentum",
        "rmsprop": "optim.rmsprop",
        "adam": "optim.adam",
        "batchnorm_backward": "layers.batchnorm_forward",
        "batchnorm_backward_alt": "layers.batchnorm_forward",
        "batchnorm_net": "classifiers.fc_net.FullyConnectedNet.__init__",
        "layernorm_backward": "layers.layernorm_forward",
        "layernorm_net": "classifiers.fc_net.FullyConnectedNet.__init__",
        "dropout_backward": "layers.dropout_forward",
        "dropout_net": "classifiers.fc_net.FullyConnectedNet.__init__",
        "conv_image_filters": "layers.conv_forward_naive",
        "conv_fast": "layers.conv_forward_naive",
        "max_pool_fast": "layers.max_pool_forward_naive",
        "conv_backward_naive": "layers.conv_forward_naive",
        "max_pool_backward_naive": "layers.max_pool_forward_naive",
        "conv_relu": "layers.relu_forward",
        "conv_relu_pool": "layers.relu_forward",
        "spatial_batchnorm_backward": "layers.spatial_batchnorm_forward",
        "spatial_groupnorm_backward": "layers.spatial_groupnorm_forward",
        "cnn_loss": "classifiers.cnn.ThreeLayerConvNet.__init__",
        "cnn_gradients": "classifiers.cnn.ThreeLayerConvNet.__init__",
        "cnn_overfit": "classifiers.cnn.ThreeLayerConvNet.__init__",
    }
    assert blank == built_on.get(name, f"layers.{name}")


def test_the_check_of_a_training_run_asks_for_a_solver(messages: dict[str, str]) -> None:
    assert "solver=solver" in messages["cnn_one_epoch"]
