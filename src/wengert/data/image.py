"""Pictures in and out, with pillow: a file to the image a network expects, predictions to a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.data.formats.pictures import content, opened, pillow

if TYPE_CHECKING:
    from PIL import Image

Array = np.ndarray[Any, Any]

MIN_CONTRAST = 16  # grey levels between ink and ground below which a picture shows nothing
INK = 0.2  # share of the strongest ink from which on a pixel counts as drawn
BOX = 20 / 28  # MNIST: the drawing fills 20 of the image's 28 pixels


@dataclass(frozen=True)
class Drawing:
    """A picture made ready for a network, and what was done to it, in words."""

    image: Array
    notes: tuple[str, ...]


def read_drawing(path: str | Path, size: tuple[int, int] = (28, 28)) -> Drawing:
    """A picture of any size and mode as MNIST would show it: light ink on black, float32 `[h, w, 1]` in 0..1.

    Dark ink on light ground is inverted. A picture of another size is cropped to its ink, scaled to fit the
    middle (20 of 28 pixels), and centred by its mass, as the digits of MNIST were.

    Raises:
        MissingExtraError: pillow is not installed.
        FormatError: the file is no picture, is damaged, or has more than 64 million pixels.
        ValueRangeError: the picture has one shade only.
        OSError: the file cannot be opened.
    """
    grey, notes = _grey(Path(path)), []
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    if np.ptp(grey) < MIN_CONTRAST:
        raise ValueRangeError(
            f"read_drawing: {path} must show something; "
            f"its brightness goes from {grey.min():.0f} to {grey.max():.0f} of 255."
        )
    if np.median(border) > 127:
        grey = 255 - grey
        notes.append("dark on light: inverted")
    if grey.shape != size:
        notes.append(f"{grey.shape[1]} x {grey.shape[0]} pixels: cropped to the ink, scaled and centred")
        grey = _centre(grey - grey.min(), size)
    return Drawing(np.divide(grey, 255, dtype=np.float32)[..., None], tuple(notes))


def _grey(path: Path) -> Array:
    """Brightness 0..255 of every pixel, float32 `[h, w]`; what is transparent becomes ground."""
    with opened("read_drawing", str(path), content("read_drawing", path), decoders=None) as picture:
        return _brightness(pillow().ImageOps.exif_transpose(picture))


def _brightness(picture: "Image.Image") -> Array:
    if picture.mode in ("I", "F") or picture.mode.startswith("I;"):
        deep = np.asarray(picture, np.float32)  # 16 bits and more, which pillow would clip
        return deep * np.float32(255 / max(1.0, float(deep.max())))
    grey, alpha = np.moveaxis(np.asarray(picture.convert("RGBA").convert("LA"), np.float32), -1, 0)
    opaque = alpha > 0
    ink = grey[opaque].mean() if opaque.any() else 0
    ground = np.float32(0 if ink > 127 else 255)
    shade: Array = ground + (grey - ground) * (alpha / np.float32(255))
    return shade


def _centre(ink: Array, size: tuple[int, int]) -> Array:
    """Crop to the ink, scale its longer side to the box, put its centre of mass in the middle."""
    pil = pillow()
    drawn = ink > INK * ink.max()
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] * np.float32(255 / ink.max())
    scale = min(size[0] * BOX / crop.shape[0], size[1] * BOX / crop.shape[1])
    height, width = (max(1, round(length * scale)) for length in crop.shape)
    picture = pil.Image.fromarray(np.rint(crop).astype(np.uint8))
    small = np.asarray(picture.resize((width, height), pil.Image.Resampling.LANCZOS), np.float32)
    weight = max(float(small.sum()), 1.0)
    top = _start(float(small.sum(1) @ np.arange(height)) / weight, height, size[0])
    left = _start(float(small.sum(0) @ np.arange(width)) / weight, width, size[1])
    out = np.zeros(size, np.float32)
    out[top : top + height, left : left + width] = small
    return out


def _start(mass: float, length: int, size: int) -> int:
    """Where `length` pixels start so that their centre of mass is in the middle, and all lie inside."""
    return min(max(round((size - 1) / 2 - mass), 0), size - length)


CELL, CAPTION, GAP, HEADING, COLUMNS = 56, 18, 8, 30, 10
GROUND, TEXT, RIGHT, WRONG = (255, 255, 255), (34, 34, 34), (20, 120, 60), (200, 30, 30)


def draw_predictions(path: str | Path, sections: Sequence[tuple[str, Array, Array, Array]]) -> None:
    """Write a PNG of images with what was predicted below: green where right, red with the truth where wrong.

    Args:
        path: the file to write.
        sections: `(heading, images [n, h, w, 1] in 0..1, predicted [n], true [n])` each.
    """
    pil = pillow()
    row = CELL + CAPTION + GAP
    heights = [HEADING + row * -(-len(x) // COLUMNS) for _, x, _, _ in sections]
    canvas = pil.Image.new("RGB", (GAP + COLUMNS * (CELL + GAP), sum(heights) + GAP), GROUND)
    draw, font = pil.ImageDraw.Draw(canvas), pil.ImageFont.load_default(13)
    top = 0
    for (heading, x, predicted, true), height in zip(sections, heights, strict=True):
        if not len(x) == len(predicted) == len(true):
            raise ShapeError(
                f"draw_predictions: there must be one prediction and one label an image; "
                f"got {len(x)} images, {len(predicted)} predictions, {len(true)} labels."
            )
        draw.text((GAP, top + HEADING / 2), heading, TEXT, font, anchor="lm")
        for n, (image, guess, truth) in enumerate(zip(x, predicted, true, strict=True)):
            left, upper = GAP + n % COLUMNS * (CELL + GAP), top + HEADING + n // COLUMNS * row
            bytes_ = np.rint(np.clip(image[..., 0], 0, 1) * 255).astype(np.uint8)
            canvas.paste(pil.Image.fromarray(bytes_).resize((CELL, CELL)), (left, upper))
            caption, colour = (f"{guess}", RIGHT) if guess == truth else (f"{guess}, is {truth}", WRONG)
            draw.text((left + CELL / 2, upper + CELL + CAPTION / 2), caption, colour, font, anchor="mm")
        top += height
    canvas.save(path, "PNG")
