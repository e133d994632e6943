"""Random pipelines beside what they mean on Python lists."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wengert.data import Dataset


@dataclass(frozen=True)
class Built:
    """A pipeline of whole numbers; its elements, and whether their order is known."""

    data: Dataset
    meaning: list[int]
    ordered: bool = True
    text: str = ""

    def then(self, text: str, data: Dataset, meaning: list[int], ordered: bool | None = None) -> "Built":
        ordered = self.ordered if ordered is None else ordered
        return replace(self, data=data, meaning=meaning, ordered=ordered, text=f"{self.text}.{text}")

    def check(self, found: list[int]) -> None:
        if self.ordered:
            assert found == self.meaning, self.text
        else:
            assert Counter(found) == Counter(self.meaning), self.text


def source(rng: np.random.Generator) -> Built:
    n = int(rng.integers(0, 60))
    numbers = list(range(n))
    kind = rng.integers(3)
    if kind == 0:
        return Built(Dataset.range(n), numbers, text=f"range({n})")
    if kind == 1:
        return Built(Dataset.from_tensor_slices(np.arange(n)), numbers, text=f"slices({n})")
    return Built(Dataset.from_generator(lambda: iter(numbers)), numbers, text=f"generator({n})")


def shuffle(b: Built, rng: np.random.Generator, threads: int) -> Built:
    size = None if rng.random() < 0.2 else int(rng.integers(1, 40))
    return b.then(f"shuffle({size})", b.data.shuffle(size, seed=int(rng.integers(99))), b.meaning, False)


def map_(b: Built, rng: np.random.Generator, threads: int) -> Built:
    k = int(rng.integers(1, 9))
    return b.then(f"map(+{k})", b.data.map(lambda x: int(x) + k, threads), [x + k for x in b.meaning])


def filter_(b: Built, rng: np.random.Generator, threads: int) -> Built:
    k = int(rng.integers(2, 5))
    kept = [x for x in b.meaning if x % k]
    return b.then(f"filter(%{k})", b.data.filter(lambda x: x % k != 0), kept)


def rebatch(b: Built, rng: np.random.Generator, threads: int) -> Built:
    size, drop = int(rng.integers(1, 9)), bool(rng.random() < 0.3 and b.ordered)
    kept = b.meaning[: len(b.meaning) - len(b.meaning) % size] if drop else b.meaning
    data = b.data.batch(size, drop_remainder=drop)
    if rng.random() < 0.5:
        data = data.map(lambda x: x + 0, threads)
    return b.then(f"batch({size}, {drop}).unbatch()", data.unbatch(), kept)


def repeat(b: Built, rng: np.random.Generator, threads: int) -> Built:
    n = int(rng.integers(0, 4)) if len(b.meaning) < 500 else 1
    return b.then(f"repeat({n})", b.data.repeat(n), b.meaning * n)


def concatenate(b: Built, rng: np.random.Generator, threads: int) -> Built:
    other = source(rng)
    return b.then(f"concatenate({other.text})", b.data.concatenate(other.data), b.meaning + other.meaning)


def sample_from(b: Built, rng: np.random.Generator, threads: int) -> Built:
    other = source(rng)
    data = Dataset.sample_from([b.data, other.data], [0.3, 0.7], seed=3)
    return b.then(f"sample_from({other.text})", data, b.meaning + other.meaning, False)


def flat_map(b: Built, rng: np.random.Generator, threads: int) -> Built:
    k = int(rng.integers(1, 4))
    data = b.data.flat_map(lambda x: Dataset.range(int(x), int(x) + k))
    return b.then(f"flat_map({k})", data, [x + i for x in b.meaning for i in range(k)])


def interleave(b: Built, rng: np.random.Generator, threads: int) -> Built:
    cycle, block = int(rng.integers(1, 5)), int(rng.integers(1, 4))

    def parts(x: int) -> Dataset:
        return Dataset.from_generator(lambda: iter(range(int(x) % 5)))

    data = b.data.interleave(parts, cycle, block, threads)
    whole = [i for x in b.meaning for i in range(x % 5)]
    return b.then(f"interleave({cycle}, {block})", data, whole, False)


def prefetch(b: Built, rng: np.random.Generator, threads: int) -> Built:
    n = int(rng.integers(1, 9))
    return b.then(f"prefetch({n})", b.data.prefetch(n) if threads else b.data, b.meaning)


def cache(b: Built, rng: np.random.Generator, threads: int) -> Built:
    return b.then("cache", b.data.cache(), b.meaning)


def zip_(b: Built, rng: np.random.Generator, threads: int) -> Built:
    other = source(rng)
    data = Dataset.zip(b.data, other.data).map(lambda x, y: int(x) * 100 + int(y), threads)
    pairs = [x * 100 + y for x, y in zip(b.meaning, other.meaning, strict=False)]
    return b.then(f"zip({other.text})", data, pairs)


def enumerate_(b: Built, rng: np.random.Generator, threads: int) -> Built:
    data = b.data.enumerate().map(lambda k, x: int(k) * 1000 + int(x), threads)
    return b.then("enumerate", data, [k * 1000 + x for k, x in enumerate(b.meaning)])


def part(b: Built, rng: np.random.Generator, threads: int) -> Built:
    """take, skip or shard."""
    k, n = int(rng.integers(0, 3)), int(rng.integers(1, 30))
    if k == 0:
        return b.then(f"take({n})", b.data.take(n), b.meaning[:n])
    if k == 1:
        return b.then(f"skip({n})", b.data.skip(n), b.meaning[n:])
    return b.then(f"shard({n}, {n // 2})", b.data.shard(n, n // 2), b.meaning[n // 2 :: n])


def window(b: Built, rng: np.random.Generator, threads: int) -> Built:
    length, shift = int(rng.integers(1, 5)), int(rng.integers(1, 6))
    data = b.data.window(length, shift=shift).map(lambda x: int(x.sum()), threads)
    sums = [sum(b.meaning[k : k + length]) for k in range(0, len(b.meaning) - length + 1, shift)]
    return b.then(f"window({length}, {shift})", data, sums)


ANY_ORDER = (
    shuffle,
    map_,
    filter_,
    rebatch,
    repeat,
    concatenate,
    sample_from,
    flat_map,
    interleave,
    prefetch,
    cache,
)
KNOWN_ORDER = (zip_, enumerate_, part, window)


def pipeline(seed: int, threads: int) -> Built:
    """The pipeline of a seed, whose maps run in so many threads."""
    rng = np.random.default_rng(seed)
    built = source(rng)
    for _ in range(rng.integers(1, 7)):
        steps: tuple[Any, ...] = (*ANY_ORDER, *KNOWN_ORDER) if built.ordered else ANY_ORDER
        built = steps[rng.integers(len(steps))](built, rng, threads)
        if len(built.meaning) > 2000:
            built = (
                built.then("take(50)", built.data.take(50), built.meaning[:50]) if built.ordered else built
            )
    if rng.random() < 0.3:
        built = built.then("prefetch(3)", built.data.prefetch(3), built.meaning)
    return built
