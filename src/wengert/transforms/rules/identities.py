"""Rules of real algebra, for formulas that people read. Both sides are equal wherever both are finite; at the
edge of a domain, and in the last bits, they may differ. No compiled program goes through these.
"""

from __future__ import annotations

from typing import Any

from wengert.ir.node import Node
from wengert.ir.pattern import rule, var
from wengert.prims.arithmetic import add, mul, mul_no_nan, sub
from wengert.prims.logic import equal, identity, where
from wengert.prims.movement import full_like
from wengert.prims.transcendental import exp, expm1, log, log1p, pow

X, Y = var("x"), var("y")


@rule(log(exp(X)), exp(log(X)), log1p(expm1(X)), expm1(log1p(X)))
def inverse_functions(x: Node) -> Any:
    """log(exp(x)), exp(log(x)), log1p(expm1(x)), expm1(log1p(x))  ->  x"""
    return x


@rule(add(expm1(X), 1), add(1, expm1(X)))
def exponential_and_one(x: Node) -> Any:
    """expm1(x) + 1  ->  exp(x)"""
    return exp(x)


@rule(mul_no_nan(X, Y))
def product(x: Node, y: Node) -> Any:
    """mul_no_nan(x, y)  ->  x * y"""
    return mul(x, y)


@rule(mul(Y, pow(X, sub(where(equal(Y, 0), 1, Y), 1))))
def derivative_of_power(x: Node, y: Node) -> Any:
    """y * x^(where(y = 0, 1, y) - 1)  ->  y * x^(y - 1), for x^0 * 0 = 0 = x^-1 * 0"""
    return mul(y, pow(x, sub(y, full_like(y, 1))))


@rule(log(where(equal(X, 0), 1, X)))
def logarithm_off_zero(x: Node) -> Any:
    """log(where(x = 0, 1, x))  ->  log(x)"""
    return log(x)


@rule(identity(X))
def same_value(x: Node) -> Any:
    """identity(x)  ->  x"""
    return x


IDENTITIES = (
    inverse_functions,
    exponential_and_one,
    product,
    derivative_of_power,
    logarithm_off_zero,
    same_value,
)
