"""Optimizers: how gradients change weights."""

from wengert.nn import schedules
from wengert.nn.optimizers.adafactor import Adafactor
from wengert.nn.optimizers.adagrad import Adadelta, Adagrad
from wengert.nn.optimizers.adam import Adam, AdamW, ScheduleFreeAdamW
from wengert.nn.optimizers.adamax import Adamax, Nadam
from wengert.nn.optimizers.ftrl import Ftrl
from wengert.nn.optimizers.lamb import Lamb
from wengert.nn.optimizers.lion import Lion
from wengert.nn.optimizers.loss_scale import LossScaleOptimizer
from wengert.nn.optimizers.multi import MultiOptimizer, OptimizerMap
from wengert.nn.optimizers.muon import Muon
from wengert.nn.optimizers.optimizer import Optimizer, deserialize, get, serialize
from wengert.nn.optimizers.rmsprop import RMSprop
from wengert.nn.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "get",
    "schedules",
    "serialize",
    "deserialize",
]
