"""The course's convolutional-networks notebook as a script: each group of cells, in its order.

It uses the library as notebooks that already exist do (the same imports, calls, sizes and habits,
good and bad) and checks the course's tolerances. It prints a line for each group; run it with
`python tests/end_to_end/course_cells.py`.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from daseCV.data_utils import get_CIFAR10_data
from daseCV.fast_layers import *  # noqa: F403
from daseCV.fast_layers import (
    conv_backward_fast,
    conv_forward_fast,
    max_pool_backward_fast,
    max_pool_forward_fast,
)
from daseCV.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array
from daseCV.layer_utils import *  # noqa: F403
from daseCV.layer_utils import (
    conv_relu_backward,
    conv_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)
from daseCV.layers import *  # noqa: F403
from daseCV.layers import (
    conv_backward_naive,
    conv_forward_naive,
    max_pool_backward_naive,
    max_pool_forward_naive,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)
from daseCV.optim import adam
from daseCV.profile import profile
from daseCV.solver import Solver
from daseCV.vis_utils import visualize_grid


def rel_error(x: np.ndarray, y: np.ndarray) -> float:
    """The relative error as notebooks define it."""
    return float(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))))


def check_errors(tolerance: float, **errors: float) -> str:
    """Check that errors are within a tolerance, and describe them."""
    for name, error in errors.items():
        assert error <= tolerance, f"{name}: error {error:.2e}, expected at most {tolerance:.0e}"
    return ", ".join(f"{name} {error:.1e}" for name, error in errors.items())


def gradients(
    forward: Callable[..., np.ndarray], at: dict[str, np.ndarray], dout: np.ndarray, h: float = 1e-5
) -> dict[str, np.ndarray]:
    """Numerical gradients as in notebooks whose lambdas use their argument."""
    return {
        name: eval_numerical_gradient_array(lambda v: forward(**{**at, name: v}), value, dout, h)
        for name, value in at.items()
    }


def naive_forward() -> str:
    x = np.linspace(-0.4, 0.7, num=3 * 2 * 5 * 5).reshape(3, 2, 5, 5)
    w = np.linspace(-0.3, 0.2, num=4 * 2 * 3 * 3).reshape(4, 2, 3, 3)
    b = np.linspace(-0.2, 0.3, num=4)
    out, _ = conv_forward_naive(x, w, b, {"stride": 2, "pad": 1})

    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
    expected = np.einsum("ncijkl,fckl->nfij", windows, w) + b.reshape(1, -1, 1, 1)
    return check_errors(1e-8, out=rel_error(out, expected))


def image_filters() -> str:
    rng = np.random.default_rng(0)
    pictures = rng.uniform(0, 255, (2, 3, 40, 40))
    w = np.zeros((2, 3, 3, 3))
    w[0, :, 1, 1] = 0.3, 0.6, 0.1
    w[1, 2] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
    out, _ = conv_forward_naive(pictures, w, np.array([0, 128]), {"stride": 1, "pad": 1})

    grey = np.tensordot([0.3, 0.6, 0.1], pictures, axes=(0, 1))
    blue = pictures[:, 2]
    rows = blue[:, :, :-2] + 2 * blue[:, :, 1:-1] + blue[:, :, 2:]
    edges = rows[:, :-2] - rows[:, 2:] + 128
    return check_errors(
        1e-8, grey=rel_error(out[:, 0], grey), edges=rel_error(out[:, 1, 1:-1, 1:-1], edges)
    )


def naive_backward() -> str:
    """Both habits: a lambda that uses its argument, and one that reads an array changed in place.

    Convolution is linear in each of its arguments, so that a large step only rounds less.
    """
    np.random.seed(231)
    x, w, b = np.random.randn(4, 3, 5, 5), np.random.randn(2, 3, 3, 3), np.random.randn(2)
    dout = np.random.randn(4, 2, 5, 5)
    conv_param = {"stride": 1, "pad": 1}
    out, cache = conv_forward_naive(x, w, b, conv_param)
    dx, dw, db = conv_backward_naive(dout, cache)

    dx_num = eval_numerical_gradient_array(
        lambda x: conv_forward_naive(x, w, b, conv_param)[0], x, dout, h=1e-3
    )
    dw_num = eval_numerical_gradient_array(
        lambda _: conv_forward_naive(x, w, b, conv_param)[0], w, dout, h=1e-3
    )
    db_num = eval_numerical_gradient_array(
        lambda _: conv_forward_naive(x, w, b, conv_param)[0], b, dout, h=1e-3
    )
    assert np.array_equal(conv_forward_naive(x, w, b, conv_param)[0], out), "x, w or b has moved"
    return check_errors(
        1e-8, dx=rel_error(dx, dx_num), dw=rel_error(dw, dw_num), db=rel_error(db, db_num)
    )


def pooling_forward() -> str:
    x = np.linspace(-0.2, 0.5, num=2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
    out, _ = max_pool_forward_naive(x, {"pool_width": 2, "pool_height": 2, "stride": 2})
    expected = x.reshape(2, 3, 2, 2, 2, 2).max(axis=(3, 5))
    return check_errors(1e-8, out=rel_error(out, expected))


def pooling_backward() -> str:
    np.random.seed(231)
    x, dout = np.random.randn(3, 2, 8, 8), np.random.randn(3, 2, 4, 4)
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    dx_num = eval_numerical_gradient_array(
        lambda x: max_pool_forward_naive(x, pool_param)[0], x, dout
    )
    _, cache = max_pool_forward_naive(x, pool_param)
    return check_errors(1e-11, dx=rel_error(max_pool_backward_naive(dout, cache), dx_num))


def fast_convolution() -> str:
    np.random.seed(231)
    x, w, b = np.random.randn(100, 3, 31, 31), np.random.randn(25, 3, 3, 3), np.random.randn(25)
    dout = np.random.randn(100, 25, 16, 16)
    conv_param = {"stride": 2, "pad": 1}
    (naive, cache), slow = measure_seconds(conv_forward_naive, x, w, b, conv_param)
    (fast, fast_cache), quick = measure_seconds(conv_forward_fast, x, w, b, conv_param)
    grads, slow_back = measure_seconds(conv_backward_naive, dout, cache)
    fast_grads, quick_back = measure_seconds(conv_backward_fast, dout, fast_cache)

    assert slow > quick, f"naive {slow:.3f} s, fast {quick:.3f} s"
    assert slow_back > quick_back, f"naive {slow_back:.3f} s, fast {quick_back:.3f} s"
    errors = {"out": np.abs(naive - fast).max()} | {
        name: rel_error(mine, given)
        for name, mine, given in zip(("dx", "dw", "db"), grads, fast_grads, strict=True)
    }
    speed = f"{slow / quick:.0f} and {slow_back / quick_back:.0f} times as fast"
    return f"{check_errors(1e-9, **errors)}; {speed}"


def fast_pooling() -> str:
    np.random.seed(231)
    x, dout = np.random.randn(100, 3, 32, 32), np.random.randn(100, 3, 16, 16)
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    (naive, cache), slow = measure_seconds(max_pool_forward_naive, x, pool_param)
    (fast, fast_cache), quick = measure_seconds(max_pool_forward_fast, x, pool_param)
    dx, slow_back = measure_seconds(max_pool_backward_naive, dout, cache)
    fast_dx, quick_back = measure_seconds(max_pool_backward_fast, dout, fast_cache)

    assert slow > quick, f"naive {slow:.3f} s, fast {quick:.3f} s"
    assert slow_back > quick_back, f"naive {slow_back:.3f} s, fast {quick_back:.3f} s"
    errors = check_errors(0, out=np.abs(naive - fast).max(), dx=np.abs(dx - fast_dx).max())
    return f"{errors}; {slow / quick:.0f} and {slow_back / quick_back:.0f} times as fast"


def sandwich_with_pooling() -> str:
    np.random.seed(231)
    at = {
        "x": np.random.randn(2, 3, 16, 16),
        "w": np.random.randn(3, 3, 3, 3),
        "b": np.random.randn(3),
    }
    dout = np.random.randn(2, 3, 8, 8)
    params = {"stride": 1, "pad": 1}, {"pool_height": 2, "pool_width": 2, "stride": 2}
    _, cache = conv_relu_pool_forward(at["x"], at["w"], at["b"], *params)
    grads = conv_relu_pool_backward(dout, cache)
    # Linear between the corners of ReLU and pooling: the step stays on this side of them.
    numerical = gradients(
        lambda x, w, b: conv_relu_pool_forward(x, w, b, *params)[0], at, dout, h=1e-4
    )
    return check_errors(1e-8, **errors_of(grads, numerical))


def sandwich() -> str:
    np.random.seed(231)
    at = {
        "x": np.random.randn(2, 3, 8, 8),
        "w": np.random.randn(3, 3, 3, 3),
        "b": np.random.randn(3),
    }
    dout = np.random.randn(2, 3, 8, 8)
    conv_param = {"stride": 1, "pad": 1}
    _, cache = conv_relu_forward(at["x"], at["w"], at["b"], conv_param)
    grads = conv_relu_backward(dout, cache)
    numerical = gradients(lambda x, w, b: conv_relu_forward(x, w, b, conv_param)[0], at, dout)
    return check_errors(1e-8, **errors_of(grads, numerical))


def initial_loss() -> str:
    np.random.seed(231)
    model = ThreeLayerConvNet()
    X, y = np.random.randn(50, 3, 32, 32), np.random.randint(10, size=50)
    loss, _ = model.loss(X, y)
    model.reg = 0.5
    regularised, _ = model.loss(X, y)

    assert abs(loss - np.log(10)) < 0.01
    assert regularised > loss
    return f"{loss:.4f}, with regularisation {regularised:.4f}"


def network_gradients() -> str:
    """The lambda ignores its argument: only a parameter that is changed in place changes the loss.

    With such a small step, gradients near the rounding of the loss are invisible and left out.
    """
    np.random.seed(231)
    model = ThreeLayerConvNet(
        num_filters=3, filter_size=3, input_dim=(3, 16, 16), hidden_dim=7, dtype=np.float64
    )
    X, y = np.random.randn(2, 3, 16, 16), np.random.randint(10, size=2)
    loss, grads = model.loss(X, y)
    h = 1e-6
    rounding = np.finfo(np.float64).eps * loss / h
    errors = {}
    for name in sorted(grads):
        f = lambda _: model.loss(X, y)[0]  # noqa: E731 (the habit)
        numerical = eval_numerical_gradient(f, model.params[name], verbose=False, h=h)
        clear = np.abs(numerical) > 100 * rounding
        assert clear.any()
        errors[name] = rel_error(numerical[clear], grads[name][clear])
    assert sorted(errors) == ["W1", "W2", "W3", "b1", "b2", "b3"]
    return check_errors(1e-2, **errors)


def overfitting(data: dict[str, np.ndarray]) -> str:
    np.random.seed(231)
    small = {
        "X_train": data["X_train"][:100],
        "y_train": data["y_train"][:100],
        "X_val": data["X_val"],
        "y_val": data["y_val"],
    }
    solver = Solver(
        ThreeLayerConvNet(weight_scale=1e-2),
        small,
        num_epochs=15,
        batch_size=50,
        update_rule="adam",
        optim_config={"learning_rate": 1e-3},
        verbose=False,
        print_every=1,
    )
    solver.train()

    assert len(solver.loss_history) == 30
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 16
    learnt, seen = max(solver.train_acc_history), max(solver.val_acc_history)
    assert learnt > 0.8
    assert seen < learnt - 0.1
    return f"training accuracy {learnt:.0%}, validation {seen:.0%}"


def one_epoch(data: dict[str, np.ndarray]) -> str:
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
        print_every=20,
    )
    solver.train()
    accuracy = solver.train_acc_history[-1]

    wanted = profile().one_epoch_accuracy
    assert accuracy > wanted, f"training accuracy {accuracy:.1%}, expected above {wanted:.0%}"
    grid = visualize_grid(model.params["W1"].transpose(0, 2, 3, 1))
    assert grid.shape == (47, 47, 3)
    assert grid.astype("uint8").max() == 255
    return f"training accuracy {accuracy:.1%} on the profile {profile().name}, filters {grid.shape}"


def spatial_batch_norm() -> str:
    np.random.seed(231)
    x = 4 * np.random.randn(2, 3, 4, 5) + 10
    gamma, beta = np.asarray([3, 4, 5]), np.asarray([6, 7, 8])
    out, _ = spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})
    assert np.allclose(out.mean(axis=(0, 2, 3)), beta)
    assert np.allclose(out.std(axis=(0, 2, 3)), gamma, rtol=1e-5)

    bn_param: dict[str, Any] = {"mode": "train"}
    for _ in range(50):
        x = 2.3 * np.random.randn(10, 4, 11, 12) + 13
        spatial_batchnorm_forward(x, np.ones(4), np.zeros(4), bn_param)
    bn_param["mode"] = "test"
    x = 2.3 * np.random.randn(10, 4, 11, 12) + 13
    out, _ = spatial_batchnorm_forward(x, np.ones(4), np.zeros(4), bn_param)
    assert np.abs(out.mean(axis=(0, 2, 3))).max() < 0.3
    assert np.abs(out.std(axis=(0, 2, 3)) - 1).max() < 0.1

    at = {
        "x": 5 * np.random.randn(2, 3, 4, 5) + 12,
        "gamma": np.random.randn(3),
        "beta": np.random.randn(3),
    }
    return check_errors(
        1e-6,
        **normalisation_errors(
            lambda x, gamma, beta: spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"}),
            spatial_batchnorm_backward,
            at,
        ),
    )


def group_norm() -> str:
    np.random.seed(231)
    N, C, H, W, G = 2, 6, 4, 5, 2
    x = 4 * np.random.randn(N, C, H, W) + 10
    out, _ = spatial_groupnorm_forward(x, np.ones((1, C, 1, 1)), np.zeros((1, C, 1, 1)), G, {})
    assert np.allclose(out.reshape(N * G, -1).mean(axis=1), 0)
    assert np.allclose(out.reshape(N * G, -1).std(axis=1), 1, rtol=1e-5)

    at = {
        "x": 5 * np.random.randn(N, C, H, W) + 12,
        "gamma": np.random.randn(1, C, 1, 1),
        "beta": np.random.randn(1, C, 1, 1),
    }
    return check_errors(
        1e-6,
        **normalisation_errors(
            lambda x, gamma, beta: spatial_groupnorm_forward(x, gamma, beta, G, {}),
            spatial_groupnorm_backward,
            at,
        ),
    )


def normalisation_errors(
    forward: Callable[..., Any], backward: Callable[..., Any], at: dict[str, np.ndarray]
) -> dict[str, float]:
    """Errors of dx, dgamma and dbeta, whose shapes are those of x, gamma and beta."""
    out, cache = forward(**at)
    dout = np.random.randn(*out.shape)
    grads = backward(dout, cache)
    assert [g.shape for g in grads] == [value.shape for value in at.values()]
    return errors_of(grads, gradients(lambda **at: forward(**at)[0], at, dout))


def errors_of(grads: tuple[np.ndarray, ...], numerical: dict[str, np.ndarray]) -> dict[str, float]:
    return {
        f"d{name}": rel_error(mine, expected)
        for mine, (name, expected) in zip(grads, numerical.items(), strict=True)
    }


def measure_seconds(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - start


def main() -> None:
    """Run all groups in the order of the course."""
    assert callable(adam)
    assert TwoLayerNet().params
    assert FullyConnectedNet([10]).params
    data = get_CIFAR10_data()
    print("data:", ", ".join(f"{name} {array.shape}" for name, array in data.items()))
    groups: dict[str, Callable[[], str]] = {
        "naive convolution, forward": naive_forward,
        "image filters": image_filters,
        "naive convolution, backward": naive_backward,
        "max pooling, forward": pooling_forward,
        "max pooling, backward": pooling_backward,
        "fast convolution": fast_convolution,
        "fast pooling": fast_pooling,
        "convolution - ReLU - pooling": sandwich_with_pooling,
        "convolution - ReLU": sandwich,
        "initial loss": initial_loss,
        "gradients of the network": network_gradients,
        "100 images learnt by heart": lambda: overfitting(data),
        "one epoch": lambda: one_epoch(data),
        "spatial batch norm": spatial_batch_norm,
        "group norm": group_norm,
    }
    for title, group in groups.items():
        said, seconds = measure_seconds(group)
        print(f"{title}: {said} ({seconds:.1f} s)", flush=True)


if __name__ == "__main__":
    main()
