"""What the backward pass keeps of the forward pass, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wengert.ir.dim import Dim
from wengert.ir.node import Node, toposort


@dataclass(frozen=True)
class Saved:
    """A value of the forward pass that the backward pass reads."""

    value: Node
    readers: tuple[Node, ...]  # the steps of the backward pass that need it
    nbytes: int | Dim  # a formula in the symbolic lengths

    def __str__(self) -> str:
        what = self.value.primitive or f"input {self.value.name}"
        why = ", ".join(sorted({f"{r.primitive} [{r.source}]" for r in self.readers}))
        return f"{what}: {self.value.type}, {self.nbytes} bytes [{self.value.source}], needed by {why}"


def saved(outputs: Sequence[Node], gradients: Sequence[Node]) -> list[Saved]:
    """The forward values that the computation of `gradients` reads, in the order they are made.

    Args:
        outputs: what the forward pass computes.
        gradients: what `vjp` made of it, before or after passes that treated both in one graph.

    Constants and numbers repeated to a shape cost nothing and are left out. Inputs are listed: they must live
    as long as the rest.
    """
    forward = set(toposort(outputs))
    readers: dict[Node, dict[Node, None]] = {}
    for node in toposort(gradients):
        if node not in forward:
            for i in node.inputs:
                if i in forward:
                    readers.setdefault(i, {})[node] = None
    order = [n for n in toposort(outputs) if n in readers and not _is_free(n)]
    return [Saved(n, tuple(readers[n]), _nbytes(n.type)) for n in order]


def _is_free(node: Node) -> bool:
    return node.value is not None or (
        node.primitive is not None and node.primitive.name == "broadcast_to" and _is_free(node.inputs[0])
    )


def _nbytes(t: Any) -> int | Dim:
    parts = t if isinstance(t, tuple) else (t,)
    total: int | Dim = 0
    for p in parts:
        total = p.nbytes + total
    return total
