"""Trees: nested dicts, lists, tuples and dataclasses of leaves, taken apart and put together again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from wengert.base.errors import UsageError

LEAF = "leaf"


def flatten(tree: Any, leaf: type | tuple[type, ...] = ()) -> tuple[list[Any], Hashable]:
    """The leaves in order, and the structure without them (hashable; `unflatten` puts leaves back).

    leaf: kinds of values that are leaves, even if they are trees by themselves.

    Example:
        >>> flatten({"b": 1, "a": (2, 3)})[0]
        [2, 3, 1]
    """
    leaves: list[Any] = []
    return leaves, _take(tree, leaves, leaf)


def _take(tree: Any, leaves: list[Any], leaf: type | tuple[type, ...]) -> Hashable:
    if tree is None:
        return None
    if isinstance(tree, dict):
        return (dict, tuple((k, _take(tree[k], leaves, leaf)) for k in sorted(tree, key=_place)))
    if isinstance(tree, list | tuple):
        kind = type(tree)
        return (kind, tuple(_take(x, leaves, leaf) for x in tree))
    if isinstance(tree, leaf):
        leaves.append(tree)
        return LEAF
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type) and not hasattr(tree, "interpret"):
        names = tuple(f.name for f in dataclasses.fields(tree))
        return (type(tree), tuple((n, _take(getattr(tree, n), leaves, leaf)) for n in names))
    leaves.append(tree)
    return LEAF


def _place(key: Any) -> tuple[str, Any]:
    """Keys of one type stand in their order, those of different types beside each other."""
    return type(key).__name__, key


def unflatten(structure: Any, leaves: list[Any]) -> Any:
    """The tree of this structure with these leaves."""
    return _put(structure, iter(leaves))


def _put(structure: Any, leaves: Iterator[Any]) -> Any:
    if structure is None:
        return None
    if structure == LEAF:
        return next(leaves)
    kind, parts = structure
    if kind is dict:
        return {k: _put(s, leaves) for k, s in parts}
    if dataclasses.is_dataclass(kind):
        return kind(**{k: _put(s, leaves) for k, s in parts})  # type: ignore[operator]
    items = [_put(s, leaves) for s in parts]
    return kind(*items) if hasattr(kind, "_fields") else kind(items)


def tree_map(f: Callable[..., Any], tree: Any, *rest: Any) -> Any:
    """The tree with `f(leaf, *leaves of the others at the same place)` at each leaf."""
    leaves, structure = flatten(tree)
    others = [flatten(r) for r in rest]
    for k, (_, other) in enumerate(others, 1):
        if other != structure:
            raise UsageError(
                f"tree_map: trees must have one structure; got {structure} and, number {k}, {other}."
            )
    return unflatten(structure, [f(*xs) for xs in zip(leaves, *(x for x, _ in others), strict=True)])
