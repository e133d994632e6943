"""Fingerprint: what a kernel is, as a value that equal kernels share. Kernels that are equal are emitted once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from wengert.compiler.product import Pack, Product
from wengert.loop.expr import Expr, post_order
from wengert.loop.nest import Contraction, Nest


def fingerprint(kernel: Nest | Contraction | Product | Pack) -> Hashable:
    """Equal for kernels that differ only in which objects their expressions are."""
    numbers: dict[Expr, int] = {}
    lines: list[Hashable] = []

    def enter(root: Expr) -> int:
        if root not in numbers:
            for e in post_order([root], numbers):
                numbers[e] = len(lines)
                lines.append((e.op, e.dtype, e.data, *[numbers[a] for a in e.args]))
        return numbers[root]

    def key(x: Any) -> Hashable:
        if isinstance(x, Expr):
            return ("expression", enter(x))
        if isinstance(x, tuple):
            return tuple(map(key, x))
        names = getattr(type(x), "__dataclass_fields__", None)
        return x if names is None else (type(x).__name__, *(key(getattr(x, n)) for n in names))

    whole = key(kernel)
    return (whole, tuple(lines))
