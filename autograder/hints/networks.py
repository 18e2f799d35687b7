"""Typical mistakes in the networks of fixed depth, and those that all networks share."""

from collections.abc import Sequence

from .mistake import Mistakes, Topic

ONE = "np.random.randn(input_dim, hidden_dim)"
TWO = "np.random.randn(hidden_dim, num_classes)"
RELU_FORGOTTEN = {
    "affine_relu_backward(dhidden, hidden_cache)": "affine_backward(dhidden, hidden_cache[0])"
}


def reg_mistakes(term: str, gradients: Sequence[str], weights: str, biases: str) -> Mistakes:
    """What goes wrong with regularisation in any network.

    `term` is its part of the loss, `gradients` the lines that add its part to the gradients.
    `weights` are some in the term, `biases` a sum that does not belong there.
    """
    unregularised = dict.fromkeys(gradients, "pass")
    return {
        "reg-without-half": (
            {term: term.removeprefix("0.5 * ")},
            "Regularisation adds twice what it should to the loss, and does not fit its gradient.",
        ),
        "reg-missing-in-loss": (
            {term: "0 * self.reg"},
            "Regularisation changes the gradients, but not the loss.",
        ),
        "reg-on-biases": (
            {f"np.vdot({weights}, {weights})": f"np.vdot({weights}, {weights}) + {biases}"},
            "The loss penalises the biases as well. Which parameters are regularised?",
        ),
        "reg-missing": (
            {term: "0", **unregularised},
            "`reg` changes nothing: neither the loss nor the gradients.",
        ),
        "reg-missing-in-gradients": (
            unregularised,
            "Regularisation changes the loss, but not the gradients.",
        ),
        "reg-twice-in-gradients": (
            {line: line.replace("+=", "+= 2 *") for line in gradients},
            "The gradients of the regularisation are twice what they should be. What is the factor "
            "in the loss for?",
        ),
    }


def scale_mistakes(rand: str) -> Mistakes:
    """What goes wrong with initial weights in any network."""
    return {
        "scale-fixed": (
            {f"weight_scale * {rand}": f"1e-3 * {rand}"},
            "The spread of the weights does not follow `weight_scale`.",
        ),
        "scale-as-variance": (
            {f"weight_scale * {rand}": f"np.sqrt(weight_scale) * {rand}"},
            "`weight_scale` is taken for the variance. It is the standard deviation.",
        ),
        "never-negative": (
            {rand: rand.replace("randn", "rand")},
            "No weight is negative: from which distribution should they be drawn?",
        ),
        "zeros": (
            {f"weight_scale * {rand}": f"0 * {rand}"},
            "All weights start at 0, so that all units stay alike for ever.",
        ),
    }


def random_biases(*sizes: str) -> Mistakes:
    return {
        "biases-random": (
            {f"np.zeros({size})": f"weight_scale * np.random.randn({size})" for size in sizes},
            "The biases start at random numbers. They start at 0.",
        )
    }


def regularise(layer: int) -> str:
    """The line that adds the regularisation's part to the gradient of a layer's weights."""
    return f'grads["W{layer}"] += self.reg * W{layer}'


def loss_mistakes(depth: int) -> Mistakes:
    """What goes wrong in the loss of any network of fixed depth."""
    layers = range(1, depth + 1)
    squares = " + ".join(f"np.vdot(W{layer}, W{layer})" for layer in layers)
    biases = " + ".join(f"np.vdot(b{layer}, b{layer})" for layer in layers)
    term = f"0.5 * self.reg * float({squares})"
    forward = f"affine_forward(hidden, W{depth}, b{depth})"
    return {
        **reg_mistakes(term, [regularise(layer) for layer in layers], f"W{depth}", biases),
        "reg-of-first-layer-only": (
            {squares: "np.vdot(W1, W1)", **{regularise(layer): "pass" for layer in layers[1:]}},
            "Only the weights of the first layer are regularised.",
        ),
        "reg-of-last-layer-only": (
            {
                squares: f"np.vdot(W{depth}, W{depth})",
                **{regularise(layer): "pass" for layer in layers[:-1]},
            },
            "Only the weights of the last layer are regularised.",
        ),
        "relu-on-scores": (
            {forward: f"{forward}\n        scores = np.maximum(scores, 0)"},
            "No score is negative. What comes after the last affine layer?",
        ),
        "bias-forgotten": (
            {forward: f"affine_forward(hidden, W{depth}, 0 * b{depth})"},
            "The scores do not depend on the last layer's biases.",
        ),
    }


NETWORKS: Topic = {
    "classifiers.fc_net.TwoLayerNet.__init__": {
        **scale_mistakes(ONE),
        "transposed": (
            {
                ONE: "np.random.randn(hidden_dim, input_dim)",
                TWO: "np.random.randn(num_classes, hidden_dim)",
            },
            "The weights are transposed. `x w` has to fit: inputs come first.",
        ),
        **random_biases("hidden_dim", "num_classes"),
        "biases-as-inputs": (
            {
                "np.zeros(hidden_dim)": "np.zeros(input_dim)",
                "np.zeros(num_classes)": "np.zeros(hidden_dim)",
            },
            "Each layer has as many biases as inputs. A bias belongs to an output.",
        ),
    },
    "classifiers.fc_net.TwoLayerNet.loss": {
        **loss_mistakes(2),
        "relu-forgotten-backward": (
            RELU_FORGOTTEN,
            "The gradients of the first layer ignore the ReLU.",
        ),
    },
    "classifiers.cnn.ThreeLayerConvNet.__init__": {
        **scale_mistakes("np.random.randn(*shape)"),
        "pooling-forgotten": (
            {"num_filters * (H // 2) * (W // 2)": "num_filters * H * W"},
            "`W2` expects as many inputs as there are pixels before the pooling.",
        ),
        "one-side-pooled": (
            {"num_filters * (H // 2) * (W // 2)": "num_filters * (H // 2) * W"},
            "`W2` has the wrong number of inputs: pooling shortens more than one side.",
        ),
        "area-halved": (
            {"num_filters * (H // 2) * (W // 2)": "num_filters * (H * W // 4)"},
            "`W2` has the wrong number of inputs where a side is odd: each side is halved, and "
            "rounded, by itself.",
        ),
        "filters-transposed": (
            {'"W1": (num_filters, C, filter_size': '"W1": (C, num_filters, filter_size'},
            "In `W1` the axes of filters and channels have changed places.",
        ),
        **random_biases("num_filters", "hidden_dim", "num_classes"),
    },
    "classifiers.cnn.ThreeLayerConvNet.loss": {
        **loss_mistakes(3),
        "filters-not-regularised": (
            {"np.vdot(W1, W1) + np.vdot(W2, W2)": "np.vdot(W2, W2)", regularise(1): "pass"},
            "The filters are left out of the regularisation. They are weights as well.",
        ),
        "reg-on-biases-in-gradients": (
            {
                regularise(3): (
                    f'{regularise(3)}\n        for n in "123":\n            '
                    'grads["b" + n] = grads["b" + n] + self.reg * self.params["b" + n]'
                )
            },
            "The gradients of the biases are regularised. Only weights are.",
        ),
        "relu-forgotten-backward": (
            RELU_FORGOTTEN,
            "The gradients below the hidden layer ignore its ReLU.",
        ),
    },
}
