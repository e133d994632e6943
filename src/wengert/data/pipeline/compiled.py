"""Maps made of Wengert's operations: one native call for a chunk of elements, with the bits of one call for each."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from wengert.base.tree import flatten, unflatten
from wengert.data.pipeline.elements import Chunk, Columns, Failure, map_leaves, rows, stack
from wengert.data.pipeline.faults import located
from wengert.data.pipeline.pointwise import Map
from wengert.data.pipeline.randomness import mix
from wengert.ir.dim import Dim
from wengert.ir.types import TensorType
from wengert.ops.vmap import vmap
from wengert.runtime.function import Function

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class CompiledMap(Map):
    """f(element) of each element, where f is a `wg.function`: vectorised over the chunk, whose length is symbolic."""

    programs: dict[Hashable, Function] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk:
        try:
            return self._whole(chunk, first, key)
        except Exception:  # one of them is at fault: find which
            return [self._single(x, key, k) for k, x in enumerate(rows(chunk), first)]

    def _single(self, element: Any, key: int, number: int) -> Any:
        if isinstance(element, Failure):
            return element
        try:
            return rows(self._whole([element], number, key))[0]
        except Exception as error:
            return Failure(located(error, f"in {self.name}, element {number}"), self)

    def _whole(self, chunk: Chunk, first: int, key: int) -> Columns:
        tree = chunk.tree if isinstance(chunk, Columns) else stack(chunk, self.name)
        arguments: list[Any] = [tree if isinstance(tree, tuple) else (tree,)]
        if self.call.keyed:
            arguments.append(np.array([mix(key, first + k) for k in range(len(chunk))], np.int64))
        leaves, structure = flatten(tuple(arguments))
        arrays = [np.ascontiguousarray(x) for x in leaves]
        made = self._program(structure, arrays)(*arrays)
        return Columns(map_leaves(np.asarray, made), len(chunk))

    def _program(self, structure: Hashable, arrays: list[Array]) -> Function:
        """The program for elements of these types."""
        types = tuple(TensorType((Dim.named("chunk"), *a.shape[1:]), a.dtype.name) for a in arrays)
        with self.lock:
            found = self.programs.get((structure, types))
            if found is None:
                found = self.programs[structure, types] = Function(self._over(structure), types)
            return found

    def _over(self, structure: Hashable) -> Any:
        """f over the first axis of its arguments' leaves."""

        def one(*leaves: Any) -> Any:
            arguments, *key = unflatten(structure, list(leaves))
            return self.call.f(*arguments, **({"key": key[0]} if key else {}))

        return vmap(one)

    def identity(self) -> tuple[Any, ...]:
        return (self.call.f, self.seed)
