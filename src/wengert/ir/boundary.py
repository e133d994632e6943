"""Boundary: what an error looks like when it leaves Wengert.

It names the function that the user called, what was passed and the user's line, and its traceback shows the user's
own frames only (`WENGERT_TRACEBACK=full` shows all). `wengert/__init__.py` draws the boundary around public functions
and methods; calls inside of Wengert do not pass it.
"""

from __future__ import annotations

import functools
import inspect
import reprlib
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType, TracebackType
from typing import Any, ParamSpec, TypeVar

import numpy as np

from wengert.base import config
from wengert.base.calls import require_fit
from wengert.base.errors import (
    ArgumentError,
    IndexRangeError,
    NotFiniteError,
    ValueRangeError,
    WengertError,
)
from wengert.ir.source import here, is_ours
from wengert.ir.types import TensorType

P = ParamSpec("P")
R = TypeVar("R")

# What an argument that nobody foresaw makes NumPy or Python raise, and what it is to the user.
FOREIGN: dict[type[Exception], type[Exception]] = {
    IndexError: IndexRangeError,
    ValueError: ValueRangeError,
    ArithmeticError: ValueRangeError,
    RecursionError: ValueRangeError,
    TypeError: ArgumentError,
    AttributeError: ArgumentError,
    KeyError: ArgumentError,
    MemoryError: MemoryError,
}
_BENEATH = (str(Path(np.__file__).parent), sysconfig.get_path("stdlib"))
_ASIDE = {"__getattr__", "__getattribute__", "__post_init__", "__init_subclass__", "__hash__"}
_REPR = reprlib.Repr()
_REPR.maxother = _REPR.maxstring = 60


def boundary(f: Callable[P, R], name: str = "", *, names: bool = False) -> Callable[P, R]:
    """f, whose errors are told as the user should see them.

    name: what the user calls f. names: every error names it, as one who calls f knows nothing of what f calls.
    """
    name = name or f.__name__

    @functools.wraps(f)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            try:
                return f(*args, **kwargs)
            except tuple(FOREIGN) as e:
                if isinstance(e, WengertError) or is_inside():
                    raise
                if isinstance(e, TypeError):
                    _require_fit(name, f, args, kwargs)
                if not _is_unforeseen(e):
                    raise
                raise explained(e, name, f, args, kwargs) from (e if config.full_traceback() else None)
        except Exception as e:
            if not is_inside():
                leave(e, name if names else "")
            raise  # which, unlike `raise e`, does not put this frame back

    called.is_boundary = True  # type: ignore[attr-defined]
    return called


def located(e: WengertError) -> WengertError:
    """The error, whose message says the user's line already."""
    e.located = True  # type: ignore[attr-defined]
    return e


def with_line(e: WengertError, prefix: str = "") -> WengertError:
    """The error with `prefix` before it and the user's line at its end, unless it has one."""
    told = getattr(e, "located", False)
    if told and not prefix:
        return e
    source = None if told else here()
    e.args = (f"{prefix}{e}" if source is None else f"{prefix}{e} [{source}]",)
    return located(e)


def is_inside() -> bool:
    """Whether who called the function that asks is Wengert itself: the call that the user made tells errors."""
    caller = sys._getframe(2)
    return is_ours(caller.f_code)


def leave(e: Exception, name: str = "") -> None:
    """Let the error name the operation and the user's line, and take Wengert's own frames out of its traceback.

    They stay where they tell what nobody else does: of a bug of ours.
    """
    frames = list(_frames(e.__traceback__))
    told = isinstance(e, WengertError | MemoryError) or _is_deliberate(e)
    # What the user's own function called has its own name; a value that is not finite, that of the step that made it.
    if told and name and not isinstance(e, NotFiniteError) and not any(map(_is_users, frames)):
        _put_first(e, name)
    if isinstance(e, WengertError):
        with_line(e)
    if config.full_traceback():
        return
    if told or len(frames) == 1 or not is_ours(frames[-1].tb_frame.f_code):
        kept = [tb for tb in frames if not is_ours(tb.tb_frame.f_code)]
        for tb, following in zip(kept, [*kept[1:], None], strict=False):
            tb.tb_next = following
        e.__traceback__ = kept[0] if kept else None


def _put_first(e: Exception, name: str) -> None:
    """The name comes first, in place of a primitive's that is like it: reduce_sum is sum to the user."""
    head, _, rest = str(e).partition(": ")
    if name != head:
        e.args = (f"{name}: {rest if name in head or head in name else e}",)


def _frames(tb: TracebackType | None) -> Iterator[TracebackType]:
    while tb is not None:
        yield tb
        tb = tb.tb_next


def _is_deliberate(e: Exception) -> bool:
    """Whether the message is in our words: what must hold, and what was given or, of memory, what does not fit."""
    return "; got " in str(e) or (isinstance(e, MemoryError) and "must fit into memory; " in str(e))


def _is_unforeseen(e: Exception) -> bool:
    """Whether the error was raised by us or beneath us, in no words of ours."""
    inner = list(_frames(e.__traceback__))[1:]  # the first is the boundary
    # Where there is none, Python refused to make the call: its message names the function.
    return bool(inner) and not _is_deliberate(e) and not any(map(_is_users, inner))


def _is_users(tb: TracebackType) -> bool:
    code = tb.tb_frame.f_code
    return not is_ours(code) and not _is_beneath(code.co_filename)


def _is_beneath(file: str) -> bool:
    """Whether the file is NumPy's or Python's, or there is none: code that dataclasses and NumPy write."""
    beside = "site-packages" in file.removeprefix(
        _BENEATH[0]
    )  # of the standard library, where others live too
    written = file.startswith((*_BENEATH, "<frozen", "<string>", "<__array"))
    return not beside and (written or file.endswith((".pyx", ".pxd")))  # NumPy's random numbers


def _require_fit(name: str, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise ArgumentError where arguments are to blame, by number or name. name: what the user calls f."""
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # it is not written in Python
        return
    first = next(iter(signature.parameters), None)
    if first in ("self", "cls") and args:  # which the user does not see
        rest = list(signature.parameters.values())[1:]
        if f.__name__ in ("__init__", "__call__"):
            name = type(args[0]).__name__
        signature, args = signature.replace(parameters=rest), args[1:]
    require_fit(name, signature, args, kwargs)


def explained(
    e: Exception, name: str, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Exception:
    """The error in our form: the function, what was passed, and what NumPy or Python said of it."""
    kind = next(ours for theirs, ours in FOREIGN.items() if isinstance(e, theirs))
    must = (
        "it must fit into memory" if kind is MemoryError else "it must be given what its documentation says"
    )
    told = kind(f"{name}: {must} ({str(e) or type(e).__name__}); got {given(f, args, kwargs)}.")
    return with_line(told) if isinstance(told, WengertError) else told


def given(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """The arguments as messages print them, by name: `x=f32[2,3], axis=7`."""
    try:
        named = inspect.signature(f).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        named = {str(k): a for k, a in enumerate(args)} | kwargs
    return ", ".join(f"{k}={_show(v)}" for k, v in named.items() if k != "self") or "nothing"


def _show(x: Any) -> str:
    """A type for what has one, else a short repr."""
    if isinstance(getattr(x, "type", None), TensorType):
        return str(x.type)
    if isinstance(x, np.ndarray):
        return f"array {x.dtype}{list(x.shape)}"
    try:
        return _REPR.repr(x)
    except Exception:  # a repr of the user's own
        return f"a {type(x).__name__}"


def draw(face: ModuleType, *spaces: ModuleType, around: tuple[type, ...] = ()) -> None:
    """Draw the boundary around public functions and methods.

    face: the module whose `__all__` users see, and whose classes they use; what is drawn for it belongs to it (a
    pickle finds it there), and the modules that functions come from keep them as they are. spaces: modules that are
    public themselves.
    """
    drawn: dict[tuple[Any, str], Any] = {}
    for space in spaces:
        for name, f in _functions(space).items():
            drawn[f, name] = boundary(f, name, names=True)
            setattr(space, name, drawn[f, name])
            setattr(sys.modules[f.__module__], name, drawn[f, name])
    for name, f in _functions(face).items():
        setattr(face, name, drawn.get((f, name)) or lent(face, name, f))
    classes = {*around, *(c for c in vars(face).values() if isinstance(c, type))}
    for cls in {base for c in classes for base in c.__mro__ if base.__module__.startswith("wengert.")}:
        draw_around_methods(cls)


def lent(face: ModuleType, name: str, f: FunctionType) -> Any:
    """A function with the boundary around it, as the face's own."""
    drawn = boundary(f, name, names=True)
    drawn.__module__ = face.__name__
    return drawn


def _functions(space: ModuleType) -> dict[str, Any]:
    """The public functions: those in `__all__`; where there is none, a module's own."""
    own = [
        n for n, f in vars(space).items() if getattr(f, "__module__", "") == space.__name__ and n[0] != "_"
    ]
    offered = {name: vars(space).get(name) for name in getattr(space, "__all__", own)}
    found = {name: f for name, f in offered.items() if isinstance(f, FunctionType)}
    return {
        name: getattr(f, "__wrapped__", f) if hasattr(f, "is_boundary") else f for name, f in found.items()
    }


def draw_around_methods(cls: type) -> None:
    """Draw the boundary around the public methods that a class has from us. Types are made too often for it."""
    if issubclass(cls, TensorType):
        return
    for name, method in list(vars(cls).items()):
        public = not name.startswith("_") or (name.startswith("__") and name not in _ASIDE)
        if not public or hasattr(method, "is_boundary"):
            continue
        if isinstance(method, FunctionType) and is_ours(method.__code__):
            called = cls.__name__ if name in ("__init__", "__call__") else name
            setattr(cls, name, boundary(method, called, names=name == "__init__"))
        elif isinstance(method, classmethod) and is_ours(method.__func__.__code__):
            setattr(cls, name, classmethod(boundary(method.__func__, name)))
        elif isinstance(method, property) and _is_lent(method, cls):
            setattr(cls, name, property(boundary(method.fget, name, names=True)))  # type: ignore[arg-type]


def _is_lent(member: property, cls: type) -> bool:
    """Whether it is a public function of another module; a class's own properties look and do not compute."""
    return isinstance(member.fget, FunctionType) and member.fget.__module__ != cls.__module__
