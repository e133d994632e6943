"""Gathering: rows of arrays, picked by index, copied together in one native call by all threads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wengert.base.dtypes import HALVES, TABLE
from wengert.compiler.cache import functions
from wengert.compiler.emit.rows import emit_rows
from wengert.compiler.instructions import Instructions
from wengert.compiler.jit import host_target
from wengert.runtime.program import FIRST_VALUE, Program, address_of

_PICKS, _COUNT, _FIRST = FIRST_VALUE, FIRST_VALUE + 1, FIRST_VALUE + 2


class Gather:
    """`batch[n] = column[picks[n]]` for several columns at once.

    Args:
        columns: C-contiguous arrays with as many rows each.
        batches: where their rows go, in dtypes of their own; what `can_gather` says of each pair must be true.
    """

    def __init__(self, columns: Sequence[np.ndarray], batches: Sequence[np.ndarray]) -> None:
        code = Instructions()
        texts = []
        for k, (column, batch) in enumerate(zip(columns, batches, strict=True)):
            texts.append(("rows", emit_rows(*_elements(column, batch))))
            code.kernel(k, [_FIRST + 2 * k, _PICKS, _FIRST + 2 * k + 1, _COUNT])
        code.end()
        words = _FIRST + 2 * len(columns)
        self._program = Program(code, functions(texts, host_target()), words, keep=(*columns, *batches))
        for k, array in enumerate(a for pair in zip(columns, batches, strict=True) for a in pair):
            self._program.table[_FIRST + k] = address_of(array)

    def __call__(self, picks: np.ndarray) -> None:
        """Fill the first `len(picks)` rows of the batches. picks: int64, C-contiguous, each a row that there is."""
        self._program.run(address_of(picks), len(picks))


def can_gather(column: np.ndarray, dtype: np.dtype) -> bool:
    """Whether rows of the array can become a batch of that dtype."""
    if not column.flags.c_contiguous or not column.size:
        return False
    if column.dtype == dtype:
        return True
    plain = TABLE.keys() - HALVES - {"bool"}
    return column.dtype.isnative and column.dtype.name in plain and dtype.name in plain


def _elements(column: np.ndarray, batch: np.ndarray) -> tuple[str, str, int]:
    """Dtypes of a row's elements and of the batch's, and how many there are; what is not converted is bytes."""
    width = column[0].size
    if column.dtype == batch.dtype:
        return "uint8", "uint8", width * column.itemsize
    return column.dtype.name, batch.dtype.name, width
