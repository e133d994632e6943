"""Symbolic dimensions: polynomials with integer coefficients in named, unknown lengths.

`batch`, `batch*49`, `2*time + 1`. A sum that turns out to be a number is a plain int, so a `Dim` is never
constant: it equals no int, is never taken for 0 or 1, and never broadcasts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from numbers import Integral

from wengert.base.errors import ShapeError

Monomial = tuple["str | FloorDiv", ...]
Length = "int | Dim"
RESERVED = ("floordiv", "graph", "True", "False", "None", "inf", "nan")  # words of the text form
TYPICAL = 32  # the length that an unknown one is taken for when sizes are compared
MAX_TEXT = 1000  # characters of one length, so that no text can nest deep or multiply out to much


class FloorDiv:
    """An atom: floor(numerator / denominator), where the division is not exact."""

    __slots__ = ("denominator", "numerator")

    def __init__(self, numerator: Dim, denominator: int) -> None:
        self.numerator, self.denominator = numerator, denominator

    def __str__(self) -> str:
        return f"floordiv({self.numerator}, {self.denominator})"

    __repr__ = __str__  # terms are ordered by it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FloorDiv) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


class Dim:
    """A polynomial over unknown lengths; build one with `Dim.named("batch")` and arithmetic."""

    __slots__ = ("_text", "terms")

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        self.terms = terms
        self._text: str | None = None

    @staticmethod
    def named(name: str) -> Dim:
        """The unknown length `name`."""
        if not re.fullmatch(r"[A-Za-z_]\w*", name) or name in RESERVED:
            raise ShapeError(
                f"Dim: a name must be an identifier and none of {', '.join(RESERVED)}; got {name!r}."
            )
        return Dim((((name,), 1),))

    def names(self) -> set[str]:
        """The unknowns it depends on."""
        found: set[str] = set()
        for monomial, _ in self.terms:
            for atom in monomial:
                found |= {atom} if isinstance(atom, str) else atom.numerator.names()
        return found

    @property
    def is_name(self) -> bool:
        """Whether it is one unknown alone, which a call can bind."""
        (monomial, coefficient), *rest = self.terms
        return not rest and coefficient == 1 and len(monomial) == 1 and isinstance(monomial[0], str)

    def evaluate(self, lengths: Mapping[str, int]) -> int:
        """Its value when the unknowns have these lengths."""
        total = 0
        for monomial, coefficient in self.terms:
            product = coefficient
            for atom in monomial:
                if isinstance(atom, str):
                    product *= lengths[atom]
                else:
                    product *= atom.numerator.evaluate(lengths) // atom.denominator
            total += product
        return total

    def __add__(self, other: int | Dim) -> int | Dim:
        if not isinstance(other, Dim | Integral):
            return NotImplemented  # a tensor knows what to do
        return _collect((*self.terms, *_terms(other)))

    def __mul__(self, other: int | Dim) -> int | Dim:
        if type(other) is int:  # most often, and the order of the terms stays
            return Dim(tuple([(m, c * other) for m, c in self.terms])) if other else 0
        if not isinstance(other, Dim | Integral):
            return NotImplemented
        return _collect(
            (tuple(sorted(m + n, key=str)), c * d) for m, c in self.terms for n, d in _terms(other)
        )

    def __neg__(self) -> int | Dim:
        return self * -1

    def __sub__(self, other: int | Dim) -> int | Dim:
        return NotImplemented if not isinstance(other, Dim | Integral) else self + other * -1

    def __rsub__(self, other: int | Dim) -> int | Dim:
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__

    def __floordiv__(self, other: int | Dim) -> int | Dim:
        """Exact where every coefficient divides; by a Dim only when it divides exactly."""
        if isinstance(other, Dim):
            return _divide_exactly(self, other)
        if not isinstance(other, Integral):
            return NotImplemented
        if other <= 0:
            raise ShapeError(f"Dim: a divisor must be positive; got {self} // {other}.")
        exact = tuple((m, c) for m, c in self.terms if c % other == 0)
        rest = tuple((m, c) for m, c in self.terms if c % other)
        whole: int | Dim = _collect((m, c // other) for m, c in exact)
        if not rest:
            return whole
        remainder = _collect(rest)
        if isinstance(remainder, int):
            return whole + remainder // other
        return whole + Dim((((FloorDiv(remainder, other),), 1),))

    def __mod__(self, other: int) -> int | Dim:
        if not isinstance(other, Integral):
            return NotImplemented
        return self - (self // other) * other

    def __eq__(self, other: object) -> bool:
        """None, as users of Keras write an unknown length, equals any: `y.shape == (None, 10)`."""
        return other is None or (isinstance(other, Dim) and self.terms == other.terms)

    def __hash__(self) -> int:
        return hash(self.terms)

    def __str__(self) -> str:
        if self._text is None:
            self._text = " + ".join(_show(m, c) for m, c in self.terms).replace("+ -", "- ")
        return self._text

    __repr__ = __str__

    def __index__(self) -> int:
        raise ShapeError(
            f"Dim: the length {self} is not known while the program is recorded. Use it in shapes only."
        )

    def __bool__(self) -> bool:
        return True

    def _no_order(self, other: object) -> bool:
        raise ShapeError(f"Dim: {self} and {other} have no order before the program runs.")

    __lt__ = __le__ = __gt__ = __ge__ = _no_order


def product(lengths: Iterable[int | Dim]) -> int | Dim:
    """The number of elements of a shape."""
    total: int | Dim = 1
    for n in lengths:
        total = n * total
    return total


def evaluate(length: int | Dim, lengths: Mapping[str, int]) -> int:
    """A length as a number."""
    return length.evaluate(lengths) if isinstance(length, Dim) else length


class _Typical(dict[str, int]):
    def __missing__(self, name: str) -> int:
        return TYPICAL


def typical(length: int | Dim) -> int:
    """About how large a length is."""
    return evaluate(length, _Typical())


def _terms(x: int | Dim) -> tuple[tuple[Monomial, int], ...]:
    return x.terms if isinstance(x, Dim) else (((), int(x)),)


def _collect(terms: Iterable[tuple[Monomial, int]]) -> int | Dim:
    """Like terms added up, zeros dropped, in a fixed order; an int if nothing unknown is left."""
    total: dict[Monomial, int] = {}
    for m, c in terms:
        total[m] = total.get(m, 0) + c
    kept = {m: c for m, c in total.items() if c}
    if set(kept) <= {()}:
        return kept.get((), 0)
    return Dim(tuple(sorted(kept.items(), key=lambda t: (-len(t[0]), str(t[0])))))


def _divide_exactly(x: Dim, y: Dim) -> int | Dim:
    (lead, c), *rest = y.terms
    if not rest:
        quotient = []
        for m, d in x.terms:
            left = list(m)
            for atom in lead:
                if atom not in left:
                    break
                left.remove(atom)
            else:
                if d % c == 0:
                    quotient.append((tuple(left), d // c))
        if len(quotient) == len(x.terms):
            return _collect(quotient)
    if len(x.terms) == len(y.terms) and all(
        m == n and d % e == 0 for (m, d), (n, e) in zip(x.terms, y.terms, strict=True)
    ):
        ratios = {d // e for (_, d), (_, e) in zip(x.terms, y.terms, strict=True)}
        if len(ratios) == 1:
            return ratios.pop()
    raise ShapeError(f"Dim: {x} must be a multiple of {y}; it is not for every length.")


def _show(monomial: Monomial, coefficient: int) -> str:
    factors = [str(a) for a in monomial]
    if coefficient != 1 or not factors:
        factors.insert(0, str(coefficient))
    return "*".join(factors)


def parse_dim(text: str) -> int | Dim:
    """The length that `str` printed: an int, or a sum of products such as `batch*2 + 1`.

    Raises:
        ShapeError: the text is something else, or longer than any length would be.
    """
    tokens = re.findall(r"\d+|[A-Za-z_]\w*|\S", text) if len(text) <= MAX_TEXT else []
    try:
        length, rest = _parse_sum([*tokens, ""])
    except (IndexError, ValueError):  # ran out of tokens; no such name or number
        rest = ["?"]
    if rest != [""]:
        raise ShapeError(f"Dim: must be a sum of products such as 'batch*2 + 1'; got {text[:60]!r}.")
    return length


def _parse_sum(tokens: list[str]) -> tuple[int | Dim, list[str]]:
    length, tokens = _parse_product(tokens)
    while tokens[0] in ("+", "-"):
        sign = 1 if tokens[0] == "+" else -1
        term, tokens = _parse_product(tokens[1:])
        length = length + term * sign
    return length, tokens


def _parse_product(tokens: list[str]) -> tuple[int | Dim, list[str]]:
    sign = -1 if tokens[0] == "-" else 1
    length, tokens = _parse_atom(tokens[1:] if sign < 0 else tokens)
    while tokens[0] == "*":
        factor, tokens = _parse_atom(tokens[1:])
        length = length * factor
    return length * sign, tokens


def _parse_atom(tokens: list[str]) -> tuple[int | Dim, list[str]]:
    """A number, a name, or floordiv(sum, number)."""
    first, *tokens = tokens
    if first != "floordiv":
        return (int(first) if first.isdecimal() else Dim.named(first)), tokens
    top, (comma, bottom, close, *rest) = _parse_sum(tokens[1:])
    if tokens[0] + comma + close != "(,)":
        raise ValueError(tokens)
    return top // int(bottom), rest


def surely_at_least(x: int | Dim, y: int | Dim) -> bool:
    """Whether x >= y whatever the unknown lengths are: x - y has no negative coefficient."""
    difference = x - y
    if not isinstance(difference, Dim):
        return difference >= 0
    atoms = (atom for monomial, _ in difference.terms for atom in monomial)
    whole = all(isinstance(a, str) or surely_at_least(a.numerator, 0) for a in atoms)
    return whole and all(c >= 0 for _, c in difference.terms)
