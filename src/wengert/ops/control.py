"""Control flow on values: `cond`, `switch`, `while_loop`, `fori_loop`, `scan`, with Python functions inside.

The functions are recorded as graphs. They may use tensors, variables and recorded values of their
surroundings, through which derivatives flow as through arguments, and assign variables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.base.tree import flatten, unflatten
from wengert.ir.boundary import boundary
from wengert.ir.dim import Dim
from wengert.ir.graph import Graph
from wengert.ir.node import Node, graph_input
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.ops.call import items, record, value
from wengert.ops.math import less
from wengert.prims import control as prims
from wengert.runtime.capture import Captured, capture
from wengert.runtime.variable import Variable

Function = Callable[..., Any]


@boundary
def cond(predicate: Any, true: Function, false: Function, *operands: Any) -> Any:
    """`true(*operands)` where the predicate holds, else `false(*operands)`; only one of them runs.

    Args:
        predicate: a bool scalar.
        true, false: functions whose results have the same types, nested alike.

    Raises:
        DTypeError: the predicate is no bool scalar.
        ShapeError, UsageError: the results differ in type or nesting.

    Example:
        >>> import wengert as wg
        >>> cond(wg.Tensor(True), lambda x: x * 2.0, lambda x: x - 1.0, wg.Tensor(3.0)).item()
        6.0
    """
    predicate = value(predicate)
    if type_of(predicate) != TensorType((), "bool"):
        raise DTypeError(
            f"cond: the predicate must be a bool scalar; got {type_of(predicate)}. Compare, then reduce with "
            f"wg.all or wg.any."
        )
    (yes, values), (no, _) = record(true, operands, {}), record(false, operands, {})
    _require_same(yes, no)
    given = yes.arguments
    assigned = tuple(dict.fromkeys((*yes.assigned, *no.assigned)))
    now = [v.kept for v in assigned]  # for the branch that does not assign it
    graphs = [
        _branch(yes, [], no.graph.inputs[given:], assigned),
        _branch(no, yes.graph.inputs[given:], [], assigned),
    ]
    operands = (*values[:given], *yes.operands, *no.operands, *now)
    results = items(prims.cond(predicate, *operands, true=graphs[0], false=graphs[1]), graphs[0])
    for v, new in zip(assigned, results[yes.results :], strict=True):
        v.assign(new)
    return unflatten(yes.structure, results[: yes.results])


def _require_same(yes: Captured, no: Captured) -> None:
    types = [found.graph.out_types[: found.results] for found in (yes, no)]
    if yes.structure != no.structure or types[0] != types[1]:
        raise ShapeError(
            f"cond: both branches must give the same types, nested alike; got {_show(types[0])} where true "
            f"and {_show(types[1])} where false."
        )


def _branch(
    found: Captured, before: Sequence[Node], after: Sequence[Node], assigned: Sequence[Variable]
) -> Graph:
    """A branch that takes what both branches use of their surroundings, and gives what either assigns."""
    inputs, outputs, given = found.graph.inputs, found.graph.outputs, found.arguments
    held = {v: graph_input(v.held, v.name) for v in assigned}
    new = held | dict(zip(found.assigned, outputs[found.results :], strict=True))
    ends = (*inputs[:given], *_like(before), *inputs[given:], *_like(after), *held.values())
    return Graph(ends, (*outputs[: found.results], *new.values()))


def _like(nodes: Sequence[Node]) -> list[Node]:
    """Inputs like these that nobody reads."""
    return [graph_input(n.type, n.name or "unused") for n in nodes]


def _show(types: Sequence[object]) -> str:
    return ", ".join(map(str, types)) or "nothing"


@boundary
def switch(index: Any, branches: Sequence[Function], *operands: Any) -> Any:
    """`branches[index](*operands)`; an index outside of the branches takes the nearest.

    Example:
        >>> import wengert as wg
        >>> switch(wg.Tensor(2), [wg.sin, wg.cos, wg.negative], wg.Tensor(3.0)).item()
        -3.0
    """
    if not branches:
        raise UsageError("switch: there must be at least one branch; got none.")
    if type_of(value(index)).shape or not type_of(value(index)).dtype.startswith(("int", "uint")):
        raise DTypeError(f"switch: the index must be an integer scalar; got {type_of(value(index))}.")
    if len(branches) == 1:
        return branches[0](*operands)
    half = len(branches) // 2

    def part(chosen: Sequence[Function], start: int) -> Function:
        return lambda at, *xs: switch(at - start, chosen, *xs)

    index = cast(value(index), "int64")
    low, high = part(branches[:half], 0), part(branches[half:], half)
    return cond(less(index, half), low, high, index, *operands)


@boundary
def while_loop(test: Function, body: Function, init: Any) -> Any:
    """`state = body(state)` again and again, from `init`, while `test(state)` holds.

    Forward mode goes through it; reverse mode needs the number of steps: use `fori_loop` or `scan`.

    Args:
        test: gives a bool scalar.
        body: gives a state of the types it takes, nested alike.
        init: an array or a tree of arrays.

    Example:
        >>> import wengert as wg
        >>> while_loop(lambda x: x < 100.0, lambda x: x * 2.0, wg.Tensor(3.0)).item()
        192.0
    """
    leaves, structure = flatten(init)
    start = [value(x) for x in leaves]
    types = [type_of(x) for x in start]

    def on_leaves(f: Function) -> Function:
        return lambda *xs: f(unflatten(structure, list(xs)))

    check, step = capture(on_leaves(test), types), capture(on_leaves(body), types)
    if check.graph.out_types[: check.results] != (TensorType((), "bool"),) or check.assigned:
        raise DTypeError(
            f"while_loop: the test must give one bool scalar and assign nothing; got "
            f"{', '.join(map(str, check.graph.out_types))}."
        )
    n = len(types)
    _require_state("while_loop", types, structure, step.graph.out_types[: step.results], step.structure)
    mine, others = step.graph.inputs, check.graph.inputs
    seen = _like(others[n:])
    loop = Graph((*mine, *seen), (*step.graph.outputs[:n], *_after_turn(step), *seen))
    again = Graph((*others[:n], *_like(mine[n:]), *others[n:]), check.graph.outputs)
    results = items(prims.while_loop(*start, *step.operands, *check.operands, cond=again, body=loop), loop)
    for v in step.assigned:
        v.assign(results[step.variables[v]])
    return unflatten(structure, results[:n])


def _after_turn(found: Captured) -> list[Node]:
    """What a turn uses of its surroundings, for the next turn: as it was, or as this one assigned it."""
    after = list(found.graph.inputs)
    for v, new in zip(found.assigned, found.graph.outputs[found.results :], strict=True):
        after[found.variables[v]] = new
    return after[found.arguments :]


def _require_state(
    name: str,
    types: Sequence[TensorType],
    structure: object,
    new: Sequence[TensorType],
    new_structure: object,
) -> None:
    if structure != new_structure or tuple(types) != tuple(new):
        raise ShapeError(
            f"{name}: the body must give what it takes, nested alike; got one that takes {_show(types)} and gives "
            f"{_show(new)}. Convert what it starts from, or its result, with astype or reshape."
        )


@boundary
def fori_loop(lower: Any, upper: Any, body: Function, init: Any) -> Any:
    """`state = body(i, state)` for i = lower, ..., upper - 1, from `init`.

    Where both ends are Python ints (or symbolic lengths), it is a scan, and reverse mode goes through it.

    Example:
        >>> import wengert as wg
        >>> fori_loop(0, 4, lambda i, x: x * 2.0, wg.Tensor(1.0)).item()
        16.0
    """
    if isinstance(lower, int) and isinstance(upper, int | Dim):
        length = max(0, upper - lower) if isinstance(upper, int) else upper - lower

        def turn(carry: Any, _: None) -> Any:
            return (carry[0] + 1, body(carry[0], carry[1])), None

        return scan(turn, (lower, init), length=length)[0][1]
    state = (cast(value(lower), "int64"), cast(value(upper), "int64"), init)
    return while_loop(lambda s: less(s[0], s[1]), lambda s: (s[0] + 1, s[1], body(s[0], s[2])), state)[2]


@boundary
def scan(
    f: Function, init: Any, xs: Any = None, *, length: int | Dim | None = None, reverse: bool = False
) -> tuple[Any, Any]:
    """`carry, ys[t] = f(carry, xs[t])` for each t, from `carry = init`; gives the last carry and all ys.

    Args:
        f: gives a carry of the types it takes, nested alike, and anything else, which is stacked.
        xs: an array or a tree of arrays, gone through along their first axis. None: `length` turns without.
        reverse: go from the last to the first.

    Raises:
        ShapeError, UsageError: the carry changes its type or nesting; lengths differ.

    Example:
        >>> import wengert as wg
        >>> last, sums = scan(lambda s, x: (s + x, s + x), wg.Tensor(0.0), wg.Tensor([1.0, 2.0, 3.0]))
        >>> sums.numpy()
        array([1., 3., 6.], dtype=float32)
    """
    leaves, structure = flatten(init)
    rows, row_structure = flatten(xs)
    start, rows = [value(x) for x in leaves], [value(x) for x in rows]
    count = _scan_length([type_of(r) for r in rows], length)
    types = [type_of(x) for x in start]
    row_types = [TensorType(type_of(r).shape[1:], type_of(r).dtype) for r in rows]

    def turn(*values: Any) -> Any:
        carry = unflatten(structure, list(values[: len(start)]))
        returned = f(carry, unflatten(row_structure, list(values[len(start) :])))
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise UsageError(f"scan: the function must return (carry, y); got {returned!r}. y may be None.")
        after, after_structure = flatten(returned[0])
        ends.append((len(after), after_structure))
        return after, returned[1]

    ends: list[tuple[int, Any]] = []
    found = capture(turn, [*types, *row_types])
    (n, after_structure), outputs = ends[0], found.graph.outputs
    _require_state("scan", types, structure, found.graph.out_types[:n], after_structure)
    inputs, given, after = found.graph.inputs, found.arguments, _after_turn(found)
    body = Graph(
        (*inputs[:n], *inputs[given:], *inputs[n:given]),
        (*outputs[:n], *after, *outputs[n : found.results]),
    )
    held = n + len(after)
    operands = (*start, *found.operands, *rows)
    results = items(prims.scan(*operands, body=body, carries=held, length=count, reverse=reverse), body)
    for v in found.assigned:
        v.assign(results[n + found.variables[v] - given])
    _, ys = unflatten(found.structure, [*results[:n], *results[held:]])
    return unflatten(structure, results[:n]), ys


def _scan_length(rows: Sequence[TensorType], length: int | Dim | None) -> int | Dim:
    """How many turns there are."""
    if any(not t.rank for t in rows):
        raise ShapeError(f"scan: xs must have an axis to go along; got {_show(rows)}.")
    lengths = {t.shape[0] for t in rows} | ({length} if length is not None else set())
    if len(lengths) != 1:
        raise ShapeError(
            f"scan: xs and length must agree; got {_show(sorted(lengths, key=str))}. "
            f"Give xs of one length, or length."
        )
    return lengths.pop()
