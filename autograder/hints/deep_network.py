"""Typical mistakes in the fully connected network of any depth."""

from .mistake import Topic
from .networks import reg_mistakes, scale_mistakes

DEEP_NETWORK: Topic = {
    "classifiers.fc_net.FullyConnectedNet.__init__": {
        **scale_mistakes("np.random.randn(fan_in, fan_out)"),
        "normalised-output": (
            {"if normalization and layer < self.num_layers:": "if normalization:"},
            "The last layer has a scale and a shift. Which layers are followed by a normalisation?",
        ),
        "always-normalised": (
            {"if normalization and layer < self.num_layers:": "if True:"},
            "There are scales and shifts even where no normalisation was asked for.",
        ),
        "scale-starts-at-zero": (
            {"np.ones(fan_out)": "np.zeros(fan_out)"},
            "The scales start at 0, so that nothing gets through.",
        ),
        "normalisation-forgotten": (
            {"if normalization and": "if False and"},
            "With normalisation there are further parameters, a scale and a shift for each hidden "
            "layer.",
        ),
    },
    "classifiers.fc_net.FullyConnectedNet.loss": {
        **reg_mistakes(
            "0.5 * self.reg * float(np.vdot(W, W))",
            ['grads[f"W{layer}"] += self.reg * W'],
            "W",
            'np.sum(p[f"b{layer}"] ** 2)',
        ),
        "reg-of-last-layer-only": (
            {"for layer in range(1, last + 1):": "for layer in range(last, last + 1):"},
            "Only the last layer is regularised.",
        ),
        "reg-of-last-layer-missing": (
            {"for layer in range(1, last + 1):": "for layer in range(1, last):"},
            "The weights of the last layer are not regularised.",
        ),
        "reg-on-gamma": (
            {
                'grads[f"W{layer}"] += self.reg * W': (
                    'grads[f"W{layer}"] += self.reg * W\n'
                    '            gamma = p.get(f"gamma{layer}", np.zeros(1))\n'
                    "            loss += 0.5 * self.reg * float(np.sum(gamma**2))"
                )
            },
            "The loss penalises the scales of the normalisation as well. Which parameters are "
            "regularised?",
        ),
        "dropout-at-test-time": (
            {
                "dropout_forward(out, self.dropout_param)": (
                    'dropout_forward(out, {**self.dropout_param, "mode": "train"})'
                )
            },
            "Scores are dropped at test time as well: the same input gives other scores each time.",
        ),
        "relu-before-the-normalisation": (
            {
                "            if self.normalization:\n                out, norm_cache": (
                    "            out, relu_cache = relu_forward(out)\n"
                    "            if self.normalization:\n                out, norm_cache"
                ),
                "                )\n            out, relu_cache = relu_forward(out)\n": (
                    "                )\n"
                ),
                "            dout = relu_backward(dout, relu_cache)\n": "",
                "                ](dout, norm_cache)\n": (
                    "                ](dout, norm_cache)\n"
                    "            dout = relu_backward(dout, relu_cache)\n"
                ),
            },
            "The ReLU comes before the normalisation. In which order does the docstring have them?",
        ),
        "dropout-forgotten-backward": (
            {"dout = dropout_backward(dout, dropout_cache)": "pass"},
            "With dropout the gradients below it are off: the way back passes every layer of the "
            "way there.",
        ),
        "dropout-forgotten": (
            {
                "if self.use_dropout:\n                out": "if False:\n                out",
                "dout = dropout_backward(dout, dropout_cache)": "pass",
            },
            "Training does not drop anything, though dropout was asked for.",
        ),
        "dropout-on-scores": (
            {
                "        if y is None:\n            return scores\n": (
                    "        if y is None:\n            return scores\n"
                    "        if self.use_dropout:\n"
                    '            scores = scores / self.dropout_param["p"]\n'
                )
            },
            "The scores themselves are dropped or rescaled. Dropout belongs to the hidden layers.",
        ),
        "one-dict-for-all-layers": (
            {"self.bn_params[layer - 1]": "self.bn_params[0]"},
            "All layers keep their running averages in one dict. Each layer has its own.",
        ),
        "layer-norm-as-batch-norm": (
            {
                '"layernorm": layernorm_forward': (
                    '"layernorm": lambda x, g, b, _: batchnorm_forward(x, g, b, {"mode": "train"})'
                ),
                '"layernorm": layernorm_backward': '"layernorm": batchnorm_backward',
            },
            "What is asked to be layer norm behaves like batch norm.",
        ),
        "normalisation-gradients-exchanged": (
            {'gamma{layer}"], grads[f"beta{layer}"] =': 'beta{layer}"], grads[f"gamma{layer}"] ='},
            "The gradients of scale and shift are stored under each other's name.",
        ),
        "relu-forgotten-backward": (
            {"dout = relu_backward(dout, relu_cache)": "pass"},
            "The gradients of the hidden layers ignore the ReLU.",
        ),
    },
}
