"""Derivatives: `grad`, `value_and_grad`, `jvp`, `vjp`, `linearize`, `hvp` of functions; `gradients`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from wengert.base.errors import ShapeError, UsageError
from wengert.base.tree import flatten, unflatten
from wengert.ir.boundary import boundary
from wengert.ops.follow import Followed, follow, ones_like, seed, seeds, zeros_like
from wengert.runtime.tape import tape
from wengert.transforms.jvp import jvp as push
from wengert.transforms.vjp import vjp as pull


@boundary
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
    bars = [ones_like(o) if g is None else seed("gradients", o, g) for o, g in zip(outs, given, strict=True)]
    return unflatten(structure, complete(ins, pull(outs, ins, bars)))


def complete(values: Sequence[Any], derivatives: Sequence[Any]) -> list[Any]:
    """Derivatives with zeros, of the types of `values`, in place of None."""
    return [zeros_like(v) if d is None else d for v, d in zip(values, derivatives, strict=True)]


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
    numbers = as_numbers(argnums)

    @boundary
    @functools.wraps(f)
    def both(*args: Any, **kwargs: Any) -> Any:
        done = follow("grad", f, args, numbers, has_aux=has_aux, **kwargs)
        grads = unflatten(done.structure, gradient_of_scalar("grad", done))
        return done.result, (grads[0] if isinstance(argnums, int) else tuple(grads))

    return both


def as_numbers(argnums: int | Sequence[int]) -> tuple[int, ...]:
    """One number or several as a tuple."""
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


def gradient_of_scalar(name: str, done: Followed) -> list[Any]:
    """The gradient of a function's result, which must be one scalar, by each leaf.

    Raises:
        ShapeError: it is not.
    """
    if len(done.outs) != 1 or done.outs[0].shape != ():
        raise ShapeError(
            f"{name}: the function must return a scalar; got {', '.join(str(o.type) for o in done.outs) or 'nothing'}. "
            f"Take its sum or mean, or use vjp."
        )
    return complete(done.leaves, pull(done.outs, done.leaves, [ones_like(done.outs[0])]))


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

    return functools.wraps(f)(boundary(only))


@boundary
def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """`(f(*x), J v)`: forward mode, one pass for one direction whatever the size of the result.

    Args:
        primals: the arguments of f, each an array or a tree of arrays.
        tangents: the direction: nested as `primals`.

    Raises:
        UsageError: primals and tangents are not nested alike.
        ShapeError: a tangent does not have the shape of its primal.

    Example:
        >>> y, dy = jvp(lambda x: x * x, (3.0,), (1.0,))
        >>> dy.item()
        6.0
    """
    out, forward = linearize(f, *_arguments("jvp", "primals", primals))
    return out, forward(*_arguments("jvp", "tangents", tangents))


@boundary
def linearize(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """`(f(*x), v -> J v)`: f runs once, however many directions are pushed through it afterwards.

    Example:
        >>> y, forward = linearize(lambda x: x * x, 3.0)
        >>> forward(1.0).item(), forward(10.0).item()
        (6.0, 60.0)
    """
    done = follow("linearize", f, primals, range(len(primals)))

    @boundary
    def forward(*tangents: Any) -> Any:
        dots = seeds("jvp", done.leaves, done.structure, list(tangents))
        return unflatten(done.out_structure, complete(done.outs, push(done.outs, done.leaves, dots)))

    return done.result, forward


@boundary
def vjp(
    f: Callable[..., Any], *primals: Any, has_aux: bool = False
) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """`(f(*x), v -> J^T v)`: reverse mode, one pass for one direction whatever the size of the arguments.

    Args:
        has_aux: f returns `(result, anything)`; only the first part is differentiated.

    Returns:
        What f returns, and the pullback: it takes a cotangent, nested as the result, and gives a tuple with
        the cotangent of each argument. It can be called any number of times.

    Example:
        >>> y, pullback = vjp(lambda a, b: a * b, 3.0, 4.0)
        >>> [g.item() for g in pullback(1.0)]
        [4.0, 3.0]
    """
    done = follow("vjp", f, primals, range(len(primals)), has_aux=has_aux)

    @boundary
    def pullback(cotangent: Any) -> tuple[Any, ...]:
        bars = seeds("vjp", done.outs, done.out_structure, cotangent)
        found = complete(done.leaves, pull(done.outs, done.leaves, bars))
        return tuple(unflatten(done.structure, found))

    return done.result, pullback


@boundary
def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """H v: the Hessian of a function with a scalar result, times a direction; forward over reverse.

    The Hessian is never formed: the cost is a few gradients, whatever the number of arguments' elements.

    Args:
        primals, tangents: arguments and direction as for `jvp`.

    Returns:
        A tuple nested as `primals`.

    Example:
        >>> hvp(lambda x: x * x * x, (2.0,), (1.0,))[0].item()
        12.0

    Source: Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6(1), 1994.
    """
    args = _arguments("hvp", "primals", primals)
    with tape():  # the reverse pass is followed too
        done = follow("hvp", f, args, range(len(args)))
        gradient = gradient_of_scalar("hvp", done)
    dots = seeds("hvp", done.leaves, done.structure, list(_arguments("hvp", "tangents", tangents)))
    found = push(gradient, done.leaves, dots)
    return tuple(unflatten(done.structure, complete(done.leaves, found)))


def _arguments(name: str, what: str, values: Sequence[Any]) -> Sequence[Any]:
    if not isinstance(values, list | tuple):
        raise UsageError(
            f"{name}: {what} must be a tuple, one for each argument of the function; "
            f"got {type(values).__name__}."
        )
    return values
