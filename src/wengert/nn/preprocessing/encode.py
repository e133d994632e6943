"""Categories as numbers that a layer can take, and the batches that layers adapt to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from wengert.base.errors import UsageError
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.indexing import one_hot
from wengert.ops.operands import Array
from wengert.ops.shape import expand_dims, squeeze

MODES = ("int", "one_hot", "multi_hot", "count")


def encoded(x: Array, mode: str, depth: int, dtype: str, weights: Array | None = None) -> Array:
    """Class numbers as they are ("int"), or as vectors of length `depth`.

    "one_hot": a 1 for each element (its axis, if it has length 1, becomes that of the vector); "multi_hot": 1 where a
    class is among those along axis 1; "count": how often, or the sum of the weights there.
    """
    if mode == "int":
        return cast(x, dtype)
    x = x if type_of(x).rank else expand_dims(x, 0)
    if mode == "one_hot":
        return one_hot(
            squeeze(x, -1) if type_of(x).rank > 1 and type_of(x).shape[-1] == 1 else x, depth, dtype=dtype
        )
    hits = one_hot(x, depth, dtype=dtype)
    axis = 1 if type_of(x).rank > 1 else 0
    if mode == "multi_hot":
        return reduce.max(hits, axis=axis)
    return reduce.sum(hits if weights is None else m.multiply(hits, expand_dims(weights, -1)), axis=axis)


def batches_of(kind: str, data: Any, steps: int | None = None) -> Iterator[np.ndarray[Any, Any]]:
    """The inputs in what `adapt` is given: one array, or an iterable of batches, of which `steps` are taken.

    A batch that is a tuple is (inputs, labels).
    """
    if hasattr(data, "__array__") or isinstance(data, str):
        yield np.asarray(data)
        return
    if not isinstance(data, Iterable):
        raise UsageError(
            f"{kind}: adapt needs an array or an iterable of batches; got {type(data).__name__}."
        )
    for k, batch in enumerate(data):
        if steps is not None and k >= steps:
            return
        yield np.asarray(batch[0] if isinstance(batch, tuple) else batch)
