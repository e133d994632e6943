"""Contractions run as machine code: cases of every shape, the kernels of one, its buffers afterwards."""

import functools
import math

import numpy as np

from tests.compiler.contractions import (
    batched,
    build,
    conv,
    conv_dw,
    conv_dx,
    dense,
    dense_dw,
    dense_dx,
    strided,
)
from tests.compiler.emit.jit_for_tests import ALL, fenced, kernel_of
from wengert.base.dtypes import is_float, summed
from wengert.compiler.contraction import schedule_contraction
from wengert.compiler.emit.contraction import emit_contraction
from wengert.loop.expr import Scalars
from wengert.loop.interpret import evaluate
from wengert.loop.nest import Contraction, Slot, Store


def guarded(array):
    """A copy after whose last element memory ends."""
    return fenced(array, at_end=True)


@functools.lru_cache(maxsize=64)
def compiled(text, target):
    return kernel_of(text, ALL[target])


def unset(n, dtype):
    """Memory that nobody wrote: numbers that show if they are read."""
    return guarded(np.full(n, np.nan if is_float(dtype) else np.iinfo(dtype).max, dtype))


def run(case, target="host", threads=1, arguments=None, extra=()):
    """Buffers after the contraction: A, B, the output, then `extra`."""
    scheduled = schedule_contraction(case.contraction, ALL[target])
    dtype = case.contraction.slots[2].dtype
    arguments = arguments or inputs(case)
    buffers = [*arguments, unset(math.prod(case.out), dtype), *extra]
    for x in scheduled.scratch:
        buffers.append(unset(evaluate(x.size, case.params), x.dtype))
    for kernel in scheduled.kernels:
        text = emit_contraction(kernel, ALL[target], "kernel")
        compiled(text, target)(buffers, case.params, threads)
    return buffers


def inputs(case, seed=0):
    rng = np.random.default_rng(seed)
    dtypes = [x.dtype for x in case.contraction.slots[:2]]
    return [guarded(numbers(rng, n, dtype)) for n, dtype in zip(case.sizes, dtypes, strict=True)]


def numbers(rng, n, dtype):
    if is_float(dtype):
        return rng.standard_normal(n).astype(dtype)
    return rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, n, dtype, endpoint=True)


CASES = [
    strided(9, 48, 20),
    dense(8, 16, 48),
    dense(13, 7, 37),
    dense(9, 5, 100, symbolic=("m",)),
    dense(1, 30, 33),
    dense(7, 1, 5),
    dense(6, 700, 600),
    dense(300, 1100, 1024),
    dense(64, 3000, 40),
    dense(3, 5000, 8),
    dense_dx(37, 50, 21),
    dense_dx(20, 33, 48, symbolic=("m",)),
    dense_dx(16, 20, 64, symbolic=("m", "n")),
    dense_dw(19, 45, 34, symbolic=("m",)),
    dense_dw(4500, 5, 9, symbolic=("m",)),
    dense_dw(4100, 110, 1010),
    dense_dw(4100, 384, 600),
    batched(3, 5, 6, 7),
    batched(2, 20, 9, 40, symbolic=("b",)),
    batched(2, 17, 9, 21, symbolic=("b", "m", "n")),
    conv(2, 8, 8, 3, 20),
    conv(2, 9, 9, 4, 8, stride=2, symbolic=("b",)),
    conv(1, 30, 31, 1, 6),
    conv(3, 5, 7, 6, 33, kernel=1),
    conv_dw(5, 9, 8, 3, 17, symbolic=("b",)),
    conv_dw(90, 9, 8, 3, 5, symbolic=("b",)),
    conv_dw(6, 31, 31, 4, 8, stride=2),
    conv_dx(2, 7, 9, 5, 18),
    conv_dx(2, 7, 9, 33, 4, symbolic=("b",)),
]


def with_dtype(case, a, b=None):
    """The same of other dtypes; what is stored is the sum, in the dtype that sums are made in."""
    s = Scalars()
    c, total = case.contraction, summed(a)
    acc = s.acc(c.stores[0].value.data, total)
    slots = (Slot(a), Slot(b or a), Slot(total, True))
    stores = tuple(Store(t.slot, t.index, acc) for t in c.stores)
    contraction = Contraction(c.axes, c.a_slot, c.a_offset, c.b_slot, c.b_offset, stores, slots, c.params)
    return type(case)(**{**vars(case), "contraction": contraction})


def random_case(seed):
    """Axes of random roles, extents and orders; operands with gaps, overlaps and offsets."""
    rng = np.random.default_rng(seed)
    extents, a, b, reduced = {}, {}, {}, set()
    steps = {"a": 1, "b": 1}
    roles = ["n", *rng.choice(["m", "n", "k", "batch"], rng.integers(0, 5))]
    for number, role in enumerate(roles):
        v = f"{role}{number}"
        extents[v] = int(rng.choice([0, 1, 2, 3, 5, 8, 17, 33], p=[0.02, 0.08, *[0.15] * 6]))
        for name, strides, moves in (("a", a, role != "n"), ("b", b, role != "m")):
            if moves:
                strides[v] = steps[name] + int(rng.choice([0, 0, 3]))
                steps[name] *= max(1, extents[v])
        reduced |= {v} if role == "k" else set()
    names = list(extents)
    rng.shuffle(names)
    outer = [v for v in names if v not in reduced and v != "n0"] + ["n0"]
    symbolic = tuple(v for v in names if rng.random() < 0.2)
    if rng.random() < 0.5:
        a, b = b, a
    extents = {v: extents[v] for v in names}
    offsets = {"a_offset": int(rng.integers(3)), "b_offset": int(rng.integers(3))}
    return build(f"random {seed}", extents, reduced, a, b, symbolic=symbolic, out=outer, **offsets)
