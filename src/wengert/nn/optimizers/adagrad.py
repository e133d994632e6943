"""Adagrad and Adadelta: each weight's own step, from all gradients it has seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.nn.optimizers.optimizer import Optimizer, Slots, zeros
from wengert.ops import math as m
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable


class Adagrad(Optimizer):
    """``p -= learning_rate * g / sqrt(a + epsilon)``, with a the sum of all g*g so far.

    Args:
        learning_rate: size of a step, in units of the parameter.
        initial_accumulator_value: what a starts from, at least 0.
        epsilon: added to a, in units of the squared gradient.

    State: accumulator.

    Source: Duchi, Hazan & Singer, "Adaptive subgradient methods", JMLR 12, 2011.
    """

    learning_rate: Any = 0.001
    initial_accumulator_value: float = 0.1
    epsilon: float = 1e-7

    def check_fields(self) -> None:
        if not self.initial_accumulator_value >= 0:
            raise ValueRangeError(
                f"Adagrad: initial_accumulator_value must be at least 0; got {self.initial_accumulator_value!r}."
            )

    def slots(self, p: Variable) -> dict[str, Any]:
        return {"accumulator": np.full(p.shape, self.initial_accumulator_value, p.dtype)}

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        total = slots["accumulator"] + g * g
        return p - g * lr / m.sqrt(total + self.epsilon), {"accumulator": total}


class Adadelta(Optimizer):
    """``p -= learning_rate * g * sqrt(d + epsilon) / sqrt(a + epsilon)``: a, d moving means of g*g, of steps squared.

    Args:
        learning_rate: 1.0 is the step of the paper.
        rho: decay per step of both moving means, in [0, 1).
        epsilon: added to both; also what lets the first step be taken.

    State: accumulated_grad, accumulated_delta_var.

    Source: Zeiler, arXiv:1212.5701, algorithm 1.
    """

    learning_rate: Any = 0.001
    rho: float = 0.95
    epsilon: float = 1e-7

    def check_fields(self) -> None:
        self.require_in("[0, 1)", "rho")

    def slots(self, p: Variable) -> dict[str, Any]:
        return zeros(p, "accumulated_grad", "accumulated_delta_var")

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        grads = slots["accumulated_grad"] * self.rho + g * g * (1 - self.rho)
        moves = slots["accumulated_delta_var"]
        move = g * m.sqrt(moves + self.epsilon) / m.sqrt(grads + self.epsilon)
        moves = moves * self.rho + move * move * (1 - self.rho)
        return p - move * lr, {"accumulated_grad": grads, "accumulated_delta_var": moves}
