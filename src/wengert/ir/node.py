"""Node: one immutable step of a Wengert list. A value in a graph *is* the step that computes it."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import numpy as np

from wengert.base.errors import TraceError
from wengert.ir.operators import Operators
from wengert.ir.primitive import RECORDER, Primitive, array, infer
from wengert.ir.source import Source, here
from wengert.ir.types import TensorType, type_of

_SERIAL = itertools.count()


class Node(Operators):
    """A primitive applied to nodes; or, without a primitive, an input (named) or a constant (valued).

    Primitives with several results give a node whose `type` is a tuple; `item(node, index=k)` takes one.
    """

    __slots__ = ("__weakref__", "inputs", "name", "params", "primitive", "serial", "source", "type", "value")
    level = 2

    primitive: Primitive | None
    inputs: tuple[Node, ...]
    params: tuple[tuple[str, Any], ...]
    type: Any  # TensorType, or a tuple of them
    name: str | None
    value: np.ndarray | None
    source: Source | None
    serial: int

    def __init__(
        self,
        primitive: Primitive | None,
        inputs: tuple[Node, ...],
        params: tuple[tuple[str, Any], ...],
        type_: TensorType | tuple[TensorType, ...],
        *,
        name: str | None = None,
        value: np.ndarray | None = None,
        source: Source | None = None,
    ) -> None:
        set_ = object.__setattr__
        set_(self, "primitive", primitive)
        set_(self, "inputs", inputs)
        set_(self, "params", params)
        set_(self, "type", type_)
        set_(self, "name", name)
        set_(self, "value", value)
        set_(self, "source", source)
        set_(self, "serial", next(_SERIAL))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"Node: nodes are immutable; got an assignment to {name}.")

    @property
    def shape(self) -> Any:
        return self.type.shape

    @property
    def dtype(self) -> str:
        return self.type.dtype  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def kwargs(self) -> dict[str, Any]:
        """The parameters as keyword arguments."""
        return dict(self.params)

    @staticmethod
    def interpret(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Node:
        inputs = tuple(as_node(a) for a in args)
        return make(prim, inputs, tuple(sorted(params.items())))

    def with_inputs(self, inputs: tuple[Node, ...]) -> Node:
        """The same step, of the same line, on other inputs of the same types; itself on its own inputs."""
        if same(inputs, self.inputs):
            return self
        return Node(self.primitive, inputs, self.params, self.type, source=self.source)

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        for name, value in state[1].items():
            object.__setattr__(self, name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Node:
        """Itself: what cannot change needs no copy."""
        return self

    def __repr__(self) -> str:
        what = self.primitive.name if self.primitive else self.name or "constant"
        return f"<Node {what}: {self.type}>"

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len: a scalar has no length")
        return int(self.shape[0])

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        what = self.primitive or self.name or "a constant"
        raise TraceError(
            f"recording: what is recorded has no numbers before the program runs, so Python cannot branch on "
            f"it, loop over it or convert it; got {what}: {self.type} of {self.source or 'an argument'}. "
            f"Choose with wg.where or wg.cond, loop with wg.scan or wg.while_loop, compute with "
            f"wg's functions instead of NumPy's, and return what you want to look at."
        )

    __bool__ = __int__ = __float__ = __index__ = __array__ = __iter__ = numpy = item = _refuse

    def __format__(self, spec: str) -> str:
        return self._refuse() if spec else repr(self)


RECORDER.append(Node)


def make(prim: Primitive, inputs: tuple[Node, ...], params: tuple[tuple[str, Any], ...]) -> Node:
    """Apply a primitive to nodes: check the types, remember the user's line."""
    out = infer(prim, tuple(i.type for i in inputs), dict(params))
    return Node(prim, inputs, params, out, source=here())


def constant(x: Any) -> Node:
    """A node that holds an array."""
    value = np.array(array(x))
    value.setflags(write=False)
    return Node(None, (), (), type_of(value), value=value)


def graph_input(type_: TensorType, name: str = "x") -> Node:
    """A node that stands for an argument."""
    return Node(None, (), (), type_, name=name)


def same(xs: Sequence[Any], ys: Sequence[Any]) -> bool:
    """Whether both hold the same objects. (`==` would ask whether their elements are equal when the program runs.)"""
    return len(xs) == len(ys) and all(map(operator.is_, xs, ys))


def among(x: Any, nodes: Iterable[Any]) -> bool:
    """Whether x is one of these objects."""
    return any(x is n for n in nodes)


def as_node(x: Any) -> Node:
    """A node as it is; a tensor or number as a constant; a variable as what the recording says of it."""
    if isinstance(x, Node):
        return x
    lift = getattr(x, "__wengert_node__", None)
    return lift() if lift is not None else constant(x)


def toposort(outputs: Iterable[Any]) -> list[Any]:
    """Everything reachable from `outputs`, each once, after its inputs. Of recorded tensors as of nodes."""
    order: dict[Any, None] = {}
    stack = [(o, False) for o in reversed(list(outputs))]
    while stack:
        node, expanded = stack.pop()
        if node in order:
            continue
        if expanded:
            order[node] = None
        else:
            stack.append((node, True))
            stack.extend((i, False) for i in reversed(node.inputs) if i not in order)
    return list(order)
