"""Derivatives as users ask for them: `grad`, `value_and_grad`, `GradientTape`, `gradients`."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.base.tree import flatten, unflatten
from wengert.ir.node import Node
from wengert.ir.operators import broadcast_to
from wengert.ir.primitive import REGISTRY
from wengert.ir.types import TensorType, type_of
from wengert.prims.families import total
from wengert.runtime.recording import current
from wengert.runtime.tape import Leaves, paused, tape
from wengert.runtime.tensor import Tensor, fresh_leaf
from wengert.runtime.variable import Variable
from wengert.transforms.vjp import vjp


def gradients(outputs: Any, inputs: Any, cotangents: Any = None) -> Any:
    """J^T v: how outputs, each weighted by its cotangent (ones if None), change with each input.

    Args:
        outputs, inputs: nodes of a graph being recorded, or tensors that were watched; trees of them.
        cotangents: a tree like outputs.

    Returns:
        A tree like inputs; zeros where nothing depends on an input.
    """
    outs, _ = flatten(outputs)
    ins, structure = flatten(inputs)
    given = [None] * len(outs) if cotangents is None else flatten(cotangents)[0]
    seeds = [ones_like(o) if g is None else _cotangent(o, g) for o, g in zip(outs, given, strict=True)]
    found = vjp(outs, ins, seeds)
    return unflatten(structure, [zeros_like(i) if g is None else g for i, g in zip(ins, found, strict=True)])


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, has_aux: bool = False
) -> Callable[..., Any]:
    """`(f(x), df/dx)` for a function with a scalar result.

    Args:
        argnums: which arguments to differentiate by; each may be a tree of arrays.
        has_aux: f returns `(scalar, anything)`; then the result is `((scalar, anything), gradient)`.

    Raises:
        ShapeError: the result is not a scalar.
        DTypeError: an argument to differentiate by is not floating-point.

    Example:
        >>> value_and_grad(lambda x: x * x)(3.0)[1].item()
        6.0
    """
    many = not isinstance(argnums, int)
    numbers = tuple(argnums) if not isinstance(argnums, int) else (argnums,)

    @functools.wraps(f)
    def both(*args: Any, **kwargs: Any) -> Any:
        if any(not -len(args) <= n < len(args) for n in numbers):
            raise UsageError(
                f"grad: argnums must name positional arguments; got {numbers} for {len(args)} of them."
            )
        chosen = [args[n] for n in numbers]
        leaves, structure = flatten(chosen)
        with tape():
            fresh = [leaf(x) for x in leaves]
            replaced = dict(zip([n % len(args) for n in numbers], unflatten(structure, fresh), strict=True))
            out = f(*(replaced.get(k, a) for k, a in enumerate(args)), **kwargs)
        loss = out[0] if has_aux else out
        if type_of(loss).shape != ():
            raise ShapeError(
                f"grad: the function must return a scalar; got {type_of(loss)}. Take its sum or mean, or "
                f"use vjp."
            )
        grads = unflatten(structure, gradients(loss, fresh))
        return out, (tuple(grads) if many else grads[0])

    return both


def grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, has_aux: bool = False
) -> Callable[..., Any]:
    """df/dx for a function with a scalar result. Arguments as for `value_and_grad`; nests to any order.

    Example:
        >>> grad(grad(lambda x: x * x * x))(2.0).item()
        12.0
    """

    def only(*args: Any, **kwargs: Any) -> Any:
        out, g = value_and_grad(f, argnums, has_aux=has_aux)(*args, **kwargs)
        return (g, out[1]) if has_aux else g

    return functools.wraps(f)(only)


def leaf(x: Any) -> Any:
    """A fresh value equal to x, for reverse mode to stop at."""
    t = type_of(x.value if isinstance(x, Variable) else x)
    if not is_float(t.dtype) and not isinstance(x, float):
        raise DTypeError(
            f"grad: arguments to differentiate by must be floating-point; got {t}. Convert with astype first."
        )
    value = x.value if isinstance(x, Variable) else x
    if isinstance(value, Node):
        return REGISTRY["identity"](value)
    return fresh_leaf(value if isinstance(value, Tensor | np.ndarray) else Tensor(value))


def ones_like(x: Any) -> Any:
    return _filled(type_of(x), 1)


def zeros_like(x: Any) -> Any:
    """Zeros of x's type; of a variable's too."""
    return _filled(type_of(x), 0)


def _filled(t: TensorType, value: int) -> Any:
    one = np.asarray(value, t.dtype)
    return broadcast_to(one if current() is not None else Tensor.wrap(one, type_of(one)), t.shape)


def _cotangent(out: Any, g: Any) -> Any:
    g = g if hasattr(g, "interpret") else np.asarray(g, type_of(out).dtype)
    return broadcast_to(g, type_of(out).shape)


class GradientTape:
    """Records what tensors go through, so that `gradient` can go back: TensorFlow's tape.

    Trainable variables are watched by themselves, tensors by `watch`. Tapes nest, for higher orders.

    Args:
        persistent: allow `gradient` to be called more than once.

    Example:
        >>> x = Variable(3.0)
        >>> with GradientTape() as t:
        ...     y = x * x
        >>> t.gradient(y, x).item()
        6.0
    """

    def __init__(self, persistent: bool = False) -> None:
        self.persistent = persistent
        self._used = False
        self._leaves: Leaves = {}
        self._watched: set[Variable] = set()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> GradientTape:
        self._leaves = self._stack.enter_context(tape())
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def watch(self, *tensors: Any) -> None:
        """Follow what is computed from these tensors from here on."""
        for x in tensors:
            if isinstance(x, Variable):
                self._watched.add(x)
                x = x.value
            if isinstance(x, Tensor):
                x.tracked = True
            elif not isinstance(x, Node):
                raise UsageError(
                    f"GradientTape.watch: needs tensors; got {type(x).__name__}. Make one: wg.Tensor(x)."
                )

    def stop_recording(self) -> contextlib.AbstractContextManager[None]:
        """A with-block in which nothing is recorded."""
        return paused()

    def gradient(self, target: Any, sources: Any, output_gradients: Any = None) -> Any:
        """d target / d sources, weighted by `output_gradients` (ones if None); a tree like `sources`.

        None for a source that was not watched, or that the target does not depend on, as in TensorFlow.
        """
        if self._used and not self.persistent:
            raise UsageError(
                "GradientTape.gradient: can be called once; got a second call. Use "
                "GradientTape(persistent=True)."
            )
        self._used = True
        outs, _ = flatten(target)
        wanted, structure = flatten(sources)
        given = [None] * len(outs) if output_gradients is None else flatten(output_gradients)[0]
        leaves = [self._leaves_of(x) for x in wanted]
        seeds = [ones_like(o) if g is None else _cotangent(o, g) for o, g in zip(outs, given, strict=True)]
        found = iter(vjp(outs, [x for group in leaves for x in group], seeds))
        return unflatten(structure, [total(next(found) for _ in group) for group in leaves])

    def _leaves_of(self, source: Any) -> list[Any]:
        """What stood for a source while it was watched."""
        if isinstance(source, Variable):
            watched = source.trainable or source in self._watched
            return self._leaves.get(source, []) if watched else []
        if not isinstance(source, Node | Tensor):
            raise UsageError(
                f"GradientTape.gradient: sources must be variables or watched tensors; got {type(source).__name__}. "
                f"Make one, wg.Tensor(x), and watch it."
            )
        return [source] if isinstance(source, Node) or source.tracked else []
