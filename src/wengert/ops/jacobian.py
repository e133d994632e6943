"""Whole matrices of derivatives: `jacfwd`, `jacrev`, `jacobian`, `hessian`. Directions go in one batch."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from wengert.base.errors import ValueRangeError
from wengert.base.tree import unflatten
from wengert.ir.boundary import boundary
from wengert.ir.dim import Dim, surely_at_least
from wengert.ir.node import Node, toposort
from wengert.ir.types import TensorType, type_of
from wengert.ops.follow import Followed, follow, zeros_like
from wengert.ops.grad import as_numbers, gradient_of_scalar
from wengert.ops.vmap import vmap
from wengert.prims.indexing import iota
from wengert.prims.logic import cast, equal
from wengert.prims.movement import move_axis, reshape
from wengert.runtime.recording import current
from wengert.runtime.tape import tape
from wengert.transforms.jvp import jvp as push
from wengert.transforms.vjp import vjp as pull

MODES = ("auto", "forward", "reverse")
ArgNums = int | Sequence[int]


class Jacobian:
    """A function's derivative by its arguments as matrices; made by `jacobian`, `jacfwd` and `jacrev`."""

    def __init__(self, f: Callable[..., Any], argnums: ArgNums, mode: str, name: str) -> None:
        if mode not in MODES:
            raise ValueRangeError(f"jacobian: mode must be one of {', '.join(MODES)}; got {mode!r}.")
        functools.update_wrapper(self, f)
        self.f, self.argnums, self.mode, self.name = f, argnums, mode, name

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        done = self._follow(args, kwargs)
        mode, _ = self._choose(done)
        rows = forward_rows(done.outs, done.leaves) if mode == "forward" else reverse_rows(done)
        trees = [unflatten(done.structure, row) for row in rows]
        if isinstance(self.argnums, int):
            trees = [t[0] for t in trees]
        return unflatten(done.out_structure, [tuple(t) if isinstance(t, list) else t for t in trees])

    @boundary
    def explain(self, *args: Any, **kwargs: Any) -> str:
        """Which mode these arguments take, and why.

        Example:
            >>> import wengert as wg
            >>> jacobian(lambda x: x[:2] * 2.0).explain(wg.ones(5))
            'reverse: 2 directions of the outputs are fewer than 5 of the inputs'
        """
        return ": ".join(self._choose(self._follow(args, kwargs)))

    def _follow(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Followed:
        return follow(self.name, self.f, args, as_numbers(self.argnums), **kwargs)

    def _choose(self, done: Followed) -> tuple[str, str]:
        """The mode, and why."""
        if self.mode != "auto":
            return self.mode, "as asked for"
        if any(n.primitive is not None and n.primitive.name == "while_loop" for n in toposort(done.outs)):
            return "forward", "while_loop has no reverse mode"
        ins, outs = _size(done.leaves), _size(done.outs)
        if surely_at_least(outs, ins):
            few = "as many as" if ins == outs else "no more than"
            return "forward", f"{ins} directions of the inputs are {few} {outs} of the outputs"
        if surely_at_least(ins, outs):
            return "reverse", f"{outs} directions of the outputs are fewer than {ins} of the inputs"
        return "reverse", f"which of {outs} outputs and {ins} inputs are fewer is not known here"


@boundary
def jacobian(f: Callable[..., Any], argnums: ArgNums = 0, *, mode: str = "auto") -> Jacobian:
    """All derivatives of all outputs by all inputs: `out[*i, *j] = d f(x)[*i] / d x[*j]`.

    For trees: a tree like the result, of trees like the argument.

    Args:
        argnums: which arguments to differentiate by; several give a tuple for each output.
        mode: "forward" takes one pass an input element, "reverse" one an output element, all in one batch;
            "auto" takes the fewer, and `jacobian(f).explain(x)` says which and why.

    Example:
        >>> import wengert as wg
        >>> jacobian(lambda x: x * x)(wg.Tensor([1.0, 2.0])).numpy()
        array([[2., 0.],
               [0., 4.]], dtype=float32)
    """
    return Jacobian(f, argnums, mode, "jacobian")


def jacfwd(f: Callable[..., Any], argnums: ArgNums = 0) -> Jacobian:
    """The Jacobian by forward mode: for functions with few inputs. See `jacobian`."""
    return Jacobian(f, argnums, "forward", "jacfwd")


def jacrev(f: Callable[..., Any], argnums: ArgNums = 0) -> Jacobian:
    """The Jacobian by reverse mode: for functions with few outputs. See `jacobian`."""
    return Jacobian(f, argnums, "reverse", "jacrev")


def hessian(f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
    """All second derivatives of a function with a scalar result, forward over reverse.

    For trees: a tree like the argument, of trees like the argument. To multiply a vector, `hvp` is cheaper.

    Example:
        >>> import wengert as wg
        >>> hessian(lambda x: wg.sum(x * x * x))(wg.Tensor([1.0, 2.0])).numpy()
        array([[ 6.,  0.],
               [ 0., 12.]], dtype=float32)
    """

    @boundary
    @functools.wraps(f)
    def second(*args: Any, **kwargs: Any) -> Any:
        with tape():  # the reverse pass is followed too
            done = follow("hessian", f, args, as_numbers(argnums), **kwargs)
            gradient = gradient_of_scalar("hessian", done)
        rows = [unflatten(done.structure, row) for row in forward_rows(gradient, done.leaves)]
        if isinstance(argnums, int):
            return unflatten(done.structure, [row[0] for row in rows])[0]
        return tuple(unflatten(done.structure, [tuple(row) for row in rows]))

    return second


def forward_rows(outs: Sequence[Any], leaves: Sequence[Any]) -> list[list[Any]]:
    """For each output, its derivative by each leaf; one batch of directions for each leaf."""
    columns = []
    for x in leaves:
        dots = _batch(functools.partial(_push_one, outs, x), x, outs)
        columns.append(
            [_shaped(move_axis(d, 0, type_of(o).rank), o, x) for d, o in zip(dots, outs, strict=True)]
        )
    return [list(row) for row in zip(*columns, strict=True)]


def reverse_rows(done: Followed) -> list[list[Any]]:
    """For each output, its derivative by each leaf; one batch of directions for each output."""
    rows = []
    for o in done.outs:
        bars = _batch(functools.partial(_pull_one, o, done.leaves), o, done.leaves)
        rows.append([_shaped(g, o, x) for g, x in zip(bars, done.leaves, strict=True)])
    return rows


def _push_one(outs: Sequence[Any], x: Any, tangent: Any) -> list[Any]:
    return push(outs, [x], [tangent])


def _pull_one(out: Any, leaves: Sequence[Any], cotangent: Any) -> list[Any]:
    return pull([out], leaves, [cotangent])


def _batch(derive: Callable[[Any], list[Any]], start: Any, ends: Sequence[Any]) -> list[Any]:
    """The derivatives of `ends` for each unit direction of `start`, stacked in front."""

    def one(direction: Any) -> list[Any]:
        return [zeros_like(e) if d is None else d for e, d in zip(ends, derive(direction), strict=True)]

    return vmap(one)(unit_directions(type_of(start)))  # type: ignore[no-any-return]


def unit_directions(t: TensorType) -> Any:
    """[n, *shape]: for each of the n elements of a value, 1 there and 0 elsewhere."""
    n = t.size
    row, column = (_iota(n, axis) for axis in (0, 1))
    return reshape(cast(equal(row, column), dtype=t.dtype), shape=(n, *t.shape))


def _iota(n: int | Dim, axis: int) -> Any:
    params = {"shape": (n, n), "axis": axis, "dtype": "int64"}
    return iota(**params) if current() is None else Node.interpret(iota, (), params)


def _shaped(derivative: Any, out: Any, x: Any) -> Any:
    return reshape(derivative, shape=(*type_of(out).shape, *type_of(x).shape))


def _size(values: Sequence[Any]) -> int | Dim:
    total: int | Dim = 0
    for v in values:
        total = type_of(v).size + total
    return total
