"""Adam, AdamW, and AdamW without a schedule."""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar

from wengert.base.errors import ValueRangeError
from wengert.base.numbers import require_count
from wengert.nn.optimizers.optimizer import Optimizer, Slots, zeros
from wengert.ops import math as m
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable


class Moments(Optimizer, base=True):
    """Base of Adam and its relatives: what decides how their moving means decay."""

    learning_rate: Any = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def check_fields(self) -> None:
        self.require_in("[0, 1)", "beta_1", "beta_2")
        if not self.epsilon > 0:
            raise ValueRangeError(f"{type(self).__name__}: epsilon must be positive; got {self.epsilon!r}.")

    def slots(self, p: Variable) -> dict[str, Any]:
        return zeros(p, "momentum", "velocity")


class Adam(Moments):
    """``p -= learning_rate * m_hat / (sqrt(v_hat) + epsilon)``: bias-corrected moments m, v of the gradient.

    Args:
        learning_rate: size of a step, in units of the parameter.
        beta_1: decay per step of the first moment, in [0, 1).
        beta_2: decay per step of the second moment, in [0, 1).
        epsilon: added to the root of the second moment, in units of the gradient (before correction:
            epsilon-hat).
        amsgrad: the second moment in the denominator never falls.

    State: momentum, velocity; velocity_hat with amsgrad.

    Source: Kingma & Ba, arXiv:1412.6980, section 2 (the efficient order of computation). Reddi et al., ICLR
    2018.
    """

    amsgrad: bool = False

    def slots(self, p: Variable) -> dict[str, Any]:
        return super().slots(p) | (zeros(p, "velocity_hat") if self.amsgrad else {})

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        move, new = adam_step(g, lr, t, self.beta_1, self.beta_2, self.epsilon, slots)
        return p - move, new


def moments(g: Array, beta_1: float, beta_2: float, slots: Slots) -> tuple[Array, Array]:
    """The moving means of g and of g*g, slots momentum and velocity, after this step."""
    mean = slots["momentum"] + (g - slots["momentum"]) * (1 - beta_1)
    power = slots["velocity"] + (g * g - slots["velocity"]) * (1 - beta_2)
    return mean, power


def adam_step(
    g: Array, lr: Array, t: Array, beta_1: float, beta_2: float, epsilon: float, slots: Slots
) -> tuple[Array, Slots]:
    """What to take off the parameter, and the moments after it; `velocity_hat` is kept if there is one."""
    alpha = lr * m.sqrt(1 - m.pow(beta_2, t)) / (1 - m.pow(beta_1, t))
    mean, power = moments(g, beta_1, beta_2, slots)
    new = {"momentum": mean, "velocity": power}
    if "velocity_hat" in slots:
        power = new["velocity_hat"] = m.maximum(slots["velocity_hat"], power)
    return mean * alpha / (m.sqrt(power) + epsilon), new


class AdamW(Adam):
    """Adam, with weights that decay by themselves.

    Source: Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """

    weight_decay: float | None = field(default=0.004, kw_only=True)
    by_place: ClassVar[tuple[Any, ...]] = ("learning_rate", "weight_decay", *Optimizer.by_place)


class ScheduleFreeAdamW(Moments):
    """AdamW that needs no schedule: steps z, their running mean x, and weights y between both, where gradients are.

    ``z -= learning_rate * g / (sqrt(v_hat) + epsilon)``, ``x += (z - x) / t``, ``y = (1 - beta_1) z + beta_1 x``.

    Args:
        learning_rate: size of a step, in units of the parameter.
        beta_1: share of the mean in the weights, in (0, 1).
        beta_2: decay per step of the second moment, in [0, 1).
        epsilon: added to the root of the second moment, in units of the gradient.
        warmup_steps: the learning rate rises to its value in so many steps.

    State: momentum (z), velocity.

    Source: Defazio et al., "The road less scheduled", NeurIPS 2024.
    """

    learning_rate: Any = 0.0025
    epsilon: float = 1e-8
    warmup_steps: int = 0

    def check_fields(self) -> None:
        super().check_fields()
        self.require_in("(0, 1)", "beta_1")
        require_count(type(self).__name__, "warmup_steps", self.warmup_steps, least=0)

    def slots(self, p: Variable) -> dict[str, Any]:
        return {"momentum": p.numpy(), **zeros(p, "velocity")}

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        if self.warmup_steps:
            lr = lr * m.minimum(t / self.warmup_steps, 1.0)
        z, b = slots["momentum"], self.beta_1
        power = slots["velocity"] + (g * g - slots["velocity"]) * (1 - self.beta_2)
        mean = (p - z * (1 - b)) / b
        z = z - lr * g / (m.sqrt(power / (1 - m.pow(self.beta_2, t))) + self.epsilon)
        mean = mean + (z - mean) / t
        return z * (1 - b) + mean * b, {"momentum": z, "velocity": power}
