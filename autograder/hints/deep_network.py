"""Typical mistakes in the fully connected network of any depth."""

from .mistake import mistakes
from .networks import reg_rows, scale_rows

DEEP_NETWORK = [
    *mistakes(
        "classifiers.fc_net.FullyConnectedNet.__init__",
        *scale_rows("np.random.randn(fan_in, fan_out)"),
        (
            "normalised-output",
            (("if normalization and layer < self.num_layers:", "if normalization:"),),
            "The last layer has a scale and a shift. Which layers are followed by a normalisation?",
            "最后一层也有了缩放和平移。哪些层后面才有归一化？",
        ),
        (
            "always-normalised",
            (("if normalization and layer < self.num_layers:", "if True:"),),
            "There are scales and shifts even where no normalisation was asked for.",
            "没有要求归一化时，也有了缩放和平移。",
        ),
        (
            "scale-starts-at-zero",
            (("np.ones(fan_out)", "np.zeros(fan_out)"),),
            "The scales start at 0, so that nothing gets through.",
            "缩放从 0 开始，什么都传不过去了。",
        ),
        (
            "normalisation-forgotten",
            (("if normalization and", "if False and"),),
            "With normalisation there are further parameters, a scale and a shift for each hidden "
            "layer.",
            "有归一化时还有别的参数：每个隐藏层都有缩放和平移。",
        ),
    ),
    *mistakes(
        "classifiers.fc_net.FullyConnectedNet.loss",
        *reg_rows("0.5 * self.reg * float(np.vdot(W, W))", "W", 'np.sum(p[f"b{layer}"] ** 2)'),
        (
            "reg-missing",
            (("0.5 * self.reg * float(np.vdot(W, W))", "0"),
             ('grads[f"W{layer}"] += self.reg * W', "pass")),
            "`reg` changes nothing: neither the loss nor the gradients.",
            "`reg` 什么也没有改变：损失和梯度里都没有它。",
        ),
        (
            "reg-missing-in-gradients",
            (('grads[f"W{layer}"] += self.reg * W', "pass"),),
            "Regularisation changes the loss, but not the gradients.",
            "正则化加进了损失，却没有加进梯度。",
        ),
        (
            "reg-of-last-layer-only",
            (("for layer in range(1, last + 1):", "for layer in range(last, last + 1):"),),
            "Only the last layer is regularised.",
            "只有最后一层加了正则化。",
        ),
        (
            "dropout-forgotten-backward",
            (("dout = dropout_backward(dout, dropout_cache)", "pass"),),
            "With dropout the gradients below it are off: the way back passes every layer of the "
            "way there.",
            "用了 dropout 时，它下面的梯度不对：来时经过的每一层，回去时也要经过。",
        ),
        (
            "dropout-forgotten",
            (("if self.use_dropout:\n                out, dropout_cache",
              "if False:\n                out, dropout_cache"),
             ("dout = dropout_backward(dout, dropout_cache)", "pass")),
            "Training does not drop anything, though dropout was asked for.",
            "要求了 dropout，训练时却什么也没丢。",
        ),
        (
            "dropout-on-scores",
            (("        if y is None:\n            return scores\n",
              "        if y is None:\n            return scores\n"
              "        if self.use_dropout:\n"
              "            scores = scores / self.dropout_param[\"p\"]\n"),),
            "The scores themselves are dropped or rescaled. Dropout belongs to the hidden layers.",
            "得分本身也做了 dropout 或缩放。dropout 只用在隐藏层。",
        ),
        (
            "one-dict-for-all-layers",
            (("self.bn_params[layer - 1]", "self.bn_params[0]"),),
            "All layers keep their running averages in one dict. Each layer has its own.",
            "所有层的滑动平均放进了同一个字典。每层应当用自己的。",
        ),
        (
            "layer-norm-as-batch-norm",
            (('"layernorm": layernorm_forward', '"layernorm": lambda x, g, b, _: '
              'batchnorm_forward(x, g, b, {"mode": "train"})'),
             ('"layernorm": layernorm_backward', '"layernorm": batchnorm_backward')),
            "What is asked to be layer norm behaves like batch norm.",
            "要求的是层归一化，做的却是批归一化。",
        ),
        (
            "normalisation-gradients-exchanged",
            (('dout, grads[f"gamma{layer}"], grads[f"beta{layer}"] =',
              'dout, grads[f"beta{layer}"], grads[f"gamma{layer}"] ='),),
            "The gradients of scale and shift are stored under each other's name.",
            "缩放和平移的梯度存到了对方的名字下。",
        ),
        (
            "relu-forgotten-backward",
            (("dout = relu_backward(dout, relu_cache)", "pass"),),
            "The gradients of the hidden layers ignore the ReLU.",
            "隐藏层的梯度没有经过 ReLU。",
        ),
    ),
]  # fmt: skip
