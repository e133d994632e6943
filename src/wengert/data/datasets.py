"""Data sets, public as `wg.datasets`: those that arrive with a package, and the well-known ones in their own files.

    catalogue()     what there is, by name        info(name)    task, shapes, licence, source, hash of one
    load(name)      the data                      digits(), iris(), co2(), ...   the same, each with its options

Most give `(x_train, y_train), (x_test, y_test)`; series and texts give what they say. Those that Keras has, too,
have its `load_data()`, with its shapes: `mnist.load_data()`. Nothing is fetched from the web but by
`mnist`, `cifar10`, `cifar100` and `imdb`, when they are called without a folder.
"""

from typing import Any

from wengert.data.catalogue import catalogue, info
from wengert.data.datasets_files import cifar10, cifar100, imdb, kjv, mnist, names
from wengert.data.datasets_keras import give_load_data as _give_load_data
from wengert.data.datasets_pictures import Array, by_name, digits, fashion_mnist
from wengert.data.datasets_tables import (
    breast_cancer,
    co2,
    diabetes,
    iris,
    series,
    small_digits,
    sunspots,
    wine,
)

__all__ = [
    "Array",
    "breast_cancer",
    "by_name",
    "catalogue",
    "cifar10",
    "cifar100",
    "co2",
    "diabetes",
    "digits",
    "fashion_mnist",
    "imdb",
    "info",
    "iris",
    "kjv",
    "load",
    "mnist",
    "names",
    "series",
    "small_digits",
    "sunspots",
    "wine",
]

_give_load_data()


def __dir__() -> list[str]:
    return __all__


def load(name: str, **options: Any) -> Any:
    """The data set of this name, `catalogue()` lists them: `load("iris", seed=1)` is `iris(seed=1)`.

    Raises:
        UsageError: there is none of this name.
        MissingExtraError: the package that brings it is not installed.
    """
    return info(name).load(**options)
