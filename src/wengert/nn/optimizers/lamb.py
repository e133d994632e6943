"""LAMB: Adam's step, as long as the weights it changes suggest; for large batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.nn.optimizers.adam import moments
from wengert.nn.optimizers.optimizer import Optimizer, Slots
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.bits import logical_and
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable


class Lamb(Optimizer):
    """``p -= learning_rate * |p| / |u| * u``, where u is Adam's bias-corrected step.

    Where the norm of p or of u is 0, their ratio is taken as 1.

    Args: as Adam's.

    State: momentum, velocity.

    Source: You et al., "Large batch optimization for deep learning", arXiv:1904.00962, algorithm 2.
    """

    learning_rate: Any = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def check_fields(self) -> None:
        self.require_in("[0, 1)", "beta_1", "beta_2")

    def slots(self, p: Variable) -> dict[str, Any]:
        return {k: np.zeros(p.shape, p.dtype) for k in ("momentum", "velocity")}

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        mean, power = moments(g, self.beta_1, self.beta_2, slots)
        root = m.sqrt(power / (1 - m.pow(self.beta_2, t))) + self.epsilon
        u = mean / (1 - m.pow(self.beta_1, t)) / root
        length, step = m.sqrt(reduce.sum(p * p)), m.sqrt(reduce.sum(u * u))
        known = logical_and(length > 0, step > 0)
        ratio = m.where(known, length / m.where(known, step, 1), 1)
        return p - u * (ratio * lr), {"momentum": mean, "velocity": power}
