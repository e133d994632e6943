"""Tidy: a graph as a formula people would write: like terms and like factors collected, numbers exact.

Every float step becomes either a sum of terms with coefficients, a product of powers with a coefficient, or a
function of tidy inputs; equal steps become one. Coefficients and exponents are fractions: x/3 + x/6 is x/2.
The rules are those of real algebra (`rules/identities.py` says what that means).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.pattern import number_of, rewrite
from wengert.prims.arithmetic import add, div, mul, neg, sqrt, sub
from wengert.prims.movement import broadcast_to
from wengert.prims.transcendental import pow
from wengert.transforms.fold import constant_like, fold_constants
from wengert.transforms.rules.identities import IDENTITIES
from wengert.transforms.simplify import SIMPLIFY

MAX_ROUNDS = 5
SHORT = 10_000  # fractions with longer numbers than this are written as decimals

Factors = dict[Node, Fraction]  # base: exponent
Terms = dict[Node | None, Fraction]  # product without coefficient (None: 1): coefficient

RULES = (
    fold_constants,
    *IDENTITIES,
    *(r for r in SIMPLIFY if r.name not in ("fold_constants", "gradient_is_taken", "small_power")),
)


def tidy(graph: Graph) -> Graph:
    """The graph with its outputs in normal form. Inputs stay; stop_gradient stays, for later derivatives.

    Numerics: equal wherever both are finite, to some roundings.
    """
    for _ in range(MAX_ROUNDS):
        new = _Collector().graph(rewrite(graph, RULES))
        if new.text == graph.text:
            break
        graph = new
    return graph


class _Collector:
    """One run: what each node became, as a node, as a sum, and as a product."""

    def __init__(self) -> None:
        self.known: dict[Any, Node] = {}
        self.order: dict[Node, int] = {}  # of appearance: factors are written in it, inputs first
        self.sums: dict[Node, Terms] = {}
        self.products: dict[Node, tuple[Fraction, Factors]] = {}

    def graph(self, graph: Graph) -> Graph:
        became: dict[Node, Node] = {}
        for node in graph.nodes:
            became[node] = self.step(node, tuple(became[i] for i in node.inputs))
        return Graph(graph.inputs, tuple(became[o] for o in graph.outputs))

    def step(self, node: Node, inputs: tuple[Node, ...]) -> Node:
        """The normal form of a step on inputs in theirs."""
        if isinstance(node.type, tuple) or not is_float(node.type.dtype):
            return self.intern(node.with_inputs(inputs))
        c = _fraction(number_of(node))
        if c is not None:
            return self.number(c, node)
        if node.primitive is None:
            return self.intern(node)
        match node.primitive.name:
            case "add" | "sub":
                sign = Fraction(1 if node.primitive.name == "add" else -1)
                return self.sum(_merge(self.as_sum(inputs[0]), self.as_sum(inputs[1]), sign), node)
            case "neg":
                c, factors = self.as_product(inputs[0])
                return self.product(-c, factors, node)
            case "mul" | "div":
                return self.multiply(inputs[0], inputs[1], 1 if node.primitive.name == "mul" else -1, node)
            case "sqrt" | "rsqrt":
                return self.power(inputs[0], Fraction(1 if node.primitive.name == "sqrt" else -1, 2), node)
            case "pow":
                e = _fraction(number_of(inputs[1]))
                if e is not None:
                    return self.power(inputs[0], e, node)
        return self.intern(node.with_inputs(inputs))

    # --- reading ------------------------------------------------------------------------------
    def as_sum(self, node: Node) -> Terms:
        """The node as terms; a number times a sum is multiplied out."""
        if node in self.sums:
            return self.sums[node]
        c, factors = self.as_product(node)
        if not factors:
            return {None: c} if c else {}
        if len(factors) == 1:
            ((base, e),) = factors.items()
            if e == 1 and base in self.sums:
                return {t: c * d for t, d in self.sums[base].items()}
        return {(node if c == 1 else self.product(Fraction(1), factors, node)): c}

    def as_product(self, node: Node) -> tuple[Fraction, Factors]:
        if node in self.products:
            return self.products[node]
        c = _fraction(number_of(node)) if is_float(node.dtype) else None
        return (Fraction(1), {node: Fraction(1)}) if c is None else (c, {})

    # --- combining ----------------------------------------------------------------------------
    def multiply(self, x: Node, y: Node, sign: int, like: Node) -> Node:
        """x * y^sign"""
        (c, p), (d, q) = self.as_product(x), self.as_product(y)
        if d == 0 and sign < 0:
            return self.intern(like.with_inputs((x, y)))  # a division by 0 stays to be seen
        return self.product(c * d**sign, _merge(p, q, Fraction(sign)), like)

    def power(self, x: Node, e: Fraction, like: Node) -> Node:
        """x^e; a root of a product stays a root, for its factors may be negative."""
        c, factors = self.as_product(x)
        single = c == 1 and len(factors) == 1 and next(iter(factors.values())) == 1
        if not factors or (c == 0 and e < 0):
            return self.product(Fraction(1), {x: e}, like)
        if e.denominator == 1 and abs(e) <= 64 and not single:
            return self.product(c ** int(e), {b: f * e for b, f in factors.items()}, like)
        return self.product(Fraction(1), {x: e}, like)

    # --- writing ------------------------------------------------------------------------------
    def product(self, c: Fraction, factors: Factors, like: Node) -> Node:
        """c * base^exponent * ..., powers with negative exponents below a fraction bar."""
        for base, e in list(factors.items()):
            if e.denominator == 1 and base in self.products:
                inner, parts = self.products[base]
                if parts == {base: 1}:
                    continue
                del factors[base]
                c *= inner ** int(e)
                factors = _merge(factors, parts, e)
        if c == 0 or not factors:
            return self.number(c, like)
        factors = dict(sorted(factors.items(), key=lambda f: self.order.get(f[0], 0)))
        above = [self.powered(b, e) for b, e in factors.items() if e > 0]
        below = [self.powered(b, -e) for b, e in factors.items() if e < 0]
        negative, (p, q) = c < 0, _ratio(abs(c))
        if p != 1 or not above:
            above.insert(0, self.number(Fraction(p), like))
        if q != 1:
            below.insert(0, self.number(Fraction(q), like))
        out = self.chain(mul, above)
        if below:
            out = self.intern(div(out, self.chain(mul, below)))
        if negative:
            out = self.intern(neg(out))
        if c != 1 or factors != {out: Fraction(1)}:
            self.products[out] = (c, factors)
        return out

    def powered(self, base: Node, e: Fraction) -> Node:
        if e == 1:
            return base
        return self.intern(sqrt(base) if e == Fraction(1, 2) else pow(base, self.number(e, base)))

    def sum(self, terms: Terms, like: Node) -> Node:
        """coefficient * term + ..., a positive one first, the number last."""
        terms = {t: c for t, c in self.pythagoras(terms, like).items() if c}
        leads = any(c > 0 for t, c in terms.items() if t is not None)  # something but the number is positive
        order = sorted(terms.items(), key=lambda i: (i[0] is None, 0) if leads else (False, i[1] < 0))
        order.sort(key=lambda i: i[1] < 0 or (leads and i[0] is None))
        if not order:
            return self.number(Fraction(0), like)
        if len(order) == 1:
            ((t, c),) = order
            return self.term(c, t, like)
        key = (frozenset(terms.items()), like.type)
        if key in self.known:
            return self.known[key]
        parts = [(c < 0, self.term(abs(c), t, like)) for t, c in order]
        negative, out = parts[0]
        out = self.intern(neg(out)) if negative else out
        for negative, part in parts[1:]:
            out = self.intern((sub if negative else add)(out, part))
        self.sums[out] = terms
        return self.known.setdefault(key, out)

    def term(self, c: Fraction, t: Node | None, like: Node) -> Node:
        if t is None:
            return self.number(c, like)
        d, factors = self.as_product(t)
        return self.product(c * d, dict(factors), like)

    def pythagoras(self, terms: Terms, like: Node) -> Terms:
        """c sin(u)^2 r + c cos(u)^2 r  ->  c r"""
        for t, c in list(terms.items()):
            if t is None or t not in terms:
                continue
            d, factors = self.as_product(t)
            for base, e in factors.items():
                if e == 2 and base.primitive is not None and base.primitive.name == "sin":
                    rest = {b: f for b, f in factors.items() if b is not base}
                    cosine = self.known.get(("cos", (base.inputs[0],), ()))
                    if cosine is None or d != 1:
                        continue
                    other = self.product(Fraction(1), {**rest, cosine: Fraction(2)}, like)
                    if terms.get(other) == c:
                        key = self.product(Fraction(1), rest, like) if rest else None
                        kept = {k: v for k, v in terms.items() if k is not t and k is not other}
                        return self.pythagoras(_merge(kept, {key: c}, Fraction(1)), like)
        return terms

    def chain(self, prim: Any, parts: Iterable[Node]) -> Node:
        first, *rest = parts
        for part in rest:
            first = self.intern(prim(first, part))
        return first

    def number(self, c: Fraction, like: Node) -> Node:
        """The number in the shape and dtype of `like`; what no short fraction is, as a decimal."""
        p, q = _ratio(abs(c))
        if q != 1:
            sign = -1 if c < 0 else 1
            above, below = self.number(Fraction(sign) * Fraction(p), like), self.number(Fraction(q), like)
            out = self.intern(div(above, below))
            self.products[out] = (c, {})
            return out
        value = np.asarray(float(c), like.dtype)
        one = self.intern(constant_like(value, like))
        return self.intern(broadcast_to(one, shape=like.shape)) if like.shape else one

    def intern(self, node: Node) -> Node:
        """The one node that does this step on these inputs."""
        self.order.setdefault(node, len(self.order))
        if node.primitive is None:
            if node.value is None or node.value.size != 1:
                return node
            key: Any = ("const", str(node.type), node.value.tobytes())
        else:
            key = (node.primitive.name, node.inputs, node.params)
        return self.known.setdefault(key, node)


def _merge(a: Any, b: Any, times: Fraction) -> Any:
    """a + times * b, without what comes to nothing."""
    out = dict(a)
    for k, v in b.items():
        out[k] = out.get(k, Fraction(0)) + times * v
    return {k: v for k, v in out.items() if v}


def _fraction(x: Any) -> Fraction | None:
    """The number, exactly; None for what is not a finite number."""
    if x is None or not np.isfinite(x):
        return None
    near = Fraction(float(x)).limit_denominator(SHORT)
    exact = Fraction(float(x))
    return near if float(near) == float(x) and near.denominator < 1000 else exact


def _ratio(c: Fraction) -> tuple[Fraction, int]:
    """(p, q) with c = p / q: q is 1 where c is a decimal rather than a short fraction."""
    if c.numerator <= SHORT and c.denominator <= SHORT and not _decimal(c):
        return Fraction(c.numerator), c.denominator
    return c, 1


def _decimal(c: Fraction) -> bool:
    """Whether c is best read as a decimal: 0.1, 2.5e-3, but not 1/2 or 1/3."""
    text = repr(float(c))
    return c.denominator > 8 and len(text) <= 8
