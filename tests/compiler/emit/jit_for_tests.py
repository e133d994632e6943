"""Compiles module text for this machine and calls kernels with NumPy arrays."""

import ctypes

import llvmlite.binding as llvm
import numpy as np

from wengert.compiler.emit.target import Target, x86_level

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()


def host():
    features = llvm.get_host_cpu_features()
    width, registers = x86_level(features)
    text = features.flatten() + ",-prefer-256-bit"
    return Target(
        llvm.get_default_triple(),
        llvm.get_host_cpu_name(),
        text,
        width,
        registers,
        features.get("fma", False),
    )


AVX2 = Target(llvm.get_default_triple(), "haswell", "", 32, 16)
SSE = Target(llvm.get_default_triple(), "nehalem", "", 16, 16, fma=False)


class Kernel:
    """A compiled kernel: `kernel(buffers, params, threads)` runs every thread's part, one after another."""

    def __init__(self, text, target, name="kernel", opt=2):
        module = llvm.parse_assembly(text)
        module.verify()
        machine = llvm.Target.from_triple(target.triple).create_target_machine(
            cpu=target.cpu, features=target.features, opt=opt
        )
        self.engine = llvm.create_mcjit_compiler(module, machine)
        self.engine.finalize_object()
        types = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]
        self.call = ctypes.CFUNCTYPE(None, *types)(self.engine.get_function_address(name))

    def __call__(self, buffers, params=(), threads=1):
        error = np.zeros(4, np.int64)
        entries = [b.ctypes.data for b in buffers] + list(params) + [error.ctypes.data]
        order = np.random.default_rng(len(entries)).permutation(len(entries))  # slots say where to look
        table = np.zeros(len(entries), np.int64)
        table[order] = entries
        slots = order.astype(np.int32)
        for tid in range(threads):
            self.call(table.ctypes.data, slots.ctypes.data, tid, threads)
        return error
