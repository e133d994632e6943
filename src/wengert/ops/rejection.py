"""Draws that are proposed and accepted or not, again and again, until every element has one.

Turn t of the loop uses draws 8 t, 8 t + 1, ... of a key of its own, and of them each element its own bits: what an
element becomes does not depend on how many turns its neighbours take, nor on the number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from wengert.base.tree import flatten, unflatten
from wengert.ir import operators
from wengert.ir.types import Shape
from wengert.ops import bits, reduce
from wengert.ops import math as m
from wengert.ops.control import while_loop
from wengert.ops.indexing import take
from wengert.ops.operands import Array
from wengert.ops.streams import Draws, Source, inner_unit, joined_words, placed, unit
from wengert.prims import movement

PER_TURN = 8  # draws that a turn may use
TURNS = 4096  # a loop that has not ended by then has met numbers that no proposal fits
SMALL = 10  # mean below which counting is cheaper than proposing
TAIL = np.array(
    [
        0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
        0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
    ]
)  # fmt: skip


def until_done(source: Source, turn: Callable[..., Any], state: Any, done: Array) -> Any:
    """`state, done = turn(draws, state)` for the elements that are not done, until all are."""
    key = joined_words(source.bits((2,)))

    def body(s: Any) -> Any:
        t, old, done = s
        new, accepted = turn(Draws(key, t * PER_TURN), old)
        (olds, structure), (news, _) = flatten(old), flatten(new)
        kept = [m.where(done, a, b) for a, b in zip(olds, news, strict=True)]
        return t + 1, unflatten(structure, kept), bits.logical_or(done, accepted)

    def test(s: Any) -> Any:
        return bits.logical_and(m.less(s[0], TURNS), bits.logical_not(reduce.all(s[2])))

    return while_loop(test, body, (np.int64(0), state, done))[1]


def filled(x: Array, shape: Shape, dtype: str = "float64") -> Array:
    """A parameter for each element of a draw; no derivative flows through a loop that chooses."""
    x = np.asarray(x, dtype) if isinstance(x, int | float) else operators.cast(x, dtype)
    return m.stop_gradient(movement.broadcast_to(placed(x, shape), shape=shape))


def standard_normal(source: Source, shape: Shape, dtype: str) -> Array:
    """sqrt(-2 log(1 - u)) cos(2 pi v)

    Source: G. E. P. Box, M. E. Muller, "A note on the generation of random normal deviates", 1958.
    """
    radius = m.sqrt(m.log1p(-unit(source, shape, dtype)) * -2.0)
    return radius * m.cos(unit(source, shape, dtype) * (2 * math.pi))


# --- gamma ----------------------------------------------------------------------------------------


def standard_gamma(source: Source, shape: Shape, alpha: Array, dtype: str) -> Array:
    """Numbers with density x^(alpha - 1) exp(-x) / Gamma(alpha); NaN where alpha is not positive.

    Source: G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000.
    """
    alpha = filled(alpha, shape, dtype)
    valid = bits.logical_and(m.greater(alpha, 0), m.isfinite(alpha))
    small = m.less(alpha, 1)
    d = m.where(valid, m.where(small, alpha + 1, alpha), 1.0) - 1 / 3
    c = m.divide(1 / 3, m.sqrt(d))

    def turn(draws: Draws, _: Array) -> tuple[Array, Array]:
        x = standard_normal(draws, shape, dtype)
        base = c * x + 1
        positive = m.greater(base, 0)
        v = m.where(positive, base, 1.0)
        v = v * v * v
        bound = x * x * 0.5 + d - d * v + d * m.log(v)
        return d * v, bits.logical_and(positive, m.less(m.log(inner_unit(draws, shape, dtype)), bound))

    nothing = m.where(valid, 0.0, d * math.nan)
    value = until_done(source, turn, nothing, bits.logical_not(valid))
    boost = m.pow(inner_unit(source, shape, dtype), m.divide(1, m.where(small, alpha, 1.0)))
    return m.where(small, value * boost, value)


# --- counts ---------------------------------------------------------------------------------------


def _tail(k: Array) -> Array:
    """log(k!) - ((k + 1/2) log(k + 1) - (k + 1) + log(2 pi) / 2), for whole k >= 0.

    Source: W. Hormann, "The generation of binomial random variates", J. Stat. Comput. Simul. 46, 1993.
    """
    n = k + 1
    square = n * n
    far = (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / n
    near = take(TAIL, operators.cast(m.clip(k, 0.0, 9.0), "int64"))
    return m.where(m.greater(k, 9), far, near)


def poisson_counts(source: Source, shape: Shape, mean: Array) -> Array:
    """Whole numbers k with probability mean^k exp(-mean) / k!, as float64; NaN where the mean is negative.

    Source: W. Hormann, "The transformed rejection method for generating Poisson random variables", 1993 (PTRS);
    for means below 10: D. E. Knuth, "The art of computer programming", vol. 2, section 3.4.1.
    """
    mean = filled(mean, shape)
    valid = bits.logical_and(m.greater_equal(mean, 0), m.isfinite(mean))
    small = m.less(mean, SMALL)
    low, high = (
        m.where(bits.logical_and(valid, small), mean, 0.0),
        m.where(bits.logical_and(valid, ~small), mean, 10.0),
    )
    least = m.exp(-low)
    b = m.sqrt(high) * 2.53 + 0.931
    a = b * 0.02483 - 0.059
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    squeeze = 0.9277 - 3.6224 / (b - 2)

    def turn(draws: Draws, state: Any) -> tuple[Any, Array]:
        count, product = state
        u, v = (inner_unit(draws, shape, "float64") for _ in range(2))
        product = product * u
        more = m.greater(product, least)
        u = u - 0.5
        us = 0.5 - m.abs(u)
        k = m.floor((a * 2 / us + b) * u + high + 0.43)
        at = m.maximum(k, 0.0)
        density = (
            at * m.log(high)
            - high
            - ((at + 0.5) * m.log(at + 1) - (at + 1) + math.log(2 * math.pi) / 2 + _tail(at))
        )
        fits = m.less_equal(m.log(v * inverse_alpha / (a / (us * us) + b)), density)
        fits = bits.logical_and(m.greater_equal(k, 0), fits)
        quick = bits.logical_and(m.greater_equal(us, 0.07), m.less_equal(v, squeeze))
        counted = count + operators.cast(more, "float64")
        return (m.where(small, counted, k), product), m.where(small, ~more, bits.logical_or(quick, fits))

    count, _ = until_done(source, turn, (mean * 0.0, mean * 0.0 + 1.0), bits.logical_not(valid))
    return m.where(valid, count, math.nan)


def binomial_counts(source: Source, shape: Shape, trials: Array, p: Array) -> Array:
    """How often what has probability p happens in so many trials, as float64; NaN where p is outside of 0..1.

    Source: W. Hormann, "The generation of binomial random variates", J. Stat. Comput. Simul. 46, 1993 (BTRS); for
    means below 10, jumps from one success to the next: L. Devroye, "Non-uniform random variate generation", 1986,
    chapter X.4.3.
    """
    n, p = filled(trials, shape), filled(p, shape)
    valid = bits.logical_and(
        bits.logical_and(m.greater_equal(p, 0), m.less_equal(p, 1)), m.greater_equal(n, 0)
    )
    valid = bits.logical_and(valid, m.isfinite(n))
    flipped = m.greater(p, 0.5)
    rare = m.where(flipped, 1 - p, p)
    small = m.less(n * rare, SMALL)
    few = bits.logical_and(valid, small)
    per_jump = m.log1p(-m.where(few, m.maximum(rare, 1e-300), 0.5))
    n, rare = (m.where(bits.logical_and(valid, ~small), x, y) for x, y in ((n, 40.0), (rare, 0.5)))
    last = filled(trials, shape)
    deviation = m.sqrt(n * rare * (1 - rare))
    b = deviation * 2.53 + 1.15
    a = b * 0.0248 + rare * 0.01 - 0.0873
    squeeze = 0.92 - 4.2 / b
    odds = rare / (1 - rare)
    alpha = (5.1 / b + 2.83) * deviation
    mode = m.floor((n + 1) * rare)

    def log_ratio(k: Array) -> Array:
        """log of the probability of k successes over that of the mode."""
        return (
            (mode + 0.5) * m.log((mode + 1) / (odds * (n - mode + 1)))
            + (n + 1) * m.log((n - mode + 1) / (n - k + 1))
            + (k + 0.5) * m.log(odds * (n - k + 1) / (k + 1))
            + (_tail(mode) + _tail(n - mode) - _tail(k) - _tail(n - k))
        )

    def turn(draws: Draws, state: Any) -> tuple[Any, Array]:
        count, place = state
        u, v = (inner_unit(draws, shape, "float64") for _ in range(2))
        place = place + m.floor(m.log(u) / per_jump) + 1
        more = m.less_equal(place, last)
        u = u - 0.5
        us = 0.5 - m.abs(u)
        k = m.floor((a * 2 / us + b) * u + n * rare + 0.5)
        inside = bits.logical_and(m.greater_equal(k, 0), m.less_equal(k, n))
        fits = m.less_equal(m.log(v * alpha / (a / (us * us) + b)), log_ratio(m.clip(k, 0.0, n)))
        quick = bits.logical_and(m.greater_equal(us, 0.07), m.less_equal(v, squeeze))
        counted = count + operators.cast(more, "float64")
        accepted = bits.logical_and(inside, bits.logical_or(quick, fits))
        return (m.where(small, counted, k), place), m.where(small, ~more, accepted)

    count, _ = until_done(source, turn, (n * 0.0, n * 0.0), bits.logical_not(valid))
    return m.where(valid, m.where(flipped, last - count, count), math.nan)
