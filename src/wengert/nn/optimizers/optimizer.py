"""Optimizer: walks the parameters, keeps their slots, clips and decays. Subclasses step one parameter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, fields
from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import UsageError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.ir import operators
from wengert.ir.node import Node
from wengert.nn.by_name import by_name, descriptions
from wengert.nn.config import Configured, snake_case
from wengert.nn.schedules import Schedule
from wengert.ops import math as m
from wengert.ops.clipping import clip_by_global_norm, clip_by_norm, clip_by_value
from wengert.ops.control import cond
from wengert.ops.creation import zeros_like
from wengert.ops.operands import Array
from wengert.runtime.tensor import Tensor
from wengert.runtime.variable import Variable

Slots = dict[str, Array]
AVERAGE, GRADIENTS = "average", "gradient_accumulator"  # slots that every optimizer may have


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
        use_ema: keep a moving average of each weight, slot `average`; `finalize_variable_values` takes it.
        ema_momentum: decay of that average per step, in [0, 1].
        ema_overwrite_frequency: each so many steps the weights become their averages.
        loss_scale_factor: `scale_loss` multiplies by it, and gradients are divided by it.
        gradient_accumulation_steps: so many gradients, at least 2, are averaged for one step.
        decay_exclude: patterns (of `re`) of names of weights that do not decay.
    """

    family = "optimizers"
    learning_rate: Any = 0.01
    name: str | None = field(default=None, kw_only=True)
    weight_decay: float | None = field(default=None, kw_only=True)
    clipnorm: float | None = field(default=None, kw_only=True)
    clipvalue: float | None = field(default=None, kw_only=True)
    global_clipnorm: float | None = field(default=None, kw_only=True)
    use_ema: bool = field(default=False, kw_only=True)
    ema_momentum: float = field(default=0.99, kw_only=True)
    ema_overwrite_frequency: int | None = field(default=None, kw_only=True)
    loss_scale_factor: float | None = field(default=None, kw_only=True)
    gradient_accumulation_steps: int | None = field(default=None, kw_only=True)
    decay_exclude: Sequence[str] = field(default=(), kw_only=True)
    by_place: ClassVar[tuple[Any, ...]] = (
        ...,
        "weight_decay",
        "clipnorm",
        "clipvalue",
        "global_clipnorm",
        "use_ema",
        "ema_momentum",
        "ema_overwrite_frequency",
        "loss_scale_factor",
        "gradient_accumulation_steps",
        "name",
    )
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
        for n in ("weight_decay", *clips):
            if getattr(self, n) is not None:
                _require_rate(kind, n, getattr(self, n))
        if not isinstance(self.learning_rate, Schedule) and not (
            self.learning_rate is None and not _is_argument(self, "learning_rate")
        ):
            _require_rate(kind, "learning_rate", self.learning_rate, " or a schedule")
        for name, least in (("gradient_accumulation_steps", 2), ("ema_overwrite_frequency", 1)):
            if getattr(self, name) is not None:
                require_count(kind, name, getattr(self, name), least)
        self.require_in("[0, 1]", "ema_momentum")
        if self.loss_scale_factor is not None and not self.loss_scale_factor > 0:
            raise ValueRangeError(
                f"{kind}: loss_scale_factor must be positive; got {self.loss_scale_factor!r}."
            )
        super().__post_init__()
        if isinstance(self.learning_rate, Schedule):
            object.__setattr__(self.learning_rate, "steps", self.iterations)

    @property
    def frozen(self) -> bool:
        return bool(self.__dict__.get("_slots"))

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "learning_rate" and isinstance(self.__dict__.get(name), Variable):
            if isinstance(value, Schedule):
                raise UsageError(
                    f"{type(self).__name__}: learning_rate must stay a number, as it was made with one; got {value!r}. "
                    f"Make an optimizer with the schedule."
                )
            recorded = isinstance(value, Node)  # a program assigns it: its value is not known yet
            if isinstance(value, Tensor | Variable) and value.ndim == 0:
                value = float(value)
            if not recorded:
                _require_rate(type(self).__name__, name, value)
        super().__setattr__(name, value)

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

    def decay(self, p: Variable) -> Any:
        """The weight decay of parameter `p`; None for none."""
        return self.weight_decay

    # --- walking the parameters -----------------------------------------------------------------
    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots of these parameters, unless they are there."""
        for p in variables:
            if p not in self._slots:
                values = {**self.slots(p), **self._own_slots(p)}
                self._slots[p] = {
                    k: Variable(v, name=f"{p.path}/{k}", trainable=False) for k, v in values.items()
                }

    def _own_slots(self, p: Variable) -> dict[str, Any]:
        """What this base keeps for a parameter."""
        average = {AVERAGE: p.numpy()} if self.use_ema else {}
        return average | (zeros(p, GRADIENTS) if self.gradient_accumulation_steps else {})

    @property
    def variables(self) -> list[Variable]:
        """All state: the number of steps, then the slots of each parameter."""
        return [self.iterations, *(v for slots in self._slots.values() for v in slots.values())]

    def named_variables(self, names: Mapping[str, Variable]) -> dict[str, Variable]:
        """All state by name: `iterations`, and `hidden/kernel/momentum` for the slots of `hidden/kernel`."""
        slots = {f"{name}/{k}": s for name, p in names.items() for k, s in self._slots.get(p, {}).items()}
        return {"iterations": self.iterations, **slots}

    def apply(
        self, grads: Sequence[Array | None], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Take one step: let each variable, and its slots, hold their new values. None: the variable stays.

        Args:
            trainable_variables: those that the gradients are of; None: those that `build` was given.

        Raises:
            UsageError: there are not as many gradients as variables, or not one gradient at all.
        """
        variables = list(self._slots) if trainable_variables is None else trainable_variables
        if len(grads) != len(variables) or all(g is None for g in grads):
            raise UsageError(
                f"{type(self).__name__}: a gradient for each of {len(variables)} variables is needed; "
                f"got {sum(g is not None for g in grads)}. Do the variables have an influence on the loss?"
            )
        self.build(variables)
        pairs = [(g, v) for g, v in zip(grads, variables, strict=True) if g is not None]
        kept, scale = [v for _, v in pairs], self.loss_scale_factor
        found = [g if scale is None else g / operators.cast(scale, v.dtype) for g, v in pairs]
        if self.gradient_accumulation_steps is None:
            self._step(found, kept)
        else:
            self._accumulate(found, kept, self.gradient_accumulation_steps)
        if self.use_ema:
            self._follow(kept)
        self.iterations.assign_add(1)

    def _step(self, grads: Sequence[Array], variables: Sequence[Variable]) -> None:
        """Clip, decay, and step each parameter."""
        lr = self.current_learning_rate()
        t = operators.cast(self._updates() + 1, "float32")
        for g, v in zip(self.clip(grads), variables, strict=True):
            mine = self._slots[v]
            rate, p = operators.cast(lr, v.dtype), v.value
            decay = None if self._is_excluded(v) else self.decay(v)
            if decay is not None:
                p = p - p * operators.cast(decay, v.dtype) * rate
            now = {k: s.value for k, s in mine.items() if k not in (AVERAGE, GRADIENTS)}
            new, slots = self.step(p, g, rate, operators.cast(t, v.dtype), **now)
            v.assign(new if v.constraint is None else v.constraint(new))
            for k, s in slots.items():
                mine[k].assign(s)

    def _updates(self) -> Array:
        """How many steps the parameters have made."""
        if self.gradient_accumulation_steps is None:
            return self.iterations.value
        return self.iterations // self.gradient_accumulation_steps

    def _accumulate(self, grads: Sequence[Array], variables: Sequence[Variable], steps: int) -> None:
        """Add gradients up; each so many times take a step with their mean."""
        sums = [self._slots[v][GRADIENTS] for v in variables]

        def take() -> None:
            self._step([(g + s.value) / steps for g, s in zip(grads, sums, strict=True)], variables)
            for s in sums:
                s.assign(zeros_like(s.value))

        def wait() -> None:
            for g, s in zip(grads, sums, strict=True):
                s.assign_add(g)

        cond(m.equal((self.iterations + 1) % steps, 0), take, wait)

    def average(self, v: Variable) -> Variable:
        """With `use_ema`, the moving average of a weight."""
        return self._slots[v][AVERAGE]

    def _follow(self, variables: Sequence[Variable]) -> None:
        """Let averages follow the weights; the first step sets them."""
        for v in variables:
            average = self.average(v)
            kept = m.where(m.equal(self._updates(), 0), 0.0, self.ema_momentum)
            average.assign(
                average.value * operators.cast(kept, v.dtype) + v.value * operators.cast(1 - kept, v.dtype)
            )
        if self.ema_overwrite_frequency is not None:
            due = m.equal((self.iterations + 1) % self.ema_overwrite_frequency, 0)
            cond(due, lambda: self.finalize_variable_values(variables), lambda: None)

    def finalize_variable_values(self, variables: Sequence[Variable]) -> None:
        """With `use_ema`, let the weights be their averages; without, nothing."""
        if self.use_ema:
            for v in variables:
                v.assign(self.average(v).value)

    def scale_loss(self, loss: Array) -> Array:
        """The loss whose gradients `apply` takes."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """These variables do not decay, nor those in whose name one of the patterns (of `re`) is found.

        Raises:
            UsageError: there are slots already: programs may have been recorded.
        """
        exact = [f"^{re.escape(v.path)}$" for v in var_list or ()]
        self.decay_exclude = (*exact, *(var_names or ()))

    def _is_excluded(self, v: Variable) -> bool:
        return any(re.search(pattern, v.path) for pattern in self.decay_exclude)

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


def zeros(p: Variable, *names: str) -> dict[str, Any]:
    """Slots of the parameter's shape that start with zeros."""
    return {name: np.zeros(p.shape, p.dtype) for name in names}


def _is_argument(optimizer: Optimizer, name: str) -> bool:
    return any(f.name == name and f.init for f in fields(optimizer))


def _require_rate(kind: str, name: str, value: Any, other: str = "") -> None:
    number = not isinstance(value, bool) and isinstance(value, int | float | np.number)
    if not (number and 0 <= value < np.inf):
        raise ValueRangeError(f"{kind}: {name} must be a number >= 0{other}; got {value!r}.")


get: Callable[[Any], Any] = by_name(Optimizer)


serialize, deserialize = descriptions(Optimizer)
