"""R13: whatever readers and functions do, each element or its error comes once, in its place, and nothing stays."""

import gc
import multiprocessing
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.reliability.process import run_python
from wengert.base.errors import StallError
from wengert.data import Dataset

TRIALS, GROUPS = 10, 10
PATIENCE = 20.0  # seconds that a busy machine may take for what is done at once: more is a hang


def pytest_generate_tests(metafunc):
    if "group" in metafunc.fixturenames:
        metafunc.parametrize("group", range(GROUPS * metafunc.config.getoption("--reliability")))


def our_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("wengert ")]


def gone(seconds: float = PATIENCE) -> bool:
    """Whether all threads of pipelines end: within a second by themselves, and later on a machine that is busy."""
    end = time.monotonic() + seconds
    while our_threads() and time.monotonic() < end:
        time.sleep(0.005)
    return not our_threads()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class Broken(Exception):
    pass


ERRORS = (Broken, ValueError, OSError, StopIteration, SystemExit, MemoryError)


def seen(error: type[BaseException]) -> type[BaseException]:
    """What reaches the consumer: an error of its own type, but no silent end."""
    return RuntimeError if error is StopIteration else error


def schedule(seed: int, processes: int = 0):
    """A pipeline with faults, and what must come out of it: numbers and types of errors, in order.

    processes: how many map, in the stead of threads.
    """
    rng = np.random.default_rng(seed)
    n, size = int(rng.integers(1, 60)), int(rng.integers(1, 6))
    bad = {int(k): ERRORS[rng.integers(4)] for k in rng.integers(0, n, rng.integers(0, 4))}
    slow = set(rng.integers(0, n, 2).tolist())
    threads, skip = int(rng.integers(0, 5)), bool(rng.random() < 0.3)
    dies_at = int(rng.integers(0, n)) if rng.random() < 0.4 else None
    endless = dies_at is None and rng.random() < 0.2
    fatal = (Broken, StopIteration, RuntimeError)[rng.integers(3)]

    def read():
        for k in range(10**9 if endless else n):
            if k == dies_at:
                raise fatal("the reader dies")
            if k in slow:
                time.sleep(0.002)
            yield k

    def work(x):
        if x in bad:
            raise bad[x](f"number {x}")
        if x in slow:
            time.sleep(0.002)
        return x

    on_error = "skip" if skip else "raise"
    data = Dataset.from_generator(read).map(
        work, 0 if processes else threads, num_processes=processes, on_error=on_error
    )
    whole = range(n) if dies_at is None else range(dies_at)
    events = [seen(bad[x]) if x in bad else [x] for x in whole if not (skip and x in bad)]
    if endless:
        events += [[x] for x in range(n, n + 20)]
    if dies_at is not None:
        events.append(seen(fatal))
    if rng.random() < 0.5:
        data = data.batch(size)
        groups = [events[k : k + size] for k in range(0, len(events), size)]
        if endless:
            groups = groups[:-1]
        events = [
            next((e for e in g if isinstance(e, type)), None) or [x for e in g for x in e] for g in groups
        ]
    if rng.random() < 0.5:
        data = data.prefetch(int(rng.integers(1, 9)))
    stop = int(rng.integers(0, len(events) + 1)) if endless or rng.random() < 0.3 else None
    return data, events, stop


def happened(iterator, stop: int | None) -> list:
    """What comes out, until the end or for `stop` elements."""
    found = []
    while stop is None or len(found) < stop:
        try:
            found.append(np.atleast_1d(next(iterator)).tolist())
        except StopIteration:
            break
        except BaseException as error:
            found.append(type(error))
    return found


def run_schedule(seed: int, processes: int = 0) -> None:
    data, events, stop = schedule(seed, processes)
    found = happened(data.iterate(timeout=PATIENCE), stop)  # a stage that hangs would be a StallError
    assert found == (events if stop is None else events[:stop]), seed


def test_random_faults(group):
    for seed in range(group * TRIALS, group * TRIALS + TRIALS):
        run_schedule(seed)
    gc.collect()
    assert gone()


def test_random_faults_in_processes(effort):
    for seed in range(5 * effort):
        run_schedule(seed, processes=1 + seed % 2)
    gc.collect()
    assert gone()
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("threads", [0, 4])
def test_a_reader_that_dies_among_others_is_one_error_in_its_place(threads):
    def reader(k):
        for x in range(5):
            if (k, x) == (2, 3):
                raise Broken("reader 2 dies")
            yield 10 * k + x

    data = Dataset.range(6).interleave(
        lambda k: Dataset.from_generator(lambda: reader(int(k))), 3, num_threads=threads
    )
    found = happened(data.iterate(timeout=PATIENCE), None)
    whole = [10 * k + x for k in range(6) for x in range(5) if k != 2 or x < 3]
    assert sorted(x for e in found if isinstance(e, list) for x in e) == whole
    assert found.count(Broken) == 1
    assert found[found.index([22]) :].count(Broken) == 1  # after the last one that it gave
    assert gone()


def test_a_reader_that_hangs_among_others_is_named():
    released = threading.Event()

    def hanging_reader(k):
        yield k
        if k == 1:
            released.wait()
        yield k

    data = Dataset.range(3).interleave(
        lambda k: Dataset.from_generator(lambda: hanging_reader(int(k))), 3, num_threads=3
    )
    with data.iterate(timeout=0.5) as iterator, pytest.raises(StallError, match="in hanging_reader"):
        list(iterator)
    released.set()
    assert gone()


def test_a_function_that_hangs_is_named_with_its_stack():
    released = threading.Event()

    def hanging_work(x):
        if x == 5:
            released.wait()
        return x

    iterator = Dataset.range(20).map(hanging_work, 2).iterate(timeout=0.5)
    with pytest.raises(StallError, match=r"map\(hanging_work\)(.|\n)*in hanging_work"):
        list(iterator)
    released.set()
    iterator.close()
    assert gone()


@pytest.mark.parametrize("buffer", [1, 8, 40])
@pytest.mark.parametrize("threads", [1, 4])
def test_no_more_is_read_ahead_than_the_queues_hold(buffer, threads):
    read = 0

    def endless():
        nonlocal read
        while True:
            read += 1
            yield read

    data = Dataset.from_generator(endless).map(lambda x: x, threads).prefetch(buffer)
    with data.iterate() as iterator:
        for taken in range(1, 4):
            next(iterator)
            time.sleep(0.05)  # all have the time to go too far
            # What is in the queue, and the chunk that is being given out.
            assert read - taken <= 2 * max(buffer, threads)


@pytest.mark.parametrize("threads", [0, 1, 3])
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_keeps_its_type_and_says_where(error, threads):
    def work(x):
        if x == 7:
            raise error("seven")
        return x

    iterator = Dataset.range(20).map(work, threads).iterate()
    assert [int(next(iterator)) for _ in range(7)] == list(range(7))
    with pytest.raises(seen(error)) as caught:
        next(iterator)
    assert [int(x) for x in iterator] == list(range(8, 20))
    if error is not SystemExit:
        assert "in map(work), element 7" in caught.value.__notes__
    if error is not StopIteration:
        assert any(entry.name == "work" for entry in caught.traceback)


def test_skipped_elements_are_counted():
    def work(x):
        return [5, 6][int(x)]

    with Dataset.range(9).map(work, 2, on_error="skip").iterate() as iterator:
        assert [int(x) for x in iterator] == [5, 6]
        assert sum(stage.skipped for stage in iterator.stats()) == 7


@pytest.mark.parametrize("wrap", [lambda d: d.prefetch(), lambda d: d.map(lambda x: x, 2).batch(2)])
def test_a_stuck_reader_is_named_with_its_stack(wrap):
    released = threading.Event()

    def stuck_reader():
        yield 1
        yield 2
        released.wait()

    iterator = wrap(Dataset.from_generator(stuck_reader)).iterate(timeout=0.2)
    with pytest.raises(StallError, match=r"must come within 0.2 s; got none(.|\n)*in stuck_reader"):
        list(iterator)
    released.set()
    iterator.close()
    assert gone()


def test_leaving_a_loop_stops_the_threads():
    def endless():
        while True:
            yield 1

    for _ in Dataset.from_generator(endless).shuffle(8).map(lambda x: x, 4).batch(3).prefetch(4):
        assert our_threads()
        break
    assert gone()


def test_an_iterator_in_a_circle_stops_when_it_is_collected():
    class Holder:
        pass

    holder = Holder()
    holder.me, holder.iterator = holder, iter(Dataset.range(10**6).map(lambda x: x, 3))
    next(holder.iterator)
    del holder
    gc.collect()
    assert gone()


def test_many_iterators_leave_nothing_behind(tmp_path, effort):
    data = Dataset.range(100).shuffle(10).map(lambda x: x, 2).cache(tmp_path / "kept").batch(4).prefetch(2)
    files = None
    for k in range(100 * effort):
        iterator = data.iterate()
        for _ in range(k % 3):
            next(iterator)
        iterator.close() if k % 2 else None
        del iterator
        if k == 10:
            files = open_files()
    assert gone()
    assert open_files() <= files


def test_processes_leave_nothing_behind(effort):
    data, files = Dataset.range(50).map(lambda x: x, num_processes=2).batch(4), 0
    for k in range(10 * effort):
        iterator = data.iterate()
        for _ in range(k % 3):
            next(iterator)
        del iterator
        assert gone()
        gc.collect()  # of what other tests left
        files = files or open_files()
    assert open_files() < files + 10  # each process had three; other threads of this test run open some, too


@pytest.mark.parametrize("threads", [0, 2])
def test_ctrl_c_ends_the_program(threads):
    out = run_python(
        """
        import _thread, signal, sys, threading, time
        from wengert.data import Dataset
        threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT)).start()
        def slow(x):
            time.sleep(0.01)
            return x
        try:
            for x in Dataset.range(10**6).map(slow, int(sys.argv[1])).batch(4):
                pass
        except KeyboardInterrupt:
            print("stopped")
        """,
        threads,
        timeout=20,
    )
    assert out.strip() == "stopped"


def test_a_fork_goes_on_from_where_it_was():
    out = run_python(
        """
        import os, warnings
        from wengert.data import Dataset
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12, at each fork beside threads
        data = Dataset.range(40).shuffle().map(lambda x: x, 3).batch(4)
        whole = [b.tolist() for b in data.iterate()]
        iterator = data.iterate()
        first = [next(iterator).tolist() for _ in range(4)]
        read, write = os.pipe()
        if os.fork() == 0:
            rest = [b.tolist() for b in iterator]
            os.write(write, str(first + rest == whole).encode())
            os._exit(0)
        os.wait()
        print(os.read(read, 99).decode(), first + [b.tolist() for b in iterator] == whole)
        """,
        timeout=20,
    )
    assert out.split() == ["True", "True"]
