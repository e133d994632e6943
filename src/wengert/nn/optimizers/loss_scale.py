"""Loss scaling that finds its own factor; for gradients in float16."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.nn.optimizers.wrapper import Wrapper
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.control import cond
from wengert.ops.joining import stack
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable


class LossScaleOptimizer(Wrapper):
    """Another optimizer, for a loss multiplied by a scale: halved where a gradient is not finite.

    Then that step is left out. After `dynamic_growth_steps` steps without, the scale is doubled.

    Args:
        inner_optimizer: takes the steps; clipping, decay and the like are its own.
        initial_scale: the first scale; too high is found out faster than too low.
        dynamic_growth_steps: finite steps before the scale is doubled.

    State: the inner optimizer's; step_counter, dynamic_scale.

    Source: Micikevicius et al., "Mixed precision training", arXiv:1710.03740, section 3.2.
    """

    initial_scale: float = 2.0**15
    dynamic_growth_steps: int = 2000

    def __post_init__(self) -> None:
        super().__post_init__()
        self.step_counter = Variable(np.int64(0), name=f"{self.name}/step_counter", trainable=False)
        self.dynamic_scale = Variable(
            np.float32(self.initial_scale), name=f"{self.name}/dynamic_scale", trainable=False
        )

    def check_fields(self) -> None:
        super().check_fields()
        if isinstance(self.inner_optimizer, Wrapper):
            raise ValueRangeError(
                f"LossScaleOptimizer: the inner optimizer must not wrap another; got {self.inner_optimizer!r}. "
                f"Wrap the LossScaleOptimizer instead."
            )
        if self.inner_optimizer.loss_scale_factor is not None:
            raise ValueRangeError(
                f"LossScaleOptimizer: the inner optimizer must have no loss_scale_factor; "
                f"got {self.inner_optimizer.loss_scale_factor!r}."
            )
        if not self.initial_scale > 0 or self.dynamic_growth_steps < 1:
            raise ValueRangeError(
                f"LossScaleOptimizer: initial_scale and dynamic_growth_steps must be positive; "
                f"got {self.initial_scale!r} and {self.dynamic_growth_steps!r}."
            )

    @property
    def own_variables(self) -> dict[str, Variable]:
        return {
            "iterations": self.iterations,
            "step_counter": self.step_counter,
            "dynamic_scale": self.dynamic_scale,
        }

    def scale_loss(self, loss: Array) -> Array:
        return loss * self.dynamic_scale

    def apply(
        self, grads: Sequence[Array | None], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """The inner optimizer's step for the unscaled gradients, if all of them are finite."""
        there = [g for g in grads if g is not None]
        variables = list(self.inner_optimizer._slots) if trainable_variables is None else trainable_variables
        self.build(variables)
        scale = self.dynamic_scale.value

        def step() -> None:
            self.inner_optimizer.apply([g if g is None else g / scale for g in grads], variables)
            grown = m.equal(self.step_counter + 1, self.dynamic_growth_steps)
            self.dynamic_scale.assign(m.where(grown, scale * 2, scale))
            self.step_counter.assign(m.where(grown, 0, self.step_counter + 1))

        def skip() -> None:
            self.dynamic_scale.assign(scale / 2)
            self.step_counter.assign(self.step_counter * 0)

        if not there:
            step()  # which says what is wrong
        cond(reduce.all(stack([reduce.all(m.isfinite(g)) for g in there])), step, skip)
        self.iterations.assign_add(1)
