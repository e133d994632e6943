"""Arguments by the names and places that Keras has for them, of functions that are Wengert's own otherwise."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from typing import Any

ARGUMENTS = {
    "N M k dtype": "eye",
    "a b": "solve",
    "target output from_logits axis": "categorical_crossentropy",
    "variable": "stop_gradient",
    "x axes": "transpose",
    "x axis": "argsort expand_dims flip sort squeeze stack",
    "x axis keepdims": "all any argmax argmin logsumexp",
    "x indices_or_sections axis": "split",
    "x mode": "qr",
    "x newshape": "reshape",
    "x repeats": "tile",
    "x upper": "cholesky",
    "x1 x2": (
        "add atan2 divide equal floor_divide greater greater_equal hypot less less_equal logaddexp logical_and "
        "logical_or logical_xor matmul maximum minimum multiply nextafter not_equal pow remainder subtract"
    ),
    "x1 x2 axes": "tensordot",
    "xs axis": "concatenate",
}
"""The names and the order of the arguments of functions for which Wengert has others."""
_NAMES = {name: names.split() for names, functions in ARGUMENTS.items() for name in functions.split()}


def with_arguments_of_keras(name: str, f: Callable[..., Any]) -> Callable[..., Any]:
    """f, whose arguments go by Keras's names as well as by place; f itself if they do already."""
    own = list(inspect.signature(f).parameters.values())
    names = _NAMES.get(name, [p.name for p in own if p.kind is Parameter.POSITIONAL_ONLY])
    return _renamed(f, own, _in_order(own, names)) if names else f


def _in_order(own: Sequence[Parameter], names: Sequence[str]) -> list[tuple[str, Parameter]]:
    """Each of f's parameters under the name it is to have, those that are named first.

    A name that f has is that parameter; any other is the one at its place.
    """
    known = {p.name: p for p in own}
    chosen = [known.get(name) or own[place] for place, name in enumerate(names)]
    rest = [p for p in own if not any(p is c for c in chosen)]
    return [*zip(names, chosen, strict=True), *((p.name, p) for p in rest)]


def _renamed(
    f: Callable[..., Any], own: Sequence[Parameter], parameters: Sequence[tuple[str, Parameter]]
) -> Callable[..., Any]:
    """f with its parameters in this order and under these names; those of f that have no place may have one now."""
    unnamed = [p.name for p in own if p.kind is Parameter.POSITIONAL_ONLY]
    signature = Signature([_placed(p, name) for name, p in parameters])
    as_they_come = _as_they_come(own, [p for _, p in parameters])

    def called(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and len(args) <= as_they_come:
            return f(*args)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = {p.name: bound.arguments[name] for name, p in parameters}
        by_place = [given.pop(name) for name in unnamed]
        return f(*by_place, **given)

    functools.update_wrapper(called, f, updated=())
    called.__signature__ = signature  # type: ignore[attr-defined]
    return called


def _placed(p: Parameter, name: str) -> Parameter:
    return p.replace(name=name, kind=Parameter.POSITIONAL_OR_KEYWORD)


def _as_they_come(own: Sequence[Parameter], order: Sequence[Parameter]) -> int:
    """How many arguments f can be given by place in this order."""
    same = (p is q and p.kind is not Parameter.KEYWORD_ONLY for p, q in zip(own, order, strict=True))
    return sum(itertools.takewhile(bool, same))
