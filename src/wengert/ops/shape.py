"""Functions that move elements and compute nothing, by their array-API names."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.dim import Dim, product
from wengert.ir.types import Shape, TensorType, type_of
from wengert.ops.operands import Array, Axis, array, normalize_axes, normalize_axis
from wengert.prims import movement, slicing

Lengths = int | Dim | Sequence[int | Dim]


def shape_tuple(name: str, shape: Lengths) -> Shape:
    """A shape as a tuple of lengths.

    Raises:
        ShapeError: something in it is no length.
    """
    lengths = (shape,) if isinstance(shape, int | np.integer | Dim) else tuple(shape)
    for n in lengths:
        if isinstance(n, bool) or not isinstance(n, int | np.integer | Dim):
            raise ShapeError(f"{name}: a shape must be made of ints; got {shape!r}.")
    return tuple(n if isinstance(n, Dim) else int(n) for n in lengths)


def reshape(x: Array, /, shape: Lengths, *, copy: bool | None = None) -> Array:
    """The same elements in the same (row-major) order; one length may be -1: what is left.

    Args:
        copy: changes nothing: tensors are immutable, so whether two share memory cannot be seen.

    Raises:
        ShapeError: the shape does not hold as many elements.
    """
    x = array(x)
    t = type_of(x)
    lengths = shape_tuple("reshape", shape)
    if -1 in lengths:
        lengths = _fill_hole(t, lengths)
    if lengths == t.shape:
        return x
    if product(lengths) != t.size or builtins.any(isinstance(n, int) and n < 0 for n in lengths):
        raise ShapeError(f"reshape: the shape must hold the {t.size} elements of {t}; got {_show(lengths)}.")
    return movement.reshape(x, shape=lengths)


def _fill_hole(t: TensorType, lengths: Shape) -> Shape:
    """The lengths with what is left in place of -1."""
    rest, size = product(n for n in lengths if n != -1), t.size
    hole: int | Dim | None = None
    if isinstance(size, Dim):
        hole = size // rest if isinstance(rest, Dim) or rest > 0 else None
    elif isinstance(rest, int) and rest > 0 and size % rest == 0:
        hole = size // rest
    if hole is None or lengths.count(-1) > 1:
        raise ShapeError(f"reshape: {t} must fill the shape, one -1 at most; got {_show(lengths)}.")
    return tuple(hole if n == -1 else n for n in lengths)


def _show(shape: Shape) -> str:
    return operators.show_shape(shape)


def broadcast_to(x: Array, /, shape: Lengths) -> Array:
    """x repeated along new leading axes and axes of length 1."""
    x = array(x)
    target = shape_tuple("broadcast_to", shape)
    if operators.broadcast_shapes(type_of(x).shape, target) != target:
        raise ShapeError(
            f"broadcast_to: {type_of(x)} must fit the shape from the right; got {_show(target)}."
        )
    return operators.broadcast_to(x, target)


def broadcast_arrays(*arrays: Array) -> tuple[Array, ...]:
    """All arrays in the shape that they broadcast to together; each keeps its dtype."""
    arrays = tuple(map(array, arrays))
    shape = operators.broadcast_shapes(*(type_of(x).shape for x in arrays))
    return tuple(operators.broadcast_to(x, shape) for x in arrays)


def meshgrid(*arrays: Array, indexing: str = "xy") -> tuple[Array, ...]:
    """Coordinates of all points of a grid, one array an axis, from the coordinates along each axis.

    Args:
        indexing: `ij`: the axes come in the order of the arrays; `xy`: the first two exchanged, as in pictures.

    Raises:
        ValueRangeError: another `indexing`.
        ShapeError: an array has more than one axis.
    """
    if indexing not in ("xy", "ij"):
        raise ValueRangeError(f"meshgrid: indexing must be 'xy' or 'ij'; got {indexing!r}.")
    arrays = tuple(map(array, arrays))
    for x in arrays:
        if type_of(x).rank > 1:
            raise ShapeError(f"meshgrid: each array must have one axis; got {type_of(x)}.")
    places = list(range(len(arrays)))
    if indexing == "xy":
        places[:2] = places[1::-1] if len(places) > 1 else places
    columns = (
        reshape(x, tuple(type_of(x).size if a == place else 1 for a in range(len(arrays))))
        for x, place in zip(arrays, places, strict=True)
    )
    return broadcast_arrays(*columns)


def transpose(x: Array, /, axes: Sequence[int] | None = None) -> Array:
    """The axes in another order; reversed when none is given."""
    x = array(x)
    t = type_of(x)
    if axes is None:
        perm = tuple(reversed(range(t.rank)))
    else:
        perm = tuple(normalize_axis("transpose", a, t) for a in axes)
        if sorted(perm) != list(range(t.rank)):
            raise ShapeError(f"transpose: axes must name each axis of {t} once; got {tuple(axes)}.")
    return x if perm == tuple(range(t.rank)) else movement.transpose(x, perm=perm)


permute_dims = transpose


def matrix_transpose(x: Array, /) -> Array:
    """The last two axes exchanged.

    Raises:
        ShapeError: x has fewer than two axes.
    """
    if type_of(array(x)).rank < 2:
        raise ShapeError(f"matrix_transpose: x must have two axes or more; got {type_of(array(x))}.")
    return swapaxes(x, -1, -2)


def swapaxes(x: Array, axis1: int, axis2: int) -> Array:
    """Two axes exchanged."""
    t = type_of(array(x))
    a, b = normalize_axis("swapaxes", axis1, t), normalize_axis("swapaxes", axis2, t)
    order = list(range(t.rank))
    order[a], order[b] = b, a
    return transpose(x, order)


def moveaxis(x: Array, source: int | Sequence[int], destination: int | Sequence[int], /) -> Array:
    """Axes moved to new places; the others keep their order."""
    t = type_of(array(x))
    sources = [source] if isinstance(source, int) else list(source)
    targets = [destination] if isinstance(destination, int) else list(destination)
    if len(sources) != len(targets):
        raise ShapeError(
            f"moveaxis: as many destinations as sources are needed; got {sources} and {targets}."
        )
    sources = [normalize_axis("moveaxis", a, t) for a in sources]
    targets = [normalize_axis("moveaxis", a, t) for a in targets]
    if len(set(sources)) < len(sources) or len(set(targets)) < len(targets):
        raise ShapeError(f"moveaxis: an axis must be named once; got {source} and {destination} for {t}.")
    order = [a for a in range(t.rank) if a not in sources]
    for target, a in sorted(zip(targets, sources, strict=True)):
        order.insert(target, a)
    return transpose(x, order)


def expand_dims(x: Array, /, axis: int = 0) -> Array:
    """A new axis of length 1."""
    x = array(x)
    t = type_of(x)
    at = normalize_axis("expand_dims", axis, t, extra=1)
    return movement.reshape(x, shape=(*t.shape[:at], 1, *t.shape[at:]))


def squeeze(x: Array, /, axis: Axis = None) -> Array:
    """Axes of length 1 removed: those named, or all.

    Raises:
        ShapeError: a named axis is not of length 1.
    """
    x = array(x)
    t = type_of(x)
    ones = tuple(a for a, n in enumerate(t.shape) if n == 1)
    gone = ones if axis is None else normalize_axes("squeeze", axis, t)
    if builtins.any(t.shape[a] != 1 for a in gone):
        raise ShapeError(f"squeeze: the axis must be of length 1; got axis {axis} of {t}.")
    return reshape(x, tuple(n for a, n in enumerate(t.shape) if a not in gone))


def flatten(x: Array, start_axis: int = 0) -> Array:
    """All axes from `start_axis` on made into one."""
    t = type_of(array(x))
    return reshape(x, (*t.shape[:start_axis], product(t.shape[start_axis:])))


def slice_axis(x: Array, axis: int, start: int | Dim, stop: int | Dim, step: int = 1) -> Array:
    """Elements start, start + step, ... below stop, of one axis."""
    shape = type_of(x).shape
    if isinstance(start, int) and start == 0 and stop == shape[axis] and step == 1:
        return x
    before, after = shape[:axis], shape[axis + 1 :]
    return slicing.slice(
        x,
        start=(*(0 for _ in before), start, *(0 for _ in after)),
        stop=(*before, stop, *after),
        step=(*(1 for _ in before), step, *(1 for _ in after)),
    )


def flip(x: Array, /, axis: Axis = None) -> Array:
    """The order of elements reversed along axes (all by default)."""
    x = array(x)
    axes = normalize_axes("flip", axis, type_of(x))
    return movement.reverse(x, axes=axes) if axes else x
