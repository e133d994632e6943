"""Values that are one number, or one element, repeated: kernels need no memory for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.ir.dim import product
from wengert.ir.node import Node


def scalar_constant(n: Node) -> Any:
    """The number that a constant node repeats everywhere, or None."""
    if n.value is None or not n.value.size:
        return None
    values = np.ascontiguousarray(n.value).reshape(-1)
    raw = values.view(np.uint8).reshape(values.size, -1)  # by bits: -0.0 is not 0.0, and NaN equals itself
    if (raw[-1] != raw[0]).any():  # most arrays end here
        return None
    return values[0] if (raw == raw[0]).all() else None


def scalar_source(n: Node) -> Node | None:
    """The node of one element, or of one number everywhere, that n repeats; None if there is none."""
    while n.primitive is not None and n.primitive.name in ("broadcast_to", "reshape"):
        n = n.inputs[0]
    return n if product(n.shape) == 1 or scalar_constant(n) is not None else None
