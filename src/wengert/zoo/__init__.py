"""Networks by name, one file each, written as a user would write them."""

from collections.abc import Callable

import wengert as wg
from wengert.zoo.char_rnn import char_rnn
from wengert.zoo.gpt import GPT
from wengert.zoo.lenet import lenet
from wengert.zoo.mlp import mlp
from wengert.zoo.resnet import resnet18, resnet20, resnet50
from wengert.zoo.vgg import vgg11, vgg16

__all__ = [
    "GPT",
    "by_name",
    "char_rnn",
    "lenet",
    "mlp",
    "resnet18",
    "resnet20",
    "resnet50",
    "vgg11",
    "vgg16",
]

#: The networks by the name they have on the command line: `(input_shape, classes, dropout=)` -> model.
by_name: dict[str, Callable[..., wg.Sequential]] = {"lenet": lenet, "mlp": mlp}
