"""Control flow: cond, while_loop and scan, whose parameters are graphs; and item, one of several results.

All three give a tuple of values; `item(t, index=k)` is number k. Graphs are closed: what a body uses comes in
as an operand. A carry that a body hands on as it is (an *invariant*: weights, for example) costs nothing.

Their derivatives need those of the graphs. The transforms hand in how to make them, as `derive`:
    in jvp rules  derive(graph, moving): (*inputs, *tangents of moving inputs)
                                         -> (*outputs, *tangents of the float outputs)
    in vjp rules  derive(graph, wanted, given): (*inputs, *cotangents of given outputs)
                                         -> (cotangents of wanted inputs)
    in batch rules  derive(graph, moved, size, wanted): the graph for a batch; which outputs are batched
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import is_inexact
from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.ir.dim import Dim
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import graph_input
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType
from wengert.prims.control_batch import batch_cond, batch_scan, batch_while
from wengert.prims.movement import full_like
from wengert.prims.params import check_flag, check_int, is_length, show_types

Types = tuple[TensorType, ...]
Derive = Callable[..., Graph]


def check_graph(name: str, what: str, graph: object, inputs: Types) -> None:
    """Raise UsageError or ShapeError unless `graph` is a graph that takes these types."""
    if not isinstance(graph, Graph):
        raise UsageError(f"{name}: {what} must be a graph; got {graph!r}. Record it first.")
    if graph.in_types != inputs:
        raise ShapeError(
            f"{name}: {what} must take the types of the operands, {show_types(inputs)}; "
            f"it takes {show_types(graph.in_types)}."
        )


def _floats(types: Sequence[TensorType]) -> list[int]:
    """Which of the types have derivatives."""
    return [k for k, t in enumerate(types) if is_inexact(t.dtype)]


def items_of(values: Any, count: int, start: int = 0) -> list[Any]:
    """Some of several results, each by itself."""
    return [item(values, index=start + k) for k in range(count)]


def spread(count: int, at: Sequence[int], values: Sequence[Any]) -> tuple[Any, ...]:
    """`values` at the places `at` of `count`, None elsewhere."""
    found = dict(zip(at, values, strict=True))
    return tuple(found.get(k) for k in range(count))


# --- item -----------------------------------------------------------------------------------------


def _item_type(types: Any, *, index: int) -> TensorType:
    if not isinstance(types, tuple):
        raise DTypeError(f"item: the operand must be several results; got {types}, which is one.")
    check_int("item", "index", index, 0)
    if index >= len(types):
        raise ShapeError(f"item: index must be below the number of results, {len(types)}; got {index}.")
    return types[index]  # type: ignore[no-any-return]


item: Primitive = Primitive(
    "item",
    type_rule=_item_type,
    numpy_rule=lambda values, *, index: values[index],
    jvp=lambda dots, out, values, *, index: None if dots[0] is None else dots[0][index],
    vjp=lambda g, out, values, *, index: (spread(len(values.type), [index], [g]),),
    lead=lambda size, **params: params,
)

# --- cond -----------------------------------------------------------------------------------------


def _cond_type(predicate: TensorType, *operands: TensorType, true: Graph, false: Graph) -> Types:
    if predicate != TensorType((), "bool"):
        raise DTypeError(f"cond: the predicate must be a bool scalar; got {predicate}. Compare, then reduce.")
    check_graph("cond", "true", true, operands)
    check_graph("cond", "false", false, operands)
    if true.out_types != false.out_types:
        raise ShapeError(
            f"cond: both branches must give the same types; got {show_types(true.out_types)} and "
            f"{show_types(false.out_types)}."
        )
    return true.out_types


def _cond_jvp(
    dots: Any, out: Any, predicate: Any, *operands: Any, true: Graph, false: Graph, derive: Derive
) -> Any:
    moving = [d is not None for d in dots[1:]]
    given = [d for d in dots[1:] if d is not None]
    if not given:
        return None
    both = cond(predicate, *operands, *given, true=derive(true, moving), false=derive(false, moving))
    count, floats = len(true.outputs), _floats(true.out_types)
    return spread(count, floats, items_of(both, len(floats), count))


def _cond_vjp(
    g: Any, out: Any, predicate: Any, *operands: Any, true: Graph, false: Graph, derive: Derive
) -> tuple[Any, ...]:
    there, given = [part is not None for part in g], [part for part in g if part is not None]
    floats = _floats(true.in_types)
    wanted = [k in floats for k in range(len(operands))]
    back = {"true": derive(true, wanted, there), "false": derive(false, wanted, there)}
    grads = cond(predicate, *operands, *given, **back)
    return None, *spread(len(operands), floats, items_of(grads, len(floats)))


# true(*operands) where the predicate holds, else false(*operands)
cond: Primitive = Primitive(
    "cond",
    type_rule=_cond_type,
    numpy_rule=lambda predicate, *operands, true, false: tuple(
        evaluate(true if predicate else false, operands)
    ),
    jvp=_cond_jvp,
    vjp=_cond_vjp,
    batch=lambda size, moved, *xs, **params: batch_cond(cond, size, moved, *xs, **params),
    derives=True,
)

# --- while_loop -----------------------------------------------------------------------------------


def _while_type(*init: TensorType, cond: Graph, body: Graph) -> Types:
    check_graph("while_loop", "cond", cond, init)
    check_graph("while_loop", "body", body, init)
    if cond.out_types != (TensorType((), "bool"),):
        raise DTypeError(f"while_loop: cond must give one bool scalar; got {show_types(cond.out_types)}.")
    if body.out_types != init:
        raise ShapeError(
            f"while_loop: body must give the types it takes, {show_types(init)}; "
            f"got {show_types(body.out_types)}."
        )
    return init


def _while_numpy(*init: np.ndarray, cond: Graph, body: Graph) -> tuple[Any, ...]:
    values: Sequence[Any] = init
    while evaluate(cond, values)[0]:
        values = evaluate(body, values)
    return tuple(values)


def _while_jvp(dots: Any, out: Any, *init: Any, cond: Graph, body: Graph, derive: Derive) -> Any:
    if all(d is None for d in dots):
        return None
    moving = _moving(body, dots, len(init))
    floats = [k for k, m in enumerate(moving) if m]
    pushed = derive(body, moving)
    tangents = dict(zip(_floats(body.out_types), pushed.outputs[len(init) :], strict=True))
    step = Graph(pushed.inputs, (*pushed.outputs[: len(init)], *(tangents[k] for k in floats)))
    unused = (graph_input(body.in_types[k], f"d{k}") for k in floats)
    test = Graph((*cond.inputs, *unused), cond.outputs)
    start = [full_like(init[k], 0) if dots[k] is None else dots[k] for k in floats]
    both = while_loop(*init, *start, cond=test, body=step)
    return spread(len(init), floats, items_of(both, len(floats), len(init)))


def _while_vjp(g: Any, out: Any, *init: Any, **params: Any) -> tuple[Any, ...]:
    raise UsageError(
        "while_loop: has no reverse mode, for how many steps it takes is not known before; got a cotangent. "
        "Use scan, which takes a number of steps, or forward mode (jvp)."
    )


def _moving(body: Graph, dots: Sequence[Any], carries: int) -> list[bool]:
    """Which inputs of a loop's body have a tangent: float carries, but for invariants that come with none."""
    return [
        is_inexact(i.dtype) and (d is not None or not _is_invariant(body, k))
        if k < carries
        else d is not None
        for k, (i, d) in enumerate(zip(body.inputs, dots, strict=True))
    ]


def _is_invariant(body: Graph, k: int) -> bool:
    """Whether the body hands carry k on as it is."""
    return body.outputs[k] is body.inputs[k]


# body(*values) again and again, while cond(*values)
while_loop: Primitive = Primitive(
    "while_loop",
    type_rule=_while_type,
    numpy_rule=_while_numpy,
    jvp=_while_jvp,
    vjp=_while_vjp,
    batch=lambda size, moved, *xs, **params: batch_while(while_loop, size, moved, *xs, **params),
    derives=True,
)

# --- scan -----------------------------------------------------------------------------------------


def _scan_type(*operands: TensorType, body: Graph, carries: int, length: int | Dim, reverse: bool) -> Types:
    check_int("scan", "carries", carries, 0)
    check_flag("scan", "reverse", reverse)
    if carries > len(operands):
        raise UsageError(f"scan: there must be {carries} carries; got {len(operands)} operands.")
    if not is_length(length) or (not isinstance(length, Dim) and length < 0):
        raise ShapeError(f"scan: length must be an integer >= 0; got {length!r}.")
    first, xs = operands[:carries], operands[carries:]
    if any(not x.rank or x.shape[0] != length for x in xs):
        raise ShapeError(f"scan: the first axis of each x must be {length} long; got {show_types(xs)}.")
    check_graph("scan", "body", body, (*first, *(TensorType(x.shape[1:], x.dtype) for x in xs)))
    if body.out_types[:carries] != first:
        raise ShapeError(
            f"scan: body must give carries of the types it takes, {show_types(first)}; "
            f"got {show_types(body.out_types[:carries])}."
        )
    return (*first, *(TensorType((length, *y.shape), y.dtype) for y in body.out_types[carries:]))


def _scan_numpy(
    *operands: np.ndarray, body: Graph, carries: int, length: int, reverse: bool
) -> tuple[Any, ...]:
    values, xs = list(operands[:carries]), operands[carries:]
    ys = [np.empty((length, *y.shape), y.dtype) for y in body.out_types[carries:]]
    for t in reversed(range(length)) if reverse else range(length):
        *values, rows = (
            *(results := evaluate(body, [*values, *(x[t] for x in xs)]))[:carries],
            results[carries:],
        )
        for y, row in zip(ys, rows, strict=True):
            y[t] = row
    return (*values, *ys)


def _scan_jvp(
    dots: Any,
    out: Any,
    *operands: Any,
    body: Graph,
    carries: int,
    length: int | Dim,
    reverse: bool,
    derive: Derive,
) -> Any:
    if all(d is None for d in dots):
        return None
    moving = _moving(body, dots, carries)
    moved = [k for k, m in enumerate(moving) if m]
    state = [k for k in moved if k < carries]
    pushed = derive(body, moving)
    count, n = len(operands), len(body.outputs)
    tangent_in = dict(zip(moved, pushed.inputs[count:], strict=True))
    tangent_out = dict(zip(_floats(body.out_types), pushed.outputs[n:], strict=True))
    rows = [k for k in tangent_out if k >= carries]
    step = Graph(
        (
            *pushed.inputs[:carries],
            *(tangent_in[k] for k in state),
            *pushed.inputs[carries:count],
            *(tangent_in[k] for k in moved if k >= carries),
        ),
        (
            *pushed.outputs[:carries],
            *(tangent_out[k] for k in state),
            *pushed.outputs[carries:n],
            *(tangent_out[k] for k in rows),
        ),
    )
    start = [full_like(operands[k], 0) if dots[k] is None else dots[k] for k in state]
    both = scan(
        *operands[:carries],
        *start,
        *operands[carries:],
        *(dots[k] for k in moved if k >= carries),
        body=step,
        carries=carries + len(state),
        length=length,
        reverse=reverse,
    )
    at = [*(carries + k for k in range(len(state))), *(n + len(state) + k for k in range(len(rows)))]
    return spread(n, [*state, *rows], [item(both, index=k) for k in at])


def _scan_vjp(
    g: Any,
    out: Any,
    *operands: Any,
    body: Graph,
    carries: int,
    length: int | Dim,
    reverse: bool,
    derive: Derive,
) -> tuple[Any, ...]:
    """A scan the other way over the pullback of the body.

    That needs the carries of each step: the scan is run once more, and stacks them.
    """
    fixed = [k for k in range(carries) if _is_invariant(body, k)]
    kept = [k for k in range(carries) if k not in fixed]
    state, rows = [k for k in _floats(body.in_types) if k < carries], range(carries, len(operands))
    given = [k for k in range(carries, len(g)) if g[k] is not None]
    wanted = [k in _floats(body.in_types) for k in range(len(operands))]
    back = derive(body, wanted, [k in state or k in given for k in range(len(g))])

    recording = Graph(body.inputs, (*body.outputs, *(body.inputs[k] for k in kept)))
    tape = scan(*operands, body=recording, carries=carries, length=length, reverse=reverse)
    count = len(operands)
    bars = dict(zip([*state, *given], back.inputs[count:], strict=True))
    step = Graph(
        (
            *(bars[k] for k in state),
            *(back.inputs[k] for k in fixed),
            *(back.inputs[k] for k in (*kept, *rows)),
            *(bars[k] for k in given),
        ),
        (*back.outputs[: len(state)], *(back.inputs[k] for k in fixed), *back.outputs[len(state) :]),
    )
    grads = scan(
        *(full_like(operands[k], 0) if g[k] is None else g[k] for k in state),
        *(operands[k] for k in fixed),
        *items_of(tape, len(kept), len(body.outputs)),
        *(operands[k] for k in rows),
        *(g[k] for k in given),
        body=step,
        carries=len(state) + len(fixed),
        length=length,
        reverse=not reverse,
    )
    float_rows = [k for k in rows if wanted[k]]
    found = [*items_of(grads, len(state)), *items_of(grads, len(float_rows), len(state) + len(fixed))]
    return spread(count, [*state, *float_rows], found)


# carries, ys[t] = body(*carries, *xs[t]) for t = 0..length - 1 (reverse: from the last to the first)
scan: Primitive = Primitive(
    "scan",
    type_rule=_scan_type,
    numpy_rule=_scan_numpy,
    jvp=_scan_jvp,
    vjp=_scan_vjp,
    batch=lambda size, moved, *xs, **params: batch_scan(scan, size, moved, *xs, **params),
    derives=True,
)
