"""Control flow: loops, and a function of one example for many."""

from __future__ import annotations

from typing import Any

from wengert.ops import control as _control
from wengert.ops.bits import logical_and
from wengert.ops.keras.basics import convert_to_tensor
from wengert.ops.vmap import vmap

__all__ = ["fori_loop", "map", "while_loop"]


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

    found = _control.while_loop(again, step, (state, convert_to_tensor(0, "int32")))[0]
    return type(loop_vars)(found) if many else found[0]


def fori_loop(lower: Any, upper: Any, body_fun: Any, init_val: Any) -> Any:
    """`state = body_fun(i, state)` for each i from lower to upper."""
    return _control.fori_loop(lower, upper, body_fun, init_val)


def map(f: Any, xs: Any) -> Any:
    """f of each row."""
    return vmap(f)(xs)
