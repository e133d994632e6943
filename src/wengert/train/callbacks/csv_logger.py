"""CSVLogger: the logs as a table."""

from __future__ import annotations

import csv
import errno
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wengert.base.errors import ArgumentError
from wengert.base.files import require_path
from wengert.train.callbacks.callback import Callback, Logs


class CSVLogger(Callback):
    """Write the logs of each epoch as a row of a CSV file.

    Training that is resumed goes on with the file: rows of epochs that are trained again are written once.

    Args:
        filename: the file. separator: between two numbers of a row.
        append: keep the rows that are there.
    """

    def __init__(self, filename: str | Path, separator: str = ",", append: bool = False) -> None:
        require_path("CSVLogger", filename)
        if not isinstance(separator, str) or len(separator) != 1:  # type: ignore[redundant-expr]
            raise ArgumentError(f"CSVLogger: separator must be one character; got {separator!r}.")
        self.filename, self.separator, self.append = filename, separator, append

    def on_train_begin(self, logs: Logs | None = None) -> None:
        folder = Path(self.filename).parent
        if not folder.is_dir():
            must = f"CSVLogger: the folder must be there; got none. Make {folder} first"
            raise FileNotFoundError(errno.ENOENT, must, str(self.filename))
        there = Path(self.filename).exists()
        self.size = Path(self.filename).stat().st_size if self.append and there else 0
        self.columns: list[str] | None = None

    def state(self) -> dict[str, Any]:
        return {"size": self.size, "columns": self.columns}

    def restore(self, state: Mapping[str, Any]) -> None:
        path = Path(self.filename)
        if path.exists() and path.stat().st_size >= state["size"]:
            self.size, self.columns = state["size"], state["columns"]

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        row = io.StringIO(newline="")
        writer = csv.writer(row, delimiter=self.separator)
        if self.columns is None:
            self.columns = list(logs or {})
            if not self.size:
                writer.writerow(["epoch", *self.columns])
        values = [
            (logs or {}).get(name, "NA") for name in self.columns
        ]  # epochs without validation lack some
        writer.writerow([epoch, *values])
        data = row.getvalue().encode()
        with Path(self.filename).open("ab") as file:  # closed even if training ends in an error
            file.truncate(self.size)
            file.write(data)
        self.size += len(data)
