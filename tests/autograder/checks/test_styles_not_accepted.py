"""Liberties that are not accepted: each loses points, and its reason names what is wrong.

They are files in `tests/styles/not_accepted/`, whose docstrings say which promise each breaks.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from support.local import SECRET, local_worker

from autograder.checks import DROPPING_ACCEPTED, Questioner
from autograder.grading.report import CheckReport, Report
from tools.audit.styles import FILES, NOT_ACCEPTED, find_styles

# The check that notices a style, and phrases of its reason.
REFUSED = {
    "layers/lists_of_lists": (
        "conv_forward_naive",
        "out is a list",
        "expected an array of numbers of shape (2, 4, 6, 6)",
    ),
    "layers/complex_numbers": (
        "conv_forward_naive",
        "out is",
        "expected an array of numbers of shape (2, 4, 6, 6)",
    ),
    "layers/array_of_objects": (
        "conv_forward_naive",
        "out is",
        "expected an array of numbers of shape (2, 4, 6, 6)",
    ),
    "layers/float32_for_float64": (
        "conv_backward_naive",
        "dx is wrong",
        "relative error",
        "allowed 1e-08",
    ),
    "layers/an_axis_more": ("conv_backward_naive", "db has shape (1, 4, 1, 1)", "expected (4,)"),
    "layers/squeezed_out": ("conv_backward_naive", "db has shape ()", "expected (1,)"),
    "layers/another_order": (
        "conv_backward_naive",
        "dx has shape (4, 3, 3, 3)",
        "expected (2, 3, 6, 6)",
    ),
    "layers/gradients_by_name": ("conv_backward_naive", "returned a dict", "expected", "3"),
    "layers/no_cache": ("conv_forward_naive", "returned an array", "expected", "2"),
    "layers/flipped_filters": ("conv_forward_naive", "out is wrong", "got:", "expected:"),
    "layers/inputs_changed": ("conv_backward_naive", "changed its argument dout", "in place"),
    "layers/softmax_probabilities": ("softmax_loss", "loss = inf", "of size about 400"),
    "layers/dropout_p_of_dropping": ("dropout_forward", "entries are not 0", "about 60%"),
    "layers/ties_to_the_last": ("max_pool_backward_naive", "dx is wrong", "many ties"),
    "layers/ties_split": ("max_pool_backward_naive", "dx is wrong", "many ties"),
    "layers/gamma_for_each_image": (
        "spatial_groupnorm_backward",
        "dgamma has shape (2, 6)",
        "expected",
    ),
    "layers/batchnorm_gamma_with_axes": (
        "spatial_batchnorm_backward",
        "dgamma has shape (1, 3, 1, 1)",
        "expected (3,)",
    ),
    "layers/averages_with_axes": (
        "spatial_batchnorm_forward",
        "running_mean has shape (1, 3, 1, 1)",
        "expected (3,)",
    ),
    "layers/averages_in_own_dict": (
        "spatial_batchnorm_forward",
        "running_mean",
        "None",
        "expected",
    ),
    "layers/unbiased_variance": ("spatial_groupnorm_forward", "out is wrong", "got:", "expected:"),
    "layers/conv_global_cache": ("conv_backward_naive", "conv_backward_naive", "raised"),
    "layers/cache_used_up": (
        "spatial_batchnorm_backward",
        "IndexError: pop from empty list",
        "a second time with the same cache",
    ),
    "layers/fast_inside_naive": ("conv_forward_naive", "conv_forward_fast is not allowed inside"),
    "layers/unlisted_package": (
        "conv_forward_naive",
        "ModuleNotFoundError: No module named 'scipy'",
    ),
    "layers/own_processes": ("conv_forward_naive", "conv_forward_naive raised"),
    "cnn/regularised_biases": ("cnn_loss", "loss is wrong", "reg 0."),
    "cnn/no_half": ("cnn_gradients", "gradient of W", "is wrong", "reg "),
    "cnn/own_names": ("cnn_gradients", "grads lacks", "'W1'", "expected"),
    "cnn/loss_with_an_axis": ("cnn_loss", "loss has shape (1,)", "expected"),
    "cnn/more_parameters": ("cnn_loss", "params has shapes", "'scale': (1,)", "expected"),
    "cnn/another_dtype": ("cnn_loss", "W1 is float64", "expected float32"),
    "cnn/own_initialisation": ("cnn_loss", "W1 has standard deviation", "expected 0.001"),
    "optim/adam_counts_from_1": ("cnn_overfit", "adam does not move w as its formula says"),
}
# Styles that need a worker's sandbox or package, and training.
CONFINED = {"layers/fast_inside_naive", "layers/unlisted_package", "layers/own_processes"}
CONFINED |= {"optim/adam_counts_from_1"}
PATHS = {
    f"{module}/{name}": text
    for module in FILES
    for name, text in find_styles(module, folder=NOT_ACCEPTED).items()
}


def test_a_course_may_accept_the_probability_of_dropping(root: Path) -> None:
    solved = (root / "daseCV" / "layers.py").read_text(encoding="utf-8")
    changed = {"layers.py": f"{solved}\n\n{PATHS['layers/dropout_p_of_dropping']}"}
    accepting = Questioner(None, DROPPING_ACCEPTED["dropout_forward"], SECRET)  # type: ignore[arg-type]

    with local_worker(root, changed) as worker:
        accepting.worker = worker
        accepting.check.questions(accepting)

    assert accepting.failures == {}


@pytest.mark.parametrize("path", sorted({*PATHS, *REFUSED}))
def test_a_style_that_is_not_accepted_loses_points_with_a_reason(
    path: str, grade_added: Callable[..., Report], judge_added: Callable[..., Sequence[CheckReport]]
) -> None:
    name, *phrases = REFUSED[path]
    why = PATHS[path].splitlines()[0]

    added = FILES[path.partition("/")[0]], PATHS[path], name
    [check] = grade_added(*added).checks if path in CONFINED else judge_added(*added)

    assert check.share < 1, why
    explanation = "\n".join(check.reasons)
    assert [phrase for phrase in phrases if phrase not in explanation] == [], explanation
