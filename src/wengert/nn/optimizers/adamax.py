"""Relatives of Adam: Adamax, with another norm; Nadam, with Nesterov's momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.nn.optimizers.adam import Moments, moments
from wengert.nn.optimizers.optimizer import Slots, zeros
from wengert.ops import math as m
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable


class Adamax(Moments):
    """``p -= learning_rate * m_hat / (u + epsilon)``: m the mean gradient, u its decaying largest size.

    Args:
        learning_rate: size of a step, in units of the parameter.
        beta_1: decay per step of the mean, in [0, 1).
        beta_2: decay per step of the largest size, in [0, 1).
        epsilon: added to it, in units of the gradient.

    State: momentum, norm.

    Source: Kingma & Ba, arXiv:1412.6980, section 7.1.
    """

    def slots(self, p: Variable) -> dict[str, Any]:
        return zeros(p, "momentum", "norm")

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        mean = slots["momentum"] + (g - slots["momentum"]) * (1 - self.beta_1)
        largest = m.maximum(slots["norm"] * self.beta_2, m.abs(g))
        move = mean * (lr / (1 - m.pow(self.beta_1, t))) / (largest + self.epsilon)
        return p - move, {"momentum": mean, "norm": largest}


class Nadam(Moments):
    """Adam whose mean looks one step ahead, with a momentum that warms up.

    Args: as Adam's.

    State: momentum, velocity; product, the momenta of all steps multiplied.

    Source: Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016, algorithm 2.
    """

    def slots(self, p: Variable) -> dict[str, Any]:
        return {**super().slots(p), "product": np.ones((), p.dtype)}

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        now, after = self._momentum(t), self._momentum(t + 1)
        product = slots["product"] * now
        mean, power = moments(g, self.beta_1, self.beta_2, slots)
        ahead = mean * (after / (1 - product * after)) + g * ((1 - now) / (1 - product))
        scale = m.sqrt(power / (1 - m.pow(self.beta_2, t))) + self.epsilon
        return p - ahead * lr / scale, {"momentum": mean, "velocity": power, "product": product}

    def _momentum(self, t: Array) -> Array:
        """That of step t; 0.96 and 1/250 of Sutskever et al., here once a step."""
        return self.beta_1 * (1 - 0.5 * m.pow(0.96, t))
