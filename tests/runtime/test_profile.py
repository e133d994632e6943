"""`fn.kernels()`: what a program consists of and what it costs, measured without leaving a trace."""

import time

import numpy as np
import pytest

import wengert as wg
from wengert.base.dtypes import available
from wengert.base.errors import UsageError
from wengert.runtime.stopwatch import ticks_per_second


def dense(x, w):
    return wg.tanh(x @ w)


def test_a_product_and_its_epilogue_are_counted():
    f = wg.function(dense, signature=("f32[n,64]", "f32[64,48]"))
    (k,) = f.kernels(np.ones((100, 64), "f"), np.ones((64, 48), "f"))
    assert k.flops == 2 * 100 * 64 * 48 + 100 * 48
    assert k.nbytes == 4 * (100 * 64 + 64 * 48 + 100 * 48)
    assert k.runs == 1
    assert "sum k0 < 64" in k.loops
    assert any("test_profile.py" in line for line in k.lines)


@pytest.mark.parametrize("terms", [64, 63])
def test_both_terms_of_a_pair_are_counted(terms):
    f = wg.function(lambda x, w: x @ w)
    bf16 = available("bfloat16")
    found = f.kernels(np.ones((100, terms), bf16), np.ones((terms, 48), bf16))
    assert [k.flops for k in found if k.name.startswith("product")] == [2 * 100 * terms * 48]


def test_a_sum_counts_each_of_its_terms():
    f = wg.function(lambda x: (x * x).sum(axis=1))
    (k,) = f.kernels(np.ones((10, 30), "f"))
    assert k.flops == 2 * 10 * 30


def test_without_arguments_the_last_call_counts():
    f = wg.function(dense, signature=("f32[n,64]", "f32[64,48]"))
    with pytest.raises(UsageError, match="Call it first"):
        f.kernels()
    f(np.ones((7, 64), "f"), np.ones((64, 48), "f"))
    (k,) = f.kernels()
    assert k.flops == 2 * 7 * 64 * 48 + 7 * 48


def test_kernels_of_a_loop_run_once_a_turn():
    def powers(x):
        return wg.scan(lambda c, _: (c @ c, c), x, np.zeros(12, "f"))

    f = wg.function(powers)
    x = np.eye(16, dtype="f")
    found = [k for k in f.kernels(x) if "dot" in k.name]
    assert [k.runs for k in found] == [12]
    assert found[0].flops == 12 * 2 * 16**3


def test_state_is_as_it_was():
    v = wg.Variable(np.zeros(5, "f"))

    @wg.function
    def count(x):
        v.assign(v + x)
        return v.sum()

    count(np.ones(5, "f"))
    count.kernels(np.ones(5, "f"), repeats=3)
    np.testing.assert_array_equal(v.numpy(), np.ones(5, "f"))
    assert float(count(np.ones(5, "f")).numpy()) == 10


def test_a_training_step_is_a_function_like_others():
    model = wg.Sequential([wg.Input((8,)), wg.layers.Dense(4, activation="relu"), wg.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    x, y = np.ones((16, 8), "f"), np.ones((16, 1), "f")
    model.train_on_batch(x, y)
    before = [w.numpy().copy() for w in model.weights]
    found = model.train_step.kernels()
    products = sum(k.flops for k in found if k.name.startswith("product"))
    assert products >= 2 * 16 * (8 * 4 * 2 + 4 * 1 * 2)
    for old, w in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(old, w.numpy())


def test_prints_a_table_with_the_slowest_first():
    f = wg.function(lambda x, y: (x @ x, y + 1.0))
    found = f.kernels(np.ones((256, 256), "f"), np.ones(3, "f"))
    header, first, *_, total = str(found).splitlines()
    assert header.split() == ["ms", "runs", "MB", "GB/s", "MFLOP", "GFLOP/s", "peak", "kernel"]
    assert first.endswith("product dot f32[256,256]")
    assert total.split("kernels")[0].endswith(f" {len(found)} ")
    assert found.share(max(found, key=lambda k: k.flops)) > 0


def test_kernel_times_add_up_to_less_than_the_calls_took():
    f = wg.function(lambda x: wg.tanh(x @ x) @ x)
    x = np.ones((256, 256), "f")
    f(x)
    start = time.perf_counter()
    found = f.kernels(x, repeats=3)
    assert 0 < found.seconds < time.perf_counter() - start


def test_ticks_are_those_of_the_clock():
    assert ticks_per_second() == pytest.approx(ticks_per_second.__wrapped__(), rel=0.1)


def test_the_interpreter_has_none():
    with pytest.raises(UsageError, match="interpreter"):
        wg.function(dense, compiled=False).kernels(np.ones((2, 2), "f"), np.ones((2, 2), "f"))
