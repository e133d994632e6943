"""The text of a graph. `parse.py` reads it back to the same graph, bit for bit.

    graph(%x: f32[batch,784], %w: f32[784,10]) {
      %0: f32[batch,10] = dot(%x, %w, batch=((), ()), contract=((1,), (0,)))  # train.py:12
      %1: f32[] = const 0.5
      %2: f32[batch,10] = broadcast_to(%1, shape=(batch, 10))
      return %2
    }

A constant is a number (`const 0.5`), a row of a few (`const [1, 2]`), one number for all elements
(`const full 0.5`), or its bytes, little-endian (`const base64 "AACAPw=="`).

This module knows graphs and nodes by their attributes only, so that `graph.py` can import it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from typing import Any

import numpy as np

from wengert.base.errors import GraphError
from wengert.ir.dim import Dim
from wengert.ir.types import TensorType

FEW = 16  # elements that are shown as numbers
NAME = r"[^\W\d][\w.]*"


def show_graph(graph: Any, sources: bool = True) -> str:
    """The graph as text.

    Args:
        sources: with the users' lines, and every byte of every constant. Without, the text is for comparing
            and hashing: large constants appear by their digest, and it cannot be parsed back.

    Raises:
        GraphError: a parameter is of a kind that has no text form.
    """
    names = name_inputs(graph.inputs)
    head = ", ".join(f"{names[i]}: {show_type(i.type)}" for i in graph.inputs)
    lines = [f"graph({head}) {{"]
    count = 0
    for node in graph.nodes:
        if node in names:
            continue
        names[node] = name = f"%{count}"
        count += 1
        if node.primitive is None:
            body = (
                f"const {show_constant(node.value, exact=sources)}"
                if node.value is not None
                else f"free {node.name}"
            )
        else:
            parts = [names[i] for i in node.inputs]
            parts += [f"{k}={show_param(v, sources)}" for k, v in node.params]
            body = f"{node.primitive.name}({', '.join(parts)})"
        comment = f"  # {show_source(node.source)}" if sources and node.source is not None else ""
        lines.append(f"  {name}: {show_type(node.type)} = {body}{comment}")
    returned = ", ".join(names[o] for o in graph.outputs)
    lines.append(f"  return {returned}" if returned else "  return")
    lines.append("}")
    return "\n".join(lines)


def name_inputs(inputs: Any) -> dict[Any, str]:
    """A name for each input: its own, made readable and unlike the others."""
    names: dict[Any, str] = {}
    used: set[str] = set()
    for i in inputs:
        name = i.name or "_"
        if not re.fullmatch(NAME, name):
            name = re.sub(r"[^\w.]", "_", name)
            name = name if re.fullmatch(NAME, name) else f"_{name}"
        stem, k = name, 0
        while name in used:
            k += 1
            name = f"{stem}.{k}"
        used.add(name)
        names[i] = f"%{name}"
    return names


def show_type(t: TensorType | tuple[TensorType, ...]) -> str:
    """`f32[3]`, or `(f32[3], i32[])` for several results."""
    if isinstance(t, tuple):
        return _tuple([show_type(part) for part in t])
    return _one_type(t)


@functools.lru_cache(maxsize=4096)
def _one_type(t: TensorType) -> str:
    return str(t)


def show_param(value: Any, sources: bool = True) -> str:
    """The text of a parameter.

    Raises:
        GraphError: it is none of int, float, bool, str, None, Dim, TensorType, Graph, or a tuple of these.
    """
    kind = type(value)
    if kind is int or kind is bool or value is None:
        return str(value)
    if kind is tuple:
        return _tuple([show_param(v, sources) for v in value])
    if kind is str:
        return json.dumps(value)
    if kind is float:
        return repr(value)
    if kind is Dim or kind is TensorType:
        return str(value)
    if hasattr(value, "outputs"):
        text = show_graph(value) if sources else value.text
        return str(text).replace("\n", "\n  ")
    raise GraphError(
        f"graph: a parameter must be an int, float, bool, str, None, Dim, TensorType, Graph or a tuple of "
        f"these; got {value!r} of type {kind.__name__}."
    )


def show_constant(value: np.ndarray, exact: bool = True) -> str:
    """The text of an array, which tells every byte; or, if not `exact` and large, a digest of them."""
    flat = np.ravel(value)
    if value.ndim == 0:
        numbers = _numbers(flat)
        if numbers is not None:
            return numbers[0]
    elif flat.size <= FEW:
        numbers = _numbers(flat)
        if numbers is not None:
            return f"[{', '.join(numbers)}]"
    elif flat[-1].tobytes() == flat[0].tobytes() and flat.tobytes() == flat[0].tobytes() * flat.size:
        numbers = _numbers(flat[:1])
        if numbers is not None:
            return f"full {numbers[0]}"
    data = flat.astype(flat.dtype.newbyteorder("<"), copy=False).tobytes()
    if not exact and len(data) > 64:
        return f"digest {hashlib.blake2b(data, digest_size=16).hexdigest()}"
    return f'base64 "{base64.b64encode(data).decode()}"'


def _numbers(flat: np.ndarray) -> list[str] | None:
    """Decimals that give the same bits back; None where none does (a NaN with a payload) or two are needed."""
    if flat.dtype.kind in "biu":
        return [str(v) for v in flat.tolist()]
    if flat.dtype.kind == "c":
        return None  # in base64
    texts = [str(v) for v in flat]
    back = np.array([float(t) for t in texts], flat.dtype)
    return texts if back.tobytes() == flat.tobytes() else None


def show_source(source: Any) -> str:
    """The source as one line of text."""
    return " ".join(str(source).split())


def _tuple(parts: list[str]) -> str:
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
