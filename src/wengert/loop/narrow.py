"""Index values that are kept as int32 are computed as int32: vectors of them hold twice as many.

cast(min(a, b), int32)      ->  min(cast(a), cast(b))       where a and b surely fit
cast(x, int64) == y         ->  x == cast(y, int32)         for an int32 x, where y surely fits
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wengert.loop.expr import Expr, Scalars

Interval = tuple[int, int]
LOW, HIGH = -(2**31), 2**31 - 1


class Narrowing:
    """Narrows expressions of `s`. extents: of the loop variables that have constant ones."""

    def __init__(self, s: Scalars, extents: Mapping[str, int]) -> None:
        self.s, self.extents = s, dict(extents)
        self._memo: dict[Expr, Interval | None] = {}

    def __call__(self, e: Expr) -> Expr:
        """`e`, or the same in int32."""
        if e.op == "cast" and e.dtype == "int32" and e.args[0].dtype == "int64" and self.fits(e.args[0]):
            return self._push(e.args[0])
        if e.op in ("eq", "ne", "lt", "le"):
            x, y = e.args
            if _from_int32(x) and self.fits(y) and not _from_int32(y):
                return self.s.compare(e.op, x.args[0], self._push(y))
            if _from_int32(y) and self.fits(x) and not _from_int32(x):
                return self.s.compare(e.op, self._push(x), y.args[0])
        return e

    def _push(self, e: Expr) -> Expr:
        """An int64 expression all of whose parts fit, in int32."""
        s = self.s
        if e.op in ("min", "max") and all(map(self.fits, e.args)):
            return getattr(s, e.op)(*map(self._push, e.args))  # type: ignore[no-any-return]
        if e.op == "select" and all(map(self.fits, e.args[1:])):
            return s.select(e.args[0], *map(self._push, e.args[1:]))
        if e.op == "reduce" and self.fits(e.args[0]):
            return s.make("reduce", "int32", (self._push(e.args[0]), *e.args[1:]), e.data)
        return s.const(e.number, "int32") if e.op == "const" else s.cast(e, "int32")

    def fits(self, e: Expr) -> bool:
        """Whether the value is surely an int32."""
        bounds = self.bounds(e)
        return bounds is not None and bounds[0] >= LOW and bounds[1] <= HIGH

    def bounds(self, e: Expr) -> Interval | None:
        """Between what an int64 expression lies, None if that is not known."""
        if e not in self._memo:
            self._memo[e] = self._bounds(e)
        return self._memo[e]

    def _bounds(self, e: Expr) -> Interval | None:
        if e.dtype != "int64":
            return None
        if e.op == "const":
            return e.number, e.number
        if e.op == "var":
            extent = self.extents.get(str(e.data))
            return None if extent is None else (0, max(extent - 1, 0))
        if e.op == "reduce":
            return self._reduced(e)
        if e.op == "select":
            x, y = (self.bounds(a) for a in e.args[1:])
            return None if x is None or y is None else (min(x[0], y[0]), max(x[1], y[1]))
        function = _BOUNDS.get(e.op)
        parts = [self.bounds(a) for a in e.args]
        if function is None or any(p is None for p in parts):
            return None
        return function(*parts)

    def _reduced(self, e: Expr) -> Interval | None:
        """The smallest or largest of bounded terms, where there is one."""
        if e.reduction[0] not in ("min", "max") or not all(x.op == "const" and x.number for x in e.args[1:]):
            return None
        self.extents |= {v: x.number for v, x in zip(e.reduction[1], e.args[1:], strict=True)}
        return self.bounds(e.args[0])


def _from_int32(e: Expr) -> bool:
    return e.op == "cast" and e.dtype == "int64" and e.args[0].dtype == "int32"


def _corners(f: Callable[[int, int], int]) -> Callable[[Interval, Interval], Interval]:
    """Bounds of a function that is monotone in each of two arguments."""

    def bounds(x: Interval, y: Interval) -> Interval:
        values = [f(a, b) for a in x for b in y]
        return min(values), max(values)

    return bounds


def _quotient(x: Interval, y: Interval) -> Interval | None:
    return _corners(lambda a, b: a // b)(x, y) if y[0] > 0 else None


_BOUNDS: dict[str, Callable[..., Interval | None]] = {
    "add": _corners(lambda a, b: a + b),
    "sub": _corners(lambda a, b: a - b),
    "mul": _corners(lambda a, b: a * b),
    "min": _corners(min),
    "max": _corners(max),
    "idiv": _quotient,
    "imod": lambda x, y: (0, y[1] - 1) if y[0] > 0 else None,
}
