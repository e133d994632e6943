"""What the tests of formats share."""

import gzip
import itertools
import json

import numpy as np


def write(path, data: bytes):
    """The file with this content; packed where its name says so."""
    path.write_bytes(gzip.compress(data, 1) if path.suffix == ".gz" else data)
    return path


def equal(a, b) -> bool:
    """Whether two records are the same, arrays and NaN included."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(equal, a, b))
    same = a == b
    return bool(np.all(same | ((a != a) & (b != b)))) if isinstance(a, np.ndarray | np.generic) else same


def check_positions(records, most: int = 12) -> None:
    """From the position after any record, after a trip through JSON, come exactly those that followed it."""
    whole = list(records)
    for k, (record, position) in enumerate(itertools.islice(records.iterate(), most)):
        assert equal(record, whole[k])
        rest = [r for r, _ in records.iterate(json.loads(json.dumps(position)))]
        assert len(rest) == len(whole) - k - 1
        assert all(map(equal, rest, whole[k + 1 :]))


def surviving(records) -> tuple[list, list[str]]:
    """The records that can be had by going on after each damaged one, and the messages."""
    kept, messages, position = [], [], None
    while True:
        try:
            for record, _ in records.iterate(position):
                kept.append(record)
            return kept, messages
        except ValueError as error:
            messages.append(str(error))
            position = error.resume
