"""What runs a graph natively, as one call."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wengert.base.collector import collector_paused
from wengert.base.errors import IndexRangeError, UsageError
from wengert.compiler.emit.driver import PART_BITS
from wengert.compiler.footprint import Memory, memory_of
from wengert.compiler.instructions import Instructions, Label
from wengert.compiler.jit import host_target
from wengert.compiler.pipeline import compile_graph
from wengert.compiler.recompute import Budget
from wengert.compiler.release import release_before
from wengert.compiler.steps import (
    Advance,
    Barrier,
    Branch,
    Buffer,
    Check,
    HostCall,
    Jump,
    Launch,
    Length,
    Mark,
    Point,
    Repeat,
    Reset,
    Stamp,
    Step,
    uses,
)
from wengert.ir.boundary import located
from wengert.ir.dim import evaluate as length_of
from wengert.ir.graph import Graph, bind, require_lengths, substitute
from wengert.ir.node import Node
from wengert.ir.types import TensorType
from wengert.prims.indexing import index_message
from wengert.runtime.derived import Derived
from wengert.runtime.fork import renew_in_child
from wengert.runtime.host import HostSteps
from wengert.runtime.kernels import Kernels
from wengert.runtime.program import FIRST_VALUE, Program, address_of
from wengert.runtime.room import Room
from wengert.runtime.stopwatch import Stopwatch, stamped
from wengert.runtime.storage import Storage, changing
from wengert.runtime.tensor import Tensor, as_array
from wengert.runtime.variable import aligned

MOST_WORK = 1 << 62  # what an entry of the table can tell
SMALL_WORK = 20_000  # element operations below which waking a second thread costs more than it brings


class Executable:
    """Runs the graph as one native call. Arguments as for `runtime/interpreted.py`; and budget: what it may take.

    arrays: of the state.

    The plan is made once. The lengths of symbolic dimensions only enter the table of the program: another
    batch size costs some address arithmetic, and compiles nothing; unless there is a memory budget that it would break.
    """

    def __init__(
        self,
        graph: Graph,
        arguments: int,
        state: Sequence[Storage],
        donated: dict[int, int],
        budget: Budget | None = None,
    ) -> None:
        self.arguments, self.state, self.donated, self._budget = arguments, list(state), donated, budget
        self.arrays = [s.array for s in state]  # in their place for good: programs have their addresses
        self._assigned = [state[k - arguments] for k in donated.values()]
        self._changing = changing(self._assigned)
        self.in_types = graph.in_types
        self._require_lengths = functools.lru_cache(64)(lambda lengths: require_lengths(graph, dict(lengths)))
        self._planned = functools.partial(compile_graph, graph, donated, host_target(), arguments)
        self._arena = np.empty(0, np.uint8)
        renew_in_child(self, Executable._forget_calls)
        self._dtypes = [np.dtype(t.dtype) for t in graph.in_types[:arguments]]
        results = [k for k in range(len(graph.outputs)) if k not in donated]
        self._out_names = [_name_of(graph.outputs[k]) for k in results]
        self._make(budget)
        if not arguments:
            self._bind([])

    def _forget_calls(self) -> None:
        self._lock = threading.Lock()  # the table and the arena belong to one call at a time
        self._forget_shapes()

    def _forget_shapes(self) -> None:
        # Those of the call that the table is set for.
        self._shapes: list[tuple[int, ...]] = [(-1,)] * self.arguments

    # --- loading ------------------------------------------------------------------------------
    def _make(self, budget: Budget | None) -> None:
        """The plan and its machine code."""
        with collector_paused(), Kernels(host_target()) as kernels:
            self.plan = self._planned(budget, kernels.add)
            for launch in self.plan.launches:
                kernels.add(launch.kernel)
            self._kernels, self._number = kernels.functions(), kernels.numbers
        self._out_types = [t for k, t in enumerate(self.plan.graph.out_types) if k not in self.donated]
        self._copies = self._left_over()
        self._load()

    def _load(self) -> None:
        """The program around the machine code.

        The table: the error cell, per call arguments and results, one entry a buffer, one a length.
        """
        plan = self.plan
        self._lengths: dict[Length, int] = {}
        self._first = FIRST_VALUE + self.arguments + len(self._out_types)
        code = self._instructions(plan.steps)
        words = self._first + len(plan.buffers) + len(self._lengths)
        self._code, self._words = code, words
        self._host = HostSteps(plan.host_calls, self._entry)
        touched = frozenset().union(*uses(plan.steps, plan.buffers))
        self._constants = {
            at: held_constant(plan.buffers[at]) for at in touched if plan.buffers[at].kind == "constant"
        }
        self._derived = Derived(plan, self.state, self.arguments) if plan.once else None
        self.program = Program(code, self._kernels, words, hosts=self._host.addresses)
        table = self.program.table
        for at, b in enumerate(plan.buffers):
            if b.kind == "input" and b.index >= self.arguments:
                table[self._first + at] = address_of(self.arrays[b.index - self.arguments])
            elif b.kind == "changed" and self._derived:
                table[self._first + at] = address_of(self._derived.changed)
        for at, held in self._constants.items():
            table[self._first + at] = address_of(held)

    def _instructions(self, steps: Sequence[Step]) -> Instructions:
        """Steps for the driver. Lengths get their table entries as they come up."""
        code = Instructions()
        labels: dict[int, Label] = {}
        hosts = 0

        def label(n: int) -> Label:
            return labels.setdefault(n, Label())

        for step in steps:
            match step:
                case Launch():
                    code.kernel(self._number[step.kernel], self._slots(step), self._work(step))
                case HostCall():
                    code.host(hosts)
                    hosts += 1
                case Stamp():
                    code.kernel(len(self._kernels), [self._words, self._words + 2 + step.call])
                case Barrier():
                    code.barrier()
                case Check():
                    code.check(label(0))
                case Mark():
                    code.place(label(step.label))
                case Jump():
                    code.jump(label(step.label))
                case Branch():
                    code.branch_false(self._entry(step.predicate), label(step.label))
                case Point():
                    at = self._entry(step.target)
                    code.move(at, self._entry(self.plan.buffers[step.target].index))
                    code.add_entry(at, self._length(step.offset))
                case Advance():
                    code.add_entry(self._entry(step.target), self._length(step.by))
                case Reset():
                    code.set(self._entry(step.counter), 0)
                case Repeat():
                    code.add(self._entry(step.counter), step.step)
                    code.branch_less(self._entry(step.counter), self._length(step.limit), label(step.label))
        code.place(label(0))
        code.end()
        return code

    def _length(self, n: Length) -> int:
        """The table entry that holds a length."""
        return self._first + len(self.plan.buffers) + self._lengths.setdefault(n, len(self._lengths))

    def _slots(self, step: Launch) -> list[int]:
        """Table entries of a kernel's arguments: buffers, lengths, the error cell."""
        return [*map(self._entry, step.buffers), *map(self._length, step.lengths), 0]

    def _work(self, step: Launch) -> int:
        """The table entry that tells how long it takes; 0 if that is never long."""
        few = isinstance(step.work, int) and step.work >> PART_BITS == 0
        return 0 if few else self._length(step.work)

    def _entry(self, number: int) -> int:
        b = self.plan.buffers[number]
        if b.kind == "input" and b.index < self.arguments:
            return FIRST_VALUE + b.index
        if b.kind == "output" and b.index not in self.donated:
            given_before = sum(k in self.donated for k in range(b.index))
            return FIRST_VALUE + self.arguments + b.index - given_before
        return self._first + number

    def _left_over(self) -> list[tuple[int, np.ndarray]]:
        """Donated outputs that could not be written in place: (buffer, state to copy it to)."""
        written = set().union(*(call.written for call in self.plan.calls))
        return [
            (n, self.arrays[self.donated[b.index] - self.arguments])
            for n, b in enumerate(self.plan.buffers)
            if b.kind == "output" and b.index in self.donated and n in written
        ]

    # --- running ------------------------------------------------------------------------------
    def run(self, args: Sequence[np.ndarray], first: Program | None = None) -> list[Tensor]:
        """Results for these arguments; donated outputs are written into the state.

        first: runs before, in the same native call; it may write into the arguments.

        Raises:
            ShapeError, DTypeError: an argument does not fit its declared type.
            IndexRangeError: an index in the data is out of range; the state is as it was.
            BaseException: what a step that runs in Python raised; the state is as it was.
        """
        if self._lock.locked():
            self.program.refuse_itself()
        with self._lock:
            addresses = []
            for a, d, shape in zip(args, self._dtypes, self._shapes, strict=True):
                if (
                    type(a) is not np.ndarray
                    or a.dtype is not d
                    or a.shape != shape
                    or not a.flags.c_contiguous
                ):
                    break
                addresses.append(address_of(a))
            else:
                return self._launch(self.program, addresses, first)
            # Other shapes than before, or values that are not arrays yet.
            arrays = [as_array(a) for a in args]
            self._bind(arrays)
            return self._launch(self.program, [address_of(a) for a in arrays], first)

    def _launch(self, program: Program, addresses: list[int], first: Program | None = None) -> list[Tensor]:
        results = []
        for room in self._results:
            try:
                out = room.array()
            except MemoryError:
                raise self._no_room_for(room.type) from None
            results.append(Tensor.wrap(out, room.type))
            addresses.append(address_of(out))
        seen = self._derived.look() if self._derived else None
        with self._changing:
            try:
                error = program.run(*addresses, first=first)
            except BaseException:  # of a signal's handler
                self._host.forget()
                raise
            if error is not None:
                self._host.reraise()
                self._raise(error)
            for temporary, into in self._temporaries:
                into[...] = temporary
        if self._derived:
            self._derived.keep(seen)
        return results

    def _bind(self, arrays: Sequence[np.ndarray]) -> None:
        """Enter the lengths of this call's dimensions, and the addresses that follow, in the table."""
        self._forget_shapes()  # whatever cuts this short (Ctrl-C, no memory): the next call enters all of it
        given = [TensorType(a.shape, a.dtype.name) for a in arrays]
        lengths = bind(self.in_types[: self.arguments], given)
        self._bound = lengths
        self._require_lengths(tuple(lengths.items()))
        self._keep_budget(lengths)
        needed = self.plan.arena.nbytes(lengths)
        if needed > self._arena.nbytes:
            self._arena = np.empty(0, np.uint8)  # before there is a larger one: not both at a time
            release_before(needed)
            try:
                self._arena = aligned((needed,), np.uint8)
            except MemoryError:
                raise self._no_room(needed, lengths) from None
        offsets = self.plan.arena.offsets(lengths)
        table, base = self.program.table, address_of(self._arena)
        for number, offset in offsets.items():
            table[self._first + number] = base + offset
        for number, held in self._derived.memory().items() if self._derived else ():
            table[self._first + number] = address_of(held)
        at = self._first + len(self.plan.buffers)
        for length, k in self._lengths.items():
            table[at + k] = min(length_of(length, lengths), MOST_WORK)
        self._host.bind(lengths)
        self._temporaries = []
        for number, into in self._copies:
            temporary = aligned(into.shape, into.dtype)
            table[self._first + number] = address_of(temporary)
            self._temporaries.append((temporary, into))
        types = [TensorType(substitute(t.shape, lengths), t.dtype) for t in self._out_types]
        self._results = [Room(t) for t in types]
        self._shapes = [a.shape for a in arrays]
        self._threads = 1 if self.plan.work(lengths) < SMALL_WORK else None
        self.program.set_threads(self._threads)

    def _keep_budget(self, lengths: Mapping[str, int]) -> None:
        """Plan anew if these lengths take more than the budget allows."""
        if self._budget is not None and self.memory().bytes_at(lengths) > self._budget.nbytes:
            self._make(Budget(self._budget.nbytes, lengths))

    def _no_room_for(self, result: TensorType) -> MemoryError:
        """The error where a result does not fit into memory. No kernel has run: the state is as it was."""
        at = next(k for k, room in enumerate(self._results) if room.type is result)
        return MemoryError(
            f"{self._out_names[at]}: the result must fit into memory; it takes {result.nbytes:,} bytes for {result}."
        )

    def _no_room(self, needed: int, lengths: Mapping[str, int]) -> MemoryError:
        """The error where the values in between do not fit into memory; names the largest."""
        sizes = {n: length_of(self.plan.buffers[n].nbytes, lengths) for n in self.plan.arena.sizes}
        largest = max(sizes, key=sizes.__getitem__)
        nodes = next((s.nodes for s in self.plan.calls if largest in s.written), ())
        return MemoryError(
            f"{_name_of(nodes[-1]) if nodes else 'program'}: what is computed on the way must fit into memory; it "
            f"takes {needed:,} bytes, {sizes[largest]:,} of them here. Take smaller batches."
        )

    def _raise(self, error: tuple[int, ...]) -> None:
        """The error that a kernel has recorded: (code, index)."""
        node = self.plan.checks[error[0]]
        message = index_message(node, error[1], dict(self._bound))
        raise located(IndexRangeError(f"{message} [{node.source}]"))

    def time_launches(self, args: Sequence[Any], repeats: int) -> list[tuple[float, int]]:
        """(seconds, runs) of each call of the plan in one call of it: of `repeats` calls, the fastest counts.

        State ends as it was.
        """
        arrays = [as_array(a) for a in args]
        watch = Stopwatch(len(self.plan.calls))
        with self._lock:
            self._bind(arrays)
            code = self._instructions(stamped(self.plan.steps))
            words = self._words + len(watch.entries)
            program = Program(code, [*self._kernels, watch.kernel], words, hosts=self._host.addresses)
            program.table[: self._words] = self.program.table[: self._words]
            for k, address in enumerate(watch.entries):
                program.table[self._words + k] = address
            program.set_threads(self._threads)
            before = [a.copy() for a in self.arrays]
            try:
                for k in range(repeats + 1):  # the first warms up
                    if self._derived and k < 2:  # and once is once
                        self._derived.forget()
                    with watch.call():
                        self._launch(program, [address_of(a) for a in arrays])
            finally:
                self.restore(before)
        return watch.fastest()

    def restore(self, before: Sequence[np.ndarray]) -> None:
        """Let what the program assigns hold what it did: these are copies of all `arrays`."""
        with changing(self._assigned):
            for k in self.donated.values():
                self.arrays[k - self.arguments][...] = before[k - self.arguments]

    def zeros(self) -> list[np.ndarray]:
        """Arguments like those of the last call."""
        if any(-1 in shape for shape in self._shapes):
            raise UsageError("zeros: needs the shapes of an earlier call; there was none. Give arguments.")
        return [np.zeros(shape, d) for shape, d in zip(self._shapes, self._dtypes, strict=True)]

    @property
    def lengths(self) -> Mapping[str, int]:
        """Of the symbolic dimensions in the last call."""
        return self._bound

    def memory(self, **lengths: int) -> Memory:
        """Bytes by what they are for: formulas in the symbolic lengths, or numbers if all of them are given."""
        found = memory_of(self.plan, self.arguments, self.donated)
        names = set().union(*(t.dims() for t in self.in_types))
        return found.at(lengths) if names <= lengths.keys() else found


def held_constant(b: Buffer) -> np.ndarray:
    """A constant's value in memory of its own."""
    assert b.value is not None
    held = aligned(b.value.shape, b.value.dtype)
    held[...] = b.value
    return held


def _name_of(n: Node) -> str:
    """What made a value, and where."""
    name = "input" if n.primitive is None else n.primitive.name
    return name if n.source is None else f"{name} [{n.source}]"
