"""Control flow for a batch of examples.

Where all of them take the same way, the way is taken once, with batches in place of examples. Where they
may not, `cond` runs both branches and `while_loop` goes on until the last example is done; `where` chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wengert.ir.dim import Dim
from wengert.ir.graph import Graph, replay
from wengert.ir.primitive import REGISTRY, Primitive
from wengert.ir.types import type_of
from wengert.prims.logic import where
from wengert.prims.movement import broadcast_to, lead, move_axis, reshape
from wengert.prims.reduction import reduce_any

Length = int | Dim
Derive = Callable[..., tuple[Graph, list[bool]]]
Batched = tuple[list[Any], list[bool]]  # values, and which of them have the axis of the batch


def batch_cond(
    prim: Primitive,
    size: Length,
    moved: Sequence[bool],
    predicate: Any,
    *operands: Any,
    true: Graph,
    false: Graph,
    derive: Derive,
) -> Batched:
    """A batch of `cond`."""
    flags = _either(*(derive(branch, moved[1:], size)[1] for branch in (true, false)))
    if moved[0]:
        flags = [True] * len(flags)
    yes, no = (derive(branch, moved[1:], size, flags)[0] for branch in (true, false))
    if not moved[0]:
        return _items(prim(predicate, *operands, true=yes, false=no), len(flags)), flags
    both = zip(replay(yes, operands), replay(no, operands), strict=True)
    return [_choose(predicate, a, b) for a, b in both], flags


def batch_while(
    prim: Primitive,
    size: Length,
    moved: Sequence[bool],
    *init: Any,
    cond: Graph,
    body: Graph,
    derive: Derive,
) -> Batched:
    """A batch of `while_loop`."""
    flags = _settled(lambda now: derive(body, now, size)[1], moved)
    test, (each,) = derive(cond, flags, size)
    if each:  # every example stops by itself: the carries that change are its own
        changes = [o is not i for i, o in zip(body.inputs, body.outputs, strict=True)]
        flags = _either(flags, changes)
        test, _ = derive(cond, flags, size)
    step, _ = derive(body, flags, size, flags)
    if each:
        going = replay(test, step.inputs)[0]
        outputs = (
            o if o is i else _choose(going, o, i) for i, o in zip(step.inputs, step.outputs, strict=True)
        )
        step = Graph(step.inputs, tuple(outputs))
        test = Graph(test.inputs, (reduce_any(test.outputs[0], axes=(0,)),))
    start = [x if m or not f else lead(x, size) for x, m, f in zip(init, moved, flags, strict=True)]
    return _items(prim(*start, cond=test, body=step), len(flags)), flags


def batch_scan(
    prim: Primitive,
    size: Length,
    moved: Sequence[bool],
    *operands: Any,
    body: Graph,
    carries: int,
    length: Length,
    reverse: bool,
    derive: Derive,
) -> Batched:
    """A batch of `scan`: the batch is the second axis of what it goes through."""
    rows = list(moved[carries:])
    state = _settled(lambda now: derive(body, [*now, *rows], size)[1][:carries], moved[:carries])
    step, flags = derive(body, [*state, *rows], size, [*state, *[False] * (len(body.outputs) - carries)])
    start = [
        x if m or not f else lead(x, size)
        for x, m, f in zip(operands[:carries], moved[:carries], state, strict=True)
    ]
    xs = [move_axis(x, 0, 1) if m else x for x, m in zip(operands[carries:], rows, strict=True)]
    found = _items(prim(*start, *xs, body=step, carries=carries, length=length, reverse=reverse), len(flags))
    ys = (move_axis(y, 1, 0) if m else y for y, m in zip(found[carries:], flags[carries:], strict=True))
    return [*found[:carries], *ys], flags


def _settled(following: Callable[[list[bool]], list[bool]], flags: Sequence[bool]) -> list[bool]:
    """Which carries are batched on some turn: batched at first, or made of what is batched."""
    now = list(flags)
    while True:
        new = _either(now, following(now))
        if new == now:
            return now
        now = new


def _either(a: Sequence[bool], b: Sequence[bool]) -> list[bool]:
    return [p or q for p, q in zip(a, b, strict=True)]


def _choose(predicate: Any, x: Any, y: Any) -> Any:
    """Example by example x where the predicate holds, else y."""
    shape = type_of(x).shape
    column = reshape(predicate, shape=(shape[0], *(1 for _ in shape[1:])))
    return where(broadcast_to(column, shape=shape), x, y)


def _items(values: Any, count: int) -> list[Any]:
    return [REGISTRY["item"](values, index=k) for k in range(count)]
