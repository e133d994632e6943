"""Nested lists, tuples and dicts, taken apart and put together as Keras does it: `wg.tree`.

Containers are lists, tuples, named tuples, deques and dicts, of these very types; all else is a leaf, None too. A
dict's children come in the order of its sorted keys, an OrderedDict's in its own. (`base/tree.py` is what layers use:
there None is no leaf, and dataclasses are containers.)
"""

from __future__ import annotations

import warnings
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from wengert.base.errors import ArgumentError, UsageError

__all__ = [
    "MAP_TO_NONE", "assert_same_paths", "assert_same_structure", "flatten", "flatten_with_path", "is_nested",
    "lists_to_tuples", "map_shape_structure", "map_structure", "map_structure_up_to", "pack_sequence_as", "traverse",
]  # fmt: skip

DICTS = (dict, OrderedDict, defaultdict)
SEQUENCES = (list, tuple, deque)
Path = tuple[Any, ...]


class MAP_TO_NONE:  # noqa: N801  # Keras's name
    """What a function gives to `traverse` for None to take the place of a part."""


def is_nested(structure: Any) -> bool:
    """Whether it is a container, rather than a leaf.

    Example:
        >>> import wengert as wg
        >>> wg.tree.is_nested({"foo": 42}), wg.tree.is_nested(42)
        (True, False)
    """
    return type(structure) in (*DICTS, *SEQUENCES) or _is_named_tuple(structure)


def _is_named_tuple(x: Any) -> bool:
    return isinstance(x, tuple) and hasattr(type(x), "_fields")


def _keys(structure: Any) -> list[Any]:
    """Keys or numbers of a container's children, in order."""
    if type(structure) not in DICTS:
        return list(range(len(structure)))
    if type(structure) is OrderedDict:
        return list(structure)
    try:
        return sorted(structure)
    except TypeError:  # keys of several types
        return sorted(structure, key=lambda k: (type(k).__qualname__, str(k)))


def _children(structure: Any) -> list[Any]:
    return [structure[k] for k in _keys(structure)]


def _with(structure: Any, children: Iterable[Any]) -> Any:
    """A container like it, of these children; a dict keeps the order that it was made in."""
    kind = type(structure)
    if _is_named_tuple(structure):
        return kind(*children)
    if kind in SEQUENCES:
        return deque(children, structure.maxlen) if kind is deque else kind(children)
    found = dict(zip(_keys(structure), children, strict=True))
    pairs = [(k, found[k]) for k in structure]
    return defaultdict(structure.default_factory, pairs) if kind is defaultdict else kind(pairs)


def _kind(structure: Any) -> Any:
    """What two containers must have in common to be alike: dicts of all kinds are, with the same keys."""
    if type(structure) in DICTS:
        return dict, frozenset(structure)
    return type(structure), len(structure)


def flatten(structure: Any) -> list[Any]:
    """The leaves, in order.

    Example:
        >>> import wengert as wg
        >>> wg.tree.flatten({"b": [1, None], "a": 2})
        [2, 1, None]
    """
    return [leaf for _, leaf in _leaves(structure, ())]


def flatten_with_path(structure: Any) -> list[tuple[Path, Any]]:
    """Pairs of a path, the keys and numbers on the way to a leaf, and the leaf.

    Example:
        >>> import wengert as wg
        >>> wg.tree.flatten_with_path([{"foo": 42}])
        [((0, 'foo'), 42)]
    """
    return list(_leaves(structure, ()))


def _leaves(structure: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if not is_nested(structure):
        yield path, structure
        return
    for key in _keys(structure):
        yield from _leaves(structure[key], (*path, key))


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """The structure with `func(leaf, *leaves of the others at its place)` for each leaf.

    Args:
        none_is_leaf: False keeps a None as it is.

    Raises:
        UsageError: structures differ.

    Example:
        >>> import wengert as wg
        >>> wg.tree.map_structure(lambda x, y: x * y, {"a": 2, "b": (3,)}, {"a": 4, "b": (5,)})
        {'a': 8, 'b': (15,)}
    """
    _require_called("map_structure", func, structures)
    for other in structures[1:]:
        _require_alike("map_structure", structures[0], other)

    def at_leaf(*leaves: Any) -> Any:
        return None if leaves[0] is None and not none_is_leaf else func(*leaves)

    return _map_up_to(structures[0], at_leaf, structures)


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """`shallow_structure` with `func(*parts of the structures at its place)` for each leaf.

    Raises:
        UsageError: a structure ends above a leaf of the shallow one.

    Example:
        >>> import wengert as wg
        >>> wg.tree.map_structure_up_to([0, 0], len, [[1, 1], [2, 2, 2]])
        [2, 3]
    """
    _require_called("map_structure_up_to", func, structures)
    for other in structures:
        _require_alike("map_structure_up_to", shallow_structure, other, deeper=True)
    return _map_up_to(shallow_structure, func, structures)


def _require_called(operation: str, func: Any, structures: Sequence[Any]) -> None:
    if not callable(func):
        raise ArgumentError(f"{operation}: func must be a function; got {func!r}.")
    if not structures:
        raise UsageError(f"{operation}: there must be at least one structure; got none.")


def _map_up_to(shallow: Any, func: Callable[..., Any], parts: Sequence[Any]) -> Any:
    if not is_nested(shallow):
        return func(*parts)
    return _with(shallow, (_map_up_to(shallow[k], func, [p[k] for p in parts]) for k in _keys(shallow)))


def _require_alike(operation: str, a: Any, b: Any, path: str = "", deeper: bool = False) -> None:
    """Raise UsageError where two structures differ. deeper: b may go on where a ends."""
    nested = is_nested(a), is_nested(b)
    if nested == (False, False) or (deeper and not nested[0]):
        return
    if nested != (True, True) or _kind(a) != _kind(b):
        raise UsageError(
            f"{operation}: structures must be nested alike; got {_told(a)} and {_told(b)}"
            f"{f' at {path}' if path else ''}. assert_same_paths lets lists and tuples be alike."
        )
    for key in _keys(a):
        _require_alike(operation, a[key], b[key], f"{path}[{key!r}]", deeper)


def _told(x: Any) -> str:
    """What a part is, for messages."""
    kind = type(x).__name__
    if not is_nested(x):
        return f"a leaf ({kind})"
    return f"a {kind} with the keys {_keys(x)}" if type(x) in DICTS else f"a {kind} of {len(x)}"


def assert_same_structure(a: Any, b: Any, check_types: bool | None = None) -> None:
    """Raise UsageError unless a and b are nested alike; leaves may be anything.

    Args:
        check_types: deprecated in Keras; without effect.

    Example:
        >>> import wengert as wg
        >>> wg.tree.assert_same_structure([(0, 1)], [(2, 3)])
        >>> wg.tree.assert_same_structure([0, 1], (0, 1))
        Traceback (most recent call last):
        wengert.base.errors.UsageError: assert_same_structure: structures must be nested alike; got a list of 2 and \
a tuple of 2. assert_same_paths lets lists and tuples be alike.
    """
    if check_types is not None:
        warnings.warn(
            "assert_same_structure: check_types has no effect; use assert_same_paths for a looser check.",
            DeprecationWarning,
            stacklevel=2,
        )
    _require_alike("assert_same_structure", a, b)


def assert_same_paths(a: Any, b: Any) -> None:
    """Raise UsageError unless a and b have leaves in the same places, in containers of any kind.

    Example:
        >>> import wengert as wg
        >>> wg.tree.assert_same_paths([0, 1], (2, 3))
    """
    mine, others = ({path: None for path, _ in _leaves(s, ())} for s in (a, b))
    more, less = ([p for p in x if p not in y] for x, y in ((mine, others), (others, mine)))
    if more or less:
        raise UsageError(
            f"assert_same_paths: the structures must have leaves in the same places; got "
            f"{more or 'none'} in the first only, {less or 'none'} in the second only."
        )


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """The structure with these leaves, in the order of `flatten`.

    Raises:
        UsageError: there are more or fewer than it has.

    Example:
        >>> import wengert as wg
        >>> wg.tree.pack_sequence_as({"key3": "", "key1": ""}, ["value1", "value3"])
        {'key3': 'value3', 'key1': 'value1'}
    """
    if not isinstance(flat_sequence, Iterable):
        raise ArgumentError(f"pack_sequence_as: flat_sequence must be a sequence; got {flat_sequence!r}.")
    leaves, count = list(flat_sequence), len(flatten(structure))
    if len(leaves) != count:
        raise UsageError(f"pack_sequence_as: there must be {count} leaves; got {len(leaves)}.")
    rest = iter(leaves)
    return _map_up_to(structure, lambda _: next(rest), [structure])


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """The structure with `func(part)` in the place of each part, the whole included, for which that is not None.

    Args:
        func: gives `MAP_TO_NONE` where None should take the place.
        top_down: ask for a container before its children, which nobody asks for if it is replaced; else after them.

    Example:
        >>> import wengert as wg
        >>> wg.tree.traverse(lambda x: x + 1 if isinstance(x, int) else None, [1, (2, 3)])
        [2, (3, 4)]
    """
    if not callable(func):
        raise ArgumentError(f"traverse: func must be a function; got {func!r}.")

    def below() -> Any:
        if not is_nested(structure):
            return structure
        return _with(structure, (traverse(func, child, top_down) for child in _children(structure)))

    given = structure if top_down else below()
    found = func(given)
    if found is None:
        return below() if top_down else given
    return None if found is MAP_TO_NONE else found


def lists_to_tuples(structure: Any) -> Any:
    """The structure with tuples for lists.

    Example:
        >>> import wengert as wg
        >>> wg.tree.lists_to_tuples([1, {"a": [2]}])
        (1, {'a': (2,)})
    """
    return traverse(lambda x: tuple(x) if isinstance(x, list) else None, structure, top_down=False)


def map_shape_structure(func: Callable[[Any], Any], structure: Any) -> Any:
    """The structure with `func(shape)` for each shape in it, a tuple or list of lengths or None.

    Example:
        >>> import wengert as wg
        >>> wg.tree.map_shape_structure(len, {"a": (None, 3), "b": [(2,), (2, 2)]})
        {'a': 2, 'b': [1, 2]}
    """
    is_shape = isinstance(structure, list | tuple) and all(n is None or isinstance(n, int) for n in structure)
    if is_shape or not is_nested(structure):
        return func(structure)
    return _with(structure, (map_shape_structure(func, child) for child in _children(structure)))
