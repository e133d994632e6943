"""The loops over bytes that neither Python nor NumPy runs at the speed of a disk: `*.ll` beside this file.

They are compiled at their first call, kept with the other kernels of the compiler's cache, and let other threads of
Python run meanwhile.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from importlib import resources

# For each symbol: the texts that make its module, and how many arguments (ptr and i64) it takes.
MODULES = {
    "decimals": (("decimals.ll",), 7),
    "masked_crc32c": (("crc32c.ll",), 2),
    "scan_tfrecords": (("crc32c.ll", "tfrecord.ll"), 7),
}

# One step of CRC-32C over 8 bytes and over 1: the instruction of x86 since SSE 4.2, and bit by bit.
INSTRUCTIONS = """
declare i64 @llvm.x86.sse42.crc32.64.64(i64, i64)
declare i32 @llvm.x86.sse42.crc32.32.8(i32, i8)
define internal i64 @step8(i64 %c, i64 %w) alwaysinline {
  %out = call i64 @llvm.x86.sse42.crc32.64.64(i64 %c, i64 %w)
  ret i64 %out
}
define internal i64 @step1(i64 %c, i8 %b) alwaysinline {
  %c32 = trunc i64 %c to i32
  %next = call i32 @llvm.x86.sse42.crc32.32.8(i32 %c32, i8 %b)
  %out = zext i32 %next to i64
  ret i64 %out
}
"""
BITS = """
define internal i64 @bits(i64 %c, i64 %w, i64 %n) {
  %start = xor i64 %c, %w
  br label %bit
bit:
  %i = phi i64 [ 0, %0 ], [ %i1, %bit ]
  %x = phi i64 [ %start, %0 ], [ %x1, %bit ]
  %low = and i64 %x, 1
  %mask = sub i64 0, %low
  %polynomial = and i64 %mask, u0x82F63B78
  %shifted = lshr i64 %x, 1
  %x1 = xor i64 %shifted, %polynomial
  %i1 = add i64 %i, 1
  %more = icmp ult i64 %i1, %n
  br i1 %more, label %bit, label %out
out:
  ret i64 %x1
}
define internal i64 @step8(i64 %c, i64 %w) {
  %out = call i64 @bits(i64 %c, i64 %w, i64 64)
  ret i64 %out
}
define internal i64 @step1(i64 %c, i8 %b) {
  %w = zext i8 %b to i64
  %out = call i64 @bits(i64 %c, i64 %w, i64 8)
  ret i64 %out
}
"""


@functools.cache
def native(symbol: str) -> Callable[..., int]:
    """The compiled function, which takes bytes, addresses and integers >= 0, and gives an integer."""
    from wengert.compiler.cache import functions  # the compiler is loaded by the first that needs it
    from wengert.compiler.jit import host_target

    target = host_target()
    (code,) = functions([(symbol, module(symbol, target.triple))], target, passes=2)
    call = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * MODULES[symbol][1])(code.address)
    call.code = code  # type: ignore[attr-defined]  # the machine code lives as long
    return call


def module(symbol: str, triple: str) -> str:
    """The text of a symbol's module for a machine."""
    folder = resources.files("wengert.data")
    text = "\n".join((folder / file).read_text(encoding="utf-8") for file in MODULES[symbol][0])
    return text.replace("<STEPS>", INSTRUCTIONS if triple.startswith("x86_64") else BITS)
