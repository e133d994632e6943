"""Random arrays: reproducible, the same recorded and compiled, with the right distributions."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, ValueRangeError
from wengert.ops import random

DRAWS = {
    "uniform": lambda g: random.uniform((1000,), -1.0, 3.0, seed=g),
    "normal": lambda g: random.normal((1000,), 2.0, 3.0, seed=g),
    "float64": lambda g: random.normal((1000,), dtype="float64", seed=g),
    "randint": lambda g: random.randint((1000,), -3, 12, seed=g),
    "bernoulli": lambda g: random.bernoulli((1000,), 0.25, seed=g),
    "dropout": lambda g: random.dropout(np.ones(1000, np.float32), 0.4, seed=g),
    "categorical": lambda g: random.categorical(np.log([[0.1, 0.2, 0.7]]).astype(np.float32), 1000, seed=g),
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("compiled", [False, True], ids=["interpreted", "compiled"])
def test_a_recorded_draw_is_the_eager_one_and_moves_the_counter(name, compiled):
    eager, recorded = random.SeedGenerator(7), random.SeedGenerator(7)
    f = wg.function(lambda: DRAWS[name](recorded), compiled=compiled)
    for _ in range(2):
        np.testing.assert_allclose(f().numpy(), np.asarray(DRAWS[name](eager)), rtol=1e-5, atol=1e-6)
    assert recorded.counter.numpy() == eager.counter.numpy() > 0


@pytest.mark.parametrize("name", DRAWS)
def test_draws_differ_from_one_to_the_next_and_repeat_with_the_seed(name):
    a, b = random.SeedGenerator(1), random.SeedGenerator(1)
    first, second, again = (np.asarray(DRAWS[name](g)) for g in (a, a, b))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, again)


def moments(x):
    x = np.asarray(x)
    return float(np.mean(x)), float(np.std(x))


@pytest.mark.parametrize(
    ("draw", "mean", "std"),
    [
        (lambda n: random.uniform((n,), seed=3), 0.5, 12**-0.5),
        (lambda n: random.normal((n,), 1.0, 2.0, seed=3), 1.0, 2.0),
        (lambda n: random.randint((n,), 0, 10, seed=3), 4.5, (99 / 12) ** 0.5),
        (lambda n: random.dropout(np.ones(n, np.float32), 0.2, seed=3), 1.0, 0.5),
    ],
)
def test_mean_and_deviation(draw, mean, std):
    n = 40_000
    assert moments(draw(n)) == (pytest.approx(mean, abs=5 * std / n**0.5), pytest.approx(std, rel=0.03))


def test_uniform_stays_below_its_end():
    x = np.asarray(random.uniform((100_000,), seed=0))
    assert x.min() >= 0 and x.max() < 1  # noqa: PT018 - one promise


def test_set_seed_decides_everything_that_follows():
    found = []
    for _ in range(2):
        wg.set_random_seed(5)
        found.append((np.asarray(random.normal((3,))), random.fresh_seed()))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


def test_arguments_that_make_no_sense_are_refused():
    with pytest.raises(ValueRangeError, match="maxval - minval"):
        random.randint((3,), 5, 5)
    with pytest.raises(DTypeError, match="seed must be an int"):
        random.SeedGenerator(1.5)
    with pytest.raises(DTypeError, match="floating-point, as float32 or float64"):
        random.uniform((3,), dtype="int32")


@pytest.mark.parametrize("seed", ["a", -1, 1.5, None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(DTypeError, match="set_seed: seed must be an int >= 0; got"):
        wg.set_random_seed(seed)
