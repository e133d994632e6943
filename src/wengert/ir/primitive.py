"""Primitive: a name and the rules that give it meaning. The registry: every primitive, by name."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from wengert.base.dtypes import computed, size_of
from wengert.base.errors import DTypeError, ShapeError, UsageError, WengertError
from wengert.ir.boundary import with_line
from wengert.ir.dim import Dim
from wengert.ir.types import TensorType, type_of

REGISTRY: dict[str, Primitive] = {}
MAX_RANK = 64  # NumPy's
ADDRESSES = 2**47  # bytes that a process can have
TOO_BIG = ("array is too big", "Maximum allowed size exceeded")  # how NumPy's ValueErrors say it
Rule = Callable[..., Any]


@runtime_checkable
class Interpreted(Protocol):
    """A value that decides what applying a primitive to it means: run it, record it or match it."""

    level: int

    @staticmethod
    def interpret(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any: ...


@dataclass(frozen=True, eq=False)
class Primitive:
    """All of the meaning of one operation. Parameters are keyword arguments of every rule.

    type_rule:  (*input types, **params) -> TensorType (or a tuple of them); raises ShapeError / DTypeError.
    numpy_rule: (*arrays, **params) -> array (or tuple): the reference meaning.
    lower:      (s, i, *reads, **params) -> Expr: the element at index i, pulled from the inputs. A read has
                `shape` (its lengths as expressions) and `dtype`; `read[index]` is an element.
    loops:      (s, out_shape, *reads, **params) -> LoopForm, where an element at a time does not do
                (cumulative sums, scatters).
    tiles:      (s, out_shape, *reads, **params) -> TileForm, where elements that lie together share their work.
    contract:   (*input types, **params) -> ContractForm, for sums of products: `compiler/` has a kernel.
    jvp:        (tangents, out, *inputs, **params) -> tangent of out; a tangent may be None (zero).
    vjp:        (cotangent, out, *inputs, **params) -> for each input its cotangent, or None (zero), or a
                function without arguments that makes it, called only where someone needs it.
    pointwise:  an element of the result depends on the inputs' elements at the same index only.
    lead:       (size, **params) -> params of the same operation where every input has one more axis, `size`
                long, in front: a batch of calls as one call. Pointwise primitives need none.
    batch:      (size, moved, *inputs, **params) -> result with that axis, for inputs of which some, those
                where `moved` holds, have it; where there is neither, `transforms/vmap.py` loops.
    derives:    jvp, vjp and batch take one more keyword, `derive`: the transform itself, for the graphs among
                the params (`jvp_graph`, `vjp_graph` and `vmap_graph` of `transforms/`).

    Where a value is a tuple, so are its tangent and its cotangent, with None for a part that is zero.

    Primitives are strict: they neither broadcast nor promote. `ops/` does.
    """

    name: str
    type_rule: Rule
    numpy_rule: Rule
    lower: Rule | None = None
    jvp: Rule | None = None
    vjp: Rule | None = None
    loops: Rule | None = None
    tiles: Rule | None = None
    contract: Rule | None = None
    lead: Rule | None = None
    batch: Rule | None = None
    pointwise: bool = False
    derives: bool = False
    seen: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)  # see `runtime/quick.py`

    def __post_init__(self) -> None:
        if self.name in REGISTRY:
            raise ValueError(f"primitive {self.name!r} is defined twice")
        REGISTRY[self.name] = self

    def __call__(self, *args: Any, **params: Any) -> Any:
        return apply(self, args, params)

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """A copy is the one of its name: there is no other."""
        return primitive_of, (self.name,)


def primitive_of(name: str) -> Primitive:
    """The primitive of a name.

    Raises:
        UsageError: there is none.
    """
    if name not in REGISTRY:
        raise UsageError(f"primitive: must be one of Wengert; got {name!r}.")
    return REGISTRY[name]


class Numpy:
    """The interpreter of last resort: check the types, run the reference rule."""

    level = 0

    @staticmethod
    def interpret(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        args = tuple(a if isinstance(a, tuple) else array(a) for a in args)
        return run_numpy(prim, infer(prim, tuple(map(types_of, args)), params), args, params)


def array(x: Any) -> np.ndarray:
    """x as an array.

    Raises:
        ShapeError: x is a list of lists of different lengths.
    """
    try:
        return np.asarray(x)
    except ValueError:
        raise ShapeError(f"array: nested lists must have one length at each depth; got {x!r}.") from None


def types_of(x: Any) -> Any:
    """The type of a value; of a tuple of values, a tuple."""
    return tuple(map(type_of, x)) if isinstance(x, tuple) else type_of(x)


def infer(prim: Primitive, types: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """The type of the result. Whoever runs or records a primitive asks here first.

    Raises:
        WengertError: the call is wrong, in whatever way.
    """
    try:
        out = prim.type_rule(*types, **params)
    except WengertError:
        raise
    except (TypeError, AttributeError) as e:
        raise _explain(prim, types, params, e) from None
    for t in out if isinstance(out, tuple) else (out,):
        _require_possible(prim.name, t)
    return out


def _explain(prim: Primitive, types: tuple[Any, ...], params: dict[str, Any], e: Exception) -> Exception:
    """What was wrong with a call that the type rule did not expect."""
    if any(isinstance(t, tuple) for t in types):
        return DTypeError(
            f"{prim.name}: every input must be one tensor; got {', '.join(map(str, types))}. "
            f"Take one of several results with item(x, index=k)."
        )
    signature = inspect.signature(prim.type_rule)
    inputs = [p for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    try:
        signature.bind(*types, **params)
    except TypeError as wrong:
        return UsageError(
            f"{prim.name}: {wrong}; got {len(types)} inputs and {', '.join(params) or 'no'} parameters."
        )
    if len(types) < len(inputs):
        return UsageError(f"{prim.name}: takes {len(inputs)} inputs; got {len(types)}.")
    return e


def _require_possible(name: str, t: TensorType) -> None:
    """Sizes are compared here, in Python's integers, before NumPy or LLVM sees them."""
    if t.rank > MAX_RANK:
        raise ShapeError(f"{name}: a tensor must have at most {MAX_RANK} axes; got {t.rank}.")
    if math.prod(n for n in t.shape if not isinstance(n, Dim)) * size_of(t.dtype) >= 2**63:
        raise ShapeError(f"{name}: a tensor must be smaller than 2^63 bytes; got {t}.")


def run_numpy(prim: Primitive, out: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """The reference rule's result, in the dtypes that the type rule gave.

    Raises:
        MemoryError: it, or what it takes to compute it, does not fit into memory; names the primitive.
    """
    types = out if isinstance(out, tuple) else (out,)
    try:
        if any(t.nbytes >= ADDRESSES for t in types):
            raise MemoryError
        # IEEE results are the meaning; whoever wants to know asks for a check.
        with np.errstate(all="ignore"):
            value = reference(prim, args, params)
            if not isinstance(out, tuple):
                return np.asarray(value, out.dtype)
            return tuple(np.asarray(v, t.dtype) for v, t in zip(value, out, strict=True))
    except (MemoryError, ValueError) as e:
        if isinstance(e, ValueError) and not any(said in str(e) for said in TOO_BIG):
            raise
        needs = " + ".join(f"{t.nbytes:,} bytes for {t}" for t in types)
        raise MemoryError(f"{prim.name}: the result must fit into memory; it takes {needs}.") from None


def reference(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """What the NumPy rule says; of float16 and bfloat16 in float32, sums too, for the caller to round once."""
    if not prim.derives:  # else graphs among the params say what is done, step by step
        args = tuple(map(widened, args))
    return prim.numpy_rule(*args, **params)


def widened(x: Any) -> Any:
    """A value in the dtype that it is computed in."""
    if isinstance(x, np.ndarray) and x.dtype.char in "eE":  # float16 and bfloat16; a name takes NumPy longer
        return x.astype(computed(x.dtype.name))
    return x


# `ir/node.py` puts Node here: who records a primitive without tensor inputs.
RECORDER: list[type[Interpreted]] = []


def apply(prim: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Let the argument of the highest level say what applying `prim` means."""
    interpreter: Any = Numpy
    for a in args:
        if getattr(a, "level", 0) > interpreter.level:
            interpreter = a
    if interpreter is Numpy and any(map(symbolic, params.values())):
        interpreter = RECORDER[0]
    try:
        return interpreter.interpret(prim, args, params)
    except WengertError as e:
        raise with_line(e) from None


def symbolic(param: object) -> bool:
    """Whether a parameter depends on lengths that are not known."""
    if isinstance(param, tuple):
        return any(map(symbolic, param))
    return isinstance(param, Dim)
