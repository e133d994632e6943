"""Wide scatters: what is added up in memory is added up in float32, and rounded to float16 or bfloat16 once.

Added one by one, small terms would be lost: 256 + 1 is 256 in bfloat16.
"""

from __future__ import annotations

from wengert.base.dtypes import computed
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.operators import cast
from wengert.ir.pattern import rewrite, rule, var
from wengert.prims.indexing import add_along_axis, scatter_add

X, INDICES, UPDATES, AXIS = var("x"), var("indices"), var("updates"), var("axis")


def wide_scatters(graph: Graph) -> Graph:
    """The graph with every scatter of float16 and bfloat16 done in float32."""
    return rewrite(graph, (wide_scatter, wide_add_along))


@rule(scatter_add(X, INDICES, UPDATES, axis=AXIS))
def wide_scatter(x: Node, indices: Node, updates: Node, axis: int) -> Node | None:
    """scatter_add(x, i, u)  ->  cast(scatter_add(cast(x), i, cast(u)))"""
    wide = computed(x.dtype)
    if wide == x.dtype:
        return None
    return cast(scatter_add(cast(x, wide), indices, cast(updates, wide), axis=axis), x.dtype)  # type: ignore[no-any-return]


@rule(add_along_axis(X, INDICES, UPDATES, axis=AXIS))
def wide_add_along(x: Node, indices: Node, updates: Node, axis: int) -> Node | None:
    """add_along_axis(x, i, u)  ->  cast(add_along_axis(cast(x), i, cast(u)))"""
    wide = computed(x.dtype)
    if wide == x.dtype:
        return None
    return cast(add_along_axis(cast(x, wide), indices, cast(updates, wide), axis=axis), x.dtype)  # type: ignore[no-any-return]
