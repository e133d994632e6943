import gc
import os
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from wengert.base.errors import ValueRangeError
from wengert.runtime.team import Team
from wengert.runtime.threads import crew, get_threads, set_threads


@pytest.fixture(autouse=True)
def threads_as_before():
    before = get_threads()
    yield
    set_threads(before)


_BEGIN = """
    import os, threading, time
    import numpy as np
    from wengert.compiler.cache import functions
    from wengert.compiler.instructions import Instructions
    from wengert.compiler.jit import host_target
    from wengert.runtime.program import Program
    from wengert.runtime.threads import get_threads, set_threads
    # thread n writes n + 1 to word n
    text = '''define void @kernel(ptr %table, ptr %slots, i64 %thread, i64 %threads) {
      %e = getelementptr i64, ptr %table, i64 1
      %x = load ptr, ptr %e
      %p = getelementptr i64, ptr %x, i64 %thread
      %t1 = add i64 %thread, 1
      store i64 %t1, ptr %p
      ret void
    }'''
    code = Instructions()
    code.kernel(0, [1])
    program = Program(code, functions([("kernel", text)], host_target()), 2)
    def sum_of_run():
        x = np.zeros(16, np.int64)
        program.run(x.ctypes.data)
        return int(x.sum())
"""


def run_python(body: str, timeout: float = 60, **environment: str) -> str:
    """Standard output of a fresh interpreter, which must end by itself and without a word on stderr."""
    script = textwrap.dedent(_BEGIN) + textwrap.dedent(body)
    paths = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=os.environ | paths | environment,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_the_interpreter_leaves_a_parked_team():
    assert run_python("set_threads(4); print(sum_of_run())") == "10"


def test_the_interpreter_leaves_while_a_thread_runs_programs():
    body = """
        def forever():
            while True:
                sum_of_run()
        threading.Thread(target=forever, daemon=True).start()
        time.sleep(0.05)
        print("leaving")
    """
    assert run_python(body, WENGERT_THREADS="2") == "leaving"


def test_programs_run_at_exit():
    body = """
        import atexit
        atexit.register(lambda: print(sum_of_run()))
        sum_of_run()
    """
    # Registered after the team's own, so it runs before it.
    assert run_python(body, WENGERT_THREADS="2") == "3"


def test_a_forked_child_makes_its_own_team():
    body = """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads, from Python 3.12 on
        before = sum_of_run()
        child = os.fork()
        if child == 0:
            os._exit(sum_of_run())
        print(before, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), sum_of_run())
    """
    assert run_python(body, WENGERT_THREADS="3") == "6 6 6"


def test_a_signal_while_the_team_is_made_leaves_no_thread_behind(monkeypatch):
    """A handler has raised when the first thread was there: it ends, and its memory stays until then."""
    start, begun = threading.Thread.start, []

    def started(thread):
        start(thread)
        if thread.name == "wengert-1":
            begun.append(thread)
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", started)
    with pytest.raises(KeyboardInterrupt):
        Team(3, 4)
    monkeypatch.undo()
    gc.collect()
    begun[0].join(60)
    assert len(begun) == 1
    assert not begun[0].is_alive()


def test_a_fork_during_a_run_leaves_no_lock_held():
    body = """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        stop = False
        def busy():
            while not stop:
                sum_of_run()
        thread = threading.Thread(target=busy)
        thread.start()
        for _ in range(10):
            time.sleep(0.002)
            child = os.fork()
            if child == 0:
                os._exit(sum_of_run())
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
        stop = True
        thread.join()
        print("done")
    """
    assert run_python(body, WENGERT_THREADS="2") == "done"


def test_the_environment_sets_the_number():
    assert run_python("print(get_threads(), sum_of_run())", WENGERT_THREADS="3") == "3 6"


def test_the_default_is_what_the_process_may_use():
    body = """
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        print(get_threads(), sum_of_run())
    """
    assert run_python(body) == "1 1"


def test_llvm_waits_for_the_first_compile():
    body = """
        import sys
        print([m for m in sys.modules if m.startswith("llvmlite")])
    """
    script = "import wengert.runtime.program, wengert.compiler.cache\n" + textwrap.dedent(body)
    paths = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    out = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=os.environ | paths
    )
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("n", [0, -1])
def test_there_is_at_least_one_thread(n):
    with pytest.raises(ValueRangeError, match=f"at least 1 thread, a whole number; got {n}"):
        set_threads(n)


def test_resizing_ends_the_old_threads():
    set_threads(1)
    others = threading.active_count()
    for size in (4, 2, 3, 1):
        set_threads(size)
        assert crew.team is not None
        assert threading.active_count() == others + size - 1


def test_sleeping_workers_cost_nothing():
    set_threads(4)
    assert crew.team is not None
    time.sleep(0.1)  # more than they wait awake
    before = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - before < 0.05
