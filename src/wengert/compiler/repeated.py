"""Values that are one number, or one element, repeated: kernels need no memory for them."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from wengert.compiler.layout import Layout
from wengert.ir.dim import product
from wengert.ir.node import Node


def scalar_constant(n: Node) -> Any:
    """The number that a constant node repeats everywhere, or None."""
    return _repeated(n) if n.value is not None and n.value.size else None


@functools.lru_cache(maxsize=4096)
def _repeated(n: Node) -> Any:
    bits = np.ascontiguousarray(n.value).reshape(-1)
    raw = bits.view(np.uint8).reshape(bits.size, -1)  # by bits: -0.0 is not 0.0, and NaN equals itself
    return bits[0] if (raw == raw[0]).all() else None


def scalar_source(n: Node) -> Node | None:
    """The node of one element, or of one number everywhere, that n repeats; None if there is none."""
    while n.primitive is not None and n.primitive.name in ("broadcast_to", "reshape"):
        n = n.inputs[0]
    return n if product(n.shape) == 1 or scalar_constant(n) is not None else None


def is_scalar_source(n: Node, layouts: dict[Node, Layout]) -> bool:
    """Whether n is one number repeated."""
    return scalar_source(n) is not None
