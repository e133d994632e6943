"""InputSpec: what a layer of a user wants of its inputs, checked at each call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wengert.base.dtypes import dtype_name
from wengert.base.errors import ArgumentError, DTypeError, ShapeError, ValueRangeError
from wengert.ir.dim import Dim
from wengert.ir.types import TensorType, type_of


class InputSpec:
    """Rank, shape and dtype that an input must have: `self.input_spec = InputSpec(...)` in a layer, or a list or dict
    of them for several inputs.

    Args:
        dtype: that it must be of.
        shape: with the batch; None is any length.
        ndim, min_ndim, max_ndim: how many axes it must have.
        axes: lengths by axis.
        allow_last_axis_squeeze: a last axis of length 1 may be missing, or be one too many.
        name: its key, where inputs come as a dict.
        optional: whether None is an input, too.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> class Columns(wg.layers.Layer):
        ...     def __init__(self):
        ...         super().__init__(name="columns")
        ...         self.input_spec = wg.layers.InputSpec(ndim=2, axes={-1: 3})
        ...     def call(self, x):
        ...         return x
        >>> Columns()(np.ones((2, 4), "float32"))
        Traceback (most recent call last):
        wengert.base.errors.ShapeError: Columns 'columns': input 0 must have length 3 along axis -1; got f32[2,4]. [...]
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Sequence[int | None] | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = None if dtype is None else dtype_name(dtype)
        self.shape = None if shape is None else tuple(shape)
        self.ndim = ndim if shape is None else len(shape)
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.allow_last_axis_squeeze, self.name, self.optional = allow_last_axis_squeeze, name, optional
        try:
            self.axes = {int(k): n for k, n in (axes or {}).items()}
        except (TypeError, ValueError, AttributeError):
            raise ArgumentError(f"InputSpec: axes must be a dict of axis: length; got {axes!r}.") from None
        most = self.ndim if self.ndim is not None else max_ndim
        if self.axes and most is not None and max(self.axes) >= most:
            raise ValueRangeError(
                f"InputSpec: axes must be less than {most}, the rank; got {max(self.axes)}."
            )

    def require(self, what: str, x: Any) -> None:
        """Raise ShapeError or DTypeError where an input does not fit. what: its name in messages."""
        t = type_of(x)
        for must, holds in (
            (f"ndim={self.ndim}", self.ndim in (None, t.rank) or self.allow_last_axis_squeeze),
            (f"max_ndim={self.max_ndim}", self.max_ndim is None or t.rank <= self.max_ndim),
            (f"min_ndim={self.min_ndim}", self.min_ndim is None or t.rank >= self.min_ndim),
        ):
            if not holds:
                raise ShapeError(f"{what} must have {must} axes; got {t}, with ndim={t.rank}.")
        if self.dtype is not None and self.dtype != t.dtype:
            raise DTypeError(f"{what} must be of dtype {self.dtype}; got {t}.")
        for axis, length in self.axes.items():
            if not _fits(length, t.shape[axis]):
                raise ShapeError(f"{what} must have length {length} along axis {axis}; got {t}.")
        self._require_shape(what, t)

    def _require_shape(self, what: str, t: TensorType) -> None:
        if self.shape is None:
            return
        wanted: tuple[Any, ...] = self.shape
        shape: tuple[Any, ...] = tuple(t.shape)
        if self.allow_last_axis_squeeze:
            wanted, shape = (s[:-1] if s and s[-1] == 1 else s for s in (wanted, shape))
        if len(wanted) != len(shape) or not all(map(_fits, wanted, shape)):
            raise ShapeError(f"{what} must have the shape {self.shape}; got {t}.")

    def get_config(self) -> dict[str, Any]:
        """What it was made with."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes", "optional")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> InputSpec:
        """The one that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        told = ((k, v) for k, v in self.get_config().items() if v)
        return f"InputSpec({', '.join(f'{k}={v}' for k, v in told)})"


def _fits(wanted: int | None, length: Any) -> bool:
    """Whether a length is that wanted, or may be."""
    return wanted is None or isinstance(length, Dim) or wanted == length


def require_inputs(spec: Any, x: Any) -> None:
    """Raise an error unless what a layer is called with fits to its `input_spec`."""
    specs, inputs = _parts(spec), x
    names = [s.name for s in specs]
    if isinstance(x, dict) and all(names):
        if missing := [n for n in names if n not in x]:
            raise ShapeError(f"the inputs must have the keys {names}; got {list(x)}, without {missing[0]!r}.")
        inputs = [x[n] for n in names]
    parts = _parts(inputs)
    if len(parts) != len(specs):
        raise ShapeError(f"there must be {len(specs)} inputs; got {len(parts)}.")
    for k, (one, part) in enumerate(zip(specs, parts, strict=True)):
        if one is None or (part is None and one.optional):
            continue
        what = f"input {k}" if one.name is None else f"input {one.name!r}"
        if part is None:
            raise ArgumentError(f"{what} must be a tensor; got None. InputSpec(optional=True) allows it.")
        one.require(what, part)


def _parts(x: Any) -> list[Any]:
    """The leaves, None among them."""
    if isinstance(x, list | tuple):
        return [part for v in x for part in _parts(v)]
    if isinstance(x, dict):
        return [part for k in sorted(x) for part in _parts(x[k])]
    return [x]
