"""Ranks: the processes that work on one thing, and how they exchange arrays, over MPI.

An MPI program is several copies of one program. Each exchange is a *meeting*: all ranks come to it, and first tell one
another what for. Ranks that have come for different things would wait for ever, or add up what does not belong
together; here every one of them raises an error that tells who is where. The end of the program is a meeting as well.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from wengert.base import config
from wengert.base.errors import MissingExtraError, RankError, ShapeError, UsageError

_DIGEST, _TEXT = 16, 1008  # bytes that a rank says at a meeting: a digest of what for, and how it begins
_SPIN, _NAP = 0.01, 2e-4  # seconds: how long to look without a pause, then how long between looks
_END = "the end of the program"


class Ranks:
    """The ranks of this program, by themselves: not mixed with messages of the user's own.

    Args:
        mpi: the module `mpi4py.MPI`; None where there is one rank.
    """

    def __init__(self, mpi: Any = None) -> None:
        self.rank, self.size = 0, 1
        self._rooms: dict[np.dtype[Any], np.ndarray] = {}
        self._under_way: list[Any] = []  # requests: MPI may write to their buffers yet
        if mpi is not None:
            self._comm = mpi.COMM_WORLD.Dup()
            self.rank, self.size = self._comm.rank, self._comm.size

    def meet(self, about: str, patience: float | None = None) -> None:
        """Wait until all ranks are here.

        Args:
            about: what for: the same on all ranks. patience: seconds to wait; None: as the environment says.

        Raises:
            ShapeError: ranks have come with other shapes or dtypes. RankError: for another thing; or not at all.
        """
        if self.size == 1:
            return
        text = about.encode()
        said = hashlib.blake2b(text, digest_size=_DIGEST).digest() + text[:_TEXT].ljust(_TEXT, b"\0")
        heard = np.empty((self.size, len(said)), np.uint8)
        self._wait(self._comm.Iallgather(np.frombuffer(said, np.uint8), heard), about, patience)
        if (heard[:, :_DIGEST] == heard[0, :_DIGEST]).all():
            return
        self._refuse([row[_DIGEST:].tobytes().rstrip(b"\0").decode(errors="replace") for row in heard])

    def _refuse(self, said: list[str]) -> None:
        """Raise the error of a meeting to which ranks have come for different things."""
        who = {what: [str(r) for r, other in enumerate(said) if other == what] for what in said}
        got = "; ".join(f"rank {', '.join(who[what])}: {what}" for what in who)
        operations, places = {w.partition("(")[0] for w in who}, {w.rpartition(")")[2] for w in who}
        if len(operations) == len(places) == 1:
            raise ShapeError(
                f"{operations.pop()}: shapes, dtypes, steps taken, learning rates must be the same on all ranks; "
                f"got {got}. Give each rank the same model and data of one shape; let callbacks decide on MeanLogs."
            )
        raise RankError(
            f"distribute: all ranks must take the same steps; got {got}. Give each rank as many batches (shard does)."
        )

    def sum(self, xs: Sequence[np.ndarray], about: str) -> list[np.ndarray]:
        """For each array its sum over the ranks, added in their order: the same bits on all of them, each time.

        Of each dtype one message: a rank adds up one part of it, then hands it to the others.
        """
        if self.size == 1:
            return list(xs)
        self.meet(about)
        sums: dict[int, np.ndarray] = {}
        for dtype in dict.fromkeys(x.dtype for x in xs):
            here = [k for k, x in enumerate(xs) if x.dtype == dtype]
            total = self._sum([xs[k].reshape(-1) for k in here], dtype, about)
            ends = np.cumsum([xs[k].size for k in here])
            sums |= {
                k: part.reshape(xs[k].shape).copy()
                for k, part in zip(here, np.split(total, ends[:-1]), strict=True)
            }
        return [sums[k] for k in range(len(xs))]

    def _sum(self, xs: Sequence[np.ndarray], dtype: np.dtype[Any], about: str) -> np.ndarray:
        """The sums, one after the other, where the next ones will be."""
        count = sum(x.size for x in xs)
        parts, mine = self._room(dtype, -(-count // self.size))
        whole: np.ndarray = parts.reshape(-1)[:count]
        np.concatenate(xs, out=whole)
        self._wait(self._comm.Ialltoall(parts.view(np.uint8), mine.view(np.uint8)), about)
        for other in mine[1:]:  # my part, as each rank has it
            mine[0] += other
        self._wait(self._comm.Iallgather(mine[0].view(np.uint8), parts.view(np.uint8)), about)
        return whole

    def _room(self, dtype: np.dtype[Any], count: int) -> np.ndarray:
        """Two buffers of a part for each rank; kept, as gradients have one size, and new pages are slow."""
        if dtype not in self._rooms or self._rooms[dtype].shape[-1] != count:
            self._rooms[dtype] = np.zeros((2, self.size, count), dtype)
        return self._rooms[dtype]

    def broadcast(self, xs: Sequence[np.ndarray], about: str) -> list[np.ndarray]:
        """The arrays of rank 0."""
        if self.size == 1:
            return list(xs)
        self.meet(about)
        found = [np.array(x, order="C") for x in xs]
        for x in found:
            self._wait(self._comm.Ibcast(x.reshape(-1).view(np.uint8)), about)
        return found

    def _wait(self, request: Any, about: str, patience: float | None = None) -> None:
        """Let signals through, and other processes work, until a message has come."""
        self._under_way.append(request)
        start, limit = time.monotonic(), config.rank_timeout() if patience is None else patience
        while not request.Test():
            waited = time.monotonic() - start
            if waited > limit:
                raise RankError(
                    f"distribute: all ranks must come to {about}; got, on rank {self.rank}, no word from some for "
                    f"{limit:g} seconds. Look what holds them, or set WENGERT_RANK_TIMEOUT."
                )
            if waited < _SPIN:
                os.sched_yield()  # time.sleep(0) takes 60 us
            else:
                time.sleep(_NAP)
        self._under_way.remove(request)

    # --- how a rank ends: together with the others ------------------------------------------------
    def end_together(self) -> None:
        """From now on an error that nobody catches on one rank ends all, and so does leaving early."""
        before = sys.excepthook

        def told(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
            before(kind, error, traceback)
            self._abort("has ended with this error")

        sys.excepthook = told
        atexit.register(self._leave)

    def _leave(self) -> None:
        try:
            self.meet(_END, patience=float("inf"))
        except RankError as error:
            time.sleep(1)  # for the others to tell at which line they are
            self._abort(f"has ended too early: {error}")

    def _abort(self, why: str) -> None:
        sys.stdout.flush()
        sys.stderr.write(f"wengert: rank {self.rank} of {self.size} {why}. All ranks end now.\n")
        sys.stderr.flush()
        self._comm.Abort(1)


@functools.cache
def ranks() -> Ranks:
    """The ranks of this program; MPI begins here. One where mpiexec has not started it.

    Raises:
        MissingExtraError: mpi4py is not installed, or finds no MPI.
        UsageError: mpiexec has started several processes, but they do not find each other.
    """
    started = config.started_by_mpi()
    if started == 1 and "mpi4py.MPI" not in sys.modules:
        return Ranks()
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        raise MissingExtraError(
            f"distribute: {started} processes need the packages mpi4py and mpich, which are not installed ({error}). "
            f"Install them with: pip install 'wengert[mpi]'"
        ) from error
    found = Ranks(MPI)
    if found.size == 1 and started > 1:
        raise UsageError(
            f"distribute: the {started} processes that mpiexec has started must find each other; got 1. mpiexec and "
            f"mpi4py are of different MPIs: take the mpiexec beside this Python, {Path(sys.executable).parent}."
        )
    if found.size > 1:
        if config.verify_runs():
            raise UsageError(
                "distribute: WENGERT_VERIFY must not be 1 with several ranks, which would compare at different "
                "moments; got 1. Verify with one rank."
            )
        found.end_together()
    return found


def rank() -> int:
    """The number of this process among those that train together, from 0."""
    return ranks().rank


def size() -> int:
    """How many processes train together; 1 where mpiexec has not started the program."""
    return ranks().size
