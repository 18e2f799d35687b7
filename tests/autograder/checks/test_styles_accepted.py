"""A right solution in any style gets full points: the styles in `tests/styles/`.

Each is added to the end of its module and replaces the reference's. Layers are also checked through
composites. Habits, such as prints, progress bars and decorators, cost nothing.
"""

from collections.abc import Callable, Sequence

import pytest
from support.planted import every_nth

from autograder.grading.report import CheckReport, Report
from tools.audit.styles import FILES, find_styles

JudgeAdded = Callable[..., Sequence[CheckReport]]

AFFINE = ("affine_forward", "affine_backward")
RELU = ("relu_forward", "relu_backward", "conv_relu", "conv_relu_pool")
BATCHNORM = ("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt", "batchnorm_net")
CONVOLUTION = ("conv_forward_naive", "conv_backward_naive")
NETWORK = ("cnn_loss", "cnn_gradients")

# The checks of a style, by a prefix of its path; the longest prefix counts.
ASKED = {
    "layers/affine": (*AFFINE, "two_layer_net", *NETWORK),
    "layers/batchnorm": BATCHNORM,
    "layers/conv": (*CONVOLUTION, "conv_image_filters", "conv_fast"),
    "layers/dropout": ("dropout_forward", "dropout_backward", "dropout_net"),
    "layers/habit": CONVOLUTION,
    "layers/habit_prints": ("conv_forward_naive",),
    "layers/layernorm": ("layernorm_forward", "layernorm_backward", "layernorm_net"),
    "layers/pool": ("max_pool_forward_naive", "max_pool_backward_naive", "max_pool_fast"),
    "layers/relu": RELU,
    "layers/relu_class": (*RELU, "cnn_gradients"),
    "layers/relu_clip": (*RELU, "cnn_gradients"),
    "layers/relu_putmask": (*RELU, "cnn_gradients"),
    "layers/softmax": ("softmax_loss", "fully_connected_net", *NETWORK),
    "layers/spatial_batchnorm": ("spatial_batchnorm_forward", "spatial_batchnorm_backward"),
    "layers/spatial_groupnorm": ("spatial_groupnorm_forward", "spatial_groupnorm_backward"),
    "layers/svm": ("svm_loss",),
    "optim/adam": ("adam", "cnn_overfit"),
    "optim/momentum_rmsprop": ("sgd_momentum", "rmsprop"),
    "fc_net/deep": ("fully_connected_net", "batchnorm_net", "layernorm_net", "dropout_net"),
    "fc_net/two_layers": ("two_layer_net",),
    "cnn/": NETWORK,
}
PATHS = {f"{module}/{name}": text for module in FILES for name, text in find_styles(module).items()}


@pytest.mark.parametrize("path", every_nth(3, [(path,) for path in PATHS]), ids=PATHS)
def test_a_right_solution_gets_full_points(
    path: str, grade_added: Callable[..., Report], judge_added: JudgeAdded
) -> None:
    beginning = max(filter(path.startswith, ASKED), key=len)
    asked = FILES[path.partition("/")[0]], PATHS[path], *ASKED[beginning]

    require_full_share(grade_added(*asked).checks if "habit" in path else judge_added(*asked))


@pytest.mark.parametrize("name", ["by_hand", "list_of_layers", "more_than_asked"])
def test_a_right_network_can_be_trained(grade_added: Callable[..., Report], name: str) -> None:
    require_full_share(grade_added(FILES["cnn"], find_styles("cnn")[name], "cnn_overfit").checks)


def require_full_share(checks: Sequence[CheckReport]) -> None:
    """Require the full share of each check, without reasons."""
    assert [(check.name, check.reasons) for check in checks if check.share != 1] == []
    assert all(check.reasons == () for check in checks)
