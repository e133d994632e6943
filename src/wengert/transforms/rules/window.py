"""Rules on windows, of pooling and of convolutions. Bitwise equal."""

from __future__ import annotations

from typing import Any

from wengert.ir.node import Node
from wengert.ir.pattern import number, rule, var
from wengert.prims.arithmetic import maximum
from wengert.prims.convolution import conv_input_grad
from wengert.prims.logic import less, where
from wengert.prims.movement import full_like
from wengert.prims.slicing import pad
from wengert.prims.window import window_argmax, window_max, window_scatter

C, G, K, X = number("c"), var("g"), var("k"), var("x")


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


@rule(pad(conv_input_grad(G, K)))
def crop_of_gradient(g: Node, k: Node, out: Node) -> Any:
    """pad(conv_input_grad(g, k), low=-p, high=-q)  ->  conv_input_grad(g, k) with p and q more of padding

    The gradient of a convolution whose input was padded by a step of its own: the border is not computed, which
    is more than half of it where images are small.
    """
    low, high, interior = (out.kwargs[name] for name in ("low", "high", "interior"))
    around = (low[0], low[-1], high[0], high[-1], *interior)
    if any(around) or not all(isinstance(n, int) and n <= 0 for n in (*low, *high)):
        return None
    params = out.inputs[0].kwargs
    sides = zip(params["padding"], low[1:-1], high[1:-1], strict=True)
    padding = tuple((before - first, after - last) for (before, after), first, last in sides)
    return conv_input_grad(g, k, **{**params, "in_shape": out.shape, "padding": padding})


def _window(scatter: Node) -> tuple[tuple[str, Any], ...]:
    return tuple((k, v) for k, v in scatter.params if k != "in_shape")
