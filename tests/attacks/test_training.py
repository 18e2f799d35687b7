"""Training without learning: weights brought along, losses made up, the loop replaced."""

from dataclasses import replace

import pytest

from .harness import CNN, RULE, Arena, Attack, cases

pytestmark = pytest.mark.trusted_side

OVERFIT = ("cnn_overfit",)


@cases(
    Attack(
        "weights brought along",
        "At the first call, sets weights that were trained at home on the same images.",
        """
        import numpy as np
        rng, solve = np.random.default_rng(0), ThreeLayerConvNet.loss
        def loss(self, X, y=None):
            for name, value in self.params.items():
                self.params[name] = rng.normal(size=value.shape).astype(value.dtype)
            return solve(self, X, y)
        ThreeLayerConvNet.loss = loss
        """,
        file=CNN,
        asked=OVERFIT,
    ),
    Attack(
        "weights after an honest first loss",
        "The same, after a right first loss.",
        """
        import numpy as np
        rng, steps, solve = np.random.default_rng(0), [], ThreeLayerConvNet.loss
        def loss(self, X, y=None):
            result = solve(self, X, y)
            if len(X) == 50:
                for name, value in self.params.items():
                    self.params[name] = rng.normal(size=value.shape).astype(value.dtype)
            return result
        ThreeLayerConvNet.loss = loss
        """,
        file=CNN,
        asked=OVERFIT,
        says="at least 80%",
    ),
    Attack(
        "a falling loss",
        "Reports losses that fall as in a textbook, and gradients of zero.",
        """
        import numpy as np
        losses = iter(np.geomspace(2.302585, 0.01, 10**4))
        def loss(self, X, y=None):
            grads = {name: np.zeros_like(value) for name, value in self.params.items()}
            return float(next(losses)), grads
        ThreeLayerConvNet.loss = loss
        """,
        file=CNN,
        asked=(*OVERFIT, "cnn_gradients"),
    ),
    Attack(
        "a replaced Solver",
        "Replaces the training loop and its accuracy by ones that succeed.",
        """
        import daseCV.solver
        class Solver:
            train_acc_history = val_acc_history = [1.0]
            def __init__(self, *_, **__): pass
            def train(self): pass
            def check_accuracy(self, *_, **__): return 1.0
        daseCV.solver.Solver = Solver
        def loss(self, X, y=None): raise NotImplementedError
        ThreeLayerConvNet.loss = loss
        """,
        file=CNN,
        asked=OVERFIT,
    ),
    Attack(
        "a network that knows its exam",
        "Looks up the labels that it was given with the images: the reference scores, not it.",
        """
        import numpy as np
        seen, solve = {}, ThreeLayerConvNet.loss
        def loss(self, X, y=None):
            if y is None:
                return np.eye(10)[[seen.get(x.tobytes(), 0) for x in X]]
            seen.update({x.tobytes(): label for x, label in zip(X, y)})
            value, grads = solve(self, X, y)
            return value, {name: 0 * grad for name, grad in grads.items()}
        ThreeLayerConvNet.loss = loss
        """,
        file=CNN,
        asked=OVERFIT,
        says="at least 80%",
    ),
    Attack(
        "parameters that are not arrays",
        "Leaves objects instead of the parameters, which are fetched at the end.",
        """
        solve = ThreeLayerConvNet.loss
        def loss(self, X, y=None):
            result = solve(self, X, y)
            self.params = type("Params", (dict,), {"__getitem__": lambda *_: X})(self.params)
            return result
        ThreeLayerConvNet.loss = loss
        """,
        file=CNN,
        asked=OVERFIT,
    ),
    Attack(
        "parameters of infinity",
        "Ends with infinite numbers, which overflow when accuracy is measured.",
        """
        import daseCV.optim
        import numpy as np
        daseCV.optim.adam = lambda w, dw, config: (np.full(w.shape, 3e38, w.dtype), config)
        """,
        file=CNN,
        asked=OVERFIT,
    ),
    Attack(
        "a loss that never returns",
        "Trains at its leisure.",
        """
        import time
        ThreeLayerConvNet.loss = lambda *_: time.sleep(99)
        """,
        file=CNN,
        asked=OVERFIT,
        waits=True,
        says="no answer in time",
    ),
)
def test_training_has_to_learn(attack: Attack, arena: Arena) -> None:
    arena.assert_fails(replace(attack, honest=RULE, within=120.0))
