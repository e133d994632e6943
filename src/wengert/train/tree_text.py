"""Trees of numbers, strings and arrays as JSON beside named tensors, and back, exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from wengert.base.errors import FormatError, UsageError

Array = np.ndarray[Any, Any]


def encode(value: Any, place: str, tensors: dict[str, Array]) -> Any:
    """What JSON can hold of a value; arrays go to `tensors`, by their place.

    Raises:
        UsageError: there is something else in it.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.ndarray):
        tensors[place] = value
        return {"tensor": place}
    if isinstance(value, Mapping) and all(isinstance(k, str) for k in value):
        return {
            "dict": [[k, encode(v, f"{place}/{k}", tensors)] for k, v in value.items()]
        }  # JSON has no order
    if isinstance(value, list | tuple):
        return [encode(v, f"{place}/{k}", tensors) for k, v in enumerate(value)]
    raise UsageError(
        f"{place}: must be a number, a string, an array, or a list or dict of them, to be saved; got "
        f"{type(value).__name__} {value!r}."
    )


def decode(found: Any, tensors: dict[str, Array]) -> Any:
    """The value; its arrays are taken out of `tensors`.

    Raises:
        FormatError: nothing that `encode` writes.
    """
    match found:
        case None | bool() | int() | float() | str():
            return found
        case list():
            return [decode(v, tensors) for v in found]
        case {"float": str(text)} if text in ("nan", "inf", "-inf"):
            return float(text)
        case {"tensor": str(name)} if name in tensors:
            return tensors.pop(name)
        case {"dict": list(items)} if all(
            isinstance(i, list) and len(i) == 2 and isinstance(i[0], str) for i in items
        ):
            return {k: decode(v, tensors) for k, v in items}
    raise FormatError(f"load: a value must be as it was written; got {str(found)[:80]}.")
