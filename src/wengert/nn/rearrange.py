"""Layers that rearrange, repeat, mask, or leave alone what they are given, and those that are told a function."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar

from wengert.base.errors import ShapeError, UsageError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.ir import operators
from wengert.ir.types import TensorType, type_of
from wengert.nn import regularizers
from wengert.nn.layer import Layer
from wengert.ops import math as m
from wengert.ops import reduce, shape


class Identity(Layer):
    """x, as it is."""

    supports_masking = True

    def call(self, x: Any) -> Any:
        return x


class Permute(Layer):
    """The axes behind the batch in another order.

    Args:
        dims: the axes, from 1, in the order that they are to have.

    Shapes:
        x [batch, a, b, c], dims (3, 1, 2)  ->  y [batch, c, a, b]
    """

    dims: Sequence[int]

    def check_fields(self) -> None:
        if not isinstance(self.dims, list | tuple) or sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueRangeError(
                f"Permute: dims must be the axes 1, 2, ... in some order; got {self.dims!r}."
            )

    def call(self, x: Any) -> Any:
        if type_of(x).rank != len(self.dims) + 1:
            raise ShapeError(f"the input must have a batch and {len(self.dims)} more axes; got {type_of(x)}.")
        return shape.transpose(x, (0, *self.dims))


class RepeatVector(Layer):
    """Each vector n times: [batch, features] -> [batch, n, features]"""

    n: int

    def check_fields(self) -> None:
        require_count("RepeatVector", "n", self.n)

    def call(self, x: Any) -> Any:
        t = type_of(x)
        if t.rank != 2:
            raise ShapeError(f"the input must be [batch, features]; got {t}.")
        return operators.broadcast_to(shape.expand_dims(x, 1), (t.shape[0], self.n, t.shape[1]))


class Masking(Layer):
    """Steps at which all features are `mask_value` become 0, and are left out by layers behind that take a mask.

    Shapes:
        x [batch, time, features]  ->  y the same; mask [batch, time]
    """

    mask_value: float = 0.0
    supports_masking = True

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return reduce.any(m.not_equal(x, self.mask_value), axis=-1)

    def call(self, x: Any) -> Any:
        return m.where(shape.expand_dims(self.compute_mask(x), -1), x, 0)


class ActivityRegularization(Layer):
    """x, whose l1 * sum |x| + l2 * sum x**2, divided by the rows, is added to the loss."""

    l1: float = 0.0
    l2: float = 0.0
    supports_masking = True

    def check_fields(self) -> None:
        self.activity_regularizer = regularizers.L1L2(self.l1, self.l2)

    def call(self, x: Any) -> Any:
        return x


class PReLU(Layer):
    """x where it is positive, alpha * x elsewhere; alpha is learned.

    Args:
        alpha_initializer, alpha_regularizer, alpha_constraint: of alpha.
        shared_axes: along which there is one alpha, from 1: [1, 2] has one for each channel of an image.

    Shapes:
        x [batch, ...]  ->  y the same;  alpha [...], with length 1 along shared axes

    Source: He et al., "Delving deep into rectifiers", ICCV 2015.
    """

    alpha_initializer: Any = "zeros"
    alpha_regularizer: Any = field(default=None, kw_only=True)
    alpha_constraint: Any = field(default=None, kw_only=True)
    shared_axes: Any = field(default=None, kw_only=True)
    supports_masking = True
    by_place: ClassVar[tuple[Any, ...]] = (
        "alpha_initializer",
        "alpha_regularizer",
        "alpha_constraint",
        "shared_axes",
    )

    def _shared(self, rank: int | None = None) -> tuple[int, ...]:
        axes = () if self.shared_axes is None else self.shared_axes
        axes = (axes,) if isinstance(axes, int) else tuple(axes)
        if not all(isinstance(a, int) and a > 0 and (rank is None or a < rank) for a in axes):
            behind = "" if rank is None else f"..{rank - 1}"
            raise ValueRangeError(f"PReLU: shared_axes must be axes behind the batch, 1{behind}; got {axes}.")
        return axes

    def check_fields(self) -> None:
        self._shared()

    def build(self, x: TensorType) -> None:
        shared = self._shared(x.rank)
        lengths = [1 if a in shared else n for a, n in enumerate(x.shape)][1:]
        self.alpha = self.described_weight("alpha", lengths)

    def call(self, x: Any) -> Any:
        return m.where(m.greater(x, 0), x, m.multiply(x, self.alpha))


class Lambda(Layer):
    """A function as a layer. A file holds no code: to save the model, write a class (docs/add_a_layer.md) instead.

    Args:
        function: of the input, and of `mask` and `training` where it has such parameters.
        output_shape: not needed here: it follows from the function.
        mask: that of the output, or a function of (input, mask) that gives it.
        arguments: further arguments of the function, by name.

    Example:
        >>> import wengert as wg
        >>> Lambda(lambda x, by: x * by, arguments={"by": 3})(wg.ones((1, 2))).numpy()
        array([[3., 3.]], dtype=float32)
    """

    function: Any
    output_shape: Any = None
    mask: Any = None
    arguments: Mapping[str, Any] | None = None

    def check_fields(self) -> None:
        if not callable(self.function):
            raise UsageError(f"Lambda: function must be a function of an array; got {self.function!r}.")
        self._takes = set(inspect.signature(self.function).parameters)

    def config(self) -> dict[str, Any]:
        """Raises UsageError: a function cannot be saved."""
        raise UsageError(
            f"Lambda {self.name!r}: must be a class to be saved, as files hold no code; got {self.function!r}. Write a "
            f"subclass of Layer whose `call` does this, and pass it to load_model as custom_objects."
        )

    def __repr__(self) -> str:
        return f"<Lambda {self.name!r} of {getattr(self.function, '__name__', self.function)}>"

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return self.mask(x, mask) if callable(self.mask) else self.mask

    def call(self, x: Any, mask: Any = None, training: bool = False) -> Any:
        given = {"mask": mask, "training": training}
        told = {k: v for k, v in given.items() if k in self._takes}
        return self.function(x, **(self.arguments or {}), **told)
