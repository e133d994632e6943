"""Scalar expressions: what one element of a kernel's output is, as an immutable, interned DAG.

A primitive's `lower` rule builds these with a `Scalars`; `compiler/emit` turns them into vector code.
Interning makes equal expressions the same object, so common subexpressions exist once and a kernel's
structure can be hashed.

    leaves     const, param (a run-time integer), var (a loop index), load, acc, carry
    arithmetic add sub mul div neg abs min max fma sqrt floor ceil trunc rint ldexp idiv imod mulhi
    logic      eq ne lt le and or xor not shl shr select cast bitcast
    intrinsics exp log log1p expm1 tanh sigmoid erf sin cos pow asin acos atan asinh acosh atanh (`loop/math.py`)
    structure  reduce (a loop of its own), check (an index that must be in range)
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from wengert.base.dtypes import HALVES, is_float
from wengert.ir.dim import Dim, FloorDiv

UNARY = ("neg", "abs", "sqrt", "floor", "ceil", "trunc", "rint")
INTRINSICS = (
    "exp", "log", "log1p", "expm1", "tanh", "sigmoid", "erf", "sin", "cos", "pow",
    "asin", "acos", "atan", "asinh", "acosh", "atanh",
)  # fmt: skip
REDUCTIONS = ("sum", "max", "min", "prod", "any", "all")


@dataclass(frozen=True, eq=False, slots=True)
class Expr:
    """One operation; `free` names the loop variables its value depends on."""

    op: str
    dtype: str
    args: tuple[Expr, ...] = ()
    data: Hashable = None
    free: frozenset[str] = field(default=frozenset())

    def __str__(self) -> str:
        return show(self)

    @property
    def number(self) -> int:
        """Of a load the slot, of a param its number, of a check its code, of an integer const its value."""
        assert isinstance(self.data, int)
        return self.data

    @property
    def reduction(self) -> tuple[str, tuple[str, ...]]:
        """Of a reduce: its kind, and the variables of its loops."""
        return self.data  # type: ignore[return-value]


class Scalars:
    """Builds expressions. One per kernel: its table is what makes equal expressions one object.

    code: what a failed index check of the primitive being lowered reports.
    dims: the run-time integer that holds each named length.
    """

    def __init__(self) -> None:
        self.code = 0
        self.dims: dict[str, Expr] = {}
        self._table: dict[tuple[Hashable, ...], Expr] = {}
        self._integers: dict[float, Expr] = {}
        self._fresh = 0

    # --- leaves -------------------------------------------------------------------------------
    def make(self, op: str, dtype: str, args: tuple[Expr, ...] = (), data: Hashable = None) -> Expr:
        """The one expression of this form."""
        key = (op, dtype, tuple(map(id, args)), data, type(data))
        found = self._table.get(key)
        if found is None:
            free = frozenset().union(*(a.free for a in args))
            if op == "reduce":
                free -= set(data[1])  # type: ignore[index]
            elif op in ("var", "carry"):
                free = frozenset((str(data),))
            elif op == "acc":
                free = frozenset(data)  # type: ignore[call-overload]
            found = self._table[key] = Expr(op, dtype, args, data, free)
        return found

    def const(self, value: float | int | bool, dtype: str = "int64") -> Expr:
        """A number. Floats are rounded to the dtype first, and kept by their bits (so -0.0 and NaN survive)."""
        if dtype == "int64":
            found = self._integers.get(value)  # lengths and indices: most of what is made
            if found is None:
                found = self._integers[value] = self.make("const", dtype, data=int(value))
            return found
        if is_float(dtype):
            return self.make("const", dtype, data=np.dtype(dtype).type(value).tobytes())
        return self.make("const", dtype, data=int(value))

    def var(self, name: str) -> Expr:
        """A loop index (int64)."""
        return self.make("var", "int64", data=name)

    def fresh(self, hint: str = "k") -> Expr:
        """A loop index with a name not used before in this kernel."""
        self._fresh += 1
        return self.var(f"{hint}{self._fresh}")

    def param(self, index: int) -> Expr:
        """Run-time integer number `index` of the kernel (a symbolic dimension)."""
        return self.make("param", "int64", data=index)

    def length(self, n: int | Dim) -> Expr:
        """A length as an expression: a number, or its polynomial in the named lengths."""
        if not isinstance(n, Dim):
            return self.const(n)
        total = self.const(0)
        for monomial, coefficient in n.terms:
            term = self.const(coefficient)
            for atom in monomial:
                term = self.mul(term, self._atom(atom))
            total = self.add(total, term)
        return total

    def _atom(self, atom: str | FloorDiv) -> Expr:
        if isinstance(atom, str):
            return self.dims[atom]
        return self.idiv(self.length(atom.numerator), self.const(atom.denominator))

    def load(self, slot: int, index: Expr, dtype: str) -> Expr:
        """Element `index` (counted in elements from its start) of the kernel's buffer number `slot`."""
        return self.make("load", dtype, (index,), slot)

    def acc(self, loops: Sequence[str], dtype: str) -> Expr:
        """What the contraction kernel has accumulated for the output element at `loops`."""
        return self.make("acc", dtype, data=tuple(loops))

    def carry(self, name: str, dtype: str) -> Expr:
        """The running value `name` of the nest's serial loops."""
        return self.make("carry", dtype, data=name)

    # --- arithmetic ---------------------------------------------------------------------------
    def add(self, x: Expr, y: Expr) -> Expr:
        if is_int_const(x, 0):
            return y
        if is_int_const(y, 0):
            return x
        return self._binary("add", x, y)

    def sub(self, x: Expr, y: Expr) -> Expr:
        return x if is_int_const(y, 0) else self._binary("sub", x, y)

    def mul(self, x: Expr, y: Expr) -> Expr:
        for a, b in ((x, y), (y, x)):
            if is_int_const(a, 1):
                return b
            if is_int_const(a, 0):
                return a
        return self._binary("mul", x, y)

    def div(self, x: Expr, y: Expr) -> Expr:
        """Floating-point quotient."""
        return self._binary("div", x, y)

    def idiv(self, x: Expr, y: Expr) -> Expr:
        """floor(x / y) for integers; x / 0 is 0, and the one quotient that overflows wraps."""
        return x if is_int_const(y, 1) else self._binary("idiv", x, y)

    def imod(self, x: Expr, y: Expr) -> Expr:
        """x - y * floor(x / y) for integers; x % 0 is 0."""
        return self.const(0, x.dtype) if is_int_const(y, 1) else self._binary("imod", x, y)

    def mulhi(self, x: Expr, y: Expr) -> Expr:
        """The high half of the product of two uint32."""
        return self._binary("mulhi", x, y)

    def min(self, x: Expr, y: Expr) -> Expr:
        """The smaller; NaN if either is NaN. Of equal zeros the second; a constant is put first."""
        return self._binary("min", *_constant_first(x, y))

    def max(self, x: Expr, y: Expr) -> Expr:
        """The larger; NaN if either is NaN. Of equal zeros the second; a constant is put first."""
        return self._binary("max", *_constant_first(x, y))

    def fma(self, x: Expr, y: Expr, z: Expr) -> Expr:
        """x * y + z, rounded once."""
        return self.make("fma", x.dtype, (x, y, z))

    def ldexp(self, x: Expr, n: Expr) -> Expr:
        """x * 2**n for an integer n as wide as x, rounded once."""
        return self.make("ldexp", x.dtype, (x, n))

    def unary(self, op: str, x: Expr) -> Expr:
        """neg, abs, sqrt, floor, ceil, trunc, rint or an intrinsic."""
        return self.make(op, x.dtype, (x,))

    def pow(self, x: Expr, y: Expr) -> Expr:
        return self._binary("pow", x, y)

    # --- logic --------------------------------------------------------------------------------
    def compare(self, op: str, x: Expr, y: Expr) -> Expr:
        """eq, ne, lt or le; false where a NaN is compared (ne: true)."""
        return self.make(op, "bool", (x, y))

    def bitop(self, op: str, x: Expr, y: Expr) -> Expr:
        """and, or, xor, shl, shr (shr copies the sign of signed integers)."""
        return self._binary(op, x, y)

    def invert(self, x: Expr) -> Expr:
        return self.make("not", x.dtype, (x,))

    def select(self, condition: Expr, x: Expr, y: Expr) -> Expr:
        """x where the condition holds, else y. Loads inside x and y may run either way: they must be in range."""
        return x if x is y else self.make("select", x.dtype, (condition, x, y))

    def cast(self, x: Expr, dtype: str) -> Expr:
        """Convert the value; a float outside of an integer's range is clamped, NaN becomes 0; to bool: x != 0.

        From and to float16 and bfloat16 by way of float32.
        """
        if x.op == "cast" and x.args[0].dtype == dtype and dtype in HALVES:  # it was widened, which is exact
            return x.args[0]
        if x.dtype != dtype and (x.dtype in HALVES or dtype in HALVES) and "float32" not in (x.dtype, dtype):
            x = self.cast(x, "float32")
        return x if x.dtype == dtype else self.make("cast", dtype, (x,))

    def bitcast(self, x: Expr, dtype: str) -> Expr:
        """The same bits read as another dtype of the same size."""
        return x if x.dtype == dtype else self.make("bitcast", dtype, (x,))

    # --- structure ----------------------------------------------------------------------------
    def reduce(self, kind: str, extents: Sequence[Expr], term: Callable[[tuple[Expr, ...]], Expr]) -> Expr:
        """sum, max, min, prod, any or all of `term(k)` over all k below `extents`; loops of its own."""
        loops = tuple(self.fresh() for _ in extents)
        body = term(loops)
        if not extents:
            return body
        return self.make("reduce", body.dtype, (body, *extents), (kind, tuple(str(v.data) for v in loops)))

    def check(self, index: Expr, size: Expr, code: int) -> Expr:
        """`index` if 0 <= index < size; else 0, and error `code` with the bad index is recorded for the caller."""
        if index.op == "check" and index.args[1] is size:
            return index
        return self.make("check", "int64", (index, size), code)

    def _binary(self, op: str, x: Expr, y: Expr) -> Expr:
        if x.dtype != y.dtype:
            raise AssertionError(f"{op}: scalars must have one dtype; got {x.dtype} and {y.dtype}.")
        if (
            x.op == y.op == "const"
            and isinstance(x.data, int)
            and isinstance(y.data, int)
            and x.dtype == "int64"
        ):
            fold = _FOLD.get(op)
            if fold is not None:
                return self.const(fold(x.data, y.data), "int64")
        return self.make(op, x.dtype, (x, y))


def _constant_first(x: Expr, y: Expr) -> tuple[Expr, Expr]:
    return (y, x) if y.op == "const" else (x, y)


_FOLD: dict[str, Callable[[int, int], int]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "idiv": lambda x, y: x // y if y else 0,
    "imod": lambda x, y: x % y if y else 0,
    "min": min,
    "max": max,
}


def is_int_const(x: Expr, value: int) -> bool:
    """Whether x is the integer constant `value`."""
    return x.op == "const" and x.data == value and not is_float(x.dtype) and x.dtype != "bool"


def const_value(x: Expr) -> float | int:
    """The number a const holds."""
    if isinstance(x.data, bytes):
        return float(np.frombuffer(x.data, x.dtype)[0])
    return int(x.data)  # type: ignore[call-overload, no-any-return]


def post_order(roots: Sequence[Expr], known: Container[Expr] = ()) -> list[Expr]:
    """Every expression under `roots`, each once, arguments first; less what is `known`, and all under that."""
    order: dict[Expr, None] = {}
    stack = list(reversed(roots))
    while stack:
        e = stack[-1]
        if e not in order and e not in known:
            size = len(stack)
            for a in e.args[::-1]:
                if a not in order and a not in known:
                    stack.append(a)
            if len(stack) > size:
                continue
            order[e] = None
        stack.pop()
    return list(order)


def show(root: Expr) -> str:
    """One line of text for people: `add(load b0[(i * 784) + j], 1.0)`."""
    names: dict[Expr, str] = {}
    for e in post_order([root]):
        names[e] = _show_one(e, [names[a] for a in e.args])
    return names[root]


def _show_one(e: Expr, args: list[str]) -> str:
    infix = {
        "add": "+",
        "sub": "-",
        "mul": "*",
        "div": "/",
        "idiv": "//",
        "imod": "%",
        "lt": "<",
        "le": "<=",
        "eq": "==",
    }
    if e.op == "const":
        return f"{const_value(e):g}" if is_float(e.dtype) else str(e.data)
    if e.op in ("var", "carry"):
        return str(e.data)
    if e.op == "param":
        return f"n{e.data}"
    if e.op == "load":
        return f"b{e.data}[{args[0]}]"
    if e.op == "reduce":
        kind, loops = e.reduction
        return (
            f"{kind}({args[0]} for {', '.join(f'{v} < {x}' for v, x in zip(loops, args[1:], strict=True))})"
        )
    if e.op in infix:
        return f"({args[0]} {infix[e.op]} {args[1]})"
    return f"{e.op}({', '.join(args)})"


def affine(index: Expr, name: str) -> int | None:
    """c if index = c * name + (something without name), else None."""
    return _affine(index, name, {})


def _affine(e: Expr, name: str, known: dict[Expr, int | None]) -> int | None:
    if name not in e.free:
        return 0
    if e not in known:
        known[e] = _slope(e, name, known)
    return known[e]


def _slope(e: Expr, name: str, known: dict[Expr, int | None]) -> int | None:
    if e.op == "var":
        return 1
    if e.op in ("add", "sub"):
        x, y = (_affine(a, name, known) for a in e.args)
        if x is None or y is None:
            return None
        return x + y if e.op == "add" else x - y
    if e.op == "mul":
        factor, rest = e.args if e.args[0].op == "const" else e.args[::-1]
        c = _affine(rest, name, known)
        return c * factor.number if c is not None and factor.op == "const" else None
    return None
