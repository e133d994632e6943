"""One scalar operation as LLVM instructions, on scalars or vectors of one length.

No fast-math flag anywhere: what an expression says is what is computed, on every target.
"""

from __future__ import annotations

import struct

import numpy as np

from wengert.base.dtypes import TABLE, is_float, size_of
from wengert.compiler.emit.builder import Builder, Value, vector
from wengert.loop.expr import Expr, const_value

STORAGE = {
    "bool": "i8", "int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64",
    "uint8": "i8", "uint16": "i16", "uint32": "i32", "uint64": "i64",
    "bfloat16": "i16", "float16": "i16", "float32": "float", "float64": "double",
}  # fmt: skip
REGISTER = STORAGE | {"bool": "i1"}
SHORT = {"i1": "i1", "i8": "i8", "i16": "i16", "i32": "i32", "i64": "i64", "float": "f32", "double": "f64"}
FLOAT = {
    "add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv",
    "eq": "fcmp oeq", "ne": "fcmp une", "lt": "fcmp olt", "le": "fcmp ole",
}  # fmt: skip
INTEGER = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "and": "and",
    "or": "or",
    "xor": "xor",
    "eq": "icmp eq",
    "ne": "icmp ne",
}
ROUNDINGS = ("sqrt", "floor", "ceil", "trunc", "rint")


def lanes_of(type_: str) -> int:
    """How many values one value of the LLVM type holds."""
    return int(type_[1 : type_.index(" ")]) if type_.startswith("<") else 1


def element_type(type_: str) -> str:
    """The LLVM type of one lane."""
    return type_[type_.index("x") + 2 : -1] if type_.startswith("<") else type_


def mangled(type_: str) -> str:
    """A type as it ends an intrinsic's name: v16f32."""
    lanes = lanes_of(type_)
    return (f"v{lanes}" if lanes > 1 else "") + SHORT[element_type(type_)]


def constant(value: float | int, dtype: str) -> Value:
    """A number of a dtype. Floats are written by their bits."""
    type_ = REGISTER[dtype]
    if is_float(dtype):
        return Value(type_, f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}")
    if dtype == "bool":
        return Value(type_, "true" if value else "false")
    bits = 8 * size_of(dtype)
    return Value(type_, str((int(value) + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)))


def unsigned(dtype: str) -> bool:
    """Whether values of the dtype have no sign."""
    return TABLE[dtype].kind in "ub"


def arithmetic(b: Builder, e: Expr, args: list[Value]) -> Value:
    """The value of operation `e` (not a leaf, not a structure) on `args`, scalars widened to the vectors among them."""
    lanes = max(lanes_of(a.type) for a in args)
    args = [b.splat(a, lanes) for a in args]
    dtype = e.args[1 if e.op == "select" else 0].dtype
    match e.op:
        case "select":
            return b.select(*args)
        case "cast":
            return cast(b, args[0], dtype, e.dtype)
        case "bitcast":
            return b.convert("bitcast", args[0], vector(REGISTER[e.dtype], lanes))
        case "not":
            return b.op("xor", args[0], b.splat(constant(-1 if dtype != "bool" else 1, dtype), lanes))
        case "min" | "max":
            x, y = args
            first = e.args[0]
            return extreme(
                b, e.op, dtype, x, y, first.op == "const" and const_value(first) == const_value(first)
            )
        case "idiv" | "imod":
            return floor_division(b, e, *args)
        case "mulhi":
            return _mulhi(b, *args)
        case "neg" | "abs":
            return _sign(b, e.op, dtype, args[0])
        case "shl" | "shr":
            return _shift(b, e, *args)
    if e.op == "fma" or e.op in ROUNDINGS:
        return b.call(args[0].type, f"llvm.{e.op}.{mangled(args[0].type)}", args)
    if e.op == "ldexp":
        return b.call(args[0].type, f"llvm.ldexp.{mangled(args[0].type)}.{mangled(args[1].type)}", args)
    return _plain(b, e.op, dtype, *args)


def _plain(b: Builder, op: str, dtype: str, x: Value, y: Value) -> Value:
    if is_float(dtype):
        opcode = FLOAT[op]
    elif op in ("lt", "le"):
        opcode = f"icmp {'u' if unsigned(dtype) else 's'}{op}"
    else:
        opcode = INTEGER[op]
    if opcode[1:].startswith("cmp"):
        return b.compare(opcode, x, y, lanes_of(x.type))
    return b.op(opcode, x, y)


OPCODE = {"sum": "add", "prod": "mul", "any": "or", "all": "and"}


def join(b: Builder, kind: str, dtype: str, x: Value, y: Value) -> Value:
    """Two terms of a reduction as one."""
    if kind in ("max", "min"):
        if dtype == "bool":
            return b.op("or" if kind == "max" else "and", x, y)
        return extreme(b, kind, dtype, x, y)
    opcode = OPCODE[kind]
    return b.op("f" + opcode if is_float(dtype) else opcode, x, y)


def extreme(b: Builder, op: str, dtype: str, x: Value, y: Value, x_is_number: bool = False) -> Value:
    """min or max; NaN if either is NaN, y where they are equal.

    `select(x > y, x, y)` is one instruction on x86 and gives y where either is NaN, so only x is left to ask.
    """
    lanes = lanes_of(x.type)
    predicate = "gt" if op == "max" else "lt"
    if not is_float(dtype):
        return b.select(b.compare(f"icmp {'u' if unsigned(dtype) else 's'}{predicate}", x, y, lanes), x, y)
    chosen = b.select(b.compare(f"fcmp o{predicate}", x, y, lanes), x, y)
    return chosen if x_is_number else b.select(b.compare("fcmp uno", x, x, lanes), x, chosen)


def cast(b: Builder, x: Value, source: str, dtype: str) -> Value:
    """Convert the value; float to integer is clamped and NaN becomes 0; to bool is x != 0."""
    lanes = lanes_of(x.type)
    type_ = vector(REGISTER[dtype], lanes)
    if dtype == "bool":
        return _plain(b, "ne", source, x, b.splat(constant(0, source), lanes))
    if is_float(source) and is_float(dtype):
        return b.convert("fpext" if size_of(dtype) > size_of(source) else "fptrunc", x, type_)
    if is_float(source):
        return truncated(b, x, source, dtype)
    if is_float(dtype):
        return b.convert("uitofp" if unsigned(source) else "sitofp", x, type_)
    if source != "bool" and size_of(dtype) <= size_of(source):
        return b.convert("trunc", x, type_)
    return b.convert("zext" if unsigned(source) else "sext", x, type_)


def truncated(b: Builder, x: Value, source: str, dtype: str) -> Value:
    """A float as an integer, towards 0; clamped, and NaN becomes 0.

    LLVM's intrinsic for it does the elements of a vector one by one.
    """
    lanes, bits = lanes_of(x.type), 8 * size_of(dtype)
    least, most = (0, (1 << bits) - 1) if unsigned(dtype) else (-(1 << bits - 1), (1 << bits - 1) - 1)
    high = np.dtype(source).type(most)
    if int(high) > most:
        high = np.nextafter(high, high.dtype.type(0))
    low, top = (b.splat(constant(float(n), source), lanes) for n in (least, high))
    inside = extreme(b, "min", source, top, extreme(b, "max", source, low, x, True), True)
    zero = b.splat(constant(0.0, source), lanes)
    number = b.select(b.compare("fcmp uno", x, x, lanes), zero, inside)
    wide = vector(f"i{max(bits, 32)}", lanes)
    whole = b.convert("fptoui" if unsigned(dtype) and bits >= 32 else "fptosi", number, wide)
    if bits < 32:
        return b.convert("trunc", whole, vector(REGISTER[dtype], lanes))
    if int(high) == most:
        return whole
    return b.select(b.compare("fcmp ogt", x, top, lanes), b.splat(constant(most, dtype), lanes), whole)


def floor_division(b: Builder, e: Expr, x: Value, y: Value) -> Value:
    """floor(x / y) or x - y * floor(x / y); 0 where y is 0; the quotient that overflows wraps."""
    dtype, divisor = e.dtype, e.args[1]
    lanes = lanes_of(x.type)
    known = int(divisor.data) if divisor.op == "const" else 0  # type: ignore[call-overload]
    natural = unsigned(dtype) or (known > 0 and not_negative(e.args[0]))
    if known > 0 and known & (known - 1) == 0:
        if e.op == "imod":
            return b.op("and", x, b.splat(constant(known - 1, dtype), lanes))
        shift = b.splat(constant(known.bit_length() - 1, dtype), lanes)
        return b.op("lshr" if unsigned(dtype) else "ashr", x, shift)
    if known > 0 and natural:
        return b.op("udiv" if e.op == "idiv" else "urem", x, y)

    zero, one = (b.splat(constant(n, dtype), lanes) for n in (0, 1))
    by_zero = by_minus = None
    safe = y
    if not known:
        by_zero = b.compare("icmp eq", y, zero, lanes)
        safe = b.select(by_zero, one, y)
    if not known and not unsigned(dtype):
        by_minus = b.compare("icmp eq", y, b.splat(constant(-1, dtype), lanes), lanes)
        safe = b.select(by_minus, one, safe)
    result = _floor(b, e.op, x, safe, zero, one, unsigned(dtype) or (not known and _natural(e)))
    if by_minus is not None:
        result = b.select(by_minus, b.op("sub", zero, x) if e.op == "idiv" else zero, result)
    return result if by_zero is None else b.select(by_zero, zero, result)


def _natural(e: Expr) -> bool:
    return all(not_negative(a) for a in e.args)


def _floor(b: Builder, op: str, x: Value, y: Value, zero: Value, one: Value, natural: bool) -> Value:
    """Floor quotient or remainder by a y that can do no harm."""
    if natural:
        return b.op("udiv" if op == "idiv" else "urem", x, y)
    lanes = lanes_of(x.type)
    quotient = b.op("sdiv", x, y)
    rest = b.op("sub", x, b.op("mul", quotient, y))
    differ = b.compare("icmp slt", b.op("xor", rest, y), zero, lanes)
    down = b.op("and", differ, b.compare("icmp ne", rest, zero, lanes))
    if op == "idiv":
        return b.select(down, b.op("sub", quotient, one), quotient)
    return b.select(down, b.op("add", rest, y), rest)


def not_negative(e: Expr, known: dict[Expr, bool] | None = None) -> bool:
    """Whether an int64 index expression is surely >= 0: loop variables, sizes, and what is made of them.

    known: of what was asked already; parts that are shared are looked at once.
    """
    known = {} if known is None else known
    if e not in known:
        known[e] = _not_negative(e, known)
    return known[e]


def _not_negative(e: Expr, known: dict[Expr, bool]) -> bool:
    if e.op == "cast":
        source = e.args[0].dtype
        return unsigned(source) and size_of(source) < size_of(e.dtype)
    if e.dtype != "int64":
        return False
    if e.op == "const":
        return int(e.data) >= 0  # type: ignore[call-overload, no-any-return]
    if e.op in ("var", "param", "check"):
        return True
    if e.op == "imod":
        return not_negative(e.args[1], known)
    parts = e.args[1:] if e.op == "select" else e.args
    return e.op in ("add", "mul", "idiv", "min", "max", "select") and all(
        not_negative(x, known) for x in parts
    )


def _mulhi(b: Builder, x: Value, y: Value) -> Value:
    wide = vector("i64", lanes_of(x.type))
    product = b.op("mul", b.convert("zext", x, wide), b.convert("zext", y, wide))
    high = b.op("lshr", product, b.splat(Value("i64", "32"), lanes_of(x.type)))
    return b.convert("trunc", high, x.type)


def _sign(b: Builder, op: str, dtype: str, x: Value) -> Value:
    if is_float(dtype):
        if op == "neg":
            return b.value(x.type, f"fneg {x}")
        return b.call(x.type, f"llvm.fabs.{mangled(x.type)}", [x])
    minus = b.op("sub", b.splat(constant(0, dtype), lanes_of(x.type)), x)
    if op == "neg":
        return minus
    return x if unsigned(dtype) else extreme(b, "max", dtype, x, minus)


def _shift(b: Builder, e: Expr, x: Value, y: Value) -> Value:
    """x << y or x >> y; from the width on all bits are shifted out."""
    bits, lanes = 8 * size_of(e.dtype), lanes_of(x.type)
    left = e.op == "shl"
    opcode = "shl" if left else "lshr" if unsigned(e.dtype) else "ashr"
    known = e.args[1]
    if known.op == "const" and 0 <= int(known.data) < bits:  # type: ignore[call-overload]
        return b.op(opcode, x, y)
    most = b.splat(constant(bits - 1, e.dtype), lanes)
    inside = b.compare("icmp ule", y, most, lanes)
    shifted = b.op(opcode, x, b.select(inside, y, most))
    out = b.op("ashr", x, most) if opcode == "ashr" else b.splat(constant(0, e.dtype), lanes)
    return b.select(inside, shifted, out)
