"""What tensors, variables and recorded nodes can be asked for by a method: `x[0]`, `x.T`, `x.sum(axis=0)`.

The floors below know arithmetic operators only; importing this file gives them the rest. Each method is the
function of the same name in `ops/`.
"""

from __future__ import annotations

from typing import Any

from wengert.base.errors import UsageError
from wengert.ir.operators import Operators
from wengert.ir.types import type_of
from wengert.ops import dtypes, indexing, reduce, shape
from wengert.ops import math as m
from wengert.ops.at import At, set_item
from wengert.ops.namespace import array_namespace
from wengert.ops.operands import Array
from wengert.runtime.device import DEFAULT, require_device


def _reshape(x: Array, *lengths: Any) -> Array:
    """`x.reshape(2, 3)` or `x.reshape((2, 3))`, as NumPy has it."""
    return shape.reshape(x, lengths[0] if len(lengths) == 1 else lengths)


def _transpose(x: Array, *axes: Any) -> Array:
    """`x.transpose()`, `x.transpose(1, 0)` or `x.transpose((1, 0))`, as NumPy has it."""
    return shape.transpose(x, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)


def _contains(x: Array, value: Any) -> bool:
    """Whether an element equals the value."""
    return bool(reduce.any(m.equal(x, value)))


def _tolist(x: Array) -> Any:
    """The elements as Python numbers, in nested lists."""
    return x.numpy().tolist()


def _round(x: Array, decimals: int = 0) -> Array:
    """The nearest numbers with so many decimals."""
    return m.round(x) if decimals == 0 else m.round(x * 10.0**decimals) / 10.0**decimals


def _to_device(x: Array, device: object, /, *, stream: None = None) -> Array:
    """x on another device; itself on its own.

    Raises:
        ValueRangeError: there is no such device.
    """
    require_device("to_device", device)
    if stream is not None:
        raise UsageError(f"to_device: there are no streams on the processor; got stream={stream!r}.")
    return x


METHODS = {
    "__array_namespace__": array_namespace,
    "__contains__": _contains,
    "__pos__": m.positive,
    "device": property(lambda x: DEFAULT),
    "to_device": _to_device,
    "size": property(lambda x: type_of(x).size),
    "__getitem__": indexing.getitem,
    "__setitem__": set_item,
    "at": property(At),
    "T": property(shape.transpose),
    "mT": property(shape.matrix_transpose),
    "reshape": _reshape,
    "transpose": _transpose,
    "astype": dtypes.astype,
    "flatten": shape.flatten,
    "squeeze": shape.squeeze,
    "sum": reduce.sum,
    "mean": reduce.mean,
    "max": reduce.max,
    "min": reduce.min,
    "prod": reduce.prod,
    "std": reduce.std,
    "var": reduce.var,
    "all": reduce.all,
    "any": reduce.any,
    "argmax": reduce.argmax,
    "argmin": reduce.argmin,
    "round": _round,
    "tolist": _tolist,
}

for _name, _method in METHODS.items():
    setattr(Operators, _name, _method)
