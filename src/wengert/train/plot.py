"""`plot_model`: a picture of a model as text (SVG, DOT), or as PNG through pillow.

`plot_layout.py` says where boxes and lines go.
"""

from __future__ import annotations

import io
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wengert.base.errors import UsageError
from wengert.base.files import replace_file
from wengert.train.plot_layout import LINE, PAD, Box, Layout, lay_out
from wengert.train.summary import Row, rows_of

if TYPE_CHECKING:
    from wengert.train.model import Model

INK, TEXT, MORE_TEXT = "#5f6368", "#202124", "#5f6368"
TIP = 8  # pixels: the head of an arrow
FINER = 2  # a PNG is drawn so many times larger, then made smaller: smooth lines
COLORS = ("#e8f0fe", "#e6f4ea", "#fef7e0", "#fce8e6", "#f3e8fd", "#e4f7fb")


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


def svg(boxes: list[Box]) -> str:
    """The picture as SVG."""
    layout = lay_out(boxes)
    size = f"{layout.width:.0f}", f"{layout.height:.0f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
        f'viewBox="0 0 {size[0]} {size[1]}" font-family="monospace" font-size="12">',
        f'<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{TIP}" markerHeight="{TIP}" '
        f'orient="auto"><path d="M0,1 L8,4 L0,7 z" fill="{INK}"/></marker></defs>',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for points in layout.lines:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{INK}" marker-end="url(#tip)"/>')
    for box, color in zip(boxes, _colors(boxes), strict=True):
        parts.append(
            f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="5" '
            f'fill="{color}" stroke="{INK}"/>'
        )
        for k, text in enumerate(box.lines):
            parts.append(
                f'<text x="{box.middle:.1f}" y="{box.y + PAD / 2 + (k + 0.75) * LINE:.1f}" '
                f'text-anchor="middle" fill="{MORE_TEXT if k else TEXT}">{escape(text)}</text>'
            )
    return "\n".join([*parts, "</svg>", ""])


def png(boxes: list[Box], dpi: int = 192) -> bytes:
    """The picture as PNG."""
    from wengert.data.formats.pictures import pillow

    pil = pillow()
    layout = lay_out(boxes)
    size = round(layout.width * dpi / 96), round(layout.height * dpi / 96)
    large = pil.Image.new("RGB", (size[0] * FINER, size[1] * FINER), "white")
    _draw(pil, pil.ImageDraw.Draw(large), boxes, layout, dpi / 96 * FINER)
    data = io.BytesIO()
    large.resize(size, pil.Image.Resampling.BOX).save(data, "PNG", dpi=(dpi, dpi))
    return data.getvalue()


def _draw(pil: Any, draw: Any, boxes: list[Box], layout: Layout, scale: float) -> None:
    font = pil.ImageFont.load_default(size=12 * scale)
    for points in layout.lines:
        draw.line([(x * scale, y * scale) for x, y in points], INK, round(scale), joint="curve")
        x, y = points[-1]
        tip = ((x, y), (x - TIP * 0.4, y - TIP), (x + TIP * 0.4, y - TIP))
        draw.polygon([(a * scale, b * scale) for a, b in tip], fill=INK)
    for box, color in zip(boxes, _colors(boxes), strict=True):
        corners = [n * scale for n in (box.x, box.y, box.x + box.width, box.foot)]
        draw.rounded_rectangle(corners, 5 * scale, color, INK, round(scale))
        for k, text in enumerate(box.lines):
            at = (box.middle * scale, (box.y + PAD / 2 + (k + 0.5) * LINE) * scale)
            draw.text(at, text, fill=MORE_TEXT if k else TEXT, font=font, anchor="mm")


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


def model_to_dot(
    model: Model,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> str:
    """A model's layers, and what goes from one to the next, in Graphviz's language.

    Args:
        show_shapes, show_dtype: of what each layer gives.
        rankdir: TB or LR.

    Example:
        >>> import wengert as wg
        >>> print(wg.utils.model_to_dot(wg.Sequential([wg.Input((3,)), wg.layers.Dense(2, name="only")])))
        digraph model {
          rankdir=TB;
          node [shape=box, style="rounded", fontname="monospace"];
          ...
        }
    """
    boxes = boxes_of(model, show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable)
    if rankdir not in ("TB", "LR"):
        raise UsageError(f"model_to_dot: rankdir must be TB or LR; got {rankdir!r}.")
    return dot(boxes, rankdir)


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
