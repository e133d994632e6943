"""Patterns and rewrite rules. A pattern is written in the graph's own language: primitives on wildcards.

    X = var("x")

    @rule(mul(X, 1), mul(1, X))
    def multiply_by_one(x):
        \"\"\"x * 1  ->  x\"\"\"
        return x

Applying a primitive to a wildcard gives a pattern instead of a node, because `Pattern` has the highest
`level`. Patterns have no type, so they are made with primitives (`mul(X, 1)`), not with operators, which
promote.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.errors import GraphError
from wengert.ir.graph import Graph, with_graphs
from wengert.ir.node import Node, as_node, same
from wengert.ir.primitive import Primitive
from wengert.ir.source import at

MAX_DEPTH = 100  # rules that fire one after another on one step: more, and they would never end
VIEWS = ("broadcast_to", "reshape")  # of one number, are that number


@dataclass(frozen=True, eq=False)
class Pattern:
    """A primitive on patterns, or, without a primitive, a wildcard for a value or a parameter."""

    primitive: Primitive | None
    inputs: tuple[Any, ...] = ()
    params: tuple[tuple[str, Any], ...] = ()
    name: str = ""
    number: bool = False  # a wildcard for constants only, bound to the number
    level = 3

    @staticmethod
    def interpret(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Pattern:
        return Pattern(prim, args, tuple(params.items()))

    def names(self) -> set[str]:
        """The wildcards in it."""
        parts = (*self.inputs, *(p for _, p in self.params))
        return {self.name}.union(*(p.names() for p in parts if isinstance(p, Pattern))) - {""}


def var(name: str) -> Pattern:
    """A wildcard for a node, or for a parameter. Where it stands twice, both must be the same."""
    return Pattern(None, name=name)


def number(name: str) -> Pattern:
    """A wildcard for a value whose elements are all one known number; the rule gets it (a NumPy scalar)."""
    return Pattern(None, name=name, number=True)


@dataclass(frozen=True, eq=False)
class Rule:
    """before -> after. `build` gets what the wildcards stand for, and `out`, the node itself, if it asks."""

    patterns: tuple[Pattern, ...]
    build: Callable[..., Any]
    wants: frozenset[str]

    @property
    def name(self) -> str:
        return self.build.__name__

    def __str__(self) -> str:
        return f"{self.name}: {' '.join((self.build.__doc__ or '').split())}"

    def apply(self, pattern: Pattern, node: Node) -> Node | None:
        """What the node becomes; None where the rule has nothing to say."""
        found: dict[str, Any] = {}
        if not match(pattern, node, found):
            return None
        found["out"] = node
        with at(node.source):
            new = self.build(**{k: v for k, v in found.items() if k in self.wants})
        if new is None or new is node:
            return None
        new = as_node(new)
        if new.type != node.type:
            raise GraphError(
                f"rewrite: rule {self.name} must keep the type {node.type}; got {new.type} [{node.source}]."
            )
        return new


def rule(*patterns: Pattern) -> Callable[[Callable[..., Any]], Rule]:
    """Decorator: a function from what the wildcards of one of the patterns stand for, to the node or None.

    A pattern that is a wildcard itself stands for every step. The docstring says `before  ->  after`.
    """

    def decorate(build: Callable[..., Any]) -> Rule:
        wants = frozenset(inspect.signature(build).parameters)
        for p in patterns:
            if not wants <= p.names() | {"out"}:
                raise TypeError(
                    f"rule {build.__name__}: arguments must be wildcards; got {sorted(wants - p.names())}."
                )
        if "->" not in (build.__doc__ or ""):
            raise TypeError(f"rule {build.__name__}: the docstring must read 'before -> after'.")
        return Rule(patterns, build, wants)

    return decorate


def match(pattern: Any, node: Node, found: dict[str, Any]) -> bool:
    """Whether `node` has the form of `pattern`; `found` gets what the wildcards stand for."""
    if type(pattern) is not Pattern:
        return bool(number_of(node) == pattern)
    if pattern.primitive is None:
        value = number_of(node) if pattern.number else node
        if value is None:
            return False
        before = found.setdefault(pattern.name, value)
        return before is value or (value is not node and bool(before == value))
    if node.primitive is not pattern.primitive:
        return False
    if len(node.inputs) != len(pattern.inputs):
        return False
    for p, i in zip(pattern.inputs, node.inputs, strict=True):
        if not match(p, i, found):
            return False
    if pattern.params:
        params = dict(node.params)
        for key, p in pattern.params:
            value = params[key]
            if (found.setdefault(p.name, value) if type(p) is Pattern else p) != value:
                return False
    return True


def number_of(node: Node) -> Any:
    """The real number that all elements of the node are, a NumPy scalar; None if it is not known or not one."""
    while node.primitive is not None and node.primitive.name in VIEWS:
        node = node.inputs[0]
    value = node.value
    if (
        value is None or value.size != 1 or value.dtype.kind == "c"
    ):  # x * 1 is not x where a complex x is infinite
        return None
    return value.reshape(-1)[0]


def rewrite(graph: Graph, rules: Sequence[Rule], trace: list[str] | None = None) -> Graph:
    """Apply rules, inputs first, until none fires; in sub-graphs too. New steps keep the user's line.

    Args:
        trace: gets the name of each rule that fired, in order.

    Raises:
        GraphError: a rule changed a type, or the rules never come to an end.
    """
    with np.errstate(all="ignore"):  # rules compute with the program's numbers
        return _Rewriter(_index(tuple(rules)), trace).graph(graph)


@functools.lru_cache(maxsize=64)
def _index(rules: tuple[Rule, ...]) -> _Index:
    return _Index(rules)


class _Index:
    """Which patterns are worth trying on a step, by its primitive and those of its inputs."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.all = [(p, r) for r in rules for p in r.patterns]
        self.found: dict[Any, list[tuple[Pattern, Rule]]] = {}

    def candidates(self, node: Node) -> list[tuple[Pattern, Rule]]:
        """In the order of the rules."""
        heads = (node.primitive, *[i.primitive for i in node.inputs])
        found = self.found.get(heads)
        if found is None:
            if len(self.found) > 10_000:  # programs that concatenate in ever new ways
                self.found.clear()
            found = self.found[heads] = [(p, r) for p, r in self.all if _is_likely(p, heads)]
        return found


def _is_likely(pattern: Pattern, heads: tuple[Primitive | None, ...]) -> bool:
    """Whether a step of these primitives, its own and those of its inputs, can be one that matches."""
    if pattern.primitive is None:
        return True
    if pattern.primitive is not heads[0] or len(pattern.inputs) != len(heads) - 1:
        return False
    return all(map(_is_likely_input, pattern.inputs, heads[1:]))


def _is_likely_input(pattern: Any, head: Primitive | None) -> bool:
    if type(pattern) is not Pattern or pattern.number:
        return head is None or head.name in VIEWS
    return pattern.primitive is None or pattern.primitive is head


class _Rewriter:
    """One run of `rewrite`: what each node became."""

    def __init__(self, index: _Index, trace: list[str] | None) -> None:
        self.index, self.trace, self.depth = index, trace, 0
        self.done: dict[Node, Node] = {}

    def graph(self, graph: Graph) -> Graph:
        self.settle(graph.outputs)
        outputs = tuple(self.done[o] for o in graph.outputs)
        return graph if same(outputs, graph.outputs) else Graph(graph.inputs, outputs)

    def settle(self, roots: Iterable[Node]) -> None:
        """Bring everything under `roots` into normal form, inputs first."""
        done, stack = self.done, list(roots)
        while stack:
            node = stack[-1]
            waiting = [i for i in node.inputs if i not in done]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            if node not in done:
                new = node.with_inputs(tuple([done[i] for i in node.inputs]))
                new = self.fire(with_graphs(new, self.graph))
                done[node] = done[new] = new

    def fire(self, node: Node) -> Node:
        """The normal form of a node whose inputs are in theirs."""
        if node in self.done:
            return self.done[node]
        if node.primitive is None:
            return node
        for pattern, r in self.index.candidates(node):
            new = r.apply(pattern, node)
            if new is None:
                continue
            if self.trace is not None:
                self.trace.append(r.name)
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise GraphError(
                    f"rewrite: rules must come to an end; got {MAX_DEPTH} in a row, the last {r} "
                    f"[{node.source}]."
                )
            self.settle([new])
            self.depth -= 1
            return self.done[new]
        return node


def same_number(x: Any, value: float) -> bool:
    """Whether x is this number, the sign of a zero included."""
    return bool(x == value) and bool(np.signbit(x) == np.signbit(value))
