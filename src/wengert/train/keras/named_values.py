"""Config: named values, which can be frozen."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from typing import Any

from wengert.base.errors import UsageError
from wengert.base.words import did_you_mean


class Config(MutableMapping[str, Any]):
    """A dict whose values are attributes, too.

    Example:
        >>> import wengert as wg
        >>> config = wg.utils.Config(learning_rate=0.1)
        >>> config.momentum = 0.9
        >>> config["momentum"], config.to_json()
        (0.9, '{"learning_rate": 0.1, "momentum": 0.9}')
        >>> config.freeze()
        >>> config.momentum = 0
        Traceback (most recent call last):
        wengert.base.errors.UsageError: Config: it must not be frozen to be changed; got momentum=0. Call unfreeze().
    """

    _config: dict[str, Any]
    _frozen: bool

    def __init__(self, **kwargs: Any) -> None:
        object.__setattr__(self, "_config", kwargs)
        object.__setattr__(self, "_frozen", False)

    @property
    def frozen(self) -> bool:
        """Whether nothing may be changed."""
        return self._frozen

    def freeze(self) -> None:
        """Let nothing be changed from now on."""
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self) -> None:
        """Let values be changed again."""
        object.__setattr__(self, "_frozen", False)

    def as_dict(self) -> dict[str, Any]:
        """A dict of the values."""
        return dict(self._config)

    def to_json(self) -> str:
        """The values as text."""
        return json.dumps(self._config)

    def _require_changeable(self, what: str) -> None:
        if self._frozen:
            raise UsageError(f"Config: it must not be frozen to be changed; got {what}. Call unfreeze().")

    def __getattr__(self, name: str) -> Any:
        if name in vars(self).get("_config", ()):
            return self._config[name]
        raise AttributeError(
            f"Config: an attribute must be one of {list(self._config)}; got {name!r}."
            f"{did_you_mean(name, self._config)}"
        )

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __getitem__(self, key: str) -> Any:
        return self._config[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._require_changeable(f"{key}={value!r}")
        self._config[key] = value

    def __delitem__(self, key: str) -> None:
        self._require_changeable(f"del {key}")
        del self._config[key]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._config))

    def __len__(self) -> int:
        return len(self._config)

    def __repr__(self) -> str:
        return f"<Config {self._config}>"
