"""Tensor: an array that primitives run on at once, and that remembers its history while someone watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from wengert.base.dtypes import PYTHON, TABLE, dtype_name
from wengert.base.errors import DTypeError, ShapeError
from wengert.ir.finite import is_checked, require_finite_step
from wengert.ir.node import Node, constant
from wengert.ir.operators import Operators
from wengert.ir.primitive import REGISTRY, Primitive, infer, run_numpy
from wengert.ir.primitive import array as numpy_array
from wengert.ir.source import Source, here, is_derivative
from wengert.ir.types import TensorType, type_of
from wengert.ir.watch import WATCH
from wengert.runtime.device import DEFAULT
from wengert.runtime.exchange import Exchange
from wengert.runtime.notebook import show_html
from wengert.runtime.quick import remember
from wengert.runtime.recording import current
from wengert.runtime.tape import is_recording

_new = object.__new__


class Tensor(Operators, Exchange):
    """An immutable n-dimensional array: `Tensor([[1.0, 2.0]])`.

    A watched tensor, and whatever is computed from it, keeps the step that made it (`primitive`, `inputs`,
    `params`): the fields of a graph's `Node`. Reverse mode therefore runs on tensors as it does on graphs.

    Args:
        value: an array or anything `numpy.asarray` takes. Python's numbers become float32, complex64,
            int64.
        dtype: convert to this dtype.

    Example:
        >>> (Tensor([1.0, 2.0]) * 3).numpy()
        array([3., 6.], dtype=float32)
    """

    __slots__ = ("__weakref__", "inputs", "params", "primitive", "source", "tracked", "type", "value")
    level = 1

    def __init__(self, value: Any, dtype: object = None) -> None:
        array = as_array(value, dtype)
        array = array if isinstance(value, Tensor) else array.copy()  # the owner of `value` may write to it
        self._set(array, type_of(array))

    def _set(self, value: Any, type_: Any) -> None:
        self.value = value
        self.type: TensorType = type_
        self.primitive: Primitive | None = None
        self.inputs: tuple[Tensor, ...] = ()
        self.params: tuple[tuple[str, Any], ...] = ()
        self.source: Source | None = None
        self.tracked = False

    @staticmethod
    def wrap(value: Any, type_: Any) -> Tensor:
        """A tensor around an array that is known to have the type; nothing is copied or checked."""
        new: Tensor = _new(Tensor)
        # As `_set`, whose call would cost more than this.
        new.value, new.type, new.primitive, new.inputs, new.params = value, type_, None, (), ()
        new.source, new.tracked = None, False
        return new

    @staticmethod
    def interpret(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Tensor:
        if params or len(args) != 1 or args[0].__class__ is not Tensor:
            return Tensor.step(prim, args, params)
        (x,) = args
        known = prim.seen.get((x.type,))
        out = _by_ufunc(prim.numpy_rule, known, x.value) if known and not WATCH.who else None
        if out is None:
            out = Tensor.step(prim, args, params)
            if known is None:
                remember(prim, (x.type,), out.type)
        return out

    @staticmethod
    def combine(prim: Primitive, x: Any, y: Any, whole: Callable[..., Any]) -> Any:
        """whole(prim, x, y): prim of x and y, brought to one dtype and shape. See `runtime/quick.py`."""
        a, b = x.__class__, y.__class__
        kinds = (x.type if a is Tensor else a, y.type if b is Tensor else b)
        known = prim.seen.get(kinds)
        if known and not WATCH.who:
            out = _by_ufunc(
                prim.numpy_rule, known, x.value if a is Tensor else x, y.value if b is Tensor else y
            )
            if out is not None:
                return out
        out = whole(prim, x, y)
        if known is None and out.__class__ is Tensor:
            remember(prim, kinds, out.type)
        return out

    @staticmethod
    def step(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Tensor:
        """prim of tensors and what can be made tensors, the whole way."""
        inputs = tuple([a if a.__class__ is Tensor else as_tensor(a) for a in args])
        out_type = infer(prim, tuple([t.type for t in inputs]), params)
        xs = tuple([t.value for t in inputs])
        out = Tensor.wrap(run_numpy(prim, out_type, xs, params), out_type)
        if is_checked() and not is_derivative():
            require_finite_step(prim, xs, out.value, params)
        if is_recording() and any(t.tracked for t in inputs):
            out.primitive, out.inputs, out.tracked = prim, inputs, True
            out.params = tuple(sorted(params.items()))
            out.source = here()
        return out

    def __wengert_node__(self) -> Node:
        active = current()
        return constant(self.value) if active is None else active.lift(self)

    # --- looking at it ------------------------------------------------------------------------
    @property
    def shape(self) -> tuple[int, ...]:
        return self.type.shape  # type: ignore[return-value]

    @property
    def dtype(self) -> str:
        return self.type.dtype

    @property
    def ndim(self) -> int:
        return len(self.type.shape)

    @property
    def size(self) -> int:
        return int(self.value.size)

    def numpy(self) -> np.ndarray:
        """The value as a NumPy array that cannot be written to; copy it for one that can."""
        view: np.ndarray = self.value.view()
        view.flags.writeable = False
        return view

    def item(self) -> Any:
        """The only element, as a Python number.

        Raises:
            ShapeError: there are more, or none.
        """
        if self.value.size != 1:
            raise ShapeError(f"item: the tensor must have one element; got {self.type}. Take one: x[0, 2].")
        return self.value.item()

    def __float__(self) -> float:
        return float(self.item())  # Python's own TypeError for a complex number

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        return self.value.__index__()  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        if self.value.size != 1:
            raise ShapeError(
                f"bool: the tensor must have one element; got {self.type}. Say wg.all(x) or wg.any(x)."
            )
        return bool(self.value)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len: a tensor must have an axis to have a length; got a scalar.")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[k] for k in range(len(self)))

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __repr__(self) -> str:
        text = np.array2string(np.asarray(self.value), separator=", ", prefix="Tensor(")
        return f"Tensor({text}, {self.type}, {DEFAULT})"

    def _repr_html_(self) -> str | None:
        """What a notebook shows."""
        return show_html(self.numpy(), f"{self.type}, {DEFAULT}")

    # --- copies -------------------------------------------------------------------------------
    def __copy__(self) -> Tensor:
        return self  # immutable

    def __deepcopy__(self, memo: object) -> Tensor:
        return self

    def __reduce__(self) -> tuple[type[Tensor], tuple[np.ndarray]]:
        return Tensor, (self.numpy(),)


def _by_ufunc(rule: Callable[..., Any], out_type: TensorType, *xs: Any) -> Tensor | None:
    """What the ufunc gives; None where it raises: the whole way says what is wrong."""
    try:
        out = WATCH.quiet(rule, *xs)
    except Exception:
        return None
    return Tensor.wrap(out if out_type.shape else np.asarray(out), out_type)


def as_array(value: Any, dtype: object = None) -> np.ndarray:
    """A C-contiguous array in one of our dtypes. Python floats become float32, complex numbers complex64.

    Raises:
        DTypeError: the values are no numbers, or of a dtype we do not have.
    """
    if isinstance(value, Tensor):
        value = value.value
    array = numpy_array(getattr(value, "value", value) if hasattr(value, "assign") else value)
    if array.dtype == object or array.dtype.kind in "USMmV" and array.dtype.name not in TABLE:
        raise DTypeError(
            f"Tensor: values must be numbers, in rows of equal length; got {type(value).__name__}: {value!r}."
        )
    if dtype is None and not hasattr(value, "dtype"):
        dtype = PYTHON.get(array.dtype.name)
    name = dtype_name(array.dtype if dtype is None else dtype)
    return np.asarray(array, name, order="C")


def as_tensor(x: Any) -> Tensor:
    """x itself if it is a tensor; the value of a variable; else a new tensor."""
    if isinstance(x, Tensor):
        return x
    value = getattr(x, "value", None)
    if isinstance(value, Tensor):
        return value
    array = np.asarray(x)
    return Tensor.wrap(array, type_of(array))


def fresh_leaf(x: Any) -> Tensor:
    """A tensor equal to x for reverse mode to stop at.

    It is a step of its own, so that the derivative of a derivative still finds the way back to x.
    """
    leaf: Tensor = REGISTRY["identity"](as_tensor(x))
    leaf.tracked = True
    return leaf
