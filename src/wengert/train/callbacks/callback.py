"""Callback, the base, and several of them called as one."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from wengert.base.calls import require_takes
from wengert.base.errors import NotFiniteError, UsageError
from wengert.base.words import did_you_mean

if TYPE_CHECKING:
    from wengert.train.model import Model
    from wengert.train.training import Training

Logs = dict[str, float]


class Callback:
    """Base: overwrite what you need. `self.model` is the model, `self.params` how it is trained.

    `self.training` is the call of `fit`: its `epoch`, `step` and `samples` say where it stands. Attributes that are
    named in `kept` are part of a checkpoint, and are put back when training is resumed: numbers, strings, arrays,
    and lists and dicts of them.
    """

    kept: ClassVar[tuple[str, ...]] = ()
    comes_last: ClassVar[bool] = False  # after all others, to see what they have done

    model: Model
    params: dict[str, Any]
    training: Training

    def say(self, text: str) -> None:
        """A line for the user, where the progress is shown."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def state(self) -> dict[str, Any]:
        """What a checkpoint has to keep of it."""
        return {name: getattr(self, name) for name in self.kept}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from such a state; `on_train_begin` was called."""
        for name in self.kept:
            setattr(self, name, state[name])

    def on_train_begin(self, logs: Logs | None = None) -> None: ...
    def on_train_end(self, logs: Logs | None = None) -> None: ...
    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None: ...
    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_test_begin(self, logs: Logs | None = None) -> None: ...
    def on_test_end(self, logs: Logs | None = None) -> None: ...
    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_predict_begin(self, logs: Logs | None = None) -> None: ...
    def on_predict_end(self, logs: Logs | None = None) -> None: ...
    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None: ...

    def on_not_finite(self, batch: int, error: NotFiniteError) -> None:
        """A step was refused because it made what is not finite; the weights are those before it."""


class CallbackList:
    """Several callbacks called as one; batch hooks that nobody overwrote cost nothing."""

    def __init__(self, callbacks: Iterable[Callback], model: Model, params: dict[str, Any]) -> None:
        self.callbacks = sorted(callbacks, key=lambda c: c.comes_last)
        for c in self.callbacks:
            c.model, c.params = model, params
        self._watching: dict[str, list[Callback]] = {}

    def watching(self, hook: str) -> list[Callback]:
        """Those that overwrote a hook."""
        if hook not in self._watching:
            mine = getattr(Callback, hook)
            self._watching[hook] = [
                c for c in self.callbacks if hook in vars(c) or getattr(type(c), hook) is not mine
            ]
        return self._watching[hook]

    def call(self, hook: str, *args: Any) -> None:
        """Call a hook of each."""
        for c in self.watching(hook):
            getattr(c, hook)(*args)

    def batch_begin(self, kind: str) -> Callable[[int], None] | None:
        """What to call before each batch ("train", "test", "predict"), None if nobody listens."""
        watching = self.watching(f"on_{kind}_batch_begin")
        if not watching:
            return None

        def begin(batch: int) -> None:
            for c in watching:
                getattr(c, f"on_{kind}_batch_begin")(batch, {})

        return begin

    def batch_end(self, kind: str) -> Callable[[int, dict[str, Any]], None] | None:
        """What to call after each batch, None if nobody listens."""
        watching = self.watching(f"on_{kind}_batch_end")
        if not watching:
            return None

        def end(batch: int, logs: dict[str, Any]) -> None:
            for c in watching:
                getattr(c, f"on_{kind}_batch_end")(batch, logs)

        return end

    def named(self) -> dict[str, Callback]:
        """Each callback with a name that the same list has again: its class, and a number where there are several."""
        found: dict[str, Callback] = {}
        for c in self.callbacks:
            name, k = type(c).__name__, 1
            while name in found:
                k += 1
                name = f"{type(c).__name__}_{k}"
            found[name] = c
        return found


def listed(call: str, callbacks: Any) -> list[Callback]:
    """One callback, several, or None, as a list.

    Raises:
        UsageError: something else is among them.
    """
    if callbacks is None or isinstance(callbacks, Callback):
        return [] if callbacks is None else [callbacks]
    several = hasattr(callbacks, "__iter__") and not isinstance(callbacks, str)
    found = list(callbacks) if several else [callbacks]
    for c in found:
        if not isinstance(c, Callback):
            make = f" Make one: {c.__name__}(...)." if isinstance(c, type) and issubclass(c, Callback) else ""
            raise UsageError(f"{call}: callbacks must be Callback objects; got {c!r}.{make}")
        require_hooks(c)
    return found


def require_hooks(c: Callback) -> None:
    """Raise ArgumentError where a hook that was overwritten does not take what it is called with."""
    for name, own in vars(Callback).items():
        hook = getattr(c, name)
        if name.startswith("on_") and getattr(hook, "__func__", hook) is not own:
            signature = list(inspect.signature(own).parameters)[1:]
            require_takes(f"{type(c).__name__}: {name}", hook, *signature)
    hooks = [name for name in vars(Callback) if name.startswith("on_")]
    for name in vars(type(c)):
        guess = did_you_mean(name, hooks) if name.startswith("on_") and name not in hooks else ""
        if guess:
            raise UsageError(f"{type(c).__name__}: hooks must be those of Callback; got {name!r}.{guess}")


Hook = Callable[..., None] | None


class LambdaCallback(Callback):
    """Hooks as functions: `LambdaCallback(on_epoch_end=lambda epoch, logs: ...)`.

    Args:
        on_epoch_begin, on_epoch_end, ...: those of `Callback`, by these names; the first six by place, too.
    """

    def __init__(
        self,
        on_epoch_begin: Hook = None,
        on_epoch_end: Hook = None,
        on_train_begin: Hook = None,
        on_train_end: Hook = None,
        on_train_batch_begin: Hook = None,
        on_train_batch_end: Hook = None,
        **hooks: Hook,
    ) -> None:
        hooks |= {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name, hook in hooks.items():
            if not name.startswith("on_") or not hasattr(Callback, name):
                known = [n for n in dir(Callback) if n.startswith("on_")]
                raise UsageError(
                    f"LambdaCallback: hooks must be those of Callback; got {name!r}.{did_you_mean(name, known)}"
                )
            if hook is not None:
                setattr(self, name, hook)
