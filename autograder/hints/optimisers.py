"""Typical mistakes in the update rules."""

from .mistake import Topic

STEP = 'next_w = w - step * m / (np.sqrt(v / (1 - config["beta2"] ** t)) + config["epsilon"])'

OPTIMISERS: Topic = {
    "optim.sgd_momentum": {
        "uphill": (
            {"v -= config": "v += config"},
            "The steps go uphill: the gradient points to where the loss grows.",
        ),
        "velocity-subtracted": (
            {"next_w = w + v": "next_w = w - v"},
            "The velocity is subtracted, though it already points downhill.",
        ),
        "averaged": (
            {"v -= config": 'v -= (1 - config["momentum"]) * config'},
            "Each gradient is weighted by one minus the momentum: that is a running average. Here "
            "the velocity adds up.",
        ),
        "rate-outside": (
            {'v -= config["learning_rate"] *': "v +=", "w + v": 'w - config["learning_rate"] * v'},
            "The velocity does not include the learning rate, and has the other sign (PyTorch's "
            "way). What is stored has to be the velocity of the formula.",
        ),
        "momentum-fixed": (
            {'v *= config["momentum"]': "v *= 0.9"},
            "The default momentum is used, whatever `config` says.",
        ),
        "momentum-missing": (
            {'v *= config["momentum"]': "pass"},
            "The velocity never slows down: nothing is multiplied by the momentum.",
        ),
        "velocity-not-used": (
            {"next_w = w + v": 'next_w = w - config["learning_rate"] * dw'},
            "The step is that of plain gradient descent: the velocity is kept, but not used.",
        ),
        "nesterov": (
            {"w + v": 'w + config["momentum"] * v - config["learning_rate"] * dw'},
            "The step looks ahead: that is Nesterov's momentum, a different rule.",
        ),
        "parameter-changed": (
            {"next_w = w + v": "w += v\n    next_w = w"},
            "The parameter `w` is changed in place. Return a new array.",
        ),
    },
    "optim.rmsprop": {
        "epsilon-inside-the-root": (
            {'(np.sqrt(cache) + config["epsilon"])': 'np.sqrt(cache + config["epsilon"])'},
            "`epsilon` stands under the root. Where does this rule add it?",
        ),
        "epsilon-missing": (
            {'(np.sqrt(cache) + config["epsilon"])': "np.sqrt(cache)"},
            "Where the gradients have been 0 so far, 0 is divided by 0.",
        ),
        "root-missing": (
            {'(np.sqrt(cache) + config["epsilon"])': '(cache + config["epsilon"])'},
            "It is divided by the mean square itself. What is missing for a root mean square?",
        ),
        "old-average-used": (
            {
                'cache += (1 - config["decay_rate"]) * dw**2': "pass",
                'np.sqrt(cache) + config["epsilon"])': (
                    'np.sqrt(cache / config["decay_rate"]) + config["epsilon"])\n'
                    '    cache += (1 - config["decay_rate"]) * dw**2'
                ),
            },
            "The step divides by the average from before this gradient. When is the average "
            "updated?",
        ),
        "decay-exchanged": (
            {
                "cache *= config": "cache *= 1 - config",
                '(1 - config["decay_rate"])': 'config["decay_rate"]',
            },
            "The old average and the new square have exchanged their weights.",
        ),
        "decay-fixed": (
            {'*= config["decay_rate"]': "*= 0.99", '1 - config["decay_rate"]': "1 - 0.99"},
            "The default decay rate is used, whatever `config` says.",
        ),
        "adagrad": (
            {'cache *= config["decay_rate"]': "pass", '(1 - config["decay_rate"]) * dw': "dw"},
            "The squares add up without ever fading: that is AdaGrad.",
        ),
        "new-square-unweighted": (
            {'cache += (1 - config["decay_rate"]) *': "cache +="},
            "The weights of old and new do not add up to 1.",
        ),
        "gradient-not-squared": (
            {"* dw**2": "* dw"},
            "The running average is that of the gradients, not of their squares: a root of "
            "negative numbers follows.",
        ),
        "parameter-changed": (
            {"next_w = w - config": "w -= config", '"epsilon"])': '"epsilon"])\n    next_w = w'},
            "The parameter `w` is changed in place. Return a new array.",
        ),
    },
    "optim.adam": {
        "step-not-counted": (
            {"t = t + 1": "t = t"},
            "The number of steps does not grow: at step 0 the correction divides by 0.",
        ),
        "step-counted-too-late": (
            {"t = t + 1": "t = max(t, 1)", STEP: f"{STEP}\n    t = t + 1"},
            "The number of steps lags behind: when does it count up, before or after it is used?",
        ),
        "step-not-kept": (
            {STEP: f"{STEP}\n    t = t - 1"},
            "The number of steps is used but not kept: every step is the first.",
        ),
        "no-correction": (
            {' / (1 - config["beta1"] ** t)': "", ' / (1 - config["beta2"] ** t)': ""},
            "Neither average is corrected for its start at zero: the first steps are off.",
        ),
        "first-not-corrected": (
            {'config["learning_rate"] / (1 - config["beta1"] ** t)': 'config["learning_rate"]'},
            "The average of the gradients is not corrected for its start at zero.",
        ),
        "second-not-corrected": (
            {'np.sqrt(v / (1 - config["beta2"] ** t))': "np.sqrt(v)"},
            "The average of the squares is not corrected for its start at zero.",
        ),
        "betas-exchanged": (
            {
                "t = t + 1": (
                    't = t + 1\n    config["beta1"], config["beta2"] = '
                    'config["beta2"], config["beta1"]'
                ),
                STEP: (
                    f'{STEP}\n    config["beta1"], config["beta2"] = config["beta2"], '
                    'config["beta1"]'
                ),
            },
            "`beta1` and `beta2` have changed places.",
        ),
        "gradient-not-squared": (
            {"* dw**2": "* dw"},
            "`v` averages the gradients, not their squares.",
        ),
        "root-missing": (
            {'np.sqrt(v / (1 - config["beta2"] ** t))': '(v / (1 - config["beta2"] ** t))'},
            "It is divided by the average square itself. What is missing for a root mean square?",
        ),
        "epsilon-inside-the-root": (
            {"(np.sqrt(v": "np.sqrt(v", 't)) + config["epsilon"])': 't) + config["epsilon"])'},
            "`epsilon` stands under the root. Where does this rule add it?",
        ),
        "corrected-averages-kept": (
            {
                STEP: (
                    f'{STEP}\n    m = m / (1 - config["beta1"] ** t)\n'
                    '    v = v / (1 - config["beta2"] ** t)'
                )
            },
            "What is kept are the corrected averages, and the next step corrects them again.",
        ),
        "new-gradient-unweighted": (
            {'m += (1 - config["beta1"]) * dw': "m += dw"},
            "In `m`, the weights of old and new do not add up to 1.",
        ),
        "parameter-changed": (
            {"next_w = w - step": "w -= step", '"epsilon"])': '"epsilon"])\n    next_w = w'},
            "The parameter `w` is changed in place. Return a new array.",
        ),
    },
}
