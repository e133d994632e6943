"""Pictures of pillow's and arrays, both ways."""

import io

import numpy as np
import pytest

from wengert.base.errors import FormatError, ShapeError, UsageError, ValueRangeError
from wengert.train.keras.image import array_to_img, img_to_array, load_img, save_img, smart_resize

pytest.importorskip("PIL")
PIXELS = np.arange(6 * 4 * 3).reshape(6, 4, 3).astype("uint8")


@pytest.fixture
def path(tmp_path):
    save_img(tmp_path / "image.png", PIXELS, scale=False)
    return tmp_path / "image.png"


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first", None])
def test_arrays_become_pictures_and_back(data_format):
    x = PIXELS.transpose(2, 0, 1) if data_format == "channels_first" else PIXELS
    again = img_to_array(array_to_img(x, data_format, scale=False), data_format)
    np.testing.assert_array_equal(again, x)
    assert again.dtype == np.float32


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_channels_say_the_mode(channels, mode):
    assert array_to_img(np.zeros((2, 2, channels))).mode == mode


def test_scaled_values_reach_from_black_to_white():
    scaled = np.asarray(array_to_img(np.array([[[-1.0], [0.0], [1.0]]])))
    np.testing.assert_array_equal(scaled, [[0, 127, 255]])


def test_grey_values_above_a_byte_are_kept():
    picture = array_to_img(np.full((2, 2, 1), 1000), scale=False)
    assert (picture.mode, picture.getpixel((0, 0))) == ("I", 1000)


def test_a_picture_is_read_at_another_size(path):
    np.testing.assert_array_equal(np.asarray(load_img(path)), PIXELS)
    np.testing.assert_array_equal(np.asarray(load_img(path, target_size=(3, 2))), PIXELS[1::2, 1::2])
    assert load_img(path, color_mode="grayscale").mode == "L"
    assert load_img(io.BytesIO(path.read_bytes()), color_mode="rgba").mode == "RGBA"


def test_proportions_are_kept_by_cutting(path):
    found = load_img(path, target_size=(4, 4), keep_aspect_ratio=True)
    np.testing.assert_array_equal(np.asarray(found), PIXELS[1:5])


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "hamming", "box", "lanczos"])
def test_interpolation_is_pillows(path, interpolation):
    import PIL.Image

    wanted = load_img(path).resize((2, 3), getattr(PIL.Image.Resampling, interpolation.upper()))
    found = load_img(path, target_size=(3, 2), interpolation=interpolation)
    np.testing.assert_array_equal(np.asarray(found), np.asarray(wanted))


def test_a_jpeg_has_no_transparency(tmp_path):
    with pytest.warns(UserWarning, match="a JPEG has no transparency"):
        save_img(tmp_path / "image.jpg", np.zeros((2, 2, 4)))
    assert load_img(tmp_path / "image.jpg").size == (2, 2)


def test_the_middle_is_kept_when_resizing():
    x = PIXELS.astype("float32")
    wanted = x[1:5].reshape(2, 2, 2, 2, 3).mean((1, 3))
    np.testing.assert_allclose(smart_resize(x, (2, 2)), wanted, rtol=1e-6)
    batch = smart_resize(x.transpose(2, 0, 1)[None], (2, 2), data_format="channels_first")
    np.testing.assert_allclose(batch[0].transpose(1, 2, 0), wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda p: load_img(p, color_mode="cmyk"), ValueRangeError, "color_mode must be"),
        (lambda p: load_img(p, interpolation="magic"), ValueRangeError, "interpolation must be"),
        (lambda p: load_img(io.BytesIO(b"text")), FormatError, "the bytes given.*must be a picture"),
        (lambda p: array_to_img(np.zeros((2, 2))), ShapeError, r"must be \[height, width, 1, 3 or 4\]"),
        (lambda p: img_to_array(np.zeros(3)), ShapeError, "two axes or three"),
        (lambda p: img_to_array(PIXELS, data_format="first"), ValueRangeError, "data_format must be"),
        (lambda p: smart_resize(np.zeros(3), (2, 2)), ShapeError, "smart_resize: must be"),
        (lambda p: smart_resize(PIXELS, (2, 2), "area"), ValueRangeError, "interpolation must be"),
        (lambda p: save_img(p.with_suffix(""), PIXELS), UsageError, "path must end in a format"),
    ],
)
def test_what_makes_no_sense_is_refused(path, call, kind, said):
    with pytest.raises(kind, match=said):
        call(path)
