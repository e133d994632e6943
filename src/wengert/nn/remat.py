"""RematScope: layers whose inner values are computed again in the backward pass rather than kept."""

from __future__ import annotations

import contextvars
import math
from collections.abc import Callable, Collection, Iterable
from contextvars import Token
from typing import Any

from wengert.base.errors import UsageError
from wengert.base.numbers import require_count
from wengert.base.tree import flatten, unflatten
from wengert.base.words import require_word
from wengert.ir.dim import Dim
from wengert.ir.node import graph_input
from wengert.ir.types import type_of
from wengert.ops import activations
from wengert.ops.custom import checkpoint
from wengert.runtime.recording import recording

MODES = ("full", "activations", "larger_than", "list_of_layers")


class Remat:
    """What a layer, made inside of a `RematScope`, keeps of it."""

    def __init__(self, mode: str, threshold: int, names: frozenset[str]) -> None:
        self.mode, self.threshold, self.names = mode, threshold, names

    def take_in(self, layer: Any) -> None:
        """Change a layer that was just made."""
        if self.mode == "activations" and getattr(layer, "activation", None) is not None:
            layer.activation = checkpoint(activations.get(layer.activation))

    def run(self, name: str | None, call: Callable[..., Any], *given: Any) -> Any:
        """`call(x, args, kwargs)` of a layer of this name; where it is covered, the backward pass keeps no more than
        the arrays that are given.
        """
        leaves, structure = flatten(given)
        places = [k for k, leaf in enumerate(leaves) if hasattr(leaf, "interpret")]

        def of_arrays(*arrays: Any) -> Any:
            now = dict(zip(places, arrays, strict=True))
            return call(*unflatten(structure, [now.get(k, leaf) for k, leaf in enumerate(leaves)]))

        arrays = [leaves[k] for k in places]
        if self.mode == "larger_than":
            covered = _elements(of_arrays, arrays) > self.threshold
        else:
            covered = self.mode == "full" or (self.mode == "list_of_layers" and name in self.names)
        return (checkpoint(of_arrays) if covered else of_arrays)(*arrays)


def _elements(f: Callable[..., Any], arrays: Iterable[Any]) -> int:
    """How many elements f gives; an unknown length counts as 1."""
    with recording():
        found = flatten(f(*(graph_input(type_of(a)) for a in arrays)))[0]
    return sum(math.prod(1 if isinstance(n, Dim) else n for n in type_of(y).shape) for y in found)


CURRENT: contextvars.ContextVar[Remat | None] = contextvars.ContextVar("remat", default=None)


class RematScope:
    """A with-block: layers made inside keep less for the backward pass, which computes it again (`wg.checkpoint`).

    A whole model is fitted into a number of bytes by `fit(memory_budget=...)`, which chooses by itself.

    Args:
        mode: which layers keep their inputs only: "full", all; "larger_than", those whose output has more than
            `output_size_threshold` elements (an unknown length counts as 1); "list_of_layers", those named in
            `layer_names`. "activations": all layers keep what their activation function is given, not what it computes
            with. None: none, within another such block.

    Example:
        >>> import wengert as wg
        >>> with wg.RematScope("list_of_layers", layer_names=["wide"]):
        ...     model = wg.Sequential([wg.Input((3,)), wg.layers.Dense(8, name="wide"), wg.layers.Dense(1)])
    """

    def __init__(
        self,
        mode: str | None = "full",
        output_size_threshold: int = 1024,
        layer_names: Collection[str] | None = None,
    ) -> None:
        threshold = require_count("RematScope", "output_size_threshold", output_size_threshold, 0)
        if mode is not None:
            require_word("RematScope", "mode", mode, MODES)
        self.mode = mode
        names = _names(layer_names)
        self._remat = None if mode is None else Remat(mode, threshold, names)
        self._tokens: list[Token[Remat | None]] = []

    def __enter__(self) -> RematScope:
        self._tokens.append(CURRENT.set(self._remat))
        return self

    def __exit__(self, *error: object) -> None:
        CURRENT.reset(self._tokens.pop())


def _names(given: Collection[str] | None) -> frozenset[str]:
    """Names of layers, from a list or the like of them."""
    if given is None:
        return frozenset()
    if not isinstance(given, list | tuple | set | frozenset) or not all(
        isinstance(name, str) for name in given
    ):
        raise UsageError(f"RematScope: layer_names must be a list of names; got {given!r}.")
    return frozenset(given)
