"""Weights of a file and variables of a model: what matches, and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.errors import FormatError
from wengert.ir.types import TensorType
from wengert.runtime.variable import Variable

Array = np.ndarray[Any, Any]
BESIDE = ("optimizer/", "training/")
"""How names of tensors begin that are no weights."""


@dataclass
class Loaded:
    """What `load_weights` found. Prints as text.

    Attributes:
        matched: names in both. missing: of variables that the file does not hold. unexpected: of tensors that the
            model has no variable for. mismatched: name -> (type of the variable, type in the file).
    """

    path: str
    matched: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    mismatched: dict[str, tuple[TensorType, TensorType]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether everything on both sides matches."""
        return not (self.missing or self.unexpected or self.mismatched)

    def __str__(self) -> str:
        parts = [
            f"{len(self.matched)} of {len(self.matched) + len(self.missing) + len(self.mismatched)} match"
        ]
        for what in ("missing", "unexpected"):
            names = getattr(self, what)
            if names:
                parts.append(f"{len(names)} {what}: {_some(names)}")
        if self.mismatched:
            told = [f"{name} (is {want}, got {got})" for name, (want, got) in self.mismatched.items()]
            parts.append(f"{len(told)} mismatched: {_some(told)}")
        return "; ".join(parts)


def match(path: str | Path, mine: Mapping[str, Variable], tensors: Mapping[str, Array]) -> Loaded:
    """Compare names and types."""
    found = Loaded(str(path))
    for name, v in mine.items():
        a = tensors.get(name)
        if a is None:
            found.missing.append(name)
        elif a.shape != v.shape or a.dtype.name != v.held.dtype:
            found.mismatched[name] = v.held, TensorType(a.shape, a.dtype.name)
        else:
            found.matched.append(name)
    found.unexpected = [n for n in tensors if n not in mine and not n.startswith(BESIDE)]
    return found


def assign(
    path: str | Path, mine: Mapping[str, Variable], tensors: Mapping[str, Array], partial: bool = False
) -> Loaded:
    """Let the variables hold the tensors of their names, after all were seen to fit.

    partial: those that fit, if at least one does.

    Raises:
        FormatError: something does not fit; nothing was changed.
    """
    found = match(path, mine, tensors)
    if not partial:
        _require_complete(found, mine, tensors)
    elif mine and not found.matched:
        raise FormatError(f"load: {path}: must hold something that fits; {found}.")
    for name in found.matched:
        mine[name].assign(tensors[name])
    return found


def _require_complete(found: Loaded, mine: Mapping[str, Variable], tensors: Mapping[str, Array]) -> None:
    hint = f" Together: {found}. partial=True takes what fits."
    for name, (want, got) in found.mismatched.items():
        raise FormatError(f"load: {found.path}: {name!r} must be {want}; got {got}.{hint}")
    if found.missing:
        held = _some(list(tensors))
        raise FormatError(f"load: {found.path}: must hold {found.missing[0]!r}; it holds {held}.{hint}")
    if found.unexpected:
        raise FormatError(
            f"load: {found.path}: must hold {_some(list(mine))} only; it holds {found.unexpected[0]!r}, too.{hint}"
        )


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "") if names else "nothing"
