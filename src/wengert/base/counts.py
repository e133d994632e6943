"""Counts that a user gives: sizes, steps, epochs."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.errors import ValueRangeError


def require_count(operation: str, what: str, value: Any, least: int = 1) -> int:
    """The value, an int.

    Raises:
        ValueRangeError: it is no int, or less than `least`.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        must = "a positive int" if least == 1 else f"an int >= {least}"
        raise ValueRangeError(f"{operation}: {what} must be {must}; got {value!r}.")
    return int(value)
