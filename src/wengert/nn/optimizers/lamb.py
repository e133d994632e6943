"""LAMB: Adam's step, as long as the weights it changes suggest; for large batches."""

from __future__ import annotations

from wengert.nn.optimizers.adam import Moments, moments
from wengert.nn.optimizers.optimizer import Slots
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.bits import logical_and
from wengert.ops.operands import Array


class Lamb(Moments):
    """``p -= learning_rate * |p| / |u| * u``, where u is Adam's bias-corrected step.

    Where the norm of p or of u is 0, their ratio is taken as 1.

    Args: as Adam's.

    State: momentum, velocity.

    Source: You et al., "Large batch optimization for deep learning", arXiv:1904.00962, algorithm 2.
    """

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        mean, power = moments(g, self.beta_1, self.beta_2, slots)
        root = m.sqrt(power / (1 - m.pow(self.beta_2, t))) + self.epsilon
        u = mean / (1 - m.pow(self.beta_1, t)) / root
        length, step = m.sqrt(reduce.sum(p * p)), m.sqrt(reduce.sum(u * u))
        known = logical_and(length > 0, step > 0)
        ratio = m.where(known, length / m.where(known, step, 1), 1)
        return p - u * (ratio * lr), {"momentum": mean, "velocity": power}
