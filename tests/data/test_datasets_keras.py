"""`load_data`: what Keras's programs ask data sets for."""

import numpy as np
import pytest

from wengert.base.errors import UsageError
from wengert.data import datasets, datasets_keras

GREY = (np.zeros((3, 28, 28, 1), np.uint8), np.array([1, 2, 9]))
COLOURED = (np.zeros((3, 32, 32, 3), np.uint8), np.array([1, 2, 9]))


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10", "cifar100"])
def test_data_sets_of_keras_have_load_data(name):
    assert callable(getattr(datasets, name).load_data)


def test_grey_pictures_have_no_channels():
    (x, y), _ = datasets_keras._loader(lambda: (GREY, GREY))("mnist.npz")
    assert x.shape == (3, 28, 28)
    assert (y.dtype, y.tolist()) == (np.uint8, [1, 2, 9])


def test_labels_of_coloured_pictures_are_a_column():
    _, (x, y) = datasets_keras._loader(lambda: (COLOURED, COLOURED))()
    assert x.shape == (3, 32, 32, 3)
    assert y.shape == (3, 1)


def test_coarse_labels_are_refused():
    with pytest.raises(UsageError, match="label_mode must be 'fine'; got 'coarse'"):
        datasets.cifar100.load_data(label_mode="coarse")
