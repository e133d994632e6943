"""What users call on tensors: array-API names; broadcast and promote, then apply primitives."""

import sys
from typing import Any


def __getattr__(name: str) -> Any:
    """`from wengert.ops import matmul`, once Wengert is imported: what Keras has there (`keras/__init__.py`)."""
    whole: Any = sys.modules.get("wengert")
    if name.startswith("_") or not hasattr(whole, "__all__") or name not in (found := whole.ops).__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(found, name)
