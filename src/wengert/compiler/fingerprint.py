"""Fingerprint: what a kernel is, as a value that equal kernels share. Kernels that are equal are emitted once."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np

from wengert.compiler.product import Pack, Product
from wengert.loop.expr import Expr, post_order
from wengert.loop.nest import Contraction, Nest

PLAIN = (int, float, bool, str, bytes, type(None))


def fingerprint(kernel: Nest | Contraction | Product | Pack) -> Hashable:
    """Equal for kernels that differ only in which objects their expressions are."""
    numbers: dict[Expr, int] = {}
    lines: list[Hashable] = []

    def enter(root: Expr) -> int:
        if root not in numbers:
            for e in post_order([root], numbers):
                numbers[e] = len(lines)
                _require_plain(e.data)
                lines.append((e.op, e.dtype, e.data, *[numbers[a] for a in e.args]))
        return numbers[root]

    def key(x: Any) -> Hashable:
        if isinstance(x, Expr):
            return ("expression", enter(x))
        if isinstance(x, tuple):
            return tuple(map(key, x))
        names = getattr(type(x), "__dataclass_fields__", None)
        if names is None:
            _require_plain(x)
            return x  # type: ignore[no-any-return]
        return (type(x).__name__, *[key(getattr(x, n)) for n in names])

    whole = key(kernel)
    return (whole, tuple(lines))


def written(found: Hashable) -> str:
    """A fingerprint as text, the same in every process."""
    return repr(found)


def _require_plain(x: Any) -> None:
    """Others may be shown by their address, or in any order."""
    if type(x) in PLAIN:
        return
    if isinstance(x, tuple):
        for part in x:
            _require_plain(part)
    elif not isinstance(x, np.generic):
        raise AssertionError(
            f"fingerprint: must be made of numbers and strings; got {type(x).__name__}: {x}."
        )


@functools.cache
def compiler_version() -> str:
    """Changes whenever the files do that decide what code a kernel becomes."""
    digest = hashlib.blake2b(digest_size=20)
    package = Path(__file__).parents[1]
    for floor in ("base", "ir", "loop", "compiler"):
        for folder, inner, names in os.walk(package / floor):
            inner.sort()
            for name in sorted(names):
                if name.endswith((".py", ".ll")):
                    digest.update(name.encode() + b"\0" + (Path(folder) / name).read_bytes())
    return digest.hexdigest()
