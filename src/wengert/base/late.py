"""Modules that are imported by their first use, though users write their names in import statements."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class Late(ModuleType):
    """Stands in `sys.modules` for what the package above it has under this name, until somebody asks for a name in it.

    Example:
        >>> import sys, xml.dom
        >>> stand_in("xml.dom.elements")
        >>> xml.dom.elements = sys.modules["math"]  # in a package, what its __getattr__ imports
        >>> from xml.dom.elements import floor
        >>> floor(2.5)
        2
    """

    def _module(self) -> Any:
        above, _, name = self.__name__.rpartition(".")
        module = getattr(sys.modules[above], name)
        sys.modules[self.__name__] = module
        return module

    def __getattr__(self, name: str) -> Any:
        if (
            name.startswith("__") and name != "__all__"
        ):  # who looks through sys.modules asks all for `__file__`
            raise AttributeError(name)
        return getattr(self._module(), name)

    def __dir__(self) -> list[str]:
        return dir(self._module())


def stand_in(*names: str) -> None:
    """Let `import name` be possible, and import nothing before it is used."""
    for name in names:
        sys.modules.setdefault(name, Late(name, "Imported by its first use."))
