"""Random bits from a counter: any element is a function of (seed, counter, its number), computed alone.

Source: J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Philox4x32-10).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wengert.base.errors import DTypeError
from wengert.ir.primitive import Primitive
from wengert.ir.types import Shape, TensorType
from wengert.loop.expr import Expr, Scalars
from wengert.prims.params import check_shape

ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)  # the golden ratio and sqrt(3) - 1, as 32-bit fractions
GROUP = 64  # elements: 16 blocks of 4 words, word by word, so that 16 lanes share the work of 16 blocks
LANES = 16


def _bits_type(seed: TensorType, counter: TensorType, *, shape: Shape) -> TensorType:
    for what, t in (("seed", seed), ("counter", counter)):
        if t != TensorType((), "int64"):
            raise DTypeError(f"random_bits: {what} must be an int64 scalar; got {t}. Cast it first.")
    check_shape("random_bits", shape)
    return TensorType(shape, "uint32")


def philox(counter: list[np.ndarray], key: list[np.ndarray]) -> list[np.ndarray]:
    """Four random words (uint64 arrays below 2^32) of four counter words and two key words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    low = np.uint64(0xFFFFFFFF)
    for _ in range(ROUNDS):
        p0, p1 = c0 * np.uint64(MULTIPLIERS[0]), c2 * np.uint64(MULTIPLIERS[1])
        c0, c1, c2, c3 = (p1 >> np.uint64(32)) ^ c1 ^ k0, p1 & low, (p0 >> np.uint64(32)) ^ c3 ^ k1, p0 & low
        k0, k1 = (k0 + np.uint64(KEY_STEPS[0])) & low, (k1 + np.uint64(KEY_STEPS[1])) & low
    return [c0, c1, c2, c3]


def _words(x: np.ndarray) -> list[np.ndarray]:
    """The low and the high word of 64 bits."""
    bits = np.asarray(x).astype(np.int64).view(np.uint64)
    return [bits & np.uint64(0xFFFFFFFF), bits >> np.uint64(32)]


def _bits_numpy(seed: np.ndarray, counter: np.ndarray, *, shape: tuple[int, ...]) -> np.ndarray:
    size = math.prod(shape)
    groups = -(-size // GROUP)
    words = philox([*_words(np.arange(groups * LANES)), *_words(counter)], _words(seed))
    rows = [np.broadcast_to(w, groups * LANES).reshape(groups, LANES) for w in words]
    return np.stack(rows, axis=1).reshape(-1)[:size].reshape(shape).astype(np.uint32)


def _bits_at(s: Scalars, i: tuple[Expr, ...], seed: Any, counter: Any, *, shape: Shape) -> Expr:
    """Element e is word (e // 16) % 4 of block (e // 64) * 16 + e % 16."""
    e = s.const(0)
    for k, n in zip(i, shape, strict=True):
        e = s.add(s.mul(e, s.length(n)), k)
    block = s.add(s.mul(s.idiv(e, s.const(GROUP)), s.const(LANES)), s.imod(e, s.const(LANES)))
    word = s.imod(s.idiv(e, s.const(LANES)), s.const(4))
    words = _philox_at(s, [*_halves(s, block), *_halves(s, counter[()])], _halves(s, seed[()]))
    value = words[3]
    for w in (2, 1, 0):
        value = s.select(s.compare("eq", word, s.const(w)), words[w], value)
    return value


def _halves(s: Scalars, x: Expr) -> list[Expr]:
    """The low and the high word of an int64."""
    return [s.cast(x, "uint32"), s.cast(s.bitop("shr", x, s.const(32)), "uint32")]


def _philox_at(s: Scalars, counter: list[Expr], key: list[Expr]) -> list[Expr]:
    c0, c1, c2, c3 = counter
    k0, k1 = key
    m0, m1 = (s.const(m, "uint32") for m in MULTIPLIERS)
    for _ in range(ROUNDS):
        c0, c1, c2, c3 = (
            s.bitop("xor", s.bitop("xor", s.mulhi(c2, m1), c1), k0),
            s.mul(c2, m1),
            s.bitop("xor", s.bitop("xor", s.mulhi(c0, m0), c3), k1),
            s.mul(c0, m0),
        )
        k0, k1 = (s.add(k, s.const(step, "uint32")) for k, step in zip((k0, k1), KEY_STEPS, strict=True))
    return [c0, c1, c2, c3]


# 32 independent bits an element. seed: which stream; counter: which draw from it.
random_bits = Primitive("random_bits", type_rule=_bits_type, numpy_rule=_bits_numpy, lower=_bits_at)
