"""Writes one LLVM function as text: values, loops and blocks that look like the control flow they make.

Plain text instead of llvmlite's object model: emission is a tenth of the time, `llvmlite` itself is
imported only to compile, and any target that LLVM knows is served alike.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Value:
    """An LLVM value: its type and how it is written."""

    type: str
    text: str

    def __str__(self) -> str:
        return f"{self.type} {self.text}"


def i64(n: int) -> Value:
    """An integer constant."""
    return Value("i64", str(n))


def vector(type_: str, lanes: int) -> str:
    """The type of `lanes` values of `type_`; one lane is the scalar type itself."""
    return type_ if lanes == 1 else f"<{lanes} x {type_}>"


@dataclass
class Range:
    """A loop being emitted: its index, the carried values inside, and (after the block) their last values.

    step: what is added to the index; the body may put a value there that only it knows.
    """

    index: Value
    carried: list[Value]
    step: Value
    _next: list[Value] = field(default_factory=list)

    def advance(self, *values: Value) -> None:
        """Say what the carried values become on the next turn."""
        self._next = list(values)


class Builder:
    """One function. Methods append an instruction to the open block and return its value."""

    def __init__(
        self, name: str, args: Sequence[Value], attributes: str = "nounwind", linkage: str = "external"
    ) -> None:
        self.name = name
        self.linkage = linkage
        self.args = list(args)
        self.attributes = attributes
        self.declarations: set[str] = set()
        self._lines: list[str] = []
        self._count = 0
        self.label = "entry"
        self._lines.append("entry:")

    def text(self) -> str:
        """The finished function definition (declarations are apart, in `declarations`)."""
        args = ", ".join(map(str, self.args))
        return (
            f"define {self.linkage} void @{self.name}({args}) {self.attributes} {{\n"
            + "\n".join(self._lines)
            + "\n}\n"
        )

    # --- instructions -------------------------------------------------------------------------
    def emit(self, line: str) -> None:
        """An instruction without a value."""
        self._lines.append("  " + line)

    def value(self, type_: str, instruction: str) -> Value:
        """An instruction with a value."""
        v = Value(type_, self.fresh())
        self._lines.append(f"  {v.text} = {instruction}")
        return v

    def fresh(self) -> str:
        self._count += 1
        return f"%v{self._count}"

    def op(self, opcode: str, x: Value, y: Value) -> Value:
        """A binary instruction on two values of one type: add, mul, fadd, and, shl, ..."""
        return self.value(x.type, f"{opcode} {x.type} {x.text}, {y.text}")

    def add(self, x: Value, y: Value) -> Value:
        """Integer sum; constants fold."""
        if x.text == "0":
            return y
        if y.text == "0":
            return x
        if _is_number(x) and _is_number(y):
            return Value(x.type, str(int(x.text) + int(y.text)))
        return self.op("add nsw", x, y)

    def sub(self, x: Value, y: Value) -> Value:
        """Integer difference; constants fold."""
        if y.text == "0":
            return x
        if _is_number(x) and _is_number(y):
            return Value(x.type, str(int(x.text) - int(y.text)))
        return self.op("sub nsw", x, y)

    def mul(self, x: Value, y: Value) -> Value:
        """Integer product; constants fold."""
        if x.text == "1":
            return y
        if y.text == "1":
            return x
        if x.text == "0" or y.text == "0":
            return Value(x.type, "0")
        if _is_number(x) and _is_number(y):
            return Value(x.type, str(int(x.text) * int(y.text)))
        return self.op("mul nsw", x, y)

    def compare(self, predicate: str, x: Value, y: Value, lanes: int = 1) -> Value:
        """icmp or fcmp: the predicate starts with the instruction, e.g. "icmp slt"."""
        return self.value(vector("i1", lanes), f"{predicate} {x.type} {x.text}, {y.text}")

    def select(self, condition: Value, x: Value, y: Value) -> Value:
        return self.value(x.type, f"select {condition}, {x}, {y}")

    def convert(self, opcode: str, x: Value, type_: str) -> Value:
        """sitofp, fptosi, zext, trunc, bitcast, ..."""
        return x if x.type == type_ else self.value(type_, f"{opcode} {x} to {type_}")

    def call(self, type_: str, function: str, args: Sequence[Value]) -> Value:
        """Call an intrinsic; it is declared on first use."""
        types = ", ".join(a.type for a in args)
        plain = re.sub(r" align \d+", "", types)  # an attribute of the call, not of the function
        self.declarations.add(f"declare {type_} @{function}({plain})")
        text = f"call {type_} @{function}({', '.join(map(str, args))})"
        if type_ == "void":
            self.emit(text)
            return Value("void", "")
        return self.value(type_, text)

    def call_at(self, function: Value, args: Sequence[Value]) -> None:
        """Call the function at an address."""
        self.emit(f"call void {function.text}({', '.join(map(str, args))})")

    # --- memory -------------------------------------------------------------------------------
    def element(self, pointer: Value, index: Value, type_: str) -> Value:
        """Address of element `index` of an array of `type_`."""
        if index.text == "0":
            return pointer
        return self.value("ptr", f"getelementptr inbounds {type_}, {pointer}, {index}")

    def load(self, pointer: Value, type_: str, align: int) -> Value:
        return self.value(type_, f"load {type_}, {pointer}, align {align}")

    def store(self, x: Value, pointer: Value, align: int) -> None:
        self.emit(f"store {x}, {pointer}, align {align}")

    # --- vectors ------------------------------------------------------------------------------
    def splat(self, x: Value, lanes: int) -> Value:
        """A vector with x in every lane."""
        if lanes == 1 or x.type.startswith("<"):
            return x
        t = vector(x.type, lanes)
        if not x.text.startswith("%"):
            return Value(t, f"splat ({x})")
        one = self.value(t, f"insertelement {t} poison, {x}, i64 0")
        return self.value(t, f"shufflevector {t} {one.text}, {t} poison, <{lanes} x i32> zeroinitializer")

    # --- control flow -------------------------------------------------------------------------
    def block(self, hint: str) -> str:
        """A new label, not yet placed."""
        self._count += 1
        return f"{hint}{self._count}"

    def place(self, label: str) -> None:
        """Open the block `label`; what follows goes there."""
        self._lines.append(f"{label}:")
        self.label = label

    def branch(self, label: str) -> None:
        self.emit(f"br label %{label}")

    def cond_branch(self, condition: Value, yes: str, no: str) -> None:
        self.emit(f"br i1 {condition.text}, label %{yes}, label %{no}")

    @contextlib.contextmanager
    def for_range(
        self, start: Value, stop: Value, step: Value, carried: Sequence[Value] = ()
    ) -> Iterator[Range]:
        """for index in range(start, stop, step); the with-block emits the body.

        `carried` values enter the first turn; the body calls `advance` with their next values; after the
        with-block `carried` holds their last values. step must be positive.
        """
        before, head, body, end = self.label, self.block("head"), self.block("body"), self.block("end")
        self.branch(head)
        self.place(head)
        index = Value("i64", self.fresh())
        phis = [Value(c.type, self.fresh()) for c in carried]
        at = len(self._lines)
        again = self.compare("icmp slt", index, stop)
        self.cond_branch(again, body, end)
        self.place(body)
        loop = Range(index, list(phis), step)
        yield loop
        after = self.value("i64", f"add nsw i64 {index.text}, {loop.step.text}")
        latch = self.label
        self.branch(head)
        lines = [f"  {index.text} = phi i64 [ {start.text}, %{before} ], [ {after.text}, %{latch} ]"]
        if len(loop._next) != len(phis):
            raise AssertionError(
                f"for_range: {len(phis)} values are carried; advance() was given {len(loop._next)}."
            )
        for phi, first, following in zip(phis, carried, loop._next, strict=True):
            lines.append(
                f"  {phi.text} = phi {phi.type} [ {first.text}, %{before} ], [ {following.text}, %{latch} ]"
            )
        self._lines[at:at] = lines
        self.place(end)
        loop.carried = phis

    @contextlib.contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """if condition: (the with-block)"""
        yes, end = self.block("then"), self.block("end")
        self.cond_branch(condition, yes, end)
        self.place(yes)
        yield
        self.branch(end)
        self.place(end)

    def ret(self) -> None:
        self.emit("ret void")


def _is_number(x: Value) -> bool:
    return x.text.lstrip("-").isdigit()
