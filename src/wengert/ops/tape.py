"""GradientTape: derivatives of what a block of ordinary Python computed."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from wengert.base.errors import ShapeError, UsageError
from wengert.base.tree import flatten, unflatten
from wengert.ir.boundary import boundary
from wengert.ir.node import Node
from wengert.ir.types import TensorType, type_of
from wengert.ops.follow import ones_like, seed
from wengert.ops.jacobian import unit_directions
from wengert.ops.vmap import vmap
from wengert.prims.families import total
from wengert.prims.movement import broadcast_to, move_axis, reshape
from wengert.runtime.tape import Leaves, paused, tape
from wengert.runtime.tensor import Tensor
from wengert.runtime.variable import Variable
from wengert.transforms.vjp import vjp


class GradientTape:
    """Records what tensors go through, so that `gradient` can go back: TensorFlow's tape.

    Trainable variables are watched by themselves, tensors by `watch`. Tapes nest, for higher orders.

    Args:
        persistent: allow `gradient` to be called more than once.

    Example:
        >>> x = Variable(3.0)
        >>> with GradientTape() as t:
        ...     y = x * x
        >>> t.gradient(y, x).item()
        6.0
    """

    def __init__(self, persistent: bool = False) -> None:
        self.persistent = persistent
        self._used = False
        self._leaves: Leaves = {}
        self._watched: set[Variable] = set()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> GradientTape:
        self._leaves = self._stack.enter_context(tape())
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @boundary
    def watch(self, *tensors: Any) -> None:
        """Follow what is computed from these tensors from here on."""
        for x in tensors:
            if isinstance(x, Variable):
                self._watched.add(x)
                x = x.value
            if isinstance(x, Tensor):
                x.tracked = True
            elif not isinstance(x, Node):
                raise UsageError(
                    f"GradientTape.watch: needs tensors; got {type(x).__name__}. Make one: wg.Tensor(x)."
                )

    def stop_recording(self) -> contextlib.AbstractContextManager[None]:
        """A with-block in which nothing is recorded."""
        return paused()

    @boundary
    def gradient(self, target: Any, sources: Any, output_gradients: Any = None) -> Any:
        """d target / d sources, weighted by `output_gradients` (ones if None); a tree like `sources`.

        None for a source that was not watched, or that the target does not depend on, as in TensorFlow.
        """
        self._use("gradient")
        outs, _ = flatten(target)
        wanted, structure = flatten(sources)
        given = [None] * len(outs) if output_gradients is None else flatten(output_gradients)[0]
        seeds = [
            ones_like(o) if g is None else seed("GradientTape.gradient", o, g)
            for o, g in zip(outs, given, strict=True)
        ]
        return unflatten(structure, self._pull(outs, wanted, seeds))

    @boundary
    def jacobian(self, target: Any, sources: Any) -> Any:
        """All derivatives of one tensor by each source: `out[*i, *j] = d target[*i] / d source[*j]`.

        A tree like `sources`, with None as in `gradient`.
        """
        self._use("jacobian")
        wanted, structure = flatten(sources)
        rows = self._pull_batch(target, wanted, unit_directions(type_of(target)))
        shape = type_of(target).shape
        return unflatten(
            structure, [r if r is None else reshape(r, shape=(*shape, *type_of(r).shape[1:])) for r in rows]
        )

    @boundary
    def batch_jacobian(self, target: Any, source: Any) -> Any:
        """`out[b, *i, *j] = d target[b, *i] / d source[b, *j]`, where examples do not depend on one another.

        None as in `gradient`.

        Raises:
            ShapeError: they are no batches of one length.
        """
        self._use("batch_jacobian")
        t, ts = type_of(target), type_of(source)
        if not t.rank or not ts.rank or t.shape[0] != ts.shape[0]:
            raise ShapeError(
                f"GradientTape.batch_jacobian: target and source must be batches of one length; got {t} and {ts}."
            )
        each = unit_directions(TensorType(t.shape[1:], t.dtype))
        shape = type_of(each).shape
        column = reshape(each, shape=(shape[0], 1, *shape[1:]))
        (rows,) = self._pull_batch(target, [source], broadcast_to(column, shape=(shape[0], *t.shape)))
        if rows is None:
            return None
        return reshape(move_axis(rows, 0, 1), shape=(*t.shape, *ts.shape[1:]))

    def _use(self, what: str) -> None:
        if self._used and not self.persistent:
            raise UsageError(
                f"GradientTape.{what}: can be called once; got a second call. Use "
                f"GradientTape(persistent=True)."
            )
        self._used = True

    def _pull(self, outs: Sequence[Any], wanted: Sequence[Any], seeds: Sequence[Any]) -> list[Any]:
        """The cotangent of each wanted source, or None."""
        leaves = [self._leaves_of(x) for x in wanted]
        found = iter(vjp(outs, [x for group in leaves for x in group], seeds))
        return [total(next(found) for _ in group) for group in leaves]

    def _pull_batch(self, target: Any, wanted: Sequence[Any], directions: Any) -> list[Any]:
        """`_pull` of one target for many directions at once."""
        there: list[bool] = []

        def one(direction: Any) -> list[Any]:
            found = self._pull([target], wanted, [direction])
            there[:] = [g is not None for g in found]
            return [g for g in found if g is not None]

        rows = iter(vmap(one)(directions))
        return [next(rows) if t else None for t in there]

    def _leaves_of(self, source: Any) -> list[Any]:
        """What stood for a source while it was watched."""
        if isinstance(source, Variable):
            watched = source.trainable or source in self._watched
            return self._leaves.get(source, []) if watched else []
        if not isinstance(source, Node | Tensor):
            raise UsageError(
                f"GradientTape.gradient: sources must be variables or watched tensors; got {type(source).__name__}. "
                f"Make one, wg.Tensor(x), and watch it."
            )
        return [source] if isinstance(source, Node) or source.tracked else []
