"""wg.derive: one function at one point, differentiated four ways, every step shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.errors import DTypeError, ShapeError, UsageError, ValueRangeError
from wengert.base.words import did_you_mean
from wengert.ir.graph import Graph, evaluate, evaluate_all, inline
from wengert.ir.node import Node
from wengert.ir.types import TensorType, type_of
from wengert.ops import derive_html, derive_text
from wengert.ops.formula import parse_formula
from wengert.ops.four_ways import Method, four_ways
from wengert.ops.symbolic import LOOPS, Expression, parameters, record
from wengert.ops.wengert_list import Step, list_steps, one_like, plain
from wengert.transforms.cse import cse
from wengert.transforms.jvp import zeros_like
from wengert.transforms.open_calls import open_calls
from wengert.transforms.saved import saved
from wengert.transforms.vjp import vjp
from wengert.transforms.widen import widen


@dataclass(frozen=True)
class Derivation:
    """The result of `derive`. Prints as text; shows itself in notebooks; `html()` is a page of its own."""

    title: str
    names: tuple[str, ...]
    point: tuple[Any, ...]
    steps: tuple[Step, ...]
    derivatives: dict[str, Expression]
    formula: Expression | None
    why_not_symbolic: str
    methods: tuple[Method, ...]
    kept_bytes: int

    @property
    def value(self) -> Any:
        """The function's value at the point."""
        return self.steps[-1].value

    @property
    def gradient(self) -> dict[str, Any]:
        """The derivative by each input, as reverse mode found it."""
        (reverse,) = (m for m in self.methods if m.name == "reverse")
        return dict(zip(self.names, reverse.gradient, strict=True))

    def __str__(self) -> str:
        return derive_text.show(self)

    __repr__ = __str__

    def latex(self) -> str:
        """The function and its derivatives in LaTeX, for an align environment."""
        return derive_text.latex(self)

    def html(self, path: str | Path | None = None) -> str:
        """One page that needs nothing else; written to `path` if there is one."""
        text = derive_html.page(self)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def _repr_html_(self) -> str:
        return derive_html.fragment(self)


def derive(
    f: Callable[..., Any] | str,
    /,
    *args: Any,
    at: Mapping[str, Any] | None = None,
    manual: Callable[..., Any] | None = None,
    **inputs: Any,
) -> Derivation:
    """The Wengert list of f at a point with tangents and adjoints, and its gradient four ways.

    Args:
        f: text such as "sin(x*y) + exp(x)/y", or a function of tensors whose result is a scalar.
        args, at, inputs: the point: values of f's arguments, in order or by name. Taken as float64.
        manual: the gradient as you think it is: a function of the same arguments that returns one value for
            each. It is compared with the others. None: the rules of `wg.custom_gradient`, if f has any.

    Raises:
        FormulaError: the text cannot be read. ShapeError: the result is not a scalar.
        ValueRangeError: some step is not finite at the point.

    Example:
        >>> derive("x*y + sin(x)", x=0.0, y=2.0).gradient
        {'x': 3.0, 'y': 0.0}
    """
    wrapped, names, point = _recorded(f, args, {**(at or {}), **inputs})
    graph = cse(open_calls(wrapped))
    values = _finite_values(graph, point)
    (out,) = graph.outputs
    if type_of(out).shape or not is_float(out.type.dtype):
        raise ShapeError(
            f"derive: the function must return a floating-point scalar; got {type_of(out)}. Take its sum or mean."
        )
    grads = vjp([out], graph.inputs, [one_like(out)])
    kept = saved([out], [g for g in grads if g is not None])
    steps = list_steps(graph, values, {s.value for s in kept})
    formula, derivatives, why = _formulas(graph, names)
    return Derivation(
        title=f"f({', '.join(names)}) = {_title(f, formula)}",
        names=names,
        point=tuple(map(plain, point)),
        steps=steps,
        derivatives=derivatives,
        formula=formula,
        why_not_symbolic=why,
        methods=four_ways(graph, point, names, derivatives, manual or _own_rules(wrapped)),
        kept_bytes=sum(int(s.nbytes) for s in kept),
    )


# --- what is to be differentiated, and where -----------------------------------------------------


def _recorded(
    f: Callable[..., Any] | str, args: Sequence[Any], at: dict[str, Any]
) -> tuple[Graph, tuple[str, ...], list[np.ndarray]]:
    """The graph in float64, the names of its inputs, and their values."""
    if isinstance(f, str):
        graph = parse_formula(f)
        names = tuple(str(i.name) for i in graph.inputs)
        point = _point(names, args, at)
    else:
        names = tuple(parameters(getattr(f, "f", f), len(args) + len(at)))
        point = _point(names, args, at)
        graph = record(f, names, [TensorType(x.shape, x.dtype.name) for x in point])
        if len(graph.inputs) > len(names):
            raise UsageError(
                f"derive: the function must take all it differentiates by as arguments; it reads the variables "
                f"{', '.join(str(i.name) for i in graph.inputs[len(names) :])}."
            )
    return widen(graph), names, point


def _point(names: tuple[str, ...], args: Sequence[Any], at: dict[str, Any]) -> list[np.ndarray]:
    if len(args) > len(names):
        raise UsageError(f"derive: values are needed for {', '.join(names)}; got {len(args)}.")
    given = dict(zip(names, args, strict=False))
    for name, value in at.items():
        if name not in names:
            known = ", ".join(names) or "nothing"
            raise UsageError(
                f"derive: there is no input {name!r}; the function is of {known}.{did_you_mean(name, names)}"
            )
        given[name] = value
    missing = [n for n in names if n not in given]
    if missing:
        raise UsageError(
            f"derive: every input needs a value; got none for {', '.join(missing)}. "
            f"Add {', '.join(f'{n}=...' for n in missing)}."
        )
    return [_float64(n, given[n]) for n in names]


def _float64(name: str, x: Any) -> np.ndarray:
    a = np.asarray(x)
    if not isinstance(x, int | float) and not is_float(type_of(a).dtype):
        raise DTypeError(
            f"derive: {name} must be floating-point; got {type_of(a)}. Convert with astype first."
        )
    return a.astype(np.float64)


def _finite_values(graph: Graph, point: list[np.ndarray]) -> dict[Node, Any]:
    """The value of every node.

    Raises:
        ValueRangeError: one is not finite; the message names the first.
    """
    values = evaluate_all(graph, point)
    for n in graph.steps:
        v = values[n]
        if isinstance(v, np.ndarray | np.generic) and v.dtype.kind == "f" and not np.all(np.isfinite(v)):
            given = ", ".join(str(plain(values[i])) for i in n.inputs)
            raise ValueRangeError(
                f"derive: every step must be finite at the point; got {n.primitive}({given}) = {plain(v)} "
                f"[{n.source or 'the formula'}]. Choose a point inside of the function's domain."
            )
    return values


def _own_rules(graph: Graph) -> Callable[..., Any] | None:
    """The gradient by the user's own rules; None if there are none."""
    if not any(n.primitive is not None and n.primitive.name == "custom" for n in graph.steps):
        return None
    (out,) = graph.outputs
    found = vjp([out], graph.inputs, [one_like(out)])
    grads = Graph(
        graph.inputs,
        tuple(zeros_like(i) if g is None else g for i, g in zip(graph.inputs, found, strict=True)),
    )
    return lambda *xs: evaluate(grads, [np.asarray(x) for x in xs])


def _title(f: Callable[..., Any] | str, formula: Expression | None) -> str:
    if isinstance(f, str):
        return " ".join(f.split())
    return getattr(f, "__name__", "f") if formula is None else str(formula)


def _formulas(graph: Graph, names: tuple[str, ...]) -> tuple[Expression | None, dict[str, Expression], str]:
    found = {n.primitive.name for n in graph.steps if n.primitive is not None} & set(LOOPS)
    if found:
        return None, {}, f"no formula: the function has {', '.join(sorted(found))}"
    became = [Node(None, (), (), i.type, name=n) for i, n in zip(graph.inputs, names, strict=True)]
    formula = Expression(Graph(tuple(became), inline(graph, became)))
    return formula, formula.gradient(), ""
