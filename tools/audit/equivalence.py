"""Whether a mutant behaves like the reference: ask both the same random questions.

The inputs are not the hidden checks': many more shapes, strides, memory orders and settings. Only
the docstrings' promises are compared: values, shapes and unchanged arguments, but not the type of
the numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.checks.draw import Draw, with_layout
from autograder.worker.client import StudentError, Worker
from autograder.worker.frames import Handle, LaidOutArray

SECRET = b"audit: equivalence"
ROUNDS = 120
TOLERANCE = {"float32": 1e-3}
STRICT = 1e-9

Array = np.ndarray
Script = Callable[["Observer"], None]


@dataclass
class Observer:
    """Asks one worker, and keeps its answers.

    Parameters
    ----------
    worker : Worker
    draw : Draw
        Random numbers of one round, the same for both sides.
    how : str
        Memory order, or 'float32'.
    """

    worker: Worker
    draw: Draw
    how: str
    seen: list[Any] = field(default_factory=list)

    def call(
        self,
        target: Any,
        *arguments: Any,
        keep: Any = (),
        path: Any = (),
        in_place: bool = False,
    ) -> list[Any]:
        """Call a function; note its results and, unless `in_place`, which arrays it changed."""
        given = [
            with_layout(value, self.how) if is_floating(value) else value for value in arguments
        ]
        answer = self.worker.call(target, *given, keep=keep, path=path)
        if not in_place:
            changed = [i for i in answer.changed if isinstance(given[i], np.ndarray | LaidOutArray)]
            self.seen.append(changed)
        result = answer.result
        results = list(result) if isinstance(result, tuple | list) else [result]
        self.seen += [value for value in results if not isinstance(value, Handle)]
        return results

    def backward(self, target: str, cache: Any, *shape: int, times: int = 1) -> list[Any]:
        """Call a backward pass with a random `dout`, several times if its cache has to stay."""
        dout = self.draw.normal(*shape)
        for _ in range(times):
            gradients = self.call(target, dout, cache)
        return gradients

    def fetch(self, target: Handle, *names: str) -> None:
        """Note entries of a kept object."""
        self.seen += [self.worker.fetch(target, name) for name in names]

    def integer(self, low: int, high: int) -> int:
        """Draw an integer, both ends included."""
        return int(self.draw.rng.integers(low, high + 1))

    def some_settings(self, **values: float) -> dict[str, Any]:
        """Draw a subset of settings; the others keep their defaults."""
        return {name: value for name, value in values.items() if self.draw.rng.random() < 0.6}


def is_floating(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0 and value.dtype.kind == "f"


def is_equivalent(blank: str, mutant: Worker, reference: Worker) -> bool:
    """Whether two trees agree on a blank, in every round.

    Parameters
    ----------
    blank : str
    mutant, reference : Worker
        Both with the given fast layers.
    """
    ask, hows = SCRIPTS[blank]
    for number in range(ROUNDS):
        how = hows[number % len(hows)]
        right = Observer(reference, Draw(SECRET, f"{blank} {number}"), how)
        try:
            ask(right)
        except StudentError as error:
            raise ValueError(f"{blank}: a right solution cannot be asked: {error}") from None
        got = Observer(mutant, Draw(SECRET, f"{blank} {number}"), how)
        try:
            ask(got)
        except Exception:  # questions that suit the reference cannot continue
            return False
        if not agree(got.seen, right.seen, TOLERANCE.get(how, STRICT)):
            return False
    return True


def agree(one: Any, two: Any, tolerance: float) -> bool:
    """Whether two answers agree: containers by their entries, numbers up to rounding."""
    if isinstance(two, dict):
        return (
            isinstance(one, dict)
            and one.keys() == two.keys()
            and all(agree(one[name], two[name], tolerance) for name in two)
        )
    if isinstance(two, list | tuple):
        return (
            isinstance(one, list | tuple)
            and len(one) == len(two)
            and all(agree(a, b, tolerance) for a, b in zip(one, two, strict=True))
        )
    if isinstance(two, str | bool | None) or not isinstance(one, int | float | np.generic | Array):
        return type(one) is type(two) and one == two
    if np.shape(one) != np.shape(two):
        return False
    a, b = np.asarray(one, np.float64), np.asarray(two, np.float64)
    scale = np.abs(b) + 0.01 * np.abs(b).max(initial=0.0) + 1e-3
    with np.errstate(all="ignore"):
        return bool(((a == b) | (np.abs(a - b) <= tolerance * scale)).all())


# Questions of one round


def ask_convolution(ask: Observer) -> None:
    """Forward and backward, of any size that fits."""
    H, W, pad = ask.integer(1, 7), ask.integer(1, 7), ask.integer(0, 3)
    HH, WW = ask.integer(1, min(H + 2 * pad, 5)), ask.integer(1, min(W + 2 * pad, 5))
    N, C, F = (ask.integer(1, 3) for _ in "NCF")
    param = {"stride": ask.integer(1, 3), "pad": pad}
    x, w, b = ask.draw.normal(N, C, H, W), ask.draw.normal(F, C, HH, WW), ask.draw.normal(F)
    out, cache = ask.call("layers:conv_forward_naive", x, w, b, param, keep=[1])
    ask.backward("layers:conv_backward_naive", cache, *np.shape(out))


def ask_pooling(ask: Observer) -> None:
    """Forward and backward; whole numbers have ties, some images are all negative."""
    height, width = ask.integer(1, 4), ask.integer(1, 4)
    shape = (
        ask.integer(1, 3),
        ask.integer(1, 3),
        height + ask.integer(0, 5),
        width + ask.integer(0, 5),
    )
    x = ask.draw.normal(*shape, scale=3.0, shift=float(ask.integer(-20, 5)))
    x = x.round() if ask.integer(0, 1) else x.round(3)
    param = {"pool_height": height, "pool_width": width, "stride": ask.integer(1, 4)}
    out, cache = ask.call("layers:max_pool_forward_naive", x, param, keep=[1])
    ask.backward("layers:max_pool_backward_naive", cache, *np.shape(out))


def ask_batch_norm(ask: Observer) -> None:
    """Images and features; training steps, then test time, with and without settings."""
    images = ask.integer(0, 2)
    C = ask.integer(1, 4)
    shape = (
        (ask.integer(1, 4), C, ask.integer(1, 5), ask.integer(1, 5))
        if images
        else (ask.integer(2, 9), C)
    )
    name = "layers:spatial_batchnorm" if images else "layers:batchnorm"
    gamma, beta = ask.draw.normal(C, shift=1.0), ask.draw.normal(C)
    settings = ask.some_settings(
        eps=0.5 * ask.draw.rng.random() + 1e-3, momentum=ask.draw.rng.random()
    )
    if ask.integer(0, 1):
        mean, var = ask.draw.normal(C), ask.draw.normal(C) ** 2
        settings |= {"running_mean": mean, "running_var": var}
    for mode in ("train", "train", "test") if ask.integer(0, 2) else ("test",):
        param = ask.worker.keep({**settings, "mode": mode})
        x = ask.draw.normal(*shape, scale=2.0, shift=float(ask.integer(-5, 5)))
        _, cache = ask.call(f"{name}_forward", x, gamma, beta, param, keep=[1])
        if mode == "train" or "running_mean" in settings:
            ask.fetch(param, "running_mean", "running_var")
        if mode == "train":
            for backward in ("backward",) if images else ("backward", "backward_alt"):
                ask.backward(f"{name}_{backward}", cache, *shape, times=2)


def ask_layer_norm(ask: Observer) -> None:
    """Features of any number, with and without an eps."""
    shape = ask.integer(1, 6), ask.integer(2, 8)
    x = ask.draw.normal(*shape, scale=2.0, shift=float(ask.integer(-5, 5)))
    gamma, beta = ask.draw.normal(shape[1], shift=1.0), ask.draw.normal(shape[1])
    param = ask.some_settings(eps=0.5 * ask.draw.rng.random() + 1e-3)
    _, cache = ask.call("layers:layernorm_forward", x, gamma, beta, param, keep=[1])
    ask.backward("layers:layernorm_backward", cache, *shape, times=2)


def ask_group_norm(ask: Observer) -> None:
    """Any number of groups; gradients of gamma and beta in any shape with C numbers."""
    G = ask.integer(1, 4)
    C = G * ask.integer(1, 3)
    shape = ask.integer(1, 3), C, ask.integer(1, 5), ask.integer(1, 5)
    x = ask.draw.normal(*shape, scale=2.0, shift=3.0)
    gamma, beta = ask.draw.normal(1, C, 1, 1, shift=1.0), ask.draw.normal(1, C, 1, 1)
    param = ask.some_settings(eps=0.5 * ask.draw.rng.random() + 1e-3)
    for scale in ((1, C, 1, 1), (C,)):  # the check accepts a layer that takes one of them
        ask.seen = []
        given = x, gamma.reshape(scale), beta.reshape(scale), G, param
        try:
            out, cache = ask.call("layers:spatial_groupnorm_forward", *given, keep=[1])
        except StudentError:
            continue
        if np.shape(out) == shape:
            break
    ask.backward("layers:spatial_groupnorm_backward", cache, *shape, times=2)
    ask.seen = [np.ravel(seen) if np.size(seen) == C else seen for seen in ask.seen]


def make_rule_script(
    name: str, settings: str, signed: str, squares: str, steps: str = ""
) -> Script:
    """Make a script for an update rule: a few steps, at the start or in the middle of training.

    Parameters
    ----------
    name : str
    settings : str
        Names of settings between 0 and 1.
    signed, squares, steps : str
        Names of the rule's state: arrays, arrays that are never negative, counts.
    """

    def ask_rule(ask: Observer) -> None:
        shape = tuple(ask.integer(1, 4) for _ in range(ask.integer(1, 3)))
        config: Any = ask.some_settings(
            **{name: ask.draw.rng.random() for name in settings.split()}
        )
        if ask.integer(0, 1):
            config |= {name: ask.draw.normal(*shape) for name in signed.split()}
            config |= {name: ask.draw.normal(*shape) ** 2 for name in squares.split()}
            config |= {name: ask.integer(1, 9) for name in steps.split()}
        w = ask.draw.normal(*shape)
        for _ in range(ask.integer(1, 4)):
            dw = ask.draw.normal(*shape)
            dw.flat[0] *= ask.integer(0, 1)
            w, config = ask.call(f"optim:{name}", w, dw, config, keep=[1])
            ask.fetch(config, *signed.split(), *squares.split(), *steps.split())

    return ask_rule


# In a chain of layers, a gradient or scores that are not used again may be overwritten.


def ask_relu(ask: Observer) -> None:
    """Whole numbers, zeros among them."""
    shape = tuple(ask.integer(1, 5) for _ in range(ask.integer(1, 4)))
    x = ask.draw.normal(*shape, scale=2.0).round()
    _, cache = ask.call("layers:relu_forward", x, keep=[1])
    ask.call("layers:relu_backward", ask.draw.normal(*shape), cache, in_place=True)


def ask_affine(ask: Observer) -> None:
    """Samples of one to three axes."""
    shape = tuple(ask.integer(1, 4) for _ in range(ask.integer(2, 4)))
    x, w = ask.draw.normal(*shape), ask.draw.normal(int(np.prod(shape[1:])), ask.integer(1, 5))
    out, cache = ask.call("layers:affine_forward", x, w, ask.draw.normal(w.shape[1]), keep=[1])
    dout = ask.draw.normal(*np.shape(out))
    ask.call("layers:affine_backward", dout, cache, in_place=True)


def ask_softmax(ask: Observer) -> None:
    """Scores small and large."""
    N, C = ask.integer(1, 6), ask.integer(1, 6)
    scores = ask.draw.normal(N, C, scale=10.0 ** ask.integer(0, 4))
    ask.call("layers:softmax_loss", scores, ask.draw.labels(N, C), in_place=True)


def ask_svm(ask: Observer) -> None:
    """Scores close together and far apart."""
    N, C = ask.integer(1, 6), ask.integer(1, 6)
    scores = ask.draw.normal(N, C, scale=0.5 * 4.0 ** ask.integer(0, 2))
    ask.call("layers:svm_loss", scores, ask.draw.labels(N, C), in_place=True)


def ask_dropout(ask: Observer) -> None:
    """Both modes; with a seed, both sides draw the same numbers."""
    shape = tuple(ask.integer(1, 6) for _ in range(ask.integer(1, 3)))
    p = 1.0 if ask.integer(0, 4) == 0 else 0.1 + 0.8 * ask.draw.rng.random()
    for mode in ("train", "test"):
        x = ask.draw.normal(*shape)
        param = {"mode": mode, "p": p, "seed": ask.integer(0, 10**6)}
        _, cache = ask.call("layers:dropout_forward", x, param, keep=[1])
        ask.backward("layers:dropout_backward", cache, *shape)


MODEL = "classifiers.cnn:ThreeLayerConvNet"
TWO, DEEP = "classifiers.fc_net:TwoLayerNet", "classifiers.fc_net:FullyConnectedNet"


def ask_initial(ask: Observer) -> None:
    """Shapes, biases of 0, and the spread of so many weights that chance hardly matters."""
    dim = ask.integer(1, 3), ask.integer(6, 9), ask.integer(6, 9)
    scale = 10.0 ** -ask.integer(1, 3)
    sizes = dim, 60 + ask.integer(0, 9), 2 * ask.integer(3, 5) + 1, 90 + ask.integer(0, 9), 40
    ask_parameters(ask, MODEL, scale, *sizes, scale, 0.0, "float64")


def ask_initial_two(ask: Observer) -> None:
    """The same for two layers."""
    scale = 10.0 ** -ask.integer(1, 3)
    ask_parameters(ask, TWO, scale, 70 + ask.integer(0, 9), 60 + ask.integer(0, 9), 50, scale)


def ask_initial_deep(ask: Observer) -> None:
    """The same for more layers, with and without normalisation."""
    scale = 10.0 ** -ask.integer(1, 3)
    hidden = [50 + ask.integer(0, 20) for _ in range(ask.integer(1, 4))]
    normalization = (None, "batchnorm", "layernorm")[ask.integer(0, 2)]
    sizes = hidden, 60 + ask.integer(0, 9), 40, 1, normalization
    ask_parameters(ask, DEEP, scale, *sizes, 0.0, scale, "float64")


def ask_parameters(ask: Observer, target: str, scale: float, *sizes: Any) -> None:
    """Note properties that do not depend on the drawn numbers."""
    ask.worker.seed(ask.draw.seed())
    model = ask.worker.call(target, *sizes).result
    for name, value in sorted(ask.worker.fetch(model, "params").items()):
        ask.seen += [name, list(value.shape), bool((value == 1).all())]
        spread = float(value.std() / scale)
        ask.seen += [bool(abs(value.mean()) < 0.1 * scale), bool(0.92 < spread < 1.08), spread == 0]


def ask_network(ask: Observer) -> None:
    """Scores, loss and gradients for parameters of any size."""
    dim = ask.integer(1, 3), ask.integer(2, 7), ask.integer(2, 7)
    classes, dtype = ask.integer(2, 6), "float32" if ask.how == "float32" else "float64"
    sizes = dim, ask.integer(1, 4), 2 * ask.integer(0, 2) + 1, ask.integer(1, 6), classes
    reg = ask.integer(0, 2) * 0.3
    ask_losses(ask, ask.worker.call(MODEL, *sizes, 0.1, reg, dtype).result, dim, classes, dtype)


def ask_network_two(ask: Observer) -> None:
    """The same for two layers."""
    dim = tuple(ask.integer(1, 4) for _ in range(ask.integer(1, 3)))
    classes, reg = ask.integer(2, 6), ask.integer(0, 2) * 0.3
    sizes = int(np.prod(dim)), ask.integer(1, 8), classes, 0.1, reg
    ask_losses(ask, ask.worker.call(TWO, *sizes).result, dim, classes)


def ask_network_deep(ask: Observer) -> None:
    """The same for more layers, normalisations and dropout; then scores once more."""
    dim = tuple(ask.integer(1, 4) for _ in range(ask.integer(1, 3)))
    classes, reg = ask.integer(2, 6), ask.integer(0, 2) * 0.3
    hidden = [ask.integer(2, 8) for _ in range(ask.integer(1, 4))]
    normalization = (None, "batchnorm", "layernorm")[ask.integer(0, 2)]
    p = 0.5 + 0.5 * ask.draw.rng.random() if ask.integer(0, 1) else 1
    sizes = hidden, int(np.prod(dim)), classes, p, normalization, reg, 0.1, "float64", 7
    model = ask.worker.call(DEEP, *sizes).result
    for _ in range(2):
        ask_losses(ask, model, dim, classes)


def ask_losses(
    ask: Observer, model: Handle, dim: Sequence[int], classes: int, dtype: str = "float64"
) -> None:
    """Scores, loss and gradients for parameters of any size."""
    params = {
        name: ask.draw.normal(*value.shape, scale=0.5).astype(dtype)
        for name, value in sorted(ask.worker.fetch(model, "params").items())
    }
    ask.worker.update(model, "params", value=params)
    X, y = ask.draw.normal(4, *dim), ask.draw.labels(4, classes)
    ask.call(model, X, path=["loss"])
    ask.call(model, X, y, path=["loss"])


ORDERS = ("C", "F", "strided")
TYPES = (*ORDERS, "float32")
CNN = "classifiers.cnn.ThreeLayerConvNet"
FC = "classifiers.fc_net"
adam = make_rule_script("adam", "learning_rate beta1 beta2 epsilon", "m", "v", "t")
# Normalising two numbers in float32 gives little but rounding, so float32 is left out there.
SCRIPTS: dict[str, tuple[Script, tuple[str, ...]]] = {
    "layers.conv_forward_naive": (ask_convolution, TYPES),
    "layers.conv_backward_naive": (ask_convolution, TYPES),
    "layers.max_pool_forward_naive": (ask_pooling, TYPES),
    "layers.max_pool_backward_naive": (ask_pooling, TYPES),
    "layers.spatial_batchnorm_forward": (ask_batch_norm, ORDERS),
    "layers.spatial_batchnorm_backward": (ask_batch_norm, ORDERS),
    "layers.batchnorm_forward": (ask_batch_norm, ORDERS),
    "layers.batchnorm_backward": (ask_batch_norm, ORDERS),
    "layers.batchnorm_backward_alt": (ask_batch_norm, ORDERS),
    "layers.layernorm_forward": (ask_layer_norm, ORDERS),
    "layers.layernorm_backward": (ask_layer_norm, ORDERS),
    "layers.dropout_forward": (ask_dropout, TYPES),
    "layers.dropout_backward": (ask_dropout, TYPES),
    "layers.spatial_groupnorm_forward": (ask_group_norm, ORDERS),
    "layers.spatial_groupnorm_backward": (ask_group_norm, ORDERS),
    f"{CNN}.__init__": (ask_initial, ("C",)),
    f"{CNN}.loss": (ask_network, ("C", "float32")),
    f"{FC}.TwoLayerNet.__init__": (ask_initial_two, ("C",)),
    f"{FC}.TwoLayerNet.loss": (ask_network_two, ("C",)),
    f"{FC}.FullyConnectedNet.__init__": (ask_initial_deep, ("C",)),
    f"{FC}.FullyConnectedNet.loss": (ask_network_deep, ("C",)),
    "optim.sgd_momentum": (
        make_rule_script("sgd_momentum", "learning_rate momentum", "velocity", ""),
        ("C", "F", "float32"),
    ),
    "optim.rmsprop": (
        make_rule_script("rmsprop", "learning_rate decay_rate epsilon", "", "cache"),
        ("C", "F", "float32"),
    ),
    "optim.adam": (adam, ("C", "F", "float32")),
    "layers.relu_forward": (ask_relu, TYPES),
    "layers.relu_backward": (ask_relu, TYPES),
    "layers.affine_forward": (ask_affine, TYPES),
    "layers.affine_backward": (ask_affine, TYPES),
    "layers.svm_loss": (ask_svm, TYPES),
    "layers.softmax_loss": (ask_softmax, TYPES),
}
