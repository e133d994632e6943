"""Wide scatters: what is added up in memory is added up in float32, and rounded to float16 or bfloat16 once.

Added one by one, small terms would be lost: 256 + 1 is 256 in bfloat16.
"""

from __future__ import annotations

from wengert.base.dtypes import computed
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.operators import cast
from wengert.ir.pattern import Rule, rewrite, rule, var
from wengert.ir.primitive import Primitive
from wengert.prims.indexing import add_along_axis, scatter_add
from wengert.prims.scatter import scatter_max, scatter_min, scatter_mul

X, INDICES, UPDATES, AXIS = var("x"), var("indices"), var("updates"), var("axis")


def wide_scatters(graph: Graph) -> Graph:
    """The graph with every scatter of float16 and bfloat16 done in float32."""
    return rewrite(graph, RULES)


def _wide(prim: Primitive) -> Rule:
    @rule(prim(X, INDICES, UPDATES, axis=AXIS))
    def wide_scatter(x: Node, indices: Node, updates: Node, axis: int) -> Node | None:
        """scatter(x, i, u)  ->  cast(scatter(cast(x), i, cast(u)))"""
        wide = computed(x.dtype)
        if wide == x.dtype:
            return None
        return cast(prim(cast(x, wide), indices, cast(updates, wide), axis=axis), x.dtype)  # type: ignore[no-any-return]

    return wide_scatter


RULES = tuple(map(_wide, (scatter_add, add_along_axis, scatter_mul, scatter_max, scatter_min)))
