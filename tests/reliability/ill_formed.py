"""Calls that cannot be well-formed, by how they are made: each must be refused, however it is run.

`ill_formed(number)` is one of them, the same in every run: a function of arrays, the arrays, the name that the error
must tell, and what of the call it must quote (a shape, an axis, a length).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import wengert as wg

Shape = tuple[int, ...]


@dataclass(frozen=True)
class IllFormed:
    """quoted: texts of which the error must have one. steps: of which a program may name one in place of `name`."""

    name: str
    function: Callable[..., Any]
    arrays: tuple[np.ndarray, ...]
    quoted: tuple[str, ...]
    steps: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} of {', '.join(f'{a.dtype}{list(a.shape)}' for a in self.arrays)}"


Draw = random.Random


def lengths(draw: Draw, rank: int, least: int = 1) -> Shape:
    return tuple(draw.randint(least, 6) for _ in range(rank))


def array(draw: Draw, shape: Shape, dtype: str = "float32") -> np.ndarray:
    values = np.random.default_rng(draw.randrange(1000)).normal(size=shape) * 3
    return values.astype(dtype)


def shown(*shapes: Shape) -> tuple[str, ...]:
    return tuple(f"[{','.join(map(str, s))}]" for s in shapes)


BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "pow",
    "maximum",
    "minimum",
    "less",
    "equal",
    "logaddexp",
    "hypot",
    "atan2",
    "copysign",
    "floor_divide",
    "remainder",
    "nextafter",
    "greater_equal",
    "not_equal",
]
REDUCTIONS = [
    "sum",
    "mean",
    "max",
    "min",
    "prod",
    "std",
    "var",
    "argmax",
    "argmin",
    "all",
    "any",
    "logsumexp",
    "count_nonzero",
]
ALONG = ("softmax", "log_softmax", "cumulative_sum", "cumulative_prod", "sort", "argsort", "flip")


def not_broadcast(draw: Draw) -> IllFormed:
    name, rank = draw.choice(BINARY), draw.randint(1, 4)
    a = lengths(draw, rank, 2)
    k = draw.randrange(rank)
    b = (*a[:k], a[k] + draw.randint(1, 3), *a[k + 1 :])
    return IllFormed(name, getattr(wg, name), (array(draw, a), array(draw, b)), shown(a, b))


def wrong_contraction(draw: Draw) -> IllFormed:
    n, k, m = lengths(draw, 3)
    batch = lengths(draw, draw.randrange(3))
    a, b = (*batch, n, k), (*batch, k + draw.randint(1, 3), m)
    return IllFormed("matmul", wg.matmul, (array(draw, a), array(draw, b)), shown(a, b))


def no_such_axis(draw: Draw) -> IllFormed:
    name, rank = draw.choice([*REDUCTIONS, *ALONG]), draw.randint(1, 4)
    axis = draw.choice([rank, rank + 2, -rank - 1, -9, 2**31 - 1, 2**62])
    shape = lengths(draw, rank)
    return IllFormed(name, lambda x: getattr(wg, name)(x, axis=axis), (array(draw, shape),), (str(axis),))


def axis_twice(draw: Draw) -> IllFormed:
    name, rank = draw.choice(REDUCTIONS[:7]), draw.randint(2, 4)
    axis = draw.randrange(rank)
    axes = (axis, axis - rank)
    return IllFormed(
        name,
        lambda x: getattr(wg, name)(x, axis=axes),
        (array(draw, lengths(draw, rank)),),
        (str(axes), str(axis)),
    )


def other_number_of_elements(draw: Draw) -> IllFormed:
    shape = lengths(draw, draw.randint(1, 4))
    new = (*shape[:-1], shape[-1] + draw.randint(1, 3))
    return IllFormed(
        "reshape", lambda x: wg.reshape(x, new), (array(draw, shape),), (*shown(shape), str(new))
    )


def indivisible(draw: Draw) -> IllFormed:
    n = draw.choice([2, 4, 5, 7, 8])
    return IllFormed("reshape", lambda x: wg.reshape(x, (3, -1)), (array(draw, (n,)),), (f"[{n}]", "(3, -1)"))


def unlike_parts(draw: Draw) -> IllFormed:
    rank = draw.randint(2, 4)
    a = lengths(draw, rank)
    axis = draw.randrange(rank)
    other = (axis + 1) % rank
    b = (*a[:other], a[other] + 1, *a[other + 1 :])
    return IllFormed(
        "concat", lambda x, y: wg.concat([x, y], axis=axis), (array(draw, a), array(draw, b)), shown(a, b)
    )


def unlike_stacked(draw: Draw) -> IllFormed:
    a = lengths(draw, draw.randint(1, 3))
    b = (*a, 2) if draw.random() < 0.5 else (a[0] + 1, *a[1:])
    return IllFormed("stack", lambda x, y: wg.stack([x, y]), (array(draw, a), array(draw, b)), shown(a, b))


def not_a_permutation(draw: Draw) -> IllFormed:
    rank = draw.randint(2, 4)
    axes = draw.choice([tuple(range(rank - 1)), (0,) * rank, (*range(rank - 1), rank), (*range(rank), 0)])
    shape = lengths(draw, rank)
    return IllFormed(
        "permute_dims", lambda x: wg.permute_dims(x, axes), (array(draw, shape),), (str(axes), f"got {rank}")
    )


def not_one_long(draw: Draw) -> IllFormed:
    shape = lengths(draw, draw.randint(1, 4), 2)
    axis = draw.randrange(len(shape))
    return IllFormed("squeeze", lambda x: wg.squeeze(x, axis=axis), (array(draw, shape),), shown(shape))


def not_broadcast_to(draw: Draw) -> IllFormed:
    a = lengths(draw, draw.randint(1, 3), 2)
    to = draw.choice([a[1:], (*a[:-1], a[-1] + 1), (*a, a[-1] + 1)])
    return IllFormed(
        "broadcast_to", lambda x: wg.broadcast_to(x, to), (array(draw, a),), (*shown(a), str(to))
    )


def outside(draw: Draw) -> IllFormed:
    n = draw.randint(1, 6)
    k = draw.choice([n, n + 3, -n - 1, 2**31 - 1, -(2**31), 2**40, -(2**62)])
    index = np.array([0, k, 0])
    rows = (n, draw.randint(1, 4))
    way = draw.randrange(3)
    if way == 0:
        return IllFormed("take", lambda x, i: wg.take(x, i, axis=0), (array(draw, rows), index), (str(k),))
    if way == 1:
        at = np.full((1, rows[1]), k)
        return IllFormed(
            "take_along_axis",
            lambda x, i: wg.take_along_axis(x, i, axis=0),
            (array(draw, rows), at),
            (str(k),),
        )
    return IllFormed("index", lambda x, i: x[i], (array(draw, rows), index), (str(k),))


def static_index_outside(draw: Draw) -> IllFormed:
    n = draw.randint(1, 6)
    k = draw.choice([n, n + 7, -n - 1, 2**31 - 1, -(2**62)])
    return IllFormed("index", lambda x: x[k], (array(draw, (n, 2)),), (str(k),))


def too_many_indices(draw: Draw) -> IllFormed:
    shape = lengths(draw, draw.randint(1, 3))
    return IllFormed("index", lambda x: x[(0,) * (len(shape) + 1)], (array(draw, shape),), shown(shape))


def window_too_large(draw: Draw) -> IllFormed:
    spatial = draw.randint(1, 3)
    size = lengths(draw, spatial)
    window = tuple(n + draw.randint(1, 4) for n in size)
    x, w = (2, *size, 3), (*window, 3, 4)
    return IllFormed("conv", wg.conv, (array(draw, x), array(draw, w)), (*shown(x, w), *map(str, window)))


def other_channels(draw: Draw) -> IllFormed:
    c = draw.randint(1, 5)
    x, w = (2, 6, 6, c), (3, 3, c + draw.randint(1, 3), 4)
    return IllFormed("conv", wg.conv, (array(draw, x), array(draw, w)), (*shown(x, w), str(c)))


def no_stride(draw: Draw) -> IllFormed:
    stride = draw.choice([0, -1, -(2**31)])
    return IllFormed(
        "conv",
        lambda x, w: wg.conv(x, w, strides=stride),
        (array(draw, (1, 6, 6, 2)), array(draw, (3, 3, 2, 2))),
        (str(stride),),
    )


def pool_too_large(draw: Draw) -> IllFormed:
    n = draw.randint(1, 4)
    name, size = draw.choice(["max_pool", "average_pool"]), n + draw.randint(1, 5)
    return IllFormed(
        name,
        lambda x: getattr(wg, name)(x, size),
        (array(draw, (1, n, n, 2)),),
        (str(size), *shown((1, n, n, 2))),
    )


def not_square(draw: Draw) -> IllFormed:
    n = draw.randint(1, 4)
    shape = (n, n + draw.randint(1, 3))
    name = draw.choice(["inv", "det", "cholesky", "eigh", "slogdet", "matrix_power"])
    f = getattr(wg.linalg, name)
    return IllFormed(
        name, (lambda x: f(x, 2)) if name == "matrix_power" else f, (array(draw, shape),), shown(shape)
    )


def other_rows(draw: Draw) -> IllFormed:
    n = draw.randint(1, 4)
    a, b = (n, n), (n + draw.randint(1, 3), 2)
    return IllFormed("solve", wg.linalg.solve, (array(draw, a), array(draw, b)), shown(a, b))


def of_floats(draw: Draw) -> IllFormed:
    name = draw.choice(
        ["bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift"]
    )
    x = array(draw, lengths(draw, draw.randint(1, 3)))
    return IllFormed(name, getattr(wg, name), (x, x), ("float32", "f32"))


def labels_unlike(draw: Draw) -> IllFormed:
    n, c = draw.randint(2, 5), draw.randint(2, 5)
    name = draw.choice(["mean_squared_error", "binary_crossentropy", "huber"])
    return IllFormed(
        name,
        lambda y, p: getattr(wg.losses, name)(y, p),
        (array(draw, (n,)), array(draw, (n, c))),
        shown((n,), (n, c)),
    )


def label_outside(draw: Draw) -> IllFormed:
    c = draw.randint(2, 5)
    k = draw.choice([c, c + 9, -1, 2**31 - 1])
    return IllFormed(
        "sparse_categorical_crossentropy",
        lambda y, p: wg.losses.sparse_categorical_crossentropy(y, p, from_logits=True),
        (np.array([0, k]), array(draw, (2, c))),
        (str(k),),
        ("take_along_axis",),
    )


def negative_lengths(draw: Draw) -> IllFormed:
    name = draw.choice(["zeros", "ones", "empty"])
    shape = draw.choice([(-1,), (2, -3), (-(2**31), 1), (3, -(2**62))])
    return IllFormed(
        name, lambda x: getattr(wg, name)(shape) + x, (np.ones((), "f"),), (str(shape), str(min(shape)))
    )


def too_large(draw: Draw) -> IllFormed:
    name = draw.choice(["zeros", "ones", "full"])
    shape = draw.choice([(2**62,), (2**31, 2**31), (2**40, 2**10), (2**63 - 1, 2)])
    more = (1.0,) if name == "full" else ()
    return IllFormed(
        name, lambda x: getattr(wg, name)(shape, *more) + x, (np.ones((), "f"),), (*shown(shape), str(shape))
    )


def unequal_split(draw: Draw) -> IllFormed:
    n = draw.choice([3, 5, 7])
    return IllFormed("split", lambda x: wg.split(x, 2, axis=0)[0], (array(draw, (n, 2)),), (str(n),))


def bad_equation(draw: Draw) -> IllFormed:
    equation = draw.choice(["ij,jk->iq", "ij,kk->", "i,jk->ik", "ij,jkl->il", "ij", "ij,jk,kl->il"])
    a, b = (2, 3), (4, 5)
    return IllFormed(
        "einsum",
        lambda x, y: wg.einsum(equation, x, y),
        (array(draw, a), array(draw, b)),
        (equation, *shown(a, b)),
    )


def empty_extreme(draw: Draw) -> IllFormed:
    name = draw.choice(["max", "min", "argmax", "argmin"])
    shape = draw.choice([(0,), (3, 0), (0, 2)])
    axis = shape.index(0)
    return IllFormed(name, lambda x: getattr(wg, name)(x, axis=axis), (array(draw, shape),), shown(shape))


def too_many_of_the_top(draw: Draw) -> IllFormed:
    n = draw.randint(1, 5)
    k = n + draw.randint(1, 3)
    return IllFormed("top_k", lambda x: wg.top_k(x, k)[0], (array(draw, (2, n)),), (str(k),))


KINDS: tuple[Callable[[Draw], IllFormed], ...] = (
    not_broadcast, wrong_contraction, no_such_axis, axis_twice, other_number_of_elements, indivisible, unlike_parts,
    unlike_stacked, not_a_permutation, not_one_long, not_broadcast_to, outside, static_index_outside, too_many_indices,
    window_too_large, other_channels, no_stride, pool_too_large, not_square, other_rows, of_floats, labels_unlike,
    label_outside, negative_lengths, too_large, unequal_split, bad_equation, empty_extreme, too_many_of_the_top,
)  # fmt: skip


def ill_formed(number: int) -> IllFormed:
    """Call number `number`."""
    draw = random.Random(number)
    return KINDS[number % len(KINDS)](draw)
