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

TOLERANCE = {"float64": 1e-5, "float32": 2e-2, "bfloat16": 0.2, "float16": 0.1}
STEP = {"float64": 1e-5, "float32": 1e-2}
LENGTH = 2  # of a symbolic dimension


def require_agreement(name: str, body: Graph, rule: Graph, operands: Sequence[Any], *, forward: bool) -> None:
    """Compare u . J v by the rule with u . (f(x + hv) - f(x - hv)) / 2h, near the operands, for random u, v.

    Where an operand has no number yet, a random one stands in. What is not finite is not compared.

    Raises:
        UsageError: they differ.
    """
    rng = np.random.default_rng(0)
    lengths = {n: LENGTH for t in body.in_types for n in t.dims()}
    xs = [_point(x, substitute(t, lengths), rng) for x, t in zip(operands, body.in_types, strict=True)]
    vs = [_direction(x, rng) for x in xs]
    ys = evaluate(body, xs)
    us = [_direction(y, rng) for y in ys]
    dtype = next((y.dtype.name for y in ys if is_float(y.dtype.name)), None)
    if dtype is None:
        return
    h = STEP.get(dtype, 0.1)
    above, below = (evaluate(body, _moved(xs, vs, s * h)) for s in (1, -1))
    numeric = (_dot(us, above) - _dot(us, below)) / (2 * h)
    given = [d for d in (vs if forward else us) if d is not None]
    by_rule = _dot([d for d in (us if forward else vs) if d is not None], evaluate(rule, [*xs, *given]))
    scale = max(abs(numeric), abs(by_rule), _size(us, ys) if dtype != "float64" else 0, 1e-3)
    if np.isfinite(numeric) and np.isfinite(by_rule) and abs(numeric - by_rule) > TOLERANCE[dtype] * scale:
        raise UsageError(
            f"{name}: the rule must agree with numeric differentiation; got {by_rule:.6g} where differences "
            f"give {numeric:.6g}. Correct the rule, or pass check=False if it differs on purpose."
        )


def _point(x: Any, t: TensorType, rng: np.random.Generator) -> np.ndarray:
    """Near the operand, where it has a number: not exactly there, where a kink is likelier than elsewhere."""
    known = getattr(x, "value", None)
    if not isinstance(known, np.ndarray) or any(isinstance(n, Dim) for n in type_of(x).shape):
        known = np.zeros(t.shape, t.dtype)
        spread: Any = 1.0
    else:
        spread = 0.01 * (np.abs(known) + 0.1)
    if not is_float(t.dtype):
        return known
    return np.asarray(known + spread * rng.uniform(0.5, 1.0, t.shape)).astype(t.dtype)


def _direction(x: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    return np.asarray(rng.standard_normal(x.shape)).astype(x.dtype) if is_float(x.dtype.name) else None


def _moved(xs: Sequence[np.ndarray], vs: Sequence[np.ndarray | None], h: float) -> list[np.ndarray]:
    return [x if v is None else np.asarray(x + h * v).astype(x.dtype) for x, v in zip(xs, vs, strict=True)]


def _dot(us: Sequence[np.ndarray | None], ys: Sequence[np.ndarray]) -> float:
    return sum(
        float(np.vdot(u.astype(np.float64), y.astype(np.float64)))
        for u, y in zip(us, ys, strict=True)
        if u is not None
    )


def _size(us: Sequence[np.ndarray | None], ys: Sequence[np.ndarray]) -> float:
    return sum(float(np.linalg.norm(y)) for u, y in zip(us, ys, strict=True) if u is not None)
