"""The older place of functions that are in `wg.utils`, too: `wg.preprocessing`, `.image` and `.sequence`."""

from wengert.train.keras import image, sequence
from wengert.train.keras.directories import (
    image_dataset_from_directory,
    text_dataset_from_directory,
    timeseries_dataset_from_array,
)

__all__ = [
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]
