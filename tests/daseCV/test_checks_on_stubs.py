"""Public checks in a release in which nothing has been written yet."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from daseCV.checks import check_names

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

NAMES = [name for name in check_names() if name != "cnn_one_epoch"]


@pytest.fixture(scope="module")
def release(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with its blanks."""
    folder = tmp_path_factory.mktemp("release")
    write_modules(Reference(root), folder)
    return folder


@pytest.fixture(scope="module")
def messages(release: Path) -> dict[str, str]:
    """What each check says there."""
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
def test_check_says_what_is_not_written_and_where(
    release: Path, messages: dict[str, str], name: str
) -> None:
    message = messages[name]

    blank, file, line = re.fullmatch(
        rf"{name}: (\S+) is not written yet: open (daseCV\S+), line (\d+)", message
    ).groups()
    lines = (release / file).read_text(encoding="utf-8").splitlines()
    assert lines[int(line) - 1].strip() == (
        f'raise NotImplementedError("{blank} is not written yet")'
    )


@pytest.mark.parametrize("name", NAMES)
def test_check_of_one_layer_names_that_layer_or_what_it_is_built_on(
    messages: dict[str, str], name: str
) -> None:
    blank = re.search(r"(\S+) is not written", messages[name])[1]

    built_on = {
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


def test_the_training_run_asks_for_a_solver(messages: dict[str, str]) -> None:
    assert "solver=solver" in messages["cnn_one_epoch"]
