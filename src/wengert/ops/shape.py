"""Functions that move elements and compute nothing, by their array-API names."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

import numpy as np

from wengert.base.dtypes import promote
from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.dim import Dim, product
from wengert.ir.types import Shape, TensorType, type_of
from wengert.ops.operands import Array, Axis, array, known, normalize_axes, normalize_axis
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


def reshape(x: Array, shape: Lengths) -> Array:
    """The same elements in the same (row-major) order; one length may be -1: what is left.

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


def broadcast_to(x: Array, shape: Lengths) -> Array:
    """x repeated along new leading axes and axes of length 1."""
    x = array(x)
    target = shape_tuple("broadcast_to", shape)
    if operators.broadcast_shapes(type_of(x).shape, target) != target:
        raise ShapeError(
            f"broadcast_to: {type_of(x)} must fit the shape from the right; got {_show(target)}."
        )
    return operators.broadcast_to(x, target)


def transpose(x: Array, axes: Sequence[int] | None = None) -> Array:
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


def matrix_transpose(x: Array) -> Array:
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


def swapaxes(x: Array, axis1: int, axis2: int) -> Array:
    """Two axes exchanged."""
    t = type_of(array(x))
    a, b = normalize_axis("swapaxes", axis1, t), normalize_axis("swapaxes", axis2, t)
    order = list(range(t.rank))
    order[a], order[b] = b, a
    return transpose(x, order)


def moveaxis(x: Array, source: int | Sequence[int], destination: int | Sequence[int]) -> Array:
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
    order = [a for a in range(t.rank) if a not in sources]
    for target, a in sorted(zip(targets, sources, strict=True)):
        order.insert(target, a)
    return transpose(x, order)


def expand_dims(x: Array, axis: int = 0) -> Array:
    """A new axis of length 1."""
    x = array(x)
    t = type_of(x)
    at = normalize_axis("expand_dims", axis, t, extra=1)
    return movement.reshape(x, shape=(*t.shape[:at], 1, *t.shape[at:]))


def squeeze(x: Array, axis: Axis = None) -> Array:
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


def concatenate(xs: Sequence[Array], axis: int = 0) -> Array:
    """Arrays one after the other along an axis; their other lengths must agree."""
    xs = [array(x) for x in xs]
    if not xs:
        raise ShapeError("concatenate: at least one array is needed; got none.")
    at = normalize_axis("concatenate", axis, type_of(xs[0]))
    dtype = type_of(xs[0]).dtype
    for x in xs[1:]:
        dtype = promote(dtype, type_of(x).dtype)
    return slicing.concatenate(*(operators.cast(x, dtype) for x in xs), axis=at)


concat = concatenate


def stack(xs: Sequence[Array], axis: int = 0) -> Array:
    """Arrays of one shape along a new axis."""
    return concatenate([expand_dims(x, axis) for x in xs], axis)


def split(x: Array, sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """Pieces along an axis: so many equal ones, or cut at the positions given."""
    x = array(x)
    t = type_of(x)
    at = normalize_axis("split", axis, t)
    length = known("split", "the length of the axis", t.shape[at])
    if isinstance(sections, int):
        if sections <= 0 or length % sections:
            raise ShapeError(f"split: axis {axis} of {t} must divide into equal parts; got {sections} parts.")
        cuts = list(range(0, length + 1, length // sections)) if length else [0] * (sections + 1)
    else:
        cuts = [0, *(min(max(c + length if c < 0 else c, 0), length) for c in sections), length]
    return [slice_axis(x, at, a, max(a, b)) for a, b in zip(cuts, cuts[1:], strict=False)]


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


def flip(x: Array, axis: Axis = None) -> Array:
    """The order of elements reversed along axes (all by default)."""
    x = array(x)
    axes = normalize_axes("flip", axis, type_of(x))
    return movement.reverse(x, axes=axes) if axes else x


def roll(x: Array, shift: int, axis: int) -> Array:
    """Elements moved along an axis; those that leave come in again at the other end."""
    x = array(x)
    t = type_of(x)
    at = normalize_axis("roll", axis, t)
    length = known("roll", "the length of the axis", t.shape[at])
    cut = -shift % length if length else 0
    if cut == 0:
        return x
    return slicing.concatenate(slice_axis(x, at, cut, length), slice_axis(x, at, 0, cut), axis=at)


def tile(x: Array, repeats: int | Sequence[int]) -> Array:
    """x laid out side by side, so many times along each axis."""
    x = array(x)
    counts = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    rank = max(type_of(x).rank, len(counts))
    counts = (1,) * (rank - len(counts)) + counts
    x = reshape(x, (1,) * (rank - type_of(x).rank) + type_of(x).shape)
    shape = type_of(x).shape
    pairs = [n for count, length in zip(counts, shape, strict=True) for n in (count, length)]
    apart = reshape(x, tuple(n for length in shape for n in (1, length)))
    return reshape(
        operators.broadcast_to(apart, tuple(pairs)), tuple(c * n for c, n in zip(counts, shape, strict=True))
    )


def repeat(x: Array, repeats: int, axis: int) -> Array:
    """Each element `repeats` times in a row along an axis."""
    x = array(x)
    t = type_of(x)
    at = normalize_axis("repeat", axis, t)
    before, n, after = t.shape[:at], t.shape[at], t.shape[at + 1 :]
    apart = operators.broadcast_to(reshape(x, (*before, n, 1, *after)), (*before, n, repeats, *after))
    return reshape(apart, (*before, n * repeats, *after))
