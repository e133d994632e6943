"""Steps of a compiled program that run in Python: those whose primitive has a NumPy rule and nothing to lower.

The driver calls them from inside of the one native call, on the thread that began it; ctypes takes the interpreter's
lock for the time. The other threads of the team hold no lock of Python's and wait at the next barrier.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError
from wengert.compiler.cluster import types_of
from wengert.compiler.layout import Layout
from wengert.compiler.steps import HostCall
from wengert.ir.dim import evaluate
from wengert.ir.graph import on_line_of, substitute
from wengert.ir.primitive import run_numpy
from wengert.ir.types import TensorType

_Host = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)
_word_at = ctypes.c_int64.from_address


class HostSteps:
    """The steps of one program; `addresses` are what the driver calls.

    Args:
        calls: the steps.
        entry: the entry of the program's table that holds a buffer's address.
    """

    def __init__(self, calls: Sequence[HostCall], entry: Callable[[int], int]) -> None:
        self._raised: list[BaseException] = []
        self._steps = [_Step(call, entry) for call in calls]
        serving = [_serve(step, self._raised) for step in self._steps]
        for one in serving:
            next(one)  # into the `try`
        self._callbacks = [_Host(one.send) for one in serving]
        self.addresses = [ctypes.cast(c, ctypes.c_void_p).value or 0 for c in self._callbacks]

    def bind(self, lengths: Mapping[str, int]) -> None:
        """From the next run on, the symbolic dimensions have these lengths."""
        for step in self._steps:
            step.bind(lengths)

    def reraise(self) -> None:
        """Raise what a step raised, if that is why the run was cut short."""
        if self._raised:
            first = self._raised[0]
            self.forget()
            raise first

    def forget(self) -> None:
        """Forget what steps raised in the last run; after the first, others may have run up to the next barrier."""
        self._raised.clear()


def _serve(step: _Step, raised: list[BaseException]) -> Generator[int, int, None]:
    """Runs the step whenever it is sent the address of a table; yields 1, or 0 if that has raised.

    A generator for the reason that `runtime/interrupt.py` gives: no signal's handler comes before the `try`.
    """
    went_well = 0
    while True:
        try:
            table = yield went_well
            went_well = 0
            step.run(table)
            went_well = 1
        except GeneratorExit:
            return
        except BaseException as error:
            raised.append(error)


class _Step:
    def __init__(self, call: HostCall, entry: Callable[[int], int]) -> None:
        self._node = call.node
        self._ins = [
            _Place(entry(at.buffer), at, t)
            for i, at in zip(call.node.inputs, call.operands, strict=True)
            for t in types_of(i)
        ]
        self._outs = [
            _Place(entry(at.buffer), at, t) for at, t in zip(call.results, types_of(call.node), strict=True)
        ]

    def bind(self, lengths: Mapping[str, int]) -> None:
        self._params = {k: substitute(v, lengths) for k, v in self._node.params}
        self._type = substitute(self._node.type, lengths)
        self._bound = [[p.bind(lengths) for p in places] for places in (self._ins, self._outs)]

    def run(self, table: int) -> None:
        """Read the inputs at the addresses that the table holds, and write the results."""
        ins, outs = self._bound
        node, arrays = self._node, tuple(p.view(table, writable=False) for p in ins)
        assert node.primitive is not None
        with on_line_of(node):
            found = run_numpy(node.primitive, self._type, arrays, self._params)
        for place, value in zip(outs, found if isinstance(found, tuple) else (found,), strict=True):
            if value.shape != place.shape:
                raise ShapeError(
                    f"{node.primitive}: the NumPy rule must give the shape that the type rule says, "
                    f"{place.shape}; got {value.shape}. Correct the primitive. [{node.source}]"
                )
            place.view(table, writable=True)[...] = value


@dataclass(frozen=True)
class _Place:
    """Where a value lies: the table's entry for its buffer, and the layout in it, with symbolic lengths."""

    entry: int
    layout: Layout
    type: TensorType

    def bind(self, lengths: Mapping[str, int]) -> _Bound:
        t: TensorType = substitute(self.type, lengths)
        dtype = np.dtype(t.dtype)
        strides = tuple(evaluate(s, lengths) * dtype.itemsize for s in self.layout.strides)
        return _Bound(
            self.entry, evaluate(self.layout.offset, lengths) * dtype.itemsize, t.shape, strides, dtype
        )


@dataclass(frozen=True)
class _Bound:
    """A place, in numbers: offset and strides in bytes."""

    entry: int
    offset: int
    shape: Any
    strides: tuple[int, ...]
    dtype: np.dtype[Any]

    def view(self, table: int, writable: bool) -> np.ndarray:
        """The memory, as an array."""
        address = _word_at(table + 8 * self.entry).value + self.offset
        typestr = self.dtype.str if self.dtype.kind != "V" else f"|V{self.dtype.itemsize}"
        return np.asarray(_Memory(address, self.shape, self.strides, typestr, not writable)).view(self.dtype)


class _Memory:
    """What NumPy asks of memory that is not its own."""

    def __init__(
        self, address: int, shape: tuple[int, ...], strides: tuple[int, ...], typestr: str, readonly: bool
    ) -> None:
        self.__array_interface__ = {
            "version": 3,
            "data": (address, readonly),
            "shape": shape,
            "strides": strides,
            "typestr": typestr,
        }
