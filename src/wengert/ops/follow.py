"""Follow a function from its arguments to its results, for any kind of derivative to go along the way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import is_inexact
from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.base.tree import flatten, unflatten
from wengert.ir.node import Node
from wengert.ir.operators import broadcast_to
from wengert.ir.primitive import REGISTRY
from wengert.ir.types import TensorType, type_of
from wengert.runtime.capture import node_of
from wengert.runtime.recording import current
from wengert.runtime.tape import bound, tape
from wengert.runtime.tensor import Tensor, fresh_leaf
from wengert.runtime.variable import Variable


@dataclass(frozen=True)
class Followed:
    """What a function made of its arguments: every result knows the steps that lead to it from the leaves."""

    leaves: list[Any]
    structure: Hashable  # of the arguments followed
    result: Any  # all that the function returned
    outs: list[Any]  # the leaves of what is differentiated: of the result, or of its first part if has_aux
    out_structure: Hashable


def follow(
    name: str,
    f: Callable[..., Any],
    args: Sequence[Any],
    argnums: Sequence[int],
    *,
    has_aux: bool = False,
    **kwargs: Any,
) -> Followed:
    """Call `f` on fresh values equal to the chosen arguments.

    A variable among them stands for itself: where `f` reads it, it reads the fresh value.
    """
    numbers = [n % len(args) for n in positions(name, args, argnums)]
    given, structure = flatten([args[n] for n in numbers])
    with tape(), contextlib.ExitStack() as bindings:
        leaves = [leaf(name, x) for x in given]
        for x, fresh in zip(given, leaves, strict=True):
            if isinstance(x, Variable):
                bindings.enter_context(bound(x, fresh))
        chosen = dict(zip(numbers, unflatten(structure, leaves), strict=True))
        result = f(*(chosen.get(k, a) for k, a in enumerate(args)), **kwargs)
        outs, out_structure = flatten(result[0] if has_aux else result)
        outs = [value_of(o) for o in outs]
    return Followed(leaves, structure, result, outs, out_structure)


def positions(name: str, args: Sequence[Any], argnums: Sequence[int]) -> Sequence[int]:
    """`argnums`, if there are such arguments."""
    if any(not -len(args) <= n < len(args) for n in argnums):
        raise UsageError(
            f"{name}: argnums must name positional arguments; got {tuple(argnums)} for {len(args)} of them."
        )
    return argnums


def leaf(name: str, x: Any) -> Any:
    """A fresh value equal to x, for derivatives to start from or to stop at."""
    value = x.value if isinstance(x, Variable) else x
    t = type_of(value)
    if not is_inexact(t.dtype):
        raise DTypeError(
            f"{name}: arguments to differentiate by must be floating-point; got {t}. "
            f"Convert with astype first."
        )
    if current() is not None:
        return REGISTRY["identity"](node_of(value))
    return fresh_leaf(value if isinstance(value, Tensor | np.ndarray) else Tensor(value))


def value_of(x: Any) -> Any:
    """A result as a value that knows how it was made: a tensor or a node."""
    if isinstance(x, Variable):
        return x.value
    if isinstance(x, Node | Tensor):
        return x
    return Tensor(x) if current() is None else node_of(x)


def ones_like(x: Any) -> Any:
    """Ones of x's type."""
    return filled(type_of(x), 1)


def zeros_like(x: Any) -> Any:
    """Zeros of x's type; of a variable's too."""
    return filled(type_of(x), 0)


def filled(t: TensorType, value: int) -> Any:
    """One value in a type."""
    one = np.asarray(value, t.dtype)
    return broadcast_to(one if current() is not None else Tensor.wrap(one, type_of(one)), t.shape)


def seed(name: str, x: Any, direction: Any) -> Any:
    """A direction for x: of its shape, or a number for all of its elements. Arrays take its dtype.

    Raises:
        ShapeError: the direction has another shape.
    """
    t = type_of(x)
    if isinstance(direction, Variable):
        direction = direction.value
    d = direction
    if not hasattr(d, "interpret"):
        d = np.asarray(d, t.dtype)
        d = d if current() is not None else Tensor.wrap(d, type_of(d))
    if type_of(d).shape not in ((), t.shape):
        raise ShapeError(f"{name}: a direction must have the shape of its value, {t}; got {type_of(d)}.")
    return broadcast_to(d, t.shape)


def seeds(name: str, values: Sequence[Any], structure: Hashable, directions: Any) -> list[Any]:
    """Directions for values, from a tree like the one that the values come from.

    Raises:
        UsageError: the trees differ.
    """
    given, other = flatten(directions)
    if other != structure:
        raise UsageError(
            f"{name}: directions must be nested as the values are; got {len(given)} of them for "
            f"{len(values)} values."
        )
    return [seed(name, x, d) for x, d in zip(values, given, strict=True)]
