"""Batches of arrays: the rows that a seed decides, whoever copies them together."""

import numpy as np
import pytest

import wengert as wg
from wengert.ir.types import TensorType
from wengert.train.batches import ArrayBatches, Unfilled

ROWS, SIZE = 23, 5


def types(*dtypes):
    return [TensorType.parse(t) for t in dtypes]


def data(rng, kind):
    x = rng.normal(size=(ROWS, 6)) * 100
    x = {"float64": x, "uint8": np.abs(x).astype(np.uint8), "strided": x.astype("f")[:, ::2]}.get(
        kind, x.astype("f")
    )
    return x, rng.integers(0, 9, ROWS)


@pytest.mark.parametrize("kind", ["float32", "float64", "uint8", "strided"])
@pytest.mark.parametrize("start", [0, 2])
def test_shuffled_batches_are_the_rows_of_the_permutation(kind, start, rng):
    x, y = data(rng, kind)
    batches = ArrayBatches([x, y], types(f"f32[n,{x.shape[1]}]", "i64[n]"), SIZE, seed=7)
    for epoch in (0, 3):
        order = np.random.default_rng([7, epoch]).permutation(ROWS)
        places = range(start * SIZE, ROWS, SIZE)
        for at, (bx, by) in zip(places, batches.epoch(epoch, start), strict=True):
            rows = order[at : at + SIZE]
            np.testing.assert_array_equal(bx, x[rows].astype(np.float32))
            np.testing.assert_array_equal(by, y[rows])


def test_epochs_of_some_steps_go_on_through_the_passes(rng):
    x, _ = data(rng, "float32")
    batches = ArrayBatches([x], types("f32[n,6]"), SIZE, seed=1, steps=3)
    orders = [np.random.default_rng([1, turn]).permutation(ROWS) for turn in range(2)]
    want = [orders[k // 5][k % 5 * SIZE : (k % 5 + 1) * SIZE] for k in range(9)]
    found = [bx.copy() for epoch in range(3) for (bx,) in batches.epoch(epoch)]
    for got, rows in zip(found, want, strict=True):
        np.testing.assert_array_equal(got, x[rows])


def test_rows_in_order_are_not_copied(rng):
    x, y = data(rng, "float32")
    batches = ArrayBatches([x, y], types("f32[n,6]", "i64[n]"), SIZE)
    assert all(np.shares_memory(bx, x) and np.shares_memory(by, y) for bx, by in batches.epoch(0))


def test_a_batch_not_filled_says_what_fills_it(rng):
    x, y = data(rng, "float32")
    batches = ArrayBatches([x, y], types("f32[n,6]", "i64[n]"), SIZE, seed=0)
    order = np.random.default_rng([0, 0]).permutation(ROWS)
    batch = next(batches.unfilled(0))
    assert isinstance(batch, Unfilled)
    batch.first.run()
    np.testing.assert_array_equal(batch[0], x[order[:SIZE]])


def fitted(x, y, weights, compiled=True, checked=False):
    wg.random.set_seed(3)
    model = wg.Sequential([wg.Input((6,)), wg.layers.Dense(8, activation="tanh"), wg.layers.Dense(9)])
    model.compile("adam", wg.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=not compiled)
    with wg.check_finite(checked):
        history = model.fit(x, y, sample_weight=weights, batch_size=SIZE, epochs=2, verbose=0)
    return history.history["loss"], [w.numpy() for w in model.trainable_weights]


@pytest.mark.parametrize("weighted", [False, True])
def test_fit_learns_the_same_from_rows_copied_within_the_step_and_before_it(weighted, rng):
    """Strided arrays are copied by NumPy before the step."""
    wide = rng.normal(size=(ROWS, 12)).astype(np.float32)
    y = rng.integers(0, 9, ROWS)
    weights = rng.uniform(0.5, 2, ROWS) if weighted else None
    strided = fitted(wide[:, ::2], y, weights)
    within = fitted(wide[:, ::2].copy(), y, weights)
    assert strided[0] == within[0]
    for a, b in zip(strided[1], within[1], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("how", [{"compiled": False}, {"checked": True}], ids=["eager", "checked"])
def test_a_step_that_is_looked_at_finds_its_rows(how, rng):
    x, y = data(rng, "float32")
    np.testing.assert_allclose(fitted(x, y, None, **how)[0], fitted(x, y, None)[0], rtol=1e-5)
