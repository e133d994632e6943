"""Gathering: rows of arrays, picked by index, copied together natively."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from wengert.base.dtypes import HALVES, TABLE, size_of
from wengert.compiler.cache import functions
from wengert.compiler.emit.rows import emit_rows, lanes_for
from wengert.compiler.instructions import Instructions
from wengert.compiler.jit import host_target
from wengert.runtime.program import FIRST_VALUE, Program, address_of

# Entries of the table: where the picks lie, how many they are; then, for each column, those of its kernel.
_PICKS, _COUNT, _COLUMNS = FIRST_VALUE, FIRST_VALUE + 1, FIRST_VALUE + 2
_CONVERTED = {name for name, d in TABLE.items() if d.kind in "iuf"} - set(HALVES)
_EACH = 4  # column, batch, rows claimed, width
_set_picks = struct.Struct("=2q").pack_into


class Gather:
    """`batch[n] = column[picks[n]]` for several columns at once: a program to run before what reads the batches.

    Args:
        columns: C-contiguous arrays with as many rows each.
        batches: where their rows go, in dtypes of their own, such that `can_gather`.
    """

    def __init__(self, columns: Sequence[np.ndarray], batches: Sequence[np.ndarray]) -> None:
        code = Instructions()
        texts, entries = [], []
        self._claimed = np.zeros(len(columns), np.int64)
        for k, (column, batch) in enumerate(zip(columns, batches, strict=True)):
            source, dtype, width = _elements(column, batch)
            texts.append(
                ("rows", emit_rows(source, dtype, lanes_for(max(map(size_of, (source, dtype))), width)))
            )
            at = _COLUMNS + _EACH * k
            code.kernel(k, [at, _PICKS, at + 1, at + 2, _COUNT, at + 3])
            entries += [address_of(column), address_of(batch), address_of(self._claimed[k:]), width]
        code.end()
        keep = (*columns, *batches, self._claimed)
        words = _COLUMNS + len(entries)
        self._program = Program(code, functions(texts, host_target()), words, keep=keep)
        for k, entry in enumerate(entries):
            self._program.table[_COLUMNS + k] = entry

    def of(self, picks: np.ndarray) -> Program:
        """The program that fills the first `len(picks)` rows of the batches, once.

        Args:
            picks: int64, C-contiguous; each a row that there is.
        """
        self._picks = picks  # alive until the program has run
        _set_picks(self._program.table, 8 * _PICKS, address_of(picks), len(picks))
        self._claimed[:] = 0
        return self._program


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
