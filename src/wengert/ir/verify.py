"""What a legal graph is. Runs between passes in tests, and on every graph that comes from outside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np

from wengert.base.dtypes import TABLE
from wengert.base.errors import GraphError, WengertError
from wengert.ir.dim import Dim
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.primitive import REGISTRY, Primitive
from wengert.ir.source import Source
from wengert.ir.types import TensorType

MAX_BYTES = (1 << 63) - 1  # of one tensor: beyond, addresses overflow


def verify(graph: Graph, known: frozenset[str] = frozenset()) -> Graph:
    """The graph itself, if it is legal:

    - inputs are distinct, named, typed; every other value without a primitive is a constant;
    - a constant is a read-only array of its type; a step has a registered primitive, the parameters that the
      primitive takes, and the type that its rule gives;
    - every value is made before it is used;
    - parameters are hashable and have a text form; graphs among them are legal;
    - every symbolic length occurs alone as a dimension of some input, so that a call binds it.

    Args:
        known: symbolic lengths that are bound outside of the graph, when it is part of another.

    Raises:
        GraphError: names the first value that is not, and its source.
    """
    ends: list[Any] = [graph.inputs, graph.outputs]
    if not all(isinstance(e, tuple) for e in ends):
        raise GraphError(f"verify: inputs and outputs must be tuples; got {ends[0]!r}, {ends[1]!r}.")
    for i in graph.inputs:
        _verify_input(i)
    if len(set(graph.inputs)) < len(graph.inputs):
        raise GraphError(f"verify: inputs must be distinct; got {list(graph.inputs)}.")
    lengths = known | {str(d) for i in graph.inputs for d in i.type.shape if isinstance(d, Dim) and d.is_name}
    inputs = set(graph.inputs)
    for node in _reachable(graph.outputs):
        if node not in inputs:
            _verify_value(node, lengths)
        for name in sorted(_names(node.type) | _names(node.params)):
            if name not in lengths:
                _refuse(
                    node,
                    f"the length {name} must be a dimension of some input; got {[*map(str, graph.in_types)]}",
                )
    return graph


def _verify_input(node: Any) -> None:
    if not isinstance(node, Node):
        raise GraphError(f"verify: inputs must be nodes; got {node!r}.")
    if node.primitive is not None or node.value is not None or node.inputs != () or node.params != ():
        _refuse(node, "an input must be a value that nothing computes")
    if not isinstance(node.name, str):
        _refuse(node, f"an input must have a name; got {node.name!r}")
    _verify_source(node)
    if isinstance(node.type, tuple):
        _refuse(node, "an input must be one tensor")
    _verify_type(node, node.type)


def _reachable(outputs: Iterable[Any]) -> Iterable[Node]:
    """Every value under `outputs`, each once. Refuses circles: serial numbers must fall on every way down."""
    seen: set[Any] = set()
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if not isinstance(node, Node):
            raise GraphError(f"verify: values must be nodes; got {node!r}.")
        if node in seen:
            continue
        seen.add(node)
        inputs: Any = node.inputs
        if not isinstance(inputs, tuple):
            _refuse(node, f"its inputs must be a tuple; got {inputs!r}")
        for i in inputs:
            if not isinstance(i, Node):
                _refuse(node, f"its inputs must be nodes; got {i!r}")
            if i.serial >= node.serial:
                _refuse(node, f"an input must be made before it is used; got {i!r}")
        yield node
        stack.extend(node.inputs)


def _verify_value(node: Node, lengths: frozenset[str]) -> None:
    _verify_source(node)
    for t in node.type if isinstance(node.type, tuple) else (node.type,):
        _verify_type(node, t)
    if node.primitive is not None:
        _verify_step(node, lengths)
    elif node.value is None:
        _refuse(node, "it must be among the inputs of the graph, or have a value")
    else:
        _verify_constant(node)


def _verify_constant(node: Node) -> None:
    value = node.value
    if not isinstance(value, np.ndarray) or value.flags.writeable:
        _refuse(node, f"a constant must be a read-only array; got {type(value).__name__}")
    if node.inputs != () or node.params != () or node.name is not None:
        _refuse(node, "a constant must have no inputs, parameters or name")
    if isinstance(node.type, tuple) or node.type.shape != value.shape or node.type.dtype != value.dtype:
        _refuse(node, f"a constant must have the type of its array; got {value.dtype}{list(value.shape)}")


def _verify_step(node: Node, lengths: frozenset[str]) -> None:
    prim = node.primitive
    if not isinstance(prim, Primitive) or REGISTRY.get(prim.name) is not prim:
        _refuse(node, f"its primitive must be registered; got {prim!r}")
    if node.name is not None or node.value is not None:
        _refuse(node, "a step must have neither name nor value")
    _verify_params(node, lengths)
    try:
        want = prim.type_rule(*(i.type for i in node.inputs), **dict(node.params))
    except WengertError as e:
        _refuse(node, f"its inputs and parameters must suit it: {e}")
    except Exception as e:  # a rule may trip over what it does not expect: the graph is at fault
        _refuse(node, f"its inputs and parameters must suit it: {e!r}")
    if want != node.type:
        _refuse(node, f"its type must be the one that its rule gives, {want}")


def _verify_params(node: Node, lengths: frozenset[str]) -> None:
    params: Any = node.params
    if not isinstance(params, tuple) or not all(isinstance(p, tuple) and len(p) == 2 for p in params):
        _refuse(node, f"its parameters must be (name, value) pairs; got {params!r}")
    keys = [k for k, _ in params]
    if not all(isinstance(k, str) for k in keys) or keys != sorted(set(keys)):
        _refuse(node, f"its parameters must be sorted and distinct; got {keys}")
    for k, v in params:
        _verify_param(node, k, v, lengths)


def _verify_param(node: Node, key: str, value: Any, lengths: frozenset[str]) -> None:
    if isinstance(value, tuple):
        for v in value:
            _verify_param(node, key, v, lengths)
    elif isinstance(value, Graph):
        try:
            verify(value, lengths)
        except GraphError as e:
            _refuse(node, f"its graph {key} must be legal: {e}")
    elif isinstance(value, TensorType):
        _verify_type(node, value)
    elif value is not None and type(value) not in (int, float, bool, str, Dim):
        _refuse(node, f"its parameter {key} must be a number, string, length, type or graph; got {value!r}")


def _verify_type(node: Node, t: Any) -> None:
    shape = getattr(t, "shape", None)
    if not isinstance(t, TensorType) or type(shape) is not tuple or t.dtype not in TABLE:
        _refuse(node, f"its type must be a shape and one of {', '.join(TABLE)}; got {t!r}")
    if not all(isinstance(d, Dim) or (type(d) is int and d >= 0) for d in shape):
        _refuse(node, f"its lengths must be ints >= 0 or symbolic; got {t.shape!r}")
    if not t.dims() and int(t.nbytes) > MAX_BYTES:
        _refuse(node, f"a tensor must not be larger than {MAX_BYTES} bytes")


def _verify_source(node: Node) -> None:
    if node.source is not None and not isinstance(node.source, Source):
        _refuse(node, f"its source must be a Source; got {node.source!r}")


def _names(x: Any) -> set[str]:
    """The unknown lengths in a type or parameter. A graph among them binds its own."""
    if isinstance(x, Dim):
        return x.names()
    if isinstance(x, TensorType):
        return x.dims()
    if isinstance(x, tuple):
        return set().union(*map(_names, x))
    return set()


def _refuse(node: Node, rule: str) -> NoReturn:
    what = (
        node.primitive if node.primitive is not None else node.name if node.name is not None else "constant"
    )
    source = node.source if node.source is not None else "unknown line"
    raise GraphError(f"verify: {what}: {rule}; type {_show(node.type)} [{source}].")


def _show(t: Any) -> str:
    try:
        return ", ".join(map(str, t)) if isinstance(t, tuple) else str(t)
    except (TypeError, KeyError, AttributeError):
        return repr(t)
