"""Data-parallel training: each rank takes its rows of a batch; all take one step, with the mean of their gradients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.distribute.ranks import rank, ranks, size
from wengert.distribute.sums import all_mean, sum_over_ranks
from wengert.ir.types import type_of
from wengert.nn.optimizers.wrapper import Wrapper
from wengert.ops.operands import Array
from wengert.prims.control import items_of
from wengert.prims.params import show_types
from wengert.runtime.storage import changing
from wengert.runtime.tape import forget
from wengert.runtime.variable import Variable
from wengert.train.callbacks import Callback


class DataParallel(Wrapper):
    """Another optimizer, for the mean over all ranks of their gradients; one exchange a step.

    Weights start as those of rank 0 and are then the same bits on every rank: sums are in the order of the ranks, and
    ranks that have taken other numbers of steps, or have other learning rates, are refused. Metrics, and the statistics
    of normalisation, are those of a rank's own rows. With one rank it is the other optimizer.

    Args:
        inner_optimizer: takes the steps; clipping, decay, loss scaling and the like are its own.

    Numerics:
        The mean of the means of R shares of equal size is the mean of the whole batch, but for rounding: k rows are
        added up in another order, which changes a gradient by at most about k ulp of the mean of its terms' sizes.

    Example:
        >>> import wengert as wg
        >>> model = wg.Sequential([wg.Input((8,)), wg.layers.Dense(1)])
        >>> model.compile(wg.distribute.DataParallel(wg.optimizers.Adam(1e-3)), "mse")
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self._built: dict[Variable, None] = {}

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots of these parameters, which first become those of rank 0."""
        variables = list(variables)
        new = [v for v in variables if v not in self._built]
        if new:
            self._built |= dict.fromkeys(new)
            broadcast(new)
        super().build(variables)

    def apply(
        self, grads: Sequence[Array | None], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """The inner optimizer's step for the means of the gradients."""
        variables = list(self._built) if trainable_variables is None else trainable_variables
        self.build(variables)
        there = [k for k, g in enumerate(grads) if g is not None]
        means = list(grads)
        if size() > 1 and there:
            alike = (self.iterations.value, self.inner_optimizer.current_learning_rate())
            sums = sum_over_ranks(*alike, *(grads[k] for k in there), place="DataParallel", alike=len(alike))
            for k, total in zip(there, items_of(sums, len(there), len(alike)), strict=True):
                means[k] = total / size()
        self.inner_optimizer.apply(means, variables)
        self.iterations.assign_add(1)


class MeanLogs(Callback):
    """At the end of each epoch what is logged becomes its mean over ranks, for the callbacks after this one.

    So `EarlyStopping` and the like, which come after it in the list, decide the same on all ranks.
    """

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if logs:
            logs |= zip(logs, all_mean(np.array(list(logs.values()))).tolist(), strict=True)


def broadcast(variables: Iterable[Variable]) -> None:
    """Let these variables hold on every rank what they hold on rank 0. `DataParallel` does it for weights.

    Raises:
        ShapeError: their shapes or dtypes differ between ranks.
    """
    variables = list(variables)
    types = show_types(v.held for v in variables)
    found = ranks().broadcast([v.array for v in variables], f"broadcast({types})")
    if size() == 1:
        return
    for v, value in zip(variables, found, strict=True):  # at once, also while a function is being recorded
        with changing([v.storage]):
            v.storage.array[...] = value
        forget(v)


def shard(x: Any, /, *more: Any) -> Any:
    """This rank's rows: number rank, rank + size, rank + 2 size, ..., as many on every rank.

    What is left over, fewer rows than ranks, is left out. So a batch of n rows on each of R ranks is, as long as
    nothing shuffles, a batch of n R rows of the whole.

    Returns:
        The rows of x; of several arrays a tuple.

    Raises:
        ShapeError: arrays have different lengths. ValueRangeError: there are fewer rows than ranks.

    Example:
        >>> import numpy as np, wengert as wg
        >>> wg.distribute.shard(np.arange(6))  # of one rank
        array([0, 1, 2, 3, 4, 5])
    """
    xs = [np.asarray(a) for a in (x, *more)]
    if any(a.ndim == 0 for a in xs) or len({len(a) for a in xs}) > 1:
        raise ShapeError(f"shard: arrays must have rows, and as many; got {show_types(map(type_of, xs))}.")
    rows = len(xs[0]) // size()
    if not rows:
        raise ValueRangeError(f"shard: there must be a row for each of {size()} ranks; got {len(xs[0])}.")
    mine = tuple(a[rank() :: size()][:rows] for a in xs)
    return mine if more else mine[0]
