"""Random numbers that depend on where they are used, never on when: a key is mixed from seed, epoch and position."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

MASK = 2**64 - 1
BLOCK = 4096  # draws that are made at once


def mix(*numbers: int) -> int:
    """A key from 0 to 2^63 - 1 that depends on all bits of all numbers.

    Source: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014 (its finalizer).
    """
    h = 0
    for number in numbers:
        h = (h + (number ^ number >> 64) + 0x9E3779B97F4A7C15) & MASK
        h = ((h ^ (h >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        h = ((h ^ (h >> 27)) * 0x94D049BB133111EB) & MASK
        h ^= h >> 31
    return h >> 1


def generator(key: int, block: int = 0) -> np.random.Generator:
    """Part `block` of the random numbers of a key."""
    return np.random.Generator(np.random.Philox(key=key, counter=block << 64))


class Draws:
    """Uniform numbers in [0, 1): draw t depends on the key and t alone."""

    def __init__(self, key: int) -> None:
        self._key, self._block, self._numbers = key, -1, np.empty(0)

    def get(self, start: int, count: int) -> Array:
        """Draws `start` to `start + count`."""
        first, last = start // BLOCK, (start + max(count, 1) - 1) // BLOCK
        if first == last:
            at = start - first * BLOCK
            return self._of(first)[at : at + count]
        parts = np.concatenate([self._of(b) for b in range(first, last + 1)])
        return parts[start - first * BLOCK :][:count]

    def _of(self, block: int) -> Array:
        if block != self._block:
            self._block, self._numbers = block, generator(self._key, block).random(BLOCK)
        return self._numbers
