"""Pictures as Keras reads and writes them: for `wg.utils`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError, UsageError
from wengert.base.extras import extra
from wengert.base.words import require_word

Array = np.ndarray[Any, Any]
MODES = {"rgb": "RGB", "rgba": "RGBA", "grayscale": "L"}


def _pillow(operation: str) -> Any:
    with extra(operation, "pillow", "data"):
        import PIL.Image
    return PIL.Image


def load_img(
    path: str | Path, color_mode: str = "rgb", target_size: tuple[int, int] | None = None, **options: Any
) -> Any:
    """The picture in a file as one of pillow's."""
    require_word("load_img", "color_mode", color_mode, tuple(MODES))
    if options.keys() - {"interpolation", "keep_aspect_ratio"} or options.get("keep_aspect_ratio"):
        raise UsageError(f"load_img: must be given path, color_mode and target_size; got {options}.")
    pixels = import_module("wengert.data.formats.pictures").decode_image(
        path, size=target_size and tuple(target_size), mode=MODES[color_mode]
    )
    return array_to_img(pixels, scale=False)


def img_to_array(img: Any, data_format: str | None = None, dtype: str | None = None) -> Array:
    """A picture as an array [height, width, channels], float32 if nothing else is said."""
    pixels = np.asarray(img, dtype or "float32")
    return pixels if pixels.ndim == 3 else pixels[..., None]


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: str | None = None) -> Any:
    """An array [height, width, channels] as a picture of pillow.

    Args:
        scale: stretch its values to 0..255.
    """
    pixels = np.asarray(x, "float32")
    if pixels.ndim != 3 or pixels.shape[-1] not in (1, 3, 4):
        raise ShapeError(f"array_to_img: must be [height, width, 1, 3 or 4]; got {pixels.shape}.")
    if scale:
        pixels = pixels - pixels.min()
        pixels = pixels / (pixels.max() or 1) * 255
    rounded = pixels.astype("uint8")
    return _pillow("array_to_img").fromarray(rounded[..., 0] if rounded.shape[-1] == 1 else rounded)


def save_img(
    path: str | Path,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
) -> None:
    """Write an array as a picture; the ending of the name says the format."""
    array_to_img(x, scale=scale).save(path, format=file_format)
