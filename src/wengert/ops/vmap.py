"""vmap: a function of one example applied to a batch of them, in one go."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from wengert.base.errors import ShapeError, UsageError
from wengert.base.tree import flatten, unflatten
from wengert.ir.boundary import boundary
from wengert.ir.types import TensorType, type_of
from wengert.ops.call import of_leaves
from wengert.ops.follow import value_of
from wengert.ops.operands import normalize_axis
from wengert.prims.movement import lead, move_axis
from wengert.runtime.capture import capture
from wengert.runtime.tensor import as_array
from wengert.transforms.vmap import vmap as vectorise

Axes = Any  # an int, None, or a tree of them over (a prefix of) the tree of arguments or results


def vmap(f: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0) -> Callable[..., Any]:
    """f, written for one example, for a batch: `out[i] = f(x[i])`, computed together.

    f is recorded once, as a graph, for one example; then each of its steps is made into one for the batch. It
    may contain anything, control flow and derivatives included. What it uses of its surroundings is the same
    for all examples; so are random numbers that it draws from a stream that is.

    Args:
        in_axes: which axis of the arguments is the batch; None: the same value for all. One for all of them,
            or a tuple with one for each, which may be a tree like the argument. Keyword arguments have it in
            front.
        out_axes: where the batch's axis goes in the results; None where a result is the same for all.

    Raises:
        ShapeError: an argument has no such axis, or the batches differ in length.

    Example:
        >>> import wengert as wg
        >>> dots = wg.vmap(lambda x, y: wg.sum(x * y), in_axes=(0, None))
        >>> dots(wg.ones((3, 2)), wg.Tensor([1.0, 2.0])).numpy()
        array([3., 3., 3.], dtype=float32)
    """

    @boundary
    @functools.wraps(f)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten((args, kwargs))
        axes = [*spread("in_axes", in_axes, args), *(0 for _ in flatten(kwargs)[0])]
        chosen = [k for k, a in enumerate(axes) if a is not None]
        rows = [_to_front(leaves[k], axes[k]) for k in chosen]
        size = _length(rows)
        types = [TensorType(r.shape[1:], r.dtype) for r in map(type_of, rows)]
        found = capture(of_leaves(f, leaves, structure, chosen), types)
        moved = [k < len(rows) for k in range(len(rows) + len(found.operands))]
        outs, flags = vectorise(found.graph, [*rows, *found.operands], moved, size)
        for v, new, m in zip(found.assigned, outs[found.results :], flags[found.results :], strict=True):
            if m:
                raise UsageError(
                    f"vmap: what is assigned to a variable must be the same for all examples; got one for "
                    f"each of {size} for {v.name!r}. Return it instead."
                )
            v.assign(new)
        results = unflatten(found.structure, outs[: found.results])
        places = spread("out_axes", out_axes, results)
        return unflatten(
            found.structure,
            [_placed(y, m, a, size) for y, m, a in zip(outs, flags, places, strict=False)],
        )

    return mapped


def spread(name: str, axes: Axes, tree: Any) -> list[int | None]:
    """One axis for each leaf of a tree, from a tree of axes that may stop above the leaves.

    Raises:
        UsageError: the axes are not nested as the tree is.
    """
    if axes is None or isinstance(axes, int):
        return [axes for _ in flatten(tree)[0]]
    parts, inner = _parts(axes), _parts(tree)
    if parts is None or inner is None or parts.keys() != inner.keys():
        raise UsageError(
            f"vmap: {name} must be an axis, None, or nested as what it is for; got {axes!r} for {tree!r}."
        )
    return [a for k in parts for a in spread(name, parts[k], inner[k])]


def _parts(tree: Any) -> dict[Any, Any] | None:
    """The children of a tree in the order of `flatten`; None for a leaf."""
    if isinstance(tree, dict):
        return {k: tree[k] for k in sorted(tree)}
    if isinstance(tree, list | tuple):
        return dict(enumerate(tree))
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return {f.name: getattr(tree, f.name) for f in dataclasses.fields(tree)}
    return None


def _to_front(x: Any, axis: int | None) -> Any:
    x = value_of(x if hasattr(x, "interpret") else as_array(x))
    assert axis is not None
    if not type_of(x).rank:
        raise ShapeError(
            f"vmap: an argument must have the batch as axis {axis}; got {type_of(x)}. Use in_axes=None for a "
            f"value that is the same for all."
        )
    return move_axis(x, normalize_axis("vmap", axis, type_of(x)), 0)


def _length(rows: list[Any]) -> Any:
    """The length that the batches share."""
    lengths = {type_of(r).shape[0] for r in rows}
    if len(lengths) != 1:
        raise ShapeError(
            f"vmap: batches must be of one length; got {', '.join(map(str, lengths)) or 'none'}. "
            f"Give at least one argument a batch axis, and all the same number of examples."
        )
    return lengths.pop()


def _placed(y: Any, moved: bool, axis: int | None, size: Any) -> Any:
    """A result with the batch's axis where it was asked for."""
    y = value_of(y)
    if axis is None:
        if moved:
            raise UsageError(
                f"vmap: a result with out_axes=None must be the same for all examples; got {type_of(y)}, one "
                f"for each of {size}. Name the axis."
            )
        return y
    y = y if moved else lead(y, size)
    return move_axis(y, 0, normalize_axis("vmap", axis, type_of(y)))
