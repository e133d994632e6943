"""Random arrays: reproducible, with the same bits eagerly, compiled, and on any number of threads.

Every draw takes a `seed`: a key (`key`, `split`, `fold_in`), an int, or a `SeedGenerator`, whose counter moves on,
also inside of recorded functions. None takes the global generator, which `set_seed` starts anew. Parameters may be
arrays that broadcast to the shape; shapes may be symbolic.

Derivatives flow through what a draw is computed with by a formula (mean, stddev, minval, scale, rate), not through
what chooses among candidates (p, the shape parameters of gamma, beta and dirichlet, a Poisson mean).
"""

from __future__ import annotations

import math
from typing import Any

from wengert.base.dtypes import dtype_name
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.choices import choice, permutation, shuffle
from wengert.ops.gaussian import multivariate_normal, orthogonal
from wengert.ops.operands import Array, array, floating, normalize_axis
from wengert.ops.quantiles import normal_quantile
from wengert.ops.rejection import binomial_counts, filled, poisson_counts, standard_gamma, standard_normal
from wengert.ops.shape import Lengths, expand_dims, shape_tuple
from wengert.ops.streams import (
    Seed,
    SeedGenerator,
    computed_in,
    float_name,
    fold_in,
    fresh_seed,
    inner_unit,
    key,
    require,
    set_seed,
    source_of,
    split,
    spread,
    unit,
)

__all__ = [
    "SeedGenerator",
    "bernoulli",
    "beta",
    "binomial",
    "categorical",
    "cauchy",
    "chisquare",
    "choice",
    "dirichlet",
    "dropout",
    "exponential",
    "fold_in",
    "fresh_seed",
    "gamma",
    "geometric",
    "gumbel",
    "key",
    "laplace",
    "logistic",
    "multivariate_normal",
    "normal",
    "orthogonal",
    "permutation",
    "poisson",
    "rademacher",
    "randint",
    "set_seed",
    "shuffle",
    "split",
    "student_t",
    "truncated_normal",
    "uniform",
]


# --- by a formula ---------------------------------------------------------------------------------


def uniform(
    shape: Lengths | None,
    minval: Array = 0.0,
    maxval: Array = 1.0,
    dtype: object = "float32",
    seed: Seed = None,
) -> Array:
    """Numbers evenly spread over [minval, maxval)."""
    name = float_name(dtype)
    lengths, (low, high) = spread("uniform", shape, minval=minval, maxval=maxval)
    return _as(unit(source_of(seed), lengths, name) * (high - low) + low, name)


def _as(x: Array, dtype: str) -> Array:
    return operators.cast(x, dtype)


def normal(
    shape: Lengths | None,
    mean: Array = 0.0,
    stddev: Array = 1.0,
    dtype: object = "float32",
    seed: Seed = None,
) -> Array:
    """Numbers from the normal distribution.

    Source: G. E. P. Box, M. E. Muller, "A note on the generation of random normal deviates", 1958.
    """
    name = float_name(dtype)
    lengths, (mean, stddev) = spread("normal", shape, mean=mean, stddev=stddev)
    return _as(standard_normal(source_of(seed), lengths, computed_in(name)) * stddev + mean, name)


def truncated_normal(
    shape: Lengths | None,
    mean: Array = 0.0,
    stddev: Array = 1.0,
    dtype: object = "float32",
    seed: Seed = None,
    *,
    lower: float = -2.0,
    upper: float = 2.0,
) -> Array:
    """Numbers from the normal distribution, of those from `lower` to `upper` deviations beside the mean.

    Raises:
        ValueRangeError: lower is not below upper.
    """
    if not lower < upper:
        raise ValueRangeError(f"truncated_normal: lower must be below upper; got {lower} and {upper}.")
    name = float_name(dtype)
    lengths, (mean, stddev) = spread("truncated_normal", shape, mean=mean, stddev=stddev)
    # Of the two tails take the one where probabilities are small, and so exact.
    low, high = (-upper, -lower) if lower > 0 else (lower, upper)
    first, last = (0.5 * math.erfc(-x / math.sqrt(2)) for x in (low, high))
    u = inner_unit(source_of(seed), lengths, computed_in(name))
    x = m.clip(normal_quantile(u * (last - first) + first), low, high)
    return _as((-x if lower > 0 else x) * stddev + mean, name)


def exponential(
    shape: Lengths | None, rate: Array = 1.0, dtype: object = "float32", seed: Seed = None
) -> Array:
    """Numbers with density rate exp(-rate x), x >= 0."""
    require("exponential", "rate", rate, lambda x: x > 0, "> 0")
    name = float_name(dtype)
    lengths, (rate,) = spread("exponential", shape, rate=rate)
    return _as(m.divide(-m.log1p(-unit(source_of(seed), lengths, computed_in(name))), rate), name)


def _located(name: str, shape: Lengths | None, loc: Array, scale: Array, dtype: object, draw: Any) -> Array:
    """A standard draw times `scale` plus `loc`."""
    require(name, "scale", scale, lambda x: x >= 0, ">= 0")
    dtype = float_name(dtype)
    lengths, (loc, scale) = spread(name, shape, loc=loc, scale=scale)
    return _as(draw(lengths, computed_in(dtype)) * scale + loc, dtype)


def laplace(
    shape: Lengths | None,
    loc: Array = 0.0,
    scale: Array = 1.0,
    dtype: object = "float32",
    seed: Seed = None,
) -> Array:
    """Numbers with density exp(-|x - loc| / scale) / (2 scale)."""

    def draw(lengths: Any, dtype: str) -> Array:
        u = inner_unit(source_of(seed), lengths, dtype) * 2.0 - 1.0
        return m.where(m.less(u, 0), m.log1p(-m.abs(u)), -m.log1p(-m.abs(u)))

    return _located("laplace", shape, loc, scale, dtype, draw)


def gumbel(
    shape: Lengths | None,
    loc: Array = 0.0,
    scale: Array = 1.0,
    dtype: object = "float32",
    seed: Seed = None,
) -> Array:
    """loc - scale log(-log u), u uniform: the largest of many exponentials."""
    return _located("gumbel", shape, loc, scale, dtype, lambda n, d: _gumbel(source_of(seed), n, d))


def _gumbel(source: Any, shape: Any, dtype: str) -> Array:
    return -m.log(-m.log(inner_unit(source, shape, dtype)))


def logistic(
    shape: Lengths | None,
    loc: Array = 0.0,
    scale: Array = 1.0,
    dtype: object = "float32",
    seed: Seed = None,
) -> Array:
    """loc + scale log(u / (1 - u)), u uniform."""

    def draw(lengths: Any, dtype: str) -> Array:
        u = inner_unit(source_of(seed), lengths, dtype)
        return m.log(u) - m.log1p(-u)

    return _located("logistic", shape, loc, scale, dtype, draw)


def cauchy(
    shape: Lengths | None,
    loc: Array = 0.0,
    scale: Array = 1.0,
    dtype: object = "float32",
    seed: Seed = None,
) -> Array:
    """loc + scale tan(pi (u - 1/2)), u uniform."""

    def draw(lengths: Any, dtype: str) -> Array:
        return m.tan((inner_unit(source_of(seed), lengths, dtype) - 0.5) * math.pi)

    return _located("cauchy", shape, loc, scale, dtype, draw)


# --- whole numbers and choices --------------------------------------------------------------------


def randint(shape: Lengths, minval: int, maxval: int, dtype: object = "int32", seed: Seed = None) -> Array:
    """Integers evenly spread over minval..maxval - 1.

    Numerics: the range is divided into 2**32 by multiplication, so no value is more likely by more than
    2**-32.
    """
    if not 0 < maxval - minval <= 2**31:
        raise ValueRangeError(
            f"randint: maxval - minval must be in 1..2**31; got minval {minval}, maxval {maxval}."
        )
    wide = operators.cast(source_of(seed).bits(shape), "int64")
    return operators.cast((wide * (maxval - minval) >> 32) + minval, dtype_name(dtype))


def bernoulli(shape: Lengths | None, p: Array = 0.5, seed: Seed = None) -> Array:
    """True with probability p, as bool."""
    require("bernoulli", "p", p, lambda x: 0 <= x <= 1, "in 0..1")
    lengths, (p,) = spread("bernoulli", shape, p=p)
    return m.less(unit(source_of(seed), lengths), p)


def rademacher(shape: Lengths, dtype: object = "float32", seed: Seed = None) -> Array:
    """-1 or 1, equally likely."""
    return operators.cast(source_of(seed).bits(shape) >> 31, dtype_name(dtype)) * 2 - 1


def dropout(x: Array, rate: Any, seed: Seed = None, *, noise_shape: Lengths | None = None) -> Array:
    """Each element 0 with probability `rate`, else divided by 1 - rate, so that the mean stays.

    Args:
        noise_shape: of x, but for axes of length 1, along which elements share their fate.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014.
    """
    x = array(x)
    keep = m.subtract(1.0, rate)
    shape = type_of(x).shape if noise_shape is None else noise_shape
    return m.where(bernoulli(shape, keep, seed), m.divide(x, keep), 0)


def categorical(logits: Array, num_samples: int, dtype: object = "int32", seed: Seed = None) -> Array:
    """[batch, num_samples] classes drawn with probabilities softmax(logits[batch]).

    Source: the Gumbel-max trick; see Maddison et al., "A* sampling", NeurIPS 2014.
    """
    logits = floating(logits)
    t = type_of(logits)
    normalize_axis("categorical", 1, t)
    noise = _gumbel(source_of(seed), (t.shape[0], num_samples, t.shape[1]), computed_in(t.dtype))
    return operators.cast(reduce.argmax(expand_dims(logits, 1) + noise, axis=-1), dtype_name(dtype))


def geometric(shape: Lengths | None, p: Array, dtype: object = "int32", seed: Seed = None) -> Array:
    """How many tries it takes, 1 or more, until what has probability p happens."""
    require("geometric", "p", p, lambda x: 0 < x <= 1, "in 0..1, and not 0")
    lengths, (p,) = spread("geometric", shape, p=p)
    per_try = m.log1p(-filled(p, lengths))
    tries = m.floor(m.divide(m.log1p(-unit(source_of(seed), lengths, "float64")), per_try)) + 1
    return operators.cast(tries, dtype_name(dtype))


def poisson(shape: Lengths | None, mean: Array, dtype: object = "int32", seed: Seed = None) -> Array:
    """Whole numbers k with probability mean^k exp(-mean) / k!."""
    require("poisson", "mean", mean, lambda x: 0 <= x < math.inf, ">= 0 and finite")
    lengths, (mean,) = spread("poisson", shape, mean=mean)
    return operators.cast(poisson_counts(source_of(seed), lengths, mean), dtype_name(dtype))


def binomial(
    shape: Lengths | None, trials: Array, p: Array, dtype: object = "int32", seed: Seed = None
) -> Array:
    """How often what has probability p happens in so many trials."""
    require("binomial", "p", p, lambda x: 0 <= x <= 1, "in 0..1")
    require("binomial", "trials", trials, lambda x: 0 <= x < math.inf, ">= 0 and finite")
    lengths, (trials, p) = spread("binomial", shape, trials=trials, p=p)
    return operators.cast(binomial_counts(source_of(seed), lengths, trials, p), dtype_name(dtype))


# --- of gamma variables ---------------------------------------------------------------------------


def gamma(
    shape: Lengths | None, alpha: Array, rate: Array = 1.0, dtype: object = "float32", seed: Seed = None
) -> Array:
    """Numbers with density rate^alpha x^(alpha - 1) exp(-rate x) / Gamma(alpha).

    Source: G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000.
    """
    for what, x in (("alpha", alpha), ("rate", rate)):
        require("gamma", what, x, lambda x: x > 0, "> 0")
    name = float_name(dtype)
    lengths, (alpha, rate) = spread("gamma", shape, alpha=alpha, rate=rate)
    return _as(m.divide(standard_gamma(source_of(seed), lengths, alpha, computed_in(name)), rate), name)


def chisquare(shape: Lengths | None, df: Array, dtype: object = "float32", seed: Seed = None) -> Array:
    """The sum of `df` squares of standard normal variables."""
    require("chisquare", "df", df, lambda x: x > 0, "> 0")
    return gamma(shape, (df if isinstance(df, int | float) else array(df)) * 0.5, 0.5, dtype, seed)


def beta(shape: Lengths | None, a: Array, b: Array, dtype: object = "float32", seed: Seed = None) -> Array:
    """Numbers in 0..1 with density in proportion to x^(a - 1) (1 - x)^(b - 1)."""
    for what, x in (("a", a), ("b", b)):
        require("beta", what, x, lambda x: x > 0, "> 0")
    name, source = float_name(dtype), source_of(seed)
    lengths, (a, b) = spread("beta", shape, a=a, b=b)
    x, y = (standard_gamma(source, lengths, k, computed_in(name)) for k in (a, b))
    return _as(m.divide(x, x + y), name)


def dirichlet(shape: Lengths | None, alpha: Array, dtype: object = "float32", seed: Seed = None) -> Array:
    """Points whose coordinates along the last axis are positive and add up to 1.

    Args:
        shape: of the draws, without the last axis, which is that of alpha; None: that of alpha.
        alpha: [..., k] concentrations, > 0.
    """
    alpha = floating(alpha)
    own = type_of(alpha).shape
    if not own:
        raise ShapeError("dirichlet: alpha must have an axis of concentrations; got a scalar.")
    name = float_name(dtype)
    whole = None if shape is None else (*shape_tuple("dirichlet", shape), own[-1])
    lengths, (alpha,) = spread("dirichlet", whole, alpha=alpha)
    x = standard_gamma(source_of(seed), lengths, alpha, computed_in(name))
    return _as(m.divide(x, reduce.sum(x, -1, keepdims=True)), name)


def student_t(shape: Lengths | None, df: Array, dtype: object = "float32", seed: Seed = None) -> Array:
    """A standard normal variable over the root of an independent chisquare(df) / df."""
    require("student_t", "df", df, lambda x: x > 0, "> 0")
    name, source = float_name(dtype), source_of(seed)
    lengths, (df,) = spread("student_t", shape, df=df)
    top = standard_normal(source, lengths, computed_in(name))
    half = df * 0.5
    return _as(top * m.rsqrt(m.divide(standard_gamma(source, lengths, half, computed_in(name)), half)), name)
