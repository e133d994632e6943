"""Elements of a data set: nested dicts and tuples of arrays, numbers and text; one by one, or many as columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import TABLE
from wengert.base.errors import ShapeError
from wengert.ir.dim import Dim
from wengert.ir.types import TensorType

Element = Any
Array = np.ndarray[Any, Any]


@dataclass(slots=True)
class Failure:
    """An element that could not be made. It travels in the place of the element; who receives it raises `take()`.

    origin: the step that failed.
    """

    error: BaseException
    origin: object

    def take(self) -> BaseException:
        """The error, no longer referred to from here: it will refer to the frames of who raises it."""
        error, self.error = self.error, RuntimeError("this error was raised before")
        return error

    def again(self) -> Failure:
        """The same, for another element that needs the one that failed."""
        try:
            error = type(self.error)(*self.error.args)
        except Exception:  # an exception class that is not made from its args
            error = RuntimeError(repr(self.error))
        for note in getattr(self.error, "__notes__", ()):
            error.add_note(note)
        return Failure(error, self.origin)


@dataclass(frozen=True, slots=True)
class Columns:
    """Many elements as one: every leaf holds `length` of them along its first axis."""

    tree: Any
    length: int

    def __len__(self) -> int:
        return self.length

    def part(self, start: int, stop: int) -> Columns:
        """Elements from start to stop."""
        stop = min(stop, self.length)
        return Columns(map_leaves(lambda x: x[start:stop], self.tree), stop - start)


Chunk = list[Element] | Columns


def map_leaves(f: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with `f(leaf)` at each leaf."""
    if isinstance(tree, dict):
        return {k: map_leaves(f, v) for k, v in tree.items()}
    if isinstance(tree, tuple):
        return _like(tree, [map_leaves(f, v) for v in tree])
    return f(tree)


def leaves(tree: Any) -> list[Any]:
    """The leaves in order."""
    if isinstance(tree, dict):
        return [x for v in tree.values() for x in leaves(v)]
    return [x for v in tree for x in leaves(v)] if isinstance(tree, tuple) else [tree]


def _like(old: tuple[Any, ...], items: list[Any]) -> Any:
    return type(old)(*items) if hasattr(old, "_fields") else tuple(items)


def rows(chunk: Chunk) -> list[Element]:
    """The elements one by one.

    Example:
        >>> rows(Columns({"x": np.array([1.0, 2.0])}, 2))
        [{'x': np.float64(1.0)}, {'x': np.float64(2.0)}]
    """
    return chunk if isinstance(chunk, list) else _rows(chunk.tree, chunk.length)


def _rows(tree: Any, length: int) -> list[Element]:
    if isinstance(tree, dict):
        columns = [_rows(v, length) for v in tree.values()]
        return [dict(zip(tree, row, strict=True)) for row in zip(*columns, strict=True)]
    if isinstance(tree, tuple):
        return [_like(tree, list(row)) for row in zip(*(_rows(v, length) for v in tree), strict=True)]
    return list(tree)


def join(parts: Sequence[Chunk]) -> Chunk:
    """The chunks as one."""
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(p, Columns) for p in parts):
        return Columns(_joined([p.tree for p in parts if isinstance(p, Columns)]), sum(map(len, parts)))
    return [x for part in parts for x in rows(part)]


def _joined(trees: list[Any]) -> Any:
    return zipped(trees, _joined_leaf, "join")


def _joined_leaf(columns: list[Any]) -> Any:
    if all(isinstance(c, np.ndarray) for c in columns):
        return np.concatenate(columns)
    return [x for c in columns for x in c]


def stack(elements: Sequence[Element], operation: str = "batch") -> Any:
    """The elements as one, with a new first axis; text and bytes become arrays of objects.

    Raises:
        ShapeError: they differ in structure or in shape.
    """
    return zipped(elements, lambda column: _stacked(operation, column), operation)


def zipped(elements: Sequence[Element], f: Callable[[list[Any]], Any], operation: str) -> Any:
    """One tree with `f(the leaves at this place)` at each leaf."""
    first = elements[0]
    if isinstance(first, dict):
        if any(not isinstance(x, dict) or x.keys() != first.keys() for x in elements):
            raise _uneven(operation, elements)
        return {k: zipped([x[k] for x in elements], f, operation) for k in first}
    if isinstance(first, tuple):
        if any(not isinstance(x, tuple) or len(x) != len(first) for x in elements):
            raise _uneven(operation, elements)
        return _like(first, [zipped(list(c), f, operation) for c in zip(*elements, strict=True)])
    if any(isinstance(x, dict | tuple) for x in elements):
        raise _uneven(operation, elements)
    return f(list(elements))


def _uneven(operation: str, elements: Sequence[Element]) -> ShapeError:
    first = _outline(elements[0])
    other = next((x for x in map(_outline, elements) if x != first), first)
    return ShapeError(f"{operation}: elements must have one structure; got {first} and {other}.")


def _outline(tree: Any) -> str:
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{k}: {_outline(v)}" for k, v in tree.items()) + "}"
    return "(" + ", ".join(map(_outline, tree)) + ")" if isinstance(tree, tuple) else "*"


def _stacked(operation: str, values: list[Any]) -> Array:
    if isinstance(values[0], str | bytes):
        return objects(values)
    if not all(isinstance(v, np.ndarray) for v in values):
        values = [np.asarray(v) for v in values]
    shape = values[0].shape
    for v in values:
        if v.shape != shape:
            raise ShapeError(
                f"{operation}: elements must have one shape; got {list(shape)} and {list(v.shape)}. "
                "Use padded_batch to fill the shorter ones up."
            )
    return np.stack(values) if values[0].dtype.kind != "O" else objects(values)


def objects(values: Sequence[Any]) -> Array:
    """An array `[n]` that refers to the values: text and bytes of any length, unchanged."""
    out = np.empty(len(values), object)
    out[:] = values
    return out


def column(values: Any) -> Array:
    """What a format gives as a column, as an array."""
    return values if isinstance(values, np.ndarray) else _stacked("batch", list(values))


Spec = Any  # a tree of TensorType, str and bytes


def spec_of(element: Element) -> Spec:
    """The types of an element: a TensorType at each leaf, or the class of what is no tensor.

    Example:
        >>> spec_of((np.zeros((28, 28), "uint8"), 3, "boot"))
        (TensorType(shape=(28, 28), dtype='uint8'), TensorType(shape=(), dtype='int64'), <class 'str'>)
    """
    return map_leaves(_leaf_spec, element)


def _leaf_spec(leaf: Any) -> Any:
    found = leaf if isinstance(leaf, np.ndarray | np.generic) else None
    if found is None:
        if not isinstance(leaf, bool | int | float | complex) and not hasattr(leaf, "__array__"):
            return type(leaf)
        found = np.asarray(leaf)
    name = found.dtype.name
    return TensorType(found.shape, name) if name in TABLE else np.ndarray


def with_axis(spec: Spec, length: int | Dim) -> Spec:
    """The types of many such elements as columns."""
    return map_leaves(
        lambda t: TensorType((length, *t.shape), t.dtype) if isinstance(t, TensorType) else t, spec
    )
