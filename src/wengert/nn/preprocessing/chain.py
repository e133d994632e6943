"""Layers of preprocessing, one after the other, as one layer."""

from __future__ import annotations

from typing import Any

from wengert.base.errors import UsageError
from wengert.nn.layer import Layer
from wengert.nn.preprocessing.random_images import Keyed, drawing_from


class Pipeline(Keyed):
    """Layers one after the other, as one layer: to be mapped over a data set, or put in front of a model.

    Args:
        layers: what each gives is given to the next.

    Calling:
        ``layer(x, training=True, key=None)``: x may be a dict of images, labels and masks, where the layers take one.
        key: an int that alone decides what layers of random images do; `Dataset.map(layer)` gives one for each element.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> augment = Pipeline([wg.layers.RandomFlip(seed=1), wg.layers.RandomHue(0.1, seed=2)])
        >>> augment(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    layers: Any

    def check_fields(self) -> None:
        if not isinstance(self.layers, list | tuple) or not all(isinstance(v, Layer) for v in self.layers):
            raise UsageError(f"Pipeline: layers must be a list of layers; got {self.layers!r}.")

    def build(self, x: Any) -> None:
        if isinstance(x, dict):
            return  # each builds itself when it is called
        with drawing_from(None):  # what is drawn to know the types does not count
            for layer in self.layers:
                layer.ensure_built(x)
                x = layer.output_type(x)

    def call(self, x: Any, training: bool = True, mask: Any = None) -> Any:
        for layer in self.layers:
            x, mask = layer.masked_call((x,), {"training": training}, mask)
        return x
