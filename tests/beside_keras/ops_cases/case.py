"""A case: a function of `ops`, by Keras's name, and what it is called with."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """`call(ops, *arrays)`; what is compared is that, and derivatives by the arrays of floats."""

    name: str
    call: Callable[..., Any]
    arrays: tuple[Any, ...]


def of(name: str, *args: Any, **kwargs: Any) -> Case:
    """The function called so, where arrays, and lists of them, are given as tensors."""
    given = [*args, *kwargs.values()]
    at = [k for k, a in enumerate(given) if is_array(a)]

    def call(ops: Any, *arrays: Any) -> Any:
        here = list(given)
        for k, x in zip(at, arrays, strict=True):
            here[k] = x
        function = attrgetter(name)(ops)  # `image.resize`
        return function(*here[: len(args)], **dict(zip(kwargs, here[len(args) :], strict=True)))

    return Case(name, call, tuple(given[k] for k in at))


def with_call(name: str, call: Callable[..., Any], *arrays: Any) -> Case:
    """`call(ops, *arrays)`, of a function that takes functions, or whose result is not the only right one."""
    return Case(name, call, arrays)


def values(*cases: Case) -> list[Case]:
    """Cases of which values only are compared: at NaN, infinities and kinks, where derivatives are what one says."""

    def fixed(case: Case) -> Callable[[Any], Any]:
        return lambda ops: case.call(ops, *(tensors(ops, x) for x in case.arrays))

    return [Case(case.name, fixed(case), ()) for case in cases]


def tensors(ops: Any, x: Any) -> Any:
    return [tensors(ops, part) for part in x] if isinstance(x, list) else ops.array(x)


def each(names: str, *args: Any, **kwargs: Any) -> list[Case]:
    """Several functions called with the same."""
    return [of(name, *args, **kwargs) for name in names.split()]


def is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray) or (isinstance(x, list) and bool(x) and all(map(is_array, x)))


def numbered(cases: list[Case]) -> dict[str, Case]:
    """The cases by name and number: `split-2`."""
    found: dict[str, Case] = {}
    for case in cases:
        k = sum(1 for other in found.values() if other.name == case.name)
        found[f"{case.name}-{k}"] = case
    return found


def leaves(tree: Any) -> list[Any]:
    """The arrays of nested lists, tuples and dicts, in order."""
    if isinstance(tree, dict):
        return [x for key in sorted(tree) for x in leaves(tree[key])]
    return [x for part in tree for x in leaves(part)] if isinstance(tree, list | tuple) else [tree]


def filled(tree: Any, values: Any) -> Any:
    """The tree of arrays with the next values in place of its floats."""
    if isinstance(tree, list | tuple):
        return type(tree)(filled(part, values) for part in tree)
    return next(values) if is_float(tree) else tree


def is_float(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == "float32"


def cotangent(k: int, shape: tuple[int, ...]) -> np.ndarray:
    """What output number k is multiplied by before it is added up: no symmetry hides a wrong derivative."""
    return np.random.default_rng(100 + k).uniform(0.5, 1.5, shape).astype("float32")
