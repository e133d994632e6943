"""Files in folders named after their class, one record a file: pictures and sounds."""

from __future__ import annotations

import struct
import wave
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import FormatError, UsageError
from wengert.data.files import Reader
from wengert.data.formats.pictures import Mode, decode_image
from wengert.data.records import Indexed, Record, index_of

Array = np.ndarray[Any, Any]
MAX_TEXT = 2**28  # bytes

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".ppm", ".pgm")
MAX_SOUND = 2**30  # bytes
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE  # formats of sound in a .wav file


@dataclass(frozen=True)
class LabelledFiles(Indexed):
    """What pictures and sounds in folders share: record k is file k decoded, with the number of its class.

    Args:
        folder: has a folder a class, which holds the files at any depth; or files alone, which then have no label.
        labelled: False: folders mean nothing, and no file has a label.
    """

    folder: str | Path
    labelled: bool = field(default=True, kw_only=True)
    files: tuple[Path, ...] = field(init=False, repr=False, compare=False)
    classes: tuple[str, ...] = field(init=False, repr=False, compare=False)

    operation: ClassVar[str] = "files"
    endings: ClassVar[Sequence[str]] = ()
    key: ClassVar[str] = "file"  # of the decoded file in a record

    def __post_init__(self) -> None:
        top = Path(self.folder)
        files = sorted(f for f in top.rglob("*") if f.suffix.lower() in self.endings and f.is_file())
        if not files:
            raise UsageError(
                f"{self.operation}: the folder must hold files {', '.join(self.endings)}; {top} holds none."
            )
        inside = {f.relative_to(top).parts[0] for f in files if f.parent != top and self.labelled}
        if inside and any(f.parent == top for f in files):
            raise UsageError(
                f"{self.operation}: files must all be in a folder of their class, or none; {top} has both."
            )
        object.__setattr__(self, "files", tuple(files))
        object.__setattr__(self, "classes", tuple(sorted(inside)))

    @abstractmethod
    def decode(self, path: Path) -> Any:
        """What a file holds."""

    def __len__(self) -> int:
        return len(self.files)

    def label(self, k: int) -> int:
        """The number of file k's class, in the order of the classes' names."""
        return self.classes.index(self.files[k].relative_to(self.folder).parts[0])

    def record(self, k: int) -> Record:
        """File k, decoded, with its label where the folder has classes."""
        content = self.decode(self.files[index_of(self.operation, k, len(self))])
        record = content if isinstance(content, dict) else {self.key: content}
        return {**record, "label": self.label(k)} if self.classes else record


@dataclass(frozen=True)
class Images(LabelledFiles):
    """Pictures as `{"image": uint8 [h, w, c], "label": class}`: JPEG, PNG, BMP, GIF, WebP, PPM.

    Args:
        size: (height, width) that all are scaled to; None: as they are.
        mode: "RGB", "L" (grey) or "RGBA".

    Raises:
        FormatError: a file is no such picture, is damaged, or has more than 64 million pixels.
        MissingExtraError: pillow is not installed.
    """

    size: tuple[int, int] | None = None
    mode: Mode = "RGB"
    operation: ClassVar[str] = "images"
    endings: ClassVar[Sequence[str]] = PICTURES
    key: ClassVar[str] = "image"

    def decode(self, path: Path) -> Array:
        """The picture in a file."""
        return decode_image(path, size=self.size, mode=self.mode)


@dataclass(frozen=True)
class Texts(LabelledFiles):
    """Text files (.txt, UTF-8) as `{"text": str, "label": class}`."""

    operation: ClassVar[str] = "texts"
    endings: ClassVar[Sequence[str]] = (".txt",)
    key: ClassVar[str] = "text"

    def decode(self, path: Path) -> str:
        """The text in a file."""
        with Reader("texts", path) as file:
            content = file.read(MAX_TEXT + 1)
            if len(content) > MAX_TEXT:
                raise file.bad(f"a text must have at most {MAX_TEXT} bytes; got more")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as e:
            raise FormatError(f"texts: {path}, byte {e.start}: must be UTF-8; got {e.reason}.") from None


@dataclass(frozen=True)
class Wav(LabelledFiles):
    """Sounds of .wav files as `{"audio": float32 [n, channels] in -1..1, "rate": per second, "label": class}`.

    Raises:
        FormatError: a file is no WAV of PCM (8, 16, 24, 32 bits) or floats, is damaged, or longer than 1 GiB.
    """

    operation: ClassVar[str] = "wav"
    endings: ClassVar[Sequence[str]] = (".wav",)
    key: ClassVar[str] = "audio"

    def decode(self, path: Path) -> dict[str, Any]:
        """The sound in a file, and its rate."""
        audio, rate = read_wav(path)
        return {"audio": audio, "rate": rate}


def read_wav(path: str | Path) -> tuple[Array, int]:
    """Samples float32 `[n, channels]` in -1..1, and how many there are a second.

    Source: Microsoft & IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991.
    """
    with Reader("wav", path) as file:
        riff = file.exactly(12, "the RIFF header")
        if riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
            raise file.bad(f"must start with RIFF....WAVE; got {riff!r}", 0)
        said: tuple[int, int, int, int] | None = None
        while True:
            at = file.offset
            name, size = struct.unpack("<4sI", file.exactly(8, "the header of a chunk"))
            if name == b"data":
                if said is None:
                    raise file.bad("the format must come before the data", at)
                return _samples(file, size, *said)
            if size > MAX_SOUND:
                raise file.bad(f"a chunk may have {MAX_SOUND} bytes; {name!r} says {size}", at)
            content = file.exactly(size + size % 2, f"the chunk {name!r}")
            if name == b"fmt ":
                said = _format(file, content, at)


def _format(file: Reader, content: bytes, at: int) -> tuple[int, int, int, int]:
    """Kind, channels, rate, bits a sample."""
    if len(content) < 16:
        raise file.bad(f"the format must have 16 bytes; got {len(content)}", at)
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", content[:16])
    if kind == EXTENSIBLE and len(content) >= 26:
        kind = int.from_bytes(content[24:26], "little")
    if (kind, bits) not in WIDTHS or not channels or not rate:
        raise file.bad(
            f"must be PCM of 8, 16, 24 or 32 bits or floats of 32 or 64; got format {kind}, {bits} bits, "
            f"{channels} channels, rate {rate}",
            at,
        )
    return kind, channels, rate, bits


WIDTHS = {(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64)}


def _samples(file: Reader, size: int, kind: int, channels: int, rate: int, bits: int) -> tuple[Array, int]:
    frame = channels * bits // 8
    if size > MAX_SOUND or size % frame:
        raise file.bad(
            f"must hold at most {MAX_SOUND} bytes, in frames of {frame}; the data says {size}",
            file.offset - 4,
        )
    data = file.exactly(size, "the samples")
    audio: Array
    if kind == FLOAT:
        audio = np.frombuffer(data, f"<f{bits // 8}").astype(np.float32)
    elif bits == 8:
        audio = (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128
    elif bits == 24:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        audio = (wide.view("<i4")[:, 0] / 2**31).astype(np.float32)
    else:
        audio = np.frombuffer(data, f"<i{bits // 8}").astype(np.float32) / np.float32(2 ** (bits - 1))
    return audio.reshape(-1, channels), rate


def write_wav(path: str | Path, audio: Array, rate: int) -> None:
    """Write samples `[n]` or `[n, channels]` in -1..1 as 16-bit PCM; what is louder is cut."""
    whole = np.rint(np.clip(np.asarray(audio, np.float64), -1, 1 - 2**-15) * 2**15).astype("<i2")
    whole = whole.reshape(len(whole), -1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(whole.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(whole.tobytes())
