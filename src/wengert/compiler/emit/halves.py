"""float32 from and to the floats of two bytes: by instructions where the target has them, else on the bits."""

from __future__ import annotations

from wengert.compiler.emit.arithmetic import lanes_of
from wengert.compiler.emit.builder import Builder, Value, vector
from wengert.compiler.emit.target import Target

LLVM = {"float16": "half", "bfloat16": "bfloat"}


def widened(b: Builder, x: Value, dtype: str, target: Target) -> Value:
    """A float16 or bfloat16 as float32, exactly."""
    lanes = lanes_of(x.type)
    if dtype == "float16" and target.half:
        return b.convert("fpext", b.convert("bitcast", x, vector("half", lanes)), vector("float", lanes))
    bits = b.convert("zext", x, vector("i32", lanes))
    if dtype == "bfloat16":  # its bits are the upper half
        return _float(b, b.op("shl", bits, _i32(b, 16, lanes)))
    return _float(b, _widened_float16(b, bits, lanes))


def narrowed(b: Builder, x: Value, dtype: str, target: Target) -> Value:
    """float32 as float16 or bfloat16, to nearest, ties to even. bfloat16's instruction makes subnormal numbers 0."""
    lanes = lanes_of(x.type)
    if dtype == "bfloat16" and target.bf16 and lanes == 1:
        # A vector of one: where only a scalar's sign is read, LLVM 22 breaks off (shifts in bfloat, not in i16).
        one = b.convert("fptrunc", b.convert("bitcast", x, "<1 x float>"), "<1 x bfloat>")
        return b.convert("bitcast", one, "i16")
    if target.half if dtype == "float16" else target.bf16:
        short = b.convert("fptrunc", x, vector(LLVM[dtype], lanes))
        return b.convert("bitcast", short, vector("i16", lanes))
    bits = b.convert("bitcast", x, vector("i32", lanes))
    narrow = _narrowed_float16 if dtype == "float16" else _narrowed_bfloat16
    return b.convert("trunc", narrow(b, x, bits, lanes), vector("i16", lanes))


def _widened_float16(b: Builder, bits: Value, lanes: int) -> Value:
    """The exponent's bias changes from 15 to 127; subnormal numbers are whole ones times 2^-24."""
    size = b.op("and", bits, _i32(b, 0x7FFF, lanes))
    moved = b.op("shl", size, _i32(b, 13, lanes))
    normal = b.op("add", moved, _i32(b, 112 << 23, lanes))
    endless = b.op("or", moved, _i32(b, 255 << 23, lanes))
    whole = b.convert("sitofp", size, vector("float", lanes))
    unit = b.splat(Value("float", f"0x{0x3E70 << 48:016X}"), lanes)  # 2^-24
    small = b.convert("bitcast", b.op("fmul", whole, unit), vector("i32", lanes))
    is_small = b.compare("icmp ult", size, _i32(b, 1 << 10, lanes), lanes)
    is_endless = b.compare("icmp uge", size, _i32(b, 31 << 10, lanes), lanes)
    found = b.select(is_small, small, b.select(is_endless, endless, normal))
    sign = b.op("shl", b.op("and", bits, _i32(b, 0x8000, lanes)), _i32(b, 16, lanes))
    return b.op("or", found, sign)


def _narrowed_float16(b: Builder, x: Value, bits: Value, lanes: int) -> Value:
    """Below 2^-14, where the last bit counts 2^-24, adding 0.5 rounds; from 2^16 on it is infinite."""
    size = b.op("and", bits, _i32(b, 0x7FFFFFFF, lanes))
    odd = b.op("and", b.op("lshr", size, _i32(b, 13, lanes)), _i32(b, 1, lanes))
    rounded = b.op("add", b.op("add", size, odd), _i32(b, 0xFFF - (112 << 23), lanes))
    normal = b.op("lshr", rounded, _i32(b, 13, lanes))
    half = b.splat(Value("float", f"0x{0x3FE0 << 48:016X}"), lanes)
    moved = b.convert("bitcast", b.op("fadd", _float(b, size), half), vector("i32", lanes))
    small = b.op("sub", moved, _i32(b, 126 << 23, lanes))
    is_small = b.compare("icmp ult", size, _i32(b, 113 << 23, lanes), lanes)
    is_large = b.compare("icmp uge", size, _i32(b, 143 << 23, lanes), lanes)
    nan = b.compare("fcmp uno", x, x, lanes)
    endless = b.select(nan, _i32(b, 0x7E00, lanes), _i32(b, 0x7C00, lanes))
    found = b.select(is_small, small, b.select(is_large, endless, normal))
    sign = b.op("and", b.op("lshr", bits, _i32(b, 16, lanes)), _i32(b, 0x8000, lanes))
    return b.op("or", found, sign)


def _narrowed_bfloat16(b: Builder, x: Value, bits: Value, lanes: int) -> Value:
    upper = b.op("lshr", bits, _i32(b, 16, lanes))
    odd = b.op("and", upper, _i32(b, 1, lanes))
    up = b.op("add", bits, b.op("add", odd, _i32(b, 0x7FFF, lanes)))
    nan = b.compare("fcmp uno", x, x, lanes)
    quiet = b.op("or", upper, _i32(b, 0x40, lanes))
    return b.select(nan, quiet, b.op("lshr", up, _i32(b, 16, lanes)))


def _float(b: Builder, bits: Value) -> Value:
    return b.convert("bitcast", bits, vector("float", lanes_of(bits.type)))


def _i32(b: Builder, n: int, lanes: int) -> Value:
    return b.splat(Value("i32", str(n)), lanes)
