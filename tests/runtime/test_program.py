import gc
import os
import signal
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

from wengert.base.errors import GraphError, UsageError
from wengert.compiler.cache import functions
from wengert.compiler.instructions import Instructions, Label
from wengert.compiler.jit import host_target
from wengert.runtime.program import ERROR_ENTRY, FIRST_VALUE, Program, address_of
from wengert.runtime.team import Team
from wengert.runtime.threads import get_threads, set_threads

# Bodies of kernels; %s0, %s1, ... are the entries at their slots.
_KERNELS = {
    # Thread 0 appends %s1 to the list at %s0, whose first word is its length.
    "append": """
        %mine = icmp eq i64 %thread, 0
        br i1 %mine, label %write, label %out
      write:
        %list = inttoptr i64 %s0 to ptr
        %n = load i64, ptr %list
        %n1 = add i64 %n, 1
        store i64 %n1, ptr %list
        %p = getelementptr i64, ptr %list, i64 %n1
        store i64 %s1, ptr %p
        br label %out
      out:
        ret void""",
    # to[thread] = from[(thread + 1) % threads] + 1
    "rotate": """
        %from = inttoptr i64 %s0 to ptr
        %to = inttoptr i64 %s1 to ptr
        %t1 = add i64 %thread, 1
        %next = urem i64 %t1, %threads
        %p = getelementptr i64, ptr %from, i64 %next
        %x = load i64, ptr %p
        %y = add i64 %x, 1
        %q = getelementptr i64, ptr %to, i64 %thread
        store i64 %y, ptr %q
        ret void""",
    # The last thread records the error %s1, 77 in the cell at %s0.
    "fail": """
        %t1 = add i64 %thread, 1
        %last = icmp eq i64 %t1, %threads
        br i1 %last, label %write, label %out
      write:
        %cell = inttoptr i64 %s0 to ptr
        store i64 %s1, ptr %cell
        %p = getelementptr i64, ptr %cell, i64 1
        store i64 77, ptr %p
        br label %out
      out:
        ret void""",
    # Thread 0: byte at %s0 = (word at %s1) < %s2
    "less": """
        %mine = icmp eq i64 %thread, 0
        br i1 %mine, label %write, label %out
      write:
        %p = inttoptr i64 %s0 to ptr
        %q = inttoptr i64 %s1 to ptr
        %x = load i64, ptr %q
        %less = icmp slt i64 %x, %s2
        %byte = zext i1 %less to i8
        store i8 %byte, ptr %p
        br label %out
      out:
        ret void""",
    # Count to 2^%s0 and forget it: to last a while.
    "wait": """
        %end = shl i64 1, %s0
        br label %turn
      turn:
        %i = phi i64 [ 0, %0 ], [ %i1, %turn ]
        %cell = inttoptr i64 %s1 to ptr
        store volatile i64 %i, ptr %cell
        %i1 = add i64 %i, 1
        %more = icmp ult i64 %i1, %end
        br i1 %more, label %turn, label %out
      out:
        ret void""",
}
APPEND, ROTATE, FAIL, LESS, WAIT = range(len(_KERNELS))


def module(body: str) -> str:
    loads = "".join(
        f"""
        %a{n} = getelementptr i32, ptr %slots, i64 {n}
        %e{n} = load i32, ptr %a{n}
        %p{n} = getelementptr i64, ptr %table, i32 %e{n}
        %s{n} = load i64, ptr %p{n}"""
        for n in range(3)
        if f"%s{n}" in body
    )
    return f"define void @kernel(ptr %table, ptr %slots, i64 %thread, i64 %threads) {{{loads}{body}\n}}"


@pytest.fixture(scope="module")
def kernels():
    return functions([("kernel", module(body)) for body in _KERNELS.values()], host_target())


@pytest.fixture(params=[1, 2, 4])
def threads(request):
    before = get_threads()
    set_threads(request.param)
    yield request.param
    set_threads(before)


class Log:
    """What the kernel `append` writes to."""

    def __init__(self):
        self.words = np.zeros(10_000, np.int64)
        self.address = self.words.ctypes.data

    def read(self):
        return self.words[1 : 1 + self.words[0]].tolist()


def test_kernels_run_in_order_with_the_values_given(kernels, threads):
    log, code = Log(), Instructions()
    for entry in (2, 3, 2):
        code.kernel(APPEND, [1, entry])
    program = Program(code, kernels, 4)
    assert program.run(log.address, 10, 20) is None
    assert program.run(log.address, 30, 40) is None
    assert log.read() == [10, 20, 10, 30, 40, 30]


def test_barriers_order_what_threads_write(kernels, threads):
    rounds = 501
    x, y = np.zeros(8, np.int64), np.zeros(8, np.int64)
    code = Instructions()
    for n in range(rounds):
        code.kernel(ROTATE, [1, 2] if n % 2 == 0 else [2, 1])
        code.barrier()
    program = Program(code, kernels, 3)
    for _ in range(20):
        x[:] = y[:] = 0
        program.run(x.ctypes.data, y.ctypes.data)
        assert y[:threads].tolist() == [rounds] * threads


def test_a_counted_loop_moves_a_pointer(kernels, threads):
    log, data = Log(), np.arange(8)
    code = Instructions()
    source, to, count, end, cursor = 2, 3, 4, 5, 6
    code.set(count, 0)
    code.move(cursor, source)
    top = code.label()
    code.copy(to, cursor, 8)
    code.add(cursor, 8)
    code.add(count, 1)
    code.kernel(APPEND, [1, 7])
    code.add_entry(7, count)
    code.branch_less(count, end, top)
    cell = np.zeros(1, np.int64)
    program = Program(code, kernels, 8)
    program.table[7] = 100
    for _ in range(2):  # the shared table is as it was
        log.words[0] = 0
        program.run(log.address, data.ctypes.data, cell.ctypes.data, 0, 5)
        assert log.read() == [100, 101, 103, 106, 110]
        assert cell[0] == 4


def test_a_loop_runs_while_its_condition_holds(kernels, threads):
    log, flag = Log(), np.zeros(1, np.uint8)
    code = Instructions()
    out = Label()
    top = code.label()
    code.kernel(LESS, [2, 1, 3])
    code.branch_false(2, out)
    code.kernel(APPEND, [1, 3])
    code.barrier()
    code.jump(top)
    code.place(out)
    code.kernel(APPEND, [1, 2])
    program = Program(code, kernels, 4)
    for _ in range(20):
        log.words[:] = 0
        program.run(log.address, flag.ctypes.data, 7)
        assert log.read() == [7] * 7 + [flag.ctypes.data]


def test_nothing_runs_after_a_failed_check(kernels, threads):
    log, code = Log(), Instructions()
    out = Label()
    code.kernel(APPEND, [1, 2])
    code.check(out)
    code.kernel(FAIL, [ERROR_ENTRY, 2])
    code.check(out)
    code.kernel(APPEND, [1, 2])
    code.place(out)
    program = Program(code, kernels, 3)
    for n in range(1, 20):
        assert program.run(log.address, 5)[:2] == (5, 77)
        assert log.read() == [5] * n


def test_an_error_is_forgotten_by_the_next_run(kernels, threads):
    code = Instructions()
    code.kernel(FAIL, [ERROR_ENTRY, FIRST_VALUE])
    program = Program(code, kernels, 2)
    assert program.run(5) == (5, 77, 0, 0, 0, 0, 0, 0)
    assert program.run(0) is None


def test_many_launches(kernels, threads):
    x, y = np.zeros(8, np.int64), np.zeros(8, np.int64)
    code = Instructions()
    code.kernel(ROTATE, [1, 2])
    code.barrier()
    code.kernel(ROTATE, [2, 1])
    program = Program(code, kernels, 3)
    launches = 1000 if threads <= len(os.sched_getaffinity(0)) else 100
    for _ in range(launches):
        program.run(x.ctypes.data, y.ctypes.data)
    assert x[:threads].tolist() == [2 * launches] * threads


def test_a_program_may_ask_for_fewer_threads(kernels):
    x, y = np.zeros(8, np.int64), np.zeros(8, np.int64)
    before = get_threads()
    set_threads(4)
    try:
        for threads in (3, 1, 4, 2, None):
            code = Instructions()
            code.kernel(ROTATE, [1, 2])
            y[:] = 0
            Program(code, kernels, 3, threads).run(x.ctypes.data, y.ctypes.data)
            assert y.sum() == (threads or 4)
    finally:
        set_threads(before)


def test_python_threads_call_at_once(kernels, threads):
    rounds, calls, callers = 11, 50, 8
    code = Instructions()
    for n in range(rounds):
        code.kernel(ROTATE, [1, 2] if n % 2 == 0 else [2, 1])
        code.barrier()
    shared = Program(code, kernels, 3)
    wrong = []

    def call():
        own = Program(code, kernels, 3)
        x, y = np.zeros(8, np.int64), np.zeros(8, np.int64)
        for program in (own, shared) * calls:
            x[:] = y[:] = 0
            program.run(x.ctypes.data, y.ctypes.data)
            # Alone or on the team: each row says how many rounds it took.
            if y[0] != rounds or set(y.tolist()) - {0, rounds}:
                wrong.append(y.tolist())

    workers = [threading.Thread(target=call) for _ in range(callers)]
    for w in workers:
        w.start()
    for w in workers:
        w.join(60)
    assert not any(w.is_alive() for w in workers)
    assert not wrong


def test_a_signal_stops_a_long_run(kernels, threads):
    cell, code = np.zeros(1, np.int64), Instructions()
    top = code.label()
    code.kernel(WAIT, [1, 2])
    code.barrier()
    code.jump(top)
    program = Program(code, kernels, 3)

    class Stop(Exception):
        pass

    def stop(*_):
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    try:
        for _ in range(2):
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(Stop):
                program.run(10, cell.ctypes.data)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    code = Instructions()
    code.kernel(WAIT, [1, 2])
    assert Program(code, kernels, 3).run(1, cell.ctypes.data) is None


def test_a_handler_that_raises_nothing_stops_nothing(kernels):
    cell, code, calls = np.zeros(1, np.int64), Instructions(), []
    code.set(3, 0)
    top = code.label()
    code.kernel(WAIT, [1, 2])
    code.add(3, 1)
    code.branch_less(3, 4, top)
    program = Program(code, kernels, 5)
    before = signal.signal(signal.SIGALRM, lambda *_: calls.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        assert program.run(16, cell.ctypes.data, 0, 5000) is None
    finally:
        signal.signal(signal.SIGALRM, before)
    assert calls == [1]


def test_a_handler_may_run_another_program_only(kernels, threads):
    cell, code, seen = np.zeros(1, np.int64), Instructions(), []
    top = code.label()
    code.kernel(WAIT, [1, 2])
    code.barrier()
    code.jump(top)
    program = Program(code, kernels, 3)
    log, code = Log(), Instructions()
    code.kernel(APPEND, [1, 2])
    other = Program(code, kernels, 3)

    def handler(*_):
        seen.append(other.run(log.address, 3))
        program.run(10, cell.ctypes.data)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        with pytest.raises(UsageError, match="must not run itself"):
            program.run(10, cell.ctypes.data)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert seen == [None]
    assert log.read() == [3]


def test_a_handler_may_run_a_program_while_the_team_is_made(kernels, monkeypatch):
    """Its thread holds the lock of the team that is not there yet; the program runs on this thread alone."""
    log, code = Log(), Instructions()
    code.kernel(APPEND, [1, 2])
    program, other = Program(code, kernels, 3), Program(code, kernels, 3)
    make = Team.__init__

    def made_slowly(self, *args):
        other.run(log.address, 3)
        make(self, *args)

    set_threads(get_threads())  # ends the team
    monkeypatch.setattr(Team, "__init__", made_slowly)
    assert program.run(log.address, 4) is None
    assert log.read() == [3, 4]


def test_memory_does_not_grow_with_runs(kernels, threads):
    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    code, x = Instructions(), np.zeros(8, np.int64)
    code.kernel(FAIL, [ERROR_ENTRY, 1])
    code.kernel(ROTATE, [2, 3])
    program = Program(code, kernels, 4)
    runs = 10_000 if threads <= len(os.sched_getaffinity(0)) else 500

    def run_many():
        for n in range(runs):
            program.run(n % 3, x.ctypes.data, x.ctypes.data)

    run_many()
    gc.collect()
    before = resident()
    run_many()
    gc.collect()
    assert resident() - before < 2**17


def test_a_program_keeps_what_it_needs_and_no_longer(kernels):
    class Arena:
        pass

    arena = Arena()
    gone = weakref.ref(arena)
    program = Program(Instructions(), kernels, 1, keep=arena)
    del arena
    assert program.run() is None
    assert gone() is not None
    del program
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda c: c.kernel(9, [1]), "must call one of 5 kernels"),
        (lambda c: c.kernel(0, [4]), "slots must be below 4; got 4"),
        (lambda c: c.host(0), "must call one of 0 host functions"),
        (lambda c: c.set(4, 1), "SET 4 1 0 must use entries below 4"),
        (lambda c: c.add_entry(1, -1), "ADD_ENTRY 1 -1 0 must use entries below 4"),
        (lambda c: c.branch_less(1, 7, c.label()), "must use entries below 4"),
        (lambda c: c.jump(Label()), "must jump to a label that has a place"),
    ],
)
def test_a_wrong_instruction_is_refused(kernels, write, message):
    code = Instructions()
    write(code)
    with pytest.raises(GraphError, match=message):
        Program(code, kernels, 4)


def test_a_label_has_one_place():
    code = Instructions()
    label = code.label()
    with pytest.raises(GraphError, match="one place"):
        code.place(label)


def test_instructions_print():
    code = Instructions()
    out = Label()
    code.kernel(2, [5, 6])
    code.check(out)
    code.add(3, 64)
    code.place(out)
    code.end()
    assert str(code).splitlines() == [
        "   0 KERNEL 2 [5, 6]",
        "   1 CHECK -> 3 0 0",
        "   2 ADD 3 64 0",
        "   3 END 0 0 0",
    ]


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((0, 3)), np.arange(10)[3:], np.zeros(())])
def test_address_of_an_array(array):
    array.flags.writeable = False
    assert address_of(array) == array.ctypes.data
