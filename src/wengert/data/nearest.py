"""The nearest of many rows to a query, a chunk at a time, by our own products and top-k."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import numpy as np

from wengert.base.errors import DTypeError, ShapeError, ValueRangeError
from wengert.ops.linalg import matmul
from wengert.ops.sorting import top_k

Array = np.ndarray[Any, Any]
Mode = Literal["largest", "smallest"]
METRICS = ("cosine", "dot", "euclidean")


class Neighbours(NamedTuple):
    """The nearest rows, the nearest first: which, and their cosine, dot product or distance."""

    indices: Array
    scores: Array


def nearest(
    chunks: Iterable[Array], shape: tuple[int, ...], query: Array, k: int, *, metric: str = "cosine"
) -> Neighbours:
    """The k rows most alike to each query.

    Args:
        chunks: the rows, in order; of equal ones the first is the nearest.
        shape: of all rows together.
        query: one, or several.
        k: how many, from 1 to n.
        metric: "cosine" ``x.q / (|x| |q|)`` and "dot" ``x.q``, the largest first; "euclidean" ``|x - q|``, the
            smallest first. The cosine with a row of zeros is 0.

    Shapes:
        rows [n, d], query [d] -> indices int64 [k], scores [k];   query [m, d] -> [m, k]

    Numerics: ``|x|^2 - 2 x.q + |q|^2`` loses the digits of small distances, so it only chooses: all rows that rounding
        might have put behind the k-th are compared by ``|x - q|``.
    """
    q = np.asarray(query)
    if len(shape) != 2 or q.ndim not in (1, 2) or q.shape[-1] != shape[1]:
        raise ShapeError(
            f"nearest: rows must be [n, d], query [d] or [m, d]; got {list(shape)} and {list(q.shape)}."
        )
    if metric not in METRICS:
        raise ValueRangeError(f"nearest: metric must be one of {', '.join(METRICS)}; got {metric!r}.")
    if not 1 <= k <= shape[0]:
        raise ValueRangeError(f"nearest: k must be from 1 to {shape[0]}, the number of rows; got {k}.")
    if q.dtype.kind != "f":
        raise DTypeError(f"nearest: query must be of floats; got {q.dtype}.")
    queries = q[None] if q.ndim == 1 else q
    mode: Mode = "smallest" if metric == "euclidean" else "largest"
    scores, indices = np.empty((len(queries), 0), q.dtype), np.empty((len(queries), 0), np.int64)
    start = 0
    for chunk in chunks:
        found, at = _best(chunk.astype(q.dtype, copy=False), queries, k, metric, mode)
        scores, indices = np.concatenate([scores, found], 1), np.concatenate([indices, at + start], 1)
        kept = np.asarray(top_k(scores, min(k, scores.shape[1]), mode=mode).indices, np.int64)
        scores, indices = np.take_along_axis(scores, kept, 1), np.take_along_axis(indices, kept, 1)
        start += len(chunk)
    return Neighbours(indices[0], scores[0]) if q.ndim == 1 else Neighbours(indices, scores)


def _best(rows: Array, queries: Array, k: int, metric: str, mode: Mode) -> tuple[Array, Array]:
    """The best scores of a chunk for each query, [m, k or fewer], and their rows."""
    k = min(k, len(rows))
    if metric == "euclidean":
        pairs = [_closest(rows, q, near, k) for q, near in zip(queries, _near(rows, queries, k), strict=True)]
        return np.stack([scores for scores, _ in pairs]), np.stack([at for _, at in pairs])
    products: Array = np.asarray(matmul(queries, rows.T))
    if metric == "cosine":
        norms = np.linalg.norm(queries, axis=1)[:, None] * np.linalg.norm(rows, axis=1)
        products = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
    best = top_k(products, k, mode=mode)
    return np.asarray(best.values), np.asarray(best.indices, np.int64)


def _near(rows: Array, queries: Array, k: int) -> Array:
    """Which rows may be among the k nearest to each query, bool [m, n]: k at least, few more."""
    squares, own = np.square(rows).sum(1), np.square(queries).sum(1)[:, None]
    distances: Array = squares - 2 * np.asarray(matmul(queries, rows.T)) + own
    error = np.finfo(rows.dtype).eps * (rows.shape[1] + 4) * (squares.max() + own)
    last = np.asarray(top_k(distances, k, mode="smallest").values)[:, -1:]
    near: Array = ~(distances > last + 2 * error)
    return near


def _closest(rows: Array, query: Array, near: Array, k: int) -> tuple[Array, Array]:
    """The k closest among the rows that are near, by their differences."""
    at = np.flatnonzero(near)
    distances = np.linalg.norm(rows[at] - query, axis=1)
    order = np.argsort(distances, kind="stable")[:k]
    return distances[order], at[order]
