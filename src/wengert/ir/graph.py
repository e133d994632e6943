"""Graph: inputs, outputs, and the list of steps between them: a Wengert list."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wengert.base.errors import ShapeError, WengertError
from wengert.ir.boundary import with_line
from wengert.ir.dim import Dim
from wengert.ir.finite import is_inside, require_finite_results
from wengert.ir.node import Node, graph_input, same, toposort
from wengert.ir.primitive import infer, run_numpy, types_of
from wengert.ir.show import show_graph
from wengert.ir.source import at
from wengert.ir.types import TensorType, type_of

CALLS = ("checkpoint", "custom")
"""Primitives that run the graph `body` among their params once, as if it stood there."""


@dataclass(frozen=True, eq=False)
class Graph:
    """A program: what comes in, what goes out. The steps are what the outputs are made of."""

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]

    @functools.cached_property
    def nodes(self) -> list[Node]:
        """Inputs, constants and steps, each after what it needs."""
        return toposort([*self.inputs, *self.outputs])

    @functools.cached_property
    def steps(self) -> list[Node]:
        """The nodes that compute something."""
        return [n for n in self.nodes if n.primitive is not None]

    @property
    def in_types(self) -> tuple[TensorType, ...]:
        return tuple(i.type for i in self.inputs)

    @property
    def out_types(self) -> tuple[TensorType, ...]:
        return tuple(o.type for o in self.outputs)

    @functools.cached_property
    def text(self) -> str:
        """The text without sources: what equality and hash go by."""
        return show_graph(self, sources=False)

    def __str__(self) -> str:
        return show_graph(self)

    @functools.cached_property
    def special(self) -> dict[tuple[tuple[str, int], ...], Graph]:
        """What `specialized` has made of it."""
        return {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Graph) and (self is other or self.text == other.text)

    def __hash__(self) -> int:
        return hash(self.text)


def evaluate(graph: Graph, args: Sequence[Any]) -> list[Any]:
    """Interpret: each step's NumPy rule, in order. The oracle for everything that is faster.

    Raises:
        ShapeError: an argument does not have the type of its input.
    """
    env = evaluate_all(graph, args)
    if is_inside():
        require_finite_results(graph, env)
    return [env[o] for o in graph.outputs]


def evaluate_all(graph: Graph, args: Sequence[Any]) -> dict[Node, Any]:
    """As `evaluate`; the value of every node."""
    lengths = bind(graph.in_types, [type_of(a) for a in args])

    def step(n: Node, ins: tuple[Any, ...]) -> Any:
        assert n.primitive is not None
        with on_line_of(n):
            params = {k: substitute(v, lengths) for k, v in n.params}
            out = _type_of_step(n, tuple(map(types_of, ins)), params, lengths)
            return run_numpy(n.primitive, out, ins, params)

    return values_of(graph, args, step)


def values_of(
    graph: Graph, args: Sequence[Any], step: Callable[[Node, tuple[Any, ...]], Any]
) -> dict[Node, Any]:
    """The value of every node: inputs have `args`, constants their own, and a step what `step(node, inputs)` gives."""
    env: dict[Node, Any] = dict(zip(graph.inputs, args, strict=True))
    for n in graph.nodes:
        if n not in env:
            env[n] = n.value if n.primitive is None else step(n, tuple([env[i] for i in n.inputs]))
    return env


def require_lengths(graph: Graph, lengths: dict[str, int]) -> None:
    """Raise ShapeError, as the interpreter would, unless every step is possible where the symbolic lengths are these.

    The maximum of an empty batch is not, nor are the last n - 1 of n = 0 elements.
    """
    for n in graph.steps:
        if not n.primitive.pointwise:  # type: ignore[union-attr]
            with on_line_of(n):
                types = tuple(substitute(i.type, lengths) for i in n.inputs)
                _type_of_step(n, types, {k: substitute(v, lengths) for k, v in n.params}, lengths)
                if n.primitive.name in CALLS:  # type: ignore[union-attr]
                    body = n.kwargs["body"]
                    require_lengths(body, bind(body.in_types, types))


def _type_of_step(n: Node, types: tuple[Any, ...], params: dict[str, Any], lengths: Mapping[str, int]) -> Any:
    """The type that a step's rule gives, if it is the one that its symbolic type promises for these lengths."""
    assert n.primitive is not None
    got, want = infer(n.primitive, types, params), substitute(n.type, lengths)
    if got != want:
        where = ", ".join(f"{k} is {v}" for k, v in lengths.items())
        raise ShapeError(
            f"{n.primitive}: the result must be {n.type}; got {got}, where {where}. Call it with other lengths."
        )
    return got


@contextlib.contextmanager
def on_line_of(n: Node) -> Iterator[None]:
    """Errors raised inside tell the line that the step came from."""
    try:
        yield
    except WengertError as e:
        with at(n.source):
            raise with_line(e) from None
    except Exception as e:
        e.add_note(f"in {n.primitive} [{n.source}]")
        raise


def bind(
    declared: Sequence[TensorType], given: Sequence[TensorType], what: str = "argument"
) -> dict[str, int]:
    """The lengths of the symbolic dimensions, found by matching types with those given.

    Raises:
        ShapeError: a type does not fit its declaration, or one name would have two lengths.
    """
    lengths: dict[str, int] = {}
    if len(declared) != len(given):
        raise ShapeError(f"call: {len(declared)} {what}s are needed; got {len(given)}.")
    for want, got in zip(declared, given, strict=True):
        for w, g in zip(want.shape, got.shape, strict=False):
            if isinstance(w, Dim) and w.is_name:
                lengths.setdefault(str(w), g)  # type: ignore[arg-type]
    for k, (want, got) in enumerate(zip(declared, given, strict=True)):
        if not want.dims() <= lengths.keys() or substitute(want, lengths) != got:
            bound = "".join(f", where {n} is {v}" for n, v in lengths.items() if n in want.dims())
            raise ShapeError(f"call: {what} {k} must be {want}{bound}; got {got}.")
    return lengths


def substitute(param: Any, lengths: Mapping[str, int]) -> Any:
    """A parameter with numbers in place of the symbolic lengths."""
    if isinstance(param, Dim):
        return param.evaluate(lengths)
    if isinstance(param, tuple):
        return tuple(substitute(p, lengths) for p in param)
    if isinstance(param, TensorType):
        return TensorType(substitute(param.shape, lengths), param.dtype)
    if isinstance(param, Graph):
        return specialized(param, lengths)
    return param


def specialized(graph: Graph, lengths: Mapping[str, int]) -> Graph:
    """The graph with numbers in place of the symbolic lengths; itself if it has none."""
    key = tuple(sorted(lengths.items()))
    if not key or key in graph.special:
        return graph.special.get(key, graph)
    env: dict[Node, Node] = {}
    for n in graph.nodes:
        type_ = substitute(n.type, lengths)
        params = tuple((k, substitute(v, lengths)) for k, v in n.params)
        inputs = tuple(env[i] for i in n.inputs)
        as_it_is = type_ == n.type and params == n.params and same(inputs, n.inputs)
        env[n] = n if as_it_is else Node(n.primitive, inputs, params, type_, name=n.name, source=n.source)
    inputs, outputs = (tuple(env[n] for n in ends) for ends in (graph.inputs, graph.outputs))
    new = graph if same(inputs, graph.inputs) and same(outputs, graph.outputs) else Graph(inputs, outputs)
    graph.special[key] = new
    return new


def inline(graph: Graph, args: Sequence[Node]) -> tuple[Node, ...]:
    """The outputs of the graph on other nodes, of the same types, in place of its inputs."""
    became = dict(zip(graph.inputs, args, strict=True))
    for node in graph.nodes:
        if node not in became:
            became[node] = node.with_inputs(tuple([became[i] for i in node.inputs]))
    return tuple(became[o] for o in graph.outputs)


def replay(graph: Graph, args: Sequence[Any]) -> list[Any]:
    """The outputs of the graph on values of any kind: each primitive is applied again, by what its inputs are."""

    def again(n: Node, ins: tuple[Any, ...]) -> Any:
        assert n.primitive is not None
        with at(n.source):
            return n.primitive(*ins, **n.kwargs)

    env = values_of(graph, args, again)
    return [env[o] for o in graph.outputs]


def closed(inputs: Sequence[Node], outputs: Sequence[Node], start: int) -> tuple[Graph, list[Node]]:
    """A graph of the nodes from number `start` on, and the older ones that it needs as further inputs.

    Constants stay in the graph, whatever their age.
    """
    became: dict[Node, Node] = {i: i for i in inputs}
    outside: list[Node] = []
    for node in _newer(outputs, start):
        if node in became:
            continue
        if node.serial >= start or node.value is not None:
            became[node] = node.with_inputs(tuple([became[i] for i in node.inputs]))
        else:
            outside.append(node)
            became[node] = graph_input(node.type, node.name or "captured")
    ends = (*inputs, *(became[o] for o in outside))
    return Graph(ends, tuple(became[o] for o in outputs)), outside


def _newer(outputs: Sequence[Node], start: int) -> list[Node]:
    """What `outputs` are made of, each after its inputs; of nodes older than `start` only those used directly."""
    order: dict[Node, None] = {}
    stack = [(o, False) for o in reversed(outputs)]
    while stack:
        node, expanded = stack.pop()
        if node in order:
            continue
        if expanded or node.serial < start:
            order[node] = None
        else:
            stack.append((node, True))
            stack.extend((i, False) for i in reversed(node.inputs) if i not in order)
    return list(order)


def with_graphs(node: Node, change: Callable[[Graph], Graph]) -> Node:
    """The node with `change` applied to each graph among its parameters; itself if that changes nothing."""
    for _, v in node.params:
        if isinstance(v, Graph) or (type(v) is tuple and v and isinstance(v[0], Graph)):
            break
    else:
        return node
    params = tuple((k, _change(v, change)) for k, v in node.params)
    if all(v is w for (_, v), (_, w) in zip(params, node.params, strict=True)):
        return node
    return Node(node.primitive, node.inputs, params, node.type, source=node.source)


def _change(value: Any, change: Callable[[Graph], Graph]) -> Any:
    if isinstance(value, Graph):
        return change(value)
    if isinstance(value, tuple) and value and isinstance(value[0], Graph):
        new = tuple(map(change, value))
        return value if all(v is w for v, w in zip(new, value, strict=True)) else new
    return value
