"""A derivation as one page that needs nothing else: no scripts, no fonts, no network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from wengert.ops import derive_text
from wengert.ops.derive_picture import backward_svg, forward_svg
from wengert.ops.derive_text import number

if TYPE_CHECKING:
    from wengert.ops.derive import Derivation

STYLE = """
.wengert { --ink: #1c2430; --soft: #5b6675; --line: #d5dae1; --ground: #ffffff; --shade: #f5f7fa;
  --kept: #fff3cd; --kept-line: #d39e00; --there: #2c6fbb; --back: #b3392f;
  color: var(--ink); background: var(--ground); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
@media (prefers-color-scheme: dark) { .wengert { --ink: #e8ecf1; --soft: #9aa6b4; --line: #3a4452;
  --ground: #161b22; --shade: #1f2630; --kept: #4a3c10; --kept-line: #d3a12a; --there: #6aa9ef; --back: #f08a80; } }
.wengert h1 { font-size: 24px; margin: 0 0 4px; font-weight: 600; }
.wengert h2 { font-size: 17px; margin: 30px 0 6px; font-weight: 600; }
.wengert p { margin: 4px 0 10px; color: var(--soft); max-width: 75ch; }
.wengert .formula, .wengert td.f { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
.wengert .scroll { overflow-x: auto; }
.wengert table { border-collapse: collapse; font-size: 14px; }
.wengert th { text-align: left; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--line);
  padding: 4px 14px 4px 8px; white-space: nowrap; }
.wengert td { padding: 4px 14px 4px 8px; border-bottom: 1px solid var(--shade); white-space: nowrap;
  text-align: left; }
.wengert td.n { text-align: right; font-variant-numeric: tabular-nums; }
.wengert tr.kept td { background: var(--kept); }
.wengert .bar { text-decoration: overline; }
.wengert svg { display: block; }
.wengert svg text { text-anchor: middle; fill: var(--ink); }
.wengert svg .head { font: 14px ui-monospace, "DejaVu Sans Mono", monospace; }
.wengert svg .value { font: 13px ui-monospace, "DejaVu Sans Mono", monospace; fill: var(--soft); }
.wengert svg .foot { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: var(--kept-line); }
.wengert svg .flow { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; fill: var(--back); }
.wengert svg .ground { fill: var(--ground); }
.wengert svg .box rect { fill: var(--shade); stroke: var(--line); stroke-width: 1.5; }
.wengert svg .box.kept rect { fill: var(--kept); stroke: var(--kept-line); }
.wengert svg .arrow { fill: none; stroke-width: 1.8; }
.wengert svg .arrow.forward { stroke: var(--there); } .wengert svg marker.forward { fill: var(--there); }
.wengert svg .arrow.backward { stroke: var(--back); } .wengert svg marker.backward { fill: var(--back); }
.wengert .kept-name { background: var(--kept); padding: 0 4px; border-radius: 3px; }
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0; }}
body > .wengert {{ padding: 28px 36px 48px; min-height: 100vh; box-sizing: border-box; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(d: Derivation) -> str:
    """The whole page."""
    return PAGE.format(title=escape(d.title), body=fragment(d))


def fragment(d: Derivation) -> str:
    """What notebooks show: the page without its head."""
    point = ", ".join(f"{n} = {number(x)}" for n, x in zip(d.names, d.point, strict=True))
    kept = (
        ", ".join(f'<span class="kept-name">{formula(s.name)}</span>' for s in d.steps if s.kept) or "nothing"
    )
    last = formula(f"{d.steps[-1].name}_bar")
    parts = [
        f"<style>{STYLE}</style>",
        f'<h1 class="formula">{formula(d.title)}</h1>',
        f"<p>at {escape(point) or 'any point'}: f = {escape(number(d.value))}</p>",
        _heading("The Wengert list", "Every step with its value, its derivative by each input (forward), and the "
                 "result's derivative by it (reverse). Marked: kept for the reverse pass."),
        table(derive_text.the_list(d), {0, 1}, marked=[s.kept for s in d.steps]),
        _heading("Forward graph", f"Values, left to right. Kept for the reverse pass: {kept}, {d.kept_bytes} bytes."),
        f'<div class="scroll">{forward_svg(d)}</div>',
        _heading("Backward graph", f"Adjoints, right to left, starting at {last} = 1. On each arrow: what it adds."),
        f'<div class="scroll">{backward_svg(d)}</div>',
        _heading("Forward pass, step by step", "A tangent says how fast its step changes as the inputs move."),
        table(derive_text.forward(d), {0, 2}),
        _heading("Reverse pass, step by step", "An adjoint says how fast the result changes as its step moves."),
        table(derive_text.reverse(d), {0, 2, 4}),
        _heading("Symbolic", "The same rules, applied to formulas and tidied."),
        _symbolic(d),
        _heading("Four ways", "Each on its own; they must agree."),
        table(derive_text.methods(d), set()),
    ]  # fmt: skip
    return f'<div class="wengert">{"".join(parts)}</div>'


def _heading(title: str, text: str) -> str:
    return f"<h2>{title}</h2><p>{text}</p>"


def _symbolic(d: Derivation) -> str:
    if not d.derivatives:
        return f"<p>{escape(d.why_not_symbolic) or 'There is nothing to differentiate by.'}</p>"
    rows = [["derivative", "formula", "operations, shared", "written out"]]
    for n, e in d.derivatives.items():
        count = e.count()
        rows.append([f"df/d{n}", str(e), str(count.shared), str(count.expanded)])
    return table(rows, {0, 1})


def table(rows: Sequence[Sequence[str]], formulas: set[int], marked: Sequence[bool] = ()) -> str:
    """Rows, the first a head. formulas: columns that hold them."""
    head, *body = rows
    lines = [f"<tr>{''.join(f'<th>{escape(c)}</th>' for c in head)}</tr>"]
    for k, row in enumerate(body):
        cells = [
            f'<td class="f">{formula(c)}</td>' if at in formulas else _cell(c) for at, c in enumerate(row)
        ]
        mark = ' class="kept"' if k < len(marked) and marked[k] else ""
        lines.append(f"<tr{mark}>{''.join(cells)}</tr>")
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def _cell(text: str) -> str:
    numeric = re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", text) is not None
    return f'<td class="n">{escape(text)}</td>' if numeric else f"<td>{escape(text)}</td>"


def formula(text: str) -> str:
    """A formula in HTML: powers raised, bars over adjoints, dots between factors, v12 with its number below."""
    safe = escape(text, quote=False)
    safe = re.sub(r"\*\*(-?[\w.]+)", r"<sup>\1</sup>", safe).replace("**", "^").replace("*", "·")
    safe = re.sub(r"\b(\w+)_bar\b", r'<span class="bar">\1</span>', safe)
    return re.sub(r"\bv(\d+)", r"v<sub>\1</sub>", safe)
