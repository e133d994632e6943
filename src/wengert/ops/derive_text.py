"""A derivation as text: tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.transforms.notation import symbol

if TYPE_CHECKING:
    from wengert.ops.derive import Derivation
    from wengert.ops.wengert_list import Step

DIGITS = 7
WIDE = 44  # characters of a formula in the list


def number(x: Any) -> str:
    """A value for a table: some digits of a number, all of a short vector, the shape of what is larger."""
    if x is None:
        return ""
    if isinstance(x, str):
        return x
    a = np.asarray(x)
    if a.ndim == 0:
        if a.dtype.kind == "b":
            return str(bool(a))
        return f"{float(a):.{DIGITS}g}"
    if a.size <= 4:
        return np.array2string(a, precision=4, separator=" ")
    return f"{a.dtype.name}{list(a.shape)}"


def seconds(t: float) -> str:
    """A time in the unit that suits it."""
    return f"{t * 1e6:.0f} us" if t < 1e-3 else f"{t * 1e3:.1f} ms" if t < 1 else f"{t:.1f} s"


def show(d: Derivation) -> str:
    """All of it, part by part."""
    parts = [
        f"{d.title}\nat {', '.join(f'{n} = {number(x)}' for n, x in zip(d.names, d.point, strict=True)) or 'any point'}"
        f": f = {number(d.value)}",
        _section("Wengert list", the_list(d)),
        _section("Forward pass: every step's tangent, from the inputs on", forward(d)),
        _section(f"Reverse pass: adjoints, from {d.steps[-1].name}_bar = 1 back", reverse(d)),
        _section(
            "Symbolic",
            [[f"df/d{n}", "=", str(e)] for n, e in d.derivatives.items()] or [[d.why_not_symbolic]],
        ),
        _section("Four ways", methods(d)),
    ]
    return "\n\n".join(parts)


def the_list(d: Derivation) -> list[list[str]]:
    """Step, formula, value, a tangent for each input, adjoint, and whether the reverse pass keeps it."""
    head = ["step", "formula", "primal", *(f"tangent d/d{n}" for n in d.names), "adjoint", "kept"]
    rows = [
        [
            s.name,
            s.formula if len(s.formula) <= WIDE else f"{s.formula[: WIDE - 3]}...",
            number(s.value),
            *map(number, s.tangents),
            number(s.adjoint),
            "kept" if s.kept else "",
        ]
        for s in d.steps
    ]
    return [head, *rows]


def forward(d: Derivation) -> list[list[str]]:
    """Each step's tangent as a formula, and its values."""
    head = ["tangent", "", "formula", *(f"along {n}" for n in d.names)]
    rows = [[f"{n}'", "=", "1 along itself, 0 along others", *map(number, s.tangents)] for n, s in _inputs(d)]
    rows += [
        [f"{s.name}'", "=", s.tangent_formula, *map(number, s.tangents)] for s in d.steps if s.tangent_formula
    ]
    return [head, *rows]


def _inputs(d: Derivation) -> list[tuple[str, Step]]:
    return [(s.name, s) for s in d.steps if s.formula == "input"]


def reverse(d: Derivation) -> list[list[str]]:
    """What each step adds to the adjoints of its inputs, last step first."""
    rows = [["adjoint", "", "formula", "adds", "from"]]
    for s in reversed(d.steps):
        rows += [[f"{p.to}_bar", "+=", p.formula, number(p.value), s.name] for p in s.pulls]
    rows += [[f"{n}_bar", "=", f"df/d{n}", number(s.adjoint), ""] for n, s in _inputs(d)]
    return rows


def methods(d: Derivation) -> list[list[str]]:
    """A row for each way: gradient, distance from reverse mode's, own estimate, time, evaluations."""
    head = [
        "method",
        *(f"df/d{n}" for n in d.names),
        "off reverse by",
        "estimated error",
        "time",
        "evaluations",
    ]
    rows = [
        [
            m.name,
            *(f"{x:.12g}" if np.ndim(x) == 0 else number(x) for x in m.gradient),
            "" if m.off is None else f"{m.off:.1e}",
            "" if m.error is None else f"{m.error:.1e}",
            seconds(m.seconds),
            m.evaluations,
        ]
        for m in d.methods
    ]
    return [head, *rows]


def _section(title: str, rows: list[list[str]]) -> str:
    return "\n".join([title, *(f"  {line}" for line in _aligned(rows))])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side; those of numbers flush right."""
    widths = [max(len(r[k]) for r in rows) for k in range(len(rows[0]))]
    right = [len(rows) > 1 and all(_is_number(r[k]) for r in rows[1:]) for k in range(len(widths))]
    return [
        "  ".join(
            c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


def _is_number(text: str) -> bool:
    return (
        not text or text[0].isdigit() or (text[0] in "-+." and text[1:2].isdigit()) or text in ("inf", "nan")
    )


def latex(d: Derivation) -> str:
    """The function and its derivatives as lines of an align environment."""
    if d.formula is None:
        return f"% {d.why_not_symbolic}"
    arguments = ", ".join(map(symbol, d.names))
    lines = [rf"f({arguments}) &= {d.formula.latex()}"]
    lines += [
        rf"\frac{{\partial f}}{{\partial {symbol(n)}}} &= {e.latex()}" for n, e in d.derivatives.items()
    ]
    return "\\begin{align*}\n  " + " \\\\\n  ".join(lines) + "\n\\end{align*}"
