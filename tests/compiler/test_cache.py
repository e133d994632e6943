import ctypes
import gc
import os
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import pytest

from wengert.base.errors import CompileError
from wengert.compiler import cache, jit
from wengert.compiler.cache import Disk, functions, object_key
from wengert.compiler.jit import host_target

KEY = "0" * 40


def constant(number: int) -> str:
    """A module of its own for each number."""
    return f"define i64 @kernel() {{\n ret i64 {number}\n}}"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache on disk."""
    monkeypatch.setenv("WENGERT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def compiled(monkeypatch):
    """The texts compiled during the test."""
    texts = []
    compile_object = jit.compile_object

    def record(text, target, passes=0):
        texts.append(text)
        return compile_object(text, target, passes)

    monkeypatch.setattr(jit, "compile_object", record)
    return texts


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path / "objects", 10_000)


def test_a_text_is_compiled_and_loaded_once(folder, compiled):
    a, b, again = functions([("kernel", constant(n)) for n in (1, 2, 1)], host_target())
    assert a is again
    assert a is not b
    assert functions([("kernel", constant(2))], host_target()) == [b]
    assert sorted(compiled) == [constant(1), constant(2)]


def test_a_module_with_two_functions_is_compiled_once(monkeypatch, compiled):
    monkeypatch.setenv("WENGERT_CACHE_DIR", "")
    text = "".join(f"define i64 @f{n}() {{\n ret i64 {n}\n}}\n" for n in (7, 8))
    found = functions([("f7", text), ("f8", text)], host_target())
    assert [ctypes.CFUNCTYPE(ctypes.c_int64)(f.address)() for f in found] == [7, 8]
    assert compiled == [text]


def test_what_is_unloaded_is_found_on_disk(folder, compiled):
    functions([("kernel", constant(3))], host_target())
    gc.collect()
    functions([("kernel", constant(3))], host_target())
    assert compiled == [constant(3)]
    assert len(list(folder.iterdir())) == 1


def test_nothing_is_kept_without_a_folder(folder, compiled, monkeypatch):
    monkeypatch.setenv("WENGERT_CACHE_DIR", "")
    functions([("kernel", constant(4))], host_target())
    assert compiled == [constant(4)]
    assert not folder.exists()


def test_the_key_names_all_that_decides_the_code():
    host = host_target()
    keys = {
        object_key(constant(1), host, 0),
        object_key(constant(2), host, 0),
        object_key(constant(1), host, 1),
        object_key(constant(1), type(host)(host.triple, "generic", host.features, 16, 16), 0),
        object_key(constant(1), type(host)(host.triple, host.cpu, "", 16, 16), 0),
    }
    assert len(keys) == 5


def test_a_module_that_refers_outside_is_refused_from_disk_too(folder):
    text = "declare i64 @getpid()\ndefine i64 @kernel() {\n %a = call i64 @getpid()\n ret i64 %a\n}"
    for _ in range(2):
        with pytest.raises(CompileError, match="undefined getpid"):
            functions([("kernel", text)], host_target())


def test_what_was_put_is_got(disk):
    assert disk.get(KEY) is None
    disk.put(KEY, b"code")
    assert disk.get(KEY) == b"code"
    assert Disk(disk.folder, disk.limit).get(KEY) == b"code"


@pytest.mark.parametrize("damage", ["empty", "short", "long", "bit", "foreign", "renamed"])
def test_a_damaged_file_is_not_used_and_written_anew(disk, damage):
    disk.put(KEY, b"code" * 10)
    [path] = disk.folder.iterdir()
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        changed = {
            "empty": b"",
            "short": whole[:at],
            "long": whole + bytes(at + 1),
            "bit": whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :],
            "foreign": os.urandom(at),
        }
        if damage == "renamed":
            other = "1" * 40
            path.with_stem(other).write_bytes(whole)
            assert disk.get(other) is None
        else:
            path.write_bytes(changed[damage])
            assert disk.get(KEY) is None
            disk.put(KEY, b"code" * 10)
        assert disk.get(KEY) == b"code" * 10


def test_the_kernel_of_a_damaged_file_is_compiled(folder, compiled):
    functions([("kernel", constant(5))], host_target())
    gc.collect()
    [path] = folder.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    functions([("kernel", constant(5))], host_target())
    assert compiled == [constant(5)] * 2
    assert path.read_bytes() == whole


def test_what_was_not_used_for_longest_goes_first(disk):
    for n in range(9):
        disk.put(str(n), bytes(1000))
        path = disk.folder / f"{n}.wgo"
        os.utime(path, (n, n))
    assert disk.get("0") is not None  # used now
    disk.put("9", bytes(1000))
    assert {int(p.stem) for p in disk.folder.iterdir()} == {0, 4, 5, 6, 7, 8, 9}
    assert sum(p.stat().st_size for p in disk.folder.iterdir()) <= disk.limit * 3 // 4


def test_unfinished_files_of_dead_processes_go(disk):
    disk.folder.mkdir(mode=0o700)
    for name, age in (("old.tmp", 7200), ("new.tmp", 0)):
        (disk.folder / name).write_bytes(b"half")
        os.utime(disk.folder / name, (time.time() - age,) * 2)
    disk.put(KEY, b"code")
    assert {p.name for p in disk.folder.iterdir()} == {"new.tmp", KEY + ".wgo"}


def test_a_folder_that_cannot_be_made_is_said_once(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    disk = Disk(tmp_path / "file" / "cache", 1000)
    with pytest.warns(RuntimeWarning, match=r"cache: .*file/cache cannot be made .* WENGERT_CACHE_DIR"):
        disk.put(KEY, b"code")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        disk.put(KEY, b"code")
        assert disk.get(KEY) is None


def test_a_full_or_read_only_folder_is_said_once(disk, monkeypatch):
    disk.put(KEY, b"code")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "fdopen", full)
    with pytest.warns(RuntimeWarning, match="cannot be written .No space left on device"):
        disk.put("1", b"more")
    disk.put("2", b"more")
    assert [p.name for p in disk.folder.iterdir()] == [KEY + ".wgo"]


def test_a_folder_that_others_can_write_is_not_used(disk):
    disk.folder.mkdir()
    disk.folder.chmod(0o777)
    with pytest.warns(RuntimeWarning, match="can be written by other users"):
        disk.put(KEY, b"code")
    assert not list(disk.folder.iterdir())


def test_the_folder_is_the_users_alone(disk):
    disk.put(KEY, b"code")
    assert disk.folder.stat().st_mode & 0o777 == 0o700


def test_processes_share_the_folder(folder):
    script = textwrap.dedent("""
        import ctypes
        from wengert.compiler.cache import functions
        from wengert.compiler.jit import host_target
        for turn in range(3):
            modules = [("kernel", f"define i64 @kernel() {{ ret i64 {n} }}") for n in range(20)]
            for n, f in enumerate(functions(modules, host_target())):
                assert ctypes.CFUNCTYPE(ctypes.c_int64)(f.address)() == n
            del f
        print("done")
    """)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(2)
    ]
    assert [p.communicate(timeout=60)[0] for p in processes] == [b"done\n"] * 2
    assert len(list(folder.glob("*.wgo"))) == 20
    assert not list(folder.glob("*.tmp"))


def test_a_fork_during_a_compile_leaves_no_lock_held(folder):
    script = textwrap.dedent("""
        import os, threading, time, warnings
        from wengert.compiler.cache import functions
        from wengert.compiler.jit import host_target
        warnings.simplefilter("ignore", DeprecationWarning)
        target = host_target()
        stop = False
        def module(n):
            return ("kernel", f"define i64 @kernel() {{ ret i64 {n} }}")
        def compile_for_ever():
            n = 0
            while not stop:
                n += 1
                functions([module(n)], target)
        thread = threading.Thread(target=compile_for_ever)
        thread.start()
        for n in range(20):
            time.sleep(0.001)
            child = os.fork()
            if child == 0:
                functions([module(-n)], target)
                os._exit(7)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        stop = True
        thread.join()
        print("done")
    """)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "WENGERT_CACHE_DIR": ""}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, timeout=60, capture_output=True, text=True
    )
    assert done.stdout == "done\n", done.stderr


def test_threads_compile_load_and_drop_at_once(folder):
    wrong = []

    def use(seed):
        for n in range(40):
            number = (n * seed) % 13
            [f] = functions([("kernel", constant(number))], host_target())
            if ctypes.CFUNCTYPE(ctypes.c_int64)(f.address)() != number:
                wrong.append(number)
            del f

    threads = [threading.Thread(target=use, args=(seed,)) for seed in range(1, 9)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert not any(t.is_alive() for t in threads)
    assert not wrong


def test_texts_are_compiled_while_others_are_written(folder, monkeypatch):
    """The first is done before the last is asked for."""
    compile_object, done = jit.compile_object, threading.Event()

    def compiled(text, target, passes=0):
        try:
            return compile_object(text, target, passes)
        finally:
            done.set()

    def written():
        yield "kernel", constant(101)
        assert done.wait(30)
        yield "kernel", constant(102)

    monkeypatch.setattr(jit, "compile_object", compiled)
    assert len(functions(written(), host_target())) == 2


def test_no_thread_is_left_behind(folder):
    before = threading.active_count()
    functions([("kernel", constant(200 + n)) for n in range(9)], host_target())
    assert threading.active_count() == before


def test_a_text_that_cannot_be_written_ends_the_threads(folder):
    def written():
        yield "kernel", constant(301)
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        functions(written(), host_target())
    assert threading.active_count() == before
    assert len(functions([("kernel", constant(302))], host_target())) == 1


def test_threads_take_turns_as_before_when_all_is_compiled(folder):
    before = sys.getswitchinterval()
    functions([("kernel", constant(400 + n)) for n in range(3)], host_target())
    assert sys.getswitchinterval() == before
