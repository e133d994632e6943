"""Control flow: branches, loops and scans; derivatives along a direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wengert.ops import control, grad
from wengert.ops.bits import logical_and
from wengert.ops.keras.basics import convert_to_tensor

__all__ = ["cond", "fori_loop", "jvp", "scan", "while_loop"]


def cond(pred: Any, true_fn: Callable[..., Any], false_fn: Callable[..., Any], *operands: Any) -> Any:
    """`true_fn(*operands)` where the predicate holds, else `false_fn(*operands)`."""
    return control.cond(pred, true_fn, false_fn, *operands)


def while_loop(cond: Any, body: Any, loop_vars: Any, maximum_iterations: int | None = None) -> Any:
    """`loop_vars = body(*loop_vars)` again and again, while `cond(*loop_vars)` holds."""
    many = isinstance(loop_vars, list | tuple)
    state = tuple(convert_to_tensor(x) for x in (loop_vars if many else [loop_vars]))

    def again(s: Any) -> Any:
        more = cond(*s[0])
        return more if maximum_iterations is None else logical_and(more, s[1] < maximum_iterations)

    def step(s: Any) -> Any:
        found = body(*s[0])
        return (tuple(found) if isinstance(found, list | tuple) else (found,)), s[1] + 1

    found = control.while_loop(again, step, (state, convert_to_tensor(0, "int32")))[0]
    return type(loop_vars)(found) if many else found[0]


def fori_loop(lower: Any, upper: Any, body_fun: Any, init_val: Any) -> Any:
    """`state = body_fun(i, state)` for each i from lower to upper.

    Example:
        >>> import wengert as wg
        >>> wg.ops.fori_loop(0, 4, lambda i, x: x * 2.0, wg.Tensor(1.0)).item()
        16.0
    """
    return control.fori_loop(lower, upper, body_fun, init_val)


def scan(
    f: Callable[..., Any], init: Any, xs: Any = None, length: int | None = None, reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:  # fmt: skip
    """`carry, ys[t] = f(carry, xs[t])` for each t. unroll: changes nothing, as a scan is a loop in native code."""
    return control.scan(f, init, xs, length=length, reverse=reverse)


def jvp(fun: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """`(fun(*x), J v)`: forward mode. has_aux: fun returns (result, arrays), and `arrays` comes third."""
    out, along = grad.jvp(fun, tuple(primals), tuple(tangents))
    return (out[0], along[0], out[1]) if has_aux else (out, along)
