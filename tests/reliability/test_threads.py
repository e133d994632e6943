"""Several Python threads use one function or one model, from the first call on."""

import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest

import wengert as wg
from wengert.runtime import function


@pytest.fixture(autouse=True)
def threads_take_turns_often():
    before, team = sys.getswitchinterval(), wg.get_threads()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)
    wg.set_threads(team)


def together(work: Callable[[int], None], count: int = 8) -> None:
    """Run `work(0), work(1), ...` in as many threads, which begin at once; raise what one of them raised."""
    start, errors = threading.Barrier(count), []

    def guarded(k: int) -> None:
        try:
            start.wait()
            work(k)
        except BaseException as e:
            errors.append(e)

    team = [threading.Thread(target=guarded, args=(k,), daemon=True) for k in range(count)]
    for t in team:
        t.start()
    for t in team:
        t.join(timeout=300)
        assert not t.is_alive(), "a thread hangs"
    if errors:
        raise errors[0]


def test_calls_with_other_batch_sizes_do_not_mix(effort):
    """Of one function and of two, while the number of threads changes under them."""
    f = wg.function(lambda x: wg.exp(x) + wg.sum(x, axis=1, keepdims=True), signature=("f32[n,8]",))
    g = wg.function(lambda x: wg.cumsum(wg.tanh(x), axis=0), signature=("f32[n,8]",))

    def work(k):
        rng = np.random.default_rng(k)
        for i in range(25 * effort):
            x = rng.normal(size=(rng.integers(0, 300), 8)).astype("f")
            np.testing.assert_allclose(f(x).numpy(), np.exp(x) + x.sum(1, keepdims=True), atol=2e-5)
            np.testing.assert_allclose(g(x).numpy(), np.cumsum(np.tanh(x), 0), atol=2e-4)
            if k == 0 and i % 5 == 0:
                wg.set_threads(1 + i // 5 % 3)

    together(work)


def test_the_first_call_in_many_threads_makes_one_program():
    recorded = []

    @wg.function(signature=("f32[n]",))
    def f(x):
        recorded.append(1)
        return x * 2.0

    together(lambda k: np.testing.assert_array_equal(f(np.full(k, 1, "f")).numpy(), np.full(k, 2, "f")))
    assert (f.compiles, len(recorded)) == (1, 1)


def test_programs_are_made_and_evicted_under_the_feet_of_those_who_run_them(effort, monkeypatch):
    """Of one function without a signature: new shapes all the time, and room for three of them."""
    monkeypatch.setattr(function, "MOST_PROGRAMS", 3)
    f = wg.function(lambda x: wg.cumsum(x * 2.0, axis=0))

    def work(k):
        rng = np.random.default_rng(k)
        for _ in range(10 * effort if effort > 1 else 6):
            for n in (3, int(rng.integers(1, 30)), 3, 4, 5):
                x = rng.integers(-9, 9, n).astype("f")
                np.testing.assert_array_equal(f(x).numpy(), np.cumsum(x * 2))

    together(work)
    assert len(f._programs) <= 3


def test_calls_of_what_is_compiled_do_not_mix(effort):
    """20,000 in each of 8 threads at full size, each with a batch size of its own."""
    f = wg.function(lambda x: wg.tanh(x) * 2.0, signature=("f32[n]",))

    def work(k):
        x = np.linspace(-1, 1, 3 + 40 * k, dtype="f")
        want = f(x).numpy()
        for _ in range(2000 * effort):
            assert (f(x).value == want).all()

    together(work)


def test_one_model_predicts_in_many_threads(model, data):
    x, _ = data
    want = model.predict(x)

    def work(k):
        for n in range(1, 30):
            np.testing.assert_array_equal(model.predict(x[: n + k], batch_size=7 + k), want[: n + k])

    together(work, 4)


def test_a_model_that_is_built_by_its_first_data_is_built_once(data, effort):
    x, _ = data
    for _ in range(20 * effort):
        model = wg.Sequential([wg.layers.Dense(4, activation="relu"), wg.layers.Dense(3)])
        found = {}
        together(lambda k, model=model, found=found: found.__setitem__(k, model(x)))
        for y in found.values():
            np.testing.assert_array_equal(y, model(x))


def test_the_program_of_a_model_is_made_once(model):
    steps = {}
    together(lambda k: steps.__setitem__(k, model.step("predict")))
    assert len(set(steps.values())) == 1


def test_models_train_side_by_side_as_they_would_alone(data):
    x, y = data

    def trained(seed):
        model = wg.Sequential(
            [
                wg.Input((4,)),
                wg.layers.Dense(
                    8, activation="tanh", kernel_initializer=wg.initializers.GlorotUniform(seed=seed)
                ),
                wg.layers.Dropout(0.3, seed=seed),
                wg.layers.Dense(3, kernel_initializer=wg.initializers.GlorotUniform(seed=seed)),
            ]
        )
        loss = wg.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(wg.optimizers.Adam(0.01), loss)
        model.fit(x, y, epochs=5, batch_size=16, shuffle=False, verbose=0)
        return model.get_weights()

    found = {}
    together(lambda k: found.__setitem__(k, trained(k)), 4)
    for seed, weights in found.items():
        for a, b in zip(weights, trained(seed), strict=True):
            np.testing.assert_array_equal(a, b)
