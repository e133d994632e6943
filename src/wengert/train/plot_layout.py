"""Where the boxes and lines of a model's picture go: each layer under what it needs, lines past what is between."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

LETTER, LINE, PAD = 7.3, 17, 10  # pixels, for 12 px monospaced letters
GAP_X, GAP_Y, MARGIN = 28, 34, 16
STRAIGHT = 8  # a line ends so many pixels upright, where its arrow is

Point = tuple[float, float]


@dataclass
class Box:
    """One layer of the picture."""

    name: str
    lines: list[str]
    inputs: list[str]
    kind: str
    depth: int = 0
    x: float = 0.0
    y: float = 0.0
    width: float = field(init=False)
    height: float = field(init=False)

    def __post_init__(self) -> None:
        self.width = max(map(len, self.lines)) * LETTER + 2 * PAD
        self.height = len(self.lines) * LINE + PAD

    @property
    def middle(self) -> float:
        """Across."""
        return self.x + self.width / 2

    @property
    def foot(self) -> float:
        """Down."""
        return self.y + self.height


@dataclass
class Layout:
    """The size of a picture, and its lines; boxes know their places."""

    width: float
    height: float
    lines: list[list[Point]]


def lay_out(boxes: list[Box]) -> Layout:
    """Give every box its place, and every line its points."""
    _place(boxes)
    lines = list(_lines(boxes))
    edges = [b.x for b in boxes] + [b.x + b.width for b in boxes] + [x for line in lines for x, _ in line]
    left = MARGIN - min(edges)
    for box in boxes:
        box.x += left
    shifted = [[(x + left, y) for x, y in line] for line in lines]
    low = max(max(b.foot for b in boxes), *(y for line in lines for _, y in line), 0.0)
    return Layout(max(edges) + left + MARGIN, low + MARGIN, shifted)


def _place(boxes: list[Box]) -> None:
    """Rows by depth, from the top; each row under the middle of what it needs."""
    by_name = {b.name: b for b in boxes}
    for box in boxes:  # they come after what they need, but for layers that are called again
        box.depth = max(
            (by_name[i].depth + 1 for i in box.inputs if i in by_name and i != box.name), default=0
        )
    y = float(MARGIN)
    for row in _rows(boxes):

        def wanted(box: Box) -> float:
            parents = [by_name[i] for i in box.inputs if i in by_name and by_name[i].depth < box.depth]
            near = [p for p in parents if p.depth == box.depth - 1] or parents
            return sum(p.middle for p in near) / len(near) if near else 0.0

        row.sort(key=wanted)
        whole = sum(b.width for b in row) + GAP_X * (len(row) - 1)
        x = sum(map(wanted, row)) / len(row) - whole / 2
        for box in row:
            box.x, box.y = x, y
            x += box.width + GAP_X
        y = max(b.foot for b in row) + GAP_Y


def _rows(boxes: list[Box]) -> list[list[Box]]:
    rows: dict[int, list[Box]] = {}
    for box in boxes:
        rows.setdefault(box.depth, []).append(box)
    return [rows[depth] for depth in sorted(rows)]


def _lines(boxes: list[Box]) -> Iterator[list[Point]]:
    """From the foot of each box to the head of those that need it."""
    by_name = {b.name: b for b in boxes}
    feet = [max(b.foot for b in row) for row in _rows(boxes)]
    lanes: list[tuple[float, float, float]] = []
    for box in boxes:
        parents = [by_name[i] for i in box.inputs if i in by_name]
        direct = [p for p in parents if p.depth < box.depth and not _in_the_way(p, box, boxes)]
        direct.sort(key=lambda p: p.middle)
        for k, parent in enumerate(direct):
            end = box.x + box.width * (k + 1) / (len(direct) + 1)
            yield [(parent.middle, parent.foot), *_bend(parent.middle, feet[parent.depth], end, box.y)]
        past = [p for p in parents if all(p is not q for q in direct)]
        past.sort(key=lambda p: -p.depth)  # the shortest way is the innermost
        for k, parent in enumerate(past):
            end = box.middle + box.width / 2 * (k + 1) / (len(past) + 1)
            yield _line_past(parent, box, end, boxes, feet[parent.depth], lanes)


def _in_the_way(a: Box, b: Box, boxes: list[Box]) -> list[Box]:
    """What a line straight down from one to the other would cross."""
    points = _bend(a.middle, a.foot, b.middle, b.y)

    def crosses(c: Box) -> bool:
        return any(c.x - PAD < x < c.x + c.width + PAD and c.y - PAD < y < c.foot + PAD for x, y in points)

    return [c for c in boxes if a.depth < c.depth < b.depth and crosses(c)]


def _line_past(
    a: Box, b: Box, end: float, boxes: list[Box], foot: float, lanes: list[tuple[float, float, float]]
) -> list[Point]:
    """To the right of what stands between, and of lines that go there already."""
    low, high = sorted((foot, b.y))
    beside = [c for c in boxes if c.y < high and c.foot > low]
    side = max(c.x + c.width for c in _in_the_way(a, b, boxes) or [a, b]) + GAP_X / 3
    while True:
        rights = [c.x + c.width for c in beside if c.x - PAD / 2 < side < c.x + c.width + PAD / 2]
        rights += [x for x, top, bottom in lanes if abs(x - side) < PAD - 1 and top < high and bottom > low]
        if not rights:
            break
        side = max(rights) + PAD
    lanes.append((side, low, high))
    if b.depth <= a.depth:  # a layer that is called again: up
        turns = [(side, foot + GAP_Y / 2), (side, b.y - GAP_Y / 2), (end, b.y - STRAIGHT)]
        return [(a.middle, a.foot), *turns, (end, b.y)]
    out = _bend(a.middle, foot, side, foot + GAP_Y + STRAIGHT)
    return [(a.middle, a.foot), *out, *_bend(side, b.y - GAP_Y, end, b.y)]


def _bend(x0: float, y0: float, x1: float, y1: float) -> list[Point]:
    """A curve that begins and ends upright."""
    low = y1 - STRAIGHT
    turns = [(1 - math.cos(math.pi * k / 16)) / 2 for k in range(17)]
    return [*((x0 + (x1 - x0) * turn, y0 + (low - y0) * k / 16) for k, turn in enumerate(turns)), (x1, y1)]
