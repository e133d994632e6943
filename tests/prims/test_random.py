"""Random bits: the generator of the paper, laid out as documented."""

import numpy as np
import pytest

from wengert.prims.random import philox, random_bits

# From the Random123 distribution of the paper's authors (kat_vectors): counter, key, words.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text):
    return [np.uint64(int(w, 16)) for w in text.split()]


@pytest.mark.parametrize(("counter", "key", "want"), KNOWN)
def test_philox_gives_the_known_answers(counter, key, want):
    assert philox(words(counter), words(key)) == words(want)


def test_elements_are_words_of_blocks():
    seed, counter = np.int64(5 << 32 | 7), np.int64(-3)
    bits = random_bits(seed, counter, shape=(5, 40)).reshape(-1)
    for e in (0, 15, 16, 63, 64, 137, 199):
        block, word = e // 64 * 16 + e % 16, e // 16 % 4
        low, high = (-3) % 2**64 % 2**32, (-3) % 2**64 >> 32
        made = philox([np.uint64(w) for w in (block, 0, low, high)], [np.uint64(7), np.uint64(5)])
        assert bits[e] == made[word]


def test_a_prefix_does_not_depend_on_the_size():
    long, short = (random_bits(np.int64(1), np.int64(2), shape=(n,)) for n in (1000, 130))
    np.testing.assert_array_equal(long[:130], short)
