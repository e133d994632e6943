"""What Keras keeps in `keras.utils`, under its names: `wg.utils`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from wengert.base.errors import ArgumentError, UsageError, ValueRangeError
from wengert.data import Dataset
from wengert.ir.node import Node
from wengert.nn.symbolic import Symbol, needs, order
from wengert.ops.random import set_seed as set_random_seed
from wengert.train.keras.directories import (
    audio_dataset_from_directory,
    image_dataset_from_directory,
    text_dataset_from_directory,
    timeseries_dataset_from_array,
)
from wengert.train.keras.downloads import get_file
from wengert.train.keras.image import array_to_img, img_to_array, load_img, save_img
from wengert.train.keras.named_values import Config
from wengert.train.keras.progbar import Progbar
from wengert.train.keras.saving import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from wengert.train.keras.sequence import pad_sequences
from wengert.train.keras.settings import (
    clear_session,
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
    is_keras_tensor,
    standardize_dtype,
)
from wengert.train.plot import model_to_dot, plot_model

Array = np.ndarray[Any, Any]

__all__ = [
    "Config", "CustomObjectScope", "Progbar", "PyDataset", "Sequence", "array_to_img", "audio_dataset_from_directory",
    "clear_session", "custom_object_scope", "deserialize_keras_object", "disable_interactive_logging",
    "enable_interactive_logging", "get_custom_objects", "get_file", "get_registered_name", "get_registered_object",
    "get_source_inputs", "image_dataset_from_directory", "img_to_array", "is_interactive_logging_enabled",
    "is_keras_tensor", "load_img", "model_to_dot", "normalize", "pack_x_y_sample_weight", "pad_sequences", "plot_model",
    "register_keras_serializable", "save_img", "serialize_keras_object", "set_random_seed", "split_dataset",
    "standardize_dtype", "text_dataset_from_directory", "timeseries_dataset_from_array", "to_categorical",
    "unpack_x_y_sample_weight",
]  # fmt: skip


# --- arrays ---------------------------------------------------------------------------------------


def to_categorical(x: Any, num_classes: int | None = None) -> Array:
    """1 at the class that x names, 0 elsewhere, along a new last axis; float32.

    Args:
        num_classes: how many there are; None: one more than the largest in x.

    Example:
        >>> import wengert as wg
        >>> wg.utils.to_categorical([0, 2, 1])
        array([[1., 0., 0.],
               [0., 0., 1.],
               [0., 1., 0.]], dtype=float32)
    """
    classes = np.asarray(x).astype("int64")
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    count = int(classes.max(initial=-1)) + 1 if num_classes is None else num_classes
    if classes.size and not (classes.min() >= 0 and classes.max() < count):
        raise ValueRangeError(
            f"to_categorical: classes must be in 0..{count - 1}; got {classes.min()}..{classes.max()}."
        )
    return np.asarray(np.eye(count, dtype="float32")[classes])


def normalize(x: Any, axis: int = -1, order: int = 2) -> Array:
    """x divided by its norm along an axis; where that is 0, as it is.

    Example:
        >>> import wengert as wg
        >>> wg.utils.normalize([[3.0, 4.0]])
        array([[0.6, 0.8]])
    """
    x = np.atleast_1d(np.asarray(x))
    norms = np.linalg.norm(x, order, axis, keepdims=True)
    return np.asarray(x / np.where(norms == 0, 1, norms))


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """(x, y, sample_weight), without what is None at the end."""
    if sample_weight is not None:
        return x, y, sample_weight
    return (x, y) if y is not None else x if not isinstance(x, list | tuple) else (x,)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """What a `train_step(self, data)` is given, as x, y and sample_weight; None for what is not there.

    Example:
        >>> import wengert as wg
        >>> wg.utils.unpack_x_y_sample_weight((1, 2))
        (1, 2, None)
    """
    parts = tuple(data) if isinstance(data, tuple | list) else (data,)
    if len(parts) > 3:
        raise UsageError(f"unpack_x_y_sample_weight: there must be at most 3 parts; got {len(parts)}.")
    x, y, weight = (*parts, None, None)[:3]
    return x, y, weight


# --- data -----------------------------------------------------------------------------------------


class PyDataset:
    """Batches by number: write `__len__`, how many, and `__getitem__(index)`: `(x, y)` or `(x, y, sample_weight)`.

    `on_epoch_end` is called after each pass. Batches come in order; `wg.data.Dataset` shuffles, and prepares
    batches on several threads.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> class Numbers(wg.utils.PyDataset):
        ...     def __len__(self):
        ...         return 2
        ...     def __getitem__(self, index):
        ...         return np.full((3, 1), index, "float32"), np.zeros((3, 1), "float32")
        >>> len(list(Numbers()))
        2
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers, self.use_multiprocessing, self.max_queue_size = (
            workers,
            use_multiprocessing,
            max_queue_size,
        )

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__}: must have a method __len__; it has none.")

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__}: must have a method __getitem__; it has none.")

    @property
    def num_batches(self) -> int:
        """How many batches there are."""
        return len(self)

    def on_epoch_begin(self) -> None:
        """Called before each pass."""

    def on_epoch_end(self) -> None:
        """Called after each pass."""

    def __iter__(self) -> Iterator[Any]:
        self.on_epoch_begin()
        for index in range(self.num_batches):
            yield self[index]
        self.on_epoch_end()


Sequence = PyDataset
"""Keras's older name."""


def split_dataset(
    dataset: Any, left_size: float | int | None = None, right_size: float | int | None = None,
    shuffle: bool = False, seed: int | None = None,
) -> tuple[Any, Any]:  # fmt: skip
    """A data set, or rows of arrays, in two.

    Args:
        left_size, right_size: how many elements, or which share of them.

    Returns:
        Two `wg.data.Dataset`.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> left, right = wg.utils.split_dataset(np.arange(10), left_size=0.8)
        >>> len(left), [int(x) for x in right]
        (8, [8, 9])
    """
    whole = dataset if isinstance(dataset, Dataset) else Dataset.from_tensor_slices(dataset)
    n = len(whole)
    left, right = (s if s is None or isinstance(s, int) else round(s * n) for s in (left_size, right_size))
    if left is None and right is None:
        raise UsageError("split_dataset: left_size or right_size must be given; got neither.")
    left = n - (right or 0) if left is None else left
    right = n - left if right is None else right
    if left < 0 or right < 0 or left + right > n:
        raise ValueRangeError(
            f"split_dataset: the parts must have at most {n} elements; got {left} and {right}."
        )
    if shuffle:
        whole = whole.shuffle(seed=seed or 0)
    return whole.take(left), whole.skip(left).take(right)


# --- symbols --------------------------------------------------------------------------------------


def get_source_inputs(tensor: Any) -> list[Any]:
    """The inputs of models, `wg.Input`, that a symbolic tensor is made of.

    Example:
        >>> import wengert as wg
        >>> x = wg.Input((3,))
        >>> [made is x for made in wg.utils.get_source_inputs(wg.layers.Dense(2)(x) + 1.0)]
        [True]
    """
    if not isinstance(tensor, Node):
        raise ArgumentError(f"get_source_inputs: must be a symbolic tensor; got {tensor!r}.")
    return [n for n in order([tensor], []) if isinstance(n, Symbol) and not needs(n)]
