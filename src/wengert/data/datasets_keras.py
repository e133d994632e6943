"""`wg.datasets.mnist.load_data()`: Keras's way to ask for a data set, and the shapes that it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wengert.base.errors import UsageError
from wengert.data.datasets_files import Split, cifar10, cifar100, mnist
from wengert.data.datasets_pictures import fashion_mnist


def give_load_data() -> None:
    """Let data sets that Keras has, too, have its `load_data`: labels uint8; grey pictures [n, 28, 28] with labels [n],
    coloured ones [n, 32, 32, 3] with labels [n, 1].
    """
    for dataset in (mnist, fashion_mnist, cifar10, cifar100):
        setattr(dataset, "load_data", _loader(dataset))  # noqa: B010  # functions have no such attribute by themselves


def _loader(dataset: Callable[[], Split]) -> Callable[..., Split]:
    def load_data(path: Any = None, label_mode: str = "fine") -> Split:
        """The data set in the shapes of Keras's.

        Args:
            path: for programs that come from Keras; without effect: WENGERT_DATA_DIR says where files are kept.
            label_mode: of CIFAR-100: "fine", its hundred classes.
        """
        if label_mode != "fine":
            raise UsageError(f"load_data: label_mode must be 'fine'; got {label_mode!r}.")
        train, test = dataset()
        return _as_keras(*train), _as_keras(*test)

    return load_data


def _as_keras(x: Any, y: Any) -> tuple[Any, Any]:
    labels = np.asarray(y, np.uint8)
    return (x[..., 0], labels) if x.shape[-1] == 1 else (x, labels[:, None])
