"""Pictures as Keras reads and writes them: for `wg.utils` and `wg.preprocessing.image`."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any, Literal

import numpy as np

from wengert.base.errors import ShapeError, UsageError
from wengert.base.words import require_word
from wengert.data.formats.pictures import content, opened, pillow
from wengert.ops.resize import resize
from wengert.runtime.tensor import Tensor

__all__ = ["array_to_img", "img_to_array", "load_img", "save_img", "smart_resize"]

Array = np.ndarray[Any, Any]
Mode = Literal["RGB", "RGBA", "L"]
MODES: dict[str, Mode] = {"rgb": "RGB", "rgba": "RGBA", "grayscale": "L"}
GREY = ("L", "I;16", "I")  # pillow's modes of one channel
RESAMPLING = {
    "nearest": "NEAREST", "bilinear": "BILINEAR", "bicubic": "BICUBIC", "hamming": "HAMMING", "box": "BOX",
    "lanczos": "LANCZOS",
}  # fmt: skip
METHODS = {
    "bilinear": "linear", "nearest": "nearest", "bicubic": "cubic", "lanczos3": "lanczos3", "lanczos5": "lanczos5",
}  # fmt: skip


def load_img(
    path: str | Path | io.BytesIO,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """The picture in a file as one of pillow's.

    Args:
        color_mode: "rgb", "rgba" or "grayscale".
        target_size: (height, width) that it is scaled to.
        interpolation: nearest, bilinear, bicubic, hamming, box or lanczos, as in pillow.
        keep_aspect_ratio: cut off at the borders what would have to be squeezed.

    Raises:
        FormatError: it is no picture, is damaged, or has more than 64 million pixels.
    """
    require_word("load_img", "color_mode", color_mode, tuple(MODES))
    require_word("load_img", "interpolation", interpolation, tuple(RESAMPLING))
    in_memory = isinstance(path, io.BytesIO)
    data = path.getvalue() if isinstance(path, io.BytesIO) else content("load_img", path)
    with opened("load_img", "the bytes given" if in_memory else str(path), data) as picture:
        mode = MODES[color_mode]
        keeps = picture.mode == mode or (mode == "L" and picture.mode in GREY)
        found = picture.copy() if keeps else picture.convert(mode)
    if target_size is None or found.size == (target_size[1], target_size[0]):
        return found
    box = None
    if keep_aspect_ratio:
        top, left, height, width = _middle(found.size[1], found.size[0], *target_size, exact=True)
        box = (left, top, left + width, top + height)
    resample = getattr(pillow().Image.Resampling, RESAMPLING[interpolation])
    return found.resize((target_size[1], target_size[0]), resample, box=box)


def _middle(
    height: int, width: int, to_height: int, to_width: int, *, exact: bool = False
) -> tuple[int, int, int, int]:
    """Top, left, height and width of the largest middle part with the proportions of a target."""
    tall, wide = (
        (width * to_height // to_width, height * to_width // to_height)
        if exact
        else (int(width * to_height / to_width), int(height * to_width / to_height))
    )
    tall, wide = max(min(height, tall), 1), max(min(width, wide), 1)
    return (height - tall) // 2, (width - wide) // 2, tall, wide


def smart_resize(
    x: Any, size: tuple[int, int], interpolation: str = "bilinear", data_format: str = "channels_last"
) -> Any:
    """Pictures [height, width, channels], or a batch of them, at another size without distortion: what does not fit
    to its proportions is cut off at the borders.

    Args:
        size: (height, width).
        interpolation: bilinear, nearest, bicubic, lanczos3 or lanczos5.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> wg.preprocessing.image.smart_resize(np.zeros((340, 500, 3)), (200, 200)).shape
        (200, 200, 3)
    """
    require_word("smart_resize", "interpolation", interpolation, tuple(METHODS))
    first = _is_first("smart_resize", data_format)
    pixels = x if isinstance(x, Tensor) else Tensor(np.asarray(x))
    if pixels.ndim not in (3, 4) or len(size) != 2:
        raise ShapeError(
            f"smart_resize: must be [height, width, channels] or a batch of it, and size two lengths; "
            f"got {pixels.shape} and {size}."
        )
    axes = (pixels.ndim - 2, pixels.ndim - 1) if first else (pixels.ndim - 3, pixels.ndim - 2)
    top, left, height, width = _middle(int(pixels.shape[axes[0]]), int(pixels.shape[axes[1]]), *size)
    index: list[Any] = [slice(None)] * pixels.ndim
    index[axes[0]], index[axes[1]] = slice(top, top + height), slice(left, left + width)
    out = resize(pixels[tuple(index)], size, axes, METHODS[interpolation])
    return out if isinstance(x, Tensor) else np.asarray(out)


def _is_first(operation: str, data_format: str | None) -> bool:
    """Whether channels come first."""
    if data_format is not None:
        require_word(operation, "data_format", data_format, ("channels_last", "channels_first"))
    return data_format == "channels_first"


def img_to_array(img: Any, data_format: str | None = None, dtype: str | None = None) -> Array:
    """A picture as an array [height, width, channels], float32 if nothing else is said."""
    pixels = np.asarray(img, dtype or "float32")
    if pixels.ndim not in (2, 3):
        raise ShapeError(f"img_to_array: must have two axes or three; got {pixels.shape}.")
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    return pixels.transpose(2, 0, 1) if _is_first("img_to_array", data_format) else pixels


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: str | None = None) -> Any:
    """An array [height, width, channels] as a picture of pillow.

    Args:
        scale: stretch its values to 0..255.
        dtype: that this is computed in; float32 if nothing else is said.
    """
    pixels = np.asarray(x, dtype or "float32")
    if pixels.ndim == 3 and _is_first("array_to_img", data_format):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim != 3 or pixels.shape[-1] not in (1, 3, 4):
        raise ShapeError(f"array_to_img: must be [height, width, 1, 3 or 4]; got {pixels.shape}.")
    if scale:
        pixels = pixels - pixels.min()
        pixels = pixels / (pixels.max() or 1) * 255
    if pixels.shape[-1] > 1:
        return pillow().Image.fromarray(pixels.astype("uint8"))
    return pillow().Image.fromarray(pixels[..., 0].astype("int32" if pixels.max() > 255 else "uint8"))


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **options: Any,
) -> None:
    """Write an array as a picture; `file_format`, or the ending of the name, says the format.

    Args:
        options: those of pillow's `save`.
    """
    picture = array_to_img(x, data_format, scale)
    ending = (file_format or Path(getattr(path, "name", path)).suffix).lower().lstrip(".")
    if not ending:
        raise UsageError(f"save_img: path must end in a format, or file_format be given; got {path!r}.")
    if picture.mode == "RGBA" and ending in ("jpg", "jpeg"):
        warnings.warn("save_img: a JPEG has no transparency; it is left out.", UserWarning, stacklevel=2)
        picture = picture.convert("RGB")
    picture.save(path, format={"jpg": "jpeg"}.get(file_format or "", file_format), **options)
