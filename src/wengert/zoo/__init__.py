"""Networks by name, one file each, written as a user would write them."""

from collections.abc import Callable

import wengert as wg
from wengert.zoo.lenet import lenet
from wengert.zoo.mlp import mlp

__all__ = ["by_name", "lenet", "mlp"]

#: The networks by the name they have on the command line: `(input_shape, classes, dropout=)` -> model.
by_name: dict[str, Callable[..., wg.Sequential]] = {"lenet": lenet, "mlp": mlp}
