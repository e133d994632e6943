"""Formulas in text, `sin(x*y) + exp(x)/y`, read by hand: nothing is ever evaluated as Python.

sum      = product { (+ | -) product }
product  = sign { (* | /) sign }
sign     = (+ | -) sign | power
power    = atom [ (** | ^) sign ]
atom     = number | name | name ( sum { , sum } ) | ( sum )
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from wengert.base.errors import FormulaError
from wengert.ir.graph import Graph
from wengert.ir.node import Node, constant, graph_input
from wengert.ir.source import at
from wengert.ir.types import TensorType
from wengert.ops import activations, inverse
from wengert.ops import math as functions

MAX_LENGTH = 10_000  # characters
MAX_NESTING = 100  # parentheses, signs and powers inside of one another
SCALAR = TensorType((), "float64")

CONSTANTS = {"pi": math.pi, "e": math.e}
ONE_ARGUMENT = (
    "abs cos cosh erf exp expm1 log log10 log1p log2 negative reciprocal rsqrt sign sin sinh sqrt square "
    "stop_gradient tan tanh"
)
TWO_ARGUMENTS = "logaddexp maximum minimum pow"
INVERSE = "acos acosh asin asinh atan atanh"
ACTIVATIONS = "elu gelu relu sigmoid silu softplus softsign"

FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    **{n: (1, getattr(functions, n)) for n in ONE_ARGUMENT.split()},
    **{n: (2, getattr(functions, n)) for n in TWO_ARGUMENTS.split()},
    **{n: (1, getattr(inverse, n)) for n in INVERSE.split()},
    "atan2": (2, inverse.atan2),
    "hypot": (2, inverse.hypot),
    **{n: (1, getattr(activations, n)) for n in ACTIVATIONS.split()},
    "max": (2, functions.maximum),
    "min": (2, functions.minimum),
    "ln": (1, functions.log),
    "where": (3, functions.where),
}

COMPARISONS = {
    "<": functions.less,
    "<=": functions.less_equal,
    ">": functions.greater,
    ">=": functions.greater_equal,
    "==": functions.equal,
    "!=": functions.not_equal,
}

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>\*\*|[<>=!]=|[-+*/^(),<>]))"
)


def parse_formula(text: str, names: tuple[str, ...] | None = None) -> Graph:
    """The graph of a formula, its inputs float64 scalars in order of appearance.

    Args:
        names: the names it may use, and their order; None: any.

    Raises:
        FormulaError: it cannot be read; the message shows where.

    Example:
        >>> len(parse_formula("sin(x*y) + exp(x)/y").inputs)
        2
    """
    with at(None):  # no line of Python says this
        reader = _Reader(text, names)
        out = reader.formula()
    return Graph(tuple(reader.inputs.values()), (out,))


class _Reader:
    """One reading: what is left of the tokens, and the inputs met so far."""

    def __init__(self, text: str, names: tuple[str, ...] | None) -> None:
        if len(text) > MAX_LENGTH:
            raise FormulaError(f"formula: must have at most {MAX_LENGTH} characters; got {len(text)}.")
        self.text, self.names, self.depth = text, names, 0
        self.inputs: dict[str, Node] = {n: graph_input(SCALAR, n) for n in names or ()}
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        while text[at:].strip():
            found = TOKEN.match(text, at)
            if found is None:
                at += len(text[at:]) - len(text[at:].lstrip())
                self.fail(at, f"a character that formulas do not have: {text[at]!r}")
            kind = str(found.lastgroup)
            self.tokens.append((kind, found[kind], found.start(kind)))
            at = found.end()
        self.tokens.append(("end", "", len(text.rstrip())))
        self.tokens.reverse()  # the next one is the last

    def fail(self, at: int, what: str, hint: str = "") -> NoReturn:
        """Raise FormulaError with the line and a caret below the character."""
        line = self.text.rfind("\n", 0, at) + 1
        shown = self.text[line:].split("\n", 1)[0]
        caret = f"\n    {shown}\n    {' ' * (at - line)}^"
        raise FormulaError(f"formula: cannot be read at character {at + 1}: {what}.{hint}{caret}")

    def peek(self) -> str:
        return self.tokens[-1][1]

    def take(self, *signs: str) -> str | None:
        """The next token if it is one of these."""
        kind, value, _ = self.tokens[-1]
        return self.tokens.pop()[1] if kind == "sign" and value in signs else None

    def expect(self, sign: str, what: str) -> None:
        if self.take(sign) is None:
            _, value, at = self.tokens[-1]
            self.fail(at, f"{what}; got {repr(value) if value else 'the end'}")

    def formula(self) -> Node:
        out: Node = self.sum()
        kind, value, at = self.tokens[-1]
        if kind != "end":
            self.fail(
                at,
                f"an operator is needed before {value!r}" if value not in ")," else f"{value!r} has no '('",
            )
        return out

    def sum(self) -> Any:
        out = self.product()
        while (sign := self.take("+", "-")) is not None:
            other = self.product()
            out = out + other if sign == "+" else out - other
        return out

    def comparison(self) -> Any:
        left = self.sum()
        sign = self.take(*COMPARISONS)
        if sign is None:
            self.fail(self.tokens[-1][2], f"a comparison is needed: {', '.join(COMPARISONS)}")
        return COMPARISONS[sign](left, self.sum())

    def product(self) -> Any:
        out = self.sign()
        while (sign := self.take("*", "/")) is not None:
            other = self.sign()
            out = out * other if sign == "*" else out / other
        return out

    def sign(self) -> Any:
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(self.tokens[-1][2], f"more than {MAX_NESTING} levels inside of one another")
        sign = self.take("+", "-")
        out = self.power() if sign is None else self.sign() if sign == "+" else -self.sign()
        self.depth -= 1
        return out

    def power(self) -> Any:
        base = self.atom()
        return base ** self.sign() if self.take("**", "^") else base

    def atom(self) -> Any:
        kind, value, at = self.tokens[-1]
        if self.take("("):
            out = self.sum()
            self.expect(")", f"a ')' is needed for the '(' at character {at + 1}")
            return out
        if kind == "sign" or kind == "end":
            self.fail(at, f"a number, a name or '(' is needed; got {repr(value) if value else 'the end'}")
        self.tokens.pop()
        if kind == "number":
            return constant(np.float64(value))
        return self.call(value, at) if self.peek() == "(" else self.name(value, at)

    def name(self, name: str, at: int) -> Any:
        if name in self.inputs:
            return self.inputs[name]
        if name in CONSTANTS:
            return constant(np.float64(CONSTANTS[name]))
        if name in FUNCTIONS:
            self.fail(at, f"{name} is a function; it needs an argument", f" Write {name}(x).")
        if self.names is not None:
            self.fail(at, f"unknown name {name!r}", _near(name, [*self.names, *CONSTANTS]))
        self.inputs[name] = graph_input(SCALAR, name)
        return self.inputs[name]

    def call(self, name: str, at: int) -> Any:
        if name not in FUNCTIONS:
            self.fail(at, f"unknown function {name!r}", _near(name, list(FUNCTIONS)))
        self.expect("(", "'(' is needed")
        args = [self.comparison() if name == "where" else self.sum()]
        while self.take(","):
            args.append(self.sum())
        self.expect(")", f"a ')' is needed for {name}(")
        count, f = FUNCTIONS[name]
        if len(args) != count:
            self.fail(at, f"{name} takes {count} argument{'s' * (count > 1)}; got {len(args)}")
        return f(*args)


def _near(name: str, known: list[str]) -> str:
    """A hint: the names most like this one, or all if there are few."""
    close = difflib.get_close_matches(name, known, 3, 0.5) or difflib.get_close_matches(
        name.lower(), known, 3, 0.5
    )
    if close:
        return f" Did you mean {' or '.join(close)}?"
    return f" Known are {', '.join(sorted(known))}."
