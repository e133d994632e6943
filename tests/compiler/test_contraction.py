"""Contractions as machine code, against sums in float64, on this CPU and as for lesser ones."""

import math

import numpy as np
import pytest

from tests.compiler.contraction_runs import CASES, compiled, guarded, inputs, random_case, run, with_dtype
from tests.compiler.contractions import (
    build,
    conv,
    conv_dw,
    conv_dx,
    dense,
    dense_dw,
    dense_dx,
    reference,
)
from tests.compiler.emit.jit_for_tests import AVX2, TARGETS
from wengert.base.dtypes import available
from wengert.compiler.contraction import schedule_contraction, supports
from wengert.compiler.emit.contraction import emit_contraction
from wengert.compiler.product import Pack, Product
from wengert.compiler.roles import find_roles
from wengert.loop.affine import estimate
from wengert.loop.expr import Scalars
from wengert.loop.interpret import evaluate
from wengert.loop.nest import Axis, Contraction, Nest, Slot, Store


@pytest.fixture(autouse=True, scope="module")
def forget_kernels():
    """Machine code has to go before LLVM does."""
    yield
    compiled.cache_clear()


def bound(case, buffers):
    """What `terms` roundings can be off by: k * eps * sum |a| |b|, whatever the order.

    Source: N. Higham, Accuracy and Stability of Numerical Algorithms, 2002, eq. 3.5.
    """
    eps = np.finfo(buffers[2].dtype).eps / 2
    return (case.terms + 1) * eps * reference(case, [np.abs(x) for x in buffers[:2]]) * 1.01


def check(case, target="host", threads=1):
    buffers = run(case, target, threads)
    got = buffers[2].reshape(case.out)
    assert np.all(np.abs(got - reference(case, buffers)) <= bound(case, buffers)), case.name
    return got


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_contraction(case, target, dtype):
    if dtype != "float32":
        case = with_dtype(case, available(dtype))
    check(case, target)


@pytest.mark.parametrize("seed", range(60))
def test_random_contractions(seed):
    case = random_case(seed)
    target = ["host", *TARGETS][seed % (1 + len(TARGETS))]
    if supports(case.contraction):
        check(case, target, threads=1 + seed % 3)


def test_most_random_contractions_are_supported():
    assert sum(supports(random_case(seed).contraction) for seed in range(60)) >= 40


@pytest.mark.parametrize(
    "case", [dense(37, 70, 90), dense_dx(37, 70, 90), conv_dw(40, 13, 13, 3, 8), dense(64, 3000, 40)]
)
def test_threads_give_the_same_bits(case):
    one = run(case, threads=1)[2]
    for threads in (2, 3, 4, 7):
        assert run(case, threads=threads)[2].tobytes() == one.tobytes()


def test_the_batch_gives_the_same_bits():
    """A row of a product does not depend on how many rows there are."""
    arguments = inputs(dense(29, 40, 30))
    whole = run(dense(29, 40, 30, symbolic=("m",)), arguments=arguments)[2]
    for m in (1, 2, 5, 8, 28):
        part = run(dense(m, 40, 30, symbolic=("m",)), arguments=arguments)[2]
        assert part.tobytes() == whole[: m * 30].tobytes()


@pytest.mark.parametrize("m", [0, 1, 2, 7, 130])
def test_one_kernel_serves_every_batch(m):
    texts = {emit(dense(rows, 20, 30, symbolic=("m",))) for rows in (3, m)}
    assert len(texts) == 1
    if m:
        check(dense(m, 20, 30, symbolic=("m",)))


def emit(case):
    kernels = schedule_contraction(case.contraction, TARGETS["host"]).kernels
    return "".join(emit_contraction(k, TARGETS["host"], "kernel") for k in kernels)


def dense_dx_of(n, **options):
    """A part of n columns of dY and W, which have 4."""
    return build("dx", {"m": 5, "k": 20, "n": n}, {"n"}, {"m": 4, "n": 1}, {"k": 4, "n": 1}, **options)


@pytest.mark.parametrize(
    "case",
    [
        dense(5, 0, 20),
        dense(5, 0, 20, symbolic=("m", "k")),
        dense_dx_of(0),
        dense_dx_of(0, symbolic=("n",)),
        dense_dw(0, 5, 20),
        dense_dw(0, 5, 20, symbolic=("m",)),
    ],
)
def test_a_sum_of_nothing_is_zero(case):
    arguments = [np.zeros(1, np.float32), np.zeros(1, np.float32)]
    assert np.array_equal(run(case, arguments=arguments)[2], np.zeros(100))


def test_chunks_beyond_the_last_term_add_nothing():
    """Two images in sixteen chunks."""
    check(conv_dw(2, 40, 40, 2, 9, symbolic=("b",)), threads=2)


# --- epilogues --------------------------------------------------------------------------------
def bias_relu(s, index, at, acc, slots):
    total = s.add(acc, s.load(3, at["n"], "float32"))
    return (Store(2, index, s.max(total, s.const(0.0, "float32"))),), (*slots, Slot("float32"))


def sgd(s, index, at, acc, slots):
    """Two outputs: the gradient, and the weights updated in place."""
    step = s.mul(acc, s.const(0.1, "float32"))
    updated = s.sub(s.load(3, index, "float32"), step)
    return (Store(2, index, acc), Store(3, index, updated)), (*slots, Slot("float32", True))


def accumulate(s, index, at, acc, slots):
    return (Store(2, index, acc, accumulate="sum"),), slots


def causal(s, index, at, acc, slots):
    """acc where column <= row, else -inf"""
    seen = s.compare("le", at["n"], at["m"])
    return (Store(2, index, s.select(seen, acc, s.const(-math.inf, "float32"))),), slots


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("m", "k", "n"), [(5, 7, 40), (30, 9, 13), (64, 1500, 33), (8, 5000, 20)])
class TestEpilogue:
    def test_bias_and_relu(self, m, k, n, target):
        case = dense(m, k, n, epilogue=bias_relu, symbolic=("m",))
        bias = guarded(np.linspace(-30, 30, n, dtype=np.float32))
        buffers = run(case, target, 2, extra=[bias])
        expected = np.maximum(reference(case, buffers) + bias, 0)
        assert_near(case, buffers, buffers[2], expected, 1 + np.abs(bias))

    def test_update_in_place(self, m, k, n, target):
        case = dense(m, k, n, epilogue=sgd)
        weights = guarded(np.linspace(-1, 1, m * n, dtype=np.float32))
        before = weights.reshape(m, n).copy()
        buffers = run(case, target, 2, extra=[weights])
        assert_near(case, buffers, buffers[2], reference(case, buffers))
        assert_near(case, buffers, weights, before - 0.1 * reference(case, buffers), 2)

    def test_accumulate(self, m, k, n, target):
        case = dense(m, k, n, epilogue=accumulate)
        first = run(dense(m, k, n), target)
        scheduled = schedule_contraction(case.contraction, TARGETS[target])
        buffers = [*first[:3], *(np.zeros(evaluate(x.size), np.float32) for x in scheduled.scratch)]
        for kernel in scheduled.kernels:
            compiled(emit_contraction(kernel, TARGETS[target], "kernel"), target)(buffers, (), 2)
        assert_near(case, buffers, buffers[2], 2 * reference(case, buffers), np.abs(reference(case, buffers)))

    def test_mask(self, m, k, n, target):
        case = dense(m, k, n, epilogue=causal)
        buffers = run(case, target)
        seen = np.arange(n) <= np.arange(m)[:, None]
        got = buffers[2].reshape(m, n)
        assert np.all(np.isneginf(got[~seen]))
        assert_near(case, buffers, np.where(seen, got, 0), np.where(seen, reference(case, buffers), 0))


def assert_near(case, buffers, got, expected, size=0.0):
    """The bound of the sum, and a few roundings of numbers of the given size."""
    slack = 2 * bound(case, buffers) + 4 * np.finfo(np.float32).eps * size
    assert np.all(np.abs(got.reshape(case.out) - expected) <= slack)


# --- schedules --------------------------------------------------------------------------------
def kinds(case):
    return [type(k) for k in schedule_contraction(case.contraction, host_like()).kernels]


def host_like():
    """AVX-512, wherever the test runs."""
    return type(AVX2)(AVX2.triple, "skylake-avx512", "", 64, 32)


def test_contiguous_columns_are_read_where_they_are():
    assert kinds(dense(128, 784, 512)) == [Product]


def test_transposed_weights_are_packed():
    assert kinds(dense_dx(128, 784, 512)) == [Pack, Product]


def test_sums_that_lie_together_once_packed_are_one_loop():
    """Columns and channels of an image; in the weights as they come, the columns run backwards."""
    text = str(schedule_contraction(conv_dx(2, 9, 9, 4, 8).contraction, host_like()))
    assert "pack b1 to b3: p < 3, q < 3, o < 8" in text
    assert text.endswith("sum p < 3, o < 24")


def test_long_sums_with_a_small_output_are_cut():
    assert kinds(conv_dw(128, 26, 26, 32, 64, symbolic=("b",))) == [Product, Nest]


def test_long_sums_with_a_large_output_are_made_in_blocks():
    """Nobody packs all of B, and nobody adds anything up."""
    (product,) = schedule_contraction(dense_dw(8192, 256, 1024).contraction, TARGETS["host"]).kernels
    assert isinstance(product, Product)
    assert product.local is not None
    assert product.parallel == 2


@pytest.mark.parametrize("rows", [255, 256, 257, 300, 384, 512, 513, 640, 1000])
def test_blocks_are_of_whole_tiles(rows):
    """So the code for what the last one leaves over is there; all others of its rows belong to the next block."""
    (product,) = schedule_contraction(dense_dw(8192, rows, 1024).contraction, TARGETS["host"]).kernels
    block = estimate(product.levels[0].step)
    assert product.local is not None
    assert block == rows or (block < rows and block % product.tiling.rows[0] == 0)


def test_blocks_give_the_same_bits_on_any_number_of_threads():
    case = dense_dw(4100, 110, 1010)
    one, three = (run(case, threads=n)[2] for n in (1, 3))
    assert np.array_equal(one, three)


def test_time_and_batch_of_a_sequence_are_one_axis_of_rows():
    """Though the batch is known at run time only."""
    s = Scalars()
    batch, wide = s.param(0), s.const(1024)
    axes = (
        Axis("t", s.const(64), s.mul(batch, s.const(256)), s.const(0)),
        Axis("b", batch, s.const(256), s.const(0)),
        Axis("n", wide, s.const(0), s.const(1)),
        Axis("k", s.const(256), s.const(1), wide, True),
    )
    row = s.add(s.mul(s.var("t"), s.mul(batch, wide)), s.mul(s.var("b"), wide))
    stores = (Store(2, s.add(row, s.var("n")), s.acc(("t", "b", "n"), "float32")),)
    slots = (Slot("float32"), Slot("float32"), Slot("float32", True))
    roles = find_roles(Contraction(axes, 0, s.const(0), 1, s.const(0), stores, slots, 1), s)
    assert [str(x.extent) for x in roles.m] == ["(64 * n0)"]


def test_schedule_prints_as_loops():
    text = str(schedule_contraction(dense(128, 784, 512, symbolic=("m",)).contraction, host_like()))
    assert text.splitlines() == [
        "parallel n < 512 by 48",
        "  parallel m < n0 by 32",
        "    tile m, n: rows 8, 3, 1; columns 48, 32",
        "      sum k < 784",
    ]


@pytest.mark.parametrize(
    ("m", "k", "n", "early"), [(49, 512, 1536, True), (512, 512, 1536, False), (49, 64, 64, False)]
)
def test_few_rows_ask_early_for_the_next_columns_of_large_weights(m, k, n, early):
    *_, product = schedule_contraction(dense(m, k, n).contraction, host_like()).kernels
    assert product.ahead == (0, product.tiling.columns[0].count if early else 0)


def test_sums_walk_forwards_through_a():
    roles = find_roles(conv_dx(2, 9, 9, 4, 8).contraction, Scalars())
    assert [x.a.data for x in roles.reduce] == [11 * 8, 8, 1]


def test_images_and_rows_of_a_1x1_convolution_are_one_axis():
    text = str(
        schedule_contraction(conv(32, 28, 28, 128, 128, kernel=1, symbolic=("b",)).contraction, host_like())
    )
    assert "parallel j < ((n0 * 28) * 28) by" in text


def refused():
    s = Scalars()
    one, size = s.const(1), s.const(8)
    row = Axis("m", size, size, s.const(0))
    column = Axis("n", size, s.const(0), one)
    term = Axis("k", size, one, size, True)
    index = s.add(s.mul(s.var("m"), size), s.var("n"))

    def contraction(axes, index, dtype="float32"):
        stores = (Store(2, index, s.acc(["m", "n"], dtype)),)
        return Contraction(
            axes, 0, s.const(0), 1, s.const(0), stores, (Slot(dtype), Slot(dtype), Slot(dtype, True))
        )

    depthwise = (Axis("n", size, one, one), Axis("m", size, size, s.const(0)), term)
    return {
        "integers": contraction((row, column, term), index, "int32"),
        "no contiguous axis": contraction(
            (row, column, term), s.add(s.mul(s.var("m"), size), s.mul(s.var("n"), s.const(2)))
        ),
        "matrix times vector": contraction((row, term), s.var("m")),
        "one channel at a time": contraction(depthwise, index),
    }


@pytest.mark.parametrize("name", refused())
def test_is_left_to_a_plain_nest(name):
    assert not supports(refused()[name])
