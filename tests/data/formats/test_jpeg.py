"""The faster decoder gives Pillow's pixels, and leaves to Pillow what it cannot do."""

import io

import numpy as np
import pytest

from wengert.base.errors import FormatError
from wengert.data.formats import decode_image, jpeg

pytest.importorskip("simplejpeg")
Image = pytest.importorskip("PIL.Image")


def encoded(mode: str, **options: object) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (33, 50, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_pixels_are_those_of_pillow(mode, progressive, subsampling):
    data = encoded(mode, progressive=progressive, subsampling=subsampling)
    assert (jpeg.rgb_of_jpeg(data, 10**6) is None) == (mode == "CMYK")
    with Image.open(io.BytesIO(data)) as picture:
        np.testing.assert_array_equal(decode_image(data), np.asarray(picture.convert("RGB")))


def test_what_is_too_large_or_damaged_is_left_to_pillow():
    data = encoded("RGB")
    assert jpeg.rgb_of_jpeg(data, 33 * 50) is not None
    assert jpeg.rgb_of_jpeg(data, 33 * 50 - 1) is None
    assert jpeg.rgb_of_jpeg(data[:300], 10**6) is None
    with pytest.raises(FormatError, match="must be a picture"):
        decode_image(data[:300])
