"""Optimizer: walks the parameters, keeps their slots, clips and decays. Subclasses step one parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import UsageError, ValueRangeError
from wengert.ir import operators
from wengert.nn.config import Configured, by_name, snake_case
from wengert.nn.schedules import Schedule
from wengert.ops.clipping import clip_by_global_norm, clip_by_norm, clip_by_value
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable

Slots = dict[str, Array]


class Optimizer(Configured):
    """Base of every optimizer. Write `slots(p)` and `step(p, g, lr, t, **slots)`, for one parameter.

    Numbers such as the learning rate are variables: `optimizer.learning_rate = 0.01` compiles nothing.

    Args:
        learning_rate: size of a step: a number, or a schedule.
        name: for messages and saved files.
        weight_decay: each step takes this share, times the learning rate, off each weight.
        clipnorm: the gradient of each parameter is scaled down to this norm.
        clipvalue: gradients are cut to [-clipvalue, clipvalue].
        global_clipnorm: all gradients together are scaled down to this norm.
    """

    family = "optimizers"
    learning_rate: Any = 0.01
    name: str | None = field(default=None, kw_only=True)
    weight_decay: float | None = field(default=None, kw_only=True)
    clipnorm: float | None = field(default=None, kw_only=True)
    clipvalue: float | None = field(default=None, kw_only=True)
    global_clipnorm: float | None = field(default=None, kw_only=True)
    hyper: ClassVar[tuple[str, ...]] = (
        "learning_rate",
        "weight_decay",
        "clipnorm",
        "clipvalue",
        "global_clipnorm",
    )

    def __post_init__(self) -> None:
        kind = type(self).__name__
        self.name = self.name or snake_case(kind)
        self.iterations = Variable(np.int64(0), name=f"{self.name}/iterations", trainable=False)
        self._slots: dict[Variable, dict[str, Variable]] = {}
        clips = {
            n: getattr(self, n)
            for n in ("clipnorm", "clipvalue", "global_clipnorm")
            if getattr(self, n) is not None
        }
        if len(clips) > 1:
            raise ValueRangeError(f"{kind}: one kind of clipping at most; got {clips}.")
        for n, value in {
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            **clips,
        }.items():
            number = isinstance(value, int | float)
            if (number and not value >= 0) or not (number or value is None or isinstance(value, Schedule)):
                raise ValueRangeError(f"{kind}: {n} must be a number >= 0; got {value!r}.")
        super().__post_init__()

    @property
    def frozen(self) -> bool:
        return bool(self.__dict__.get("_slots"))

    # --- what subclasses write ------------------------------------------------------------------
    def slots(self, p: Variable) -> dict[str, Any]:
        """First values of the state kept for parameter `p`, by name."""
        return {}

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        """The new value of one parameter and of its slots.

        Args:
            p, g: the parameter and its gradient.
            lr: the learning rate. t: how many steps this makes, from 1, as float.
        """
        raise NotImplementedError

    # --- walking the parameters -----------------------------------------------------------------
    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots of these parameters, unless they are there."""
        for p in variables:
            if p not in self._slots:
                self._slots[p] = {
                    k: Variable(v, name=f"{p.name}/{k}", trainable=False) for k, v in self.slots(p).items()
                }

    @property
    def variables(self) -> list[Variable]:
        """All state: the number of steps, then the slots of each parameter."""
        return [self.iterations, *(v for slots in self._slots.values() for v in slots.values())]

    def named_variables(self, names: Mapping[str, Variable]) -> dict[str, Variable]:
        """All state by name: `iterations`, and `hidden/kernel/momentum` for the slots of `hidden/kernel`."""
        slots = {f"{name}/{k}": s for name, p in names.items() for k, s in self._slots.get(p, {}).items()}
        return {"iterations": self.iterations, **slots}

    def apply(self, grads: Sequence[Array | None], variables: Sequence[Variable]) -> None:
        """Take one step: let each variable, and its slots, hold their new values. None: the variable stays.

        Raises:
            UsageError: there are not as many gradients as variables, or not one gradient at all.
        """
        if len(grads) != len(variables) or all(g is None for g in grads):
            raise UsageError(
                f"{type(self).__name__}: a gradient for each of {len(variables)} variables is needed; "
                f"got {sum(g is not None for g in grads)}. Do the variables have an influence on the loss?"
            )
        self.build(variables)
        pairs = [(g, v) for g, v in zip(grads, variables, strict=True) if g is not None]
        lr = self.current_learning_rate()
        t = operators.cast(self.iterations + 1, "float32")
        for g, v in zip(self.clip([g for g, _ in pairs]), [v for _, v in pairs], strict=True):
            mine = self._slots[v]
            rate, p = operators.cast(lr, v.dtype), v.value
            if self.weight_decay is not None:
                p = p - p * operators.cast(self.weight_decay, v.dtype) * rate
            new, slots = self.step(
                p, g, rate, operators.cast(t, v.dtype), **{k: s.value for k, s in mine.items()}
            )
            v.assign(new)
            for k, s in slots.items():
                mine[k].assign(s)
        self.iterations.assign_add(1)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Array | None, Variable]]) -> None:
        """`apply`, with pairs."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])

    def current_learning_rate(self) -> Array:
        """The learning rate of the next step."""
        if isinstance(self.learning_rate, Schedule):
            return self.learning_rate(self.iterations)
        return self.learning_rate.value

    def clip(self, grads: Sequence[Array]) -> list[Array]:
        """The gradients, no larger than allowed."""
        grads = list(grads)
        if self.clipvalue is not None:
            return clip_by_value(grads, self.clipvalue.value)  # type: ignore[attr-defined,no-any-return]
        if self.clipnorm is not None:
            return clip_by_norm(grads, self.clipnorm.value)  # type: ignore[attr-defined,no-any-return]
        if self.global_clipnorm is not None:
            return clip_by_global_norm(grads, self.global_clipnorm.value)  # type: ignore[attr-defined,no-any-return]
        return grads


get: Callable[[Any], Any] = by_name(Optimizer)
