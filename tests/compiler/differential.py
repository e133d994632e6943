"""Run a program compiled and interpreted, say how they differ, and make a program that fails smaller."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from tests.compiler.random_graphs import Program
from wengert.base.errors import WengertError
from wengert.compiler.pipeline import optimize
from wengert.ir.dim import Dim
from wengert.ir.graph import Graph
from wengert.ir.node import Node, among, graph_input
from wengert.ir.types import type_of
from wengert.runtime.executable import Executable
from wengert.runtime.montecarlo import disagreement, interpret
from wengert.runtime.storage import Storage, changing

MOST_TRIALS = 400
MOST_TEXT = 600  # characters of an array in a report


@dataclasses.dataclass
class Compiled:
    """A program's executable, which keeps its state in arrays of its own."""

    program: Program
    executable: Executable

    @classmethod
    def of(cls, program: Program, args: Sequence[np.ndarray]) -> Compiled:
        state = [Storage(a.copy()) for a in args[program.arguments :]]
        return cls(program, Executable(program.graph, program.arguments, state, program.donated))

    def __call__(self, args: Sequence[np.ndarray]) -> list[np.ndarray]:
        """All outputs, those that replaced state too."""
        p, e = self.program, self.executable
        with changing(e.state):
            for held, given in zip(e.arrays, args[p.arguments :], strict=True):
                held[...] = given
        results = iter(e.run([a.copy() for a in args[: p.arguments]]))
        return [
            e.arrays[p.donated[k] - p.arguments].copy() if k in p.donated else next(results).numpy()
            for k in range(len(p.graph.outputs))
        ]


def complaint(program: Program, compiled: Compiled, args: Sequence[np.ndarray], seed: int = 0) -> str | None:
    """How the compiled program differs from the interpreted one at these arguments; None if it does not."""
    refused = error_of(lambda: interpret(program.graph, [args]))
    got: list[np.ndarray] = []
    failed = error_of(lambda: got.extend(compiled(args)))
    if refused and not failed and not error_of(lambda: interpret(optimize(program.graph), [args])):
        return None  # what was refused is no part of the outputs
    if refused or failed:
        kinds = type(refused).__name__, type(failed).__name__
        return None if kinds[0] == kinds[1] else f"interpreted: {refused!r}; compiled: {failed!r}"
    return disagreement(program.graph, args, got, np.random.default_rng(seed))[0]


def error_of(f: Callable[[], object]) -> WengertError | None:
    try:
        f()
    except WengertError as e:
        return e
    return None


def fails(program: Program, args: Sequence[np.ndarray]) -> bool:
    """Whether a program compiled anew breaks or differs."""
    try:
        return complaint(program, Compiled.of(program, args), args) is not None
    except Exception:
        return True


# --- smaller programs -----------------------------------------------------------------------------


def shrink(
    program: Program, args: Sequence[np.ndarray], fails: Callable[..., bool] = fails
) -> tuple[Program, list[np.ndarray]]:
    """A smaller program that still fails: outputs dropped, values given, state given as arguments."""
    args = list(args)
    trials = 0
    while True:
        for smaller, its_args in reductions(program, args):
            trials += 1
            if trials > MOST_TRIALS:
                return program, args
            if fails(smaller, its_args):
                program, args = smaller, its_args
                break
        else:
            return program, args


def reductions(program: Program, args: list[np.ndarray]) -> Iterator[tuple[Program, list[np.ndarray]]]:
    """Programs that are one step simpler, the boldest first."""
    graph = program.graph
    for k in range(len(graph.outputs)):
        if len(graph.outputs) > 1:
            yield without_output(program, k), args
    if program.donated:
        yield dataclasses.replace(program, donated={}), args
    if program.arguments < len(graph.inputs):
        yield Program(graph, len(graph.inputs), {}), args
    yield from with_smaller_arrays(program, args)
    read = {i for n in graph.nodes for i in n.inputs} | set(graph.outputs)
    for k, i in enumerate(graph.inputs):
        needed = i.type.dims() and not any(i.type.dims() & o.type.dims() for o in graph.inputs if o is not i)
        if i not in read and not needed and not program.donated:
            yield without_input(program, k), [a for j, a in enumerate(args) if j != k]
    try:
        values = dict(
            zip(graph.nodes, interpret(Graph(graph.inputs, tuple(graph.nodes)), [args])[0], strict=True)
        )
    except WengertError:
        values = {}
    for n in reversed(graph.steps):
        if n in values and not among(n, graph.outputs) and not isinstance(n.type, tuple):
            given = graph_input(n.type, f"v{n.serial}")
            arguments = program.arguments
            inputs = (*graph.inputs[:arguments], given, *graph.inputs[arguments:])
            smaller = Graph(inputs, substitute_node(graph.outputs, n, given))
            donated = {o: i + 1 for o, i in program.donated.items()}
            yield (
                Program(smaller, arguments + 1, donated),
                [*args[:arguments], np.array(values[n]), *args[arguments:]],
            )
    for k, o in enumerate(graph.outputs):
        if k not in program.donated:
            for i in o.inputs:
                if not isinstance(i.type, tuple):
                    outputs = (*graph.outputs[:k], i, *graph.outputs[k + 1 :])
                    yield Program(Graph(graph.inputs, outputs), program.arguments, program.donated), args
    for n in reversed(graph.steps):
        for i in n.inputs:
            if i.type == n.type:
                yield (
                    Program(
                        Graph(graph.inputs, substitute_node(graph.outputs, n, i)),
                        program.arguments,
                        program.donated,
                    ),
                    args,
                )


def with_smaller_arrays(
    program: Program, args: list[np.ndarray]
) -> Iterator[tuple[Program, list[np.ndarray]]]:
    """Shorter symbolic lengths, then plainer numbers."""
    types = program.graph.in_types
    named = [[isinstance(d, Dim) and d.is_name for d in t.shape] for t in types]
    n = max(
        (a.shape[k] for a, axes in zip(args, named, strict=True) for k, x in enumerate(axes) if x), default=0
    )
    if all(isinstance(d, int) or d.is_name for t in types for d in t.shape):
        for m in sorted({m for m in (0, 1, 2, n // 2, n - 1) if 0 <= m < n}):
            cuts = [tuple(slice(m if x else None) for x in axes) for axes in named]
            yield program, [np.array(a[cut]) for a, cut in zip(args, cuts, strict=True)]
    for k, a in enumerate(args):
        for plain in (np.zeros_like(a), np.ones_like(a), np.rint(a) if a.dtype.kind == "f" else a):
            if plain.tobytes() != a.tobytes() and not (a == 0).all():
                yield program, [*args[:k], plain, *args[k + 1 :]]


def without_output(program: Program, k: int) -> Program:
    outputs = tuple(o for j, o in enumerate(program.graph.outputs) if j != k)
    donated = {o - (o > k): i for o, i in program.donated.items() if o != k}
    return Program(Graph(program.graph.inputs, outputs), program.arguments, donated)


def without_input(program: Program, k: int) -> Program:
    inputs = tuple(i for j, i in enumerate(program.graph.inputs) if j != k)
    return Program(Graph(inputs, program.graph.outputs), program.arguments - (k < program.arguments), {})


def substitute_node(outputs: Sequence[Node], old: Node, new: Node) -> tuple[Node, ...]:
    """The outputs with `new` in place of `old` everywhere."""
    became: dict[Node, Node] = {old: new}
    for n in Graph((), tuple(outputs)).nodes:
        if n not in became:
            became[n] = n.with_inputs(tuple(became[i] for i in n.inputs)) if n.primitive else n
    return tuple(became[o] for o in outputs)


def report(program: Program, args: Sequence[np.ndarray]) -> str:
    """The program and its arguments as text."""
    shown = [np.array2string(a, threshold=40, edgeitems=1, max_line_width=100)[:MOST_TEXT] for a in args]
    lines = [
        f"%{i.name}: {type_of(a)} = {t}" for i, a, t in zip(program.graph.inputs, args, shown, strict=True)
    ]
    return "\n".join([str(program), *lines])
