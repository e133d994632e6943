"""Files of every format, changed at random: what a fresh process does with them. See test_mutated_files.py.

python mutated_files.py FORMAT FIRST COUNT FOLDER    prints `{kept} {refused}`, or the first file that misbehaved
"""

import functools
import gzip
import io
import re
import resource
import struct
import sys
import tempfile
import time
import traceback
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from wengert.base.errors import FormatError
from wengert.data import formats
from wengert.data.datasets_files import cifar10
from wengert.data.formats import example
from wengert.data.image import read_drawing

ROOM = 256 * 2**20  # bytes that a process may take beyond what it has when it starts
SECONDS = 5.0
NAMES_FILE_AND_PLACE = re.compile(r"(mutated\.\w+|_batch\w*\.bin)\b.*\b(byte|line) \d+")
NAMES_FILE = re.compile(r"mutated\.")
INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1, 2**62, 2**63, 2**64 - 1)

RNG = np.random.default_rng(7)
STORED, ABOUT = RNG.standard_normal((20, 3)), {"model": "lenet"}


def tfrecord() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        formats.write_tfrecord(path, [RNG.bytes(n) for n in (5, 0, 300, 17)])
        return path.read_bytes()


def wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((2, 2, 8000, 0, "NONE", ""))
        sound.writeframes(RNG.bytes(400))
    return file.getvalue()


def picture(kind: str) -> bytes:
    import PIL.Image

    file = io.BytesIO()
    PIL.Image.fromarray(RNG.integers(0, 255, (12, 9, 3), np.uint8)).save(file, kind)
    return file.getvalue()


def table():
    import pyarrow as pa

    pairs = pa.array([[k, k] for k in range(30)], pa.list_(pa.int64(), 2))
    words = [None if k % 5 == 0 else f"w{k}" for k in range(30)]
    return pa.table(
        {
            "n": range(30),
            "x": np.linspace(0, 1, 30),
            "w": words,
            "p": pairs,
            "l": [[k] * (k % 3) for k in range(30)],
        }
    )


def parquet() -> bytes:
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(table(), file, row_group_size=10)
    return file.getvalue()


def arrow(stream: bool) -> bytes:
    import pyarrow as pa

    file = io.BytesIO()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(file, table().schema) as out:
        out.write_table(table())
    return file.getvalue()


def arrays(save: Callable) -> bytes:
    file = io.BytesIO()
    array = np.arange(40.0).reshape(8, 5)
    save(file, array) if save is np.save else save(file, x=array, y=np.array(list("abcdefgh")))
    return file.getvalue()


CSV = b"n,x,word\n" + b"".join(b'%d,%d.5,"w, ""%d"""\r\n' % (k, k, k) for k in range(30))
JSONL = b"".join(b'{"n": %d, "l": [1, 2.5, null], "w": "\\u00e9\xc3\xa9"}\n' % k for k in range(30))
IDX = bytes([0, 0, 8, 2, 0, 0, 0, 6, 0, 0, 0, 9]) + bytes(range(54))
EXAMPLE = {"f": np.float32([1, 2]), "i": np.arange(5), "b": [b"one", b""]}


def stored() -> bytes:
    from wengert.data.store import TensorStore

    with tempfile.TemporaryDirectory() as folder:
        return TensorStore(folder).write("x", STORED, metadata=ABOUT).path.read_bytes()


def read_store(path: Path) -> None:
    from wengert.data.store import StoredTensor

    found = StoredTensor(path)
    found.verify()
    assert np.array_equal(found[:], STORED)
    assert found.metadata == ABOUT


def cifar() -> bytes:
    """Four pictures of the binary version, with a label each."""
    return b"".join(bytes([k]) + RNG.bytes(3072) for k in range(4))


def read_cifar(path: Path) -> None:
    """The files of CIFAR-10, one of which was changed."""
    for name in (
        "data_batch_1",
        "data_batch_2",
        "data_batch_3",
        "data_batch_4",
        "data_batch_5",
        "test_batch",
    ):
        path.with_name(f"{name}.bin").unlink(missing_ok=True)
        path.with_name(f"{name}.bin").symlink_to(path)
    cifar10(path.parent)


@functools.cache
def trained():
    """A model like those that Keras saves."""
    import wengert as wg

    wg.set_random_seed(0)
    layers = [wg.layers.Conv2D(4, 3), wg.layers.BatchNormalization(), wg.layers.Flatten(), wg.layers.Dense(3)]
    return wg.Sequential([wg.Input((6, 6, 2)), *layers])


def saved(ending: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"m{ending}"
        (trained().save if ending in (".keras", ".wengert") else trained().save_weights)(path)
        return path.read_bytes()


def trained_on() -> bytes:
    """A checkpoint, as `BackupAndRestore` leaves it."""
    import wengert as wg

    model, x = trained(), np.zeros((2, 6, 6, 2), "f")
    model.compile("adam", "mse", run_eagerly=True)
    with tempfile.TemporaryDirectory() as folder:
        hook = wg.callbacks.BackupAndRestore(folder, delete_checkpoint=False, keep=1)
        model.fit(x, np.zeros((2, 3), "f"), verbose=0, callbacks=[hook])
        (path,) = Path(folder).iterdir()
        return path.read_bytes()


def packed() -> bytes:
    """Weights in pieces, packed and with checksums."""
    import h5py

    source, file = h5py.File(io.BytesIO(saved(".weights.h5"))), io.BytesIO()
    with h5py.File(file, "w") as out:

        def copy(name, x):
            if isinstance(x, h5py.Dataset):
                out.create_dataset(
                    name, data=x[()], chunks=True, compression="gzip", shuffle=True, fletcher32=True
                )
            else:
                out.require_group(name).attrs.update(x.attrs)

        source.visititems(copy)
    return file.getvalue()


def member(name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(saved(".keras"))) as archive:
        return archive.read(name)


def load_with(name: str) -> Callable[[Path], None]:
    """Load a model of Keras one of whose members is the file."""
    whole = saved(".keras")

    def load(path: Path) -> None:
        import wengert as wg

        data = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(path, "w") as new:
            for other in archive.namelist():
                new.writestr(other, data if other == name else archive.read(other))
        wg.load_model(path)

    return load


def load_model(path: Path) -> None:
    import wengert as wg

    wg.load_model(path)


def read_checkpoint(path: Path) -> None:
    from wengert.train import checkpoint

    checkpoint.read(path)


def read_example(path: Path) -> None:
    """An Example has no file; that of the TFRecord is named by who reads it."""
    try:
        example.parse_example(path.read_bytes())
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


def everything(records) -> None:
    """All records, going on after damaged ones."""
    position, refusals = None, []
    for _ in range(1000):
        try:
            for _ in records.iterate(position):
                pass
            break
        except ValueError as error:
            refusals.append(error)
            position = getattr(error, "resume", None)
            if position is None:
                break
    if refusals:
        raise refusals[-1]


READERS = {
    "text_lines": (JSONL, lambda p: everything(formats.TextLines(p))),
    "text_gz": (gzip.compress(JSONL, mtime=0), lambda p: everything(formats.TextLines(p))),
    "csv": (CSV, lambda p: everything(formats.CSV(p))),
    "jsonl": (JSONL, lambda p: everything(formats.JSONLines(p))),
    "tfrecord": (tfrecord, lambda p: everything(formats.TFRecord(p))),
    "tfrecord_unchecked": (tfrecord, lambda p: everything(formats.TFRecord(p, check_sums=False))),
    "example": (lambda: example.write_example(EXAMPLE), read_example),
    "idx": (IDX, lambda p: everything(formats.from_idx(p))),
    "npy": (lambda: arrays(np.save), lambda p: formats.read_npy(p).tobytes()),
    "npz": (lambda: arrays(np.savez), lambda p: [a.tobytes() for a in formats.read_npz(p).values()]),
    "npz_packed": (lambda: arrays(np.savez_compressed), lambda p: formats.read_npz(p)),
    "tokens": (bytes(range(64)), lambda p: everything(formats.Tokens(p, 4))),
    "wav": (wav, formats.read_wav),
    "png": (lambda: picture("PNG"), formats.decode_image),
    "jpeg": (lambda: picture("JPEG"), formats.decode_image),
    "gif": (lambda: picture("GIF"), formats.decode_image),
    "webp": (lambda: picture("WEBP"), formats.decode_image),
    "bmp": (lambda: picture("BMP"), formats.decode_image),
    "ppm": (lambda: picture("PPM"), formats.decode_image),
    "drawing": (lambda: picture("TIFF"), read_drawing),
    "cifar": (cifar, read_cifar),
    "parquet": (parquet, lambda p: everything(formats.Parquet(p))),
    "arrow_file": (lambda: arrow(False), lambda p: everything(formats.Arrow(p))),
    "arrow_stream": (lambda: arrow(True), lambda p: everything(formats.Arrow(p))),
    "store": (stored, read_store),
    "wengert": (lambda: saved(".wengert"), load_model),
    "checkpoint": (trained_on, read_checkpoint),
    "safetensors": (lambda: saved(".safetensors"), lambda p: trained().load_weights(p)),
    "weights.h5": (lambda: saved(".weights.h5"), lambda p: trained().load_weights(p)),
    "packed.weights.h5": (packed, lambda p: trained().load_weights(p)),
    "keras": (lambda: saved(".keras"), load_model),
    "h5.keras": (lambda: member("model.weights.h5"), load_with("model.weights.h5")),
    "json.keras": (lambda: member("config.json"), load_with("config.json")),
}  # fmt: skip


OWN = ("wengert", "checkpoint", "safetensors")
"""Models of ours: every byte has a digest, so whatever was changed is refused."""
MODELS = [*OWN, *(name for name in READERS if name.endswith(("h5", "keras")))]
"""Models: no more memory than the file (of others: twice the file) and 64 MiB, 2 s; errors name the file."""


def mutated(data: bytes, seed: int) -> bytes:
    """The file with one to four changes: bits, bytes, numbers that tempt, parts cut out, doubled or moved."""
    rng = np.random.default_rng(seed)
    out = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        if not out:
            break
        at = int(rng.integers(len(out)))
        size = int(rng.integers(1, 1 + min(64, len(out) - at)))
        match rng.integers(7):
            case 0:
                out[at] ^= 1 << int(rng.integers(8))
            case 1:
                out[at] = int(rng.integers(256))
            case 2:
                number = struct.pack("<Q", int(rng.choice(np.array(INTERESTING, np.uint64))))
                number = number[: int(rng.choice([1, 2, 4, 8]))]
                out[at : at + len(number)] = number if rng.integers(2) else number[::-1]
            case 3:
                del out[at : at + size]
            case 4:
                out[at:at] = out[at : at + size] * int(rng.integers(1, 4))
            case 5:
                out[at:at] = rng.bytes(size)
            case 6:
                del out[at:]
    return bytes(out)


def main(name: str, first: int, count: int, folder: Path) -> None:
    seed_file, read = READERS[name]
    data = seed_file() if callable(seed_file) else seed_file
    path = folder / f"mutated.{name}"
    path.write_bytes(data)
    read(path)  # libraries and kernels are loaded before room is measured
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    room = (1 if name in OWN else 2) * len(data) + 64 * 2**20 if name in MODELS else ROOM
    resource.setrlimit(resource.RLIMIT_AS, (used + room, used + room))
    kept = refused = 0
    for seed in range(first, first + count):
        changed = mutated(data, seed)
        path.write_bytes(changed)
        (folder / "seed").write_text(str(seed))
        start = time.process_time()  # others may take the CPU away
        try:
            read(path)
            kept += 1
            if name in OWN and changed != data:
                sys.exit(f"{name}, seed {seed}: must be refused, as it is not what was written; it was read")
        except FormatError as error:
            refused += 1
            if not (NAMES_FILE if name in MODELS else NAMES_FILE_AND_PLACE).search(str(error)):
                sys.exit(f"{name}, seed {seed}: must name file and byte or line; got {error}")
        except BaseException:
            sys.exit(
                f"{name}, seed {seed}: must be read or refused by FormatError; got\n{traceback.format_exc()}"
            )
        seconds = 2.0 if name in MODELS else SECONDS
        if time.process_time() - start > seconds:
            sys.exit(f"{name}, seed {seed}: must be read or refused within {seconds} s")
    print(kept, refused)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
