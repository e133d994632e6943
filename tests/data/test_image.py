"""A picture of any kind becomes the image a network expects, or is refused by name."""

import re
import struct
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from wengert.base.errors import FormatError, MissingExtraError, ShapeError, ValueRangeError
from wengert.data.image import draw_predictions, read_drawing


def seven(size=(200, 300), ink=0, ground=255, mode="L") -> Image.Image:
    """A hand-drawn 7, in one corner of a page."""
    picture = Image.new("L", size, ground)
    ImageDraw.Draw(picture).line([(20, 30), (90, 30), (50, 130)], fill=ink, width=12)
    return picture.convert(mode)


def read(tmp_path, picture, name="seven.png", **options):
    picture.save(tmp_path / name, **options)
    return read_drawing(tmp_path / name)


@pytest.fixture
def reference(tmp_path):
    return read(tmp_path, seven()).image


def test_a_page_becomes_light_ink_in_the_middle(reference):
    assert reference.shape == (28, 28, 1)
    assert reference.dtype == np.float32
    assert reference.max() == 1
    ink = np.argwhere(reference[..., 0] > 0.2)
    assert (ink.max(0) - ink.min(0) + 1).max() == 20
    mass = reference[..., 0] / reference.sum()
    centre = [float(mass.sum(1) @ np.arange(28)), float(mass.sum(0) @ np.arange(28))]
    np.testing.assert_allclose(centre, 13.5, atol=0.6)


def test_what_was_done_is_said(tmp_path):
    assert read(tmp_path, seven()).notes == (
        "dark on light: inverted",
        "200 x 300 pixels: cropped to the ink, scaled and centred",
    )
    assert read(tmp_path, seven((28, 28), ink=255, ground=0)).notes == ()


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA", "CMYK"])
def test_the_mode_of_the_file_does_not_matter(tmp_path, reference, mode):
    name = "seven.tiff" if mode == "CMYK" else "seven.png"
    np.testing.assert_allclose(read(tmp_path, seven(mode=mode), name).image, reference, atol=0.05)


def test_light_on_dark_gives_the_same_image(tmp_path, reference):
    np.testing.assert_allclose(read(tmp_path, seven(ink=255, ground=0)).image, reference, atol=0.05)


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_a_transparent_page_is_seen(tmp_path, reference, ink):
    picture = Image.new("RGBA", (200, 300), (ink, ink, ink, 0))
    picture.putalpha(seven(ink=255, ground=0))
    np.testing.assert_allclose(read(tmp_path, picture).image, reference, atol=0.05)


def test_sixteen_bits_are_not_clipped(tmp_path, reference):
    deep = Image.fromarray(np.asarray(seven(), np.uint16) * 257)
    np.testing.assert_allclose(read(tmp_path, deep).image, reference, atol=0.05)


def test_an_image_of_the_right_size_is_left_as_it_is(tmp_path, rng):
    pixels = rng.integers(0, 256, (28, 28), np.uint8)
    pixels[[0, -1]] = pixels[:, [0, -1]] = 0
    got = read(tmp_path, Image.fromarray(pixels)).image
    np.testing.assert_array_equal(np.rint(got[..., 0] * 255), pixels)


@pytest.mark.parametrize("size", [(1, 40), (40, 1), (1000, 3), (5, 5)])
def test_odd_sizes_fit(tmp_path, size):
    picture = Image.new("L", size, 0)
    picture.putpixel((0, 0), 255)
    assert read(tmp_path, picture).image.shape == (28, 28, 1)


def test_an_empty_page_is_refused(tmp_path):
    with pytest.raises(ValueRangeError, match=r"page\.png must show something; .* from 255 to 255"):
        read(tmp_path, Image.new("L", (50, 50), 255), "page.png")


def test_a_damaged_file_is_refused(tmp_path):
    seven().save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    for length in (0, 10, 40, len(whole) // 2):
        (tmp_path / "b.png").write_bytes(whole[:length])
        with pytest.raises(FormatError, match=r"read_drawing: .*b\.png, byte \d+: must be a picture"):
            read_drawing(tmp_path / "b.png")


def test_a_picture_with_too_many_pixels_is_refused(tmp_path):
    Image.new("1", (8001, 8000)).save(tmp_path / "big.png")
    with pytest.raises(FormatError, match=r"got: 8001 x 8000 pixels, more than 64000000"):
        read_drawing(tmp_path / "big.png")


def test_a_header_that_lies_is_refused_before_there_is_memory_for_it(tmp_path):
    Image.new("L", (1, 1)).save(tmp_path / "a.tiff")
    data = bytearray((tmp_path / "a.tiff").read_bytes())
    for tag in (256, 257):  # width and height, each an entry of twelve bytes that ends with the value
        at = re.search(re.escape(struct.pack("<H", tag)) + b"[\x03\x04]\x00\x01\x00{3}", data).start()
        data[at + 8 : at + 12] = struct.pack("<I", 7000)
    (tmp_path / "a.tiff").write_bytes(data)
    with pytest.raises(FormatError, match="got: 7000 x 7000 pixels, more than"):
        read_drawing(tmp_path / "a.tiff")


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_drawing(tmp_path / "none.png")


def test_pillow_is_named_when_it_is_missing(tmp_path, monkeypatch):
    seven().save(tmp_path / "a.png")
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wengert\[data\]'"):
        read_drawing(tmp_path / "a.png")


def colours(path) -> set[tuple[int, int, int]]:
    with Image.open(path) as picture:
        return {tuple(pixel) for pixel in np.asarray(picture.convert("RGB")).reshape(-1, 3).tolist()}


def test_predictions_are_drawn_right_in_green_and_wrong_in_red(tmp_path, rng):
    x = rng.random((12, 28, 28, 1), np.float32)
    y = np.arange(12) % 10
    draw_predictions(tmp_path / "right.png", [("all right", x, y, y)])
    draw_predictions(tmp_path / "wrong.png", [("all right", x, y, y), ("wrong", x[:1], y[:1], y[:1] + 1)])
    green, red = (20, 120, 60), (200, 30, 30)
    assert green in colours(tmp_path / "right.png")
    assert red not in colours(tmp_path / "right.png")
    assert {green, red} <= colours(tmp_path / "wrong.png")


def test_drawing_needs_a_label_an_image(tmp_path):
    with pytest.raises(ShapeError, match="got 2 images, 2 predictions, 1 labels"):
        draw_predictions(tmp_path / "x.png", [("", np.zeros((2, 28, 28, 1)), np.zeros(2), np.zeros(1))])
