"""The same bits on every run, whatever the number of threads and the parts that a long kernel is run in."""

import hashlib

import numpy as np
import pytest

import wengert as wg
from tests.reliability.process import run_python
from wengert.runtime import executable

THREADS = (1, 2, 4, 8)


@pytest.fixture(autouse=True)
def all_threads_work(monkeypatch):
    """On small data, too; and the number of threads is put back."""
    before = wg.get_threads()
    monkeypatch.setattr(executable, "SMALL_WORK", 0)
    yield
    wg.set_threads(before)


def digest(arrays) -> str:
    whole = hashlib.sha256()
    for a in arrays:
        whole.update(np.ascontiguousarray(a).tobytes())
    return whole.hexdigest()


def dense(rng):
    x, y = rng.normal(size=(96, 20)).astype("f"), rng.integers(0, 5, 96)
    layers = [wg.layers.Dense(33, activation="gelu"), wg.layers.BatchNormalization(), wg.layers.Dropout(0.2)]
    return x, y, [*layers, wg.layers.Dense(5, activation="softmax")]


def convolution(rng):
    x, y = rng.normal(size=(48, 14, 14, 3)).astype("f"), rng.integers(0, 5, 48)
    layers = [wg.layers.Conv2D(8, 3, padding="same", activation="relu"), wg.layers.MaxPooling2D(2)]
    layers += [wg.layers.Conv2D(7, 3), wg.layers.AveragePooling2D(2, padding="same"), wg.layers.Flatten()]
    return x, y, [*layers, wg.layers.Dropout(0.1), wg.layers.Dense(5, activation="softmax")]


def sequence(rng):
    x, y = rng.integers(0, 40, (40, 9)), rng.integers(0, 5, 40)
    layers = [wg.layers.Embedding(40, 12), wg.layers.Bidirectional(wg.layers.LSTM(10, dropout=0.1))]
    return x, y, [*layers, wg.layers.Dense(5, activation="softmax")]


def trained(make, threads: int, *, eager: bool = False) -> str:
    """A digest of all state after two epochs, of the losses and of what is predicted."""
    wg.set_threads(threads)
    wg.set_random_seed(7)
    x, y, layers = make(np.random.default_rng(3))
    model = wg.Sequential([wg.Input(x.shape[1:], dtype=x.dtype.name), *layers])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    losses = model.fit(x, y, epochs=2, batch_size=17, verbose=0).history["loss"]
    return digest([*(v.array for v in model.variables), losses, model.predict(x), model(x) if eager else 0])


@pytest.mark.parametrize("make", [dense, convolution, sequence])
def test_training_does_not_depend_on_the_number_of_threads(make, effort):
    want = trained(make, 1, eager=True)
    for threads in THREADS[1:] if effort > 1 else (3,):
        for _ in range(5 if effort > 1 else 1):
            assert trained(make, threads, eager=True) == want, threads


def sums(x):
    """Functions in which an order of adding shows."""
    yield from (wg.sum(x), wg.sum(x, axis=0), wg.mean(x, axis=1), wg.cumsum(x, axis=0), wg.cumsum(x, axis=1))
    yield from (x @ wg.transpose(x), wg.transpose(x) @ x, wg.logsumexp(x, axis=0), wg.logsumexp(x))
    rows, weights = np.zeros(999, int), np.sin(np.arange(999, dtype="f"))[:, None]
    yield wg.grad(lambda t: wg.sum(weights * wg.take(t, rows, axis=0) ** 2.0))(x)  # many into one row


_SHAPES = [(7, 5), (1, 4001), (4001, 1), (130, 257), (700, 31)]


def test_sums_do_not_depend_on_the_number_of_threads(rng, effort):
    f = wg.function(lambda x: tuple(sums(x)))
    for shape in _SHAPES if effort > 1 else _SHAPES[:3]:
        x = (rng.normal(size=shape) * 10 ** rng.uniform(-4, 4, shape)).astype("f")
        found = set()
        for threads in THREADS:
            wg.set_threads(threads)
            found |= {digest(r.numpy() for r in f(x)) for _ in range(min(effort, 5))}
        assert len(found) == 1, shape


_PARTS = """
    import sys
    import numpy as np
    from wengert.compiler.emit import driver
    driver.PART_BITS = int(sys.argv[1])
    import wengert as wg
    from tests.reliability.test_determinism import digest, sums, trained, dense
    wg.set_threads(int(sys.argv[2]))
    f = wg.function(lambda x: tuple(sums(x)), signature=("f32[n,m]",))
    rng = np.random.default_rng(0)
    found = [r.numpy() for shape in ((7, 5), (130, 257)) for r in f(rng.normal(size=shape).astype("f"))]
    print(digest(found), trained(dense, int(sys.argv[2])))
"""


def test_long_kernels_in_parts_compute_the_same(effort):
    whole = run_python(_PARTS, 40, 1)
    for bits, threads in ((5, 1), (8, 3), (1, 2)) if effort > 1 else ((5, 2),):
        assert run_python(_PARTS, bits, threads) == whole
