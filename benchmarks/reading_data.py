"""The files that `pipeline.py` reads: the same bytes for every framework, made once."""

from __future__ import annotations

import csv
import getpass
import tempfile
from pathlib import Path

import numpy as np

FOLDER = Path(tempfile.gettempdir()) / f"wengert_reading_{getpass.getuser()}"
PICTURES, SIDE, CROP = 512, 256, 224
ROWS, COLUMNS = 50_000, 10
RECORDS, RECORD_BYTES = 20_000, 1024
BATCH = {"jpeg": 32, "arrays": 128, "csv": 128, "tfrecord": 128}
ELEMENTS = {"jpeg": PICTURES, "arrays": 60_000, "csv": ROWS, "tfrecord": RECORDS}


def make(folder: Path = FOLDER) -> None:
    """Write the files, if they are not there."""
    if (folder / "done").exists():
        return
    from PIL import Image

    from wengert.data.formats import write_tfrecord

    rng = np.random.default_rng(0)
    (folder / "jpeg").mkdir(parents=True, exist_ok=True)
    for k in range(PICTURES):  # smooth shapes and some grain, as photographs have: 20 kB each
        coarse = Image.fromarray(rng.integers(0, 255, (12, 12, 3), dtype=np.uint8)).resize((SIDE, SIDE), 3)
        grain = rng.normal(0, 6, (SIDE, SIDE, 3))
        pixels = np.clip(np.asarray(coarse) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "jpeg" / f"{k:04}.jpg", quality=85)
    with (folder / "rows.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(f"c{k}" for k in range(COLUMNS)), "label"])
        for row in rng.normal(size=(ROWS, COLUMNS)).round(6).tolist():
            writer.writerow([*row, int(row[0] > 0)])
    write_tfrecord(folder / "rows.tfrecord", (rng.bytes(RECORD_BYTES) for _ in range(RECORDS)))
    (folder / "done").touch()


def pictures() -> list[str]:
    """The files of the workload `jpeg`."""
    return [str(p) for p in sorted((FOLDER / "jpeg").iterdir())]


def images() -> tuple[np.ndarray, np.ndarray]:
    """The arrays of the workload `arrays`: as many and as large as Fashion-MNIST."""
    rng = np.random.default_rng(0)
    return rng.random((60_000, 28, 28, 1), np.float32), rng.integers(0, 10, 60_000)
