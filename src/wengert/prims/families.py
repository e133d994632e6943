"""Constructors for the shapes that a derivative can have. One formula in, both modes out.

pointwise: the Jacobian is diagonal, so one `grad` per input serves jvp and vjp.
linear:    the jvp is the primitive itself; the vjp is its `transpose`.
bilinear:  linear in each of two inputs while the other is held.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import Any

from wengert.ir.primitive import Primitive, Rule
from wengert.ir.types import TensorType
from wengert.prims.params import check_count, check_kind, check_same_dtype, check_same_shape

ANY = frozenset("cfiub")
NUMBERS = frozenset("cfiu")
REALS = frozenset("fiu")
INEXACT = frozenset("cf")
FLOATS = frozenset("f")
INTEGERS = frozenset("iu")
BITS = frozenset("iub")


def total(terms: Iterable[Any]) -> Any:
    """Sum of the terms that are there; None, a zero that costs nothing, when none is."""
    there = [t for t in terms if t is not None]
    return functools.reduce(operator.add, there) if there else None


def pointwise(
    name: str,
    numpy_rule: Rule,
    *grads: Rule | None,
    scalar: Rule,
    kinds: frozenset[str] = ANY,
    out: str | None = None,
) -> Primitive:
    """A primitive that works element by element on inputs of one shape and dtype.

    grads: one `(g, out, *inputs) -> g times the derivative by that input` per input; None: no derivative.
    scalar: `(s, *scalars) -> scalar`, the operation on one element.
    kinds: dtype kinds allowed. out: the dtype of the result where it is not that of the inputs.
    """

    def type_rule(*types: TensorType) -> TensorType:
        check_count(name, types, len(grads))
        check_same_shape(name, types)
        check_same_dtype(name, types)
        check_kind(name, types[0], kinds)
        return TensorType(types[0].shape, out or types[0].dtype)

    def jvp(dots: Any, y: Any, *xs: Any) -> Any:
        return total(
            f(d, y, *xs) for f, d in zip(grads, dots, strict=True) if f is not None and d is not None
        )

    def vjp(g: Any, y: Any, *xs: Any) -> tuple[Any, ...]:
        return tuple(f and functools.partial(f, g, y, *xs) for f in grads)

    return Primitive(
        name,
        type_rule,
        numpy_rule,
        lower=lambda s, i, *xs: scalar(s, *(x[i] for x in xs)),
        jvp=jvp,
        vjp=vjp,
        pointwise=True,
    )


def linear(
    name: str,
    type_rule: Rule,
    numpy_rule: Rule,
    *,
    transpose: Rule,
    lower: Rule | None = None,
    loops: Rule | None = None,
    lead: Rule | None = None,
    batch: Rule | None = None,
) -> Primitive:
    """A primitive that is linear in its first input, f(ax + by) = a f(x) + b f(y). Others are held.

    transpose: `(g, x, *others, **params) -> cotangent of x`.
    """

    def jvp(dots: Any, y: Any, x: Any, *others: Any, **params: Any) -> Any:
        return None if dots[0] is None else prim(dots[0], *others, **params)

    def vjp(g: Any, y: Any, x: Any, *others: Any, **params: Any) -> tuple[Any, ...]:
        return (transpose(g, x, *others, **params), *(None for _ in others))

    prim = Primitive(name, type_rule, numpy_rule, lower, jvp, vjp, loops, lead=lead, batch=batch)
    return prim


def bilinear(
    name: str,
    type_rule: Rule,
    numpy_rule: Rule,
    *,
    lower: Rule,
    transpose: tuple[Rule, Rule],
    contract: Rule,
    batch: Rule,
) -> Primitive:
    """A primitive linear in each of two inputs: a product of some kind.

    transpose: for each input, `(g, x, y, **params) -> its cotangent`.
    """

    def jvp(dots: Any, out: Any, x: Any, y: Any, **params: Any) -> Any:
        dx, dy = dots
        return total(
            [None if dx is None else prim(dx, y, **params), None if dy is None else prim(x, dy, **params)]
        )

    def vjp(g: Any, out: Any, x: Any, y: Any, **params: Any) -> tuple[Any, ...]:
        return tuple(functools.partial(t, g, x, y, **params) for t in transpose)

    prim = Primitive(name, type_rule, numpy_rule, lower, jvp, vjp, contract=contract, batch=batch)
    return prim
