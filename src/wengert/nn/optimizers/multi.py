"""MultiOptimizer: some weights by one optimizer, some by another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import field
from typing import Any, ClassVar

from wengert.base.errors import ArgumentError, UsageError, ValueRangeError
from wengert.nn.config import Configured
from wengert.nn.optimizers.optimizer import Optimizer
from wengert.nn.optimizers.wrapper import INNER, Wrapper
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable


class OptimizerMap(Configured, MutableMapping[str, Optimizer]):
    """Which optimizer changes which weight: by the weight's whole name (`path`), or a pattern (of `re`) of all of it.

    Args:
        default_optimizer: that of weights to which no key fits.
        optimizer_map: optimizers by name or pattern.

    Example:
        >>> import wengert as wg
        >>> found = wg.optimizers.OptimizerMap(wg.optimizers.SGD(), {"encoder/.*": wg.optimizers.Adam()})
        >>> found["encoder/dense/kernel"].name, found["decoder/kernel"].name
        ('adam', 'sgd')
    """

    family = "optimizers"
    default_optimizer: Any
    optimizer_map: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.default_optimizer, Optimizer):
            raise ArgumentError(
                f"OptimizerMap: default_optimizer must be an optimizer; got {self.default_optimizer!r}."
            )
        if not isinstance(self.optimizer_map, dict | None):
            raise ArgumentError(f"OptimizerMap: optimizer_map must be a dict; got {self.optimizer_map!r}.")
        given, self.optimizer_map = self.optimizer_map or {}, {}
        self.update(given)

    def __getitem__(self, key: str) -> Optimizer:
        """The optimizer of a weight of this name.

        Raises:
            UsageError: several patterns fit.
        """
        if key in self.optimizer_map:
            return self.optimizer_map[key]  # type: ignore[no-any-return]
        fitting = [pattern for pattern in self.optimizer_map if re.fullmatch(pattern, key)]
        if len(fitting) > 1:
            raise UsageError(f"OptimizerMap: one pattern must fit to {key!r}; got {fitting}.")
        return self.optimizer_map[fitting[0]] if fitting else self.default_optimizer  # type: ignore[no-any-return]

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        if key in self.optimizer_map:
            raise ValueRangeError(f"OptimizerMap: keys must be new; got {key!r}.")
        _require_single("OptimizerMap", optimizer)
        self.optimizer_map[key] = optimizer

    def __delitem__(self, key: str) -> None:
        del self.optimizer_map[key]

    def __len__(self) -> int:
        return len(self.optimizer_map)

    def __iter__(self) -> Iterator[str]:
        return iter(self.optimizer_map)

    def __contains__(self, key: object) -> bool:
        return key in self.optimizer_map

    def __call__(self, variable: Variable) -> Optimizer:
        """The optimizer of a weight."""
        return self[variable.path]


def _require_single(operation: str, optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer) or isinstance(optimizer, Wrapper | MultiOptimizer):
        raise ArgumentError(f"{operation}: each must be an optimizer that holds no other; got {optimizer!r}.")


class MultiOptimizer(Optimizer):
    """Each weight by the optimizer that `optimizer_map` gives for it; each has a learning rate of its own.

    Args:
        optimizer_map: an `OptimizerMap`, or a function of a weight that gives an optimizer, asked once for each.
        loss_scale_factor: of the loss, and so of all of them.

    State: its number of steps, then that of each optimizer.

    Example:
        >>> import wengert as wg
        >>> slow = wg.optimizers.OptimizerMap(wg.optimizers.Adam(), {".*/bias": wg.optimizers.SGD(1e-4)})
        >>> model = wg.Sequential([wg.Input((3,)), wg.layers.Dense(2)])
        >>> model.compile(wg.optimizers.MultiOptimizer(slow), "mse")
    """

    learning_rate: Any = field(default=None, init=False)
    optimizer_map: Any
    by_place: ClassVar[tuple[Any, ...]] = ("optimizer_map", "loss_scale_factor", "name")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not callable(self.optimizer_map):
            raise ArgumentError(
                f"MultiOptimizer: optimizer_map must be an OptimizerMap or a function; got {self.optimizer_map!r}."
            )
        self._chosen: dict[Variable, Optimizer] = {}
        self.optimizers: list[Optimizer] = []
        """All that are used, those of an `OptimizerMap` first."""
        if isinstance(self.optimizer_map, OptimizerMap):
            for optimizer in (
                *self.optimizer_map.optimizer_map.values(),
                self.optimizer_map.default_optimizer,
            ):
                self._take_in(optimizer)

    def check_fields(self) -> None:
        for name in INNER:
            if getattr(self, name) and name != "loss_scale_factor":
                raise ValueRangeError(
                    f"MultiOptimizer: {name} must be left out; got {getattr(self, name)!r}. "
                    f"Give it to the optimizers inside."
                )

    def _take_in(self, optimizer: Optimizer) -> None:
        _require_single("MultiOptimizer", optimizer)
        if not any(optimizer is other for other in self.optimizers):
            optimizer.loss_scale_factor = self.loss_scale_factor
            self.optimizers.append(optimizer)

    @property
    def frozen(self) -> bool:
        return bool(self.__dict__.get("_chosen"))

    def current_learning_rate(self) -> Array:
        raise UsageError(
            "MultiOptimizer: there must be one learning rate to be asked for it; each of `optimizers` has its own."
        )

    def build(self, variables: Iterable[Variable]) -> None:
        for v in variables:
            if v not in self._chosen:
                optimizer = self.optimizer_map(v)
                self._take_in(optimizer)
                optimizer.build([v])
                self._chosen[v] = optimizer

    @property
    def variables(self) -> list[Variable]:
        return [self.iterations, *(v for optimizer in self.optimizers for v in optimizer.variables)]

    def named_variables(self, names: Mapping[str, Variable]) -> dict[str, Variable]:
        found = {"iterations": self.iterations}
        for k, optimizer in enumerate(self.optimizers):
            found |= {f"{k}/{name}": v for name, v in optimizer.named_variables(names).items()}
        return found

    def _parts(self, variables: Iterable[Variable]) -> Iterator[tuple[Optimizer, list[int]]]:
        """Each optimizer, and the numbers of its variables."""
        chosen = [self._chosen[v] for v in variables]
        for optimizer in self.optimizers:
            mine = [k for k, other in enumerate(chosen) if other is optimizer]
            if mine:
                yield optimizer, mine

    def apply(
        self, grads: Sequence[Array | None], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        variables = list(self._chosen) if trainable_variables is None else list(trainable_variables)
        if len(grads) != len(variables) or all(g is None for g in grads):
            super().apply(grads, variables)  # which says what is wrong
        self.build(variables)
        for optimizer, mine in self._parts(variables):
            if any(grads[k] is not None for k in mine):
                optimizer.apply([grads[k] for k in mine], [variables[k] for k in mine])
        self.iterations.assign_add(1)

    def average(self, v: Variable) -> Variable:
        """The moving average of a weight, of which its optimizer keeps one; of others, the weight."""
        optimizer = self._chosen[v]
        return optimizer.average(v) if optimizer.use_ema else v

    def finalize_variable_values(self, variables: Sequence[Variable]) -> None:
        known = [v for v in variables if v in self._chosen]
        for optimizer, mine in self._parts(known):
            optimizer.finalize_variable_values([known[k] for k in mine])
