"""Kernels from disk: nothing is written anew that was compiled before, unless the compiler is another one."""

import gc

import numpy as np
import pytest

import wengert as wg
from wengert.compiler.fingerprint import compiler_version, fingerprint, written
from wengert.loop.expr import Expr
from wengert.runtime import kernels

X = np.arange(12, dtype=np.float32).reshape(3, 4) / 7


def run():
    """A fresh program, with a nest, a product and a pack; nothing of it is left in memory."""
    f = wg.function(lambda x: wg.tanh(x @ wg.exp(x.T)), signature=("f32[n,4]",))
    y = f(X).numpy().copy()
    del f
    gc.collect()
    return y


@pytest.fixture
def texts(tmp_path, monkeypatch):
    """How many texts were written, with a cache of its own."""
    monkeypatch.setenv("WENGERT_CACHE_DIR", str(tmp_path))
    count = []
    emit = kernels.emit_contraction
    monkeypatch.setattr(kernels, "emit_contraction", lambda *a: count.append(a) or emit(*a))
    return count


def test_what_lies_on_disk_is_not_written_as_text_again(texts):
    first = run()
    before = len(texts)
    np.testing.assert_array_equal(run(), first)
    assert before >= 2
    assert len(texts) == before


def test_another_compiler_finds_nothing(texts, monkeypatch):
    run()
    before = len(texts)
    monkeypatch.setattr(kernels, "compiler_version", lambda: "another")
    run()
    assert len(texts) == 2 * before


def test_the_version_is_of_the_files_that_make_code(tmp_path, monkeypatch):
    from wengert.compiler import fingerprint

    package = tmp_path / "wengert"
    file = package / "compiler" / "emit" / "nest.py"
    file.parent.mkdir(parents=True)
    monkeypatch.setattr(fingerprint, "__file__", str(package / "compiler" / "fingerprint.py"))
    versions = set()
    for text in ("a = 1\n", "a = 2\n"):
        file.write_text(text)
        versions.add(compiler_version.__wrapped__())
    file.rename(file.with_name("other.py"))
    versions.add(compiler_version.__wrapped__())
    assert len(versions) == 3


@pytest.mark.parametrize("data", [frozenset({1, 2}), object(), ("a", (1, frozenset()))])
def test_what_has_no_text_of_its_own_is_refused(data):
    """It would be written with its address, or in any order: no other process would find the kernel."""
    plain = Expr("const", "float32", data=("a", (1, b"2", None)))
    assert "('a', (1, b'2', None))" in written(fingerprint(plain))
    with pytest.raises(AssertionError, match="fingerprint: must be made of numbers and strings; got "):
        fingerprint(Expr("const", "float32", data=data))
