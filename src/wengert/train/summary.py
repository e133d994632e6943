"""`model.summary()`: layers, output shapes, parameters, FLOPs, and the memory of a training step."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.dtypes import size_of
from wengert.base.errors import WengertError
from wengert.base.terminal import columns, cut, encodable
from wengert.base.tree import tree_map
from wengert.ir.node import Node
from wengert.nn.layer import Layer
from wengert.nn.symbolic import Symbol
from wengert.train.flops import Count, flops_of_call, show_count

if TYPE_CHECKING:
    from wengert.compiler.footprint import Memory
    from wengert.train.model import Model
    from wengert.train.programs import Programs

_GAP = 2  # between two columns
_NUMBERS = (2, 3)  # columns that are never cut
_NARROWEST = 8


@dataclass
class Row:
    """One layer: what it gives, what it holds, what it costs, what it is called with."""

    layer: Layer
    depth: int = 0
    shape: str = "?"
    flops: Count | None = None
    inputs: list[str] = field(default_factory=list)


def rows_of(model: Model, expand_nested: bool = False, depth: int = 0) -> Iterator[Row]:
    """The layers of a model, and where wanted those of models inside, in the order of their first call."""
    first = model.preprocess
    if isinstance(first, Layer) and model.takes is not None:
        yield Row(first, depth, str(model.input_type), _flops(first, (model.takes,), {}))
        if expand_nested and hasattr(first, "fit"):
            yield from rows_of(first, True, depth + 1)  # type: ignore[arg-type]
    for row in _rows(model):
        row.depth = depth
        yield row
        if expand_nested and hasattr(row.layer, "fit"):
            yield from rows_of(row.layer, True, depth + 1)  # type: ignore[arg-type]


def _rows(model: Model) -> Iterator[Row]:
    """Of functional models, the calls; of a `Sequential`, one layer after the other; of others, what is known."""
    calls = getattr(model, "calls", None)
    if calls is not None:
        for call in dict.fromkeys(calls.values()):
            types = tree_map(lambda x: x.type if isinstance(x, Node) else x, call.args)
            named = tree_map(lambda x: x.type if isinstance(x, Node) else x, call.kwargs)
            shape = ", ".join(str(s.type) for s in call.symbols)
            flops = _flops(call.layer, types, named) if call.args else 0
            yield Row(call.layer, 0, shape, flops, [_source(n) for n in call.nodes])
        return
    given = model.output_types() if hasattr(model, "output_types") else []
    if not given:
        yield from (Row(layer) for layer in model.layers)
        return
    x = model.input_type
    for layer, out in zip(model.layers, given, strict=True):
        yield Row(layer, 0, str(out), _flops(layer, (x,), {}))
        x = out


def _flops(layer: Layer, args: Any, kwargs: dict[str, Any]) -> Count | None:
    try:
        return flops_of_call(layer, args, kwargs)
    except WengertError:  # the layer needs more rows than one
        return None


def _source(node: Node) -> str:
    """The layers that a node is made of."""
    found: list[str] = []
    stack = [node]
    while stack:
        n = stack.pop()
        if isinstance(n, Symbol):
            found.append(str(n.call.layer.name))
        else:
            stack += reversed(n.inputs)
    return "+".join(dict.fromkeys(found))


def show(model: Model, line_length: int | None, expand_nested: bool, show_trainable: bool) -> None:
    """Write the table to stdout: no wider than the terminal, in characters that it has."""
    most = columns(sys.stdout, 0) or None
    text = describe(model, line_length, expand_nested, show_trainable, most)
    sys.stdout.write(encodable(text, sys.stdout) + "\n")


def describe(
    model: Model,
    line_length: int | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    most: int | None = None,
) -> str:
    """The table as text: `line_length` wide, else as wide as it needs, but no wider than `most`."""
    rows = list(rows_of(model, expand_nested))
    branches = any(len(row.inputs) > 1 for row in rows) or _is_branched(rows)
    head = ["Layer (type)", "Output shape", "Parameters", "FLOPs"]
    table = [head + ["Called with"] * branches + ["Trains"] * show_trainable]
    counted: set[Layer] = set()
    for row in rows:
        cells = _cells(row, row.layer in counted) + [", ".join(row.inputs)] * branches
        table.append(cells + ["yes" if row.layer.trainable else "no"] * show_trainable)
        counted.add(row.layer)
    widths = _widths(table, line_length, most)
    head_line, *lines = (_row(cells, widths) for cells in table)
    rule = "─" * (sum(widths) + _GAP * (len(widths) - 1))
    top = [f'Model: "{model.name}"', rule, head_line, rule]
    return "\n".join([*top, *lines, rule, *_totals(model), *_cost(rows), *_memory(model)])


def _widths(table: list[list[str]], length: int | None, most: int | None) -> list[int]:
    """As wide as the widest cell. Where there is no room for that, words give way before numbers."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    gaps = _GAP * (len(widths) - 1)
    whole = sum(widths) + gaps
    length = length or min(whole, most or whole)
    words = [k for k in range(len(widths)) if k not in _NUMBERS]
    for _ in range(whole - length):
        widest = max(words, key=widths.__getitem__)
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    widths[0] += max(length - whole, 0)
    return widths


def _is_branched(rows: list[Row]) -> bool:
    """Whether a layer is called with something else than what the layer before gives."""
    before = [
        row.inputs != [str(rows[k].layer.name)]
        for k, row in enumerate(rows[1:])
        if row.depth == 0 and row.inputs
    ]
    return any(before)


def _cells(row: Row, again: bool) -> list[str]:
    layer = row.layer
    params = "shared" if again else f"{layer.count_params():,}" if layer.built else "not built"
    flops = "?" if row.flops is None else show_count(row.flops)
    return [f"{'  ' * row.depth}{layer.name} ({type(layer).__name__})", row.shape, params, flops]


def _row(cells: list[str], widths: list[int]) -> str:
    aligned = [
        f"{c:>{w}}" if k in _NUMBERS else f"{cut(c, w):<{w}}"
        for k, (c, w) in enumerate(zip(cells, widths, strict=True))
    ]
    return (" " * _GAP).join(aligned).rstrip()


def _totals(model: Model) -> list[str]:
    def line(what: str, variables: list[Any]) -> str:
        n = sum(int(np.prod(v.shape, dtype=object)) for v in variables)
        size = sum(int(np.prod(v.shape, dtype=object)) * size_of(v.dtype) for v in variables)
        return f"{what}: {n:,} ({show_bytes(size)})"

    lines = [
        line("Parameters", model.weights),
        line("Trainable", model.trainable_weights),
        line("Not trainable", model.non_trainable_weights),
    ]
    if model.compiled and model.built:
        model.optimizer.build(model.trainable_weights)
        lines.append(line("Optimizer state", model.optimizer.variables))
    return lines


def _cost(rows: list[Row]) -> list[str]:
    """What one sample costs, if it is known of all layers."""
    counts = [row.flops for row in rows if row.depth == 0]
    if not counts or any(c is None for c in counts):
        return []
    total: Count = 0
    for c in counts:
        assert c is not None
        total = total + c
    return [f"FLOPs of a sample, forward: {show_count(total)}"]


def _memory(model: Model, batch: int = 32) -> list[str]:
    """What a training step needs besides weights, state and data, if it was recorded."""
    step = model.steps_made("train").get(False)
    if step is None or not step.compiles:
        return []
    try:
        found = step.memory(batch=batch)
    except WengertError:  # the interpreter plans no memory
        return []
    return [
        f"Memory of a training step, batch of {batch}: {show_bytes(int(found['arena'] + found['copies']))}"
    ]


def training_memory(model: Programs, lengths: dict[str, int]) -> Memory:
    """What a training step takes, variables by kind."""
    step = model.step("train")
    found = step.memory(**lengths)
    kinds = dict.fromkeys(model.weights, "weights") | dict.fromkeys(model.optimizer.variables, "optimizer")
    parts = {"weights": 0, "optimizer": 0, "metrics": 0}
    for v in step.variables:
        parts[kinds.get(v, "metrics")] += v.array.nbytes
    split: Memory = found.split("variables", parts)
    return split


def show_bytes(n: int) -> str:
    """`1.23 MiB`"""
    size, units = float(n), iter(("B", "KiB", "MiB", "GiB", "TiB"))
    unit = next(units)
    while size >= 1024 and unit != "TiB":
        size, unit = size / 1024, next(units)
    return f"{n} B" if unit == "B" else f"{size:.2f} {unit}"
