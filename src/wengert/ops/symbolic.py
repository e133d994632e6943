"""Symbolic differentiation: formulas out of graphs, with the derivatives that reverse mode takes.

>>> import wengert as wg
>>> f = wg.symbolic("sin(x*y) + exp(x)/y")
>>> f.diff("y")
x*cos(x*y) - exp(x)/y**2
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.base.words import did_you_mean
from wengert.ir.graph import Graph, evaluate, inline, replay
from wengert.ir.node import Node, as_node
from wengert.ir.operators import Operators
from wengert.ir.pattern import VIEWS, number_of
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType, type_of
from wengert.ops.formula import SCALAR, parse_formula
from wengert.prims.movement import full_like
from wengert.runtime.tensor import Tensor
from wengert.runtime.tracing import Placeholder, trace
from wengert.transforms import notation
from wengert.transforms.cse import cse
from wengert.transforms.jvp import zeros_like
from wengert.transforms.open_calls import open_calls
from wengert.transforms.tidy import tidy
from wengert.transforms.vjp import vjp

LOOPS = ("cond", "while_loop", "scan")
LONG = 2_000  # operations, written out: longer formulas are printed step by step


@dataclass(frozen=True)
class Count:
    """Operations of a formula. shared: each once. expanded: as often as they stand in it, written out."""

    shared: int
    expanded: int


class Expression(Operators):
    """A formula: a graph with one output, tidied. Arithmetic and the functions of `wg` apply to it.

    Inputs are told apart by name. Made by `wg.symbolic`.
    """

    __slots__ = ("graph", "written")
    level = 4

    def __init__(self, graph: Graph) -> None:
        _refuse_loops(open_calls(graph))
        self.graph = tidy(open_calls(graph, ("checkpoint",)))
        written = open_calls(self.graph)  # custom rules stay in `graph`, for derivatives
        self.written = self.graph if written is self.graph else tidy(written)

    @staticmethod
    def interpret(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Expression:
        inputs: dict[str, Node] = {}
        nodes = []
        for a in args:
            if isinstance(a, Expression):
                for i in a.graph.inputs:
                    known = inputs.setdefault(str(i.name), i)
                    if known.type != i.type:
                        raise ShapeError(
                            f"symbolic: {i.name} must have one type; got {known.type}, {i.type}."
                        )
                a = inline(a.graph, [inputs[str(i.name)] for i in a.graph.inputs])[0]
            nodes.append(as_node(a))
        return Expression(Graph(tuple(inputs.values()), (Node.interpret(prim, tuple(nodes), params),)))

    # --- looking at it ------------------------------------------------------------------------
    @property
    def names(self) -> tuple[str, ...]:
        """The names of its inputs, in order."""
        return tuple(str(i.name) for i in self.graph.inputs)

    @property
    def type(self) -> TensorType:
        return self.graph.out_types[0]

    @property
    def shape(self) -> Any:
        return self.type.shape

    @property
    def dtype(self) -> str:
        return self.type.dtype

    def __str__(self) -> str:
        (out,) = self.written.outputs
        if self.count().expanded <= LONG:
            return notation.text(out, {})
        return "\n".join(self.lines())

    __repr__ = __str__

    def lines(self) -> list[str]:
        """The formula step by step, what is used twice named once: as long as `count().shared` says."""
        (out,) = self.written.outputs
        users: dict[Node, int] = {}
        for n in self.written.steps:
            for i in n.inputs:
                users[i] = users.get(i, 0) + 1
        names: dict[Node, str] = {}
        lines = []
        for n in self.written.steps:
            if users.get(n, 0) > 1 and _is_operation(n) and n is not out:
                body = notation.text(n, names)
                names[n] = f"t{len(names) + 1}"
                lines.append(f"{names[n]} = {body}")
        return [*lines, notation.text(out, names)]

    def latex(self) -> str:
        """The formula in LaTeX, for math mode."""
        return notation.latex(self.written.outputs[0], {})

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def count(self) -> Count:
        """How many operations it takes, with common parts shared, and written out."""
        size: dict[Node, int] = {}
        shared = 0
        for n in self.written.nodes:
            own = _is_operation(n)
            size[n] = own + sum(size[i] for i in n.inputs)
            shared += own
        return Count(shared, size[self.written.outputs[0]])

    # --- calculus -----------------------------------------------------------------------------
    def diff(self, name: str, *more: str) -> Expression:
        """The derivative by `name`, then by the others: reverse mode's rules, from the result to that input.

        Raises:
            UsageError: the formula has no such input.
            ShapeError: the formula is not a scalar.
        """
        x, (out,) = self._input(name), self.graph.outputs
        if type_of(out).shape:
            raise ShapeError(f"diff: the formula must be a scalar; got {type_of(out)}. Take its sum.")
        for t in (type_of(x), type_of(out)):
            if not is_float(t.dtype):
                raise DTypeError(f"diff: formula and {name} must be floating-point; got {t}.")
        (found,) = vjp([out], [x], [as_node(full_like(out, 1))])
        new = Expression(Graph(self.graph.inputs, (as_node(zeros_like(x) if found is None else found),)))
        return new.diff(*more) if more else new

    def gradient(self) -> dict[str, Expression]:
        """The derivative by each input."""
        return {name: self.diff(name) for name in self.names}

    def subs(self, **values: Any) -> Expression:
        """The formula with numbers, arrays or other formulas in place of inputs."""
        for name in values:
            self._input(name)
        others = {n: v for n, v in values.items() if isinstance(v, Expression)}
        inputs: dict[str, Node] = {str(i.name): i for i in self.graph.inputs if i.name not in values}
        for e in others.values():
            for i in e.graph.inputs:
                inputs.setdefault(str(i.name), i)
        given = []
        for i in self.graph.inputs:
            value = values.get(str(i.name))
            if isinstance(value, Expression):
                given.append(inline(value.graph, [inputs[str(k.name)] for k in value.graph.inputs])[0])
            else:
                given.append(i if value is None else as_node(np.asarray(value, i.type.dtype)))
            if given[-1].type != i.type:
                raise ShapeError(f"subs: {i.name} must be {i.type}; got {given[-1].type}.")
        return Expression(Graph(tuple(inputs.values()), inline(self.graph, given)))

    def evaluate(self, **values: Any) -> np.ndarray:
        """Its value where the inputs have these values."""
        missing = [n for n in self.names if n not in values]
        if missing:
            raise UsageError(f"evaluate: every input needs a value; got none for {', '.join(missing)}.")
        for name in values:
            self._input(name)
        arrays = [np.asarray(values[str(i.name)], i.type.dtype) for i in self.graph.inputs]
        return np.asarray(evaluate(self.graph, arrays)[0])

    def function(self) -> Callable[..., Any]:
        """A function of tensors, in the order of `names`: to run, compile or differentiate.

        Common parts are computed once.
        """
        graph = cse(self.graph)

        def call(*args: Any) -> Any:
            if len(args) != len(graph.inputs):
                raise UsageError(f"{self}: takes {', '.join(self.names)}; got {len(args)} arguments.")
            (out,) = replay(graph, list(map(_value, args, graph.in_types)))
            return Tensor(out) if isinstance(out, np.ndarray) else out

        return call

    def _input(self, name: str) -> Node:
        for i in self.graph.inputs:
            if i.name == name:
                return i
        known = ", ".join(self.names) or "none"
        raise UsageError(
            f"symbolic: there is no input {name!r}; the formula has {known}.{did_you_mean(name, self.names)}"
        )


def symbolic(
    f: Callable[..., Any] | str,
    names: Sequence[str] | None = None,
    types: Sequence[str | TensorType] | None = None,
) -> Expression:
    """The formula that a function computes, or that a text says.

    Args:
        f: a function of tensors with one result, or text such as "sin(x*y) + exp(x)/y".
        names: of its arguments; None: those of the function's parameters, or those in the text.
        types: of its arguments, such as "f64[3]"; None: float64 scalars.

    Raises:
        FormulaError: the text cannot be read.
        UsageError: the function loops or branches on data, or has several results.

    Example:
        >>> symbolic(lambda x: x * x + 3 * x).diff("x")
        2*x + 3
    """
    if isinstance(f, str):
        return Expression(parse_formula(f, None if names is None else tuple(names)))
    return Expression(record(f, names, types))


def record(
    f: Callable[..., Any], names: Sequence[str] | None = None, types: Sequence[str | TensorType] | None = None
) -> Graph:
    """The graph of a function with one result, its inputs named. Arguments as for `symbolic`."""
    called = getattr(f, "f", f)  # a wg.function's own
    if names is None:
        names = parameters(called, None if types is None else len(types))
    given = [SCALAR if types is None else as_type(types[k]) for k in range(len(names))]
    traced = trace(called, [Placeholder(k) for k in range(len(names))], {}, given)
    if len(traced.graph.outputs) != 1:
        raise UsageError(f"symbolic: the function must return one array; got {len(traced.graph.outputs)}.")
    became = [Node(None, (), (), i.type, name=n) for i, n in zip(traced.graph.inputs, names, strict=False)]
    became += [Node(None, (), (), v.type, name=v.path) for v in traced.read]
    return Graph(tuple(became), inline(traced.graph, became))


def as_type(t: str | TensorType) -> TensorType:
    """A type given as itself or as text."""
    return t if isinstance(t, TensorType) else TensorType.parse(t)


def parameters(f: Callable[..., Any], count: int | None) -> list[str]:
    """Names of the arguments a function must be given; x0, x1, ... where they are not `count`."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = [
        p.name for p in inspect.signature(f).parameters.values() if p.kind in kinds and p.default is p.empty
    ]
    return found if count is None or len(found) == count else [f"x{k}" for k in range(count)]


def _refuse_loops(graph: Graph) -> None:
    for n in graph.steps:
        if n.primitive is not None and n.primitive.name in LOOPS:
            raise UsageError(
                f"symbolic: a formula cannot hold loops or branches that depend on data: it would have no "
                f"fixed length; got {n.primitive} [{n.source}]. Use wg.where for a choice, or automatic "
                f"differentiation: wg.grad goes through loops."
            )


def _is_operation(n: Node) -> bool:
    return n.primitive is not None and n.primitive.name not in VIEWS and number_of(n) is None


def _value(x: Any, t: TensorType) -> Any:
    return np.asarray(x, t.dtype) if isinstance(x, int | float) else x
