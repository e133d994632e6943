"""Mixed precision, by Keras's names: layers compute in bfloat16, their weights stay in float32.

A policy says in which dtype a layer computes and in which it keeps its variables. It is a dtype's name, or
"mixed_bfloat16"; a layer takes it as `dtype`, else the global one when it is made.

    wg.mixed_precision.set_global_policy("mixed_bfloat16")
    model = wg.Sequential([...])

Under "mixed_bfloat16" a layer's inputs, and its weights as it reads them, are rounded to bfloat16; sums are made in
float32. Normalisations, softmax and dropout compute in float32. Losses, metrics and predictions are float32, and so
are gradients and updates of weights. A bfloat16 has the range of a float32: there is nothing to scale.
"mixed_float16" is the same in float16, whose gradients may be too small to be held: `compile` wraps the optimizer
into a `LossScaleOptimizer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wengert.base.dtypes import available, dtype_name
from wengert.base.errors import DTypeError
from wengert.base.words import did_you_mean
from wengert.nn.optimizers.loss_scale import LossScaleOptimizer

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "get",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]

MIXED = {"mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}  # what they compute in


@dataclass(frozen=True, init=False)
class DTypePolicy:
    """In which dtype a layer computes, and in which it keeps its weights.

    Args:
        name: of a dtype, for both; "mixed_bfloat16" or "mixed_float16"; None: that of the global policy.
        compute_dtype, variable_dtype: the two, for a policy of your own, of any name.

    Raises:
        DTypeError: there is no such dtype.

    Example:
        >>> import wengert as wg
        >>> policy = wg.DTypePolicy("mixed_bfloat16")
        >>> policy.compute_dtype, policy.variable_dtype
        ('bfloat16', 'float32')
        >>> own = wg.DTypePolicy("mine", compute_dtype="float64", variable_dtype="float32")
        >>> wg.layers.Dense(2, dtype=own)(wg.ones((1, 3))).dtype
        'float64'
    """

    name: str
    compute_dtype: str
    variable_dtype: str
    quantization_mode: ClassVar[None] = None

    def __init__(self, name: Any = None, compute_dtype: Any = None, variable_dtype: Any = None) -> None:
        name = _GLOBAL[0].name if name is None else name
        if compute_dtype is not None and variable_dtype is not None:
            found = name, _dtype(compute_dtype), _dtype(variable_dtype)
        elif isinstance(name, str) and name in MIXED:
            found = name, available(MIXED[name]), "float32"
        else:
            found = (_dtype(name),) * 3
        for field, value in zip(("name", "compute_dtype", "variable_dtype"), found, strict=True):
            object.__setattr__(self, field, value)

    def get_config(self) -> dict[str, Any]:
        """Its name, for `from_config`; of one of your own, its dtypes, too."""
        own = self.name not in MIXED and self.name != self.compute_dtype
        dtypes = {"compute_dtype": self.compute_dtype, "variable_dtype": self.variable_dtype}
        return {"name": self.name} | (dtypes if own else {})

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The policy that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'


Policy = DTypePolicy
"""Keras's older name."""


def _dtype(name: Any) -> str:
    try:
        return dtype_name(name)
    except DTypeError:
        known = [*MIXED, "float32", "float64", "float16", "bfloat16"]
        mixed = " or ".join(map(repr, MIXED))
        raise DTypeError(
            f"dtype: must be a dtype, {mixed}; got {name!r}.{did_you_mean(name, known)}"
        ) from None


def get(identifier: object) -> DTypePolicy:
    """A policy from itself, its name, a dtype, or what `wg.dtype_policies.serialize` made; None gives the global one.

    Raises:
        DTypeError: there is no such dtype.
    """
    if identifier is None:
        return _GLOBAL[0]
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict) and isinstance(identifier.get("config"), dict):
        return DTypePolicy.from_config(identifier["config"])
    return DTypePolicy(identifier)


def set_global_policy(policy: object) -> None:
    """Let layers that are made from now on have this policy, where none is said."""
    _GLOBAL[0] = get(policy)


def global_policy() -> DTypePolicy:
    """The policy of layers for which none is said."""
    return _GLOBAL[0]


set_dtype_policy, dtype_policy = set_global_policy, global_policy

_GLOBAL = [get("float32")]
