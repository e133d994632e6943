"""How a primitive describes itself to the compiler when "one element at a time" does not do."""

from __future__ import annotations

from dataclasses import dataclass

from wengert.ir.dim import Dim
from wengert.loop.expr import Expr
from wengert.loop.nest import Carry, Loop


@dataclass(frozen=True, slots=True)
class Affine:
    """offset + sum of coefficient * axis, over `(axis, coefficient)` terms: an index along one dimension."""

    terms: tuple[tuple[str, int], ...] = ()
    offset: int = 0

    @staticmethod
    def of(*axes: str) -> Affine:
        return Affine(tuple((a, 1) for a in axes))


@dataclass(frozen=True, slots=True)
class ContractForm:
    """out[out(i)] = sum over `reduced` axes of a[a(i)] * b[b(i)], for all axes i below `extents`.

    a, b, out: one index for each dimension of the first input, the second input and the output. Every index
    must be in range for all axes: padding and dilation are made explicit (a `pad`) before.
    """

    extents: dict[str, int | Dim]
    reduced: tuple[str, ...]
    a: tuple[Affine, ...]
    b: tuple[Affine, ...]
    out: tuple[Affine, ...]


@dataclass(frozen=True, slots=True)
class LoopForm:
    """Loops in order, for scans and scatters.

    loops: independent; serial: inside of them, in order, with `carries`. On each turn
    out[index] = value, or joined to what is there where `accumulate` says how (see `Store`). base: number
    of the input that the output starts from as a copy; None when every element is stored.
    """

    loops: tuple[Loop, ...]
    serial: tuple[Loop, ...]
    carries: tuple[Carry, ...]
    index: tuple[Expr, ...]
    value: Expr
    accumulate: str | None = None
    base: int | None = None


@dataclass(frozen=True, slots=True)
class TileForm:
    """Several elements at a time, which share their work: on each turn of `loops`, out[index] = value for all `stores`.

    Every element is stored once. The loops are independent of one another.
    """

    loops: tuple[Loop, ...]
    stores: tuple[tuple[tuple[Expr, ...], Expr], ...]
