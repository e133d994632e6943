"""Learning rates that change with the number of steps, computed inside of the training step."""

from __future__ import annotations

import math
from dataclasses import field
from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.nn.by_name import descriptions
from wengert.nn.config import Configured
from wengert.ops import math as m
from wengert.ops.dtypes import astype
from wengert.ops.operands import Array

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "Schedule",
]


class Schedule(Configured):
    """Base: `__call__(step)` is the learning rate of step number `step`, from 0."""

    family = "schedules"
    by_place: ClassVar[tuple[Any, ...]] = (..., "name")
    name: str | None = field(default=None, kw_only=True)
    steps: ClassVar[Any] = 0
    """The number of the step that its optimizer makes next."""

    def check_fields(self) -> None:
        for name in ("initial_learning_rate", "end_learning_rate", "warmup_target", "decay_rate"):
            value: Any = getattr(self, name, None)
            if value is not None and not 0 <= value < math.inf:
                raise ValueRangeError(f"{type(self).__name__}: {name} must be a number >= 0; got {value!r}.")
        for name in ("decay_steps", "first_decay_steps"):
            steps: Any = getattr(self, name, 1)
            if not steps > 0:
                raise ValueRangeError(f"{type(self).__name__}: {name} must be positive; got {steps!r}.")

    def __call__(self, step: Array) -> Array:
        raise NotImplementedError(
            f"{type(self).__name__}: must have a method __call__(self, step); it has none."
        )

    def numpy(self) -> Any:
        """The learning rate of the step that its optimizer makes next."""
        return np.asarray(self(self.steps), "float32")

    def __float__(self) -> float:
        return float(self.numpy())


LearningRateSchedule = Schedule


class ExponentialDecay(Schedule):
    """initial_learning_rate * decay_rate ** (step / decay_steps); staircase: the exponent is rounded down."""

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False

    def __call__(self, step: Array) -> Array:
        p = astype(step, "float32") / float(self.decay_steps)
        return m.pow(self.decay_rate, m.floor(p) if self.staircase else p) * self.initial_learning_rate


class CosineDecay(Schedule):
    """From initial_learning_rate down to alpha times it along half a cosine. With warmup_target: first up to
    that in a straight line, then down from it.

    Source: Loshchilov & Hutter, "SGDR", ICLR 2017.
    """

    by_place: ClassVar[tuple[Any, ...]] = ("initial_learning_rate", "decay_steps", "alpha", "name", ...)
    initial_learning_rate: float
    decay_steps: int
    alpha: float = 0.0
    warmup_target: float | None = None
    warmup_steps: int = 0

    def __call__(self, step: Array) -> Array:
        step = astype(step, "float32")
        top = self.initial_learning_rate if self.warmup_target is None else self.warmup_target
        done = m.clip((step - self.warmup_steps) / float(self.decay_steps), 0.0, 1.0)
        down = ((m.cos(done * math.pi) + 1) * (0.5 * (1 - self.alpha)) + self.alpha) * top
        if self.warmup_target is None or not self.warmup_steps:
            return down
        up = self.initial_learning_rate + step * ((top - self.initial_learning_rate) / self.warmup_steps)
        return m.where(m.less(step, self.warmup_steps), up, down)


class PiecewiseConstantDecay(Schedule):
    """values[k] while step is at most boundaries[k]; the last value after that."""

    boundaries: Any
    values: Any

    def check_fields(self) -> None:
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueRangeError(
                f"PiecewiseConstantDecay: values must be one more than boundaries; got {self.values} "
                f"and {self.boundaries}."
            )

    def __call__(self, step: Array) -> Array:
        rate: Any = self.values[-1]
        for edge, value in zip(reversed(self.boundaries), reversed(self.values[:-1]), strict=True):
            rate = m.where(m.less_equal(step, edge), float(value), rate)
        return rate


class InverseTimeDecay(Schedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps); staircase: the quotient is rounded down."""

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False

    def __call__(self, step: Array) -> Array:
        p = astype(step, "float32") / float(self.decay_steps)
        return self.initial_learning_rate / (1 + (m.floor(p) if self.staircase else p) * self.decay_rate)


class PolynomialDecay(Schedule):
    """From initial_learning_rate down to end_learning_rate along (1 - step / decay_steps)**power, then there.

    Args:
        cycle: go on from half way up, with decay_steps doubled, tripled, ..., whenever the end is reached.
    """

    initial_learning_rate: float
    decay_steps: int
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False

    def __call__(self, step: Array) -> Array:
        done = astype(step, "float32") / float(self.decay_steps)
        done = done / m.maximum(m.ceil(done), 1) if self.cycle else m.minimum(done, 1)
        down = m.pow(1 - done, self.power) * (self.initial_learning_rate - self.end_learning_rate)
        return down + self.end_learning_rate


class CosineDecayRestarts(Schedule):
    """Down half a cosine, to alpha times the rate, again and again.

    Args:
        first_decay_steps: length of the first way down.
        t_mul: how many times as long each next one is.
        m_mul: how many times as high each next one starts.
        alpha: the least rate, as a share of the first.

    Source: Loshchilov & Hutter, "SGDR", ICLR 2017.
    """

    initial_learning_rate: float
    first_decay_steps: int
    t_mul: float = 2.0
    m_mul: float = 1.0
    alpha: float = 0.0

    def __call__(self, step: Array) -> Array:
        done = astype(step, "float32") / float(self.first_decay_steps)
        if self.t_mul == 1.0:
            restarts = m.floor(done)
            done = done - restarts
        else:
            restarts = m.floor(m.log(1 - done * (1 - self.t_mul)) / math.log(self.t_mul))
            length = m.pow(self.t_mul, restarts)
            done = (done - (1 - length) / (1 - self.t_mul)) / length
        height = m.pow(self.m_mul, restarts) * (m.cos(done * math.pi) + 1) * 0.5
        return (height * (1 - self.alpha) + self.alpha) * self.initial_learning_rate


serialize, deserialize = descriptions(Schedule)
