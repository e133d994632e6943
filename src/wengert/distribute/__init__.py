"""Several processes that train one model: `mpiexec -n 2 python train.py` (docs/distribute.md)."""

from wengert.distribute.backup import BackupAndRestore
from wengert.distribute.data_parallel import DataParallel, MeanLogs, broadcast, shard
from wengert.distribute.ranks import rank, size
from wengert.distribute.sums import all_mean, all_sum

__all__ = [
    "BackupAndRestore",
    "DataParallel",
    "MeanLogs",
    "all_mean",
    "all_sum",
    "broadcast",
    "rank",
    "shard",
    "size",
]
