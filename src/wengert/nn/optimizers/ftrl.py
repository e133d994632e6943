"""FTRL-proximal: sparse weights by an L1 term that is kept exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.nn.optimizers.optimizer import Optimizer, Slots, zeros
from wengert.ops import math as m
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable


class Ftrl(Optimizer):
    """Follow the regularised leader: p is the best for the sum of all gradients, with L1 and L2 terms.

    Args:
        learning_rate: alpha of the paper.
        learning_rate_power: how steps shrink with a, the sum of g*g: -0.5 is one over its root; at most 0.
        initial_accumulator_value: what a starts from, at least 0.
        l1_regularization_strength, l2_regularization_strength: of the terms, at least 0.
        l2_shrinkage_regularization_strength: of an L2 term on the gradient, at least 0.
        beta: beta of the paper.

    State: accumulator, linear.

    Source: McMahan et al., "Ad click prediction: a view from the trenches", KDD 2013, algorithm 1.
    """

    learning_rate: Any = 0.001
    learning_rate_power: float = -0.5
    initial_accumulator_value: float = 0.1
    l1_regularization_strength: float = 0.0
    l2_regularization_strength: float = 0.0
    l2_shrinkage_regularization_strength: float = 0.0
    beta: float = 0.0

    def check_fields(self) -> None:
        if not self.learning_rate_power <= 0:
            raise ValueRangeError(
                f"Ftrl: learning_rate_power must be at most 0; got {self.learning_rate_power}."
            )
        for name in (
            "initial_accumulator_value",
            "l1_regularization_strength",
            "l2_regularization_strength",
            "l2_shrinkage_regularization_strength",
        ):
            if not getattr(self, name) >= 0:
                raise ValueRangeError(f"Ftrl: {name} must be at least 0; got {getattr(self, name)!r}.")

    def slots(self, p: Variable) -> dict[str, Any]:
        start = np.full(p.shape, self.initial_accumulator_value, p.dtype)
        return {"accumulator": start, **zeros(p, "linear")}

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        l1 = self.l1_regularization_strength
        l2 = self.l2_regularization_strength + self.beta / (2 * lr)
        seen = slots["accumulator"] + g * g
        before, after = (m.pow(a, -self.learning_rate_power) for a in (slots["accumulator"], seen))
        shrunk = g + p * (2 * self.l2_shrinkage_regularization_strength)
        linear = slots["linear"] + shrunk - p * ((after - before) / lr)
        p = (m.clip(linear, -l1, l1) - linear) / (after / lr + 2 * l2)
        return p, {"accumulator": seen, "linear": linear}
