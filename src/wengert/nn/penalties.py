"""What is added to the loss besides that of the labels: for large weights, for large outputs, and by `add_loss`."""

from __future__ import annotations

import contextlib
import contextvars
import weakref
from collections.abc import Iterator
from typing import Any

from wengert.base.errors import ShapeError
from wengert.base.tree import flatten
from wengert.ir.types import type_of
from wengert.nn import regularizers
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.operands import Array, array
from wengert.runtime.recording import current


class Call:
    """One call of an outermost layer, and what was added to the loss in it."""

    def __init__(self) -> None:
        recording = current()
        self._recording = None if recording is None else weakref.ref(recording)
        self.added: list[tuple[Penalised, Array]] = []

    @property
    def is_readable(self) -> bool:
        """Whether it happened in the program that is being recorded now; or none was then, and none is."""
        now = current()
        return now is None if self._recording is None else now is not None and self._recording() is now

    def __reduce__(self) -> tuple[type[Call], tuple[()]]:
        """A copy of a layer has not been called."""
        return Call, ()


_CALL: contextvars.ContextVar[Call | None] = contextvars.ContextVar("call", default=None)


class Penalised:
    """The part of a layer that knows what it adds to the loss."""

    _call: Call | None = None

    def add_loss(self, loss: Any) -> None:
        """Add a scalar to the loss that the model is trained for. Say so in `call`, each time.

        Raises:
            ShapeError: it is no scalar.

        Example:
            >>> import numpy as np
            >>> import wengert as wg
            >>> class Quiet(wg.layers.Layer):
            ...     def call(self, x):
            ...         self.add_loss(wg.mean(x * x))
            ...         return x
            >>> layer = Quiet()
            >>> y = layer(np.ones((2, 3), "float32"))
            >>> [float(loss) for loss in layer.losses]
            [1.0]
        """
        loss = array(loss)
        if type_of(loss).rank:
            raise ShapeError(
                f"add_loss: the loss must be a scalar; got {type_of(loss)}. Take its mean or sum."
            )
        call = _CALL.get()
        if call is None:
            call = self._call = Call()
        call.added.append((self, loss))

    @property
    def losses(self) -> list[Array]:
        """What the last call added, in this layer and those inside, then what its trainable weights add."""
        call = self._call
        added: list[Array] = []
        if call is not None and call.is_readable:
            mine = set(_all_within(self))
            added = [loss for layer, loss in call.added if layer in mine]
        weights = self.trainable_weights  # type: ignore[attr-defined]
        return added + [w.regularizer(w.value) for w in weights if w.regularizer is not None]

    def penalised(self, out: Any) -> Any:
        """The output, for which `activity_regularizer` adds to the loss: its value divided by the rows."""
        regularizer = regularizers.get(self.activity_regularizer)  # type: ignore[attr-defined]
        if regularizer is not None:
            for y in flatten(out)[0]:
                shape = type_of(y).shape
                self.add_loss(m.divide(regularizer(y), reduce.count(shape[:1])) if shape else regularizer(y))
        return out

    @contextlib.contextmanager
    def called(self) -> Iterator[None]:
        """A with-block around a call. What is added inside belongs to the call of the outermost layer."""
        outer = _CALL.get()
        self._call = Call() if outer is None else outer
        if outer is not None:
            yield
            return
        token = _CALL.set(self._call)
        try:
            yield
        finally:
            _CALL.reset(token)


def _all_within(layer: Any) -> Iterator[Any]:
    yield layer
    for inside in layer.sublayers:
        yield from _all_within(inside)
