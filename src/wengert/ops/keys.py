"""Keys: what stands in `x[...]`, taken apart by NumPy's rules.

A key is done in two steps. Ints, slices and None pick a regular part of x (`Part`); arrays of integers and masks
then pick elements of that part, together (`Arrays`). Reading and updating are both written on these two.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import TABLE
from wengert.base.errors import DTypeError, IndexRangeError, UsageError
from wengert.ir import operators
from wengert.ir.dim import Dim, product
from wengert.ir.operators import broadcast_shapes, show_shape
from wengert.ir.types import Shape, TensorType, type_of
from wengert.ops.operands import Array, array
from wengert.ops.shape import reshape, transpose
from wengert.prims import arithmetic, movement, slicing
from wengert.prims.indexing import outside, wrap_index, wrapped

NEITHER = "ints, slices, None, '...', booleans, and arrays of integers or booleans"


@dataclass(frozen=True)
class Part:
    """x[start:stop:step] along every axis, turned around along `reverse`, in the shape `shape`.

    whole: it is all of x, in its shape.
    """

    start: Shape
    stop: Shape
    step: tuple[int, ...]
    reverse: tuple[int, ...]
    shape: Shape
    whole: bool


@dataclass(frozen=True)
class Arrays:
    """Arrays of indices, each from the front, for axes of a part of x.

    shape: what they broadcast to. at: where its axes stand among those of the part that stay.
    """

    axes: tuple[int, ...]
    indices: tuple[Array, ...]
    shape: Shape
    at: int


@dataclass(frozen=True)
class _Entry:
    """One array of a key: its indices, which axis of x they are of (None for a lone True or False)."""

    indices: Array
    axis: int | None


def parse(key: Any, t: TensorType, name: str = "index") -> tuple[Part, Arrays | None]:
    """The two steps that a key of an array of type `t` is done in.

    Raises:
        IndexRangeError: an index or a mask does not fit its axis; there are more indices than axes.
        DTypeError: an entry is of another kind.
        UsageError: a mask is not known before the program runs.
    """
    entries = _complete(key if isinstance(key, tuple) else (key,), t, name)
    return _Parser(t, name).run(entries)


class _Parser:
    """Goes through the entries of a key, axis by axis."""

    def __init__(self, t: TensorType, name: str) -> None:
        self.t, self.name = t, name
        self.start: list[int | Dim] = []
        self.stop: list[int | Dim] = []
        self.step: list[int] = []
        self.reverse: list[int] = []
        self.shape: list[int | Dim] = []
        self.arrays: list[tuple[Array, int | None]] = []  # indices, and their axis of the part
        self.places: list[int] = []  # where in the key arrays and ints stand
        self.first = 0  # axes of the result before the first of them

    def run(self, entries: list[Any]) -> tuple[Part, Arrays | None]:
        stay = 0
        for n, k in enumerate(entries):
            if k is Ellipsis:
                continue
            if k is None:
                self.shape.append(1)
                stay += 1
            elif isinstance(k, slice):
                self._slice(k)
                stay += 1
            else:
                if not self.places:
                    self.first = stay
                self.places.append(n)
                self._pick(k)
        shape = tuple(self.shape)
        whole = not self.reverse and shape == self.t.shape and tuple(self.stop) == shape
        whole = whole and all(d == 1 for d in self.step)
        part = Part(tuple(self.start), tuple(self.stop), tuple(self.step), tuple(self.reverse), shape, whole)
        return part, self._arrays()

    def _arrays(self) -> Arrays | None:
        if not self.arrays:
            return None
        together = self.places[-1] - self.places[0] == len(self.places) - 1
        try:
            shape = broadcast_shapes(*(type_of(k).shape for k, _ in self.arrays))
        except ValueError:
            shapes = ", ".join(show_shape(type_of(k).shape) for k, _ in self.arrays)
            raise IndexRangeError(
                f"{self.name}: arrays of indices must broadcast together; got {shapes} for {self.t}."
            ) from None
        found = [(k, a) for k, a in self.arrays if a is not None]
        axes, indices = tuple(a for _, a in found), tuple(k for k, _ in found)
        return Arrays(axes, indices, shape, self.first if together else 0)

    @property
    def axis(self) -> int:
        """The axis of x that comes next."""
        return len(self.start)

    def _take(self, start: int | Dim, stop: int | Dim, step: int = 1) -> None:
        self.start.append(start)
        self.stop.append(stop)
        self.step.append(step)

    def _slice(self, s: slice) -> None:
        length = self.t.shape[self.axis]
        step = 1 if s.step is None else _integer(s.step, self.name, "a step")
        if step == 0:
            raise IndexRangeError(f"{self.name}: a step must not be 0; got {_show(s)}.")
        start, stop = (
            self._symbolic_range(s, step, length)
            if isinstance(length, Dim)
            else _range(s, step, length, self.name)
        )
        if step < 0:
            self.reverse.append(self.axis)
        self._take(start, stop, abs(step))
        self.shape.append((stop - start + abs(step) - 1) // abs(step))

    def _symbolic_range(self, s: slice, step: int, length: Dim) -> tuple[int | Dim, int | Dim]:
        """Start and stop, from the front, of what is taken of an axis whose length is not known."""
        first, end = (None if p is None else self._position(p, length) for p in (s.start, s.stop))
        if step > 0:
            return first or 0, length if end is None else end
        if step == -1:
            return 0 if end is None else end + 1, length if first is None else first + 1
        raise IndexRangeError(
            f"{self.name}: along axis {self.axis}, whose length {length} is not known before the program runs, a "
            f"step must be positive or -1; got {_show(s)}. Slice twice: x[::-1][::{-step}]."
        )

    def _position(self, p: Any, length: Dim) -> int | Dim:
        if isinstance(p, Dim):
            return p
        at = _integer(p, self.name, "an end of a slice")
        return at if at >= 0 else length + at

    def _pick(self, k: Any) -> None:
        """An int, or an array of indices."""
        if not isinstance(k, _Entry):
            length = self.t.shape[self.axis]
            if not isinstance(length, Dim):
                at = int(wrapped(np.asarray(k), size=length, axis=self.axis, name=self.name))
                self._take(at, at + 1)
                return
            k = _Entry(np.asarray(k), self.axis)  # whether there is such an element is seen at run time
        if k.axis is None:
            self.arrays.append((k.indices, None))
            return
        length = self.t.shape[k.axis]
        self.arrays.append((_checked(k.indices, length, k.axis, self.name), len(self.shape)))
        self._take(0, length)
        self.shape.append(length)


def _range(s: slice, step: int, length: int, name: str) -> tuple[int, int]:
    """Start and stop, from the front, of the elements that a slice takes: the last one is at stop - 1."""
    first, end = (None if p is None else _integer(p, name, "an end of a slice") for p in (s.start, s.stop))
    taken = range(*slice(first, end, step).indices(length))
    if not taken:
        return 0, 0
    low, high = sorted((taken[0], taken[-1]))
    return low, high + 1


def _integer(p: Any, name: str, what: str) -> int:
    """A Python int from whatever counts as one."""
    try:
        return operator.index(p)
    except TypeError:
        raise DTypeError(
            f"{name}: {what} must be an int known before the program runs; got {p!r}. For a window whose place "
            f"is computed use take(x, start + wg.arange(size), axis)."
        ) from None


def _checked(indices: Array, length: int | Dim, axis: int, name: str) -> Array:
    """Indices from the front; what is known now is checked now."""
    if isinstance(indices, np.ndarray) and isinstance(length, int):
        return wrapped(indices, size=length, axis=axis, name=name)
    if length == 0 and type_of(indices).size != 0:
        raise IndexRangeError(outside(name, 0, axis, 0))
    return wrap_index(indices, size=length, axis=axis, name=name, wrap=True)


def _complete(key: tuple[Any, ...], t: TensorType, name: str) -> list[Any]:
    """The key with `...` written out and what is missing at the end added; a mask as one entry for each axis."""
    found = [_entries(k, t, name) for k in key]
    used = sum(_width(k) for k in found)
    dots = [n for n, k in enumerate(found) if k is Ellipsis]
    if used > t.rank or len(dots) > 1:
        raise IndexRangeError(
            f"{name}: as many indices as axes at most, and one '...'; got {used} indices and {len(dots)} '...' "
            f"for {t}."
        )
    at = dots[0] + 1 if dots else len(found)  # `...` itself stays: it parts arrays, be it of no axes
    whole = [*found[:at], *[slice(None)] * (t.rank - used), *found[at:]]
    entries: list[Any] = []
    axis = 0
    for k in whole:
        if isinstance(k, _Mask):
            entries += k.entries(t, axis, name)
        elif isinstance(k, _Entry):
            entries.append(_Entry(k.indices, axis))
        else:
            entries.append(k)
        axis += _width(k)
    return entries


def _width(k: Any) -> int:
    """How many axes of x an entry is for."""
    if isinstance(k, _Mask):
        return k.value.ndim
    return 0 if k is None or k is Ellipsis else 1


@dataclass(frozen=True)
class _Mask:
    """An array of booleans that is known."""

    value: np.ndarray

    def entries(self, t: TensorType, axis: int, name: str) -> list[_Entry]:
        """Where it holds: an array of indices for each of its axes."""
        if not self.value.ndim:
            return [_Entry(np.zeros(int(self.value), np.int64), None)]
        over = t.shape[axis : axis + self.value.ndim]
        if self.value.shape != over:
            raise IndexRangeError(
                f"{name}: a mask must have the lengths of the axes that it is for, {show_shape(over)}; got "
                f"{type_of(self.value)} for {t}."
            )
        return [_Entry(k, axis + n) for n, k in enumerate(np.nonzero(self.value))]


def _entries(k: Any, t: TensorType, name: str) -> Any:
    """An entry of a key: None, ..., a slice, an int, an array of indices, or a mask."""
    if k is None or k is Ellipsis or isinstance(k, slice):
        return k
    if isinstance(k, bool | np.bool_):
        return _Mask(np.asarray(k))
    if isinstance(k, int | np.integer):
        return int(k)
    if isinstance(k, list | tuple) and not k:
        k = np.zeros(0, np.int64)
    if isinstance(k, str | float | complex | Dim | slice) or not _is_array(k):
        raise DTypeError(f"{name}: a key must be made of {NEITHER}; got {k!r} for {t}.")
    k = array(k)
    type_, value = type_of(k), known_value(k)
    kind = TABLE[type_.dtype].kind
    if kind == "b":
        if value is None:
            raise UsageError(
                f"{name}: a mask picks a number of elements that is not known before the program runs; got "
                f"{type_} for {t}. Use wg.where(mask, x, 0), or index outside of the recorded function."
            )
        return _Mask(value)
    if kind not in "iu":
        raise DTypeError(f"{name}: a key must be made of {NEITHER}; got {type_} for {t}. Use astype first.")
    return _Entry(k if value is None else value, 0)


def _is_array(k: Any) -> bool:
    """Whether it can be taken for an array of numbers."""
    if hasattr(k, "interpret") or isinstance(k, np.ndarray | np.generic):
        return True
    if not isinstance(k, list | tuple):
        return hasattr(k, "__array__")
    return all(isinstance(e, bool | int | float) or _is_array(e) for e in k)


def known_value(x: Array) -> np.ndarray | None:
    """The elements, of what has them now; None of what is being recorded."""
    if isinstance(x, np.ndarray):
        return x
    if getattr(x, "level", 0) > 1:  # a node, or a variable while a function is recorded
        value = getattr(x, "value", None) if not hasattr(x, "assign") else None
        return value if isinstance(value, np.ndarray) else None
    return np.asarray(x)


def _show(s: slice) -> str:
    return ":".join("" if p is None else str(p) for p in (s.start, s.stop, s.step))


# --- reading --------------------------------------------------------------------------------------


def take_part(x: Array, part: Part) -> Array:
    """The regular part of x that ints and slices pick."""
    if part.whole:
        return x
    t = type_of(x)
    if part.start != (0,) * t.rank or part.stop != t.shape or any(d != 1 for d in part.step):
        x = slicing.slice(x, start=part.start, stop=part.stop, step=part.step)
    if part.reverse:
        x = movement.reverse(x, axes=part.reverse)
    return reshape(x, part.shape)


def in_one_axis(y: Array, arrays: Arrays) -> tuple[Array, Array, int]:
    """The axes that arrays of indices are for made into one, and the indices into it; which axis it is."""
    t, at = type_of(y), arrays.at
    lengths = [t.shape[a] for a in arrays.axes]
    moved = transpose(y, order_of(t.rank, arrays))
    shape = type_of(moved).shape
    merged = reshape(moved, (*shape[:at], product(lengths), *shape[at + len(lengths) :]))
    return merged, operators.broadcast_to(_flat(arrays.indices, lengths), arrays.shape), at


def order_of(rank: int, arrays: Arrays) -> list[int]:
    """The axes in an order where those with arrays of indices stand together, where their result will."""
    others = [a for a in range(rank) if a not in arrays.axes]
    return [*others[: arrays.at], *arrays.axes, *others[arrays.at :]]


def _flat(indices: Sequence[Array], lengths: Sequence[int | Dim]) -> Array:
    """Positions in axes merged into one."""
    flat: Array = np.zeros((), np.int64)
    for n, (k, length) in enumerate(zip(indices, lengths, strict=True)):
        flat = (
            arithmetic.add(*operators.common(arithmetic.mul(*operators.common(flat, length)), k)) if n else k
        )
    return flat
