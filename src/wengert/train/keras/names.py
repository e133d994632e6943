"""What Keras has at its top and few programs use: `wg.device`, `wg.remat`, `wg.KerasTensor`, ..."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name
from wengert.base.errors import ShapeError, UsageError
from wengert.ir.boundary import boundary
from wengert.ir.node import Node, graph_input
from wengert.nn.layer import Layer, as_types
from wengert.nn.mixed_precision import DTypePolicy
from wengert.nn.remat import RematScope
from wengert.ops.custom import checkpoint
from wengert.runtime.naming import name_scope

__all__ = ["FloatDTypePolicy", "KerasTensor", "Operation", "RematScope", "device", "name_scope", "remat"]

FloatDTypePolicy = DTypePolicy

Operation = Layer
"""What has a `call` and may be called on symbols; a layer without weights is no more than that."""


class _Symbols(type):
    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Node)

    @partial(boundary, name="KerasTensor", names=True)
    def __call__(
        cls,
        shape: Sequence[int | None],
        dtype: Any = "float32",
        sparse: bool = False,
        name: str | None = None,
    ) -> Any:
        lengths = shape if isinstance(shape, list | tuple) else [shape]
        if not all(n is None or (isinstance(n, int | np.integer) and n >= 0) for n in lengths):
            raise ShapeError(f"KerasTensor: shape must be lengths, None for unknown ones; got {shape!r}.")
        if sparse is not False:
            raise UsageError(f"KerasTensor: sparse must be False; got {sparse!r}.")
        if not isinstance(name, str | None):
            raise UsageError(f"KerasTensor: name must be a str; got {name!r}.")
        return graph_input(as_types(tuple(lengths), dtype_name(dtype)), name or "keras_tensor")


class KerasTensor(metaclass=_Symbols):
    """What symbolic tensors are instances of: `wg.Input`, and what layers and operations make of one.

    Called, it makes one that is no input of a model: to ask for shapes (`layer.compute_output_spec`).

    Example:
        >>> import wengert as wg
        >>> isinstance(wg.layers.Dense(2)(wg.Input((3,))), wg.KerasTensor)
        True
        >>> wg.layers.Dense(2).compute_output_spec(wg.KerasTensor((None, 3))).shape
        (batch, 2)
    """


def device(device_name: str) -> contextlib.AbstractContextManager[None]:
    """A with-block on a device; there is one, "cpu".

    Raises:
        UsageError: it is another one.

    Example:
        >>> import wengert as wg
        >>> with wg.device("cpu:0"):
        ...     x = wg.ones(2)
    """
    if not re.fullmatch(r"/?(device:)?cpu(:0)?", str(device_name), re.IGNORECASE):
        raise UsageError(
            f"device: must be 'cpu', where all programs run; got {device_name!r}. See wg.set_threads."
        )
    return contextlib.nullcontext()


def remat(f: Callable[..., Any]) -> Callable[..., Any]:
    """f, of which the backward pass keeps the arguments only: `wg.checkpoint`.

    Example:
        >>> import wengert as wg
        >>> wg.grad(wg.remat(lambda x: wg.sin(x) * 2.0))(wg.Tensor(0.0)).item()
        2.0
    """
    return checkpoint(f)
