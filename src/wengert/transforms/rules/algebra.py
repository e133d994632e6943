"""Rules on single elements. Bitwise equal unless a rule says otherwise (a NaN stays a NaN, of whatever bits).
So x + 0.0 stays (it turns -0.0 into 0.0), x * 0.0 stays (infinities), x / 3 stays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import finfo, is_float, is_inexact
from wengert.ir.node import Node
from wengert.ir.pattern import number, rule, same_number, var
from wengert.prims.arithmetic import abs, add, div, maximum, minimum, mul, mul_no_nan, neg, rsqrt, sqrt, sub
from wengert.prims.logic import (
    bitwise_and,
    bitwise_not,
    bitwise_or,
    cast,
    identity,
    less,
    stop_gradient,
    where,
)
from wengert.prims.movement import broadcast_to, full_like, reduce_sum, reshape
from wengert.prims.transcendental import pow

A, C, G, N, T = var("a"), var("c"), var("g"), number("n"), var("t")
X, Y = var("x"), var("y")


@rule(mul(X, 1), mul(1, X), div(X, 1))
def by_one(x: Node) -> Any:
    """x * 1, x / 1  ->  x"""
    return x


@rule(mul(X, -1), mul(-1, X), div(X, -1))
def by_minus_one(x: Node) -> Any:
    """x * -1, x / -1  ->  -x"""
    return neg(x)


@rule(mul(X, 0), mul(0, X))
def by_zero(x: Node) -> Any:
    """x * 0  ->  0, for integers"""
    return None if is_inexact(x.dtype) else full_like(x, 0)


@rule(add(X, N), add(N, X))
def plus_nothing(x: Node, n: Any) -> Any:
    """x + 0  ->  x for integers; x + -0.0  ->  x for floats"""
    return x if same_number(n, -0.0 if is_float(x.dtype) else 0) else None


@rule(sub(X, N))
def minus_nothing(x: Node, n: Any) -> Any:
    """x - 0  ->  x"""
    return x if same_number(n, 0) else None


@rule(neg(neg(X)), bitwise_not(bitwise_not(X)))
def twice(x: Node) -> Any:
    """--x, ~~x  ->  x"""
    return x


@rule(add(X, neg(Y)), add(neg(Y), X))
def add_negative(x: Node, y: Node) -> Any:
    """x + -y  ->  x - y"""
    return sub(x, y)


@rule(sub(X, neg(Y)))
def subtract_negative(x: Node, y: Node) -> Any:
    """x - -y  ->  x + y"""
    return add(x, y)


@rule(mul(neg(X), Y), mul(Y, neg(X)))
def multiply_negative(x: Node, y: Node) -> Any:
    """-x * y  ->  -(x * y), where it may meet another sign"""
    return neg(mul(x, y))


@rule(div(neg(X), Y), div(X, neg(Y)))
def divide_negative(x: Node, y: Node) -> Any:
    """-x / y, x / -y  ->  -(x / y)"""
    return neg(div(x, y))


@rule(neg(mul(X, N)))
def negative_factor(x: Node, n: Any) -> Any:
    """-(x * n)  ->  x * -n"""
    return mul(x, full_like(x, -n))


@rule(div(X, N))
def divide_by_power_of_two(x: Node, n: Any) -> Any:
    """x / 2^k  ->  x * 2^-k, if that is a normal number"""
    inverse = 1 / n
    tiny = finfo(inverse.dtype.name).tiny
    exact = np.frexp(n)[0] in (0.5, -0.5) and np.isfinite(inverse) and np.abs(inverse) >= tiny
    return mul(x, full_like(x, inverse)) if exact else None


@rule(mul_no_nan(N, Y))
def certainly_not_zero(n: Any, y: Node) -> Any:
    """mul_no_nan(n, y)  ->  n * y, if n is not 0"""
    return mul(full_like(y, n), y) if n != 0 else None


@rule(mul_no_nan(X, N))
def certainly_finite(x: Node, n: Any) -> Any:
    """mul_no_nan(x, n)  ->  x * n, if n is finite; a zero may have another sign"""
    return mul(x, full_like(x, n)) if np.isfinite(n) else None


@rule(pow(X, N))
def small_power(x: Node, n: Any) -> Any:
    """x^0  ->  1, x^1  ->  x, x^2  ->  x * x, x^-1  ->  1 / x  (rounded once: within 1 ULP of pow)"""
    if n == 0:
        return full_like(x, 1)
    if n == 1:
        return x
    if n == 2:
        return mul(x, x)
    return div(full_like(x, 1), x) if n == -1 and is_float(x.dtype) else None


@rule(
    add(
        mul_no_nan(G, broadcast_to(div(1, X))),
        broadcast_to(reshape(reduce_sum(mul_no_nan(G, neg(div(div(Y, T), T))), axes=A))),
    )
)
def gradient_of_shares(g: Node, x: Node, y: Node, t: Node, a: tuple[int, ...]) -> Any:
    """g / s - sum(g * (y / s) / s)  ->  (g - sum(g * y) / s) / s, where s = sum(y): softmax's; rounded otherwise"""
    if t.primitive is not broadcast_to or t.inputs[0] is not x:
        return None
    inverse = div(full_like(x, 1), x)
    total = mul_no_nan(reshape(reduce_sum(mul_no_nan(g, y), axes=a), shape=x.shape), inverse)
    return mul_no_nan(sub(g, broadcast_to(total, shape=g.shape)), broadcast_to(inverse, shape=g.shape))


@rule(add(X, Y))
def common_cotangent(x: Node, y: Node) -> Any:
    """mul_no_nan(g, a) * b + mul_no_nan(g, c) * d  ->  mul_no_nan(g, a * b + c * d), rounded otherwise

    What is left beside g is one local derivative, known before g is.
    """
    (g, a), (other, b) = _cotangent(x), _cotangent(y)
    if g is None or g is not other or a is None or b is None:
        return None
    return mul_no_nan(g, add(a, b))


def _cotangent(x: Node) -> tuple[Node | None, Node | None]:
    """g and the rest of a product that begins with mul_no_nan(g, ..); (None, None) for everything else."""
    if x.primitive is mul_no_nan:
        return x.inputs[0], x.inputs[1]
    if x.primitive is mul:
        for chain, factor in (x.inputs, x.inputs[::-1]):
            g, rest = _cotangent(chain)
            if rest is not None:
                return g, mul(rest, factor)
    return None, None


@rule(div(1, sqrt(X)))
def reciprocal_root(x: Node) -> Any:
    """1 / sqrt(x)  ->  rsqrt(x), which is defined as that"""
    return rsqrt(x)


@rule(abs(abs(X)), abs(neg(X)))
def absolute(x: Node) -> Any:
    """| |x| |, |-x|  ->  |x|"""
    return abs(x)


@rule(maximum(X, X), minimum(X, X), bitwise_and(X, X), bitwise_or(X, X))
def idempotent(x: Node) -> Any:
    """max(x, x), min(x, x), x & x, x | x  ->  x"""
    return x


@rule(less(X, maximum(X, N)), less(minimum(X, N), X))
def beyond_a_number(x: Node, n: Any, out: Node) -> Any:
    """x < max(x, n)  ->  x < n, min(x, n) < x  ->  n < x"""
    bound = full_like(x, n)
    return less(x, bound) if out.inputs[0] is x else less(bound, x)


@rule(where(C, X, X))
def no_choice(x: Node) -> Any:
    """where(c, x, x)  ->  x"""
    return x


@rule(where(N, X, Y))
def known_choice(n: Any, x: Node, y: Node) -> Any:
    """where(True, x, y)  ->  x, where(False, x, y)  ->  y"""
    return x if n else y


@rule(where(bitwise_not(C), X, Y))
def negated_choice(c: Node, x: Node, y: Node) -> Any:
    """where(~c, x, y)  ->  where(c, y, x)"""
    return where(c, y, x)


@rule(cast(X, dtype=T))
def cast_to_itself(x: Node, t: str) -> Any:
    """cast(x, x's dtype)  ->  x"""
    return x if x.dtype == t else None


@rule(cast(cast(X), dtype=T))
def cast_of_cast(x: Node, t: str, out: Node) -> Any:
    """cast(cast(x, wide), t)  ->  cast(x, t), if wide holds every value of x"""
    wide = out.inputs[0].dtype
    # A float cast to an integer is clamped, an integer wraps.
    clamps = is_float(wide) and not is_float(t) and t != "bool"
    if not holds(wide, x.dtype) or (clamps and not is_float(x.dtype) and not holds(t, x.dtype)):
        return None
    return cast(x, dtype=t)


@rule(stop_gradient(X), identity(X))
def gradient_is_taken(x: Node) -> Any:
    """stop_gradient(x), identity(x)  ->  x: they speak to differentiation, which is over"""
    return x


def holds(wide: str, dtype: str) -> bool:
    """Whether `wide` has every value of `dtype`, exactly."""
    if wide == dtype or dtype == "bool":
        return True
    return wide != "bool" and np.can_cast(dtype, wide, "safe") and (wide, dtype) != ("float64", "int64")


ALGEBRA = (
    by_one,
    by_minus_one,
    by_zero,
    plus_nothing,
    minus_nothing,
    twice,
    add_negative,
    subtract_negative,
    multiply_negative,
    divide_negative,
    negative_factor,
    divide_by_power_of_two,
    certainly_not_zero,
    certainly_finite,
    small_power,
    gradient_of_shares,
    common_cotangent,
    reciprocal_root,
    absolute,
    idempotent,
    beyond_a_number,
    no_choice,
    known_choice,
    negated_choice,
    cast_to_itself,
    cast_of_cast,
    gradient_is_taken,
)
