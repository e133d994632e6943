"""Names that variables get from where they are made: `wg.name_scope`."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from typing import Any

from wengert.base.errors import ValueRangeError

_PREFIX: contextvars.ContextVar[str] = contextvars.ContextVar("name_scope", default="")


def scoped(name: str) -> str:
    """The whole name of a variable that is made here."""
    return _PREFIX.get() + name


@contextlib.contextmanager
def name_scope(
    name: str, caller: Any = None, deduplicate: bool = True, override_parent: str | None = None
) -> Iterator[None]:
    """A with-block: whole names (`path`) of variables made inside begin with this one. Names of layers stay.

    Args:
        override_parent: begin with this instead of with what is around.
        caller, deduplicate: for programs that come from Keras; without effect.

    Example:
        >>> import wengert as wg
        >>> with wg.name_scope("encoder"):
        ...     v = wg.Variable(0.0, name="v")
        >>> v.path, v.name
        ('encoder/v', 'v')
    """
    if not name or "/" in name:
        raise ValueRangeError(f"name_scope: name must be a string without '/'; got {name!r}.")
    around = _PREFIX.get() if override_parent is None else f"{override_parent.strip('/')}/".lstrip("/")
    token = _PREFIX.set(f"{around}{name}/")
    try:
        yield
    finally:
        _PREFIX.reset(token)
