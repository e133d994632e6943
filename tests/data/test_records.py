"""Records come in one order, from any position, and positions survive JSON."""

import json

import numpy as np
import pytest

from wengert.base.errors import UsageError
from wengert.data.records import Block, Blocked, Indexed, Records, columns_of, index_of, rows


class Squares(Indexed):
    def __len__(self):
        return 7

    def record(self, k):
        return index_of("Squares", k, 7) ** 2


class Pairs(Blocked):
    """0..6 in blocks of at most 3, each with its negative."""

    def blocks(self, start=None):
        for first in range(start or 0, 7, 3):
            n = np.arange(first, min(first + 3, 7))
            yield Block(first, {"n": n, "minus": -n}, len(n))


@pytest.mark.parametrize("records", [Squares(), Pairs()])
def test_iterate_continues_after_any_record(records):
    whole = list(records)
    assert isinstance(records, Records)
    assert len(whole) == 7
    for k, (record, position) in enumerate(records.iterate()):
        assert record == whole[k]
        assert [r for r, _ in records.iterate(json.loads(json.dumps(position)))] == whole[k + 1 :]


def test_gather_gives_columns():
    np.testing.assert_array_equal(Squares().gather([3, 1]), [9, 1])


def test_positions_that_were_never_given_are_refused():
    with pytest.raises(UsageError, match=r"from 0 to 7; got 8"):
        next(Squares().iterate(8))
    with pytest.raises(UsageError, match=r"one that iterate gave"):
        next(Pairs().iterate("seven"))


@pytest.mark.parametrize(
    "records", [[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], [(1.5, b"k"), (2.5, b"")], ["p", "q"], []]
)
def test_rows_undo_columns(records):
    assert list(rows(columns_of(records))) == records


def test_arrays_of_several_lengths_stay_apart():
    ragged = [np.zeros(2), np.zeros(3)]
    assert columns_of(ragged) == ragged
