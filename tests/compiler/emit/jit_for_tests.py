"""Kernels of module text, called with NumPy arrays; and the targets that kernels are tried for."""

import ctypes
import mmap
from dataclasses import replace

import numpy as np

from tests.compiler.emit.emulated import DOTPROD, NEON, THERE, EmulatedKernel
from wengert.compiler.emit.target import Target
from wengert.compiler.jit import compile_object, host_target, load

libc = ctypes.CDLL(None)

HOST = host_target()
AVX2 = Target(HOST.triple, "x86-64-v3", "", 32, 16)
SSE = replace(AVX2, cpu="x86-64-v2", vector_bytes=16, fma=False)
TARGETS = {"host": HOST}
if HOST.vector_bytes >= 32 and HOST.triple.startswith("x86_64"):
    TARGETS |= {"avx2": AVX2, "sse": SSE}
if THERE:
    TARGETS["neon"] = NEON
# Those that multiply words of 8-bit integers, besides the host.
WORDS = {}
if HOST.quads and HOST.triple.startswith("x86_64"):
    WORDS["avx2-vnni"] = replace(AVX2, cpu=HOST.cpu, quads="mixed")
    if HOST.vector_bytes >= 64:
        WORDS["avx512"] = replace(HOST, quads="")
if THERE:
    WORDS["dotprod"] = DOTPROD
ALL = TARGETS | WORDS
EMULATED = {name for name, target in ALL.items() if target in (NEON, DOTPROD)}


def kernel_of(text: str, target: Target):
    """`kernel(buffers, params, threads)` runs the parts of all threads, one after another."""
    return (EmulatedKernel if target in (NEON, DOTPROD) else NativeKernel)(text, target)


class NativeKernel:
    """Runs on this CPU."""

    def __init__(self, text: str, target: Target) -> None:
        (self.function,) = load([("kernel", compile_object(text, target))])
        types = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]
        self.call = ctypes.CFUNCTYPE(None, *types)(self.function.address)

    def __call__(self, buffers, params=(), threads=1):
        """Returns (code, index) of the error cell."""
        error = np.zeros(4, np.int64)
        entries = [b.ctypes.data for b in buffers] + list(params) + [error.ctypes.data]
        order = np.random.default_rng(len(entries)).permutation(len(entries))  # slots say where to look
        table = np.zeros(len(entries), np.int64)
        table[order] = entries
        slots = order.astype(np.int32)
        for tid in range(threads):
            self.call(table.ctypes.data, slots.ctypes.data, tid, threads)
        return tuple(map(int, error[:2]))


def fenced(array: np.ndarray, at_end: bool) -> np.ndarray:
    """A copy that ends (or begins) where memory begins that must not be touched: a wrong access ends the process."""
    page = mmap.PAGESIZE
    room = -(-max(array.nbytes, 1) // page) * page
    memory = mmap.mmap(-1, room + 2 * page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for fence in (start, start + page + room):
        assert libc.mprotect(ctypes.c_void_p(fence), page, 0) == 0
    offset = page + (room - array.nbytes if at_end else 0)
    copy = np.frombuffer(memory, np.uint8, array.nbytes, offset).view(array.dtype)
    copy[...] = array
    return copy
