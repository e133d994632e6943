"""`plot_model`: a picture of a model as text (SVG, DOT), or as PNG through pillow.

The layout is layers by depth, each box under what it needs; lines go from box to box, past those between.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from wengert.base.errors import UsageError
from wengert.base.files import replace_file
from wengert.train.summary import Row, rows_of

if TYPE_CHECKING:
    from wengert.train.model import Model

LETTER, LINE, PAD, GAP_X, GAP_Y = 7.2, 17, 10, 28, 34  # pixels, for 12 px monospaced letters
INK = "#5f6368"
COLORS = ("#e8f0fe", "#e6f4ea", "#fef7e0", "#fce8e6", "#f3e8fd", "#e4f7fb")


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


def boxes_of(
    model: Model, shapes: bool, dtypes: bool, names: bool, activations: bool, trainable: bool
) -> list[Box]:
    """The layers as boxes; a layer that is called twice is one box with the inputs of both calls."""
    found: dict[str, Box] = {}
    before: list[str] = []
    for row in rows_of(model):
        name = str(row.layer.name)
        inputs = [part for told in row.inputs for part in told.split("+") if part]
        inputs = inputs if row.inputs or not before or hasattr(model, "calls") else before
        if name in found:
            found[name].inputs += [i for i in inputs if i not in found[name].inputs]
        else:
            lines = _lines(row, shapes, dtypes, names, activations, trainable)
            found[name] = Box(name, lines, list(dict.fromkeys(inputs)), type(row.layer).__name__)
        before = [name]
    return list(found.values())


def _lines(
    row: Row, shapes: bool, dtypes: bool, names: bool, activations: bool, trainable: bool
) -> list[str]:
    layer = row.layer
    kind = type(layer).__name__
    lines = [f"{layer.name} ({kind})" if names else kind]
    activation = getattr(layer, "activation", None)
    if activations and activation is not None:
        lines.append(
            activation if isinstance(activation, str) else getattr(activation, "__name__", "function")
        )
    if shapes:
        lines += [t.strip() if dtypes else t[t.find("[") :] for t in row.shape.split(", ")]
    elif dtypes:
        lines += [t[: t.find("[")] for t in row.shape.split(", ")]
    if trainable:
        lines.append("trains" if layer.trainable and layer.weights else "does not train")
    return lines


def _lay_out(boxes: list[Box]) -> tuple[float, float]:
    """Give every box its place; the size of the picture."""
    by_name = {b.name: b for b in boxes}
    for box in boxes:  # they come after what they need, but for layers that are called again
        box.depth = max(
            (by_name[i].depth + 1 for i in box.inputs if i in by_name and i != box.name), default=0
        )
    levels: dict[int, list[Box]] = {}
    for box in boxes:
        levels.setdefault(box.depth, []).append(box)
    wide = max(sum(b.width + GAP_X for b in level) for level in levels.values())
    y = float(GAP_Y)
    for depth in sorted(levels):
        level = levels[depth]

        def wanted(box: Box) -> float:
            parents = [by_name[i] for i in box.inputs if i in by_name and by_name[i].depth < box.depth]
            return sum(p.x + p.width / 2 for p in parents) / len(parents) if parents else wide / 2

        level.sort(key=wanted)
        whole = sum(b.width for b in level) + GAP_X * (len(level) - 1)
        middle = sum(map(wanted, level)) / len(level)
        x = min(max(middle - whole / 2, GAP_X / 2), max(wide - whole - GAP_X / 2, GAP_X / 2))
        for box in level:
            box.x, box.y = x, y
            x += box.width + GAP_X
        y += max(b.height for b in level) + GAP_Y
    return wide + GAP_X, y


def svg(boxes: list[Box]) -> str:
    """The picture as SVG."""
    width, height = _lay_out(boxes)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="monospace" font-size="12">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0,0 L8,4 L0,8 z" fill="{INK}"/></marker></defs>',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for points in _lines_between(boxes):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{INK}" marker-end="url(#tip)"/>')
    for box, color in zip(boxes, _colors(boxes), strict=True):
        parts.append(
            f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="5" '
            f'fill="{color}" stroke="{INK}"/>'
        )
        for k, text in enumerate(box.lines):
            weight = ' font-weight="bold"' if k == 0 else ""
            parts.append(
                f'<text x="{box.x + box.width / 2:.1f}" y="{box.y + PAD / 2 + (k + 0.75) * LINE:.1f}" '
                f'text-anchor="middle"{weight}>{escape(text)}</text>'
            )
    return "\n".join([*parts, "</svg>", ""])


def _route(a: Box, b: Box, boxes: list[Box]) -> list[tuple[float, float]]:
    """Points of a line from the foot of one box to the head of another, beside the boxes that stand between them."""
    x0, y0, x1, y1 = a.x + a.width / 2, a.y + a.height, b.x + b.width / 2, b.y
    between = [c for c in boxes if a.depth < c.depth < b.depth and _crosses(c, x0, y0, x1, y1)]
    if not between and y1 > y0:
        steps = [k / 16 for k in range(17)]
        return [(x0 + (x1 - x0) * t * t * (3 - 2 * t), y0 + (y1 - y0) * t) for t in steps]
    side = max((c.x + c.width for c in between), default=max(a.x + a.width, b.x + b.width)) + GAP_X / 3
    return [(x0, y0), (side, y0 + GAP_Y / 2), (side, y1 - GAP_Y / 2), (x1, y1)]


def _crosses(c: Box, x0: float, y0: float, x1: float, y1: float) -> bool:
    """Whether the line between two points would go through a box."""
    ts = [min(max((y - y0) / (y1 - y0), 0), 1) for y in (c.y, c.y + c.height)] if y1 != y0 else [0.0]
    xs = [x0 + (x1 - x0) * t * t * (3 - 2 * t) for t in ts]
    return min(xs) < c.x + c.width + PAD and max(xs) > c.x - PAD


def _lines_between(boxes: list[Box]) -> list[list[tuple[float, float]]]:
    by_name = {b.name: b for b in boxes}
    return [_route(by_name[i], b, boxes) for b in boxes for i in b.inputs if i in by_name]


def png(boxes: list[Box], dpi: int = 192) -> bytes:
    """The picture as PNG."""
    from wengert.data.formats.pictures import pillow

    pil = pillow()
    scale = dpi / 96
    width, height = _lay_out(boxes)
    picture = pil.Image.new("RGB", (int(width * scale), int(height * scale)), "white")
    draw = pil.ImageDraw.Draw(picture)
    font = pil.ImageFont.load_default(size=11 * scale)
    for points in _lines_between(boxes):
        draw.line([(x * scale, y * scale) for x, y in points], fill=INK, width=round(scale))
        (x0, y0), (x, y) = points[-2:]
        far = max(((x - x0) ** 2 + (y - y0) ** 2) ** 0.5, 1e-6)
        u, v = (x - x0) / far * 7, (y - y0) / far * 7
        tip = [(x, y), (x - u - v / 2, y - v + u / 2), (x - u + v / 2, y - v - u / 2)]
        draw.polygon([(a * scale, b * scale) for a, b in tip], fill=INK)
    for box, color in zip(boxes, _colors(boxes), strict=True):
        corners = [n * scale for n in (box.x, box.y, box.x + box.width, box.y + box.height)]
        draw.rounded_rectangle(corners, 5 * scale, color, INK, round(scale))
        for k, text in enumerate(box.lines):
            at = ((box.x + box.width / 2) * scale, (box.y + PAD / 2 + (k + 0.5) * LINE) * scale)
            draw.text(
                at, text, fill="black", font=font, anchor="mm", stroke_width=0.3 * scale if k == 0 else 0
            )
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def _colors(boxes: list[Box]) -> list[str]:
    """One color for each kind of layer, in turn."""
    kinds = list(dict.fromkeys(b.kind for b in boxes))
    return [COLORS[kinds.index(b.kind) % len(COLORS)] for b in boxes]


def dot(boxes: list[Box], rankdir: str = "TB") -> str:
    """The picture in Graphviz's language."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    lines = [
        "digraph model {",
        f"  rankdir={rankdir};",
        '  node [shape=box, style="rounded", fontname="monospace"];',
    ]
    for box in boxes:
        label = quoted("\n".join(box.lines)).replace("\n", "\\n")
        lines.append(f"  {quoted(box.name)} [label={label}];")
    known = {b.name for b in boxes}
    lines += [f"  {quoted(i)} -> {quoted(b.name)};" for b in boxes for i in b.inputs if i in known]
    return "\n".join([*lines, "}", ""])


def plot_model(
    model: Model,
    to_file: str | Path = "model.svg",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    dpi: int = 192,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Path:
    """Draw a model's layers and what goes from one to the next.

    Args:
        to_file: its ending says the format: .svg, .dot (for Graphviz), or .png, which needs the extra `data`.
        show_shapes, show_dtype: of what each layer gives.
        rankdir: TB or LR, in a .dot file. dpi: dots an inch of a .png.

    Raises:
        UsageError: the format is not known.
    """
    path = Path(to_file)
    boxes = boxes_of(model, show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable)
    if not boxes:
        raise UsageError(f"plot_model: the model must have layers; got {model!r}.")
    if rankdir not in ("TB", "LR"):
        raise UsageError(f"plot_model: rankdir must be TB or LR; got {rankdir!r}.")
    formats = {
        ".svg": lambda: svg(boxes).encode(),
        ".dot": lambda: dot(boxes, rankdir).encode(),
        ".png": lambda: png(boxes, dpi),
    }
    if path.suffix.lower() not in formats:
        raise UsageError(f"plot_model: to_file must end in {', '.join(formats)}; got {str(path)!r}.")
    replace_file(path, [formats[path.suffix.lower()]()])
    return path
