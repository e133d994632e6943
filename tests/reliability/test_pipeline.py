"""R14: random pipelines give each element once, in an order that no number of threads changes, and resume exactly."""

import json

import numpy as np
import pytest

from tests.data.pipeline.random_pipelines import pipeline
from wengert.data import Dataset

TRIALS = 10  # in a group; 10 groups in CI, 100 with --reliability 10
GROUPS = 10


def pytest_generate_tests(metafunc):
    if "group" in metafunc.fixturenames:
        metafunc.parametrize("group", range(GROUPS * metafunc.config.getoption("--reliability")))


def numbers(iterator) -> list[int]:
    return [int(x) for x in iterator]


def resumed(data: Dataset, state: object) -> list[int]:
    """What comes from a state on; the two data sets differ in numbers of threads that their functions hold."""
    return numbers(data.iterate({**json.loads(json.dumps(state)), "dataset": data.fingerprint()}))


def test_random_pipelines(group):
    for seed in range(group * TRIALS, group * TRIALS + TRIALS):
        rng = np.random.default_rng(seed)
        alone, beside = pipeline(seed, threads=0), pipeline(seed, threads=int(rng.integers(1, 9)))
        found = numbers(alone.data.iterate())
        alone.check(found)
        assert numbers(beside.data.iterate()) == found, alone.text
        stop = int(rng.integers(0, len(found) + 1))
        for first, second in ((alone, beside), (beside, alone)):
            with first.data.iterate() as iterator:
                assert [int(next(iterator)) for _ in range(stop)] == found[:stop]
                state = iterator.state()
            assert resumed(first.data, state) == found[stop:], (alone.text, state)
            if "prefetch" not in alone.text:  # a place of its own in a state
                assert resumed(second.data, state) == found[stop:], (alone.text, state)


@pytest.mark.parametrize("epoch", [0, 3])
def test_every_epoch_has_each_element_once(epoch):
    data = Dataset.from_generator(lambda: iter(range(500))).shuffle(64).map(lambda x: x, 3).batch(7).unbatch()
    assert sorted(numbers(data.iterate(epoch=epoch))) == list(range(500))
