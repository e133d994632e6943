"""Mixed precision, by Keras's names: layers compute in bfloat16, their weights stay in float32.

A policy says in which dtype a layer computes and in which it keeps its variables. It is a dtype's name, or
"mixed_bfloat16"; a layer takes it as `dtype`, else the global one when it is made.

    wg.mixed_precision.set_global_policy("mixed_bfloat16")
    model = wg.Sequential([...])

Under "mixed_bfloat16" a layer's inputs, and its weights as it reads them, are rounded to bfloat16; sums are made in
float32. Normalisations, softmax and dropout compute in float32. Losses, metrics and predictions are float32, and so
are gradients and updates of weights. A bfloat16 has the range of a float32: there is nothing to scale.
"""

from __future__ import annotations

from dataclasses import dataclass

from wengert.base.dtypes import available, dtype_name
from wengert.base.errors import DTypeError
from wengert.base.words import did_you_mean

__all__ = [
    "Policy",
    "dtype_policy",
    "get",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]

MIXED = "mixed_bfloat16"


@dataclass(frozen=True)
class Policy:
    """In which dtype a layer computes, and in which it keeps its weights."""

    name: str
    compute_dtype: str
    variable_dtype: str


def get(identifier: object) -> Policy:
    """A policy from itself, its name, or a dtype; None gives the global one.

    Raises:
        DTypeError: there is no such dtype.
    """
    if identifier is None:
        return _GLOBAL[0]
    if isinstance(identifier, Policy):
        return identifier
    if identifier == "mixed_float16":
        return Policy("mixed_float16", "float16", "float32")
    if identifier == MIXED:
        return Policy(MIXED, available("bfloat16"), "float32")
    try:
        name = dtype_name(identifier)
    except DTypeError:
        known = [MIXED, "float32", "float64", "float16", "bfloat16"]
        raise DTypeError(
            f"dtype: must be a dtype or the policy {MIXED!r}; got {identifier!r}.{did_you_mean(identifier, known)}"
        ) from None
    return Policy(name, name, name)


def set_global_policy(policy: object) -> None:
    """Let layers that are made from now on have this policy, where none is said."""
    _GLOBAL[0] = get(policy)


def global_policy() -> Policy:
    """The policy of layers for which none is said."""
    return _GLOBAL[0]


set_dtype_policy, dtype_policy = set_global_policy, global_policy

_GLOBAL = [get("float32")]
