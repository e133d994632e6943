"""Functional models: what lies between symbolic inputs and outputs, any acyclic graph of layers and operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from wengert.base.errors import FormatError, UsageError
from wengert.base.tree import LEAF, flatten, tree_map, unflatten
from wengert.ir.graph import bind, on_line_of, substitute
from wengert.ir.node import Node
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.nn.config import decode
from wengert.nn.core import InputLayer
from wengert.nn.layer import Layer, is_tree
from wengert.nn.symbolic import Call, Symbol, draw, needs, order
from wengert.ops.operands import array
from wengert.runtime.tensor import Tensor
from wengert.train import drawing
from wengert.train.arrays import describe
from wengert.train.model import Model
from wengert.train.sequential import places, require_different_names

SYMBOLIC = "symbolic tensors: wg.Input(shape), or what layers and operations make of one"


class Functional(Model):
    """The model between `inputs` and `outputs`: `wg.Model(inputs, outputs)` makes one.

    Args:
        inputs: a symbolic tensor (`wg.Input(...)`, or any value inside of another model), or a list or dict of them.
        outputs: what is made of them, one tensor or a list or dict; names of outputs are those of their layers.

    Calling:
        With an array, or with a list or dict of arrays in the form of `inputs`; a dict may also name the inputs.
        Layers get `training` as the model does, and the mask of what they are called with.

    Raises:
        UsageError: an output needs an input that is not among `inputs`, or is made of none.

    Example:
        >>> import wengert as wg
        >>> a, b = wg.Input((3,), name="a"), wg.Input((4,), name="b")
        >>> shared = wg.layers.Dense(2)
        >>> c = wg.concatenate([shared(a), wg.layers.Dense(2)(b)], axis=-1)
        >>> model = wg.Model([a, b], {"sum": wg.sum(c, axis=-1), "both": shared(wg.relu(c[:, :3]))})
        >>> [str(t) for t in model.output_tree.values()]
        ['f32[batch,2]', 'f32[batch]']
    """

    inputs: Any = None
    outputs: Any = None
    made_of_layers = True

    def __post_init__(self) -> None:
        self.inputs, self.input_structure = _symbols("inputs", self.inputs)
        self.outputs, self.output_structure = _symbols("outputs", self.outputs)
        if len(set(self.inputs)) != len(self.inputs):
            raise UsageError(
                f"Functional: inputs must be different; got {', '.join(map(_name, self.inputs))}."
            )
        super().__post_init__()
        self.order = order(self.outputs, self.inputs)
        _require_connected(self.inputs, self.outputs, self.order)
        self.calls = _calls(self.inputs, self.order)
        self._layers = list(dict.fromkeys(call.layer for call in self.calls.values()))
        require_different_names("Functional", self._layers)
        self.input_type = self._types(self.input_structure, self.inputs)
        self.input_names = [_name(n) for n in self.inputs]
        self.built = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._redraw()

    def _redraw(self) -> None:
        """Draw the model with its own layers: those of a copy are copies."""
        self.inputs, self.outputs = self.drawn_with({})
        self.order = order(self.outputs, self.inputs)
        self.calls = _calls(self.inputs, self.order)

    def drawn_with(self, others: Mapping[Layer, Layer]) -> tuple[list[Node], list[Node]]:
        """Inputs and outputs of the model drawn anew. others: what takes the place of some of the layers."""
        became: dict[Node, Node] = {}
        for node in self.order:
            call = self.calls.get(node)
            if call is None:
                inputs = [became[i] for i in node.inputs]
                became[node] = node.primitive(*inputs, **node.kwargs) if node.primitive is not None else node
            elif node not in became:
                args, kwargs = (
                    tree_map(lambda x: became[x] if isinstance(x, Node) else x, t)
                    for t in (call.args, call.kwargs)
                )
                layer = others.get(call.layer, call.layer)
                given = draw(layer, args, kwargs) if args else layer.symbol  # type: ignore[attr-defined]
                became.update(zip(call.symbols, flatten(given)[0], strict=True))
        return [became[n] for n in self.inputs], [became[n] for n in self.outputs]

    @property
    def frozen(self) -> bool:
        return False

    @property
    def layers(self) -> Sequence[Layer]:
        return self._layers

    def parts(self) -> Iterable[tuple[str, Any]]:
        own = ("_layers", "calls", "inputs", "outputs", "order")
        rest = ((name, value) for name, value in super().parts() if name not in own)
        return [*places(self._layers), *rest]

    # --- shapes and names ----------------------------------------------------------------------
    @staticmethod
    def _types(structure: Any, nodes: Sequence[Node]) -> Any:
        return unflatten(structure, [n.type for n in nodes])

    @property
    def output_tree(self) -> Any:
        """The types of the outputs, in their structure."""
        return self._types(self.output_structure, self.outputs)

    @property
    def input(self) -> Any:
        """The symbolic inputs, in their structure."""
        return unflatten(self.input_structure, list(self.inputs))

    @property
    def output(self) -> Any:
        """The symbolic outputs, in their structure."""
        return unflatten(self.output_structure, list(self.outputs))

    @property
    def input_shape(self) -> Any:
        """The shape of a batch of each input, in their structure."""
        return unflatten(self.input_structure, [n.type.shape for n in self.inputs])

    @property
    def output_shape(self) -> Any:
        """The shape of each output for a batch, in their structure."""
        return unflatten(self.output_structure, [n.type.shape for n in self.outputs])

    @property
    def output_names(self) -> list[str]:
        """Keys of a dict of outputs, else the names of the layers that make them."""
        return self.gives.names

    def names_of_outputs(self, count: int) -> list[str]:
        found: list[str] = []
        for name in map(_name, self.outputs):
            again = sum(n == name or n.startswith(f"{name}_") for n in found)
            found.append(f"{name}_{again}" if name in found else name)
        return found

    # --- calling -------------------------------------------------------------------------------
    def taken(self, x: Any) -> Any:
        """The inputs as arrays, in the structure of `inputs`."""
        return tree_map(array, self.arranged(x)) if self.input_structure != LEAF else array(self.arranged(x))

    def arranged(self, x: Any) -> Any:
        """The inputs in the structure of `inputs`.

        Raises:
            UsageError: there are more or fewer of them, or others.
        """
        if self.input_structure == LEAF:
            one = isinstance(x, list | tuple | dict) and len(x) == 1 and is_tree(x)
            return (next(iter(x.values())) if isinstance(x, dict) else x[0]) if one else x
        if isinstance(x, Mapping):
            x = self._by_name(x)
        given = len(x) if isinstance(x, list | tuple | dict) else 1
        kind, parts = self.input_structure
        if given != len(parts):
            wanted = ", ".join(self.input_names)
            raise UsageError(f"{self.name}: {len(self.inputs)} inputs are needed ({wanted}); got {given}.")
        if kind is dict and not isinstance(x, dict):
            return dict(zip((k for k, _ in parts), x, strict=True))
        return x

    def _by_name(self, x: Mapping[Any, Any]) -> Any:
        """A dict of inputs in their structure: its keys are those of `inputs`, or names of inputs."""
        if isinstance(self.input, dict) and self.input.keys() <= x.keys():
            return {k: x[k] for k in self.input}
        missing = [n for n in self.input_names if n not in x]
        if missing:
            raise UsageError(
                f"{self.name}: the inputs must be given as {self.input_names}; got {sorted(map(str, x))}."
            )
        return [x[n] for n in self.input_names]

    def autocast(self, x: Any) -> Any:
        return x

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        return self.through(inputs, training, mask)[0]

    def masked_call(self, args: tuple[Any, ...], kwargs: dict[str, Any], mask: Any) -> tuple[Any, Any]:
        with self.named():
            return self.through(self.taken(*args), kwargs.get("training", False), kwargs.get("mask", mask))

    def through(self, inputs: Any, training: bool, mask: Any) -> tuple[Any, Any]:
        """The outputs and their masks."""
        values = [_fitting(n, v) for n, v in zip(self.inputs, flatten(inputs)[0], strict=True)]
        lengths = bind([n.type for n in self.inputs], [type_of(v) for v in values], "input")
        env: dict[Node, Any] = dict(zip(self.inputs, values, strict=True))
        masks = dict(zip(self.inputs, mask if isinstance(mask, list | tuple) else [mask], strict=False))
        for node in self.order:
            if node in env:
                continue
            if node in self.calls:
                _run(self.calls[node], env, masks, training)
            elif node.primitive is None:
                env[node] = node.value
            else:
                with on_line_of(node):
                    params = {k: substitute(v, lengths) for k, v in node.params}
                    env[node] = node.primitive(*(env[i] for i in node.inputs), **params)
        outputs = unflatten(self.output_structure, [env[o] for o in self.outputs])
        known = [masks.get(o) for o in self.outputs]
        if all(m is None for m in known):
            return outputs, None
        return outputs, known[0] if len(known) == 1 else known

    # --- configuration -------------------------------------------------------------------------
    def config(self) -> dict[str, Any]:
        """Layers and their calls, as JSON can hold them."""
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": self.dtype,
            **drawing.encode_graph(self),
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """The model that `config()` described, with layers of its own."""
        config = dict(config)
        config["layers"] = decode(config.get("layers"), custom_objects)
        graph = {k: config.pop(k, None) for k in drawing.KEYS}
        if unknown := sorted(set(config) - {"name", "trainable", "dtype"}):
            raise FormatError(f"{cls.__name__}: the configuration must have no field {unknown[0]!r}.")
        inputs, outputs = drawing.decode_graph(graph)
        return cls(inputs, outputs, **config)


def _run(call: Call, env: dict[Node, Any], masks: dict[Node, Any], training: bool) -> None:
    """Call a layer on what its arguments stand for, and keep what it gives and which of it is masked."""

    def there(x: Any) -> Any:
        return env[x] if isinstance(x, Node) else x

    args, kwargs = tree_map(there, call.args), tree_map(there, call.kwargs)
    mask = tree_map(lambda x: masks.get(x) if isinstance(x, Node) else None, call.args[0])
    mask = mask if any(m is not None for m in flatten(mask)[0]) else None
    with on_line_of(call.symbols[0]):
        outs, mask = call.layer.masked_call(args, {"training": training, **kwargs}, mask)
    env.update(zip(call.symbols, flatten(outs)[0], strict=True))
    if mask is not None:
        masks.update(zip(call.symbols, mask if isinstance(mask, list | tuple) else [mask], strict=False))


def _symbols(what: str, given: Any) -> tuple[list[Node], Any]:
    """Symbolic tensors and the structure they came in."""
    for x in given if isinstance(given, list | tuple) else [given]:
        if isinstance(x, Layer):
            raise UsageError(
                f"Functional: {what} must be symbolic tensors; got the layer {x!r}. Call it on an Input."
            )
    leaves, structure = flatten(given)
    for x in leaves:
        if not isinstance(x, Node):
            raise UsageError(f"Functional: {what} must be {SYMBOLIC}; got {describe(x)}.")
    if not leaves:
        raise UsageError(f"Functional: {what} must hold a symbolic tensor; got none.")
    return leaves, structure


def _require_connected(inputs: Sequence[Node], outputs: Sequence[Node], nodes: Sequence[Node]) -> None:
    """Raise UsageError where an output is made of other inputs, or of none."""
    for node in nodes:
        if isinstance(node, Symbol) and not needs(node) and node not in set(inputs):
            has = ", ".join(map(_name, inputs))
            raise UsageError(
                f"Functional: outputs must be made of the inputs alone ({has}); got an output that needs "
                f"{_name(node)!r}, which is not among them. Add it to the inputs."
            )
    reached = set(inputs)
    for node in nodes:
        if any(i in reached for i in needs(node)):
            reached.add(node)
    for k, output in enumerate(outputs):
        if output not in reached:
            raise UsageError(
                f"Functional: every output must be made of the inputs; got output {k} ({_name(output)!r}: "
                f"{output.type}), which needs none of {', '.join(map(_name, inputs))}."
            )


def _calls(inputs: Sequence[Node], nodes: Sequence[Node]) -> dict[Node, Call]:
    """The call that each symbol stands for; an input stands for itself, but its layer belongs to the model."""
    symbols = [n for n in nodes if isinstance(n, Symbol)]
    return {n: n.call for n in symbols if n not in set(inputs) or isinstance(n.call.layer, InputLayer)}


def _fitting(node: Node, value: Any) -> Any:
    """A value for an input; if that began a model, checked and converted by its layer."""
    if isinstance(node, Symbol) and isinstance(node.call.layer, InputLayer):
        value = node.call.layer(value)
    if isinstance(value, np.ndarray):
        value = Tensor(value)
    want, got = node.dtype, type_of(value).dtype
    return cast(value, want) if want != got else value


def _name(node: Node) -> str:
    """The name of the layer that gives it, or of the operation."""
    if isinstance(node, Symbol):
        return str(node.call.layer.name)
    return node.primitive.name if node.primitive is not None else node.name or "constant"


Model.functional = Functional
