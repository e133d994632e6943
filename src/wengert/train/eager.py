"""Steps as ordinary Python, for looking into them: `compile(run_eagerly=True)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wengert.base.errors import WengertError
from wengert.ir.boundary import with_line
from wengert.ir.graph import bind
from wengert.ir.types import TensorType
from wengert.runtime.function import Function
from wengert.runtime.recording import current
from wengert.runtime.tape import is_recording, tape
from wengert.runtime.tensor import Tensor, as_array


class Eager(Function):
    """A function that each call runs as it is written, so that breakpoints and prints in it, and in the layers that it
    calls, are reached with the values of the batch. Slow; the numbers are those of the compiled step.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if is_recording() or current() is not None or kwargs or self.signature is None:
            return super().__call__(*args, **kwargs)
        try:
            arrays = [as_array(a) for a in args]
            bind(self.signature, [TensorType(a.shape, a.dtype.name) for a in arrays])
            with tape():
                return self.f(*map(Tensor, arrays))
        except WengertError as e:
            raise with_line(e) from None


def program(
    f: Callable[..., Any],
    signature: Sequence[TensorType],
    compiled: bool,
    memory_budget: int | None = None,
) -> Function:
    """The step as a program; or, where it is not to be compiled, as Python."""
    return (Function if compiled else Eager)(f, signature, compiled=compiled, memory_budget=memory_budget)
