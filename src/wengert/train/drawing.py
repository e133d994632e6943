"""Functional models as JSON: the layers, their calls, and what lies between the calls as the text of a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wengert.base.errors import FormatError
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.parse import parse_graph
from wengert.ir.source import at
from wengert.nn.config import encode, is_encoded
from wengert.nn.core import InputLayer
from wengert.nn.layer import Layer
from wengert.nn.symbolic import Call

if TYPE_CHECKING:
    from wengert.train.functional import Functional

MOST_STEPS = 10_000  # lines of a graph between the layers of a model
KEYS = ("layers", "calls", "graph", "inputs", "outputs")
CONTAINERS = {"list": list, "tuple": tuple}


def told(tree: Any, leaf: Callable[[Any], list[Any]]) -> list[Any]:
    """A tree as lists that JSON can hold: [kind, ...]. leaf: a leaf as such a list, [kind, value]."""
    if isinstance(tree, dict) and not is_encoded(tree):
        return ["dict", *([k, told(v, leaf)] for k, v in tree.items())]
    if isinstance(tree, list | tuple):
        return ["list" if isinstance(tree, list) else "tuple", *(told(v, leaf) for v in tree)]
    return leaf(tree)


def untold(text: Any, leaf: Callable[[str, Any], Any]) -> Any:
    """The tree that `told` wrote. leaf: of (kind, value).

    Raises:
        FormatError: it is none.
    """
    if not isinstance(text, list | tuple) or not text or not isinstance(text[0], str):
        raise FormatError(f"description: a tree must be [kind, ...]; got {text!r}.")
    kind, *parts = text
    if kind in ("node", "value") and len(parts) == 1:
        return leaf(kind, parts[0])
    if kind == "dict" and all(isinstance(p, list | tuple) and len(p) == 2 for p in parts):
        return {k: untold(v, leaf) for k, v in parts}
    if kind in CONTAINERS:
        return CONTAINERS[kind](untold(p, leaf) for p in parts)
    raise FormatError(f"description: a tree must be a value, node, dict, list or tuple; got {kind!r}.")


def encode_graph(model: Functional) -> dict[str, Any]:
    """The layers; each call as [layer, args, kwargs, how many symbols it gives]; the graph, whose inputs are all
    symbols in that order, and whose outputs trees refer to by number.
    """
    calls = list(dict.fromkeys(model.calls.values()))
    symbols = [n for n in model.inputs if n not in model.calls] + [s for call in calls for s in call.symbols]
    used: dict[Node, int] = {}

    def leaf(value: Any) -> list[Any]:
        if isinstance(value, Node):
            return ["node", used.setdefault(value, len(used))]
        return ["value", encode(value, f"{model.name}: argument of a call")]

    def tree(value: Any) -> Any:
        return told(value, leaf)

    number = {layer: k for k, layer in enumerate(model.layers)}
    drawn = [[number[c.layer], tree(c.args), tree(c.kwargs), len(c.symbols)] for c in calls]
    ends = tree(model.input), tree(model.output)
    return {
        "layers": [encode(layer, "Model.layers") for layer in model.layers],
        "calls": drawn,
        "graph": str(Graph(tuple(symbols), tuple(used))),
        "inputs": ends[0],
        "outputs": ends[1],
    }


def decode_graph(found: Mapping[str, Any]) -> tuple[Any, Any]:
    """The symbolic inputs and outputs of what `encode_graph` described.

    Raises:
        FormatError: it is no such description, or a call needs what is made later: a cycle.
    """
    layers, calls, text = found["layers"], found["calls"], found["graph"]
    if (
        not isinstance(text, str)
        or not isinstance(layers, list | tuple)
        or not isinstance(calls, list | tuple)
    ):
        raise FormatError(f"Functional: the configuration must have {', '.join(KEYS)}; got {sorted(found)}.")
    if text.count("\n") > MOST_STEPS:
        raise FormatError(
            f"Functional: the graph must have at most {MOST_STEPS} steps; got {text.count(chr(10))}."
        )
    if not all(isinstance(layer, Layer) for layer in layers):
        raise FormatError(f"Functional: layers must be layers; got {layers!r}.")
    return _Redrawn(layers, parse_graph(text)).all(calls, found["inputs"], found["outputs"])


class _Redrawn:
    """A graph whose inputs become symbols, one call of a layer after the other."""

    def __init__(self, layers: Any, graph: Graph) -> None:
        self.layers, self.graph = layers, graph
        self.became: dict[Node, Any] = {}
        self.waiting: Iterator[Node] = iter(graph.inputs)

    def all(self, calls: Any, inputs: Any, outputs: Any) -> tuple[Any, Any]:
        for call in calls:
            if not isinstance(call, list | tuple) or len(call) != 4:
                raise FormatError(f"Functional: a call must be [layer, args, kwargs, results]; got {call!r}.")
            number, args, kwargs, results = call
            if type(number) is not int or not 0 <= number < len(self.layers):
                raise FormatError(
                    f"Functional: a call must be of one of {len(self.layers)} layers; got {number!r}."
                )
            self._call(self.layers[number], self.tree(args), self.tree(kwargs), results)
        return self.tree(inputs), self.tree(outputs)

    def _call(self, layer: Layer, args: Any, kwargs: Any, results: Any) -> None:
        if not isinstance(args, tuple) or not isinstance(kwargs, dict):
            raise FormatError(f"Functional: arguments must be a tuple and a dict; got {args!r}, {kwargs!r}.")
        if isinstance(layer, InputLayer):
            symbols: tuple[Node, ...] = (layer.symbol,)
        else:
            before = len(layer.drawn_calls)
            layer(*args, **kwargs)
            made: list[Call] = layer.drawn_calls[before:]
            symbols = made[0].symbols if len(made) == 1 else ()
        if len(symbols) != results:
            raise FormatError(
                f"Functional: {layer!r} must give {results} results in this call; got {len(symbols)}."
            )
        for symbol, node in zip(symbols, self.waiting, strict=False):
            if symbol.type != node.type:
                raise FormatError(f"Functional: {layer!r} must give {node.type}; got {symbol.type}.")
            self.became[node] = symbol

    def tree(self, text: Any) -> Any:
        """The value that `encode_graph` wrote, with nodes of the model that is being drawn."""
        return untold(text, self.leaf)

    def leaf(self, kind: str, value: Any) -> Any:
        """A node, or a value as it is."""
        if kind == "node":
            return self.node(value)
        return list(value) if isinstance(value, tuple) else value

    def node(self, number: Any) -> Node:
        """Output `number` of the graph, recorded anew on the symbols."""
        if type(number) is not int or not 0 <= number < len(self.graph.outputs):
            raise FormatError(f"Functional: a node must be one of {len(self.graph.outputs)}; got {number!r}.")
        wanted = self.graph.outputs[number]
        stack = [wanted]
        while stack:
            node = stack[-1]
            missing = [i for i in node.inputs if i not in self.became]
            if node in self.became:
                stack.pop()
            elif missing:
                stack += missing
            else:
                self.became[stack.pop()] = self._redrawn(node)
        return self.became[wanted]  # type: ignore[no-any-return]

    def _redrawn(self, node: Node) -> Any:
        if node.primitive is not None:
            with at(node.source):
                return node.primitive(*(self.became[i] for i in node.inputs), **node.kwargs)
        if node.value is None:
            raise FormatError(
                f"Functional: calls must need what is made before them; got a cycle at {node.name!r}."
            )
        return node
