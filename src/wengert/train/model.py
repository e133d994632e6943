"""Model: a layer that can be compiled, fitted, evaluated, asked and saved, in Keras's words."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from wengert.base.errors import UsageError, ValueRangeError, WengertError
from wengert.base.numbers import require_count
from wengert.base.tree import flatten, tree_map
from wengert.base.words import did_you_mean
from wengert.ir.boundary import boundary, with_line
from wengert.ir.node import Node
from wengert.nn.config import encode
from wengert.nn.layer import Layer
from wengert.train import loop, saving, summary
from wengert.train.arrays import surely_finite
from wengert.train.batches import require_frequency
from wengert.train.callbacks import Callback, History
from wengert.train.callbacks.callback import listed
from wengert.train.inputs import Feed, at_the_users_line
from wengert.train.matching import Loaded
from wengert.train.programs import Programs
from wengert.train.training import Training

Array = np.ndarray[Any, Any]


class Model(Programs):
    """Base of models: subclass it, or use `Sequential`. A subclass makes its layers in `build(x)`, as attributes,
    and calls them in `call(x, training)`.

    `train_step` is the whole training step (forward, loss, backward, optimizer, metrics) as one compiled
    function; `train_step.compiles` counts how often it was compiled: once.
    """

    @boundary
    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """A functional model where there are symbolic inputs and outputs, else as ever."""
        if cls is Model and (args or "inputs" in kwargs) and not is_drawn(args, kwargs):
            raise with_line(
                UsageError(
                    f"Model: it must be given inputs and outputs, symbolic tensors: wg.Input(shape), and what layers "
                    f"make of it; got {', '.join([*map(repr, args), *kwargs])}. A list of layers is a wg.Sequential."
                )
            )
        if is_drawn(args, kwargs) and not issubclass(cls, cls.functional):
            cls = drawn_kind(cls)  # type: ignore[arg-type]
        return super().__new__(cls)

    if TYPE_CHECKING:

        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def __post_init__(self) -> None:
        super().__post_init__()
        self.history: History | None = None
        self.stop_training = False

    # --- training and use -----------------------------------------------------------------------
    @at_the_users_line
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Callback | Iterable[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Collection[int] = 1,
        validation_interval: int | None = None,
        memory_budget: int | None = None,
    ) -> History:
        """Train for a number of epochs.

        Args:
            x, y: arrays with one row a sample; or x is an iterable of `(x, y)` or `(x, y, sample_weight)`.
            batch_size: rows a step, 32 by default.
            verbose: 0 silent, 1 a progress bar, 2 a line an epoch; "auto": a bar on a terminal, else lines.
            validation_split: this share of the rows, at the end, is kept back to validate on.
            validation_data: `(x, y)` or `(x, y, sample_weight)` to validate on, or an iterable of batches.
            validation_freq: validate after each so many epochs, or after the epochs of these numbers, from 1.
            validation_interval: validate after each so many steps instead.
            shuffle: take rows in a new order each epoch, decided by `wg.random.set_seed`.
            class_weight: how much samples of each class count. sample_weight: how much each row counts.
            memory_budget: bytes that a training step may take, all parts of `memory()` together. Values that do not
                fit until the backward pass needs them are computed again there: the same numbers, in more time.

        Returns:
            The history: `history.history["loss"]` has one number an epoch.

        Raises:
            ShapeError, DTypeError, ValueRangeError, NotFiniteError: the data do not fit; nothing was trained.
            BudgetError: a step cannot be made to fit into `memory_budget`; the message says the smallest that can be.
        """
        feed = Feed(self, "fit")
        epochs = require_count("fit", "epochs", epochs, least=0)
        initial_epoch = require_count("fit", "initial_epoch", initial_epoch, least=0)
        if initial_epoch > epochs:
            raise ValueRangeError(
                f"fit: epochs must count from the first one ever, and be at least initial_epoch; got epochs={epochs}, "
                f"initial_epoch={initial_epoch}. For {epochs} more pass epochs={initial_epoch + epochs}."
            )
        validation_freq, validation_interval = require_frequency(validation_freq, validation_interval)
        hooks = listed("fit", callbacks)
        self._allow(memory_budget)
        train, held = feed.training_data(
            x, y, sample_weight, class_weight, validation_split, batch_size, shuffle, steps_per_epoch
        )
        if validation_data is not None:
            held = feed.validation_data(
                validation_data,
                batch_size if validation_batch_size is None else validation_batch_size,
                validation_steps,
            )
        return Training(
            self, train, held, epochs=epochs, initial_epoch=initial_epoch, verbose=verbose,
            callbacks=hooks, validation_freq=validation_freq, validation_interval=validation_interval,
        ).run()  # fmt: skip

    @at_the_users_line
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Callback | Iterable[Callback] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss, or a list of the loss and the metrics, on data that are not learned from."""
        batches = Feed(self, "evaluate").labelled(x, y, sample_weight, batch_size, steps)
        logs = loop.evaluate(self, batches, verbose=verbose, callbacks=listed("evaluate", callbacks))
        return logs if return_dict else _plain(list(logs.values()))

    @at_the_users_line
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Callback | Iterable[Callback] | None = None,
    ) -> Any:
        """The output for each row; of several outputs, a list or dict."""
        batches = Feed(self, "predict").unlabelled(x, batch_size, steps)
        return loop.predict(self, batches, verbose=verbose, callbacks=listed("predict", callbacks))

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One training step; the loss and metrics, as means since the last `reset_metrics()`."""
        return self._on_batch("train", x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One evaluation step; the loss and metrics, as means since the last `reset_metrics()`."""
        return self._on_batch("test", x, y, sample_weight, None, return_dict)

    def _on_batch(self, kind: str, x: Any, y: Any, weight: Any, class_weight: Any, return_dict: bool) -> Any:
        step = self._steps.get((kind, False))
        if step is None or not self._fits(x, y) or weight is not None or class_weight is not None:
            batch = Feed(self, f"{kind}_on_batch").batch(x, y, weight, class_weight)
            step = self.step_for(kind, batch)
            values = step(*batch).value.tolist()
        else:
            try:
                values = step(x, y).value.tolist()
            except WengertError:
                Feed(self, f"{kind}_on_batch").batch(x, y, None)  # says in words of data what is wrong
                raise
        return dict(zip(self.names_in_logs(kind), values, strict=True)) if return_dict else _plain(values)

    def _fits(self, x: Any, y: Any) -> bool:
        """Whether a batch can go into a program as it is; shapes the program checks itself."""
        if (
            self._plain_batch is None
            or type(x) is not np.ndarray
            or type(y) is not np.ndarray
            or not x.size
            or not y.size
        ):
            return False
        x_dtype, y_dtype, y_rank = self._plain_batch
        if x.dtype != x_dtype or y.dtype != y_dtype or y.ndim != y_rank:
            return False
        return surely_finite(x) and surely_finite(y)

    @at_the_users_line
    def predict_on_batch(self, x: Any) -> Any:
        """The output for a batch; of several outputs, a list or dict."""
        batch = Feed(self, "predict_on_batch").unlabelled_batch(x)
        return tree_map(lambda y: y.numpy(), self.step("predict")(*batch))

    # --- looking, keeping -----------------------------------------------------------------------
    @property
    def layers(self) -> Sequence[Layer]:
        """The layers that are attributes, alone or in lists, in order."""
        return [layer for layer in self.sublayers if layer is not self.preprocess]

    def get_layer(self, name: str | None = None, index: Any = None) -> Layer:
        """A layer by its name or its number."""
        for k, layer in enumerate(self.layers):
            if name == layer.name or index in (k, k - len(self.layers)):
                return layer
        names = [str(layer.name) for layer in self.layers]
        wanted = name if index is None else index
        raise UsageError(
            f"get_layer: must be one of {names}; got {wanted!r}.{did_you_mean(wanted, map(str, names))}"
        )

    def summary(
        self,
        line_length: int | None = None,
        print_fn: Any = print,
        expand_nested: bool = False,
        show_trainable: bool = False,
    ) -> None:
        """Print the layers, their output shapes, parameters and FLOPs, and the memory of a training step.

        Args:
            line_length: columns; without it, as many as are needed, and no more than the terminal has.
            print_fn: what is called with the text.
            expand_nested: also the layers of models inside.
            show_trainable: whether each layer is trained.
        """
        if print_fn is print:
            summary.show(self, line_length, expand_nested, show_trainable)
        else:
            print_fn(summary.describe(self, line_length, expand_nested, show_trainable))

    def _repr_html_(self) -> str:
        """Its table, where a notebook's cell ends with the model."""
        return f"<pre>{escape(summary.describe(self))}</pre>"

    def to_json(self, **options: Any) -> str:
        """The model without its weights as text, for `wg.models.model_from_json`. options: those of `json.dumps`."""
        return json.dumps(encode(self, "to_json"), **options)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """The model that `get_config()` described, with layers of its own."""
        if {"calls", "graph"} <= config.keys() and not issubclass(cls, cls.functional):
            return drawn_kind(cls).from_config(config, custom_objects)  # type: ignore[no-any-return, arg-type]
        return super().from_config(config, custom_objects)

    def save(self, filepath: str | Path, overwrite: bool = True) -> None:
        """Write architecture, weights and optimizer state to one file. A name that ends in `.keras` makes a file of
        Keras 3: the weights, and what `compile` was told.

        Raises:
            OSError: it could not be written; the old file is as it was.
        """
        saving.save_model(self, filepath, overwrite=overwrite)

    def save_weights(self, filepath: str | Path, overwrite: bool = True) -> None:
        """Write the weights only; with a name that ends in `.weights.h5`, for Keras 3 to read."""
        saving.save_weights(self, filepath, overwrite=overwrite)

    def load_weights(
        self, filepath: str | Path, partial: bool = False, *, skip_mismatch: bool = False
    ) -> Loaded:
        """Read weights that `save_weights` or `save` wrote; nothing changes unless all fit.

        Args:
            filepath: also a file of Keras 3 (`.weights.h5`, `.keras`) or any `.safetensors`.
            partial: take what fits by name and type, and leave the rest as it is. skip_mismatch: Keras's name for it.

        Returns:
            What matched, and what did not; prints as text.
        """
        return saving.load_weights(self, filepath, partial or skip_mismatch)


def is_drawn(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether a model's arguments are inputs and outputs."""
    return (
        len(args) == 2 and any(isinstance(x, Node) for x in flatten(args)[0]) or kwargs.keys() >= {"outputs"}
    )


@functools.cache
def drawn_kind(cls: type[Any]) -> type[Any]:
    """The class of functional models that are a `cls` in all else."""
    if cls is Model:
        return Model.functional
    own = {"__module__": cls.__module__, "__doc__": cls.__doc__, "__qualname__": cls.__qualname__}
    return type(cls.__name__, (cls, Model.functional), own)


def _plain(values: list[float]) -> Any:
    return values[0] if len(values) == 1 else values
