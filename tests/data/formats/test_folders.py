"""Pictures and sounds by folder: what was written is read, what is damaged is named."""

import io
import struct
import wave

import numpy as np
import pytest

from tests.data.formats.files import check_positions, write
from wengert.base.errors import FormatError, UsageError, ValueRangeError
from wengert.data.formats import Images, Wav, decode_image, read_wav, write_wav

Image = pytest.importorskip("PIL.Image")


def picture(pixels, kind="PNG", **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


@pytest.fixture
def folder(tmp_path, rng):
    for k, label in enumerate(("cat", "dog", "cat")):
        (tmp_path / label / "more").mkdir(parents=True, exist_ok=True)
        write(tmp_path / label / "more" / f"{k}.png", picture(rng.integers(0, 255, (4, 5 + k, 3), np.uint8)))
    (tmp_path / "notes.txt").write_text("none")
    return tmp_path


def test_folders_are_classes(folder, rng):
    records = Images(folder)
    assert records.classes == ("cat", "dog")
    assert [r["label"] for r in records] == [0, 0, 1]
    assert [r["image"].shape for r in records] == [(4, 5, 3), (4, 7, 3), (4, 6, 3)]
    check_positions(records)


def test_size_and_mode_make_pictures_alike(folder):
    batch = Images(folder, size=(3, 2), mode="L").gather([0, 1, 2])
    assert batch["image"].shape == (3, 3, 2, 1)
    assert batch["image"].dtype == np.uint8


def test_a_jpeg_is_its_picture(rng):
    smooth = np.linspace(0, 255, 64 * 64).reshape(64, 64).astype(np.uint8)
    got = decode_image(picture(np.stack([smooth] * 3, -1), "JPEG", quality=95))
    assert np.abs(got.astype(int) - smooth[..., None]).max() <= 4
    assert decode_image(picture(smooth, "JPEG"), size=(16, 8)).shape == (16, 8, 3)


@pytest.mark.parametrize("cut", [0, 10, 60])
def test_damaged_pictures_are_named(folder, rng, cut):
    path = folder / "cat" / "more" / "0.png"
    write(path, path.read_bytes()[:cut])
    with pytest.raises(FormatError, match=r"images: .*0\.png, byte \d+: must be a picture; got: "):
        Images(folder).record(0)


def test_kinds_that_were_not_asked_for_are_not_decoded(rng):
    with pytest.raises(FormatError, match=r"images: the bytes given, byte \d+: must be a picture"):
        decode_image(picture(rng.integers(0, 255, (4, 4, 3), np.uint8), "TIFF"))


def test_a_bomb_is_refused():
    """64 million pixels in a few bytes."""
    with pytest.raises(FormatError, match=r"got: 9000 x 8000 pixels, more than 64000000"):
        decode_image(picture(np.zeros((8000, 9000), bool)))


def test_folders_without_pictures_and_mixed_ones_are_refused(folder, tmp_path):
    with pytest.raises(UsageError, match=r"wav: the folder must hold files \.wav; .* holds none"):
        Wav(folder)
    write(folder / "x.png", b"")
    with pytest.raises(UsageError, match=r"must all be in a folder of their class, or none"):
        Images(folder)
    with pytest.raises(ValueRangeError, match=r"mode must be RGB, L or RGBA; got 'HSV'"):
        decode_image(b"", mode="HSV")


def test_sounds_come_back(tmp_path, rng):
    audio = rng.uniform(-1, 1, (50, 2)).astype(np.float32)
    write_wav(tmp_path / "a.wav", audio, 8000)
    records = Wav(tmp_path)
    assert records.record(0)["rate"] == 8000
    np.testing.assert_allclose(records.record(0)["audio"], audio, atol=2**-15)
    check_positions(records)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_samples_of_every_width(tmp_path, width):
    """The most negative sample is -1, zero is 0, half is 0.5."""
    low, zero, half = -(2 ** (8 * width - 1)), 0, 2 ** (8 * width - 2)
    samples = [v + 128 if width == 1 else v for v in (low, zero, half)]
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, width, 100, 0, "NONE", ""))
        file.writeframes(b"".join(v.to_bytes(width, "little", signed=width > 1) for v in samples))
    audio, rate = read_wav(tmp_path / "a.wav")
    assert audio[:, 0].tolist() == [-1, 0, 0.5]
    assert rate == 100


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def form(kind: int, bits: int, channels: int = 1) -> tuple[bytes, bytes]:
    return b"fmt ", struct.pack("<HHIIHH", kind, channels, 100, 100, 1, bits)


def test_floats_and_other_chunks(tmp_path):
    data = np.array([0.25, -2], "<f4").tobytes()
    path = write(tmp_path / "a.wav", riff((b"LIST", b"odd"), form(3, 32), (b"data", data)))
    assert read_wav(path)[0].ravel().tolist() == [0.25, -2]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"RIFFxxxxWAVX", r"byte 0: must start with RIFF"),
        (riff((b"data", b"ab")), r"byte 12: the format must come before the data"),
        (riff(form(2, 4), (b"data", b"ab")), r"byte 12: must be PCM .*; got format 2, 4 bits"),
        (riff(form(1, 16), (b"data", b"abc")), r"byte 40: must hold .*, in frames of 2; the data says 3"),
        (riff(form(1, 16), (b"data", b"abcd"))[:-1], r"byte 44: must hold 4 bytes for the samples; got 3"),
        (riff(form(1, 16)), r"byte 36: must hold 8 bytes for the header of a chunk; got 0"),
        (riff((b"fmt ", b"short")), r"byte 12: the format must have 16 bytes; got 6"),
        (b"RIFFxxxxWAVEjunk\xff\xff\xff\xff", r"byte 12: a chunk may have 1073741824 bytes"),
    ],
)
def test_sounds_that_are_none_are_refused(tmp_path, data, what):
    with pytest.raises(FormatError, match=r"wav: .*a\.wav, " + what):
        read_wav(write(tmp_path / "a.wav", data))
