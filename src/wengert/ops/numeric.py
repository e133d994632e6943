"""Numeric differentiation: from values of the function alone, with an estimate of how wrong it is.

method       evaluations a direction    error
richardson   8 to 36                    about 1e-12, relative, for smooth functions in float64
central      4                          h^2 (1e-10)
forward      4                          h (1e-8)
complex      1                          none beyond rounding; for analytic functions only
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import finfo, is_float
from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.ir.boundary import boundary
from wengert.ir.graph import Graph, values_of
from wengert.ir.node import Node
from wengert.ir.types import type_of
from wengert.runtime.tensor import Tensor, as_array
from wengert.runtime.tracing import Placeholder, trace

__all__ = [
    "Estimate",
    "derivative",
    "gradient",
    "jacobian",
]

METHODS = ("richardson", "central", "forward", "complex")
ROWS, COLUMNS = 18, 7  # of Richardson's table: how often the step is halved, how often extrapolated
Line = Callable[[Any], np.ndarray]  # t -> f(x + t v)


@dataclass(frozen=True, eq=False)
class Estimate:
    """A derivative found numerically.

    value: the derivative. error: an estimate of its absolute error, element by element.
    evaluations: how often the function was called.
    """

    value: np.ndarray
    error: np.ndarray
    evaluations: int

    def __repr__(self) -> str:
        worst = float(np.max(self.error, initial=0))
        return f"Estimate({self.value}, error={worst:.1e}, evaluations={self.evaluations})"


@boundary
def derivative(
    f: Callable[..., Any], x: Any, *, method: str = "richardson", step: float | None = None
) -> Estimate:
    """df/dx of a function of one number; its result may be an array.

    Args:
        x: a number; Python's are taken as float64.
        method: one of "richardson", "central", "forward", "complex".
        step: h, in units of x; None chooses by dtype, method and the size of x.

    Example:
        >>> round(float(derivative(lambda x: x * x * x, 2.0).value), 9)
        12.0
    """
    a = _point("derivative", x)
    if a.shape:
        raise ShapeError(f"derivative: x must be a number; got {type_of(a)}. Use gradient or jacobian.")
    return jacobian(f, a, method=method, step=step)


@boundary
def gradient(
    f: Callable[..., Any], *args: Any, argnums: int = 0, method: str = "richardson", step: float | None = None
) -> Estimate:
    """df/dx, in the shape of argument `argnums`, of a function whose result is a number.

    Raises:
        ShapeError: the result is not a scalar.
    """
    found = jacobian(f, *args, argnums=argnums, method=method, step=step)
    want = np.shape(args[argnums])
    if found.value.shape != want:
        lead = found.value.shape[: found.value.ndim - len(want)]
        raise ShapeError(f"gradient: the function must return a scalar; got shape {lead}. Use jacobian.")
    return found


@boundary
def jacobian(
    f: Callable[..., Any], *args: Any, argnums: int = 0, method: str = "richardson", step: float | None = None
) -> Estimate:
    """The derivative of every element of f by every element of argument `argnums`: [*out, *in].

    Raises:
        DTypeError: the argument is not floating-point.
        UsageError: there is no such method, or the complex step is not legal for f.
    """
    if method not in METHODS:
        raise UsageError(f"numeric: method must be one of {', '.join(METHODS)}; got {method!r}.")
    if not -len(args) <= argnums < len(args):
        raise UsageError(f"numeric: argnums must name one of {len(args)} arguments; got {argnums}.")
    points = [x if k != argnums % len(args) else _point("numeric", x) for k, x in enumerate(args)]
    x = points[argnums]
    call = _complex_call(f, points, argnums) if method == "complex" else _call(f, points, argnums)
    columns, errors, count = [], [], 0
    for at in np.ndindex(x.shape):
        v = np.zeros_like(x)
        v[at] = 1
        found = along(_line(call, x, v), max(abs(float(x[at])), 1.0), x.dtype.name, method, step)
        columns.append(found.value)
        errors.append(found.error)
        count += found.evaluations
    if not columns:
        empty = np.zeros((*call(x).shape, *x.shape))
        return Estimate(empty, empty, 1)
    shape = (*columns[0].shape, *x.shape)
    return Estimate(np.stack(columns, -1).reshape(shape), np.stack(errors, -1).reshape(shape), count)


def along(
    line: Line,
    scale: float = 1.0,
    dtype: str = "float64",
    method: str = "richardson",
    step: float | None = None,
) -> Estimate:
    """d line(t) / dt at t = 0.

    Args:
        scale: a change of t over which the line may bend; steps are in units of it.
        dtype: of the function's values: tells how they are rounded.
    """
    if method == "complex":
        h = scale * 1e-30 if step is None else step
        value = np.asarray(line(1j * h)).imag / h
        return Estimate(value, finfo(dtype).eps * np.abs(value), 1)
    eps = float(finfo(dtype).eps)
    if method == "richardson":
        return _richardson(line, _power_of_two(0.25 * scale) if step is None else step, eps)
    h = step or _power_of_two(scale * (math.sqrt(eps) if method == "forward" else eps ** (1 / 3)))
    slope = _forward if method == "forward" else _central
    order = 1 if method == "forward" else 2
    value, noise = slope(line, h, eps)
    twice, _ = slope(line, 2 * h, eps)  # how much the step matters
    error = np.abs(twice - value) / (2**order - 1) + noise
    return Estimate(value, error, 4)


def _forward(line: Line, h: float, eps: float) -> tuple[np.ndarray, np.ndarray]:
    here, there = line(0.0), line(h)
    return (there - here) / h, eps * (np.abs(here) + np.abs(there)) / h


def _central(line: Line, h: float, eps: float) -> tuple[np.ndarray, np.ndarray]:
    """The slope, and how much of it may be rounding of the two values."""
    above, below = line(h), line(-h)
    return (above - below) / (2 * h), eps * (np.abs(above) + np.abs(below)) / (2 * h)


def _richardson(line: Line, h: float, eps: float) -> Estimate:
    """Central differences at h, h/2, h/4, ... extrapolated to h = 0; of the table the best, by element.

    Steps that leave the domain (a value is not finite) are left out, so a first step may be too large.

    Source: Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4(2),
    1982.
    """
    value = error = None
    above: list[np.ndarray] = []
    evaluations = 0
    for _ in range(ROWS):
        with np.errstate(all="ignore"):
            slope, noise = _central(line, h, eps)
            evaluations += 2
            row = [slope]
            for k, before in enumerate(above[: COLUMNS - 1]):
                row.append(row[k] + (row[k] - before) / (4 ** (k + 1) - 1))
            if value is None or error is None:
                value, error = slope, np.full(np.shape(slope), np.inf)
            for k in range(1, len(row)):
                new = np.maximum(np.abs(row[k] - row[k - 1]), np.abs(row[k] - above[k - 1])) + noise
                better = new < error  # never where either is NaN
                value, error = np.where(better, row[k], value), np.where(better, new, error)
        above = row
        h /= 2
        if evaluations >= 8 and np.all(error <= 4 * noise):
            break  # a smaller step would only be rounded more
    assert value is not None
    assert error is not None
    return Estimate(np.asarray(value), np.asarray(error), evaluations)


def _power_of_two(h: float) -> float:
    """The next below, so that x + h is rounded as little as can be."""
    return math.ldexp(1.0, math.floor(math.log2(h)))


def _line(call: Line, x: np.ndarray, v: np.ndarray) -> Line:
    return lambda t: call(x + t * v)


def _point(name: str, x: Any) -> np.ndarray:
    """x as an array to step from; Python floats in float64."""
    a = np.asarray(x, np.float64) if isinstance(x, float | list | tuple) else as_array(x)
    if not is_float(a.dtype.name):
        raise DTypeError(
            f"{name}: the argument to differentiate by must be floating-point; got {type_of(a)}. "
            f"Convert with astype first."
        )
    return a


def _call(f: Callable[..., Any], points: list[Any], argnums: int) -> Callable[[Any], np.ndarray]:
    """f as a function of one of its arguments, from arrays to arrays."""

    def call(x: np.ndarray) -> np.ndarray:
        given = list(points)
        given[argnums] = Tensor(np.asarray(x))
        return np.asarray(as_array(f(*given)))

    return call


# --- the complex step -----------------------------------------------------------------------------

# What is analytic and whose NumPy rule holds for complex numbers as it stands.
ANALYTIC = (
    "add sub mul mul_no_nan div neg sqrt rsqrt exp expm1 log log1p sin cos tanh pow identity "
    "broadcast_to reduce_sum reshape transpose reverse slice pad concatenate dot cumsum reduce_prod cumprod recurrence"
)


def _complex_call(f: Callable[..., Any], points: list[Any], argnums: int) -> Callable[[Any], np.ndarray]:
    """f on complex numbers: its graph, run by the NumPy rules.

    Raises:
        UsageError: some step that the argument reaches is not analytic.

    Source: Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review
    40(1), 1998.
    """
    given = list(points)
    given[argnums] = Placeholder(0)
    graph = trace(f, given, {}, [type_of(points[argnums])]).graph
    if len(graph.outputs) != 1:
        raise UsageError(f"numeric: the function must return one array; got {len(graph.outputs)}.")
    reached = {graph.inputs[0]}
    for n in graph.steps:
        if not reached.isdisjoint(n.inputs):
            reached.add(n)
            if n.primitive is not None and n.primitive.name not in ANALYTIC.split():
                raise UsageError(
                    f"numeric: the complex step needs analytic functions; got {n.primitive} [{n.source}]. "
                    f'Use method="richardson".'
                )
    return lambda x: _evaluate_complex(graph, x)


def _evaluate_complex(graph: Graph, x: np.ndarray) -> np.ndarray:
    def step(n: Node, ins: tuple[Any, ...]) -> Any:
        assert n.primitive is not None
        return n.primitive.numpy_rule(*map(np.asarray, ins), **n.kwargs)

    with np.errstate(all="ignore"):
        return np.asarray(values_of(graph, [x], step)[graph.outputs[0]])
