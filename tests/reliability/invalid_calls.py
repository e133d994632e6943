"""Random calls of every public function, most of them wrong: `python -m tests.reliability.invalid_calls FIRST COUNT`.

Call number k is the same in every run. Prints one JSON line for each call that failed as no call may, after writing
the number of each call to the file of `--progress`, so that one who watches knows which call ended the process.
"""

from __future__ import annotations

import argparse
import inspect
import json
import math
import os
import random
import re
import resource
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import wengert as wg

SECONDS = 5  # a call may take
ROOM = 2 << 30  # bytes of address space beyond what the imports take
REFUSED = 16 << 20  # bytes that a refused call may take meanwhile
RESET_PEAK = "5"  # proc(5), clear_refs
KINDS = (wg.errors.WengertError, TypeError, ValueError, IndexError, MemoryError, OSError)
ASIDE = {
    "set_threads",  # would change how all later calls run
    "load_model",  # reads files: tests/train/test_saving.py
    "set_dtype_policy",  # would change what all later layers are
    "set_global_policy",
}


def spaces() -> Iterator[tuple[str, types.ModuleType]]:
    yield "", wg
    for name in (
        "linalg",
        "random",
        "fft",
        "activations",
        "losses",
        "layers",
        "initializers",
        "optimizers",
        "metrics",
        "mixed_precision",
        "numeric",
        "schedules",
    ):
        if hasattr(wg, name):
            yield f"{name}.", getattr(wg, name)


def functions() -> dict[str, Callable[..., Any]]:
    """Every public function, and the classes that are made from arguments."""
    found = {}
    for prefix, space in spaces():
        for name in getattr(space, "__all__", dir(space)):
            thing = getattr(space, name)
            home = getattr(thing, "__module__", "")
            ours = home.startswith("wengert") if hasattr(space, "__all__") else home == space.__name__
            if (
                name[0] != "_"
                and name not in ASIDE
                and ours
                and (inspect.isfunction(thing) or inspect.isclass(thing))
            ):
                found[prefix + name] = thing
    return {name: f for name, f in found.items() if not (inspect.isclass(f) and issubclass(f, BaseException))}


DTYPES = ["float32", "float64", "int64", "int32", "int8", "uint8", "bool", "complex64", "bfloat16", "float16"]
SHAPES = [(), (1,), (3,), (2, 3), (3, 3), (0,), (0, 3), (2, 3, 4), (1, 4, 4, 2), (3, 3, 2, 2)]
SIZES = [0, 1, 2, 3, -1, -2, 7, 2**31 - 1, -(2**31), 2**31, 2**62, 2**63, -(2**63), 2**70]


def tensor(draw: random.Random) -> wg.Tensor:
    shape, dtype = draw.choice(SHAPES), draw.choice(DTYPES[:4] * 3 + DTYPES)
    values = np.random.default_rng(draw.randrange(9)).integers(-3, 4, shape)
    return wg.Tensor(values.astype("float64" if dtype == "bfloat16" else dtype), dtype)


def special(draw: random.Random) -> Any:
    """A tensor with NaN, infinities or numbers far out."""
    x = np.array(tensor(draw).numpy(), "float32")
    x.flat[:1] = draw.choice([np.nan, np.inf, -np.inf, 1e38, -0.0])
    return wg.Tensor(x)


def ints(draw: random.Random) -> Any:
    return draw.choice([tuple, list])(draw.choice(SIZES[:7] * 4 + SIZES) for _ in range(draw.randrange(4)))


ARGUMENTS: list[Callable[[random.Random], Any]] = [
    tensor,
    tensor,
    tensor,
    special,
    ints,
    lambda draw: draw.choice(SIZES),
    lambda draw: draw.choice(SIZES[:7]),
    lambda draw: draw.choice([0.0, 1.5, -2.0, math.nan, math.inf, 1e300, 1j]),
    lambda draw: draw.choice(
        [True, False, None, ..., slice(None), object(), {}, {"a": 1}, set(), b"bytes", range(3)]
    ),
    lambda draw: draw.choice(
        ["x", "", "float32", "flaot32", "same", "valid", "sum", "mean", "relu", "é\x00", "9" * 99]
    ),
    lambda draw: draw.choice(DTYPES),
    lambda draw: draw.choice(
        [[], [[]], [1, 2.5], [[1, 2], [3]], [[1.0, 2.0]], ["a"], [None], [[[[[1]]]]], (1, (2, 3))]
    ),
    lambda draw: draw.choice(
        [np.float32, np.dtype("int8"), np.dtype("S3"), int, float, str, wg.Tensor, "M8[s]"]
    ),
    lambda draw: draw.choice(
        [np.ones(3), np.array("a"), np.array([None]), np.ones((2, 3), "S2"), np.int64(2), np.True_]
    ),
    lambda draw: draw.choice(
        [np.ones((2, 3))[:, ::2], np.ma.ones(3), np.ones(2, "longdouble"), np.datetime64("2020")]
    ),
    lambda draw: draw.choice([lambda x: x, lambda: 0, lambda *a: a, math.sin, len]),
    lambda draw: wg.Variable(tensor(draw)),
    lambda draw: [tensor(draw) for _ in range(draw.randrange(3))],
]


FITTING: dict[str, Callable[[random.Random], Any]] = {  # by the end of a parameter's name
    "axis": lambda draw: draw.choice([0, -1, 1, 2, -3, (0, 1), (0, 0), None]),
    "axes": lambda draw: draw.choice([0, 1, 2, (0, 1), (1, 0), ((0,), (1,)), None]),
    "shape": lambda draw: draw.choice([*SHAPES, 3, (-1,), (2, -1)]),
    "dtype": lambda draw: draw.choice(DTYPES),
    "size": lambda draw: draw.choice([1, 2, 3, (2, 2)]),
    "strides": lambda draw: draw.choice([1, 2, (1, 2)]),
    "padding": lambda draw: draw.choice(["same", "valid", ((1, 1), (0, 2)), ((-1, 0), (0, 0))]),
    "num_classes": lambda draw: draw.choice([0, 1, 3, 5]),
    "units": lambda draw: draw.choice([1, 3]),
    "filters": lambda draw: draw.choice([1, 4]),
    "keepdims": lambda draw: draw.choice([True, False]),
    "f": lambda draw: draw.choice([wg.sum, wg.exp, lambda x: wg.sum(x * x), lambda x: x]),
}


def value(name: str, draw: random.Random) -> Any:
    """What the parameter may be for, half of the time; else anything."""
    fitting = [make for ending, make in FITTING.items() if name.endswith(ending)]
    return (fitting[0] if fitting and draw.random() < 0.5 else draw.choice(ARGUMENTS))(draw)


def arguments(f: Callable[..., Any], draw: random.Random) -> tuple[list[Any], dict[str, Any]]:
    """Something for most parameters; seldom one too many, or a name that there is not."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for p in inspect.signature(f).parameters.values():
        needed = p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        if draw.random() > (0.97 if needed else 0.35):
            continue
        given = tensor(draw) if needed and not args and draw.random() < 0.6 else value(p.name, draw)
        if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL) or (needed and p.kind is p.POSITIONAL_OR_KEYWORD):
            args.append(given)
        elif p.kind is not p.VAR_KEYWORD:
            kwargs[p.name] = given
    if draw.random() < 0.02:
        kwargs["unknown"] = 1
    return args, kwargs


def call(number: int) -> tuple[str, str]:
    """What is called, and what is wrong with how it ended; nothing if it is well."""
    draw = random.Random(number)
    every = functions_here()
    name = draw.choice(list(every))
    args, kwargs = arguments(every[name], draw)
    said = f"{name}({', '.join([*map(short, args), *(f'{k}={short(v)}' for k, v in kwargs.items())])})"
    before = start_of_peak()
    start = time.process_time()
    try:
        carry_out(every[name], args, kwargs, draw)
    except Exception as e:
        fault = judged(e, kwargs, name.rpartition(".")[2], every[name].__name__)
        taken = peak() - before
        if taken > REFUSED:
            fault = fault or f"took {taken >> 20} MiB to be refused"
        if fault:
            return said, f"{fault}: {type(e).__name__}: {e}"[:500]
    seconds = time.process_time() - start
    return said, f"took {seconds:.1f} s" if seconds > SECONDS else ""


def carry_out(f: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], draw: random.Random) -> None:
    """Call it: one in eight recorded. What comes of a layer or a loss is called in turn."""
    if args and isinstance(args[0], wg.Tensor) and inspect.isfunction(f) and draw.random() < 0.125:
        wg.function(lambda x: (f(x, *args[1:], **kwargs), x)[1], compiled=False)(args[0])
        return
    out = f(*args, **kwargs)
    if inspect.isclass(f) and callable(out):
        try:
            out(*(tensor(draw) for _ in range(draw.choice([1, 1, 2]))))
        except KINDS as e:  # it is named by its own name, not by its class
            if not any(word in str(e) for word in ("got", "argument")):
                raise


def judged(e: Exception, kwargs: dict[str, Any], *names: str) -> str:
    """What is wrong with an error; nothing if it tells the function and what it was given."""
    innermost = traceback.extract_tb(e.__traceback__)[-1]
    of_the_callers_function = (innermost.filename, innermost.name) == (__file__, "<lambda>")
    # A class to derive from says so; a formula is printed with a mark where it cannot be read.
    if of_the_callers_function or isinstance(e, NotImplementedError | wg.errors.FormulaError):
        return ""
    message = str(e)
    if not isinstance(e, KINDS):
        return "foreign"
    if not any(n.lower().replace("_", "") in message.lower().replace("_", "") for n in names):
        return "does not name the function"
    by_python = any(word in message for word in ("argument", "keyword", *map(repr, kwargs)))
    of_memory = isinstance(e, MemoryError) and "must fit into memory; it takes" in message
    return "" if "got" in message or of_memory or by_python else "does not tell the value"


def short(x: Any) -> str:
    try:
        return f"{type(x).__name__} {x.type}" if isinstance(x, wg.Tensor | wg.Variable) else repr(x)[:60]
    except Exception:
        return type(x).__name__


_FUNCTIONS: dict[str, Callable[..., Any]] = {}


def functions_here() -> dict[str, Callable[..., Any]]:
    _FUNCTIONS.update(_FUNCTIONS or functions())
    return _FUNCTIONS


def start_of_peak() -> int:
    """Bytes resident now; the peak is counted anew."""
    Path("/proc/self/clear_refs").write_text(RESET_PEAK)
    return peak()


def peak() -> int:
    """Bytes that were resident at most since."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + ROOM, used + ROOM))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--progress", type=Path, default=Path(os.devnull))
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    functions_here()
    limit_memory()
    with args.progress.open("r+b", buffering=0) as progress:
        for number in range(args.first, args.first + args.count):
            progress.seek(0)
            progress.write(b"%20d" % number)
            said, fault = call(number)
            if fault:
                print(json.dumps([number, said, fault]), flush=True)
    print(json.dumps("done"))


if __name__ == "__main__":
    sys.exit(main())
