"""Operators: `a + b` promotes, broadcasts and applies `add`. Primitives are looked up by name, so that this
floor imports none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.dtypes import complex_of, is_byte, is_complex, is_inexact, promote
from wengert.base.errors import ShapeError, UsageError, ValueRangeError, WengertError
from wengert.base.tree import flatten, unflatten
from wengert.ir.boundary import is_inside, leave
from wengert.ir.broadcast import broadcast_shapes as broadcast_shapes
from wengert.ir.broadcast import show_shape as show_shape
from wengert.ir.broadcast import transposing
from wengert.ir.dim import Dim
from wengert.ir.primitive import REGISTRY, Primitive
from wengert.ir.types import Shape, type_of
from wengert.ir.watch import WATCH


def broadcast_to(x: Any, shape: Shape, leader: Any = None) -> Any:
    """x repeated along new and length-1 axes, as the kind of value that `leader` is."""
    if type_of(x).shape == shape:
        return x
    prim = REGISTRY["broadcast_to"]
    interpret = getattr(leader, "interpret", None)
    return prim(x, shape=shape) if interpret is None else interpret(prim, (x,), {"shape": shape})


def cast(x: Any, dtype: str) -> Any:
    """x in another dtype."""
    return x if type_of(x).dtype == dtype else REGISTRY["cast"](x, dtype=dtype)


def measure(length: Dim, dtype: str = "int64", leader: Any = None) -> Any:
    """A symbolic length as a recorded value, of the kind of `leader` if given: so many ones, added up."""
    return REGISTRY["reduce_sum"](broadcast_to(np.ones((), dtype), (length,), leader), axes=(0,))


def common(*xs: Any, name: str = "broadcast") -> tuple[Any, ...]:
    """The arguments in one dtype and shape. Python numbers and symbolic lengths are weak: they take the dtype of
    the tensors (float32 where a float meets integers).

    Raises:
        ValueRangeError: an integer does not fit the dtype of the tensors.
    """
    dtype = common_dtype(xs)
    xs = tuple(measure(x) if isinstance(x, Dim) else x for x in xs)
    xs = tuple(number(x, dtype) if isinstance(x, WEAK) else cast(x, dtype) for x in xs)
    shape = broadcast_shapes(*(type_of(x).shape for x in xs), name=name)
    # A recorded one has numbers recorded, not spread out.
    leader = max(xs, key=lambda x: getattr(x, "level", 0))
    return tuple(broadcast_to(x, shape, leader) for x in xs)


WEAK = bool | int | float | complex


def common_dtype(xs: Iterable[Any]) -> str:
    """The dtype that tensors, dtypes' names and Python numbers become together."""
    weak, dtype = [], ""
    for x in xs:
        if isinstance(x, WEAK | Dim):
            weak.append(x)
        else:
            one = x if isinstance(x, str) else type_of(x).dtype
            dtype = promote(dtype, one) if dtype else one
    dtype = dtype or "bool"
    for x in weak:
        dtype = beside(dtype, x)
    return dtype


def beside(dtype: str, x: bool | int | float | complex | Dim) -> str:
    """The dtype that a tensor of this one becomes beside a Python number: its own, if that is of the number's kind."""
    if isinstance(x, int | Dim):
        return "int64" if dtype == "bool" and not isinstance(x, bool) else dtype
    if isinstance(x, float):
        return dtype if is_inexact(dtype) else "float32"
    return complex_of(dtype)


def number(x: bool | int | float | complex, dtype: str) -> np.ndarray:
    """A Python number as a scalar of the dtype; infinite, if it is too large for a float's.

    Raises:
        ValueRangeError: it is an integer beyond what the dtype holds.
    """
    try:
        return WATCH.quiet(np.asarray, x, dtype)
    except OverflowError:
        raise ValueRangeError(
            f"promote: an integer must fit {dtype}, the dtype it is computed in; got {x}. "
            f"Convert what stands beside it with astype first."
        ) from None


def binary(name: str, *, floating: bool = False) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """`x op y` and its mirror image. floating: integers become float32 first."""

    def whole(prim: Primitive, x: Any, y: Any) -> Any:
        if not operand(x) or not operand(y):
            return NotImplemented
        x, y = common(x, y, name=prim.name)
        if floating and not is_inexact(type_of(x).dtype):
            x, y = cast(x, "float32"), cast(y, "float32")
        return prim(x, y)

    # Each is its own boundary: a call around it would cost a tenth of a small addition.
    def method(self: Any, other: Any) -> Any:
        try:
            return self.combine(REGISTRY[name], self, other, whole)
        except WengertError as e:
            if not is_inside():
                leave(e)
            raise

    def mirrored(self: Any, other: Any) -> Any:
        try:
            return self.combine(REGISTRY[name], other, self, whole)
        except WengertError as e:
            if not is_inside():
                leave(e)
            raise

    method.is_boundary = mirrored.is_boundary = True  # type: ignore[attr-defined]
    return method, mirrored


def operand(x: object) -> bool:
    """Whether x can stand in arithmetic."""
    return isinstance(x, WEAK | Dim | np.ndarray | np.generic | list) or hasattr(x, "interpret")


def unary(name: str) -> Callable[..., Any]:
    """`op x`"""
    return lambda self: REGISTRY[name](self)


MIRRORED = {
    "add": "__radd__", "subtract": "__rsub__", "multiply": "__rmul__", "divide": "__rtruediv__",
    "floor_divide": "__rfloordiv__", "remainder": "__rmod__", "power": "__rpow__", "matmul": "__rmatmul__",
    "bitwise_and": "__rand__", "bitwise_or": "__ror__", "bitwise_xor": "__rxor__",
    "left_shift": "__rlshift__", "right_shift": "__rrshift__", "equal": "__eq__", "not_equal": "__ne__",
    "less": "__gt__", "less_equal": "__ge__", "greater": "__lt__", "greater_equal": "__le__",
}  # fmt: skip


def absolute(x: Any) -> Any:
    """|x|: of a complex number its length."""
    if not is_complex(type_of(x).dtype):
        return REGISTRY["abs"](x)
    return REGISTRY["hypot"](REGISTRY["real"](x), REGISTRY["imag"](x))


class Operators:
    """Python's operators for everything that primitives apply to: tensors, variables, nodes."""

    __slots__ = ()

    @staticmethod
    def combine(prim: Primitive, x: Any, y: Any, whole: Callable[..., Any]) -> Any:
        """whole(prim, x, y), for classes that know of no shorter way."""
        return whole(prim, x, y)

    if TYPE_CHECKING:  # `ops/methods.py` adds this one, and others

        def __getitem__(self, key: Any) -> Any: ...

    __add__, __radd__ = binary("add")
    __sub__, __rsub__ = binary("sub")
    __mul__, __rmul__ = binary("mul")
    __truediv__, __rtruediv__ = binary("div", floating=True)
    __floordiv__, __rfloordiv__ = binary("floor_divide")
    __mod__, __rmod__ = binary("remainder")
    __pow__, __rpow__ = binary("pow")
    __and__, __rand__ = binary("bitwise_and")
    __or__, __ror__ = binary("bitwise_or")
    __xor__, __rxor__ = binary("bitwise_xor")
    __lshift__, __rlshift__ = binary("shift_left")
    __rshift__, __rrshift__ = binary("shift_right")
    __lt__, __gt__ = binary("less")
    __le__, __ge__ = binary("less_equal")
    _equal, _ = binary("equal")
    _not_equal, _ = binary("not_equal")
    __neg__ = unary("neg")

    def __abs__(self) -> Any:
        return absolute(self)

    __invert__ = unary("bitwise_not")

    __hash__ = object.__hash__  # `==` is a step of the program; dicts and sets go by which object it is

    def __eq__(self, other: object) -> Any:
        return self._equal(other)

    def __ne__(self, other: object) -> Any:
        return self._not_equal(other)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """`array + x` is `x.__radd__(array)`; what else NumPy computes, it computes on arrays."""
        name = MIRRORED.get(ufunc.__name__)
        if method == "__call__" and name and not kwargs and inputs[-1] is self:
            return getattr(self, name)(inputs[0])
        raise UsageError(
            f"np.{ufunc.__name__}: takes NumPy's arrays; got {type_of(self)}. "
            f"Use wg.{ufunc.__name__}, or x.numpy() where no gradient is wanted."
        )

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """What NumPy computes, it computes on arrays; not where a derivative would be lost on the way."""
        leaves, structure = flatten((args, kwargs))
        if any(getattr(x, "tracked", False) for x in leaves):
            raise UsageError(
                f"np.{function.__name__}: would lose the gradient; got {type_of(self)}. Use wg's function."
            )
        leaves = [np.asarray(x) if isinstance(x, Operators) else x for x in leaves]
        args, kwargs = unflatten(structure, leaves)
        return function(*args, **kwargs)

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(other, self)


def factors(x: Any, y: Any) -> tuple[Any, Any]:
    """Both in one dtype, to be multiplied and summed; 8-bit integers as they are."""
    a, b = type_of(x).dtype, type_of(y).dtype
    if is_byte(a) and is_byte(b):
        return x, y
    dtype = promote(a, b)
    return cast(x, dtype), cast(y, dtype)


def matmul(x: Any, y: Any) -> Any:
    """Sum over the last axis of x and the second-last of y; leading axes are a batch and broadcast.

    Products of 8-bit integers are summed in int32, which wraps around.
    """
    tx, ty = type_of(x), type_of(y)
    x, y = factors(x, y)
    if not tx.rank or not ty.rank:
        raise ShapeError(f"matmul: both sides must have an axis; got {tx} @ {ty}. Use * for a scalar.")
    k = ty.shape[-2] if ty.rank > 1 else ty.shape[0]
    if tx.shape[-1] != k:
        raise ShapeError(
            f"matmul: the last axis of a must be as long as the {'second-last' if ty.rank > 1 else 'only'} "
            f"axis of b; got a: {tx}, b: {ty}.{transposing(tx, ty)}"
        )
    dot = REGISTRY["dot"]
    if ty.rank <= 2:
        return dot(x, y, contract=((tx.rank - 1,), (max(ty.rank - 2, 0),)), batch=((), ()))
    lead = broadcast_shapes(tx.shape[:-2], ty.shape[:-2], name="matmul")
    n = len(lead)
    x = broadcast_to(x, lead + tx.shape[-2:]) if tx.rank > 1 else broadcast_to(x, (*lead, tx.shape[-1]))
    y = broadcast_to(y, lead + ty.shape[-2:])
    axes = tuple(range(n))
    return dot(x, y, contract=((type_of(x).rank - 1,), (n,)), batch=(axes, axes))
