"""Contractions of 8-bit integers: their sums are exact, and wrap around as int32 does, by whatever instruction."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.compiler.contraction_runs import CASES, compiled, inputs, random_case, run, with_dtype
from tests.compiler.contractions import conv, conv_dw, dense, dense_dx, reference
from tests.compiler.emit.jit_for_tests import ALL, AVX2, DOTPROD, EMULATED, HOST, NEON, SSE
from wengert.compiler.contraction import schedule_contraction, supports
from wengert.compiler.emit.contraction import emit_contraction
from wengert.loop.nest import Nest

SIGNS = list(itertools.product(("int8", "uint8"), repeat=2))


@pytest.fixture(autouse=True, scope="module")
def forget_kernels():
    """Machine code has to go before LLVM does."""
    yield
    compiled.cache_clear()


def check(case, target="host", threads=1, arguments=None):
    buffers = run(case, target, threads, arguments)
    expected = reference(case, buffers).astype(np.int64).astype(np.int32)
    assert np.array_equal(buffers[2].reshape(case.out), expected), case.name


# What is emulated is slow.
NUMBERED = [(n, t) for n in range(len(CASES)) for t in ALL if t not in EMULATED or n % 4 == 1]


@pytest.mark.parametrize(
    ("number", "target"), NUMBERED, ids=lambda x: x if isinstance(x, str) else CASES[x].name
)
def test_sums_are_exact(number, target):
    signs = SIGNS[(number + list(ALL).index(target)) % len(SIGNS)]
    check(with_dtype(CASES[number], *signs), target, threads=1 + number % 3)


@pytest.mark.parametrize("target", ALL)
@pytest.mark.parametrize("signs", SIGNS, ids="-".join)
@pytest.mark.parametrize(
    "case",
    [
        dense(13, 15, 37, symbolic=("m", "k")),
        dense_dx(12, 9, 20),
        conv(2, 8, 8, 3, 20),
        conv_dw(3, 6, 7, 5, 9),
    ],
)
def test_all_signs(case, signs, target):
    check(with_dtype(case, *signs), target)


@pytest.mark.parametrize("seed", range(60))
def test_random_contractions(seed):
    case = with_dtype(random_case(seed), *SIGNS[seed % len(SIGNS)])
    target = list(ALL)[seed // len(SIGNS) % len(ALL)]
    if supports(case.contraction):
        check(case, target, threads=1 + seed % 3)


@pytest.mark.parametrize("target", ALL)
@pytest.mark.parametrize("k", [4, 5, 140_000])
@pytest.mark.parametrize("signs", SIGNS, ids="-".join)
def test_extremes_do_not_saturate_but_wrap(signs, k, target):
    """-128, 127 or 255 wherever one can be; the longest sums leave int32."""
    case = with_dtype(dense(9, k, 5), *signs)
    worst = [
        np.tile(np.array([np.iinfo(d).min, np.iinfo(d).max], d), n)
        for d, n in zip(signs, (5 * k, 3 * k), strict=True)
    ]
    check(case, target, arguments=[x[:n] for x, n in zip(worst, case.sizes, strict=True)])


@pytest.mark.parametrize("k", [0, 1, 2, 3, 4, 7])
def test_one_kernel_serves_every_length(k):
    case = with_dtype(dense(9, k, 5, symbolic=("k",)), "uint8", "int8")
    check(case, arguments=inputs(case) if k else [np.zeros(1, np.uint8), np.zeros(1, np.int8)])


@pytest.mark.parametrize("threads", [2, 7])
def test_threads_share_the_work(threads):
    check(with_dtype(dense(64, 3000, 40), "int8"), threads=threads)


def text_of(case, target):
    kernels = schedule_contraction(case.contraction, target).kernels
    return "".join(emit_contraction(k, target, "kernel") for k in kernels)


@pytest.mark.parametrize(
    ("target", "instruction"),
    [
        (replace(AVX2, vector_bytes=64, registers=32, quads="mixed"), "llvm.x86.avx512.vpdpbusd.512"),
        (replace(AVX2, quads="mixed"), "llvm.x86.avx512.vpdpbusd.256"),
        (replace(AVX2, vector_bytes=64, registers=32), "llvm.x86.avx512.pmaddw.d.512"),
        (AVX2, "llvm.x86.avx2.pmadd.wd"),
        (SSE, "llvm.x86.sse2.pmadd.wd"),
        (DOTPROD, "llvm.aarch64.neon.sdot.v4i32.v16i8"),
    ],
)
def test_words_are_one_instruction(target, instruction):
    assert instruction in text_of(with_dtype(dense(9, 16, 48), "int8"), target)


def test_without_one_operands_are_widened():
    case = with_dtype(dense(9, 16, 48), "int8", "uint8")
    scheduled = schedule_contraction(case.contraction, NEON)
    assert [x.dtype for x in scheduled.scratch] == ["int32", "int32"]
    assert [type(k) for k in scheduled.kernels[:2]] == [Nest, Nest]


def test_a_row_beside_the_tile_takes_back_what_a_sign_adds():
    """Only where the instruction has no such factors."""
    x86, signs = replace(HOST, quads="mixed"), "-2139062144"
    assert signs in text_of(with_dtype(dense(9, 16, 48), "int8"), x86)
    assert signs not in text_of(with_dtype(dense(9, 16, 48), "uint8", "int8"), x86)
    assert signs not in text_of(with_dtype(dense(9, 16, 48), "int8"), DOTPROD)
