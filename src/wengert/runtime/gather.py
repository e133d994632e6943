"""Gathering: rows of arrays, picked by index, copied together natively."""

from __future__ import annotations

import functools
import struct
from collections.abc import Sequence

import numpy as np

from wengert.base.dtypes import HALVES, TABLE, size_of
from wengert.compiler.cache import functions
from wengert.compiler.emit.rows import emit_rows, lanes_for
from wengert.compiler.instructions import Instructions
from wengert.compiler.jit import Function, host_target
from wengert.runtime.program import FIRST_VALUE, Program, address_of

# Entries of the table: where the picks lie, how many they are; then, for each column, those of its kernel.
_PICKS, _COUNT, _COLUMNS = FIRST_VALUE, FIRST_VALUE + 1, FIRST_VALUE + 2
_CONVERTED = {name for name, d in TABLE.items() if d.kind in "iuf"} - set(HALVES)
_EACH = 5  # column, batch, rows claimed, width, rows to claim at a time
_CLAIM = 1 << 14  # bytes: about a microsecond, a tenth of which is the claim
_set_picks = struct.Struct("=2q").pack_into


class Gather:
    """`batch[n] = column[picks[n]]` for several columns, by a `program` that runs before what reads the batches.

    Args:
        columns: C-contiguous arrays with as many rows each.
        batches: where their rows go, in dtypes of their own, such that `can_gather`.
    """

    def __init__(self, columns: Sequence[np.ndarray], batches: Sequence[np.ndarray]) -> None:
        code = Instructions()
        kernels, entries = [], []
        claimed = np.zeros(len(columns), np.int64)
        for k, (column, batch) in enumerate(zip(columns, batches, strict=True)):
            source, dtype, width = _elements(column, batch)
            kernels.append(_kernel(source, dtype, lanes_for(max(map(size_of, (source, dtype))), width)))
            at = _COLUMNS + _EACH * k
            code.kernel(k, [at, _PICKS, at + 1, at + 2, _COUNT, at + 3, at + 4])
            entries += [address_of(column), address_of(batch), address_of(claimed[k:]), width]
            entries.append(max(1, _CLAIM // batch[0].nbytes))
        code.end()
        keep = (*columns, *batches, claimed)
        words = _COLUMNS + len(entries)
        self.program = Program(code, kernels, words, keep=keep)
        for k, entry in enumerate(entries):
            self.program.table[_COLUMNS + k] = entry
        zeros = struct.Struct(f"={len(columns)}q").pack_into  # a quarter of the time that NumPy takes
        self._claim_none = functools.partial(zeros, claimed.data, 0, *[0] * len(columns))

    def pick(self, picks: np.ndarray) -> None:
        """Let the program fill the first `len(picks)` rows of the batches, once.

        Args:
            picks: int64, C-contiguous; each a row that there is.
        """
        self._picks = picks  # alive until the program has run
        _set_picks(self.program.table, 8 * _PICKS, address_of(picks), len(picks))
        self._claim_none()


@functools.cache
def _kernel(source: str, dtype: str, lanes: int) -> Function:
    return functions([("rows", emit_rows(source, dtype, lanes))], host_target())[0]


def can_gather(column: np.ndarray, dtype: np.dtype) -> bool:
    """Whether rows of the array can become a batch of that dtype."""
    if not column.flags.c_contiguous or not column.size:
        return False
    if column.dtype == dtype:
        return True
    return column.dtype.isnative and column.dtype.name in _CONVERTED and dtype.name in _CONVERTED


def _elements(column: np.ndarray, batch: np.ndarray) -> tuple[str, str, int]:
    """Dtypes of a row's elements and of the batch's, and how many there are; what is not converted is bytes."""
    width = column[0].size
    if column.dtype == batch.dtype:
        return "uint8", "uint8", width * column.itemsize
    return column.dtype.name, batch.dtype.name, width
