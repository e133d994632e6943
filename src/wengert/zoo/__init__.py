"""Networks by name, one file each, written as a user would write them."""

from collections.abc import Callable

import wengert as wg
from wengert.zoo.autoencoder import Autoencoder
from wengert.zoo.char_rnn import char_rnn
from wengert.zoo.gpt import GPT
from wengert.zoo.lenet import lenet, lenet5
from wengert.zoo.mlp import mlp
from wengert.zoo.mobilenet import mobilenet_v2
from wengert.zoo.resnet import resnet18, resnet20, resnet34, resnet50, resnet56
from wengert.zoo.seq2seq import seq2seq, written
from wengert.zoo.tabular import TabularMLP
from wengert.zoo.vgg import vgg11, vgg16

__all__ = [
    "GPT",
    "Autoencoder",
    "TabularMLP",
    "char_rnn",
    "lenet",
    "lenet5",
    "mlp",
    "mobilenet_v2",
    "resnet18",
    "resnet20",
    "resnet34",
    "resnet50",
    "resnet56",
    "seq2seq",
    "vgg11",
    "vgg16",
    "written",
]


def __dir__() -> list[str]:
    return __all__


#: The networks of pictures by the name they have on the command line: `(input_shape, classes)` -> model.
by_name: dict[str, Callable[..., wg.Sequential]] = {
    f.__name__: f
    for f in (
        lenet,
        lenet5,
        mlp,
        mobilenet_v2,
        resnet18,
        resnet20,
        resnet34,
        resnet50,
        resnet56,
        vgg11,
        vgg16,
    )
}
