"""Calls of graphs: checkpoint, whose inside is computed again in reverse; custom, with its own rules.

Both give a tuple of values, as control flow does; `item(t, index=k)` is number k.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base.dtypes import is_inexact
from wengert.base.errors import UsageError
from wengert.ir.dim import Dim
from wengert.ir.graph import Graph, evaluate, replay
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType
from wengert.prims.control import Derive, Types, check_graph, items_of, spread
from wengert.prims.movement import full_like, lead

Length = int | Dim


def floats(types: Sequence[TensorType]) -> list[int]:
    """Which of the types have derivatives."""
    return [k for k, t in enumerate(types) if is_inexact(t.dtype)]


# --- checkpoint -----------------------------------------------------------------------------------


def _checkpoint_type(*operands: TensorType, body: Graph) -> Types:
    check_graph("checkpoint", "body", body, operands)
    return body.out_types


def _checkpoint_jvp(dots: Any, out: Any, *operands: Any, body: Graph, derive: Derive) -> Any:
    moving = [d is not None for d in dots]
    if not any(moving):
        return None
    both = checkpoint(*operands, *(d for d in dots if d is not None), body=derive(body, moving))
    count, at = len(body.outputs), floats(body.out_types)
    return spread(count, at, items_of(both, len(at), count))


def _checkpoint_vjp(g: Any, out: Any, *operands: Any, body: Graph, derive: Derive) -> tuple[Any, ...]:
    there, given = [part is not None for part in g], [part for part in g if part is not None]
    at = floats(body.in_types)
    back = derive(body, [k in at for k in range(len(operands))], there)
    grads = checkpoint(*operands, *given, body=back)
    return spread(len(operands), at, items_of(grads, len(at)))


def _checkpoint_batch(size: Length, moved: Any, *operands: Any, body: Graph, derive: Any) -> Any:
    batched, flags = derive(body, moved, size)
    return items_of(checkpoint(*operands, body=batched), len(flags)), flags


# body(*operands); its reverse pass runs the body again and keeps nothing of the first run but the operands
checkpoint: Primitive = Primitive(
    "checkpoint",
    type_rule=_checkpoint_type,
    numpy_rule=lambda *operands, body: tuple(evaluate(body, operands)),
    jvp=_checkpoint_jvp,
    vjp=_checkpoint_vjp,
    batch=_checkpoint_batch,
    derives=True,
)

# --- custom ---------------------------------------------------------------------------------------


def _custom_type(*operands: TensorType, body: Graph, forward: Graph | None, backward: Graph | None) -> Types:
    check_graph("custom", "body", body, operands)
    ins = tuple(operands[k] for k in floats(operands))
    outs = tuple(body.out_types[k] for k in floats(body.out_types))
    for what, rule, extra in (("forward", forward, ins), ("backward", backward, outs)):
        if rule is not None:
            check_graph("custom", what, rule, (*operands, *extra))
    return body.out_types


def _custom_jvp(
    dots: Any, out: Any, *operands: Any, body: Graph, forward: Graph | None, backward: Any, derive: Derive
) -> Any:
    if forward is None:
        raise UsageError(
            "custom_gradient: has no forward mode, as its rule has a step without derivative; got a tangent. "
            "Write the rule with custom_jvp."
        )
    if all(d is None for d in dots):
        return None
    given = (full_like(operands[k], 0) if dots[k] is None else dots[k] for k in floats(body.in_types))
    return spread(len(body.outputs), floats(body.out_types), replay(forward, [*operands, *given]))


def _custom_vjp(
    g: Any, out: Any, *operands: Any, body: Graph, forward: Any, backward: Graph | None, derive: Derive
) -> tuple[Any, ...]:
    if backward is None:
        raise UsageError(
            "custom_jvp: has no reverse mode, for its rule has a step without derivative; got a cotangent. "
            "Write the rule with custom_gradient."
        )
    given = [
        full_like(operands[0], 0, body.out_types[k]) if g[k] is None else g[k] for k in floats(body.out_types)
    ]
    return spread(len(operands), floats(body.in_types), replay(backward, [*operands, *given]))


def _custom_batch(
    size: Length,
    moved: Any,
    *operands: Any,
    body: Graph,
    forward: Graph | None,
    backward: Graph | None,
    derive: Any,
) -> Any:
    """Every operand gets the batch's axis, so that a cotangent of each example finds its place."""
    xs = [x if m else lead(x, size) for x, m in zip(operands, moved, strict=True)]
    every = {
        k: None if g is None else derive(g, [True] * len(g.inputs), size, [True] * len(g.outputs))[0]
        for k, g in (("body", body), ("forward", forward), ("backward", backward))
    }
    count = len(body.outputs)
    return items_of(custom(*xs, **every), count), [True] * count


# body(*operands), whose derivatives are what the user says:
#   forward(*operands, *tangents of float operands) -> tangents of float results
#   backward(*operands, *cotangents of float results) -> cotangents of float operands
custom: Primitive = Primitive(
    "custom",
    type_rule=_custom_type,
    numpy_rule=lambda *operands, body, forward, backward: tuple(evaluate(body, operands)),
    jvp=_custom_jvp,
    vjp=_custom_vjp,
    batch=_custom_batch,
    derives=True,
)
