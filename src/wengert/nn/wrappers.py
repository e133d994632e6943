"""Layers around layers: both directions of a sequence, and a layer at every step of one."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from wengert.base.errors import ShapeError, UsageError, ValueRangeError
from wengert.ir.types import TensorType, type_of
from wengert.nn.layer import Layer
from wengert.nn.recurrent import Recurrent
from wengert.ops import math as m
from wengert.ops.joining import concatenate
from wengert.ops.operands import Array, array
from wengert.ops.shape import flip, reshape

MERGE_MODES = ("concat", "sum", "mul", "ave", None)


class Bidirectional(Layer):
    """A recurrent layer over a sequence from both ends, each with weights of its own.

    Args:
        layer: a recurrent layer; copies of it are made.
        merge_mode: how the outputs become one: "concat" (along the last axis), "sum", "mul", "ave", or None
            for the pair of them.
        backward_layer: another layer for the way back; it must go backwards.

    Calling:
        As the layer; initial states (and those returned) are the forward ones, then the backward ones.

    Source: Schuster & Paliwal, "Bidirectional recurrent neural networks", 1997.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> Bidirectional(wg.layers.LSTM(4))(np.zeros((2, 5, 3), "float32")).shape
        (2, 8)
    """

    layer: Any
    merge_mode: str | None = "concat"
    backward_layer: Any = None

    def check_fields(self) -> None:
        back = self.layer if self.backward_layer is None else self.backward_layer
        for layer in (self.layer, back):
            if not isinstance(layer, Recurrent):
                raise UsageError(f"Bidirectional: layers must be recurrent; got {layer!r}.")
        if self.merge_mode not in MERGE_MODES:
            raise ValueRangeError(
                f"Bidirectional: merge_mode must be one of {MERGE_MODES}; got {self.merge_mode!r}."
            )
        if back is not self.layer and back.go_backwards == self.layer.go_backwards:
            raise ValueRangeError("Bidirectional: layer and backward_layer must go in different directions.")
        for what in ("stateful", "return_sequences", "return_state"):
            if getattr(back, what) != getattr(self.layer, what):
                raise ValueRangeError(f"Bidirectional: {what} must be the same for both layers.")

    def build(self, x: TensorType) -> None:
        back = self.layer if self.backward_layer is None else self.backward_layer
        zero = {"zero_output_for_mask": self.layer.return_sequences}
        self.forward = copied(self.layer, f"{self.name}/forward_", **zero)
        way = back.go_backwards if self.backward_layer is not None else not self.layer.go_backwards
        self.backward = copied(back, f"{self.name}/backward_", go_backwards=way, **zero)
        for layer in (self.forward, self.backward):
            layer.ensure_built(x)

    def reset_state(self) -> None:
        """Let the next batch start with zeros, if the layers are stateful."""
        self.forward.reset_state()
        self.backward.reset_state()

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return self.layer.compute_mask(x, mask)

    def call(self, x: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        half = None if initial_state is None else len(initial_state) // 2
        first, second = (None, None) if half is None else (initial_state[:half], initial_state[half:])
        ahead = self.forward(x, initial_state=first, mask=mask, training=training)
        back = self.backward(x, initial_state=second, mask=mask, training=training)
        states: tuple[Array, ...] = ()
        if self.layer.return_state:
            (ahead, *s), (back, *t) = ahead, back
            states = (*s, *t)
        y = self._merged(ahead, flip(back, 1) if self.layer.return_sequences else back)
        if self.merge_mode is None:
            return (*y, *states)
        return (y, *states) if states else y

    def _merged(self, y: Array, z: Array) -> Any:
        match self.merge_mode:
            case "concat":
                return concatenate([y, z], axis=-1)
            case "sum":
                return m.add(y, z)
            case "mul":
                return m.multiply(y, z)
            case "ave":
                return m.multiply(m.add(y, z), 0.5)
        return y, z


class TimeDistributed(Layer):
    """A layer applied to every step of a sequence: ``y[:, t] = layer(x[:, t])``, all steps in one go.

    Calling:
        ``layer(x, mask=None, training=False)``: the mask [batch, time, ...] is cut into steps, for a layer with one.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> TimeDistributed(wg.layers.Conv2D(4, 3))(np.zeros((2, 5, 8, 8, 3), "float32")).shape
        (2, 5, 6, 6, 4)

    Shapes:
        x [batch, time, ...]  ->  y [batch, time, ...]
    """

    layer: Any
    supports_masking = True

    def check_fields(self) -> None:
        if not isinstance(self.layer, Layer):
            raise UsageError(f"TimeDistributed: layer must be a layer; got {self.layer!r}.")

    def build(self, x: TensorType) -> None:
        if x.rank < 3:
            raise ShapeError(f"the input must be [batch, time, ...]; got {x}.")
        self.layer.ensure_built(TensorType((x.shape[0] * x.shape[1], *x.shape[2:]), x.dtype))

    def call(self, x: Any, mask: Any = None, training: bool = False) -> Any:
        batch, time, *rest = type_of(x).shape
        given = {}
        if mask is not None and self.layer.takes_mask:
            t = type_of(array(mask))
            if t.shape[:2] != (batch, time):
                raise ShapeError(f"mask must be [batch, time, ...] as the input, {type_of(x)}; got {t}.")
            given["mask"] = reshape(mask, (batch * time, *t.shape[2:]))
        y = self.layer(reshape(x, (batch * time, *rest)), training=training, **given)
        return reshape(y, (batch, time, *type_of(y).shape[1:]))


def copied(layer: Any, prefix: str, **changes: Any) -> Any:
    """A layer like another, not built, with a prefix to its name and to those of the layers it is made of."""
    given = {f.name: getattr(layer, f.name) for f in fields(layer)}
    inside = {k: _inside(v, prefix) for k, v in given.items() if isinstance(v, Layer | list | tuple)}
    return type(layer)(**{**given, **inside, "name": f"{prefix}{layer.name}", **changes})


def _inside(value: Any, prefix: str) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_inside(v, prefix) for v in value)
    return copied(value, prefix) if isinstance(value, Layer) else value
