"""Derivatives by hand: `custom_gradient`, `custom_jvp`; and `checkpoint`, which trades memory for work."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from wengert.base.dtypes import is_inexact
from wengert.base.errors import ShapeError, UsageError
from wengert.base.tree import flatten, unflatten
from wengert.ir.boundary import boundary
from wengert.ir.graph import Graph, inline
from wengert.ir.node import Node, graph_input
from wengert.ir.types import type_of
from wengert.ops.call import finish, items, record
from wengert.ops.follow import zeros_like
from wengert.ops.given_rule import require_agreement
from wengert.prims import calls
from wengert.runtime.capture import Captured, node_of
from wengert.runtime.tape import is_watched
from wengert.transforms.jvp import zeros_like as node_zeros
from wengert.transforms.vjp import vjp_graph

Rule = Callable[..., Any]


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """f, of which the reverse pass keeps the arguments only: what else it needs, it computes again.

    For a chain of n layers, a checkpoint every sqrt(n) of them needs the memory of about 2 sqrt(n) and one
    more forward pass.

    Example:
        >>> import wengert as wg
        >>> wg.grad(lambda x: checkpoint(wg.sin)(x * 2.0))(wg.Tensor(0.0)).item()
        2.0

    Source: Chen et al., "Training deep nets with sublinear memory cost", 2016; arXiv:1604.06174.
    """

    @functools.wraps(f)
    def called(*args: Any, **kwargs: Any) -> Any:
        found, operands = record(f, args, kwargs)
        return finish(found, items(calls.checkpoint(*operands, body=found.graph), found.graph))

    return called


def custom_gradient(f: Callable[..., Any] | None = None, *, check: bool = True) -> Any:
    """f with a reverse rule of its own: f returns `(result, rule)`, as in TensorFlow.

    `rule(*cotangents)`, one for each part of a tuple of results, gives the cotangent of each argument (in a
    tuple where there are several; None: zero). It may use any value of f. Forward mode is its transpose.
    f is recorded as a graph. What it closes over gets no derivative.

    Args:
        check: compare the rule with numeric differentiation at the first call. For a rule that differs on
            purpose (a straight-through estimator, a reversed gradient) say False.

    Raises:
        UsageError: rule and function disagree; f closes over a trainable variable.

    Example:
        >>> import wengert as wg
        >>> @custom_gradient
        ... def log1pexp(x):
        ...     e = wg.exp(x)
        ...     return wg.log(1.0 + e), lambda g: g * (1.0 - 1.0 / (1.0 + e))
        >>> wg.grad(log1pexp)(wg.Tensor(100.0)).item()
        1.0
    """
    if f is None:
        return functools.partial(custom_gradient, check=check)
    return _Custom("custom_gradient", f, check)


def custom_jvp(f: Callable[..., Any] | None = None, *, check: bool = True) -> Any:
    """f with a forward rule of its own: f returns `(result, rule)`.

    `rule(*tangents)`, one for each argument, gives the tangent of the result, nested like it. It must be
    linear: reverse mode is its transpose. Otherwise as `custom_gradient`.

    Example:
        >>> import wengert as wg
        >>> square = custom_jvp(lambda x: (x * x, lambda dx: 2.0 * x * dx))
        >>> wg.grad(square)(wg.Tensor(3.0)).item()
        6.0
    """
    if f is None:
        return functools.partial(custom_jvp, check=check)
    return _Custom("custom_jvp", f, check)


class _Custom:
    """A function whose derivative rule is given: it knows whether the rule was compared already."""

    def __init__(self, name: str, f: Callable[..., Any], check: bool) -> None:
        functools.update_wrapper(self, f)
        self.name, self.f, self.unchecked = name, f, check

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.unchecked and not is_watched() and not _recorded((args, kwargs)):
            return self._split(self.f(*args, **kwargs))[0]  # nobody asks for the rule
        forward_rule = self.name == "custom_jvp"
        directions: list[Node] = []

        def both(*xs: Any, **named: Any) -> Any:
            """The results, then what the rule gives for new directions."""
            result, rule = self._split(self.f(*xs, **named))
            if forward_rule:
                return result, self._tangents(rule, xs, result, directions)
            return result, self._cotangents(rule, xs, result, directions)

        found, operands = record(both, args, kwargs)
        self._refuse_variables(found)
        result = unflatten(found.structure, list(found.graph.outputs[: found.results]))[0]
        body, rule = _graphs(found, len(flatten(result)[0]), directions, forward_rule)
        if self.unchecked:
            require_agreement(self.name, body, rule, operands, forward=forward_rule)
            self.unchecked = False
        rules = {"forward": rule, "backward": _transposed(rule, len(operands))}
        if not forward_rule:
            rules = {"forward": rules["backward"], "backward": rule}
        outs = items(calls.custom(*operands, body=body, **rules), body)
        alone = replace(found, structure=flatten(result)[1], results=len(outs), assigned=())
        return finish(alone, outs)

    def _split(self, returned: Any) -> tuple[Any, Rule]:
        if not isinstance(returned, tuple) or len(returned) != 2 or not callable(returned[1]):
            raise UsageError(
                f"{self.name}: the function must return (result, rule), where rule is a function; "
                f"got {returned!r}."
            )
        return returned

    def _refuse_variables(self, found: Captured) -> None:
        names = [v.path for v in found.variables if v.trainable]
        if names or found.assigned:
            raise UsageError(
                f"{self.name}: what the function is differentiated by must be an argument, and it assigns "
                f"nothing; got variables {names or [v.path for v in found.assigned]}. Pass their values."
            )

    def _cotangents(self, rule: Rule, args: Sequence[Any], result: Any, directions: list[Node]) -> list[Any]:
        """The rule's cotangents of all float arguments, for new cotangents of the results."""
        parts = list(result) if isinstance(result, list | tuple) else [result]
        given = rule(*(_directions(p, "g", directions) for p in parts))
        alone = len(args) == 1 and (isinstance(args[0], list | tuple) or not isinstance(given, list | tuple))
        got = [given] if alone or not isinstance(given, list | tuple) else list(given)
        if len(got) != len(args):
            raise UsageError(
                f"{self.name}: the rule must give a cotangent for each of {len(args)} arguments; "
                f"got {len(got)}."
            )
        return [self._checked(x, g) for a, part in zip(args, got, strict=True) for x, g in _pairs(a, part)]

    def _tangents(self, rule: Rule, args: Sequence[Any], result: Any, directions: list[Node]) -> list[Any]:
        """The rule's tangents of all float results, for new tangents of the arguments."""
        given = rule(*(_directions(a, "d", directions) for a in args))
        return [self._checked(y, d) for y, d in _pairs(result, given)]

    def _checked(self, x: Any, d: Any) -> Any:
        if d is None:
            return zeros_like(x)
        d = node_of(d)
        if d.type != type_of(x):
            raise ShapeError(
                f"{self.name}: what the rule gives must have the type of its value, {type_of(x)}; "
                f"got {d.type}."
            )
        return d


def _recorded(tree: Any) -> bool:
    """Whether a leaf of the tree stands for a value that is not known yet."""
    return any(getattr(x, "level", 0) >= Node.level for x in flatten(tree)[0])


def _directions(tree: Any, name: str, made: list[Node]) -> Any:
    """A tree of new inputs for the float leaves of a tree; zeros for others."""
    leaves, structure = flatten(tree)
    new = []
    for x in leaves:
        t = type_of(x) if hasattr(x, "interpret") else None
        if t is not None and is_inexact(t.dtype):
            made.append(graph_input(t, f"{name}{len(made)}"))
            new.append(made[-1])
        else:
            new.append(x)
    return unflatten(structure, new)


def _pairs(values: Any, directions: Any) -> list[tuple[Any, Any]]:
    """The float leaves of a tree, each with its direction; None stands for zero everywhere."""
    leaves, structure = flatten(values)
    given = [None] * len(leaves) if directions is None else flatten(directions)[0]
    if directions is not None and len(given) != len(leaves):
        raise UsageError(
            f"custom: a rule's result must be nested as what it is for; got {len(given)} values "
            f"for {len(leaves)}."
        )
    both = zip(leaves, given, strict=True)
    return [(x, d) for x, d in both if hasattr(x, "interpret") and is_inexact(type_of(x).dtype)]


def _graphs(found: Captured, count: int, directions: list[Node], forward: bool) -> tuple[Graph, Graph]:
    """The function by itself, and its rule: zeros where it is asked for what the function closes over."""
    inputs, outputs = found.graph.inputs, found.graph.outputs[: found.results]
    body, given = Graph(inputs, outputs[:count]), list(outputs[count:])
    surroundings = [i for i in inputs[len(inputs) - len(found.operands) :] if is_inexact(i.dtype)]
    if forward:
        directions = [*directions, *(graph_input(i.type, "unused") for i in surroundings)]
    else:
        given += [node_zeros(i) for i in surroundings]
    return body, Graph((*inputs, *directions), tuple(given))


def _transposed(rule: Graph, operands: int) -> Graph | None:
    """The rule the other way: it is linear in its directions. None if a step of it has no derivative."""
    directions = rule.inputs[operands:]
    try:
        back = vjp_graph(rule, [False] * operands + [True] * len(directions))
    except UsageError:
        return None
    inputs = (*back.inputs[:operands], *back.inputs[len(rule.inputs) :])
    at = dict(zip(back.inputs, back.inputs, strict=True)) | {d: node_zeros(d) for d in directions}
    return Graph(inputs, inline(back, [at[i] for i in back.inputs]))
