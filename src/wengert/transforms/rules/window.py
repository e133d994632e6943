"""Rules on pooling windows. Bitwise equal."""

from __future__ import annotations

from typing import Any

from wengert.ir.node import Node
from wengert.ir.pattern import number, rule, var
from wengert.prims.arithmetic import maximum
from wengert.prims.logic import less, where
from wengert.prims.movement import full_like
from wengert.prims.window import window_argmax, window_max, window_scatter

C, G, X = number("c"), var("g"), var("x")


@rule(where(less(C, X), window_scatter(G, window_argmax(maximum(C, X))), 0))
def mask_after_scatter(c: Any, x: Node, g: Node, out: Node) -> Any:
    """where(c < x, window_scatter(g, argmax), 0)  ->  window_scatter(where(c < window_max, g, 0), argmax)

    The gradient of a rectifier before a pooling (argmax and window_max are those of max(c, x)): what arrives
    is masked at the few maxima, instead of everywhere it could arrive at. At the maximum of a window, c < x
    says the same as c < its maximum.
    """
    scatter = out.inputs[1]
    argmax = scatter.inputs[1]
    if argmax.params != _window(scatter):
        return None
    top = window_max(argmax.inputs[0], **argmax.kwargs)
    kept = where(less(full_like(top, c), top), g, full_like(g, 0))
    return window_scatter(kept, argmax, **scatter.kwargs)


def _window(scatter: Node) -> tuple[tuple[str, Any], ...]:
    return tuple((k, v) for k, v in scatter.params if k != "in_shape")
