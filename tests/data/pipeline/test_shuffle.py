import numpy as np
import pytest

from wengert.data import Dataset
from wengert.data.pipeline.randomness import Draws, mix
from wengert.data.pipeline.shuffle import previous, slots_after


def order(data: Dataset, epoch: int = 0) -> list[int]:
    return [int(x) for x in data.iterate(epoch=epoch)]


@pytest.mark.parametrize("size", [1, 2, 7, 50, 1000, None])
def test_numbers_and_elements_have_one_order(size):
    looked_up = Dataset.range(300).shuffle(size, seed=5)
    read = Dataset.from_generator(lambda: iter(range(300))).shuffle(size, seed=5)
    assert order(looked_up) == order(read)
    assert sorted(order(read)) == list(range(300))


def test_a_buffer_bounds_how_early_an_element_comes():
    found = order(Dataset.range(5000).shuffle(100))
    assert all(x <= place + 100 for place, x in enumerate(found))


def test_every_place_is_as_likely():
    """Where each of eight elements comes first, over 2,000 epochs: chi squared with 7 degrees of freedom."""
    data = Dataset.range(8).shuffle()
    counts = np.zeros((8, 8))
    for epoch in range(2000):
        counts[np.arange(8), order(data, epoch)] += 1
    assert (((counts - 250) ** 2 / 250).sum(axis=1) < 29).all()


def test_seeds_epochs_and_places_draw_apart():
    orders = {tuple(order(Dataset.range(50).shuffle(seed=s), e)) for s in range(3) for e in range(3)}
    assert len(orders) == 9
    assert order(Dataset.range(50).shuffle().shuffle()) != order(Dataset.range(50).shuffle())


def test_one_order_for_all_epochs():
    data = Dataset.range(50).shuffle(9, reshuffle_each_epoch=False)
    assert order(data, 0) == order(data, 4)


def test_slots_are_what_a_buffer_would_hold(rng):
    draws, size = Draws(3), 20
    held, fresh = list(range(size)), size
    for out in range(9000):
        if out in (0, 1, 50, 4095, 4096, 8999):
            assert slots_after(draws, size, out, size).tolist() == held
        held[int(draws.get(out, 1)[0] * size)] = fresh
        fresh += 1


def test_previous_is_the_last_equal_one(rng):
    slots = rng.integers(0, 9, 200)
    expected = [max((j for j in range(i) if slots[j] == slots[i]), default=-1) for i in range(200)]
    assert previous(slots).tolist() == expected


def test_draws_do_not_depend_on_how_they_are_taken():
    whole = Draws(7).get(0, 10_000)
    parts = Draws(7)
    np.testing.assert_array_equal(
        np.concatenate([parts.get(k, 123) for k in range(0, 10_000, 123)])[:10_000], whole
    )


def test_mix_depends_on_every_number_and_its_place():
    keys = [mix(1, 2, 3), mix(1, 3, 2), mix(2, 2, 3), mix(1, 2), mix(1, 2, 3 + 2**64), mix(-1, 2, 3)]
    assert len(set(keys)) == len(keys)
    assert all(0 <= k < 2**63 for k in keys)
