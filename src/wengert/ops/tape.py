"""GradientTape: derivatives of what a block of ordinary Python computed."""

from __future__ import annotations

import contextlib
from typing import Any

from wengert.base.errors import UsageError
from wengert.base.tree import flatten, unflatten
from wengert.ir.node import Node
from wengert.ops.follow import ones_like, seed
from wengert.prims.families import total
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

    def gradient(self, target: Any, sources: Any, output_gradients: Any = None) -> Any:
        """d target / d sources, weighted by `output_gradients` (ones if None); a tree like `sources`.

        None for a source that was not watched, or that the target does not depend on, as in TensorFlow.
        """
        if self._used and not self.persistent:
            raise UsageError(
                "GradientTape.gradient: can be called once; got a second call. Use "
                "GradientTape(persistent=True)."
            )
        self._used = True
        outs, _ = flatten(target)
        wanted, structure = flatten(sources)
        given = [None] * len(outs) if output_gradients is None else flatten(output_gradients)[0]
        leaves = [self._leaves_of(x) for x in wanted]
        seeds = [
            ones_like(o) if g is None else seed("GradientTape.gradient", o, g)
            for o, g in zip(outs, given, strict=True)
        ]
        found = iter(vjp(outs, [x for group in leaves for x in group], seeds))
        return unflatten(structure, [total(next(found) for _ in group) for group in leaves])

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
