"""Muon: the gradient's mean, made orthogonal, as the step of a matrix."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import field
from typing import Any, ClassVar

from wengert.base.errors import ValueRangeError
from wengert.ir.operators import matmul
from wengert.ir.types import type_of
from wengert.nn.optimizers.adam import adam_step
from wengert.nn.optimizers.optimizer import Optimizer, Slots, zeros
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.operands import Array
from wengert.ops.shape import transpose
from wengert.runtime.variable import Variable


class Muon(Optimizer):
    """``p -= learning_rate * rms_rate * sqrt(max(n, k)) * orthogonal(v)``, v the momentum of an n x k weight.

    Five steps of Newton and Schulz bring the singular values of v near 1. What is no matrix (biases, kernels
    of convolutions), embeddings, and what `exclude_layers` names, takes AdamW's step.

    Args:
        learning_rate: of both kinds of step.
        adam_beta_1, adam_beta_2, epsilon: as Adam's.
        adam_weight_decay: weight decay of what takes AdamW's step; `weight_decay` is the matrices'.
        exclude_layers: patterns (of `re`) of names. exclude_embeddings: names with "embedding" in them, too.
        muon_a, muon_b, muon_c: of the polynomial a*x + b*x**3 + c*x**5 that each step applies.
        adam_lr_ratio: AdamW's rate over `learning_rate`.
        momentum: share of the last step that this one keeps, in [0, 1).
        ns_steps: steps of Newton and Schulz.
        nesterov: the gradient acts as if taken after the momentum's part of the step.
        rms_rate: root mean square of a step's elements at a rate of 1, as AdamW's is about 0.2; None: unscaled.

    State: momentum; of AdamW's also velocity.

    Source: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; Liu et al.,
    arXiv:2502.16982, section 2.2 (rms_rate).
    """

    learning_rate: Any = 0.001
    adam_beta_1: float = 0.9
    adam_beta_2: float = 0.999
    adam_weight_decay: float | None = 0.004
    epsilon: float = 1e-7
    weight_decay: float | None = field(default=0.004, kw_only=True)
    exclude_layers: Sequence[str] = ()
    exclude_embeddings: bool = True
    muon_a: float = 3.4445
    muon_b: float = -4.7750
    muon_c: float = 2.0315
    adam_lr_ratio: float = 1.0
    momentum: float = 0.95
    ns_steps: int = 5
    nesterov: bool = True
    rms_rate: float | None = 0.2
    by_place: ClassVar[tuple[Any, ...]] = (
        "learning_rate",
        "adam_beta_1",
        "adam_beta_2",
        "adam_weight_decay",
        "epsilon",
        *Optimizer.by_place[1:],
        ...,
    )

    def check_fields(self) -> None:
        self.require_in("[0, 1)", "adam_beta_1", "adam_beta_2", "momentum")
        if self.ns_steps < 1:
            raise ValueRangeError(f"Muon: ns_steps must be at least 1; got {self.ns_steps!r}.")

    def slots(self, p: Variable) -> dict[str, Any]:
        return zeros(p, "momentum", "velocity") if self._takes_adam(p) else zeros(p, "momentum")

    def decay(self, p: Variable) -> Any:
        return self.adam_weight_decay if self._takes_adam(p) else self.weight_decay

    def _takes_adam(self, p: Variable) -> bool:
        patterns = [*self.exclude_layers, *(["(?i)embedding"] if self.exclude_embeddings else [])]
        return len(p.shape) != 2 or any(re.search(pattern, p.path) for pattern in patterns)

    def step(self, p: Array, g: Array, lr: Array, t: Array, **slots: Array) -> tuple[Array, Slots]:
        if "velocity" in slots:
            move, new = adam_step(
                g, lr * self.adam_lr_ratio, t, self.adam_beta_1, self.adam_beta_2, self.epsilon, slots
            )
            return p - move, new
        mean = slots["momentum"] * self.momentum + g
        move = self._orthogonal(g + mean * self.momentum if self.nesterov else mean)
        if self.rms_rate is not None:
            rows, columns = type_of(p).shape
            move = move * (self.rms_rate * math.sqrt(max(rows, columns)))
        return p - move * lr, {"momentum": mean}

    def _orthogonal(self, x: Array) -> Array:
        """x with singular values near 1, by products of the smaller of x x' and x' x."""
        rows, columns = type_of(x).shape
        x = transpose(x) if rows > columns else x
        x = x / (m.sqrt(reduce.sum(x * x)) + 1e-7)  # no singular value is above 1 now
        for _ in range(self.ns_steps):
            a = matmul(x, transpose(x))
            x = x * self.muon_a + matmul(a * self.muon_b + matmul(a, a) * self.muon_c, x)
        return transpose(x) if rows > columns else x
