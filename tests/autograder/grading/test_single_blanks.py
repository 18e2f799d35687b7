"""The mark of each submission with one written blank and all others as released.

A backward pass alone earns nothing, since it is asked after its own forward pass; nor does a blank
that only others use. A submission without written blanks gets 0.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.collecting.submission import Submission
from autograder.grading.grade import Grader
from autograder.release.blanks import stub
from autograder.release.notebooks import is_nbgrader, read_notebook
from autograder.release.reference import Reference

Owned = dict[str, bytes]

# Of 100 points, in ConvolutionalNetworks. Blanks that are not listed earn 0.
MARKS = {
    "layers.conv_forward_naive": 14,  # its own check, and the check of image filters
    "layers.max_pool_forward_naive": 7,
    "layers.spatial_groupnorm_forward": 5,
    "layers.relu_forward": 2,  # a quarter of each of the two sandwiches
    "classifiers.cnn.ThreeLayerConvNet.__init__": 2,  # a quarter of cnn_loss
    "optim.adam": 1,  # a quarter of cnn_overfit: the rule by itself
}
NAMES = [
    blank.name
    for found in Reference(Path(__file__).parents[3]).blanks().values()
    for blank in found
]


@pytest.fixture(scope="module")
def points(root: Path) -> dict[str, float]:
    return {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in read_notebook(root / "assignment/ConvolutionalNetworks.ipynb").cells
        if is_nbgrader(cell) and cell.metadata.nbgrader.grade
    }


@pytest.fixture
def submit_alone(root: Path, reference: Owned, stubs: Owned) -> Callable[[str], Submission]:
    """A function that makes the submission with one blank written."""
    found = Reference(root).blanks().items()
    files = {blank.name: (file.as_posix(), blanks) for file, blanks in found for blank in blanks}

    def submit_alone(name: str) -> Submission:
        file, blanks = files[name]
        others = [other for other in blanks if other.name != name]
        source = stub(reference[file].decode(), others)
        return Submission("ben", stubs | {file: source.encode()}, {})

    return submit_alone


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in MARKS or number % 5 == 0 else [pytest.mark.proof])
        for number, name in enumerate(NAMES)
    ],
)
def test_a_single_written_blank_earns_its_own_points(
    submit_alone: Callable[[str], Submission],
    make_grader: Callable[..., Grader],
    points: dict[str, float],
    name: str,
) -> None:
    report = make_grader(checks=tuple(points)).grade(submit_alone(name))

    mark = sum(check.share * points[check.name] for check in report.checks)
    assert mark == pytest.approx(MARKS.get(name, 0))


def test_every_name_in_the_table_is_a_blank() -> None:
    assert set(MARKS) <= set(NAMES)
