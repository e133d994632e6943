"""Random arrays: reproducible, with the same bits eagerly, compiled, and on any number of threads.

Every draw takes a key (a seed) and a position (a counter). A `SeedGenerator` keeps both in variables, so
draws inside of a recorded function move its counter on as they do outside.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name
from wengert.base.errors import DTypeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.operands import Array, array, normalize_axis
from wengert.ops.shape import Lengths, expand_dims, shape_tuple
from wengert.prims.random import random_bits
from wengert.runtime.variable import Variable


class SeedGenerator:
    """A stream of random numbers: a fixed seed and a counter that moves with each draw.

    Args:
        seed: which stream; None takes the next one of `set_seed`'s.
    """

    def __init__(self, seed: int | None = None, name: str = "seed_generator") -> None:
        if seed is None:
            seed = fresh_seed()
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
            raise DTypeError(f"SeedGenerator: seed must be an int or None; got {seed!r}.")
        if not -(2**63) <= seed < 2**63:
            raise ValueRangeError(f"SeedGenerator: seed must fit into 64 bits; got {seed}.")
        self.name = name
        self.seed = Variable(np.int64(seed), name=f"{name}/seed", trainable=False)
        self.counter = Variable(np.int64(0), name=f"{name}/counter", trainable=False)

    def bits(self, shape: Lengths) -> Array:
        """32 random bits an element, as uint32; the counter moves on."""
        out = random_bits(self.seed, self.counter, shape=shape_tuple("random", shape))
        self.counter.assign_add(1)
        return out


class _Seeds:
    """Where seeds come from when the user names none."""

    def __init__(self) -> None:
        self.source: Any = (
            None  # made when first asked: importing numpy.random takes longer than all of this floor
        )
        self.generator: SeedGenerator | None = None


_SEEDS = _Seeds()


def set_seed(seed: int) -> None:
    """Make everything random from here on (initial weights, dropout, shuffling) a function of `seed`.

    Raises:
        DTypeError: it is no int >= 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:  # type: ignore[redundant-expr]
        raise DTypeError(f"set_seed: seed must be an int >= 0; got {seed!r}.")
    _SEEDS.source = np.random.default_rng(seed)
    _SEEDS.generator = None


def fresh_seed() -> int:
    """A seed that was not used yet; the sequence of them is decided by `set_seed`."""
    if _SEEDS.source is None:
        _SEEDS.source = np.random.default_rng()
    return int(_SEEDS.source.integers(2**31))


def _generator(seed: int | SeedGenerator | None) -> SeedGenerator:
    if isinstance(seed, SeedGenerator):
        return seed
    if seed is not None:
        return SeedGenerator(seed)
    if _SEEDS.generator is None:
        _SEEDS.generator = SeedGenerator(name="global_seed_generator")
    return _SEEDS.generator


def _unit(shape: Lengths, dtype: str, seed: int | SeedGenerator | None) -> Array:
    """Uniform numbers in [0, 1): 24 random bits each, times 2**-24 (53 bits for float64)."""
    generator = _generator(seed)
    high = generator.bits(shape)
    if dtype == "float64":
        top = operators.cast(high >> 5, "float64") * 2.0**-27
        return top + operators.cast(generator.bits(shape) >> 6, "float64") * 2.0**-53
    if dtype != "float32":
        raise DTypeError(f"random: dtype must be float32 or float64; got {dtype}.")
    return operators.cast(high >> 8, "float32") * 2.0**-24


def uniform(
    shape: Lengths,
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: object = "float32",
    seed: int | SeedGenerator | None = None,
) -> Array:
    """Numbers evenly spread over [minval, maxval)."""
    return _unit(shape, dtype_name(dtype), seed) * (maxval - minval) + minval


def normal(
    shape: Lengths,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: object = "float32",
    seed: int | SeedGenerator | None = None,
) -> Array:
    """Numbers from the normal distribution.

    Source: G. E. P. Box, M. E. Muller, "A note on the generation of random normal deviates", 1958.
    """
    generator, name = _generator(seed), dtype_name(dtype)
    radius = m.sqrt(m.log1p(-_unit(shape, name, generator)) * -2.0)
    return radius * m.cos(_unit(shape, name, generator) * (2 * math.pi)) * stddev + mean


def randint(
    shape: Lengths, minval: int, maxval: int, dtype: object = "int32", seed: int | SeedGenerator | None = None
) -> Array:
    """Integers evenly spread over minval..maxval - 1.

    Numerics: the range is divided into 2**32 by multiplication, so no value is more likely by more than
    2**-32.
    """
    if not 0 < maxval - minval <= 2**31:
        raise ValueRangeError(
            f"randint: maxval - minval must be in 1..2**31; got minval {minval}, maxval {maxval}."
        )
    wide = operators.cast(_generator(seed).bits(shape), "int64")
    return operators.cast((wide * (maxval - minval) >> 32) + minval, dtype_name(dtype))


def bernoulli(shape: Lengths, p: Any = 0.5, seed: int | SeedGenerator | None = None) -> Array:
    """True with probability p (a number or a scalar array), as bool."""
    return m.less(_unit(shape, "float32", seed), p)


def dropout(x: Array, rate: Any, seed: int | SeedGenerator | None = None) -> Array:
    """Each element 0 with probability `rate`, else divided by 1 - rate, so that the mean stays.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014.
    """
    x = array(x)
    keep = m.subtract(1.0, rate)
    return m.where(bernoulli(type_of(x).shape, keep, seed), m.divide(x, keep), 0)


def categorical(
    logits: Array, num_samples: int, dtype: object = "int32", seed: int | SeedGenerator | None = None
) -> Array:
    """[batch, num_samples] classes drawn with probabilities softmax(logits[batch]).

    Source: the Gumbel-max trick; see Maddison et al., "A* sampling", NeurIPS 2014.
    """
    logits = array(logits)
    t = type_of(logits)
    normalize_axis("categorical", 1, t)
    noise = uniform((t.shape[0], num_samples, t.shape[1]), 2.0**-25, 1.0, "float32", seed)
    scores = expand_dims(logits, 1) - m.log(-m.log(noise))
    return operators.cast(reduce.argmax(scores, axis=-1), dtype_name(dtype))
