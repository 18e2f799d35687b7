"""Typical mistakes in the update rules."""

from .mistake import mistakes

STEP = 'next_w = w - step * m / (np.sqrt(v / (1 - config["beta2"] ** t)) + config["epsilon"])'

OPTIMISERS = [
    *mistakes(
        "optim.sgd_momentum",
        (
            "uphill",
            (("v -= config", "v += config"),),
            "The steps go uphill: the gradient points to where the loss grows.",
            "走的是上坡：梯度指向损失增大的方向。",
        ),
        (
            "velocity-subtracted",
            (("next_w = w + v", "next_w = w - v"),),
            "The velocity is subtracted, though it already points downhill.",
            "减去了速度，可是它本来就指向下坡。",
        ),
        (
            "averaged",
            (('v -= config["learning_rate"] * dw',
              'v -= (1 - config["momentum"]) * config["learning_rate"] * dw'),),
            "Each gradient is weighted by one minus the momentum: that is a running average. Here "
            "the velocity adds up.",
            "每个梯度都乘了“一减动量”：那是滑动平均。这里速度是累加的。",
        ),
        (
            "rate-outside",
            (
                ('v -= config["learning_rate"] * dw', "v += dw"),
                ("next_w = w + v", 'next_w = w - config["learning_rate"] * v'),
            ),
            "The velocity does not include the learning rate, and has the other sign (PyTorch's "
            "way). What is stored has to be the velocity of the formula.",
            "速度里没有学习率，符号也相反（PyTorch 的写法）。存下来的应当是公式里的那个速度。",
        ),
        (
            "momentum-fixed",
            (('v *= config["momentum"]', "v *= 0.9"),),
            "The default momentum is used, whatever `config` says.",
            "不管 `config` 怎么说，用的都是默认的动量。",
        ),
        (
            "momentum-missing",
            (('v *= config["momentum"]', "pass"),),
            "The velocity never slows down: nothing is multiplied by the momentum.",
            "速度不会衰减：没有乘上动量。",
        ),
        (
            "velocity-not-used",
            (("next_w = w + v", 'next_w = w - config["learning_rate"] * dw'),),
            "The step is that of plain gradient descent: the velocity is kept, but not used.",
            "这一步就是普通的梯度下降：速度存了，但没有用。",
        ),
        (
            "nesterov",
            (("next_w = w + v",
              'next_w = w + config["momentum"] * v - config["learning_rate"] * dw'),),
            "The step looks ahead: that is Nesterov's momentum, a different rule.",
            "这一步向前多看了一步：那是 Nesterov 动量，另一种规则。",
        ),
        (
            "parameter-changed",
            (("next_w = w + v", "w += v\n    next_w = w"),),
            "The parameter `w` is changed in place. Return a new array.",
            "参数 `w` 被原地修改了。请返回一个新数组。",
        ),
    ),
    *mistakes(
        "optim.rmsprop",
        (
            "epsilon-inside-the-root",
            (('(np.sqrt(cache) + config["epsilon"])', 'np.sqrt(cache + config["epsilon"])'),),
            "`epsilon` stands under the root. Where does this rule add it?",
            "`epsilon` 放进了根号里。这个规则把它加在哪里？",
        ),
        (
            "epsilon-missing",
            (('(np.sqrt(cache) + config["epsilon"])', "np.sqrt(cache)"),),
            "Where the gradients have been 0 so far, 0 is divided by 0.",
            "梯度一直是 0 的地方，出现了 0 除以 0。",
        ),
        (
            "root-missing",
            (('(np.sqrt(cache) + config["epsilon"])', '(cache + config["epsilon"])'),),
            "It is divided by the mean square itself. What is missing for a root mean square?",
            "除的是均方本身。要成为均方根，还差什么？",
        ),
        (
            "decay-exchanged",
            (
                ('cache *= config["decay_rate"]', 'cache *= 1 - config["decay_rate"]'),
                ('cache += (1 - config["decay_rate"])', 'cache += config["decay_rate"]'),
            ),
            "The old average and the new square have exchanged their weights.",
            "旧的平均和新的平方，权重弄反了。",
        ),
        (
            "decay-fixed",
            (
                ('cache *= config["decay_rate"]', "cache *= 0.99"),
                ('(1 - config["decay_rate"])', "(1 - 0.99)"),
            ),
            "The default decay rate is used, whatever `config` says.",
            "不管 `config` 怎么说，用的都是默认的衰减率。",
        ),
        (
            "adagrad",
            (
                ('cache *= config["decay_rate"]', "pass"),
                ('cache += (1 - config["decay_rate"]) *', "cache +="),
            ),
            "The squares add up without ever fading: that is AdaGrad.",
            "平方一直累加，从不衰减：那是 AdaGrad。",
        ),
        (
            "new-square-unweighted",
            (('cache += (1 - config["decay_rate"]) *', "cache +="),),
            "The weights of old and new do not add up to 1.",
            "旧值和新值的权重加起来不是 1。",
        ),
        (
            "gradient-not-squared",
            (("* dw**2", "* dw"),),
            "The running average is that of the gradients, not of their squares: a root of "
            "negative numbers follows.",
            "累积的是梯度，而不是它的平方：于是会对负数开方。",
        ),
        (
            "parameter-changed",
            (("next_w = w - config", "w -= config"),
             ('config["epsilon"])', 'config["epsilon"])\n    next_w = w')),
            "The parameter `w` is changed in place. Return a new array.",
            "参数 `w` 被原地修改了。请返回一个新数组。",
        ),
    ),
    *mistakes(
        "optim.adam",
        (
            "step-not-counted",
            (("t = t + 1", "t = t"),),
            "The number of steps does not grow: at step 0 the correction divides by 0.",
            "步数没有增加：第 0 步时，偏差修正会除以 0。",
        ),
        (
            "step-counted-too-late",
            (("t = t + 1", "t = max(t, 1)"), (STEP, f"{STEP}\n    t = t + 1")),
            "The number of steps lags behind: when does it count up, before or after it is used?",
            "步数慢了一拍：它应当在使用之前还是之后加一？",
        ),
        (
            "step-not-kept",
            ((STEP, f"{STEP}\n    t = t - 1"),),
            "The number of steps is used but not kept: every step is the first.",
            "步数用了却没有存下来：每一步都成了第一步。",
        ),
        (
            "no-correction",
            (
                ('config["learning_rate"] / (1 - config["beta1"] ** t)', 'config["learning_rate"]'),
                ('np.sqrt(v / (1 - config["beta2"] ** t))', "np.sqrt(v)"),
            ),
            "Neither average is corrected for its start at zero: the first steps are off.",
            "两个平均都没有修正从零开始的偏差：最初几步就不对。",
        ),
        (
            "first-not-corrected",
            (('config["learning_rate"] / (1 - config["beta1"] ** t)', 'config["learning_rate"]'),),
            "The average of the gradients is not corrected for its start at zero.",
            "梯度的平均没有修正从零开始的偏差。",
        ),
        (
            "second-not-corrected",
            (('np.sqrt(v / (1 - config["beta2"] ** t))', "np.sqrt(v)"),),
            "The average of the squares is not corrected for its start at zero.",
            "平方的平均没有修正从零开始的偏差。",
        ),
        (
            "betas-exchanged",
            (
                ("t = t + 1", 't = t + 1\n    config["beta1"], config["beta2"] = '
                 'config["beta2"], config["beta1"]'),
                (STEP, f'{STEP}\n    config["beta1"], config["beta2"] = config["beta2"], '
                 'config["beta1"]'),
            ),
            "`beta1` and `beta2` have changed places.",
            "`beta1` 和 `beta2` 用反了。",
        ),
        (
            "gradient-not-squared",
            (("* dw**2", "* dw"),),
            "`v` averages the gradients, not their squares.",
            "`v` 累积的是梯度，而不是它的平方。",
        ),
        (
            "root-missing",
            (('np.sqrt(v / (1 - config["beta2"] ** t))', '(v / (1 - config["beta2"] ** t))'),),
            "It is divided by the average square itself. What is missing for a root mean square?",
            "除的是平方的平均。要成为均方根，还差什么？",
        ),
        (
            "epsilon-inside-the-root",
            (('(np.sqrt(v / (1 - config["beta2"] ** t)) + config["epsilon"])',
              'np.sqrt(v / (1 - config["beta2"] ** t) + config["epsilon"])'),),
            "`epsilon` stands under the root. Where does this rule add it?",
            "`epsilon` 放进了根号里。这个规则把它加在哪里？",
        ),
        (
            "corrected-averages-kept",
            ((STEP, f'{STEP}\n    m = m / (1 - config["beta1"] ** t)\n'
              '    v = v / (1 - config["beta2"] ** t)'),),
            "What is kept are the corrected averages, and the next step corrects them again.",
            "存下来的是修正过的平均，下一步又会再修正一次。",
        ),
        (
            "new-gradient-unweighted",
            (('m += (1 - config["beta1"]) * dw', "m += dw"),),
            "In `m`, the weights of old and new do not add up to 1.",
            "`m` 里旧值和新值的权重加起来不是 1。",
        ),
        (
            "parameter-changed",
            (("next_w = w - step", "w -= step"), ('config["epsilon"])',
              'config["epsilon"])\n    next_w = w')),
            "The parameter `w` is changed in place. Return a new array.",
            "参数 `w` 被原地修改了。请返回一个新数组。",
        ),
    ),
]  # fmt: skip
