"""What tensors, variables and recorded nodes can be asked for by a method: `x[0]`, `x.T`, `x.sum(axis=0)`.

The floors below know arithmetic operators only; importing this file gives them the rest. Each method is the
function of the same name in `ops/`.
"""

from __future__ import annotations

from wengert.ir.operators import Operators
from wengert.ops import indexing, reduce, shape
from wengert.ops import math as m

METHODS = {
    "__getitem__": indexing.getitem,
    "T": property(shape.transpose),
    "mT": property(shape.matrix_transpose),
    "reshape": shape.reshape,
    "transpose": shape.transpose,
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
