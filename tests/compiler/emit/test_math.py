"""Emitted math has the bits of the interpreter's on every target.

python -m tests.compiler.emit.test_math        tries all float32 inputs natively, for some minutes an intrinsic
"""

import sys

import numpy as np
import pytest

from tests.compiler.emit.jit_for_tests import HOST, TARGETS, kernel_of
from tests.loop.test_math import SPECIAL, exact_values, interpreted, nest_of, ulps
from wengert.compiler.emit.nest import emit_nest
from wengert.loop.math import BOUNDS


def native(op, target):
    kernels = {
        d: kernel_of(emit_nest(nest_of(op, d), target, "kernel"), target) for d in ("float32", "float64")
    }

    def call(x, y=None):
        out = np.empty_like(x)
        kernels[x.dtype.name]([x, x if y is None else y, out], [len(x)])
        return out

    return call


@pytest.mark.parametrize("op", BOUNDS)
@pytest.mark.parametrize("target", TARGETS)
def test_bits_are_the_same_everywhere(op, target, rng):
    call = native(op, TARGETS[target])
    for dtype in ("float32", "float64"):
        x = np.concatenate([SPECIAL, rng.normal(size=300) * 3, np.exp(rng.uniform(-85, 85, 300))]).astype(
            dtype
        )
        y = rng.permutation(x) if op == "pow" else None
        np.testing.assert_array_equal(call(x, y), interpreted(op, x, y))


def main(ops):
    """Print the largest error of each intrinsic over all float32 inputs."""
    for op in ops or [op for op in BOUNDS if op != "pow"]:
        call, worst = native(op, HOST), (0.0, 0.0)
        for start in range(0, 2**32, 2**24):
            x = np.arange(start, start + 2**24, dtype=np.uint64).astype(np.uint32).view("float32")
            off = ulps(call(x), exact_values(op, x))
            worst = max(worst, (float(off.max()), float(x[off.argmax()])))
        print(f"{op:8s} {worst[0]:.3f} ULP at {worst[1]!r}, bound {BOUNDS[op][0]}")


if __name__ == "__main__":
    main(sys.argv[1:])
