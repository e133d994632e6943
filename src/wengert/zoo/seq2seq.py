"""Sequence to sequence: one LSTM reads, another one writes, beginning with the states of the first."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import wengert as wg


def seq2seq(source: int, target: int, *, embedding: int = 64, units: int = 128, depth: int = 1) -> wg.Model:
    """An encoder and a decoder of `depth` LSTM layers each; symbol 0 fills sequences up.

    Args:
        source, target: how many symbols there are on either side, the filling included.
        embedding, units: lengths of the vectors of symbols and of the states.

    Shapes:
        [x [batch, time], y [batch, time']] of integers  ->  logits [batch, time', target]: what follows each symbol
        of y, given those before it and all of x

    Source:
        Sutskever, Vinyals & Le, "Sequence to sequence learning with neural networks", NeurIPS 2014.
    """
    read = wg.Input(("read",), dtype="int64", name="source")
    written = wg.Input(("written",), dtype="int64", name="target")
    x = wg.layers.Embedding(source, embedding, mask_zero=True)(read)
    y = wg.layers.Embedding(target, embedding)(written)
    for _ in range(depth):
        x, *states = wg.layers.LSTM(units, return_sequences=True, return_state=True)(x)
        y = wg.layers.LSTM(units, return_sequences=True)(y, initial_state=states)
    return wg.Model([read, written], wg.layers.Dense(target)(y))


def written(model: Any, x: Sequence[Any], *, start: int, stop: int, most: int = 50) -> list[list[int]]:
    """What the model writes for each row of x, the likeliest symbol each time, until `stop` or `most` symbols."""
    rows = np.asarray(x)
    y = np.full((len(rows), 1), start, np.int64)
    for _ in range(most):
        after = np.asarray(model.predict([rows, y], verbose=0))[:, -1].argmax(-1)
        y = np.concatenate([y, after[:, None]], axis=1)
        if np.all(np.any(y == stop, axis=1)):
            break
    return [row[: row.index(stop)] if stop in row else row for row in y[:, 1:].tolist()]
