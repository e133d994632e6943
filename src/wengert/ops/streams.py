"""Where random bits come from: keys, generators with a counter, and the seed of everything that names neither.

A key is an int64 scalar. Bits are a function of (key, number of the draw, number of the element): the same
eagerly, compiled, and on any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wengert.base.dtypes import HALVES, dtype_name, is_float, is_integer
from wengert.base.errors import DTypeError, ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.primitive import symbolic
from wengert.ir.types import Shape, TensorType, type_of
from wengert.ops.keys import known_value
from wengert.ops.operands import Array, array
from wengert.ops.shape import Lengths, reshape, shape_tuple
from wengert.prims.random import random_bits
from wengert.runtime.tensor import Tensor
from wengert.runtime.variable import Variable

KEY = TensorType((), "int64")
SPLITS, FOLDS = (
    -(2**62),
    -(2**63),
)  # numbers of draws that make keys; those that make numbers are not negative


class SeedGenerator:
    """A stream of random numbers: a fixed seed and a counter that moves with each draw.

    Both are variables, so draws inside of a recorded function move the counter on as they do outside.

    Args:
        seed: which stream; None takes the next one of `set_seed`'s.
    """

    def __init__(self, seed: int | None = None, name: str = "seed_generator") -> None:
        seed = fresh_seed() if seed is None else _require_seed("SeedGenerator", seed)
        self.name = name
        self.seed = Variable(np.int64(seed), name=f"{name}/seed", trainable=False)
        self.counter = Variable(np.int64(0), name=f"{name}/counter", trainable=False)

    def bits(self, shape: Lengths) -> Array:
        """32 random bits an element, as uint32; the counter moves on."""
        out = random_bits(self.seed, self.counter, shape=shape_tuple("random", shape))
        self.counter.assign_add(1)
        return out


class Draws:
    """Draws `first`, `first` + 1, ... of a key."""

    def __init__(self, key: Array, first: Array = np.int64(0)) -> None:  # noqa: B008 - a number
        self.key, self.first, self.count = key, first, 0

    def bits(self, shape: Lengths) -> Array:
        """32 random bits an element, as uint32."""
        lengths = shape_tuple("random", shape)
        out = random_bits(placed(self.key, lengths), self.first + self.count, shape=lengths)
        self.count += 1
        return out


def placed(x: Array, shape: Shape) -> Array:
    """What is known, for a draw of this shape: a tensor, or where the shape is symbolic what a recording takes."""
    value = known_value(x)
    if value is None:
        return x
    return value if symbolic(shape) else Tensor(value)


Seed = int | SeedGenerator | Any
"""What draws take for `seed`: an int, a key, a generator; None for the global generator."""

Source = SeedGenerator | Draws


class _Seeds:
    """Where seeds come from when the user names none."""

    def __init__(self) -> None:
        # Made when first asked: importing numpy.random takes longer than all of this floor.
        self.source: Any = None
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


def state() -> dict[str, Any]:
    """Where the streams stand that nobody has named: plain numbers, for `restore`."""
    source, generator = _SEEDS.source, _SEEDS.generator
    return {
        "source": None if source is None else source.bit_generator.state,
        "generator": None if generator is None else [int(generator.seed.array), int(generator.counter.array)],
    }


def restore(found: dict[str, Any]) -> None:
    """Let them go on from there."""
    if found["source"] is not None:
        _SEEDS.source = np.random.default_rng()
        _SEEDS.source.bit_generator.state = found["source"]
    if found["generator"] is not None:
        seed, counter = found["generator"]
        if _SEEDS.generator is None:
            _SEEDS.generator = SeedGenerator(seed, name="global_seed_generator")
        _SEEDS.generator.seed.assign(np.int64(seed))
        _SEEDS.generator.counter.assign(np.int64(counter))


def _require_seed(name: str, seed: object) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise DTypeError(f"{name}: seed must be an int or None; got {seed!r}.")
    if not -(2**63) <= seed < 2**63:
        raise ValueRangeError(f"{name}: seed must fit into 64 bits; got {seed}.")
    return int(seed)


# --- keys -----------------------------------------------------------------------------------------


def key(seed: int) -> Tensor:
    """A key for `seed=` of every draw. A draw does not change it: the same key gives the same numbers.

    Example:
        >>> import wengert as wg
        >>> k = wg.random.key(0)
        >>> a, b = wg.random.split(k)
        >>> bool(wg.random.uniform((), seed=a) == wg.random.uniform((), seed=b))
        False
    """
    return Tensor(np.int64(_require_seed("key", seed)))


def split(key: Array, num: int = 2) -> Array:
    """`num` keys made of one, as an int64 array of that length: their numbers have nothing in common."""
    if isinstance(num, bool) or not isinstance(num, int | np.integer) or num < 1:  # type: ignore[redundant-expr]
        raise ValueRangeError(f"split: num must be an int > 0; got {num!r}.")
    return joined_words(random_bits(_require_key("split", key), np.int64(SPLITS), shape=(int(num), 2)))


def fold_in(key: Array, data: Array) -> Array:
    """A key made of one and an integer: of a step, a layer, a process."""
    data = array(data)
    t = type_of(data)
    if t.shape != () or not is_integer(t.dtype):
        raise DTypeError(f"fold_in: data must be an integer scalar; got {t}.")
    place = (operators.cast(data, "int64") & (2**62 - 1)) + FOLDS
    return joined_words(random_bits(_require_key("fold_in", key), place, shape=(2,)))


def joined_words(bits: Array) -> Array:
    """Two words of 32 bits, along the last axis, as one int64."""
    wide = operators.cast(bits, "int64")
    shape = type_of(bits).shape[:-1]
    return wide[..., 0] << 32 | reshape(wide[..., 1], shape)


def _require_key(name: str, key: Array) -> Array:
    key = array(key)
    if type_of(key) != KEY:
        raise DTypeError(f"{name}: a key must be an int64 scalar, from wg.random.key; got {type_of(key)}.")
    return key


def source_of(seed: Seed) -> Source:
    """What a draw takes its bits from."""
    if isinstance(seed, SeedGenerator | Draws):
        return seed
    if hasattr(seed, "interpret") or isinstance(seed, np.ndarray):
        return Draws(_require_key("random", seed))
    if seed is not None:
        return Draws(Tensor(np.int64(_require_seed("random", seed))))
    if _SEEDS.generator is None:
        _SEEDS.generator = SeedGenerator(name="global_seed_generator")
    return _SEEDS.generator


# --- uniform numbers ------------------------------------------------------------------------------


def float_name(dtype: object) -> str:
    """The name of a floating-point dtype.

    Raises:
        DTypeError: it is not one.
    """
    name = dtype_name(dtype)
    if not is_float(name):
        raise DTypeError(f"random: dtype must be floating-point, as float32 or float64; got {name}.")
    return name


def unit(source: Source, shape: Lengths, dtype: str = "float32") -> Array:
    """Uniform numbers in [0, 1): 24 random bits each, times 2**-24 (53 bits for float64)."""
    high = source.bits(shape)
    if dtype == "float64":
        top = operators.cast(high >> 5, "float64") * 2.0**-27
        return top + operators.cast(source.bits(shape) >> 6, "float64") * 2.0**-53
    bits = {"float16": 11, "bfloat16": 8}.get(dtype, 24)
    return operators.cast(operators.cast(high >> (32 - bits), "float32") * 2.0**-bits, dtype)


def inner_unit(source: Source, shape: Lengths, dtype: str = "float32") -> Array:
    """Uniform numbers in (0, 1), without both ends: the middles of 2**23 (2**52) equal parts."""
    high = source.bits(shape)
    if dtype == "float64":
        top = operators.cast(high >> 5, "float64") * 2.0**-27
        return top + (operators.cast(source.bits(shape) >> 7, "float64") + 0.5) * 2.0**-52
    return (operators.cast(high >> 9, "float32") + 0.5) * 2.0**-23


def computed_in(dtype: str) -> str:
    """The dtype that a draw is computed in, to be rounded at the end."""
    return "float32" if dtype in HALVES else dtype


def spread(name: str, shape: Lengths | None, **parameters: Array) -> tuple[Shape, list[Array]]:
    """The shape of a draw, and its parameters, which must fit it. None: the shape of the parameters.

    Raises:
        ShapeError: a parameter does not broadcast to the shape.
    """
    given = [p if isinstance(p, int | float) else array(p) for p in parameters.values()]
    shapes = [() if isinstance(p, int | float) else type_of(p).shape for p in given]
    if shape is None:
        return operators.broadcast_shapes(*shapes), given
    lengths = shape_tuple(name, shape)
    for what, own in zip(parameters, shapes, strict=True):
        try:
            fits = operators.broadcast_shapes(own, lengths) == lengths
        except ShapeError:
            fits = False
        if not fits:
            raise ShapeError(
                f"{name}: {what} must broadcast to the shape {operators.show_shape(lengths)}; got "
                f"{operators.show_shape(own)}."
            )
    return lengths, given


def require(name: str, what: str, x: Array, holds: Callable[[Any], bool], must: str) -> None:
    """Raise ValueRangeError where a parameter that is a Python number is none that makes sense."""
    if isinstance(x, int | float) and not holds(x):
        raise ValueRangeError(f"{name}: {what} must be {must}; got {x!r}.")
