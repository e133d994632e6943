"""Segments: rows that carry the same number, reduced to one row; sorted or not."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from wengert.ops import segments
from wengert.ops.operands import Array

__all__ = ["segment_max", "segment_min", "segment_prod", "segment_sum"]


def _segments(of: Callable[..., Array]) -> Callable[..., Array]:
    @functools.wraps(of)
    def reduced(data: Any, segment_ids: Any, num_segments: Any = None, sorted: bool = False) -> Array:
        return of(data, segment_ids, num_segments)  # which takes any order, and is not faster in one

    reduced.__signature__ = inspect.signature(reduced, follow_wrapped=False)  # type: ignore[attr-defined]
    return reduced


segment_max, segment_min = _segments(segments.segment_max), _segments(segments.segment_min)
segment_prod, segment_sum = _segments(segments.segment_prod), _segments(segments.segment_sum)
