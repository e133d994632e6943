"""Primitives on the parts of complex numbers.

Derivatives: a cotangent g stands for the linear map dz -> Re(g dz), so the gradient of a real function of z = x + iy
is dL/dx - i dL/dy, and rules of holomorphic functions are those of real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wengert.base.dtypes import complex_of, parts_of
from wengert.base.errors import DTypeError
from wengert.ir.primitive import Primitive, Rule
from wengert.ir.types import TensorType
from wengert.prims.movement import full_like
from wengert.prims.params import check_count, check_kind, check_same_dtype, check_same_shape

COMPLEX = frozenset("c")


def _part(name: str, numpy_rule: Rule, transpose: Rule) -> Primitive:
    """A real linear function of a complex number."""

    def type_rule(*types: TensorType) -> TensorType:
        check_count(name, types, 1)
        check_kind(name, types[0], COMPLEX)
        dtype = types[0].dtype
        return TensorType(types[0].shape, dtype if name == "conj" else parts_of(dtype))

    part = Primitive(
        name,
        type_rule,
        numpy_rule,
        jvp=lambda dots, out, x: None if dots[0] is None else part(dots[0]),
        vjp=lambda g, out, x: (transpose(g),),
        pointwise=True,
    )
    return part


real = _part("real", np.real, lambda g: join(g, full_like(g, 0)))
imag = _part("imag", np.imag, lambda g: join(full_like(g, 0), -g))
conj: Primitive = _part("conj", np.conj, lambda g: conj(g))


def _join_type(*types: TensorType) -> TensorType:
    check_count("join", types, 2)
    check_same_shape("join", types)
    check_same_dtype("join", types)
    if types[0].dtype not in ("float32", "float64"):
        raise DTypeError(
            f"join: parts must be float32 or float64; got {types[0]}. Convert with astype first."
        )
    return TensorType(types[0].shape, complex_of(types[0].dtype))


def _join_numpy(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Part by part: 1j * y would make NaN of an infinite y."""
    z = np.empty(x.shape, complex_of(x.dtype.name))
    z.real, z.imag = x, y
    return z


def _join_jvp(dots: Any, out: Any, x: Any, y: Any) -> Any:
    if dots[0] is None and dots[1] is None:
        return None
    return join(*(full_like(v, 0) if d is None else d for d, v in zip(dots, (x, y), strict=True)))


def of_parts(f: Callable[[Any], Any], z: Any) -> Any:
    """f of the real and of the imaginary part."""
    return join(f(real(z)), f(imag(z)))


# x + iy
join: Primitive = Primitive(
    "join",
    _join_type,
    _join_numpy,
    jvp=_join_jvp,
    vjp=lambda g, out, x, y: (real(g), -imag(g)),
    pointwise=True,
)
