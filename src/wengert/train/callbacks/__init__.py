"""Callbacks, by Keras's names: what happens between batches and epochs of `fit`."""

from wengert.train.callbacks.backup import BackupAndRestore
from wengert.train.callbacks.callback import Callback, CallbackList, LambdaCallback
from wengert.train.callbacks.csv_logger import CSVLogger
from wengert.train.callbacks.ema import SwapEMAWeights
from wengert.train.callbacks.finite import TerminateOnNaN
from wengert.train.callbacks.history import History
from wengert.train.callbacks.monitors import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from wengert.train.callbacks.progbar import ProgbarLogger
from wengert.train.callbacks.rates import LearningRateScheduler
from wengert.train.callbacks.tensorboard import TensorBoard

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]
