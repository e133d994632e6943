"""Categories without a vocabulary: the number of a bin that a hash decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.node import Node
from wengert.ir.types import type_of
from wengert.nn.layer import Layer
from wengert.nn.preprocessing.encode import MODES, encoded
from wengert.nn.preprocessing.fingerprint import crossed, farm, sip


class Hashing(Layer):
    """The bin ``hash(x) mod num_bins`` of each string or integer. It computes in Python, outside of compiled programs.

    Args:
        num_bins: > 0.
        mask_value: has bin 0 for itself.
        salt: one or two ints: SipHash with this key; None: FarmHash.
        output_mode: "int" (int64), "one_hot", "multi_hot" or "count".

    Numerics: the bins are TensorFlow's.

    Example:
        >>> Hashing(num_bins=3)(["A", "B", "C"]).tolist()
        [1, 0, 1]
    """

    num_bins: int
    mask_value: Any = None
    salt: Any = None
    output_mode: str = "int"

    def check_fields(self) -> None:
        require_count("Hashing", "num_bins", self.num_bins)
        require_word("Hashing", "output_mode", self.output_mode, MODES)

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The bins of strings or integers."""
        with self.named():
            self.built = True
            return self.call(x)

    def call(self, x: Any) -> Any:
        values = hashable(x)
        masked = self.mask_value is not None and self.num_bins > 1
        salt = self.salt if isinstance(self.salt, list | tuple) or self.salt is None else (self.salt,) * 2

        def bin_of(value: Any) -> int:
            if masked and value == self.mask_value:
                return 0
            data = str(value).encode()
            number = farm(data) if salt is None else sip(data, (int(salt[0]), int(salt[1])))
            return number % (self.num_bins - 1) + 1 if masked else number % self.num_bins

        bins = of_each(bin_of, values)
        return encoded(
            bins, self.output_mode, self.num_bins, "int64" if self.output_mode == "int" else "float32"
        )


class HashedCrossing(Layer):
    """The bin of each combination of several categories: ``hash(a, b, ...) mod num_bins``. Numerics: `Hashing`.

    Args:
        num_bins: > 0.
        output_mode: "int" (int64) or "one_hot".

    Calling:
        ``layer((a, b))``: arrays of strings or integers, [n] or [n, 1].

    Example:
        >>> HashedCrossing(num_bins=5)((["A", "C"], [101, 102])).tolist()
        [1, 2]
    """

    num_bins: int
    output_mode: str = "int"

    def check_fields(self) -> None:
        require_count("HashedCrossing", "num_bins", self.num_bins)
        require_word("HashedCrossing", "output_mode", self.output_mode, MODES[:2])

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The bins of combinations."""
        with self.named():
            self.built = True
            return self.call(x)

    def call(self, xs: Any) -> Any:
        if not isinstance(xs, list | tuple) or len(xs) < 2:
            got = f"{len(xs)} of them" if isinstance(xs, list | tuple) else f"one {type(xs).__name__}"
            raise UsageError(f"the input must be a tuple of at least two arrays; got {got}.")
        columns = [hashable(x) for x in xs]
        shape = columns[0].shape
        if len({c.shape for c in columns}) > 1 or len(shape) > 2 or (len(shape) == 2 and shape[1] != 1):
            raise ShapeError(
                f"the inputs must be [n] or [n, 1], all alike; got {[list(c.shape) for c in columns]}."
            )
        hashes = [
            of_each(lambda v: v if isinstance(v, int) else farm(v.encode()), c, object).ravel()
            for c in columns
        ]
        bins = np.array([crossed(list(row)) % self.num_bins for row in zip(*hashes, strict=True)], np.int64)
        dtype = "int64" if self.output_mode == "int" else "float32"
        return encoded(bins.reshape(shape), self.output_mode, self.num_bins, dtype)


def hashable(x: Any) -> np.ndarray[Any, Any]:
    """x as an array of str or int64; floats are cut off.

    Raises:
        UsageError: it is recorded.
    """
    if isinstance(x, Node):
        raise UsageError(
            f"hashes are computed outside of compiled programs; got a recorded {type_of(x)}. Call the layer before the "
            f"model, or map it over the data set."
        )
    found = np.asarray(x)
    if found.dtype.kind in "OS":
        text = [v.decode() if isinstance(v, bytes) else str(v) for v in found.ravel().tolist()]
        return np.array(text, np.str_).reshape(found.shape)
    if found.dtype.kind not in "iufU":
        raise DTypeError(f"inputs must be strings or integers; got {found.dtype}.")
    return found if found.dtype.kind == "U" else found.astype(np.int64)


def of_each(f: Callable[[Any], int], x: np.ndarray[Any, Any], dtype: Any = np.int64) -> np.ndarray[Any, Any]:
    """f of each element, computed once for equal ones."""
    values, where = np.unique(x, return_inverse=True)
    return np.array([f(v) for v in values.tolist()], dtype)[where].reshape(x.shape)
