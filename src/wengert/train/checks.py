"""Checks: what is most likely a mistake in how model, loss and labels go together, found in the recorded step."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wengert.ir.node import Node
from wengert.nn.symbolic import needs

if TYPE_CHECKING:
    from wengert.runtime.variable import Variable
    from wengert.train.objective import Goal, Objective
    from wengert.train.programs import Programs

THROUGH = ("cast", "reshape", "identity", "transpose")
"""Steps that leave values as they are."""


@dataclass(frozen=True)
class Problem:
    """One likely mistake. Prints as its message.

    Attributes:
        kind: "double softmax", "logits", "unused output", "unused input", "no gradient" or "data".
        message: what must hold, what was found, what to do.
    """

    kind: str
    message: str

    def __str__(self) -> str:
        return self.message


def warn(problems: Sequence[Problem]) -> None:
    """Tell the user of `fit`."""
    for problem in problems:
        warnings.warn(f"fit: {problem}", RuntimeWarning, stacklevel=2)


def of_step(
    model: Programs,
    goal: Objective,
    outputs: Sequence[Any],
    weights: Sequence[Variable],
    grads: Sequence[Any],
) -> list[Problem]:
    """What a training step shows: outputs and gradients, which are None where there are none."""
    return [*of_outputs(goal, outputs), *of_gradients(model, weights, grads), *of_ends(model, goal)]


def of_outputs(objective: Objective, outputs: Sequence[Any]) -> list[Problem]:
    """What recorded outputs say of the losses that they go into."""
    return [p for goal in objective.goals for p in _of_output(goal, outputs[goal.place])]


def _of_output(goal: Goal, y: Any) -> list[Problem]:
    y = _plain(y)
    loss, logits = goal.loss, getattr(goal.loss, "from_logits", None)
    if loss is None or logits is None:
        return []
    function = "softmax" if _scores_of_softmax(y) is not None else "sigmoid" if _is(y, "sigmoid") else None
    scores = _scores_of_softmax(y)
    if scores is not None and _scores_of_softmax(_plain(scores)) is not None:
        return [
            Problem(
                "double softmax",
                f"output {goal.name!r} must go through one softmax; got one after another. Take one of them away.",
            )
        ]
    if logits and function is not None:
        return [
            Problem(
                "double softmax",
                f"loss {loss.name!r} with from_logits=True must be given scores; output {goal.name!r} has gone through "
                f"{function}, which the loss does again. Take the activation away, or say from_logits=False.",
            )
        ]
    if not logits and _is_linear(y):
        return [
            Problem(
                "logits",
                f"loss {loss.name!r} must be given probabilities; output {goal.name!r} is a layer's plain sum, "
                f"which is none. Say from_logits=True, or end with activation='softmax' (of one unit: 'sigmoid').",
            )
        ]
    return []


def _is(x: Any, primitive: str) -> bool:
    return getattr(x, "primitive", None) is not None and x.primitive.name == primitive


def _plain(x: Any) -> Any:
    """What a value is, beneath steps that only move it."""
    while isinstance(x, Node) and x.primitive is not None and x.primitive.name in THROUGH:
        x = x.inputs[0]
    return x


def _scores_of_softmax(p: Any) -> Any:
    """z, if p was recorded as exp(z - ...) / its own sum."""
    if not _is(p, "div") or not _is(p.inputs[0], "exp"):
        return None
    total = p.inputs[1]
    while (
        isinstance(total, Node)
        and total.primitive is not None
        and total.primitive.name in ("broadcast_to", "reshape")
    ):
        total = total.inputs[0]
    if not _is(total, "reduce_sum") or total.inputs[0] is not p.inputs[0]:
        return None
    shifted = p.inputs[0].inputs[0]
    return shifted.inputs[0] if _is(shifted, "sub") else shifted


def _is_linear(x: Any) -> bool:
    """Whether x is a product with weights, with or without a bias, and nothing after it."""
    if _is(x, "dot") or _is(x, "conv"):
        return True
    if not _is(x, "add"):
        return False
    sides = [_plain(i) for i in x.inputs]
    return any(_is(s, "dot") or _is(s, "conv") for s in sides) and any(_is(s, "broadcast_to") for s in sides)


def of_gradients(model: Programs, weights: Sequence[Variable], grads: Sequence[Any]) -> list[Problem]:
    """Weights that the loss does not depend on, or only through steps that have no derivative."""
    places = {v: place for place, v in model.named_variables.items()}
    unreached = [places.get(w, w.path) for w, g in zip(weights, grads, strict=True) if g is None]
    if not unreached:
        return []
    some = ", ".join(unreached[:5]) + (", ..." if len(unreached) > 5 else "")
    return [
        Problem(
            "no gradient",
            f"every trainable weight must have a share in the loss; a gradient reaches none of {some}. Use what their "
            f"layers give, or set trainable=False.",
        )
    ]


def of_ends(model: Programs, objective: Objective) -> list[Problem]:
    """Outputs without a loss or a metric that nobody left out on purpose, and inputs that nothing is made of."""
    found = []
    told = [w for w in (objective.wanted.loss, objective.wanted.metrics) if isinstance(w, Mapping)]
    used = {goal.name for goal in objective.goals}
    for name in model.gives.names:
        if name not in used and told and not any(name in w for w in told):
            found.append(
                Problem(
                    "unused output",
                    f"every output must have a loss or a metric; {name!r} has none. Give it one, or say so: "
                    f"loss={{..., {name!r}: None}}.",
                )
            )
    ends: Any = model
    if hasattr(ends, "order"):  # a functional model
        needed = {i for node in ends.order for i in needs(node)} | set(ends.outputs)
        found += [
            Problem(
                "unused input", f"every input must be made something of; {node.name!r} is not. Leave it out."
            )
            for node in ends.inputs
            if node not in needed
        ]
    return found
