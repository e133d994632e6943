"""Finite: who made the first NaN or infinity. While it is asked for, it is an error that names the step."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from wengert.base.errors import NotFiniteError
from wengert.ir.boundary import located
from wengert.ir.node import Node
from wengert.ir.source import Source, here
from wengert.ir.types import type_of
from wengert.ir.watch import watch


class _State(threading.local):
    on = False
    inside = False  # of a step whose result is not finite: its graphs look for their own


_STATE = _State()


@contextlib.contextmanager
def check_finite(on: bool = True) -> Iterator[None]:
    """A with-block (or decorator) in which a NaN or an infinity is an error that names where it came from.

    What is computed at once is looked at step by step, and so are the cotangents of a tape. A compiled function
    runs as ever; if a result of it, or a variable that it assigns, is not finite, its variables are put back,
    and it is replayed in the interpreter to find the step. So what never reaches a result, such as a
    logarithm that `where` leaves out, is told by the former and not by the latter.

    Raises:
        NotFiniteError: names the operation, the line that wrote it, forward or backward, and the first index;
            or the input or param that was not finite to begin with.

    Example:
        >>> import wengert as wg
        >>> with wg.check_finite():
        ...     wg.log(wg.Tensor([1.0, -1.0]))
        Traceback (most recent call last):
        wengert.base.errors.NotFiniteError: log: the result must be finite; got nan at [1] of f32[2], forward,
        where its input is -1.0. Keep the input inside of the operation's domain. [...]
    """
    before = _STATE.on
    _check(on)
    try:
        yield
    finally:
        _check(before)


def _check(on: bool) -> None:
    _STATE.on = on
    watch("finite", on)


def is_checked() -> bool:
    """Whether values are to be checked here."""
    return _STATE.on


def is_inside() -> bool:
    """Whether graphs that are evaluated here belong to a step that is being searched."""
    return _STATE.inside


def is_finite(x: Any) -> bool:
    """Whether all elements are; of a tuple, all of its parts."""
    if isinstance(x, tuple):
        return all(map(is_finite, x))
    if x.dtype.kind not in "fcV" or not x.size:  # "V": bfloat16
        return True
    with np.errstate(all="ignore"):
        if x.dtype.kind != "f":
            return bool(np.isfinite(x).all())
        # A sum of squares may overflow where all is finite, but where it is finite all is; and it is quick.
        return math.isfinite(np.vdot(x, x)) or bool(np.isfinite(x).all())


def require_finite_step(primitive: Any, xs: Sequence[Any], y: Any, params: dict[str, Any]) -> None:
    """Raise NotFiniteError if a step that just ran gave what is not finite; the line is the running one."""
    if not is_finite(y):
        raise _of_step(primitive, xs, y, params, here())


def require_finite(what: str, x: np.ndarray) -> None:
    """Raise NotFiniteError if what a program starts from is not finite."""
    if not is_finite(x):
        raise _of_value(what, x, here())


def require_finite_cotangent(node: Any, g: Any, k: int, part: Any) -> None:
    """Raise NotFiniteError if the reverse rule of a tensor's step gave its input `k` what is not finite."""
    value = getattr(part, "value", None)  # a node that is recorded has none yet
    if value is None or is_finite(value):
        return
    if not is_finite(g.value):
        raise _of_value("input: the cotangent", g.value, node.source)
    xs = [i.value for i in node.inputs]
    what = f"{node.primitive}: the gradient by its input {k} must be finite"
    raise _error(what, value, "backward", xs, node.source)


def require_finite_results(graph: Any, values: Mapping[Node, Any], names: Sequence[str] = ()) -> None:
    """Raise NotFiniteError if the graph's results are not finite, naming the first step that they owe it to.

    Args:
        values: of every node. names: of the inputs.
    """
    if all(is_finite(values[o]) for o in graph.outputs):
        return
    bad = {n for n, v in values.items() if not is_finite(v)}
    guilty = {o for o in graph.outputs if o in bad}
    for n in reversed(graph.nodes):
        if n in guilty:
            guilty.update(i for i in n.inputs if i in bad)
    first = next((n for n in graph.nodes if n in guilty and bad.isdisjoint(n.inputs)), None)
    assert first is not None
    if first.primitive is None:
        known = dict(zip(graph.inputs, names, strict=False))
        raise _of_value(known.get(first, "input: a constant"), values[first], _first_use(graph, first))
    xs = [values[i] for i in first.inputs]
    raise _of_step(first.primitive, xs, values[first], first.kwargs, first.source)


def _first_use(graph: Any, x: Node) -> Source | None:
    return next((n.source for n in graph.steps if any(i is x for i in n.inputs)), None)


def _of_step(
    primitive: Any, xs: Sequence[Any], y: Any, params: dict[str, Any], source: Source | None
) -> NotFiniteError:
    """The error for a step; if it has graphs of its own, for the step in them that is to blame."""
    for k, x in enumerate(xs):
        if not is_finite(x):
            return _of_value(f"input {k} of {primitive}", x, source)
    before, _STATE.inside = _STATE.inside, True
    try:
        with np.errstate(all="ignore"):
            primitive.numpy_rule(*xs, **params)
    except NotFiniteError as e:
        return e
    finally:
        _STATE.inside = before
    bad = y if not isinstance(y, tuple) else next(part for part in y if not is_finite(part))
    direction = "backward" if source is not None and source.gradient else "forward"
    return _error(f"{primitive}: the result must be finite", bad, direction, xs, source)


def _of_value(what: str, x: np.ndarray, source: Source | None) -> NotFiniteError:
    at, place = _first(x)
    return _located(
        f"{what}: must be finite; got {x[at]} at {place} of {type_of(x)}, before any step. Look at where it is made.",
        source,
    )


def _error(
    what: str, y: np.ndarray, direction: str, xs: Sequence[Any], source: Source | None
) -> NotFiniteError:
    at, place = _first(y)
    there = [str(x[at]) for x in xs if isinstance(x, np.ndarray) and x.shape == y.shape]
    verb = "inputs are" if len(there) > 1 else "input is"
    inputs = f", where its {verb} {', '.join(there)}" if there else ""
    return _located(
        f"{what}; got {y[at]} at {place} of {type_of(y)}, {direction}{inputs}. "
        f"Keep the input inside of the operation's domain.",
        source,
    )


def _first(x: np.ndarray) -> tuple[tuple[int, ...], str]:
    """The first index that is not finite, and how it is written."""
    at = tuple(int(k) for k in np.argwhere(~np.isfinite(x))[0])
    return at, f"[{', '.join(map(str, at))}]"


def _located(message: str, source: Source | None) -> NotFiniteError:
    error = NotFiniteError(f"{message} [{source or 'unknown line'}]")
    located(error)
    return error
