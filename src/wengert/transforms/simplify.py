"""Simplify: rewrites that are a gain wherever they fire. For after differentiation: stop_gradient goes."""

from __future__ import annotations

from wengert.ir.graph import Graph
from wengert.ir.pattern import rewrite
from wengert.transforms.fold import fold_constants, with_numbers
from wengert.transforms.rules.algebra import ALGEBRA
from wengert.transforms.rules.contraction import CONTRACTION
from wengert.transforms.rules.movement import MOVEMENT
from wengert.transforms.rules.window import crop_of_gradient, mask_after_scatter

SIMPLIFY = (fold_constants, *ALGEBRA, *CONTRACTION, *MOVEMENT, mask_after_scatter, crop_of_gradient)


def simplify(graph: Graph, trace: list[str] | None = None) -> Graph:
    """The graph with every rule of `rules/` applied until none fires, constants folded on the way.

    Args:
        trace: gets the names of the rules that fired, in order.

    Numerics: bitwise equal but for what single rules state (`print(*SIMPLIFY, sep="\\n")`): sums may be
    added in another order, and small integer powers are products.
    """
    return rewrite(with_numbers(graph), SIMPLIFY, trace)
