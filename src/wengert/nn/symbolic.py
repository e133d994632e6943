"""Symbols: what models take and layers give, before there are numbers. Models are drawn with them.

A layer called on a node outside of any recording is not run: the call is written down, and gives `Symbol`s, nodes
that stand for its results. Primitives applied to symbols are recorded as ever, so `x + y` or `wg.relu(x)` need
nothing of their own. `train/functional.py` makes a model of what lies between inputs and outputs.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from wengert.base.errors import UsageError, WengertError
from wengert.base.tree import LEAF, flatten, tree_map, unflatten
from wengert.ir.boundary import with_line
from wengert.ir.node import Node, graph_input
from wengert.ir.source import Source, here
from wengert.ir.types import TensorType, type_of
from wengert.runtime.recording import current, recording

if TYPE_CHECKING:
    from wengert.nn.layer import Layer

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(eq=False)
class Call:
    """One call of a layer: `args` and `kwargs` are trees in which nodes stand for what will be there."""

    layer: Layer
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    source: Source | None
    symbols: tuple[Symbol, ...] = ()
    structure: Hashable = None
    """Of what the layer gives, with the symbols for leaves."""

    @property
    def nodes(self) -> list[Node]:
        """The nodes among the arguments."""
        return [x for x in flatten((self.args, self.kwargs))[0] if isinstance(x, Node)]

    @property
    def result(self) -> Any:
        """What the call gives: symbols."""
        return unflatten(self.structure, list(self.symbols))


class Symbol(Node):
    """A node that stands for what a call of a layer gives."""

    __slots__ = ("call", "mask")
    call: Call
    mask: TensorType | None
    """The type of its mask, if it has one: see `Layer.compute_mask`."""

    def __init__(self, type_: TensorType, call: Call, name: str, mask: TensorType | None = None) -> None:
        super().__init__(None, (), (), type_, name=name, source=call.source)
        object.__setattr__(self, "call", call)
        object.__setattr__(self, "mask", mask)


class Drawn:
    """The part of a layer that knows the calls of it that were written down."""

    drawn_calls: list[Call]

    @property
    def input(self) -> Any:
        """What it was called with, symbolic: an input, or a list or dict of them, for models of parts of a model.

        Raises:
            UsageError: it was called more than once, or never, on symbolic tensors.
        """
        args = self._only_call("input").args
        return args[0] if len(args) == 1 else self._only_call("input").result if not args else list(args)

    @property
    def output(self) -> Any:
        """What it gave, symbolic; as `input`."""
        return self._only_call("output").result

    def _only_call(self, what: str) -> Call:
        if len(self.drawn_calls) != 1:
            raise UsageError(
                f"{what}: {self!r} must have been called once on symbolic tensors; got {len(self.drawn_calls)} calls. "
                f"Start the model with wg.Input, or keep what the call gave."
            )
        return self.drawn_calls[0]


def drawn(call: F) -> F:
    """`call`, a layer's; where nodes are given to it and nothing records, written down rather than run."""

    @functools.wraps(call)
    def called(self: Layer, *args: Any, **kwargs: Any) -> Any:
        if current() is None and (_has_nodes(args) or (kwargs and _has_nodes(kwargs.values()))):
            return draw(self, args, kwargs)
        return call(self, *args, **kwargs)

    return called  # type: ignore[return-value]


def _has_nodes(values: Iterable[Any]) -> bool:
    for x in values:
        if isinstance(x, Node):
            return True
        if type(x) in (list, tuple) and _has_nodes(x):
            return True
        if type(x) is dict and _has_nodes(x.values()):
            return True
    return False


def draw(layer: Layer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Write the call down; the layer makes its weights, and says what types it gives."""
    leaves, structure = flatten((args, kwargs))
    try:
        with recording():
            given = [graph_input(x.type, x.name or "x") if isinstance(x, Node) else x for x in leaves]
            inner, named = unflatten(structure, given)
            masks = tree_map(_mask_input, args[0]) if args else None
            known = any(mask is not None for mask in flatten(masks)[0])
            out, mask = layer.masked_call(inner, named, masks if known else None)
            results, shape = flatten(out)
    except WengertError as e:
        raise with_line(e) from None
    if not results:
        raise UsageError(f"{layer!r}: call must return tensors; got none.")
    call = Call(layer, args, kwargs, here(), structure=shape)
    names = [str(layer.name)] if len(results) == 1 else [f"{layer.name}_{k}" for k in range(len(results))]
    of_results = mask if isinstance(mask, list | tuple) else [mask]
    call.symbols = tuple(
        Symbol(type_of(r), call, n, None if one is None else type_of(one))
        for r, n, one in itertools.zip_longest(results, names, of_results[: len(results)])
    )
    layer.drawn_calls.append(call)
    return call.result


def _mask_input(x: Any) -> Node | None:
    """What stands for the mask of an argument, if it has one."""
    mask = x.mask if isinstance(x, Symbol) else None
    return None if mask is None else graph_input(mask, "mask")


def origin(layer: Layer, type_: TensorType) -> Symbol:
    """The symbol that a model's input is."""
    call = Call(layer, (), {}, here(), structure=LEAF)
    call.symbols = (Symbol(type_, call, str(layer.name)),)
    layer.drawn_calls.append(call)
    layer.built, layer.input_type = True, type_
    return call.symbols[0]


def needs(node: Node) -> list[Node]:
    """What a node is computed from."""
    return node.call.nodes if isinstance(node, Symbol) else list(node.inputs)


def order(outputs: Iterable[Node], inputs: Iterable[Node]) -> list[Node]:
    """All that `outputs` are made of, each after what it needs; nothing before `inputs`."""
    found: dict[Node, None] = dict.fromkeys(inputs)
    stack = [(o, False) for o in reversed(list(outputs))]
    while stack:
        node, expanded = stack.pop()
        if node in found:
            continue
        if expanded:
            found[node] = None
        else:
            stack.append((node, True))
            stack.extend((i, False) for i in reversed(needs(node)) if i not in found)
    return list(found)
