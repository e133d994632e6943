"""Training on several ranks that is cut short, and goes on with the same bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from wengert.distribute.ranks import rank, size
from wengert.distribute.sums import sum_over_ranks
from wengert.train import callbacks, checkpoint
from wengert.train.callbacks.callback import Logs

Place = tuple[int, int]
_NOWHERE = (-1, -1)


class BackupAndRestore(callbacks.BackupAndRestore):
    """`callbacks.BackupAndRestore` for several ranks: all resume from the newest place that each of them has saved.

    A rank that was killed, or is ahead while it saves, may have saved another place last than the others.

    Args:
        backup_dir: a folder for this training alone, in which each rank has one of its own.
        save_freq, delete_checkpoint: as for `callbacks.BackupAndRestore`.
        keep: how many checkpoints a rank has at most: two that it may write between two steps, one for those behind.
    """

    def __init__(
        self,
        backup_dir: str | Path,
        save_freq: str | int = "epoch",
        delete_checkpoint: bool = True,
        *,
        keep: int = 4,
    ) -> None:
        folder = Path(backup_dir) / f"rank-{rank()}-of-{size()}"
        super().__init__(folder, save_freq, delete_checkpoint, keep=keep)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        while len(places := _places(self._newest())) > 1:
            for path in checkpoint.files(self.folder):
                if checkpoint.read(path).place > min(places):
                    path.unlink()
        super().on_train_begin(logs)

    def _newest(self) -> Place:
        found = checkpoint.newest(self.folder)
        return _NOWHERE if found is None else found.place


def _places(mine: Place) -> set[Place]:
    """Those of all ranks."""
    table = np.zeros((size(), 2), np.int64)
    table[rank()] = mine
    (table,) = sum_over_ranks(table, place="BackupAndRestore")
    return {(int(epoch), int(step)) for epoch, step in table}
