"""`wg.function`: a Python function recorded once as a graph, then run as one native call."""

from __future__ import annotations

import contextlib
import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base import config
from wengert.base.errors import NotFiniteError, UsageError, WengertError
from wengert.base.tree import LEAF, flatten, unflatten
from wengert.ir.boundary import with_line
from wengert.ir.finite import is_checked, is_finite, require_finite_results
from wengert.ir.graph import Graph, bind, evaluate_all
from wengert.ir.types import TensorType
from wengert.ir.watch import WATCH
from wengert.runtime.fork import Lock
from wengert.runtime.recording import current
from wengert.runtime.storage import changing
from wengert.runtime.tape import forget, is_recording, is_watched
from wengert.runtime.tensor import Tensor, as_array
from wengert.runtime.tracing import Placeholder, Traced, trace
from wengert.runtime.variable import Variable

if TYPE_CHECKING:
    from wengert.runtime.executable import Executable
    from wengert.runtime.program import Program as Native

MOST_PROGRAMS = 128  # of one function, some 0.2 MiB each; the one not called for longest makes room


class Function:
    """A compiled function. Made by `wg.function`.

    Arrays, tensors, variables and floats among the arguments are run-time values; everything else (ints,
    bools, strings) is part of the program. `compiles` counts how often a program was made. Inside of a tape,
    or of another function that is being recorded, `f` itself is called, so that both see every step.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        signature: Sequence[str | TensorType] | None = None,
        *,
        compiled: bool = True,
        memory_budget: int | None = None,
    ) -> None:
        functools.update_wrapper(self, f)
        self.name: str = getattr(f, "__name__", repr(f))
        self.f = f
        self.compiled = compiled
        if memory_budget is not None and not compiled:
            raise UsageError(
                f"{self.name}: memory_budget must be None in the interpreter, which plans no memory; "
                f"got {memory_budget!r}. Compile, or leave it out."
            )
        self.memory_budget = memory_budget
        if isinstance(signature, str | TensorType):
            raise UsageError(
                f"{self.name}: signature must be a tuple of types; got {signature!r}. Write ({signature!r},)."
            )
        self.signature = (
            None
            if signature is None
            else tuple(t if isinstance(t, TensorType) else TensorType.parse(t) for t in signature)
        )
        self._start()

    def _start(self) -> None:
        self.compiles = 0
        self._programs: OrderedDict[Hashable, Program] = OrderedDict()  # the one called last comes last
        self._only: Program | None = None
        self._recording = Lock()  # several threads that call it first make one program

    def __getstate__(self) -> dict[str, Any]:
        """Copies make programs of their own: a program works in place on the variables it was made for."""
        own = ("_programs", "_only", "_recording", "compiles")
        return {k: v for k, v in vars(self).items() if k not in own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._start()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        only = self._only
        try:
            if not WATCH.who and only is not None and not kwargs and len(args) == only.arguments:
                results = only.executable.run(args)
                return results[0] if only.gives_one else unflatten(only.traced.structure, results)
        except WengertError as e:
            raise with_line(e) from None
        return self._look(args, kwargs)

    def after(self, first: Native, *args: Any) -> Any:
        """Run a native program, which may write into the arguments, then this function of them: in one native call,
        unless somebody watches.
        """
        only = self._only
        if WATCH.who or only is None or len(args) != only.arguments:
            first.run()
            return self(*args)
        try:
            results = only.executable.run(args, first)
        except WengertError as e:
            raise with_line(e) from None
        return results[0] if only.gives_one else unflatten(only.traced.structure, results)

    def _look(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The whole way, where somebody watches or a program is to be found."""
        if is_recording() or current() is not None:
            # Step by step: the tape, or the function being recorded, sees each.
            return self.f(*args, **kwargs)
        try:
            if self._only is not None and not kwargs and len(args) == self._only.arguments:
                return self._only(args)
            leaves, structure = flatten((args, kwargs))
            dynamic = [k for k, x in enumerate(leaves) if is_dynamic(x)]
            arrays = [as_array(leaves[k]) for k in dynamic]
            return self.program(leaves, structure, dynamic, arrays)(arrays)
        except WengertError as e:
            raise with_line(e) from None

    def program(
        self, leaves: list[Any], structure: Hashable, dynamic: list[int], arrays: list[np.ndarray]
    ) -> Program:
        """The program for arguments like these; recorded and compiled if it is new."""
        from_arrays = tuple(TensorType(a.shape, a.dtype.name) for a in arrays)
        types = from_arrays if self.signature is None else self.signature
        lengths = {} if self.signature is None else bind(self.signature, from_arrays)
        static = tuple(x for k, x in enumerate(leaves) if k not in set(dynamic))
        try:
            key = (structure, types, tuple(dynamic), static, tuple(map(type, static)))
            found = self._programs.get(key)
        except TypeError:
            bad = [x for x in static if getattr(type(x), "__hash__", None) is None]
            raise UsageError(f"{self.name}: arguments must be arrays or hashable; got {bad!r}.") from None
        if found is None:
            with self._recording:
                return self._programs.get(key) or self._new_program(
                    key, leaves, structure, dynamic, types, lengths
                )
        with contextlib.suppress(KeyError):  # another thread's new program has taken its place just now
            self._programs.move_to_end(key)
        return found

    def _new_program(
        self,
        key: Hashable,
        leaves: list[Any],
        structure: Hashable,
        dynamic: list[int],
        types: tuple[TensorType, ...],
        lengths: dict[str, int],
    ) -> Program:
        filled = list(leaves)
        for index, k in enumerate(dynamic):
            filled[k] = Placeholder(index)
        args, kwargs = unflatten(structure, filled)
        budget = None if self.memory_budget is None else (self.memory_budget, lengths)
        new = self._programs[key] = Program(trace(self.f, args, kwargs, types), self.compiled, budget)
        self.compiles += 1
        while len(self._programs) > MOST_PROGRAMS:
            self._programs.popitem(last=False)
        if (
            self.signature is not None
            and len(dynamic) == len(leaves)
            and structure == flatten((tuple(leaves), {}))[1]
        ):
            self._only = new  # flat array arguments of declared types: nothing to look up any more
        return new

    def graph(self, *args: Any, **kwargs: Any) -> Graph:
        """The recorded graph for arguments like these, before any optimisation."""
        leaves, structure = flatten((args, kwargs))
        dynamic = [k for k, x in enumerate(leaves) if is_dynamic(x)]
        return self.program(leaves, structure, dynamic, [as_array(leaves[k]) for k in dynamic]).traced.graph

    def memory(self, **lengths: int) -> Any:
        """Bytes that the (only) program takes, by what they are for, exactly and before it runs.

        Args:
            lengths: of the symbolic dimensions; without them the answer is formulas.

        Example:
            >>> import wengert as wg
            >>> f = wg.function(lambda x: wg.exp(x @ x.T) @ x, signature=("f32[n,64]",))
            >>> print(f.memory()["results"], f.memory()["arena"])
            256*n 8192*floordiv(n + 31, 32) + 64*floordiv(n*n + 15, 16)
            >>> print(f.memory(n=100))
            arguments  25,600
            results    25,600
            arena      72,768
            total      123,968
        """
        if self.memory_budget is None or lengths:
            self._record_signature(lengths)
        return self._one_program("memory").executable.memory(**lengths)

    def traced(self) -> Traced:
        """What the (only) program was recorded as; recorded now, if the signature says of what."""
        if self.signature is not None and not self._programs and self.memory_budget is not None:
            places = [Placeholder(k) for k in range(len(self.signature))]
            return trace(
                self.f, places, {}, self.signature
            )  # lengths, which a budget needs, are not known yet
        self._record_signature({})
        return self._one_program("traced").traced

    def _record_signature(self, lengths: dict[str, int]) -> None:
        """Make the program of the signature, unless there is one."""
        if self._programs or self.signature is None:
            return
        leaves, structure = flatten((tuple(np.empty(0) for _ in self.signature), {}))
        dynamic = list(range(len(leaves)))
        key = (structure, self.signature, tuple(dynamic), (), ())
        with self._recording:
            if not self._programs:
                self._new_program(key, leaves, structure, dynamic, self.signature, lengths)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Those that the (only) program reads or assigns."""
        return self._one_program("variables").traced.read

    def kernels(self, *args: Any, repeats: int = 5) -> Any:
        """What the program for these arguments consists of, and how long each kernel takes; prints as a table.

        Args:
            args: as for a call, without which zeros of the last call's shapes are taken. Variables that the
                function assigns keep their values.
            repeats: calls to measure; for each kernel the fastest counts.

        Example:
            >>> import numpy as np
            >>> import wengert as wg
            >>> f = wg.function(lambda x: wg.tanh(x @ x))
            >>> [k.name for k in f.kernels(np.ones((64, 64), np.float32))]
            ['product dot f32[64,64], tanh f32[64,64]']
        """
        from wengert.runtime.profile import kernels_of  # as for Program

        if args:
            leaves, structure = flatten((args, {}))
            dynamic = [k for k, x in enumerate(leaves) if is_dynamic(x)]
            arrays = [as_array(leaves[k]) for k in dynamic]
            return kernels_of(self.program(leaves, structure, dynamic, arrays).executable, arrays, repeats)
        return kernels_of(self._one_program("kernels").executable, None, repeats)

    def tune(self, *args: Any, seconds: float = 60.0, progress: Any = None) -> Any:
        """Measure the contractions of the program for these arguments under other schedules; keep what is faster.

        What is found is kept in the cache folder and obeyed by every later compile of the same contractions, in
        this process and in others. Results stay the same bits. Let nothing else run meanwhile.

        Args:
            args: as for a call, without which zeros of the last call's shapes are taken. Variables that the
                function assigns keep their values.
            seconds: after which no further trial begins.
            progress: called before each trial with the number of trials done, how many there may be, and what is tried.

        Returns:
            `runtime.tuning.Tuned`: each kernel with its time before and after, and its loops; prints as text.
        """
        if not args:
            return self._one_program("tune").tune(None, seconds, progress)
        leaves, structure = flatten((args, {}))
        dynamic = [k for k, x in enumerate(leaves) if is_dynamic(x)]
        arrays = [as_array(leaves[k]) for k in dynamic]
        return self.program(leaves, structure, dynamic, arrays).tune(arrays, seconds, progress)

    def _one_program(self, asked: str) -> Program:
        if len(self._programs) != 1:
            raise UsageError(
                f"{self.name}: {asked}() needs exactly one program; got {len(self._programs)}. Call it first."
            )
        return next(iter(self._programs.values()))

    def __repr__(self) -> str:
        return f"<wg.function {self.name}, {self.compiles} compiled>"


class Program:
    """A traced function and its executable, callable with arrays."""

    def __init__(
        self, traced: Traced, compiled: bool, budget: tuple[int, dict[str, int]] | None = None
    ) -> None:
        # Imported here because the compiler takes longer to import than all the rest.
        from wengert.compiler.recompute import Budget
        from wengert.runtime.interpreted import Interpreted

        self.traced = traced
        self.arguments, self.gives_one = traced.arguments, traced.structure == LEAF
        place = {v: traced.arguments + k for k, v in enumerate(traced.read)}
        donated = {traced.results + j: place[v] for j, v in enumerate(traced.assigned)}
        state = [v.storage for v in traced.read]
        self._given = traced.graph, traced.arguments, state, donated
        self._allowed = None if budget is None else Budget(*budget)
        self.executable = self._compiled() if compiled else Interpreted(*self._given)

    def _compiled(self) -> Executable:
        """Made anew, for tuning changes what is made."""
        from wengert.runtime.executable import Executable
        from wengert.runtime.verified import Verified

        native = Verified if config.verify_runs() else Executable
        return native(*self._given, self._allowed)

    def tune(self, args: Sequence[Any] | None, seconds: float, progress: Any) -> Any:
        """Search for faster kernels, and run with what was found from now on."""
        from wengert.runtime.executable import Executable
        from wengert.runtime.interpreted import Interpreted
        from wengert.runtime.tuning import tune

        if isinstance(self.executable, Interpreted):
            raise UsageError("tune: the interpreter has no kernels. Compile the function to tune it.")
        make = functools.partial(Executable, *self._given, self._allowed)
        found = tune(make, self.executable.zeros() if args is None else args, seconds, progress)
        if found.kept:
            self.executable = self._compiled()
        return found

    def __call__(self, args: Sequence[Any]) -> Any:
        results = self._run_checked(args) if is_checked() else self.executable.run(args)
        if is_watched():
            for v in self.traced.assigned:
                forget(v)
        return results[0] if self.gives_one else unflatten(self.traced.structure, results)

    def _run_checked(self, args: Sequence[Any]) -> list[Tensor]:
        """Run; if something is not finite, put the variables back and say where it comes from.

        Raises:
            NotFiniteError: a result, or what a variable would hold, is not finite.
        """
        storages = [v.storage for v in self.traced.assigned]
        assigned = [s.array for s in storages]
        before = [a.copy() for a in assigned]
        results = self.executable.run(args)
        if all(map(is_finite, assigned)) and all(is_finite(r.value) for r in results):
            return results
        with changing(storages):
            for a, old in zip(assigned, before, strict=True):
                a[...] = old
        graph, read = self.traced.graph, self.traced.read
        names = [f"input {k}" for k in range(self.traced.arguments)] + [f"param {v.path!r}" for v in read]
        inputs = [*map(as_array, args), *(v.array.copy() for v in read)]
        require_finite_results(graph, evaluate_all(graph, inputs), names)
        raise NotFiniteError(
            "function: the compiled program's results must be finite, as the interpreter's are; got others. Rounding "
            "decides here whether something overflows: scale the numbers down."
        )


def is_dynamic(x: Any) -> bool:
    """Whether an argument is a run-time value rather than part of the program."""
    return isinstance(x, np.ndarray | np.generic | Tensor | Variable | float)


def function(
    f: Callable[..., Any] | None = None,
    *,
    signature: Sequence[str | TensorType] | None = None,
    compiled: bool = True,
    memory_budget: int | None = None,
) -> Any:
    """Record `f` as a graph at its first call and run it as one native program from then on.

    Args:
        f: a function of arrays (and of nested dicts, lists, tuples of them).
        signature: types of its array arguments, such as `("f32[batch,784]", "i64[batch]")`. A named length is
            symbolic: one program serves every length.
        compiled: False runs the graph in the interpreter, the oracle.
        memory_budget: bytes that the program may take, all parts of `memory()` together. Values that do not fit
            are let go and computed again where they are needed.

    Raises:
        BudgetError: the budget cannot be met; the message says which could.
        TraceError: `f` branches in Python on a value that is not known while recording.

    Example:
        >>> import wengert as wg
        >>> @wg.function(signature=("f32[n]",))
        ... def double(x):
        ...     return x + x
        >>> double(wg.Tensor([1.0, 2.0])).numpy()
        array([2., 4.], dtype=float32)
    """
    if f is None:
        return lambda g: Function(g, signature, compiled=compiled, memory_budget=memory_budget)
    if not callable(f):
        raise UsageError(f"function: needs a callable; got {f!r}.")
    return Function(f, signature, compiled=compiled, memory_budget=memory_budget)
