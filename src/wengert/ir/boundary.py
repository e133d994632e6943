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
from wengert.base.errors import ArgumentError, IndexRangeError, ValueRangeError, WengertError
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
_ASIDE = {"__getattr__", "__getattribute__", "__setattr__", "__post_init__", "__init_subclass__", "__hash__"}
_REPR = reprlib.Repr()
_REPR.maxother = _REPR.maxstring = 60


def boundary(f: Callable[P, R], name: str = "") -> Callable[P, R]:
    """f, whose errors are told as the user should see them. name: what the user calls f."""
    name = name or f.__name__

    @functools.wraps(f)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            try:
                return f(*args, **kwargs)
            except tuple(FOREIGN) as e:
                if isinstance(e, WengertError) or not _is_unforeseen(e):
                    raise
                raise explained(e, name, f, args, kwargs) from (e if config.full_traceback() else None)
        except Exception as e:
            leave(e)
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


def leave(e: Exception) -> None:
    """Let the error tell the user's line, and take Wengert's own frames out of its traceback.

    They stay where they tell what nobody else does: of a bug of ours.
    """
    if isinstance(e, WengertError):
        with_line(e)
    frames = list(_frames(e.__traceback__))
    if config.full_traceback():
        return
    told = isinstance(e, WengertError | MemoryError) or _is_deliberate(e) or len(frames) == 1
    if told or not is_ours(frames[-1].tb_frame.f_code):
        kept = [tb for tb in frames if not is_ours(tb.tb_frame.f_code)]
        for tb, following in zip(kept, [*kept[1:], None], strict=False):
            tb.tb_next = following
        e.__traceback__ = kept[0] if kept else None


def _frames(tb: TracebackType | None) -> Iterator[TracebackType]:
    while tb is not None:
        yield tb
        tb = tb.tb_next


def _is_deliberate(e: Exception) -> bool:
    return "; got " in str(e)


def _is_unforeseen(e: Exception) -> bool:
    """Whether the error was raised by us or beneath us, in no words of ours."""
    inner = [tb.tb_frame.f_code for tb in _frames(e.__traceback__)][1:]  # the first is the boundary
    # Where there is none, Python refused to make the call: its message names the function.
    return (
        bool(inner) and not _is_deliberate(e) and all(is_ours(c) or _is_beneath(c.co_filename) for c in inner)
    )


def _is_beneath(file: str) -> bool:
    """Whether the file is NumPy's or Python's, or there is none: code that dataclasses and NumPy write."""
    beside = "site-packages" in file.removeprefix(
        _BENEATH[0]
    )  # of the standard library, where others live too
    return not beside and file.startswith((*_BENEATH, "<frozen", "<string>", "<__array"))


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
    """Draw the boundary around public functions, and around the methods of these classes.

    face: the module whose `__all__` users see; what is drawn for it belongs to it (a pickle finds it there), and the
    modules that the functions come from keep them as they are. spaces: modules that are public themselves.
    """
    drawn: dict[Any, Any] = {}
    for space in spaces:
        for name, f in _functions(space).items():
            drawn[f] = boundary(f)
            setattr(space, name, drawn[f])
            setattr(sys.modules[f.__module__], name, drawn[f])
    for name, f in _functions(face).items():
        if f not in drawn:
            drawn[f] = boundary(f)
            drawn[f].__module__ = face.__name__
        setattr(face, name, drawn[f])
    for cls in {base for c in around for base in c.__mro__ if base.__module__.startswith("wengert.")}:
        draw_around_methods(cls)


def _functions(space: ModuleType) -> dict[str, Any]:
    """The public functions that are no boundary yet: those in `__all__`; where there is none, a module's own."""
    own = [
        n for n, f in vars(space).items() if getattr(f, "__module__", "") == space.__name__ and n[0] != "_"
    ]
    offered = {name: getattr(space, name) for name in getattr(space, "__all__", own)}
    return {n: f for n, f in offered.items() if isinstance(f, FunctionType) and not hasattr(f, "is_boundary")}


def draw_around_methods(cls: type) -> None:
    """Draw the boundary around the public methods that a class has from us."""
    for name, method in list(vars(cls).items()):
        public = not name.startswith("_") or (name.startswith("__") and name not in _ASIDE)
        if not public or not isinstance(method, FunctionType) or hasattr(method, "is_boundary"):
            continue
        if is_ours(method.__code__):
            setattr(cls, name, boundary(method, cls.__name__ if name in ("__init__", "__call__") else name))
