"""Functions of pure Python in processes of their own, which do not wait for one another's lock.

Each process is forked off with the function as it is, closures and all; elements and results go through a pipe to a
child of ours, which is why they may be pickled by `multiprocessing`: nothing else ever writes to that pipe.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
import traceback
import warnings
from multiprocessing.connection import Connection
from typing import Any, Protocol

from wengert.base.errors import UsageError
from wengert.data.pipeline.elements import Chunk, Failure, rows
from wengert.data.pipeline.node import Run

GRACE = 0.5  # seconds that a process has to end by itself


class Step(Protocol):
    """What the processes do."""

    @property
    def name(self) -> str: ...

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk: ...


class Pool:
    """As many processes as threads may ask; each works for one thread at a time."""

    def __init__(self, step: Step, count: int, run: Run) -> None:
        if "fork" not in multiprocessing.get_all_start_methods():
            raise UsageError(
                f"{step.name}: num_processes needs an operating system that forks; use num_threads."
            )
        self.step, self.run = step, run
        self.changing = threading.RLock()
        self.idle: queue.SimpleQueue[Process | None] = queue.SimpleQueue()  # None: there are none any more
        self.all = [Process(step) for _ in range(count)]
        for process in self.all:
            self.idle.put(process)
        run.enter(self)

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk:
        """What the step makes of a chunk, in the next process that is idle. One that has died is replaced."""
        process = self.idle.get()
        if process is None:
            self.idle.put(None)
            return [self._lost("its processes have ended: the data is closed.") for _ in rows(chunk)]
        try:
            return [self._made(x) for x in process.ask(rows(chunk), first, key)]
        except (EOFError, OSError):
            code, last = process.end(), first + len(chunk) - 1
            process = self._replaced(process)
            lost = f"the process that made elements {first} to {last} ended with code {code}."
            return [self._lost(lost) for _ in rows(chunk)]
        finally:
            self.idle.put(process)
            if self.run.closed:
                self._let_go()

    def _replaced(self, process: Process) -> Process:
        """Another one for one that has ended, while there is more to do."""
        with self.changing:
            if process in self.all:
                self.all.remove(process)
                process = Process(self.step)
                self.all.append(process)
            return process

    def _lost(self, why: str) -> Failure:
        return Failure(RuntimeError(f"{self.step.name}: {why}"), self.step)

    def _made(self, answer: tuple[bool, Any]) -> Any:
        well, value = answer
        return value if well else Failure(value, self.step)

    def leave(self) -> None:
        """The data has come to its end."""
        self.stop()
        self.run.leave(self)

    def stop(self, wait: bool = True) -> None:
        """End the processes and let go of their pipes. Nothing can hold them off, so this takes no time to speak of."""
        with self.changing:
            ending, self.all = self.all, []
        for process in ending:
            process.kill()
        for process in ending:
            process.end()
        self._let_go()

    def _let_go(self) -> None:
        """Close the pipes that no thread talks through."""
        with contextlib.suppress(queue.Empty):
            while True:
                if (process := self.idle.get_nowait()) is not None:
                    process.close()
        self.idle.put(None)


class Process:
    """One child, at the other end of a pipe."""

    def __init__(self, step: Step) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(step, other), daemon=True)
        self.parent = os.getpid()
        self.code: int | None = None  # how it ended
        self.ending = threading.RLock()  # for the garbage collector may close what it interrupts
        with warnings.catch_warnings():  # of forking beside threads: the child starts none
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        other.close()

    def ask(self, elements: list[Any], first: int, key: int) -> list[tuple[bool, Any]]:
        """The results: (True, element), or (False, error)."""
        failed = {k for k, x in enumerate(elements) if isinstance(x, Failure)}
        self.pipe.send(
            ([None if k in failed else x for k, x in enumerate(elements)], sorted(failed), first, key)
        )
        found: list[tuple[bool, Any]] = self.pipe.recv()
        return [(True, elements[k]) if k in failed else x for k, x in enumerate(found)]

    def kill(self) -> None:
        """End it; who waits for it hears of it. Not in a process that was forked off: the child is not its own."""
        if os.getpid() == self.parent:
            with contextlib.suppress(OSError, ValueError):  # it has ended, or is closed already
                self.process.kill()

    def end(self) -> int | None:
        """Wait for its end, and say how it ended. Its pipe stays open: a thread may still read from it."""
        if os.getpid() != self.parent:
            return None
        with self.ending:
            if self.code is None:
                self.process.join(GRACE)
            if self.code is None and self.process.is_alive():
                self.process.kill()
                self.process.join(GRACE)
            if self.code is None:
                self.code = self.process.exitcode
            return self.code

    def close(self) -> None:
        """Let go of it: nobody asks it any more."""
        self.pipe.close()
        if self.end() is not None:
            self.process.close()


def _serve(step: Step, pipe: Connection) -> None:
    """The child: answer until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(EOFError, OSError):
        while True:
            elements, failed, first, key = pipe.recv()
            answers = []
            for k, element in enumerate(elements):
                skipped = k in failed
                (made,) = (None,) if skipped else rows(step.apply([element], first + k, key))
                answers.append((False, _portable(made.error)) if isinstance(made, Failure) else (True, made))
            try:
                pipe.send(answers)
            except (TypeError, AttributeError, ValueError) as error:  # what was made cannot be pickled
                pipe.send([(False, _portable(error)) for _ in answers])


def _portable(error: BaseException) -> BaseException:
    """The error as it can go through a pipe, with its traceback as a note."""
    error.add_note("in another process:\n" + "".join(traceback.format_tb(error.__traceback__)))
    bare = error.with_traceback(None)
    bare.__cause__ = bare.__context__ = None
    try:
        multiprocessing.reduction.ForkingPickler.loads(multiprocessing.reduction.ForkingPickler.dumps(bare))
    except Exception:
        replaced = RuntimeError(repr(error))
        for note in error.__notes__:
            replaced.add_note(note)
        return replaced
    return bare
