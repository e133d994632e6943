"""Pictures of all formats that pillow reads: opened with bounds, and decoded."""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from wengert.base.errors import FormatError, ValueRangeError
from wengert.base.extras import extra
from wengert.data.files import Reader
from wengert.data.formats.jpeg import rgb_of_jpeg

Array = np.ndarray[Any, Any]
Mode = Literal["RGB", "L", "RGBA"]

DECODERS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "PPM")  # those of pillow that are asked
MAX_PIXELS = 64_000_000
MAX_FILE = 2**28  # bytes of a picture
# Pixels that a byte of a file can hold at most, where the format sets a bound: a header that says more lies.
PIXELS_PER_BYTE = {"PNG": 8 * 1032, "JPEG": 1024, "BMP": 128, "PPM": 8, "GIF": MAX_PIXELS, "WEBP": MAX_PIXELS}
DEFLATED = 8 * 1032  # of others, such as TIFF: pixels of one bit, packed as well as deflate can
# What pillow raises for damaged files.
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, TypeError, IndexError, OverflowError, struct.error)


def pillow() -> Any:
    """The package pillow, which an extra brings."""
    with extra("images", "pillow", "data"):
        import PIL.Image
        import PIL.ImageDraw
        import PIL.ImageFont
        import PIL.ImageOps
    return PIL


def decode_image(
    source: bytes | str | Path, *, size: tuple[int, int] | None = None, mode: Mode = "RGB"
) -> Array:
    """A picture's pixels, uint8 `[h, w, c]`.

    Args:
        source: a file, or the bytes of one.
        size: (height, width) to scale to; a JPEG is then decoded at a fraction of its size where that is enough.
        mode: "RGB", "L" or "RGBA".
    """
    if mode not in ("RGB", "L", "RGBA"):
        raise ValueRangeError(f"images: mode must be RGB, L or RGBA; got {mode!r}.")
    if isinstance(source, bytes):
        name, data = "the bytes given", source
    else:
        name, data = str(source), content("images", source)
    if mode == "RGB" and size is None:
        fast = rgb_of_jpeg(data, min(MAX_PIXELS, PIXELS_PER_BYTE["JPEG"] * len(data)))
        if fast is not None:
            return fast
    with opened("images", name, data) as picture:
        if size is not None:
            picture.draft(mode, (size[1], size[0]))
        out = picture.convert(mode)
    if size is not None and out.size != (size[1], size[0]):
        out = out.resize((size[1], size[0]), pillow().Image.Resampling.BILINEAR)
    array = np.asarray(out)
    return array if array.ndim == 3 else array[..., None]


def content(operation: str, path: str | Path) -> bytes:
    """The file, read whole: decoders that read from it might ask for as many bytes as a header says."""
    with Reader(operation, path) as file:
        data = file.read(MAX_FILE + 1)
        if len(data) > MAX_FILE:
            raise file.bad(f"a picture may have {MAX_FILE} bytes; it has more")
    return data


@contextlib.contextmanager
def opened(
    operation: str, name: str, data: bytes, decoders: Sequence[str] | None = DECODERS
) -> Iterator[Any]:
    """A picture of pillow's, to decode inside of the with-block.

    Args:
        name: of the file, for messages.
        decoders: formats that it may have; None: any that pillow reads.

    Raises:
        FormatError: it is no picture, is damaged, or has more pixels than such a file can hold, or than 64 million.
    """
    pil, file = pillow(), io.BytesIO(data)
    try:
        with pil.Image.open(file, formats=decoders) as picture:
            pixels = picture.width * picture.height
            most = min(MAX_PIXELS, PIXELS_PER_BYTE.get(picture.format or "", DEFLATED) * len(data))
            if pixels > most:
                raise ValueError(f"{picture.width} x {picture.height} pixels, more than {most}")
            yield picture
    except (*UNREADABLE, pil.Image.DecompressionBombError, pil.Image.DecompressionBombWarning) as error:
        reason = str(error).split(" <")[0].rstrip(".")
        at = 0 if file.closed else file.tell()
        raise FormatError(f"{operation}: {name}, byte {at}: must be a picture; got: {reason}.") from error
