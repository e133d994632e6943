"""Variable: state that programs read and assign: weights, optimizer slots, counters, learning rates."""

from __future__ import annotations

import contextlib
import contextvars
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name, is_float
from wengert.base.errors import ShapeError, UsageError
from wengert.ir.finite import is_checked, require_finite
from wengert.ir.node import Node, as_node
from wengert.ir.operators import Operators, cast
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType, type_of
from wengert.runtime.exchange import Exchange
from wengert.runtime.naming import scoped
from wengert.runtime.recording import current
from wengert.runtime.storage import Storage, changing
from wengert.runtime.tape import forget, is_recording, note, standing_for
from wengert.runtime.tensor import Tensor, as_array

_COUNT = itertools.count()
_ALIGNMENT = 64  # bytes: one cache line, one AVX-512 register


class Variable(Operators, Exchange):
    """A tensor that can be assigned, at a fixed place in memory.

    Read inside of `wg.function` it is an input of the recorded program; assigned there it is an output,
    and the compiled program updates it in place.

    Args:
        value: its first value; or, with `shape`, a function `(shape, dtype) -> array`, such as an initializer.
        name: for messages and saved files.
        trainable: whether optimizers and tapes take it for a weight.
        dtype: convert the value to this dtype.
        initializer: Keras's name for `value`.

    Attributes:
        path: its whole name, `dense/kernel`; `name` is what follows the last stroke.

    Example:
        >>> v = Variable([1.0, 2.0])
        >>> v.assign_add([1.0, 1.0])
        >>> v.numpy()
        array([2., 3.], dtype=float32)
    """

    def __init__(
        self,
        value: Any = None,
        shape: Sequence[int] | None = None,
        dtype: object = None,
        trainable: bool = True,
        *,
        name: str | None = None,
        initializer: Any = None,
    ) -> None:
        array = as_array(_first_value(value if initializer is None else initializer, shape, dtype), dtype)
        self.held = TensorType(array.shape, dtype_name(array.dtype))
        self.path = scoped(name or f"variable_{next(_COUNT)}")
        try:
            self.storage = Storage(aligned(array.shape, array.dtype))
        except MemoryError:
            raise MemoryError(
                f"Variable {self.path!r}: it must fit into memory; it takes {array.nbytes:,} bytes for {self.held}."
            ) from None
        self.storage.array[...] = array
        self.trainable = trainable
        self.constraint: Callable[[Any], Any] | None = None
        """What an optimizer makes of a new value before it is assigned."""
        self.regularizer: Callable[[Any], Any] | None = None
        """What its value adds to the loss that a model is trained for."""

    def __getstate__(self) -> dict[str, Any]:
        return {"array": self.array, "name": self.path, "trainable": self.trainable}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["array"], name=state["name"], trainable=state["trainable"])  # type: ignore[misc]
        self.path = state["name"]

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def array(self) -> np.ndarray:
        """What it holds, where it lies: a view that follows each change and cannot be written to. See `assign`."""
        view = self.storage.array.view()
        view.flags.writeable = False
        return view

    @property
    def type(self) -> TensorType:
        """The type that it is read as; `held` is that of what it keeps."""
        dtype = _READ_AS.get()
        return self.held if dtype is None or not is_float(self.held.dtype) else TensorType(self.shape, dtype)

    @property
    def level(self) -> int:
        """As a tensor by itself, as a node while a function is being recorded."""
        return 1 if current() is None else 2

    @staticmethod
    def interpret(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        return (Tensor if current() is None else Node).interpret(prim, args, params)

    def __wengert_node__(self) -> Node:
        active = current()
        if active is None:
            raise UsageError(f"Variable {self.path!r}: is part of a graph only inside of wg.function.")
        node = active.value(self)
        note(self, node)
        return cast(node, self.dtype)  # type: ignore[no-any-return]

    @property
    def value(self) -> Any:
        """What it holds: a `Tensor`; inside of a recorded function the node that stands for it."""
        if current() is not None:
            return self.__wengert_node__()
        if is_checked():
            require_finite(f"param {self.path!r}", self.array)
        if not is_recording():
            return cast(Tensor.wrap(self.array.copy(), self.held), self.dtype)
        return cast(standing_for(self, self._new_leaf), self.dtype)

    @property
    def kept(self) -> Any:
        """Its value in the dtype that it is kept in, whatever it is read as."""
        with reading_as(None):
            return self.value

    def _new_leaf(self) -> Tensor:
        leaf = Tensor.wrap(self.array.copy(), self.held)
        leaf.tracked = self.trainable
        return leaf

    @property
    def shape(self) -> tuple[int, ...]:
        return self.held.shape  # type: ignore[return-value]

    @property
    def dtype(self) -> str:
        return self.type.dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def numpy(self) -> np.ndarray:
        """A copy of its value."""
        return self.array.copy()

    def item(self) -> float | int | bool:
        """The only element, as a Python number."""
        return self.value.item()  # type: ignore[no-any-return]

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __complex__(self) -> complex:
        return complex(self.value)

    def __index__(self) -> int:
        return int(self.value.__index__())

    def __bool__(self) -> bool:
        return bool(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else repr(self)

    def assign(self, value: Any) -> None:
        """Let it hold `value`, which must have its shape.

        Raises:
            ShapeError: the shape differs.
        """
        active = current()
        if active is not None:
            node = as_node(value if hasattr(value, "interpret") else as_array(value))
            self._check(node.type)
            active.assign(self, cast(node, self.held.dtype))
            return
        array = as_array(value)
        self._check(type_of(array))
        if array.dtype != self.array.dtype:
            array = cast(Tensor(array), self.held.dtype).numpy()
        with changing([self.storage]):
            self.storage.array[...] = array
        forget(self)

    def assign_add(self, value: Any) -> None:
        """Let it hold its value plus `value`."""
        with reading_as(None):
            self.assign(self + value)

    def assign_sub(self, value: Any) -> None:
        """Let it hold its value minus `value`."""
        with reading_as(None):
            self.assign(self - value)

    def _check(self, got: TensorType) -> None:
        if got.shape != self.shape:
            raise ShapeError(f"assign: variable {self.path!r} must keep its shape {self.held}; got {got}.")

    def __repr__(self) -> str:
        return (
            f"<Variable {self.path!r} {self.held}: {np.array2string(self.array, threshold=8, edgeitems=2)}>"
        )


_READ_AS: contextvars.ContextVar[str | None] = contextvars.ContextVar("read_as", default=None)


@contextlib.contextmanager
def reading_as(dtype: str | None) -> Iterator[None]:
    """Floats that variables hold are read in this dtype inside; None: in their own. What is assigned is kept."""
    token = _READ_AS.set(dtype)
    try:
        yield
    finally:
        _READ_AS.reset(token)


def _first_value(value: Any, shape: Sequence[int] | None, dtype: object) -> Any:
    """What a variable holds first."""
    if value is None or (callable(value) and shape is None):
        raise UsageError(f"Variable: a value, or an initializer and a shape, must be given; got {value!r}.")
    if not callable(value):
        return value
    return value(tuple(shape or ()), dtype_name(dtype or "float32"))


def aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An uninitialised array whose first element lies at a multiple of 64 bytes."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape, dtype=object))
    raw = np.empty(count * dtype.itemsize + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    array: np.ndarray = raw[start : start + count * dtype.itemsize].view(dtype).reshape(shape)
    return array
