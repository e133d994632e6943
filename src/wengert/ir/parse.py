"""Read a graph back from the text that `show.py` prints.

A recursive-descent parser over a list of tokens. It trusts nothing: nesting, steps and bytes are bounded,
primitives are looked up by name among those that exist, and every type is worked out again and compared with
the one written.

    graph    = "graph" "(" [value ":" type {"," ...}] ")" "{" {step} "return" [value {"," ...}] "}"
    step     = value ":" type "=" ("const" constant | name "(" [argument {"," ...}] ")") [source]
    argument = value | name "=" param
    type     = f32[batch,784] | "(" [type {"," ...}] [","] ")"
    constant = number | "[" [number {"," ...}] "]" | "full" number | "base64" string
    param    = number | string | True | False | None | dim | type | graph | "(" [param {"," ...}] [","] ")"
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.errors import FormatError, WengertError
from wengert.ir.dim import parse_dim
from wengert.ir.graph import Graph
from wengert.ir.node import Node, graph_input
from wengert.ir.primitive import REGISTRY
from wengert.ir.source import Source
from wengert.ir.types import TensorType

MAX_DEPTH = 64  # of tuples and graphs inside of one another
MAX_STEPS = 1_000_000
MAX_BYTES = 1 << 30  # of one constant
TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>\#[^\n]*)
      | (?P<value>%[\w.]+)
      | (?P<type>[^\W\d]\w*\[[^\]\n]*\])
      | (?P<name>[^\W\d][\w.]*)
      | (?P<number>\d{1,40}(?:\.\d{0,40})?(?:[eE][+-]?\d{1,4})?)
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<mark>[][(){},:=*+-])""",
    re.VERBOSE,
)
SOURCE = re.compile(r"#\s*(gradient of )?(.*):(\d{1,9})\s*")
WORDS = {"True": True, "False": False, "None": None, "inf": float("inf"), "nan": float("nan")}


class Token(NamedTuple):
    """A piece of the text, and the line it stands on."""

    kind: str
    text: str
    line: int


def parse_graph(text: str) -> Graph:
    """The graph that `show_graph` printed.

    Raises:
        FormatError: the text is not that of a legal graph; names the line and what stands there.
    """
    parser = Parser(text)
    graph = parser.graph()
    parser.expect("end")
    return graph


def tokens_of(text: str) -> list[Token]:
    """The text in pieces, spaces left out, and an "end" after the last."""
    found, at, line = [], 0, 1
    while at < len(text):
        m = TOKEN.match(text, at)
        if m is None:
            raise FormatError(
                f"graph text, line {line}: must be made of names, numbers and marks; got {text[at]!r}."
            )
        if m.lastgroup != "space":
            found.append(Token(str(m.lastgroup), m.group(), line))
        line += m.group().count("\n")
        at = m.end()
    return [*found, Token("end", "end of text", line)]


class Parser:
    """The state of reading: the tokens, and how far we are."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens_of(text)
        self.at = 0
        self.depth = 0
        self.steps = 0

    # --- tokens -------------------------------------------------------------------------------
    @property
    def token(self) -> Token:
        while self.tokens[self.at].kind == "comment":
            self.at += 1
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.token
        self.at += token.kind != "end"
        return token

    def accept(self, mark: str) -> bool:
        """Whether the next token is this mark or word; if so it is taken."""
        if self.token.text == mark and self.token.kind in ("mark", "name"):
            self.at += 1
            return True
        return False

    def expect(self, what: str) -> Token:
        """The next token, which must be this mark or word, or of this kind."""
        token = self.take()
        if what not in (token.kind, token.text) or token.kind == "string" != what:
            self.fail(f"{what!r} must stand here", token)
        return token

    def fail(self, rule: str, token: Token) -> NoReturn:
        got = token.text if len(token.text) <= 40 else f"{token.text[:40]}..."
        raise FormatError(f"graph text, line {token.line}: {rule}; got {got!r}.")

    def listed(self, one: Callable[[], Any], end: str) -> list[Any]:
        """`one` again and again, with commas between, until `end`, which is taken."""
        found = []
        while not self.accept(end):
            found.append(one())
            if not self.accept(","):
                self.expect(end)
                break
        return found

    def nested(self, one: Callable[[], Any]) -> Any:
        """`one`, a level deeper."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"nesting must not be deeper than {MAX_DEPTH}", self.token)
        found = one()
        self.depth -= 1
        return found

    # --- grammar ------------------------------------------------------------------------------
    def graph(self) -> Graph:
        self.expect("graph")
        self.expect("(")
        env: dict[str, Node] = {}
        inputs = self.listed(lambda: self.input(env), ")")
        self.expect("{")
        while not self.accept("return"):
            self.step(env)
        outputs = []
        if self.token.text != "}":
            outputs.append(self.value(env))
            while self.accept(","):
                outputs.append(self.value(env))
        self.expect("}")
        return Graph(tuple(inputs), tuple(outputs))

    def input(self, env: dict[str, Node]) -> Node:
        name = self.fresh(env)
        self.expect(":")
        token = self.token
        type_ = self.type()
        if isinstance(type_, tuple):
            self.fail("an input must be one tensor", token)
        env[name] = graph_input(type_, name[1:])
        return env[name]

    def fresh(self, env: dict[str, Node]) -> str:
        token = self.expect("value")
        if token.text in env:
            self.fail("a value must be named once", token)
        return token.text

    def value(self, env: dict[str, Node]) -> Node:
        token = self.expect("value")
        if token.text not in env:
            self.fail("a value must be made before it is used", token)
        return env[token.text]

    def step(self, env: dict[str, Node]) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            self.fail(f"a graph must not have more than {MAX_STEPS} steps", self.token)
        name = self.fresh(env)
        self.expect(":")
        type_ = self.type()
        self.expect("=")
        if self.accept("const"):
            if isinstance(type_, tuple):
                self.fail("a constant must be one tensor", self.token)
            value = self.constant(type_)
            value.setflags(write=False)
            env[name] = Node(None, (), (), type_, value=value, source=self.source())
        else:
            env[name] = self.apply(env, type_)

    def apply(self, env: dict[str, Node], type_: Any) -> Node:
        token = self.expect("name")
        prim = REGISTRY.get(token.text)
        if prim is None:
            self.fail("a primitive must stand here", token)
        inputs: list[Node] = []
        params: dict[str, Any] = {}
        self.expect("(")
        self.listed(lambda: self.argument(env, inputs, params), ")")
        try:
            out = prim.type_rule(*(i.type for i in inputs), **params)
        except WengertError as e:
            raise FormatError(f"graph text, line {token.line}: {e}") from None
        except Exception as e:  # type rules may meet anything here: the text is at fault
            raise FormatError(
                f"graph text, line {token.line}: the arguments must suit {prim.name}; got {e!r}."
            ) from e
        if out != type_:
            self.fail(f"the type must be the one {prim.name} gives, {out}", token._replace(text=str(type_)))
        return Node(prim, tuple(inputs), tuple(sorted(params.items())), out, source=self.source())

    def argument(self, env: dict[str, Node], inputs: list[Node], params: dict[str, Any]) -> None:
        token = self.token
        if token.kind == "value":
            inputs.append(self.value(env))
            return
        name = self.expect("name").text
        if name in params:
            self.fail("a parameter must be given once", token)
        self.expect("=")
        params[name] = self.param()

    def source(self) -> Source | None:
        """The comment at the end of the line, if there is one."""
        token, before = self.tokens[self.at], self.tokens[self.at - 1]
        m = SOURCE.fullmatch(token.text) if token.kind == "comment" and token.line == before.line else None
        return Source(m[2], int(m[3]), int(m[1] is not None)) if m else None

    def type(self) -> Any:
        if self.accept("("):
            return tuple(self.nested(lambda: self.listed(self.type, ")")))
        token = self.expect("type")
        try:
            return TensorType.parse(token.text)
        except WengertError as e:
            raise FormatError(f"graph text, line {token.line}: {e}") from None

    def param(self) -> Any:
        token = self.token
        if token.kind == "string":
            self.take()
            try:
                return json.loads(token.text)
            except ValueError:
                self.fail("a string must be written as in JSON", token)
        if token.kind == "type":
            return self.type()
        if token.text == "graph":
            return self.nested(self.graph)
        if self.accept("("):
            return tuple(self.nested(lambda: self.listed(self.param, ")")))
        return self.length_or_number()

    def length_or_number(self) -> Any:
        """A number, a word that means a value, or a symbolic length: everything up to the next comma."""
        first, texts, open_ = self.token, [], 0
        while self.token.kind in ("name", "number", "mark") and (open_ or self.token.text not in (",", ")")):
            text = self.take().text
            open_ += (text == "(") - (text == ")")
            texts.append(text)
        if len(texts) <= 2 and texts[-1:] and (texts[-1] in WORDS or texts[-1][0].isdigit()):
            return self.number(texts, first)
        try:
            return parse_dim("".join(texts))
        except WengertError:
            self.fail("a parameter must stand here", first._replace(text=" ".join(texts) or first.text))

    def number(self, texts: list[str], token: Token) -> Any:
        """[-] and an int, a float, or a word."""
        sign, last = texts[:-1], texts[-1]
        plain = last.isdecimal()
        value: Any = WORDS[last] if last in WORDS else int(last) if plain else float(last)
        if sign == ["-"] and isinstance(value, float | int) and not isinstance(value, bool):
            return -value
        if sign:
            self.fail("a number must stand here", token._replace(text=" ".join(texts)))
        return value

    # --- constants ----------------------------------------------------------------------------
    def constant(self, t: TensorType) -> np.ndarray:
        token = self.token
        if t.dims():
            self.fail("a constant must have a known shape", token._replace(text=str(t)))
        if int(t.nbytes) > MAX_BYTES:
            self.fail(f"a constant must not be larger than {MAX_BYTES} bytes", token._replace(text=str(t)))
        if self.accept("base64"):
            return self.bytes_of(t)
        if self.accept("full"):
            return np.full(t.shape, self.element(t.dtype))
        if self.accept("["):
            numbers = self.listed(lambda: self.element(t.dtype), "]")
            if len(numbers) != t.size or not t.rank:
                self.fail(f"{t} must have {t.size} elements", token._replace(text=str(len(numbers))))
            return np.array(numbers, t.dtype).reshape(t.shape)
        if t.rank:
            self.fail("'[', 'full' or 'base64' must stand here", token)
        return np.array(self.element(t.dtype))

    def element(self, dtype: str) -> Any:
        """One number of the dtype."""
        token = self.token
        texts = ["-"] if self.accept("-") else []
        value: Any = (
            self.number([*texts, self.take().text], token) if self.token.kind in ("number", "name") else None
        )
        kind = bool if dtype == "bool" else float if is_float(dtype) else int
        fits = type(value) is kind
        if fits and kind is int:
            fits = np.iinfo(dtype).min <= value <= np.iinfo(dtype).max
        if not fits:
            self.fail(f"a number of dtype {dtype} must stand here", token)
        return np.array(value, dtype)[()]

    def bytes_of(self, t: TensorType) -> np.ndarray:
        token = self.expect("string")
        try:
            data = base64.b64decode(token.text[1:-1], validate=True)
        except binascii.Error:
            self.fail("base64 must stand here", token)
        if len(data) != t.nbytes:
            self.fail(f"{t} must have {t.nbytes} bytes", token._replace(text=f"{len(data)} bytes"))
        array = np.frombuffer(data, np.dtype(t.dtype).newbyteorder("<")).astype(t.dtype)
        return array.reshape(t.shape)
