"""Optimizers: how gradients change weights."""

from wengert.nn.optimizers.adam import Adam, AdamW
from wengert.nn.optimizers.optimizer import Optimizer, get
from wengert.nn.optimizers.rmsprop import RMSprop
from wengert.nn.optimizers.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "get"]
