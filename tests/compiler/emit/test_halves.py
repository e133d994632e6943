"""float16 from and to float32, by instructions and on the bits: every number, and where rounding turns."""

from dataclasses import replace

import numpy as np
import pytest

from tests.compiler.emit.jit_for_tests import AVX2, TARGETS, kernel_of
from wengert.compiler.emit.nest import emit_nest
from wengert.loop.expr import Scalars
from wengert.loop.nest import Loop, Nest, Slot, Store

EVERY = TARGETS | ({"avx2-f16c": replace(AVX2, half=True)} if "avx2" in TARGETS else {})


@pytest.fixture(params=EVERY)
def target(request):
    return EVERY[request.param]


def cast_by_kernel(target, x, dtype):
    s = Scalars()
    i = s.var("i")
    store = Store(1, i, s.cast(s.load(0, i, x.dtype.name), dtype))
    nest = Nest((Loop("i", s.const(x.size)),), (store,), (Slot(x.dtype.name), Slot(dtype, True)))
    got = np.zeros(x.size, dtype)
    assert kernel_of(emit_nest(nest, target, "kernel"), target)([x, got], threads=2) == (0, 0)
    return got


def every_float16():
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16)


def test_every_float16_becomes_the_float32_that_it_is(target):
    x = every_float16()
    got, want, nan = cast_by_kernel(target, x, "float32"), x.astype(np.float32), np.isnan(x)
    np.testing.assert_array_equal(got.view(np.uint32)[~nan], want.view(np.uint32)[~nan])
    assert np.isnan(got[nan]).all()


def test_float32_is_rounded_to_the_nearest_even_float16(target):
    """Each float16, the middle between it and the next, and what lies on either side of them; and all magnitudes."""
    x = every_float16()
    x = x[np.isfinite(x)].astype(np.float32)
    with np.errstate(all="ignore"):
        middle = (x + np.nextafter(x.astype(np.float16), np.float16(np.inf)).astype(np.float32)) / 2
    exponents = np.arange(1 << 9, dtype=np.uint32)[:, None] << 23 | np.uint32(
        [0, 1, 0x1000, 0x1001, 0x7FFFFF]
    )
    x = np.concatenate(
        [x, middle, np.float32([65519.996, 65520, 65535, 65536]), exponents.view(np.float32).ravel()]
    )
    with np.errstate(all="ignore"):
        x = np.concatenate([x, np.nextafter(x, np.float32(np.inf)), np.nextafter(x, np.float32(-np.inf))])
        want = x.astype(np.float16)
    got, nan = cast_by_kernel(target, x, "float16"), np.isnan(x)
    np.testing.assert_array_equal(got.view(np.uint16)[~nan], want.view(np.uint16)[~nan])
    np.testing.assert_array_equal(np.isnan(got), nan)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(x))
