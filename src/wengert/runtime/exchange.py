"""Tensors for other libraries, and theirs for us: NumPy's protocol and DLPack."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.errors import UsageError


class Exchange:
    """What other libraries ask a tensor for. All of it goes by way of its NumPy array, `numpy()`, without a copy."""

    __slots__ = ()

    def numpy(self) -> np.ndarray:
        """The value as a NumPy array."""
        raise NotImplementedError

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __dlpack__(
        self,
        /,
        *,
        stream: None = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[Any, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """The memory for another library, which is told that it must not write to it.

        Raises:
            BufferError: it asks for an old form of the protocol, which cannot say so, and for no copy.
        """
        if stream is not None:
            raise UsageError(f"__dlpack__: there are no streams on the processor; got stream={stream!r}.")
        array = self.numpy()
        if max_version is None and copy is not False:  # a form that has no word for "read only"
            array, copy = array.copy(), None
        return array.__dlpack__(max_version=max_version, dl_device=dl_device, copy=copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        return np.empty(0).__dlpack_device__()


def as_numpy(x: Any) -> Any:
    """What another library's array, or a column of a table, shows as: a NumPy array. Anything else as it is.

    Raises:
        UsageError: the other library refuses: it keeps a gradient, or the memory of another device.
    """
    if isinstance(x, np.ndarray | np.generic | list | tuple | bool | int | float | complex | str):
        return x
    try:
        if hasattr(x, "__array__"):
            return np.asarray(x)
        return np.from_dlpack(x) if hasattr(x, "__dlpack__") else np.asarray(memoryview(x))
    except (BufferError, RuntimeError, TypeError) as e:
        if hasattr(x, "__array__") or hasattr(x, "__dlpack__"):
            kind = f"{type(x).__module__}.{type(x).__name__}"
            raise UsageError(f"asarray: an array must let its values be read; got {kind}: {e}") from None
        return x
