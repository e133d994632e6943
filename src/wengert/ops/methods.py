"""What tensors, variables and recorded nodes can be asked for by a method: `x[0]`, `x.T`, `x.sum(axis=0)`.

The floors below know arithmetic operators only; importing this file gives them the rest. Each method is the
function of the same name in `ops/`.
"""

from __future__ import annotations

from typing import Any

from wengert.ir.operators import Operators
from wengert.ops import indexing, reduce, shape
from wengert.ops import math as m
from wengert.ops.at import At, set_item
from wengert.ops.operands import Array


def _reshape(x: Array, *lengths: Any) -> Array:
    """`x.reshape(2, 3)` or `x.reshape((2, 3))`, as NumPy has it."""
    return shape.reshape(x, lengths[0] if len(lengths) == 1 else lengths)


def _transpose(x: Array, *axes: Any) -> Array:
    """`x.transpose()`, `x.transpose(1, 0)` or `x.transpose((1, 0))`, as NumPy has it."""
    return shape.transpose(x, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)


METHODS = {
    "__getitem__": indexing.getitem,
    "__setitem__": set_item,
    "at": property(At),
    "T": property(shape.transpose),
    "mT": property(shape.matrix_transpose),
    "reshape": _reshape,
    "transpose": _transpose,
    "astype": m.astype,
    "sum": reduce.sum,
    "mean": reduce.mean,
    "max": reduce.max,
    "min": reduce.min,
    "prod": reduce.prod,
    "argmax": reduce.argmax,
    "argmin": reduce.argmin,
}

for _name, _method in METHODS.items():
    setattr(Operators, _name, _method)
