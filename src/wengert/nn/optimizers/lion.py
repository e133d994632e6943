"""Lion: steps of one size, by sign."""

from __future__ import annotations

from typing import Any

from wengert.nn.optimizers.optimizer import Optimizer, Slots, zeros
from wengert.ops import math as m
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable


class Lion(Optimizer):
    """``p -= learning_rate * sign(beta_1 * v + (1 - beta_1) * g)``, with v a moving mean of g.

    Args:
        learning_rate: size of every weight's step; a third to a tenth of Adam's suits.
        beta_1: share of the mean in this step's direction, in (0, 1).
        beta_2: decay per step of the mean, in [0, 1).

    State: momentum.

    Source: Chen et al., "Symbolic discovery of optimization algorithms", arXiv:2302.06675, program 1.
    """

    learning_rate: Any = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.99

    def check_fields(self) -> None:
        self.require_in("[0, 1)", "beta_1", "beta_2")

    def slots(self, p: Variable) -> dict[str, Any]:
        return zeros(p, "momentum")

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        mean = slots["momentum"]
        direction = m.sign(mean * self.beta_1 + g * (1 - self.beta_1))
        return p - direction * lr, {"momentum": mean * self.beta_2 + g * (1 - self.beta_2)}
