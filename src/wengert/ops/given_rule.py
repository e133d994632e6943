"""A rule that a user gives, against numeric differentiation of the function that it is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.errors import UsageError
from wengert.ir.dim import Dim
from wengert.ir.graph import Graph, evaluate, substitute
from wengert.ir.types import TensorType, type_of
from wengert.ops.agreement import Arrays, line, random_like, scalarized
from wengert.ops.numeric import along
from wengert.transforms.widen import widen

TOLERANCE = 1e-5  # relative: a user's own constants may have few digits
LENGTH = 2  # of a symbolic dimension


def require_agreement(name: str, body: Graph, rule: Graph, operands: Sequence[Any], *, forward: bool) -> None:
    """Compare u . J v by the rule with numeric differentiation, in float64, near the operands, for random u, v.

    Where an operand has no number yet, a random one stands in. What is not finite is not compared.

    Raises:
        UsageError: they differ.
    """
    rng = np.random.default_rng(0)
    lengths = {n: LENGTH for t in body.in_types for n in t.dims()}
    body, rule = (substitute(widen(g), lengths) for g in (body, rule))
    phi = scalarized(body)
    moving = [k for k, i in enumerate(body.inputs) if is_float(i.dtype)]
    xs = [_point(x, i.type, rng) for x, i in zip(operands, body.inputs, strict=True)]
    vs = random_like(rng, [body.inputs[k] for k in moving])
    us = random_like(rng, phi.inputs[len(xs) :])
    numeric = along(line(phi, moving, [*xs, *us], vs), method="central")
    want = float(numeric.value)
    got = _dot(us if forward else vs, evaluate(rule, [*xs, *(vs if forward else us)]))
    allowed = TOLERANCE * max(abs(want), abs(got), 1e-3) + float(numeric.error)
    if np.isfinite(want) and np.isfinite(got) and abs(got - want) > allowed:
        raise UsageError(
            f"{name}: the rule must agree with numeric differentiation; got {got:.6g} where differences "
            f"give {want:.6g}. Correct the rule, or pass check=False if it differs on purpose."
        )


def _point(x: Any, t: TensorType, rng: np.random.Generator) -> np.ndarray:
    """Near the operand, where it has a number: not exactly there, where a kink is likelier than elsewhere."""
    known, spread = np.zeros(t.shape, t.dtype), np.ones(t.shape)
    value = getattr(x, "value", None)
    if isinstance(value, np.ndarray) and not any(isinstance(n, Dim) for n in type_of(x).shape):
        known = value
        spread = 0.01 * (np.abs(value.astype(t.dtype)) + 0.1)
    return known + spread * rng.uniform(0.5, 1.0, t.shape) if is_float(t.dtype) else known


def _dot(a: Arrays, b: Arrays) -> float:
    return float(sum(np.vdot(x, y) for x, y in zip(a, b, strict=True)))
