"""Functions on the parts of complex numbers, by their array-API names."""

from __future__ import annotations

from wengert.base.dtypes import is_complex
from wengert.ir.types import type_of
from wengert.ops.operands import Array, array
from wengert.prims import parts
from wengert.prims.movement import full_like


def real(x: Array, /) -> Array:
    """The real part; of real numbers themselves."""
    x = array(x)
    return parts.real(x) if is_complex(type_of(x).dtype) else x


def imag(x: Array, /) -> Array:
    """The imaginary part; of real numbers zeros."""
    x = array(x)
    return parts.imag(x) if is_complex(type_of(x).dtype) else full_like(x, 0)


def conj(x: Array, /) -> Array:
    """The complex conjugate x - iy of x + iy; real numbers themselves.

    Example:
        >>> import wengert as wg
        >>> wg.conj(wg.Tensor([1 + 2j]))
        Tensor([1.-2.j], c64[1], cpu)
    """
    x = array(x)
    return parts.conj(x) if is_complex(type_of(x).dtype) else x
