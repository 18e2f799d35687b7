"""Typical mistakes in the networks of fixed depth, and rows that every network has."""

from .mistake import Row, mistakes

LOSS2 = "0.5 * self.reg * float(np.vdot(W1, W1) + np.vdot(W2, W2))"
LOSS3 = "0.5 * self.reg * float(np.vdot(W1, W1) + np.vdot(W2, W2) + np.vdot(W3, W3))"


def reg_rows(term: str, weights: str, biases: str) -> list[Row]:
    """What goes wrong with the regularisation's part of the loss in any network."""
    return [
        (
            "reg-without-half",
            ((term, term.removeprefix("0.5 * ")),),
            "Regularisation adds twice what it should to the loss, and does not fit its gradient.",
        ),
        (
            "reg-missing-in-loss",
            ((term, "0 * self.reg"),),
            "Regularisation changes the gradients, but not the loss.",
        ),
        (
            "reg-on-biases",
            ((f"np.vdot({weights}, {weights})",
              f"np.vdot({weights}, {weights}) + {biases}"),),
            "The loss penalises the biases as well. Which parameters are regularised?",
        ),
    ]  # fmt: skip


def scale_rows(rand: str) -> list[Row]:
    """What goes wrong with initial weights in any network."""
    return [
        (
            "scale-fixed",
            ((f"weight_scale * {rand}", f"1e-3 * {rand}"),),
            "The spread of the weights does not follow `weight_scale`.",
        ),
        (
            "scale-as-variance",
            ((f"weight_scale * {rand}", f"np.sqrt(weight_scale) * {rand}"),),
            "`weight_scale` is taken for the variance. It is the standard deviation.",
        ),
        (
            "never-negative",
            ((rand, rand.replace("randn", "rand")),),
            "No weight is negative: from which distribution should they be drawn?",
        ),
        (
            "zeros",
            ((f"weight_scale * {rand}", f"0 * {rand}"),),
            "All weights start at 0, so that all units stay alike for ever.",
        ),
    ]


ONE = "np.random.randn(input_dim, hidden_dim)"
TWO = "np.random.randn(hidden_dim, num_classes)"

NETWORKS = [
    *mistakes(
        "classifiers.fc_net.TwoLayerNet.__init__",
        *scale_rows(ONE),
        (
            "transposed",
            ((ONE, "np.random.randn(hidden_dim, input_dim)"),
             (TWO, "np.random.randn(num_classes, hidden_dim)")),
            "The weights are transposed. `x w` has to fit: inputs come first.",
        ),
        (
            "biases-random",
            (("np.zeros(hidden_dim)", "weight_scale * np.random.randn(hidden_dim)"),
             ("np.zeros(num_classes)", "weight_scale * np.random.randn(num_classes)")),
            "The biases start at random numbers. They start at 0.",
        ),
        (
            "biases-as-inputs",
            (("np.zeros(hidden_dim)", "np.zeros(input_dim)"),
             ("np.zeros(num_classes)", "np.zeros(hidden_dim)")),
            "Each layer has as many biases as inputs. A bias belongs to an output.",
        ),
    ),
    *mistakes(
        "classifiers.fc_net.TwoLayerNet.loss",
        *reg_rows(LOSS2, "W2", "np.vdot(b1, b1) + np.vdot(b2, b2)"),
        (
            "reg-missing",
            ((LOSS2, "0"), ('grads["W1"] += self.reg * W1', "pass"),
             ('grads["W2"] += self.reg * W2', "pass")),
            "`reg` changes nothing: neither the loss nor the gradients.",
        ),
        (
            "reg-missing-in-gradients",
            (('grads["W1"] += self.reg * W1', "pass"), ('grads["W2"] += self.reg * W2', "pass")),
            "Regularisation changes the loss, but not the gradients.",
        ),
        (
            "reg-twice-in-gradients",
            (('grads["W1"] += self.reg * W1', 'grads["W1"] += 2 * self.reg * W1'),
             ('grads["W2"] += self.reg * W2', 'grads["W2"] += 2 * self.reg * W2')),
            "The gradients of the regularisation are twice what they should be. What is the factor "
            "in the loss for?",
        ),
        (
            "relu-forgotten-backward",
            (("affine_relu_backward(dhidden, hidden_cache)",
              "affine_backward(dhidden, hidden_cache[0])"),),
            "The gradients of the first layer ignore the ReLU.",
        ),
        (
            "relu-on-scores",
            (("affine_forward(hidden, W2, b2)", "affine_forward(hidden, W2, b2)\n"
              "        scores = np.maximum(scores, 0)"),),
            "No score is negative. What comes after the last affine layer?",
        ),
        (
            "bias-forgotten",
            (("affine_forward(hidden, W2, b2)", "affine_forward(hidden, W2, 0 * b2)"),),
            "The scores do not depend on the last layer's biases.",
        ),
    ),
    *mistakes(
        "classifiers.cnn.ThreeLayerConvNet.__init__",
        *scale_rows("np.random.randn(*shape)"),
        (
            "pooling-forgotten",
            (("num_filters * (H // 2) * (W // 2)", "num_filters * H * W"),),
            "`W2` expects as many inputs as there are pixels before the pooling.",
        ),
        (
            "one-side-pooled",
            (("num_filters * (H // 2) * (W // 2)", "num_filters * (H // 2) * W"),),
            "`W2` has the wrong number of inputs: pooling shortens more than one side.",
        ),
        (
            "area-halved",
            (("num_filters * (H // 2) * (W // 2)", "num_filters * (H * W // 4)"),),
            "`W2` has the wrong number of inputs where a side is odd: each side is halved, and "
            "rounded, by itself.",
        ),
        (
            "filters-transposed",
            (('"W1": (num_filters, C, filter_size', '"W1": (C, num_filters, filter_size'),),
            "In `W1` the axes of filters and channels have changed places.",
        ),
        (
            "biases-random",
            (("np.zeros(num_filters)", "weight_scale * np.random.randn(num_filters)"),
             ("np.zeros(hidden_dim)", "weight_scale * np.random.randn(hidden_dim)"),
             ("np.zeros(num_classes)", "weight_scale * np.random.randn(num_classes)")),
            "The biases start at random numbers. They start at 0.",
        ),
    ),
    *mistakes(
        "classifiers.cnn.ThreeLayerConvNet.loss",
        *reg_rows(LOSS3, "W3", "np.vdot(b1, b1) + np.vdot(b2, b2) + np.vdot(b3, b3)"),
        (
            "reg-missing",
            ((LOSS3, "0"), *((f'grads["W{n}"] += self.reg * W{n}', "pass") for n in (1, 2, 3))),
            "`reg` changes nothing: neither the loss nor the gradients.",
        ),
        (
            "reg-missing-in-gradients",
            tuple((f'grads["W{n}"] += self.reg * W{n}', "pass") for n in (1, 2, 3)),
            "Regularisation changes the loss, but not the gradients.",
        ),
        (
            "reg-twice-in-gradients",
            tuple((f'grads["W{n}"] += self.reg * W{n}', f'grads["W{n}"] += 2 * self.reg * W{n}')
                  for n in (1, 2, 3)),
            "The gradients of the regularisation are twice what they should be. What is the factor "
            "in the loss for?",
        ),
        (
            "filters-not-regularised",
            (("np.vdot(W1, W1) + np.vdot(W2, W2)", "np.vdot(W2, W2)"),
             ('grads["W1"] += self.reg * W1', "pass")),
            "The filters are left out of the regularisation. They are weights as well.",
        ),
        (
            "reg-on-biases-in-gradients",
            (('grads["W3"] += self.reg * W3',
              'grads["W3"] += self.reg * W3\n        for n in "123":\n            '
              'grads["b" + n] = grads["b" + n] + self.reg * self.params["b" + n]'),),
            "The gradients of the biases are regularised. Only weights are.",
        ),
        (
            "relu-forgotten-backward",
            (("affine_relu_backward(dhidden, hidden_cache)",
              "affine_backward(dhidden, hidden_cache[0])"),),
            "The gradients below the hidden layer ignore its ReLU.",
        ),
        (
            "relu-on-scores",
            (("affine_forward(hidden, W3, b3)", "affine_forward(hidden, W3, b3)\n"
              "        scores = np.maximum(scores, 0)"),),
            "No score is negative. What comes after the last affine layer?",
        ),
        (
            "bias-forgotten",
            (("affine_forward(hidden, W3, b3)", "affine_forward(hidden, W3, 0 * b3)"),),
            "The scores do not depend on the last layer's biases.",
        ),
    ),
]  # fmt: skip
