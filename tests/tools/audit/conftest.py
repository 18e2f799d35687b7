"""Shared by the audit's tests: an examiner, and mutants made by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.audit.examine import Examiner
from tools.audit.mutants import Mutant

Owned = dict[str, bytes]
Plant = Callable[..., Mutant]


@pytest.fixture(scope="session")
def examiner(make_grader: Callable[..., object], reference: Owned) -> Examiner:
    return Examiner(make_grader(), reference)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def sampled_blanks(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Blanks of every topic that are quick to mutate; empty, which means all, in the long proof."""
    if request.config.getoption("--proof"):
        return ()
    return (
        *("layers.affine_backward", "layers.relu_backward", "layers.softmax_loss"),
        *("layers.dropout_backward", "layers.layernorm_forward", "optim.rmsprop"),
        *("layers.conv_forward_naive", "layers.spatial_groupnorm_forward"),
    )


@pytest.fixture(scope="session")
def plant(reference: Owned) -> Plant:
    """A function that changes one line of the reference."""

    def plant(blank: str, before: str, after: str) -> Mutant:
        name = blank.rpartition(".")[0].removesuffix(".ThreeLayerConvNet").replace(".", "/")
        file = Path("daseCV", f"{name}.py").as_posix()
        source = reference[file].decode()
        assert before in source, f"the reference no longer has {before!r}"
        start = source.index("BEGIN SOLUTION", source.index(f"def {blank.rpartition('.')[2]}("))
        changed = source[:start] + source[start:].replace(before, after, 1)
        return Mutant(blank, "planted", 1, 1, file, changed, f"-{before}\n+{after}", source)

    return plant
