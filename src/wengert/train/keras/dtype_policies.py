"""Policies of dtypes as descriptions and back, by Keras's names: `wg.dtype_policies`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wengert.base.errors import FormatError
from wengert.nn.mixed_precision import DTypePolicy, get

__all__ = ["DTypePolicy", "FloatDTypePolicy", "deserialize", "get", "serialize"]

FloatDTypePolicy = DTypePolicy


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """What JSON can hold of a policy, as Keras describes it.

    Example:
        >>> import wengert as wg
        >>> wg.dtype_policies.serialize(wg.DTypePolicy("float64"))["config"]
        {'name': 'float64'}
    """
    config = dtype_policy.get_config()
    return {"module": "keras", "class_name": "DTypePolicy", "config": config, "registered_name": None}


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> DTypePolicy:
    """The policy that `serialize`, Wengert's or Keras's, described.

    Args:
        custom_objects: for programs that come from Keras; without effect.

    Raises:
        FormatError: it is another kind of object, such as a policy of quantization.

    Example:
        >>> import wengert as wg
        >>> wg.dtype_policies.deserialize({"class_name": "DTypePolicy", "config": {"name": "mixed_bfloat16"}})
        <DTypePolicy "mixed_bfloat16">
    """
    name = config.get("class_name") if isinstance(config, Mapping) else None
    if name not in ("DTypePolicy", "FloatDTypePolicy") or not isinstance(config.get("config"), Mapping):
        raise FormatError(f"dtype_policies: the description must be of a DTypePolicy; got {config!r}.")
    return DTypePolicy.from_config(config["config"])
