"""Adafactor: a matrix's second moments from those of its rows and columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.ir.types import type_of
from wengert.nn.optimizers.optimizer import Optimizer, Slots, zeros
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.operands import Array
from wengert.ops.shape import expand_dims
from wengert.runtime.variable import Variable


class Adafactor(Optimizer):
    """``p -= max(epsilon_2, rms(p)) * rho_t * u / max(1, rms(u) / clip_threshold)``, with u = g / sqrt(v).

    Of weights with two axes or more, v is the outer product of the means over rows and columns, so the state
    of an n x m matrix is n + m numbers.

    Args:
        learning_rate: the largest rho_t; by default steps are relative to the size of the weights.
        beta_2_decay: the mean decays by 1 - t**beta_2_decay at step t; below 0.
        epsilon_1: added to g*g. epsilon_2: the least size that weights are taken to have.
        clip_threshold: the largest rms of u.
        relative_step: rho_t = min(learning_rate, 1 / sqrt(t)), unless the rate is a schedule.

    State: row and column, or velocity.

    Source: Shazeer & Stern, arXiv:1804.04235, algorithms 4 and 5.
    """

    learning_rate: Any = 0.001
    beta_2_decay: float = -0.8
    epsilon_1: float = 1e-30
    epsilon_2: float = 1e-3
    clip_threshold: float = 1.0
    relative_step: bool = True

    def check_fields(self) -> None:
        if not self.beta_2_decay < 0 or not self.clip_threshold > 0:
            raise ValueRangeError(
                f"Adafactor: beta_2_decay must be below 0 and clip_threshold above; "
                f"got {self.beta_2_decay} and {self.clip_threshold}."
            )

    def slots(self, p: Variable) -> dict[str, Any]:
        if len(p.shape) < 2:
            return zeros(p, "velocity")
        column = (*p.shape[:-2], p.shape[-1])
        return {"row": np.zeros(p.shape[:-1], p.dtype), "column": np.zeros(column, p.dtype)}

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        new = m.pow(t, self.beta_2_decay)
        square = g * g + self.epsilon_1
        if type_of(p).rank < 2:
            power = slots["velocity"] * (1 - new) + square * new
            slots = {"velocity": power}
        else:
            row = slots["row"] * (1 - new) + reduce.mean(square, axis=-1) * new
            column = slots["column"] * (1 - new) + reduce.mean(square, axis=-2) * new
            share = row / reduce.mean(row, axis=-1, keepdims=True)
            power = expand_dims(share, -1) * expand_dims(column, -2)
            slots = {"row": row, "column": column}
        u = g / m.sqrt(power)
        u = u / m.maximum(_rms(u) / self.clip_threshold, 1)
        return p - u * (m.maximum(_rms(p), self.epsilon_2) * m.minimum(lr, 1 / m.sqrt(t))), slots


def _rms(x: Array) -> Array:
    return m.sqrt(reduce.mean(x * x))
