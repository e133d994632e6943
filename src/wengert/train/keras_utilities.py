"""What Keras keeps in `keras.utils`, under its names: `wg.utils`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError, UsageError, ValueRangeError
from wengert.base.words import require_word
from wengert.ops.random import set_seed as set_random_seed
from wengert.train.keras_pictures import MODES, array_to_img, img_to_array, load_img, save_img
from wengert.train.keras_saving import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from wengert.train.keras_settings import clear_session, is_keras_tensor, standardize_dtype
from wengert.train.plot import plot_model

Array = np.ndarray[Any, Any]

__all__ = [
    "CustomObjectScope", "PyDataset", "array_to_img", "clear_session", "custom_object_scope",
    "deserialize_keras_object", "get_custom_objects", "get_registered_name", "get_registered_object",
    "image_dataset_from_directory", "img_to_array", "is_keras_tensor", "load_img", "normalize",
    "pack_x_y_sample_weight", "pad_sequences", "plot_model", "register_keras_serializable", "save_img",
    "serialize_keras_object", "set_random_seed", "split_dataset", "standardize_dtype",
    "text_dataset_from_directory", "timeseries_dataset_from_array", "to_categorical", "unpack_x_y_sample_weight",
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


def pad_sequences(
    sequences: Sequence[Sequence[Any]],
    maxlen: int | None = None,
    dtype: str = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0,
) -> Array:
    """Sequences of different lengths as one array.

    Args:
        maxlen: its length; None: that of the longest.
        padding: `pre`: what is short is filled up in front; `post`: behind.
        truncating: `pre`: what is long loses its beginning; `post`: its end.
        value: what is filled in.

    Example:
        >>> import wengert as wg
        >>> wg.utils.pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
        array([[0, 1],
               [2, 3],
               [5, 6]], dtype=int32)
    """
    require_word("pad_sequences", "padding", padding, ("pre", "post"))
    require_word("pad_sequences", "truncating", truncating, ("pre", "post"))
    rows = [np.asarray(s) for s in sequences]
    length = max((len(r) for r in rows), default=0) if maxlen is None else maxlen
    inner = next((r.shape[1:] for r in rows if len(r)), ())
    found = np.full((len(rows), length, *inner), value, dtype=dtype)
    for out, row in zip(found, rows, strict=True):
        kept = row[max(len(row) - length, 0) :] if truncating == "pre" else row[:length]
        if kept.shape[1:] != inner and len(kept):
            raise ShapeError(f"pad_sequences: elements must have one shape, {inner}; got {kept.shape[1:]}.")
        if len(kept):
            out[slice(length - len(kept), None) if padding == "pre" else slice(len(kept))] = kept
    return found


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


def _dataset() -> Any:
    """`wg.data.Dataset`, which not every program needs."""
    return import_module("wengert.data").Dataset


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
) -> Any:
    """Windows of a series, with the target of the row that each begins with, as a `wg.data.Dataset`.

    Args:
        targets: one a row of data; None: windows only.
        sequence_stride: between the beginnings of windows. sampling_rate: between the rows of one.
        start_index, end_index: rows before and from there on are not used.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> data = np.arange(5)
        >>> [(x.tolist(), y.tolist()) for x, y in wg.utils.timeseries_dataset_from_array(data, data * 10, 3)]
        [([[0, 1, 2], [1, 2, 3], [2, 3, 4]], [0, 10, 20])]
    """
    rows = np.asarray(data)[start_index:end_index]
    begins = np.arange(0, len(rows) - (sequence_length - 1) * sampling_rate, sequence_stride)
    labels = None if targets is None else np.asarray(targets)
    if labels is not None:
        begins = begins[begins < len(labels)]
    places = np.arange(sequence_length) * sampling_rate
    found = _dataset().from_tensor_slices(begins)
    if shuffle:
        found = found.shuffle(seed=seed or 0)
    found = found if batch_size is None else found.batch(batch_size)

    def window(k: Any) -> Any:
        k = np.asarray(k)
        x = rows[k[..., None] + places]
        return x if labels is None else (x, labels[k])

    return found.map(window)


def image_dataset_from_directory(
    directory: str | Path,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
) -> Any:
    """Pictures in a folder a class, as a `wg.data.Dataset` of `(images, labels)`: float32 [batch, height, width,
    channels] from 0 to 255. It has the names of the classes in `class_names`.

    Args:
        labels: "inferred", from the folders; None: pictures only.
        label_mode: "int", "categorical" (one-hot), "binary" (float32 [batch, 1]) or None.
        color_mode: "rgb", "rgba" or "grayscale".
        validation_split, subset: this share, at the end, is the "validation" subset, the rest that for "training".
    """
    require_word("image_dataset_from_directory", "color_mode", color_mode, tuple(MODES))
    images = _formats().Images(directory, tuple(image_size), MODES[color_mode])
    return _labelled(
        images, "image", lambda x: np.asarray(x, "float32"), label_mode if labels is not None else None,
        class_names, batch_size, shuffle, seed, validation_split, subset,
    )  # fmt: skip


def text_dataset_from_directory(
    directory: str | Path,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
) -> Any:
    """Text files (.txt) in a folder a class, as a `wg.data.Dataset` of `(texts, labels)`; arguments as of
    `image_dataset_from_directory`. max_length: characters of a text that are kept.
    """
    texts = _formats().Texts(directory)
    return _labelled(
        texts, "text", lambda x: x[:max_length], label_mode if labels is not None else None,
        class_names, batch_size, shuffle, seed, validation_split, subset,
    )  # fmt: skip


def _formats() -> Any:
    return import_module("wengert.data.formats")


def _labelled(
    source: Any, key: str, read: Callable[[Any], Any], label_mode: str | None, class_names: Sequence[str] | None,
    batch_size: int | None, shuffle: bool, seed: int | None, share: float | None, subset: str | None,
) -> Any:  # fmt: skip
    """Files in folders by class as (x, y), in batches."""
    names = list(source.classes)
    if class_names is not None and sorted(class_names) != sorted(names):
        raise UsageError(f"class_names: must name the folders, {names}; got {list(class_names)}.")
    order = names if class_names is None else list(class_names)
    if label_mode not in ("int", "categorical", "binary", None):
        raise ValueRangeError(f"label_mode: must be int, categorical, binary or None; got {label_mode!r}.")

    def element(record: Any) -> Any:
        x = read(record[key])
        if label_mode is None or not names:
            return x
        label = order.index(names[int(record["label"])])
        if label_mode == "categorical":
            return x, np.eye(len(order), dtype="float32")[label]
        return x, np.array([label], "float32") if label_mode == "binary" else np.int32(label)

    found = _dataset().from_records(source)
    if shuffle:
        found = found.shuffle(seed=seed or 0)
    if share is not None:
        kept = len(source) - int(share * len(source))
        require_word("validation_split", "subset", subset, ("training", "validation"))
        found = found.take(kept) if subset == "training" else found.skip(kept)
    found = found.map(element)
    found = found if batch_size is None else found.batch(batch_size)
    found.class_names = order
    return found


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
    kind = _dataset()
    whole = dataset if isinstance(dataset, kind) else kind.from_tensor_slices(dataset)
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
