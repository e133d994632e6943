"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from wengert.nn.optimizers.optimizer import Optimizer, Slots, zeros
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable


class SGD(Optimizer):
    """``p -= learning_rate * g``; with momentum, ``v = momentum * v - learning_rate * g; p += v``.

    Args:
        learning_rate: size of a step, in units of parameter / gradient.
        momentum: share of the last step that this one keeps, in [0, 1].
        nesterov: the gradient acts as if taken after the momentum's part of the step.

    State: momentum (only if momentum is not 0).

    Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013.
    """

    learning_rate: Any = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    def check_fields(self) -> None:
        self.require_in("[0, 1]", "momentum")

    def slots(self, p: Variable) -> dict[str, Any]:
        return zeros(p, "momentum") if self.momentum else {}

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        if not slots:
            return p - g * lr, {}
        v = slots["momentum"] * self.momentum - g * lr
        return p + (v * self.momentum - g * lr if self.nesterov else v), {"momentum": v}
