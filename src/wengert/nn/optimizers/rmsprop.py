"""RMSprop."""

from __future__ import annotations

from typing import Any

from wengert.nn.optimizers.optimizer import Optimizer, Slots, zeros
from wengert.ops import math as m
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable


class RMSprop(Optimizer):
    """``p -= learning_rate * g / sqrt(v + epsilon)``, with v the moving mean of g*g.

    Args:
        learning_rate: size of a step, in units of the parameter.
        rho: decay per step of the moving mean, in [0, 1).
        momentum: share of the last step that this one keeps.
        epsilon: added to v, in units of the squared gradient.
        centered: v is a variance: the moving mean of g, squared, is taken off.

    State: velocity; momentum if it is not 0; average_gradient if centered.

    Source: Tieleman & Hinton, lecture 6.5 of "Neural networks for machine learning", 2012.
    """

    learning_rate: Any = 0.001
    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False

    def check_fields(self) -> None:
        self.require_in("[0, 1)", "rho")
        self.require_in("[0, 1]", "momentum")

    def slots(self, p: Variable) -> dict[str, Any]:
        momentum = ["momentum"] if self.momentum else []
        average = ["average_gradient"] if self.centered else []
        return zeros(p, "velocity", *momentum, *average)

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        new: Slots = {"velocity": slots["velocity"] * self.rho + g * g * (1 - self.rho)}
        power = new["velocity"]
        if self.centered:
            mean = new["average_gradient"] = slots["average_gradient"] * self.rho + g * (1 - self.rho)
            power = power - mean * mean
        move = g * lr / m.sqrt(power + self.epsilon)
        if self.momentum:
            move = new["momentum"] = slots["momentum"] * self.momentum + move
        return p - move, new
