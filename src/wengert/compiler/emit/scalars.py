"""Scalar expressions to LLVM values: once each, at the place where they are asked for.

At any place some loop variables are bound; at most one of them is the *vector variable*, which stands for
`lanes` consecutive indices at once. An expression that needs it is a vector there, all others are scalars
and are widened where they meet a vector.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wengert.base.dtypes import HALVES
from wengert.compiler.emit.arithmetic import STORAGE, arithmetic, constant, join, lanes_of
from wengert.compiler.emit.builder import Builder, Value, i64, vector
from wengert.compiler.emit.halves import narrowed, widened
from wengert.compiler.emit.memory import Access, anywhere, load, reverse, store
from wengert.compiler.emit.target import Target
from wengert.loop.expr import INTRINSICS, Expr, Scalars, affine, const_value
from wengert.loop.floats import by_two_factors
from wengert.loop.fma import exact_fma
from wengert.loop.guards import Guards, find_guards
from wengert.loop.math import expand
from wengert.loop.nest import Slot, Store

TABLE, SLOTS, THREAD, THREADS = (
    Value(t, n) for t, n in (("ptr", "%table"), ("ptr", "%slots"), ("i64", "%tid"), ("i64", "%threads"))
)


@dataclass(frozen=True, slots=True)
class Buffers:
    """What a kernel is given: buffers, run-time integers, and the error cell (None where nothing is checked)."""

    pointers: tuple[Value, ...]
    params: tuple[Value, ...]
    error: Value | None


def open_kernel(name: str, slots: Sequence[Slot], params: int, checks: bool) -> tuple[Builder, Buffers]:
    """Begin a kernel `void name(table, slots, tid, threads)` and read its arguments.

    %table holds addresses and integers; %slots says at which of its entries this kernel finds its buffers,
    then its run-time integers, then the error cell, if it checks anything.
    """
    args = [
        Value("ptr noalias readonly", TABLE.text),
        Value("ptr noalias readonly", SLOTS.text),
        THREAD,
        THREADS,
    ]
    b = Builder(name, args)

    def entry(n: int, type_: str) -> Value:
        at = b.convert("zext", b.load(b.element(SLOTS, i64(n), "i32"), "i32", 4), "i64")
        return b.load(b.element(TABLE, at, "i64"), type_, 8)

    pointers = tuple(entry(n, "ptr") for n in range(len(slots)))
    integers = tuple(entry(len(slots) + n, "i64") for n in range(params))
    return b, Buffers(pointers, integers, entry(len(slots) + params, "ptr") if checks else None)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The vector variable: its name, how many indices it stands for, and which of them are real (None: all)."""

    name: str
    count: int
    mask: Value | None = None


class Emitter:
    """Emits expressions into `b`. `roots`: all that will be asked for; their guards are found at once."""

    def __init__(
        self,
        b: Builder,
        target: Target,
        buffers: Buffers,
        roots: Sequence[Expr],
        pinned: dict[int, frozenset[str]] | None = None,
    ) -> None:
        self.b, self.target, self.buffers = b, target, buffers
        self.scalars = Scalars()
        self.guards: Guards = find_guards(self.scalars, roots, pinned)
        self.bound: dict[str, Value] = {}
        self.lanes: Lanes | None = None
        self.varying: frozenset[str] = frozenset()
        self._memo: list[dict[Expr, Value]] = [{}]

    # --- scopes -------------------------------------------------------------------------------
    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """A region of code: bindings and values made inside are forgotten after it."""
        before = dict(self.bound), self.lanes, self.varying
        self._memo.append({})
        yield
        self._memo.pop()
        self.bound, self.lanes, self.varying = before

    def bind(self, name: str, value: Value) -> None:
        """A loop variable is this index; a carry or `acc` is this value (a vector of `lanes`, or a scalar)."""
        self.bound[name] = value
        if lanes_of(value.type) > 1:
            self.varying |= {name}

    def vectorize(self, name: str, base: Value, count: int, mask: Value | None = None) -> None:
        """`name` is the vector variable: base, base + 1, ..., of which those in the mask are real."""
        self.bound[name] = base
        self.lanes = Lanes(name, count, mask)
        self.varying |= {name}

    def first_lanes(self, count: Value, lanes: int) -> Value:
        """The mask of the first `count` lanes (an i64 from 0 to 2**31)."""
        few = self.b.splat(self.b.convert("trunc", count, "i32"), lanes)
        numbers = ", ".join(f"i32 {n}" for n in range(lanes))
        return self.b.compare("icmp sgt", few, Value(few.type, f"<{numbers}>"), lanes)

    def is_vector(self, e: Expr) -> bool:
        """Whether `e` differs between lanes."""
        return not self.varying.isdisjoint(self.guards.of(e))

    # --- values -------------------------------------------------------------------------------
    def hoist(self, roots: Sequence[Expr], indices: Sequence[Expr] = ()) -> None:
        """Emit now whatever the bound variables determine of `roots`: it will not be repeated inside of loops.

        indices: roots that are only addresses; they are not made vectors of.
        """
        seen: set[Expr] = {e for e in indices if self.is_vector(e)}
        stack = [*reversed(indices), *reversed(roots)]
        ready: list[Expr] = []
        while stack:
            e = stack.pop()
            if e in seen or not e.args:
                continue
            seen.add(e)
            if self.guards.of(e) <= self.bound.keys():
                ready.append(e)
            else:
                stack.extend(reversed(e.args))
        for e in ready:
            self.value(e)

    def value(self, root: Expr) -> Value:
        """The value of an expression: a scalar, or a vector if it differs between lanes."""
        stack = [root]
        while stack:
            e = stack[-1]
            if self._known(e) is not None:
                stack.pop()
                continue
            missing = [a for a in self._parts(e) if self._known(a) is None]
            if missing:
                stack.extend(reversed(missing))
            else:
                self._memo[-1][e] = self._emit(e)
                stack.pop()
        found = self._known(root)
        assert found is not None
        return found

    def vector(self, e: Expr) -> Value:
        """The value in every lane."""
        return self.b.splat(self.value(e), self.lanes.count if self.lanes else 1)

    def scalar(self, index: Expr) -> Value:
        """An index that is affine in the vector variable, in the first lane."""
        if self.lanes is None or self.lanes.name not in index.free:
            return self.value(index)
        if index.op == "var":
            return self.bound[self.lanes.name]
        x, y = (self.scalar(a) for a in index.args)
        return {"add": self.b.add, "sub": self.b.sub, "mul": self.b.mul}[index.op](x, y)

    def know(self, e: Expr, value: Value) -> None:
        """An expression has this value, until the scope ends."""
        self._memo[-1][e] = value

    def _known(self, e: Expr) -> Value | None:
        for memo in reversed(self._memo):
            if e in memo:
                return memo[e]
        return None

    def _parts(self, e: Expr) -> Sequence[Expr]:
        """Arguments that have to be there before `e` is emitted."""
        if e.op == "reduce":
            return e.args[1:]
        if e.op == "load":
            return ()  # a contiguous index is needed in the first lane only
        return e.args

    def _emit(self, e: Expr) -> Value:
        match e.op:
            case "const":
                return constant(const_value(e), e.dtype)
            case "param":
                return self.buffers.params[e.data]  # type: ignore[call-overload, no-any-return]
            case "var" | "carry" | "acc":
                return self._leaf(e)
            case "load":
                return load(self.b, self.access(e.data, e.args[0], e.dtype, self._guard(e)), e.dtype)  # type: ignore[arg-type]
            case "check":
                return self._check(e)
            case "reduce":
                return self.reduce([e])[0]
            case "cast" if e.dtype in HALVES:
                return narrowed(self.b, self.value(e.args[0]), e.dtype, self.target)
            case "cast" if e.args[0].dtype in HALVES:
                return widened(self.b, self.value(e.args[0]), e.args[0].dtype, self.target)
            case "fma" if not self.target.fma:
                return self.value(exact_fma(self.scalars, *e.args))
            case "ldexp" if not self.target.ldexp:
                return self.value(by_two_factors(self.scalars, *e.args))
        if e.op in INTRINSICS:
            return self.value(expand(self.scalars, e))
        return arithmetic(self.b, e, [self.value(a) for a in e.args])

    def reduce(self, group: Sequence[Expr]) -> list[Value]:
        """Values of `reduce` expressions over the same loops."""
        raise AssertionError(f"emit: this kernel has no loops of its own; got {group[0]}.")

    def _leaf(self, e: Expr) -> Value:
        value = self.bound["acc" if e.op == "acc" else str(e.data)]
        if self.lanes is None or e.data != self.lanes.name:
            return value
        steps = ", ".join(f"i64 {n}" for n in range(self.lanes.count))
        return self.b.op(
            "add", self.b.splat(value, self.lanes.count), Value(vector("i64", self.lanes.count), f"<{steps}>")
        )

    # --- memory -------------------------------------------------------------------------------
    def store(self, s: Store, value: Value) -> None:
        """slot[index] = value, or joined to what is there."""
        dtype = s.value.dtype
        at = self.access(s.slot, s.index, dtype, None)
        if self.lanes:
            value = self.b.splat(value, self.lanes.count)
        if s.accumulate:
            value = join(self.b, s.accumulate, dtype, load(self.b, at, dtype), value)
        store(self.b, value, at, dtype)

    def access(self, slot: int, index: Expr, dtype: str, guard: Value | None) -> Access:
        """The elements at an index, where the guard holds."""
        type_, base, scalar_guard = STORAGE[dtype], self.buffers.pointers[slot], None
        if guard is not None and lanes_of(guard.type) == 1:
            guard, scalar_guard = None, guard
        step = self._step(index)
        if step == 0 and guard is None:
            return Access(self._either(scalar_guard, self._element(base, self.value(index), type_)), 1)
        assert self.lanes is not None
        count, mask = self.lanes.count, self._both(self.lanes.mask, guard)
        if step not in (1, -1):
            if scalar_guard is not None:
                mask = self._both(mask, self.b.splat(scalar_guard, count))
            return Access(self._element(base, self.vector(index), type_), count, mask=mask)
        first = self.scalar(index)
        if step == -1:
            first = self.b.add(first, i64(1 - count))
            mask = None if mask is None else reverse(self.b, mask)
        return Access(self._either(scalar_guard, self._element(base, first, type_)), count, step == -1, mask)

    def _step(self, index: Expr) -> int | None:
        """How far the index moves from lane to lane; None if it is not always equally far."""
        others = self.varying - {self.lanes.name} if self.lanes else self.varying
        if not others.isdisjoint(index.free):
            return None
        return affine(index, self.lanes.name) if self.lanes else 0

    def _element(self, base: Value, index: Value, type_: str) -> Value:
        """An address. Not `inbounds`: beyond a mask or a guard it may be anywhere."""
        lanes = lanes_of(index.type)
        return self.b.value(vector("ptr", lanes), f"getelementptr {type_}, {base}, {index}")

    def _either(self, guard: Value | None, pointer: Value) -> Value:
        return pointer if guard is None else self.b.select(guard, pointer, anywhere(self.b))

    def _both(self, x: Value | None, y: Value | None) -> Value | None:
        return self.b.op("and", x, y) if x and y else x or y

    def _guard(self, e: Expr) -> Value | None:
        """The condition under which a load or check may use its index; None: always."""
        if e not in self.guards.when:
            return None
        either = [self._join("and", [self.value(c) for c in all_of]) for all_of in self.guards.when[e]]
        return self._join("or", either)

    def _join(self, op: str, conditions: Sequence[Value]) -> Value:
        lanes = max(lanes_of(c.type) for c in conditions)
        return functools.reduce(
            functools.partial(self.b.op, op), [self.b.splat(c, lanes) for c in conditions]
        )

    # --- checked indices ----------------------------------------------------------------------
    def _check(self, e: Expr) -> Value:
        """The index where it is in range, else 0; the first bad one is recorded in the error cell."""
        b, guard = self.b, self._guard(e)
        index, size = self.value(e.args[0]), self.value(e.args[1])
        lanes = max(lanes_of(x.type) for x in (index, size, *([guard] if guard else [])))
        index, size = b.splat(index, lanes), b.splat(size, lanes)
        bad = b.compare("icmp uge", index, size, lanes)  # a negative index is a huge unsigned one
        wanted = [
            b.splat(x, lanes) for x in (guard, self.lanes.mask if self.lanes and lanes > 1 else None) if x
        ]
        self._record(self._join("and", [bad, *wanted]), index, int(e.data))  # type: ignore[call-overload]
        return b.select(bad, b.splat(i64(0), lanes), index)

    def _record(self, bad: Value, index: Value, code: int) -> None:
        """error.code, error.index = code, index if any lane is bad and no error came before."""
        b, lanes, error = self.b, lanes_of(bad.type), self.buffers.error
        if error is None:
            raise AssertionError(f"emit: a kernel with checks needs an error cell; got none for code {code}.")
        if lanes > 1:
            bits = b.convert("bitcast", bad, f"i{lanes}")
            some = b.compare("icmp ne", bits, Value(bits.type, "0"))
        else:
            bits, some = bad, bad
        with b.when(some):
            if lanes > 1:
                first = b.call(bits.type, f"llvm.cttz.{bits.type}", [bits, Value("i1", "true")])
                index = b.value("i64", f"extractelement {index}, {first}")
            pair = b.value("{ i64, i1 }", f"cmpxchg {error}, i64 0, i64 {code} monotonic monotonic, align 8")
            with b.when(b.value("i1", f"extractvalue {pair}, 1")):
                b.store(index, b.element(error, i64(1), "i64"), 8)
