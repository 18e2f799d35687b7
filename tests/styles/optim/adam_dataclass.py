"""Adam by a dataclass; the moments start as plain numbers, and the results are a list."""

from dataclasses import dataclass


@dataclass
class Adam:
    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    t: int = 0
    m: object = 0.0
    v: object = 0.0

    def step(self, w, dw):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * dw
        self.v = self.beta2 * self.v + (1 - self.beta2) * dw**2
        m, v = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        return w - self.learning_rate * m / (v**0.5 + self.epsilon)


def adam(w, dw, config=None):
    rule = Adam(**(config or {}))
    next_w = rule.step(w, dw)
    return [next_w, vars(rule)]
