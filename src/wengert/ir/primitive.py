"""Primitive: a name and the rules that give it meaning. The registry: every primitive, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from wengert.base.errors import WengertError
from wengert.ir.dim import Dim
from wengert.ir.source import here
from wengert.ir.types import type_of

REGISTRY: dict[str, Primitive] = {}
Rule = Callable[..., Any]


@runtime_checkable
class Interpreted(Protocol):
    """A value that decides what applying a primitive to it means: run it, record it or match it."""

    level: int

    @staticmethod
    def interpret(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any: ...


@dataclass(frozen=True, eq=False)
class Primitive:
    """All of the meaning of one operation. Parameters are keyword arguments of every rule.

    type_rule:  (*input types, **params) -> TensorType (or a tuple of them); raises ShapeError / DTypeError.
    numpy_rule: (*arrays, **params) -> array (or tuple): the reference meaning.
    lower:      (s, i, *reads, **params) -> Expr: the element at index i, pulled from the inputs.
    loops:      (s, out_shape, *reads, **params) -> LoopForm, where an element at a time does not do
                (cumulative sums, scatters).
    contract:   (*input types, **params) -> ContractForm, for sums of products: `compiler/` has a kernel for it.
    jvp:        (tangents, out, *inputs, **params) -> tangent of out; a tangent may be None (zero).
    vjp:        (cotangent, out, *inputs, **params) -> one cotangent or None for each input.
    elementwise: an element of the result depends on the inputs' elements at the same index only.
    derives:    jvp and vjp take one more keyword, `derive`: the transform itself, for the graphs among the
                params (`transforms.jvp.jvp_graph`, `transforms.vjp.vjp_graph`).

    Where a value is a tuple, so are its tangent and its cotangent, with None for a part that is zero.

    Primitives are strict: they neither broadcast nor promote. `ops/` does.
    """

    name: str
    type_rule: Rule
    numpy_rule: Rule
    lower: Rule | None = None
    jvp: Rule | None = None
    vjp: Rule | None = None
    loops: Rule | None = None
    contract: Rule | None = None
    elementwise: bool = False
    derives: bool = False

    def __post_init__(self) -> None:
        if self.name in REGISTRY:
            raise ValueError(f"primitive {self.name!r} is defined twice")
        REGISTRY[self.name] = self

    def __call__(self, *args: Any, **params: Any) -> Any:
        return apply(self, args, params)

    def __repr__(self) -> str:
        return self.name


class Numpy:
    """The interpreter of last resort: check the types, run the reference rule."""

    level = 0

    @staticmethod
    def interpret(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        out = prim.type_rule(*map(type_of, args), **params)
        return run_numpy(prim, out, args, params)


def run_numpy(prim: Primitive, out: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """The reference rule's result, in the dtypes that the type rule gave."""
    with np.errstate(all="ignore"):  # IEEE results are the meaning; whoever wants to know asks for a check
        value = prim.numpy_rule(*args, **params)
    if isinstance(out, tuple):
        return tuple(np.asarray(v, t.dtype) for v, t in zip(value, out, strict=True))
    return np.asarray(value, out.dtype)


RECORDER: list[type[Interpreted]] = []  # ir/node.py puts Node here: who records a primitive without tensor inputs


def apply(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Let the argument of the highest level say what applying `prim` means."""
    interpreter: Any = Numpy
    for a in args:
        if getattr(a, "level", 0) > interpreter.level:
            interpreter = a
    if interpreter is Numpy and any(map(_symbolic, params.values())):
        interpreter = RECORDER[0]
    try:
        return interpreter.interpret(prim, args, params)
    except WengertError as e:
        raise _with_line(e) from None


def _symbolic(param: object) -> bool:
    if isinstance(param, tuple):
        return any(map(_symbolic, param))
    return isinstance(param, Dim)


def _with_line(e: WengertError) -> WengertError:
    """The error with the user's line at its end, unless it has one."""
    if getattr(e, "located", False):
        return e
    source = here()
    message = f"{e} [{source}]" if source is not None else str(e)
    new = type(e)(message)
    new.located = True  # type: ignore[attr-defined]
    return new
