"""Numbers that a user gives: counts of sizes, steps and epochs; rates and shares in an interval."""

from __future__ import annotations

import math
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


def require_in(interval: str, operation: str, what: str, value: Any) -> None:
    """Raise ValueRangeError unless the value is a number in an interval, told as "[0, 1)"."""
    low, high = map(float, interval[1:-1].split(","))
    number = math.nan if isinstance(value, bool | str) else _as_float(value)
    at_an_end = (number == low and interval[0] == "[") or (number == high and interval[-1] == "]")
    if not (low < number < high or at_an_end):
        raise ValueRangeError(f"{operation}: {what} must be in {interval}; got {value!r}.")


def _as_float(value: Any) -> float:
    """NaN for what is no number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
