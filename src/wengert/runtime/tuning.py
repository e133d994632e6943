"""Tuning: the contractions of a program measured under other choices than the cost model's. The faster are kept.

Each trial compiles the whole program with another answer to one question (`compiler/choices.py`) for all of its
heavy contractions at once, and times each in its place, where it finds in caches what it finds in a run. So the
search takes as many trials as there are answers, however many contractions. No choice changes a bit of a result.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wengert.base.errors import UsageError
from wengert.compiler.choices import DECISIONS, Choices, alternatives
from wengert.compiler.product import Product
from wengert.compiler.steps import Launch
from wengert.compiler.tuned import keep, trying, tuned_folder
from wengert.runtime.executable import Executable
from wengert.runtime.profile import name_of

FASTER = 0.97  # of the time before: less gained is noise, and not worth a file
SHARE = 0.95  # of the time of all contractions: the rest is not searched
ROUND = 0.25  # seconds of running that a trial is measured for
LAST = 5  # measurements of old and new, by turns, that decide

Make = Callable[[], Executable]
Progress = Callable[[int, int, str], None]  # trials done, trials there are at most, what is tried


@dataclass
class Timed:
    """A contraction in a program, under some choices: all of its kernels, all of their runs in one call."""

    name: str
    choices: Choices
    seconds: float = 0.0
    loops: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TunedKernel:
    """A contraction before and after the search. kept: whether what was found is faster, and obeyed from now on."""

    before: Timed
    after: Timed
    kept: bool

    def __str__(self) -> str:
        old, new = (t.seconds * 1e3 for t in (self.before, self.after))
        told = (
            f"{old:.4f} ms -> {new:.4f} ms ({old / new:.2f}x)"
            if self.kept
            else f"{old:.4f} ms, nothing is faster"
        )
        lines = [f"{self.before.name}: {told}", f"  {self.before.choices}"]
        if self.kept:
            lines.append(f"  -> {self.after.choices}")
        loops = (self.after if self.kept else self.before).loops
        return "\n".join([*lines, *(f"    {line}" for text in loops for line in text.splitlines())])


class Tuned(Sequence[TunedKernel]):
    """What a search has found, the heaviest contraction first; prints as text.

    trials: programs that were compiled and measured.
    """

    def __init__(self, kernels: Sequence[TunedKernel], trials: int) -> None:
        self._kernels, self.trials = tuple(kernels), trials

    def __getitem__(self, index: Any) -> Any:
        return self._kernels[index]

    def __len__(self) -> int:
        return len(self._kernels)

    def __iter__(self) -> Iterator[TunedKernel]:
        return iter(self._kernels)

    @property
    def kept(self) -> int:
        """How many kernels are faster now."""
        return sum(k.kept for k in self)

    def __str__(self) -> str:
        before = sum(k.before.seconds for k in self) * 1e3
        after = sum((k.after if k.kept else k.before).seconds for k in self) * 1e3
        last = (
            f"{self.kept} of {len(self)} contractions are faster after {self.trials} trials; "
            f"together, a call: {before:.3f} ms -> {after:.3f} ms"
        )
        return "\n\n".join([*map(str, self), last])


def tune(make: Make, args: Sequence[np.ndarray], seconds: float, progress: Progress | None = None) -> Tuned:
    """Search, and keep on disk what is faster.

    Args:
        make: compiles the program. args: of the calls that are measured. seconds: after which no trial begins.
        progress: called before each trial.
    """
    if tuned_folder() is None:
        raise UsageError("tune: needs a folder to keep what it finds. Unset WENGERT_CACHE_DIR, or name one.")
    return _Search(make, args, seconds, progress).run()


class _Search:
    def __init__(
        self, make: Make, args: Sequence[np.ndarray], seconds: float, progress: Progress | None
    ) -> None:
        self.make, self.args, self.progress = make, args, progress or (lambda *_: None)
        self.until = time.monotonic() + seconds
        self.trials, self.repeats = 0, 1
        self.first = make()  # its kernels stay in memory: trials compile what is new to them
        whole = self.measured(self.first)
        spent = sum(t.seconds for t in whole.values())
        self.repeats = int(min(20, max(2, ROUND / max(spent, 1e-9))))
        self.best = heaviest(self.measured(self.first))

    def run(self) -> Tuned:
        """One question after another, each answered for all contractions side by side."""
        most = sum(len(self.rounds(decision)) for decision in DECISIONS)
        for decision in DECISIONS:
            for choices in self.rounds(decision):
                if time.monotonic() > self.until:
                    return self.decided()
                self.progress(self.trials, max(most, self.trials + 1), decision)
                self.try_out(choices)
        return self.decided()

    def rounds(self, decision: str) -> list[dict[str, Choices]]:
        """What to try, one after another; each for as many contractions as have another answer left."""
        options = {key: alternatives(decision, t.choices) for key, t in self.best.items()}
        count = max(map(len, options.values()), default=0)
        return [{key: o[k] for key, o in options.items() if k < len(o)} for k in range(count)]

    def try_out(self, choices: Mapping[str, Choices]) -> None:
        """Measure with these choices, and the best so far for the others."""
        self.trials += 1
        others = {key: t.choices for key, t in self.best.items()}
        found = self.measured(self.compiled({**others, **choices}))
        for key in choices:
            if found[key].seconds < FASTER * self.best[key].seconds:
                self.best[key] = found[key]

    def compiled(self, choices: Mapping[str, Choices]) -> Executable:
        with trying(choices):
            return self.make()

    def measured(self, executable: Executable) -> dict[str, Timed]:
        """The contractions by key."""
        times = executable.time_launches(self.args, self.repeats)
        found: dict[str, Timed] = {}
        once = executable.plan.once  # what calls pass by costs nothing
        for launch, (seconds, _) in zip(executable.plan.calls[once:], times[once:], strict=True):
            if isinstance(launch, Launch) and launch.decided is not None:
                timed = found.setdefault(launch.decided.key, Timed(name_of(launch), launch.decided.choices))
                add(timed, launch, seconds)
        return found

    def decided(self) -> Tuned:
        """Old and new measured by turns, so that neither has the quieter machine; the faster is kept."""
        new = self.compiled({key: t.choices for key, t in self.best.items()})
        runs = [(self.measured(self.first), self.measured(new)) for _ in range(LAST)]
        olds, news = (
            [min((run[side][key] for run in runs), key=lambda t: t.seconds) for key in self.best]
            for side in (0, 1)
        )
        kernels = []
        for key, before, after in zip(self.best, olds, news, strict=True):
            kept = after.choices != before.choices and after.seconds < FASTER * before.seconds
            if kept:
                keep(key, after.choices, (before.seconds, after.seconds))
            kernels.append(TunedKernel(before, after, kept))
        return Tuned(kernels, self.trials)


def add(timed: Timed, launch: Launch, seconds: float) -> None:
    """A kernel of the contraction, or another run of it."""
    timed.seconds += seconds
    if isinstance(launch.kernel, Product):
        timed.name = name_of(launch)
    if str(launch.kernel) not in timed.loops:
        timed.loops.append(str(launch.kernel))


def heaviest(timed: Mapping[str, Timed]) -> dict[str, Timed]:
    """Those that take most of the time, the heaviest first."""
    whole = sum(t.seconds for t in timed.values())
    found: dict[str, Timed] = {}
    for key, t in sorted(timed.items(), key=lambda item: -item[1].seconds):
        if sum(f.seconds for f in found.values()) >= SHARE * whole:
            break
        found[key] = t
    return found
