"""One pipeline for each kind of step, with maps in so many threads."""

from typing import Any

import numpy as np

from wengert.data import Dataset

R = Dataset.range


def g(n: Any) -> Dataset:
    """As `range`, of a generator: it cannot be looked up."""
    return Dataset.from_generator(lambda: iter(range(int(n))))


def tripled_unless_four(x):
    if x == 4:
        raise ValueError("four")
    return 3 * x


def ids(x, key):
    return x, key % 1000


STREAMS = {
    "arrays": lambda t: Dataset.from_tensor_slices({"x": np.arange(40), "y": (np.eye(40),)}).shuffle().batch(7),
    "shuffle": lambda t: R(50).shuffle(9).map(ids, t).batch(4),
    "shuffle twice": lambda t: g(57).shuffle(10).map(lambda x: x + 1, t).shuffle(5, seed=9).batch(4).prefetch(2),
    "shuffle small": lambda t: g(3).shuffle(10).map(ids, t).repeat(4),
    "filter": lambda t: R(50).map(lambda x: x + 1, t).filter(lambda x: x % 3 == 0).batch(4).prefetch(3),
    "flat_map": lambda t: R(6).flat_map(lambda n: g(n).map(lambda x: x * 10)).map(ids, t).shuffle(4).batch(3),
    "interleave": lambda t: R(7).shuffle().interleave(
        lambda n: g(n + 3).map(lambda x: x + 100 * n).shuffle(2), 3, 2, num_threads=t
    ),
    "zip": lambda t: Dataset.zip(R(20).shuffle(), g(17).shuffle(5)).map(lambda a, b: (b, a), t),
    "concatenate": lambda t: g(5).concatenate(R(5, 12)).shuffle(3).repeat(3).map(ids, t),
    "sample_from": lambda t: Dataset.sample_from([R(9), R(50, 55).repeat(), g(7)], [5, 2, 3]).take(40).map(ids, t),
    "unbatch": lambda t: R(23).batch(5).map(lambda x: x + 1, t).unbatch().window(4, shift=3),
    "window": lambda t: g(23).map(lambda x: x, t).window(3, shift=5, drop_remainder=False),
    "window stride": lambda t: g(23).map(lambda x: x, t).window(3, shift=1, stride=2),
    "window of rows": lambda t: Dataset.from_tensor_slices(np.arange(23)).window(3, shift=2).shuffle().map(ids, t),
    "buckets": lambda t: R(1, 40).map(lambda n: np.arange(n % 9), t).bucket_by_length(len, [3, 6], [2, 3, 4]),
    "padded_batch": lambda t: R(1, 20).map(lambda n: (np.ones(n % 5), n), t).padded_batch(3, values=(-1, 0)),
    "cache": lambda t: g(20).map(ids, t).cache().shuffle(5).repeat(3).batch(4),
    "enumerate": lambda t: g(9).shuffle(3).enumerate(5).map(lambda k, x, key: (k, x, key % 9), t).batch(2),
    "two maps": lambda t: R(63).map(ids, t).map(lambda x, k: (x, k)).batch(3).map(lambda x, k, key: x).batch(2),
    "shard": lambda t: g(30).shard(3, 1).skip(2).map(ids, t).take(6),
    "split": lambda t: g(30).split(0.5, 0.5)[1].map(ids, t),
    "split rows": lambda t: R(30).split(0.5, 0.5, seed=4)[1].map(ids, t),
    "skip": lambda t: R(30).map(tripled_unless_four, t, on_error="skip").batch(4).repeat(2),
    "prefetch": lambda t: g(30).prefetch(3).map(ids, t).prefetch(2).batch(4),
    "endless": lambda t: R(5).shuffle().repeat().map(ids, t).batch(4).take(12),
}  # fmt: skip


def plain(x: Any) -> Any:
    """An element in Python's own values, to compare with ==."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, tuple):
        return tuple(map(plain, x))
    return (x.dtype.str, x.tolist()) if isinstance(x, np.ndarray | np.generic) else x
