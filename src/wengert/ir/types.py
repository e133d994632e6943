"""The type of a value: shape and dtype, nothing else. It reads `f32[batch,784]`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import SHORT, TABLE, dtype_name, size_of
from wengert.base.errors import DTypeError, ShapeError
from wengert.ir.dim import Dim, parse_dim, product

Shape = tuple[int | Dim, ...]


class _Hashed:
    """Room for the hash: eager steps look types up in tables."""

    __slots__ = ("_hash",)
    _hash: int


@dataclass(frozen=True, slots=True)
class TensorType(_Hashed):
    """A shape, whose lengths are ints or symbolic, and a dtype by name."""

    shape: Shape
    dtype: str = "float32"

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            object.__setattr__(self, "_hash", hash((self.shape, self.dtype)))
            return self._hash

    @property
    def rank(self) -> int:
        return len(self.shape)

    # As where a shape is expected: `x[-1]` in a layer's `build(x)`.
    def __getitem__(self, axis: Any) -> Any:
        return self.shape[axis]

    def __len__(self) -> int:
        return len(self.shape)

    def __iter__(self) -> Iterator[int | Dim]:
        return iter(self.shape)

    def __bool__(self) -> bool:
        return True

    @property
    def size(self) -> int | Dim:
        """Number of elements."""
        return product(self.shape)

    @property
    def nbytes(self) -> int | Dim:
        return self.size * size_of(self.dtype)

    def dims(self) -> set[str]:
        """Names of the unknown lengths in the shape."""
        return set().union(*(d.names() for d in self.shape if isinstance(d, Dim)))

    def __str__(self) -> str:
        return f"{TABLE[self.dtype].short}[{','.join(map(str, self.shape))}]"

    @staticmethod
    def parse(text: str) -> TensorType:
        """The type that `str` printed.

        Example:
            >>> str(TensorType.parse("f32[batch,784]"))
            'f32[batch,784]'
        """
        short, bracket, rest = text.strip().partition("[")
        if short not in SHORT:
            raise DTypeError(f"type: a dtype must be one of {', '.join(SHORT)}; got {short!r} in {text!r}.")
        if not bracket or not rest.endswith("]"):
            raise ShapeError(f"type: must read like f32[batch,784]; got {text!r}.")
        return TensorType(tuple(map(parse_dim, split_top(rest[:-1]))), SHORT[short])


def split_top(text: str) -> list[str]:
    """Split at the commas that are not inside of parentheses."""
    parts, depth, start = [], 0, 0
    for at, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [p for p in [*parts, text[start:]] if p.strip()]


def type_of(x: object) -> TensorType:
    """The type of a tensor, a node, an array or a Python number."""
    found = getattr(x, "type", None)
    if isinstance(found, (TensorType, tuple)):
        return found  # type: ignore[return-value]  # a tuple only for the results of control flow
    a = numbers(x)
    kind = (a.shape, a.dtype)
    known = _OF_ARRAYS.get(kind)
    if known is None:
        if len(_OF_ARRAYS) >= _MOST:
            _OF_ARRAYS.clear()
        known = _OF_ARRAYS[kind] = TensorType(a.shape, dtype_name(a.dtype))
    return known


def numbers(x: object) -> np.ndarray[Any, Any]:
    """x as NumPy has it.

    Raises:
        DTypeError: there is something else than numbers in it, or its rows are not equally long.
    """
    try:
        a = np.asarray(x)
    except ValueError:
        a = np.empty(0, object)
    if a.dtype.kind in "OUSMm" or (a.dtype.kind == "V" and a.dtype.name not in TABLE):
        text = " ".join(repr(x).split())
        raise DTypeError(
            f"values: must be numbers, in rows of equal length; got {type(x).__name__} "
            f"{text if len(text) <= 60 else text[:57] + '...'}."
        )
    return a


# Equal types are mostly one object: a table that is keyed by types then finds it without comparing shapes.
_OF_ARRAYS: dict[Any, TensorType] = {}
_MOST = 4096
