"""`model.summary()`: layers, output shapes, parameters, and the memory of a training step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.dtypes import size_of
from wengert.base.errors import WengertError
from wengert.nn.layer import Layer

if TYPE_CHECKING:
    from wengert.compiler.footprint import Memory
    from wengert.train.model import Model
    from wengert.train.programs import Programs


def describe(model: Model, line_length: int = 80) -> str:
    """The table as text."""
    widths = (line_length * 45 // 100, line_length * 33 // 100, line_length * 22 // 100)
    rows = [
        (f"{layer.name} ({type(layer).__name__})", shape, params) for layer, shape, params in _layers(model)
    ]
    rule = "─" * line_length
    lines = [
        f'Model: "{model.name}"',
        rule,
        _row(("Layer (type)", "Output shape", "Parameters"), widths),
        rule,
    ]
    lines += [_row(r, widths) for r in rows]
    return "\n".join([*lines, rule, *_totals(model), *_memory(model)])


def _layers(model: Model) -> list[tuple[Layer, str, str]]:
    found = model.output_types() if hasattr(model, "output_types") else []
    shapes = [str(t) for t in found] or ["?"] * len(model.layers)
    return [
        (layer, shape, f"{layer.count_params():,}" if layer.built else "not built")
        for layer, shape in zip(model.layers, shapes, strict=True)
    ]


def _row(cells: tuple[str, str, str], widths: tuple[int, ...]) -> str:
    fitted = [c if len(c) < w else c[: w - 2] + "…" for c, w in zip(cells, widths, strict=True)]
    return f"{fitted[0]:<{widths[0]}}{fitted[1]:<{widths[1]}}{fitted[2]:>{widths[2]}}".rstrip()


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


def _memory(model: Model, batch: int = 32) -> list[str]:
    """What a training step needs besides weights, state and data, if it was recorded."""
    step = model._steps.get(("train", False))
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
    step = model.train_step
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
