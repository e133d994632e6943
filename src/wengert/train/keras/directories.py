"""Data sets out of folders, one a class, and out of a series: for `wg.utils` and `wg.preprocessing`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.errors import UsageError, ValueRangeError
from wengert.base.numbers import require_count, require_in
from wengert.base.words import require_word
from wengert.data import Dataset
from wengert.data.formats import Images, Texts, Wav
from wengert.data.formats.folders import LabelledFiles
from wengert.ops.resize import resize
from wengert.runtime.tensor import Tensor
from wengert.train.keras.image import METHODS, MODES, smart_resize

Array = np.ndarray[Any, Any]


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
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",  # Keras's name
    verbose: bool = True,
) -> Any:
    """Pictures in a folder a class, as a `wg.data.Dataset` of `(images, labels)`: float32 [batch, height, width,
    channels] from 0 to 255. It has the names of the classes in `class_names`.

    Args:
        labels: "inferred", from the folders; a list of a number for each file, in the order of their paths; None:
            pictures only.
        label_mode: "int", "categorical" (one-hot), "binary" (float32 [batch, 1]) or None.
        color_mode: "rgb", "rgba" or "grayscale".
        validation_split, subset: this share, at the end, is the "validation" subset, the rest that for "training";
            "both" gives the two.
        interpolation: bilinear (smoothed as by pillow), nearest, bicubic, lanczos3 or lanczos5.
        crop_to_aspect_ratio, pad_to_aspect_ratio: cut off what does not fit to the proportions of `image_size`, or
            fill up with black, instead of squeezing.
        follow_links, format, verbose: for programs that come from Keras; without effect.
    """
    operation = "image_dataset_from_directory"
    require_word(operation, "color_mode", color_mode, tuple(MODES))
    require_word(operation, "interpolation", interpolation, tuple(METHODS))
    if data_format == "channels_first":
        raise UsageError(f"{operation}: data_format must be 'channels_last'; got {data_format!r}.")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise UsageError(f"{operation}: a picture may be cropped or padded; got both.")
    size = int(image_size[0]), int(image_size[1])
    plain = interpolation == "bilinear" and not crop_to_aspect_ratio and not pad_to_aspect_ratio
    source = Images(directory, size if plain else None, MODES[color_mode], labelled=labels == "inferred")

    def read(pixels: Any) -> Array:
        if crop_to_aspect_ratio:
            pixels = smart_resize(pixels, size, interpolation)
        elif not plain:
            pixels = _padded(pixels, size) if pad_to_aspect_ratio else pixels
            pixels = resize(Tensor(pixels), size, (0, 1), METHODS[interpolation])
        return np.asarray(pixels, "float32")

    files = _Files(operation, source, read, labels, label_mode, class_names)
    return files.datasets(batch_size, shuffle, seed, validation_split, subset)


def _padded(pixels: Array, size: tuple[int, int]) -> Array:
    """A picture in the middle of black, which has the proportions of a size."""
    height, width = pixels.shape[:2]
    tall, wide = max(height, width * size[0] // size[1]), max(width, height * size[1] // size[0])
    top, left = (tall - height) // 2, (wide - width) // 2
    return np.pad(pixels, ((top, tall - height - top), (left, wide - width - left), (0, 0)))


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
    follow_links: bool = False,
    format: str = "tf",  # Keras's name
    verbose: bool = True,
) -> Any:
    """Text files (.txt) in a folder a class, as a `wg.data.Dataset` of `(texts, labels)`; arguments as of
    `image_dataset_from_directory`. max_length: characters of a text that are kept.
    """
    files = _Files(
        "text_dataset_from_directory", Texts(directory, labelled=labels == "inferred"), lambda x: x[:max_length],
        labels, label_mode, class_names,
    )  # fmt: skip
    return files.datasets(batch_size, shuffle, seed, validation_split, subset)


def audio_dataset_from_directory(
    directory: str | Path,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """Sounds (.wav) in a folder a class, as a `wg.data.Dataset` of `(sounds, labels)`: float32 [batch, samples,
    channels] in -1..1, filled up with 0 to the longest of the batch; other arguments as of
    `image_dataset_from_directory`.

    Args:
        sampling_rate: that all files must have; None: any.
        output_sequence_length: samples of each sound: the rest is cut off, what is missing 0.
    """
    operation, wanted = "audio_dataset_from_directory", output_sequence_length
    if ragged:
        raise UsageError(f"{operation}: ragged must be False, as a batch is one array; got True.")
    source = Wav(directory, labelled=labels == "inferred")

    def read(audio: Array) -> Array:
        if wanted is None:
            return audio
        return np.pad(audio[:wanted], ((0, max(wanted - len(audio), 0)), (0, 0)))

    if sampling_rate is not None:
        require_count(operation, "sampling_rate", sampling_rate)
        for k in range(len(source)):
            if (rate := source.record(k)["rate"]) != sampling_rate:
                raise ValueRangeError(
                    f"{operation}: all files must have {sampling_rate} samples a second; {source.files[k]} has {rate}."
                )
    files = _Files(operation, source, read, labels, label_mode, class_names)
    return files.datasets(batch_size, shuffle, seed, validation_split, subset, padded=wanted is None)


class _Files:
    """Files of one kind as (x, y).

    Args:
        read: what becomes of what a file holds.
    """

    def __init__(
        self, operation: str, source: LabelledFiles, read: Callable[[Any], Any], labels: Any,
        label_mode: str | None, class_names: Sequence[str] | None,
    ) -> None:  # fmt: skip
        self.operation, self.source, self.read = operation, source, read
        self.mode = None if labels is None else label_mode
        names = list(source.classes)
        if label_mode not in ("int", "categorical", "binary", None):
            raise ValueRangeError(
                f"{operation}: label_mode must be int, categorical, binary or None; got {label_mode!r}."
            )
        if class_names is not None and (labels != "inferred" or sorted(class_names) != sorted(names)):
            raise UsageError(
                f"{operation}: class_names must name the folders, {names}; got {list(class_names)}."
            )
        self.order = names if class_names is None else list(class_names)
        if isinstance(labels, list | tuple):
            if len(labels) != len(source):
                raise UsageError(
                    f"{operation}: there must be a label for each of {len(source)} files; got {len(labels)}."
                )
            self.labels, self.count = [int(n) for n in labels], max(labels, default=-1) + 1
            self.order = [str(n) for n in sorted(set(labels))]
        elif labels not in ("inferred", None):
            raise UsageError(f'{operation}: labels must be "inferred", a list or None; got {labels!r}.')
        else:
            self.labels = [
                self.order.index(names[source.label(k)]) for k in range(len(source) if names else 0)
            ]
            self.count = len(self.order)
        if self.mode == "binary" and self.count != 2:
            raise UsageError(
                f'{operation}: for label_mode="binary" there must be 2 classes; got {self.order}.'
            )

    def element(self, k: Any) -> Any:
        """File number k."""
        x = self.read(self.source.record(int(k))[self.source.key])
        if self.mode is None or not self.labels:
            return x
        label = self.labels[int(k)]
        if self.mode == "categorical":
            return x, np.eye(self.count, dtype="float32")[label]
        return x, np.array([label], "float32") if self.mode == "binary" else np.int32(label)

    def datasets(
        self, batch_size: int | None, shuffle: bool, seed: int | None, share: float | None, subset: str | None,
        padded: bool = False,
    ) -> Any:  # fmt: skip
        """All files in batches, or the subset of them; for "both", the two subsets."""
        picks = np.arange(len(self.source))
        if share is None and subset is None:
            return self._dataset(picks, batch_size, shuffle, seed, padded)
        require_word(self.operation, "subset", subset, ("training", "validation", "both"))
        if share is None or not 0 < share < 1:
            raise ValueRangeError(f"{self.operation}: validation_split must be in (0, 1); got {share!r}.")
        if shuffle:  # once and for all: no file may be in both
            picks = np.random.default_rng(seed or 0).permutation(picks)
        kept = len(picks) - int(share * len(picks))
        parts = {"training": picks[:kept], "validation": picks[kept:]}
        for name, part in parts.items():
            if not len(part):
                raise UsageError(
                    f"{self.operation}: there must be files for {name}; got {len(picks)} in all."
                )
        made = {k: self._dataset(v, batch_size, shuffle, seed, padded) for k, v in parts.items()}
        return tuple(made.values()) if subset == "both" else made[str(subset)]

    def _dataset(
        self, picks: Array, batch_size: int | None, shuffle: bool, seed: int | None, padded: bool
    ) -> Any:
        found = Dataset.from_tensor_slices(picks)
        found = (found.shuffle(seed=seed or 0) if shuffle else found).map(self.element)
        if batch_size is not None:
            found = found.padded_batch(batch_size) if padded else found.batch(batch_size)
        found.class_names = self.order  # type: ignore[attr-defined]
        return found


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
    format: str = "tf",  # Keras's name
) -> Any:
    """Windows of a series, with the target of the row that each begins with, as a `wg.data.Dataset`.

    Args:
        targets: one a row of data; None: windows only.
        sequence_stride: between the beginnings of windows. sampling_rate: between the rows of one.
        start_index, end_index: rows before and from there on are not used.
        format: for programs that come from Keras; without effect.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> data = np.arange(5)
        >>> [(x.tolist(), y.tolist()) for x, y in wg.utils.timeseries_dataset_from_array(data, data * 10, 3)]
        [([[0, 1, 2], [1, 2, 3], [2, 3, 4]], [0, 10, 20])]
    """
    operation = "timeseries_dataset_from_array"
    counts = {
        "sequence_length": sequence_length,
        "sequence_stride": sequence_stride,
        "sampling_rate": sampling_rate,
    }
    for what, count in counts.items():
        require_count(operation, what, count)
    for what, index in {"start_index": start_index, "end_index": end_index}.items():
        if index is not None:
            require_in(f"[0, {len(data)}]", operation, what, index)
    rows = np.asarray(data)[start_index:end_index]
    begins = np.arange(0, len(rows) - (sequence_length - 1) * sampling_rate, sequence_stride)
    labels = None if targets is None else np.asarray(targets)[start_index:end_index]
    if labels is not None:
        begins = begins[begins < len(labels)]
    places = np.arange(sequence_length) * sampling_rate
    found = Dataset.from_tensor_slices(begins)
    if shuffle:
        found = found.shuffle(seed=seed or 0)
    found = found if batch_size is None else found.batch(batch_size)

    def window(k: Any) -> Any:
        k = np.asarray(k)
        x = rows[k[..., None] + places]
        return x if labels is None else (x, labels[k])

    return found.map(window)
