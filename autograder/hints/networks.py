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
            "正则项加到损失里的值大了一倍，和它的梯度对不上。",
        ),
        (
            "reg-missing-in-loss",
            ((term, "0 * self.reg"),),
            "Regularisation changes the gradients, but not the loss.",
            "正则化改变了梯度，却没有加进损失。",
        ),
        (
            "reg-on-biases",
            ((f"np.vdot({weights}, {weights})",
              f"np.vdot({weights}, {weights}) + {biases}"),),
            "The loss penalises the biases as well. Which parameters are regularised?",
            "损失把偏置也正则化了。哪些参数才要正则化？",
        ),
    ]  # fmt: skip


def scale_rows(rand: str) -> list[Row]:
    """What goes wrong with initial weights in any network."""
    return [
        (
            "scale-fixed",
            ((f"weight_scale * {rand}", f"1e-3 * {rand}"),),
            "The spread of the weights does not follow `weight_scale`.",
            "权重的大小没有跟着 `weight_scale` 变。",
        ),
        (
            "scale-as-variance",
            ((f"weight_scale * {rand}", f"np.sqrt(weight_scale) * {rand}"),),
            "`weight_scale` is taken for the variance. It is the standard deviation.",
            "`weight_scale` 被当成了方差。它是标准差。",
        ),
        (
            "never-negative",
            ((rand, rand.replace("randn", "rand")),),
            "No weight is negative: from which distribution should they be drawn?",
            "权重里没有负数：它们应当取自什么分布？",
        ),
        (
            "zeros",
            ((f"weight_scale * {rand}", f"0 * {rand}"),),
            "All weights start at 0, so that all units stay alike for ever.",
            "权重全从 0 开始，这样所有单元会永远一样。",
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
            "权重转置了。要能算 `x w`，输入的那一维在前。",
        ),
        (
            "biases-random",
            (("np.zeros(hidden_dim)", "weight_scale * np.random.randn(hidden_dim)"),
             ("np.zeros(num_classes)", "weight_scale * np.random.randn(num_classes)")),
            "The biases start at random numbers. They start at 0.",
            "偏置用随机数开始了。它们应当从 0 开始。",
        ),
        (
            "biases-as-inputs",
            (("np.zeros(hidden_dim)", "np.zeros(input_dim)"),
             ("np.zeros(num_classes)", "np.zeros(hidden_dim)")),
            "Each layer has as many biases as inputs. A bias belongs to an output.",
            "每层的偏置和输入一样多。偏置属于输出。",
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
            "`reg` 什么也没有改变：损失和梯度里都没有它。",
        ),
        (
            "reg-missing-in-gradients",
            (('grads["W1"] += self.reg * W1', "pass"), ('grads["W2"] += self.reg * W2', "pass")),
            "Regularisation changes the loss, but not the gradients.",
            "正则化加进了损失，却没有加进梯度。",
        ),
        (
            "reg-twice-in-gradients",
            (('grads["W1"] += self.reg * W1', 'grads["W1"] += 2 * self.reg * W1'),
             ('grads["W2"] += self.reg * W2', 'grads["W2"] += 2 * self.reg * W2')),
            "The gradients of the regularisation are twice what they should be. What is the factor "
            "in the loss for?",
            "正则项的梯度大了一倍。损失里的那个系数是做什么用的？",
        ),
        (
            "relu-forgotten-backward",
            (("affine_relu_backward(dhidden, hidden_cache)",
              "affine_backward(dhidden, hidden_cache[0])"),),
            "The gradients of the first layer ignore the ReLU.",
            "第一层的梯度没有经过 ReLU。",
        ),
        (
            "relu-on-scores",
            (("affine_forward(hidden, W2, b2)", "affine_forward(hidden, W2, b2)\n"
              "        scores = np.maximum(scores, 0)"),),
            "No score is negative. What comes after the last affine layer?",
            "得分里没有负数。最后一个全连接层之后是什么？",
        ),
        (
            "bias-forgotten",
            (("affine_forward(hidden, W2, b2)", "affine_forward(hidden, W2, 0 * b2)"),),
            "The scores do not depend on the last layer's biases.",
            "得分和最后一层的偏置无关。",
        ),
    ),
    *mistakes(
        "classifiers.cnn.ThreeLayerConvNet.__init__",
        *scale_rows("np.random.randn(*shape)"),
        (
            "pooling-forgotten",
            (("num_filters * (H // 2) * (W // 2)", "num_filters * H * W"),),
            "`W2` expects as many inputs as there are pixels before the pooling.",
            "`W2` 的输入个数是按池化之前的像素算的。",
        ),
        (
            "one-side-pooled",
            (("num_filters * (H // 2) * (W // 2)", "num_filters * (H // 2) * W"),),
            "`W2` has the wrong number of inputs: pooling shortens more than one side.",
            "`W2` 的输入个数不对：池化缩短的不止一边。",
        ),
        (
            "area-halved",
            (("num_filters * (H // 2) * (W // 2)", "num_filters * (H * W // 4)"),),
            "`W2` has the wrong number of inputs where a side is odd: each side is halved, and "
            "rounded, by itself.",
            "边长为奇数时 `W2` 的输入个数不对：每一边各自减半，各自取整。",
        ),
        (
            "filters-transposed",
            (('"W1": (num_filters, C, filter_size', '"W1": (C, num_filters, filter_size'),),
            "In `W1` the axes of filters and channels have changed places.",
            "`W1` 里滤波器和通道的轴弄反了。",
        ),
        (
            "biases-random",
            (("np.zeros(num_filters)", "weight_scale * np.random.randn(num_filters)"),
             ("np.zeros(hidden_dim)", "weight_scale * np.random.randn(hidden_dim)"),
             ("np.zeros(num_classes)", "weight_scale * np.random.randn(num_classes)")),
            "The biases start at random numbers. They start at 0.",
            "偏置用随机数开始了。它们应当从 0 开始。",
        ),
    ),
    *mistakes(
        "classifiers.cnn.ThreeLayerConvNet.loss",
        *reg_rows(LOSS3, "W3", "np.vdot(b1, b1) + np.vdot(b2, b2) + np.vdot(b3, b3)"),
        (
            "reg-missing",
            ((LOSS3, "0"), *((f'grads["W{n}"] += self.reg * W{n}', "pass") for n in (1, 2, 3))),
            "`reg` changes nothing: neither the loss nor the gradients.",
            "`reg` 什么也没有改变：损失和梯度里都没有它。",
        ),
        (
            "reg-missing-in-gradients",
            tuple((f'grads["W{n}"] += self.reg * W{n}', "pass") for n in (1, 2, 3)),
            "Regularisation changes the loss, but not the gradients.",
            "正则化加进了损失，却没有加进梯度。",
        ),
        (
            "reg-twice-in-gradients",
            tuple((f'grads["W{n}"] += self.reg * W{n}', f'grads["W{n}"] += 2 * self.reg * W{n}')
                  for n in (1, 2, 3)),
            "The gradients of the regularisation are twice what they should be. What is the factor "
            "in the loss for?",
            "正则项的梯度大了一倍。损失里的那个系数是做什么用的？",
        ),
        (
            "filters-not-regularised",
            (("np.vdot(W1, W1) + np.vdot(W2, W2)", "np.vdot(W2, W2)"),
             ('grads["W1"] += self.reg * W1', "pass")),
            "The filters are left out of the regularisation. They are weights as well.",
            "卷积的滤波器没有正则化。它们也是权重。",
        ),
        (
            "reg-on-biases-in-gradients",
            (('grads["W3"] += self.reg * W3',
              'grads["W3"] += self.reg * W3\n        for n in "123":\n            '
              'grads["b" + n] = grads["b" + n] + self.reg * self.params["b" + n]'),),
            "The gradients of the biases are regularised. Only weights are.",
            "偏置的梯度也加了正则化。只有权重才要。",
        ),
        (
            "relu-forgotten-backward",
            (("affine_relu_backward(dhidden, hidden_cache)",
              "affine_backward(dhidden, hidden_cache[0])"),),
            "The gradients below the hidden layer ignore its ReLU.",
            "隐藏层以下的梯度没有经过它的 ReLU。",
        ),
        (
            "relu-on-scores",
            (("affine_forward(hidden, W3, b3)", "affine_forward(hidden, W3, b3)\n"
              "        scores = np.maximum(scores, 0)"),),
            "No score is negative. What comes after the last affine layer?",
            "得分里没有负数。最后一个全连接层之后是什么？",
        ),
        (
            "bias-forgotten",
            (("affine_forward(hidden, W3, b3)", "affine_forward(hidden, W3, 0 * b3)"),),
            "The scores do not depend on the last layer's biases.",
            "得分和最后一层的偏置无关。",
        ),
    ),
]  # fmt: skip
