"""What a search has found about contractions: on disk, by what is computed and for which machine.

A file holds the choices for one contraction. It appears whole or not at all, so processes may share the folder;
one that cannot be read is passed over with a warning, and the cost model decides. Choices are numbers within
limits: whatever a file holds, it changes how fast a result comes and nothing else.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from wengert.base import config
from wengert.base.errors import FormatError, UsageError
from wengert.base.files import replace_file
from wengert.compiler.choices import MODEL, Choices
from wengert.compiler.emit.target import Target
from wengert.compiler.fingerprint import fingerprint
from wengert.loop.nest import Contraction

VERSION = 1  # raise it when what a choice or a key means changes: older files are passed over
_MOST_BYTES = 1 << 16

_trial: ContextVar[Mapping[str, Choices]] = ContextVar("trial", default={})  # noqa: B039  # never written to


@dataclass(frozen=True)
class Decided:
    """A contraction that was scheduled for a target, and the choices made. steady, fixed: its slots that are."""

    contraction: Contraction
    target: Target
    steady: frozenset[int]
    fixed: frozenset[int] = frozenset()
    choices: Choices = MODEL

    @functools.cached_property
    def key(self) -> str:
        """Its name: equal for equal contractions, whatever the lengths known at run time only."""
        parts = (VERSION, fingerprint(self.contraction), sorted(self.steady), sorted(self.fixed), self.target)
        return hashlib.blake2b(repr(parts).encode(), digest_size=20).hexdigest()


def choices_for(asked: Decided) -> Choices:
    """What a trial says, else what was found earlier, else nothing: the cost model decides."""
    trial, folder = _trial.get(), tuned_folder()
    if trial and asked.key in trial:
        return trial[asked.key]
    if folder is None or not folder.is_dir():
        return MODEL
    return _read(folder / f"{asked.key}.json")


@contextlib.contextmanager
def trying(choices: Mapping[str, Choices]) -> Iterator[None]:
    """Inside, this thread compiles the contractions with these keys so."""
    token = _trial.set(choices)
    try:
        yield
    finally:
        _trial.reset(token)


def tuned_folder() -> Path | None:
    """Where what was found is kept, None to keep nothing."""
    folder = config.cache_dir()
    return folder and folder / "tuned"


def keep(key: str, choices: Choices, seconds: tuple[float, float]) -> None:
    """Let every later compile obey these choices. seconds: before and with them, for who reads the file.

    Raises:
        OSError: it could not be written; what was known before is as it was.
    """
    folder = tuned_folder()
    if folder is None:
        raise UsageError("tune: needs a folder to keep what it finds. Unset WENGERT_CACHE_DIR, or name one.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    before, after = (round(s * 1e3, 6) for s in seconds)
    content = {"version": VERSION, "choices": choices.as_dict(), "ms before": before, "ms": after}
    replace_file(folder / f"{key}.json", [json.dumps(content, indent=1).encode()])


def _read(path: Path) -> Choices:
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(_MOST_BYTES))
        if not isinstance(content, dict) or "version" not in content:
            raise FormatError("it must name its version")
        return Choices.parse(content.get("choices")) if content["version"] == VERSION else MODEL
    except FileNotFoundError:
        return MODEL
    except (OSError, ValueError, RecursionError) as e:
        warnings.warn(
            f"tune: {path} cannot be used ({e}): the cost model decides. Delete it, or tune again.",
            RuntimeWarning,
            stacklevel=2,
        )
        return MODEL
