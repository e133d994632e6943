import ctypes
import gc
import weakref

import numpy as np
import pytest

from wengert.base.errors import CompileError, ValueRangeError
from wengert.compiler.emit.target import Target
from wengert.compiler.jit import compile_object, host_target, load
from wengert.compiler.objects import undefined_symbols


def adding(number: int) -> str:
    """A module whose `kernel` adds a number to the int64 it is given the address of."""
    return f"""
        define void @kernel(ptr %x) {{
          %a = load i64, ptr %x
          %b = add i64 %a, {number}
          store i64 %b, ptr %x
          ret void
        }}"""


def run(address: int, x: np.ndarray) -> None:
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)(x.ctypes.data)


def test_objects_with_one_symbol_do_not_meet():
    target = host_target()
    functions = load([("kernel", compile_object(adding(n), target)) for n in (1, 20, 300)])
    x = np.zeros(1, np.int64)
    for f in functions:
        run(f.address, x)
    assert x[0] == 321


def test_constants_in_memory_are_reached():
    text = """
        @table = private constant [4 x i64] [i64 7, i64 8, i64 9, i64 10]
        define void @kernel(ptr %x) {
          %i = load i64, ptr %x
          %p = getelementptr i64, ptr @table, i64 %i
          %v = load i64, ptr %p
          store i64 %v, ptr %x
          ret void
        }"""
    [f] = load([("kernel", compile_object(text, host_target()))])
    x = np.array([2])
    run(f.address, x)
    assert x[0] == 9


@pytest.mark.parametrize("passes", [0, 1, 2, 3])
def test_passes_keep_the_meaning(passes):
    [f] = load([("kernel", compile_object(adding(5), host_target(), passes))])
    x = np.array([1])
    run(f.address, x)
    assert x[0] == 6


def test_code_of_libc_is_refused_by_name():
    text = """
        declare double @exp(double)
        define void @kernel(ptr %x) {
          %a = load double, ptr %x
          %b = call double @exp(double %a)
          store double %b, ptr %x
          ret void
        }"""
    data = compile_object(text, host_target())
    assert undefined_symbols(data) == {"exp"}
    with pytest.raises(CompileError, match="refer to nothing; got undefined exp"):
        load([("kernel", data)])


@pytest.mark.parametrize(
    "text",
    [
        "junk",
        "define void @kernel( {",
        "define i32 @kernel() {\n ret void\n}",
        "define void @k() {\n br label %x\n}",
    ],
)
def test_ill_formed_text_raises(text):
    with pytest.raises(CompileError, match="LLVM must accept"):
        compile_object(text, host_target())


def test_ill_formed_objects_raise():
    data = compile_object(adding(1), host_target())
    for bad in (b"", b"junk", data[:8], data[:300], data[:-40]):
        with pytest.raises(CompileError):
            load([("kernel", bad)])
    with pytest.raises(CompileError, match="define its symbol"):
        load([("other", data)])


def test_code_leaves_memory_with_its_last_function():
    first, second = load([("kernel", compile_object(adding(n), host_target())) for n in (1, 2)])
    batch = weakref.ref(first._engine)
    del first
    gc.collect()
    assert batch() is not None
    del second
    gc.collect()
    assert batch() is None


def test_a_level_lowers_the_target(monkeypatch):
    monkeypatch.setenv("WENGERT_CPU_LEVEL", "sse")
    host = host_target()
    if not host.triple.startswith("x86_64"):
        pytest.skip("levels are of x86")
    assert (host.cpu, host.vector_bytes, host.registers, host.fma) == ("x86-64-v2", 16, 16, False)
    load([("kernel", compile_object(adding(1), host))])


def test_an_unknown_level_is_named(monkeypatch):
    monkeypatch.setenv("WENGERT_CPU_LEVEL", "mmx")
    with pytest.raises(ValueRangeError, match="sse, avx2, avx512; got 'mmx'"):
        host_target()


def test_another_machine_is_compiled_for():
    arm = Target("aarch64-unknown-linux-gnu", "generic", "", 16, 32)
    data = compile_object(adding(1), arm)
    assert data[:4] == b"\x7fELF"
    assert undefined_symbols(data) == set()
