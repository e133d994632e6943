"""The forward and the backward graph of a derivation, drawn as SVG.

Steps stand in columns by how many steps they are away from the inputs. An arrow that passes a column has a place
of its own there, so that it runs between boxes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from wengert.ops.derive_text import number

if TYPE_CHECKING:
    from wengert.ops.derive import Derivation
    from wengert.ops.wengert_list import Step

BOX_HEIGHT, ROW, COLUMN_GAP, MARGIN = 62, 92, 112, 16
CHARACTER = 8.6  # pixels of a letter, in the boxes' font
LONGEST = 26  # characters in a box

Place = str | tuple[str, str, int]  # a step's name, or where an arrow passes a column: (from, to, column)


@dataclass(frozen=True)
class Layout:
    """Where everything stands: centers of boxes and of passages, the boxes' widths, the picture's size."""

    at: Mapping[Place, tuple[float, float]]
    width: Mapping[str, float]
    edges: tuple[tuple[str, str], ...]
    column: Mapping[str, int]
    size: tuple[float, float]

    def path(self, a: str, b: str) -> list[tuple[float, float]]:
        """From the right side of box a to the left side of box b."""
        places: list[Place] = [(a, b, c) for c in range(self.column[a] + 1, self.column[b])]
        (xa, ya), (xb, yb) = self.at[a], self.at[b]
        inner = [self.at[p] for p in places]
        return [(xa + self.width[a] / 2, ya), *inner, (xb - self.width[b] / 2, yb)]


def layout(d: Derivation) -> Layout:
    """Columns by depth; in a column, in the order of the mean height of what comes in."""
    column: dict[str, int] = {}
    for s in d.steps:
        column[s.name] = 1 + max((column[i] for i in s.inputs), default=-1)
    edges = tuple((i, s.name) for s in d.steps for i in s.inputs)
    columns: list[list[Place]] = [[] for _ in range(max(column.values()) + 1)]
    before: dict[Place, list[Place]] = {}
    for s in d.steps:
        columns[column[s.name]].append(s.name)
        before[s.name] = []
    for a, b in edges:
        last: Place = a
        for c in range(column[a] + 1, column[b]):
            passage = (a, b, c)
            columns[c].append(passage)
            before[passage], last = [last], passage
        before[b].append(last)
    width = {s.name: CHARACTER * max(9, len(_label(s)), len(number(s.value)) + 2) + 18 for s in d.steps}
    return _placed(columns, before, width, edges, column)


def _placed(
    columns: list[list[Place]],
    before: dict[Place, list[Place]],
    width: dict[str, float],
    edges: tuple[tuple[str, str], ...],
    column: dict[str, int],
) -> Layout:
    height = max(map(len, columns)) * ROW
    at: dict[Place, tuple[float, float]] = {}
    x = float(MARGIN)
    for places in columns:
        wide = max((width[p] for p in places if isinstance(p, str)), default=20.0)
        wanted = {p: _mean([at[b][1] for b in before[p]], k) for k, p in enumerate(places)}
        ordered = sorted(places, key=lambda p: wanted[p])
        top = MARGIN + (height - len(ordered) * ROW) / 2
        for k, p in enumerate(ordered):
            at[p] = (x + wide / 2, top + ROW * (k + 0.5))
        x += wide + COLUMN_GAP
    return Layout(at, width, edges, column, (x - COLUMN_GAP + MARGIN, height + 2 * MARGIN))


def _mean(heights: list[float], otherwise: float) -> float:
    return sum(heights) / len(heights) if heights else otherwise


def forward_svg(d: Derivation) -> str:
    """Values, from the inputs to the result; what the reverse pass keeps is coloured."""
    where = layout(d)
    arrows = [_arrow(where.path(a, b), "forward") for a, b in where.edges]
    boxes = [_box(where, s, _label(s), number(s.value), "kept" if s.kept else "") for s in d.steps]
    return _svg(where, [*arrows, *boxes], "forward graph")


def backward_svg(d: Derivation) -> str:
    """Adjoints, from the result back to the inputs; on each arrow what it adds, in each box what it reads."""
    where = layout(d)
    arrows, labels = [], []
    for s in d.steps:
        for p in s.pulls:
            if (p.to, s.name) in where.edges:
                points = where.path(p.to, s.name)
                arrows.append(_arrow(points[::-1], "backward"))
                labels.append(_on_arrow(points, number(p.value)))
    boxes = []
    kept = {s.name for s in d.steps if s.kept}
    for s in d.steps:
        if s.adjoint is not None:
            read = kept & set(re.findall(r"\w+", " ".join(p.formula for p in s.pulls)))
            order = [t.name for t in d.steps if t.name in read]
            boxes.append(
                _box(
                    where,
                    s,
                    f"{s.name}_bar",
                    number(s.adjoint),
                    "",
                    f"reads {', '.join(order)}" if order else "",
                )
            )
    return _svg(where, [*arrows, *labels, *boxes], "backward graph")


def _label(s: Step) -> str:
    text = s.name if s.formula == "input" else f"{s.name} = {s.formula}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _svg(where: Layout, parts: list[str], title: str) -> str:
    w, h = where.size
    return (
        f'<svg viewBox="0 0 {w:.0f} {h:.0f}" width="{w:.0f}" height="{h:.0f}" role="img" aria-label="{title}">'
        f'<defs><marker id="forward-tip" class="forward" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker><marker id="backward-tip" '
        f'class="backward" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 L8 4 L0 8 z"/></marker></defs>{"".join(parts)}</svg>'
    )


def _arrow(points: list[tuple[float, float]], kind: str) -> str:
    """A smooth line through the points, level at each."""
    (x, y), *rest = points
    d = f"M{x:.1f} {y:.1f}"
    for u, v in rest:
        middle = (x + u) / 2
        d += f" C{middle:.1f} {y:.1f} {middle:.1f} {v:.1f} {u:.1f} {v:.1f}"
        x, y = u, v
    return f'<path class="arrow {kind}" d="{d}" marker-end="url(#{kind}-tip)"/>'


def _on_arrow(points: list[tuple[float, float]], text: str) -> str:
    """A number on the arrow, on a light ground: nearer to the later step, where fewer arrows cross."""
    (x, y), (u, v) = points[-2:]
    a, b = u - 0.384 * (u - x), v - 0.282 * (v - y)  # the curve of `_arrow` at 35 % from its right end
    wide = CHARACTER * 0.8 * len(text) + 6
    return (
        f'<rect class="ground" x="{a - wide / 2:.1f}" y="{b - 9:.1f}" width="{wide:.1f}" height="18" rx="3"/>'
        f'<text class="flow" x="{a:.1f}" y="{b + 4:.1f}">{escape(text)}</text>'
    )


def _box(where: Layout, s: Step, head: str, value: str, kind: str, foot: str = "") -> str:
    (x, y), w, h = where.at[s.name], where.width[s.name], BOX_HEIGHT
    tip = (
        f"<title>{escape(s.name)} = {escape(s.formula)}{escape(f' [{s.source}]') if s.source else ''}</title>"
    )
    lift = 6 if foot else 0
    text = (
        f'<text class="head" x="{x:.1f}" y="{y - 8 - lift:.1f}">{svg_formula(head)}</text>'
        f'<text class="value" x="{x:.1f}" y="{y + 14 - lift:.1f}">{escape(value)}</text>'
    )
    text += f'<text class="foot" x="{x:.1f}" y="{y + 24:.1f}">{escape(foot)}</text>' if foot else ""
    box = f'<rect x="{x - w / 2:.1f}" y="{y - h / 2:.1f}" width="{w:.1f}" height="{h}" rx="8"/>'
    return f'<g class="box {kind}">{tip}{box}{text}</g>'


def svg_formula(text: str) -> str:
    """A formula for SVG: bars over adjoints, dots between factors."""
    safe = escape(text, quote=False).replace("**", "^").replace("*", "·")
    return re.sub(r"(\w+)_bar\b", r'<tspan text-decoration="overline">\1</tspan>', safe)
