"""One epoch of an input pipeline: `python -m workers.reading WORKLOAD THREADS LIBRARY`; torch2 has two workers."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from reading_data import BATCH, COLUMNS, CROP, ELEMENTS, FOLDER, SIDE, images, pictures
from workers.protocol import private_stdout, serve_steps

Batches = Callable[[], Iterable[Any]]


def decoded(path: str) -> np.ndarray:
    """A picture's pixels, as Pillow gives them."""
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def cropped(pixels: np.ndarray, bits: int) -> np.ndarray:
    """A picture's random part, at random mirrored."""
    rest, flip = divmod(bits, 2)
    left, top = rest % (SIDE - CROP + 1), rest // (SIDE - CROP + 1) % (SIDE - CROP + 1)
    part = pixels[top : top + CROP, left : left + CROP]
    if not flip:
        return part
    out = np.empty_like(part, order="C")
    for colour in range(3):  # NumPy's fastest way: bytes one by one, not pixels of three
        out[..., colour] = part[:, ::-1, colour]
    return out


def with_wengert(workload: str, threads: int, workers: int) -> Batches:
    from wengert.data import Dataset
    from wengert.data.formats import decode_image

    def decode(path: str, key: int) -> np.ndarray:
        return cropped(decode_image(path), key)

    batch = BATCH[workload]
    if workload == "jpeg":
        data = Dataset.from_files(pictures()).shuffle().map(decode, threads).batch(batch)
    elif workload == "arrays":
        data = Dataset.from_tensor_slices(images()).shuffle().batch(batch)
    elif workload == "csv":
        data = Dataset.csv(FOLDER / "rows.csv").batch(batch).prefetch(4)
    else:
        data = Dataset.tfrecord(FOLDER / "rows.tfrecord").batch(batch)
    return lambda: data


def with_tensorflow(workload: str, threads: int, workers: int) -> Batches:
    import tensorflow as tf

    auto = tf.data.AUTOTUNE

    def decode(path: Any) -> Any:
        pixels = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        return tf.image.random_flip_left_right(tf.image.random_crop(pixels, (CROP, CROP, 3)))

    def fields(lines: Any) -> Any:
        return tf.io.decode_csv(lines, [[0.0]] * COLUMNS + [[0]])

    batch = BATCH[workload]
    if workload == "jpeg":
        data = tf.data.Dataset.from_tensor_slices(pictures()).shuffle(1000).map(decode, auto).batch(batch)
    elif workload == "arrays":
        x, y = images()
        data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(batch)
    elif workload == "csv":
        data = tf.data.TextLineDataset(str(FOLDER / "rows.csv")).skip(1).batch(batch).map(fields, auto)
    else:
        data = tf.data.TFRecordDataset(str(FOLDER / "rows.tfrecord")).batch(batch)
    return data.prefetch(auto).as_numpy_iterator


def with_torch(workload: str, threads: int, workers: int) -> Batches:
    import torch
    from torch.utils.data import DataLoader, IterableDataset, TensorDataset
    from torch.utils.data import Dataset as Indexed

    class Pictures(Indexed):  # type: ignore[misc]
        paths = pictures() if workload == "jpeg" else []

        def __len__(self) -> int:
            return len(self.paths)

        def __getitem__(self, k: int) -> torch.Tensor:
            return torch.from_numpy(cropped(decoded(self.paths[k]), int(torch.randint(2**31, ()))).copy())

    class Rows(IterableDataset):  # type: ignore[misc]
        def __iter__(self) -> Iterator[torch.Tensor]:
            with (FOLDER / "rows.csv").open(newline="") as file:
                lines = csv.reader(file)
                next(lines)
                for line in lines:
                    yield torch.tensor([float(x) for x in line])

    if workload == "tfrecord":
        raise SystemExit("PyTorch reads no TFRecord files")
    if workload == "jpeg":
        data: Any = Pictures()
    elif workload == "arrays":
        data = TensorDataset(*map(torch.from_numpy, images()))
    else:
        data, workers = Rows(), min(workers, 1)  # two would both read the whole file
    loader = DataLoader(
        data,
        batch_size=BATCH[workload],
        shuffle=None if workload == "csv" else True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    return lambda: loader


LIBRARIES = {"wengert": with_wengert, "tensorflow": with_tensorflow, "torch": with_torch}


def rows_of(batch: Any) -> int:
    """How many elements a batch has."""
    while isinstance(batch, tuple | list | dict):
        batch = next(iter(batch.values())) if isinstance(batch, dict) else batch[0]
    return len(batch)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=BATCH)
    parser.add_argument("threads", type=int)
    parser.add_argument("library")
    args = parser.parse_args()
    answers = private_stdout()
    name, workers = (
        args.library.rstrip("0123456789"),
        int(args.library[-1]) if args.library[-1].isdigit() else 0,
    )
    batches = LIBRARIES[name](args.workload, args.threads, workers)

    def epoch() -> None:
        count = sum(rows_of(batch) for batch in batches())
        if count != ELEMENTS[args.workload]:
            raise SystemExit(f"{args.library} gave {count} elements, not {ELEMENTS[args.workload]}")

    epoch()
    serve_steps(answers, epoch, {})


if __name__ == "__main__":
    main()
