"""Wengert as a namespace of the array API standard: which version it follows, and what it has."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from wengert.base.dtypes import TABLE
from wengert.base.errors import ValueRangeError
from wengert.ops.dtypes import KINDS
from wengert.runtime.device import DEFAULT, DEVICES, require_device

array_api_version = "2024.12"
VERSIONS = ("2021.12", "2022.12", "2023.12", array_api_version)

_NOT_IN_THE_STANDARD = ("bfloat16", "float16")


def array_namespace(x: Any, /, *, api_version: str | None = None) -> ModuleType:
    """The module `wengert`, whose functions take x: `xp = x.__array_namespace__()`.

    Raises:
        ValueRangeError: a version of the standard that Wengert does not follow.
    """
    if api_version is not None and api_version not in VERSIONS:
        raise ValueRangeError(
            f"__array_namespace__: api_version must be one of {', '.join(VERSIONS)}; got {api_version!r}."
        )
    return importlib.import_module("wengert")


class NamespaceInfo:
    """What the namespace has: `wg.__array_namespace_info__().dtypes(kind="integral")`."""

    def capabilities(self) -> dict[str, Any]:
        """Whether it has boolean masks as an index, shapes that depend on data, and how many axes at most."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """The device of what is made without naming one."""
        return DEFAULT

    def devices(self) -> list[str]:
        """All devices."""
        return list(DEVICES)

    def default_dtypes(self, *, device: object = None) -> dict[str, str]:
        """The dtypes of what is made without naming one."""
        require_device("default_dtypes", device)
        return {
            "real floating": "float32",
            "complex floating": "complex64",
            "integral": "int64",
            "indexing": "int64",
        }

    def dtypes(self, *, device: object = None, kind: str | tuple[str, ...] | None = None) -> dict[str, str]:
        """The standard's dtypes, by name; of one kind, or of several.

        Raises:
            ValueRangeError: there is no such kind.
        """
        require_device("dtypes", device)
        wanted = (kind,) if isinstance(kind, str) else KINDS if kind is None else kind
        for one in wanted:
            if one not in KINDS:
                raise ValueRangeError(f"dtypes: kind must be one of {', '.join(KINDS)}; got {one!r}.")
        letters = "".join(KINDS[one] for one in wanted)
        return {n: n for n, d in TABLE.items() if d.kind in letters and n not in _NOT_IN_THE_STANDARD}


def array_namespace_info() -> NamespaceInfo:
    """What this namespace of the array API standard has: dtypes, devices, defaults."""
    return NamespaceInfo()
