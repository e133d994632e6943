"""Widen: a graph in float64, to tell a wrong rule from rounding."""

from __future__ import annotations

from typing import Any

from wengert.base.dtypes import TABLE, is_float, is_inexact
from wengert.ir.graph import Graph
from wengert.ir.node import Node, make
from wengert.ir.source import at
from wengert.ir.types import TensorType


def widen(graph: Graph) -> Graph:
    """The graph with float64 and complex128 wherever it says a narrower one: inputs, constants, casts, sub-graphs."""
    became: dict[Node, Node] = {}
    for n in graph.nodes:
        if n.primitive is None:
            value = n.value
            if value is not None:
                value = value.astype(_wide(n.type.dtype))
                value.setflags(write=False)
            became[n] = Node(None, (), (), _param(n.type), name=n.name, value=value, source=n.source)
        else:
            with at(n.source):
                params = tuple((k, _param(v)) for k, v in n.params)
                became[n] = make(n.primitive, tuple(became[i] for i in n.inputs), params)
    return Graph(tuple(became[i] for i in graph.inputs), tuple(became[o] for o in graph.outputs))


def _wide(dtype: str) -> str:
    if dtype not in TABLE or not is_inexact(dtype):
        return dtype
    return "float64" if is_float(dtype) else "complex128"


def _param(value: Any) -> Any:
    if isinstance(value, str):
        return _wide(value)
    if isinstance(value, TensorType):
        return TensorType(value.shape, _wide(value.dtype))
    if isinstance(value, Graph):
        return widen(value)
    if isinstance(value, tuple):
        return tuple(map(_param, value))
    return value
