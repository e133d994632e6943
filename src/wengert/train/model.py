"""Model: a layer that can be compiled, fitted, evaluated, asked and saved, in Keras's words."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wengert.base.dtypes import computed
from wengert.base.errors import UsageError, WengertError
from wengert.base.tree import flatten
from wengert.ir.node import Node
from wengert.ir.types import TensorType
from wengert.nn import losses, optimizers
from wengert.nn.layer import Layer
from wengert.runtime.function import Function
from wengert.train import loop, saving, summary
from wengert.train.arrays import row_type, surely_finite
from wengert.train.batches import require_count, require_frequency
from wengert.train.callbacks import Callback, History
from wengert.train.callbacks.callback import listed
from wengert.train.inputs import Feed, at_the_users_line
from wengert.train.steps import Objective, evaluation_step, prediction_step, training_step
from wengert.train.training import Training

Array = np.ndarray[Any, Any]


class Model(Layer):
    """Base of models: subclass it, or use `Sequential`. A subclass makes its layers in `build(x)`, as attributes,
    and calls them in `call(x, training)`.

    `train_step` is the whole training step (forward, loss, backward, optimizer, metrics) as one compiled
    function; `train_step.compiles` counts how often it was compiled: once.
    """

    functional: ClassVar[type[Model]]
    """What `Model(inputs, outputs)` makes; `train/functional.py` sets it."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """A functional model where there are symbolic inputs and outputs, else as ever."""
        if is_drawn(args, kwargs) and not issubclass(cls, cls.functional):
            cls = drawn_kind(cls)
        return super().__new__(cls)

    if TYPE_CHECKING:

        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def __post_init__(self) -> None:
        super().__post_init__()
        self.optimizer: optimizers.Optimizer = None  # type: ignore[assignment]
        self.loss: losses.Loss | None = None
        self.history: History | None = None
        self.stop_training = False
        self._wanted: tuple[list[Any], list[Any]] = ([], [])
        self._compiled = True
        self._memory_budget: int | None = None
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        """Copies make programs of their own: a program works in place on the variables it was made for."""
        return {k: v for k, v in vars(self).items() if k not in ("_goal", "_steps")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._forget()

    def _forget(self) -> None:
        """Programs belong to what was compiled, and go with it."""
        self._goal: Objective | None = None
        self._steps: dict[tuple[str, bool], Function] = {}

    # --- compiling ------------------------------------------------------------------------------
    @at_the_users_line
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        *,
        metrics: Sequence[Any] | None = None,
        weighted_metrics: Sequence[Any] | None = None,
        run_eagerly: bool = False,
    ) -> None:
        """Say how to train.

        Args:
            optimizer, loss: names or objects.
            metrics: names, objects or functions of (y_true, y_pred). "accuracy" becomes the kind that fits.
            weighted_metrics: those that sample weights count for.
            run_eagerly: run steps in the interpreter, the oracle, instead of compiling them.
        """
        self.optimizer = optimizers.get(optimizer)
        self.loss = None if loss is None else losses.get(loss)
        self._wanted = (_listed("metrics", metrics), _listed("weighted_metrics", weighted_metrics))
        self._compiled = not run_eagerly
        self._forget()

    @property
    def compiled(self) -> bool:
        """Whether there is a loss to train with."""
        return self.loss is not None

    def objective_possible(self, call: str) -> None:
        """Raise UsageError unless there is a loss."""
        if self.loss is None:
            raise UsageError(f"{call}: the model must have a loss; call compile(optimizer, loss) first.")

    def ensure_built(self, x: TensorType) -> None:
        """Make the layers and all of their weights for inputs of type `x`, unless they are there."""
        fresh = not self.built
        super().ensure_built(x)
        if fresh and not all(layer.built for layer in self.layers):
            self.output_type(x)  # layers make their weights when they are first called

    def ensure_input(self, call: str, x: Array) -> TensorType:
        """The type of a batch; rows of the first data build a model that was given no `Input`."""
        if self.input_type is None:
            self.ensure_built(row_type(x, float_dtype=self.variable_dtype))
        assert self.input_type is not None
        return self.input_type

    def objective(self, call: str, y: Array | None = None) -> Objective:
        """Loss and metrics, made when it is known what the labels are.

        Raises:
            UsageError: there is no loss, or the labels are not known.
        """
        self.objective_possible(call)
        assert self.loss is not None
        if self._goal is None:
            if self.input_type is None:
                raise UsageError(
                    f"{call}: the model must be built; start it with Input(shape), or call fit first."
                )
            output = self.output_type(self.input_type)
            output = TensorType(output.shape, computed(output.dtype))
            label = self.loss.label_type(output) or (None if y is None else row_type(y, label=True))
            if label is None:
                raise UsageError(
                    f"{call}: loss {self.loss.name!r} does not say what labels are; call fit first."
                )
            self._goal = Objective(self.loss, *self._wanted, label, output)
        return self._goal

    # --- programs -------------------------------------------------------------------------------
    def step(self, kind: str, weighted: bool = False, y: Array | None = None) -> Function:
        """The program that trains, tests or predicts (kind: "train", "test", "predict")."""
        found = self._steps.get((kind, weighted))
        if found is None:
            with self._building:
                found = self._steps.get((kind, weighted))
                if found is None:
                    found = self._steps[kind, weighted] = self._make(kind, weighted, y)
        return found

    def _allow(self, memory_budget: int | None) -> None:
        """Training steps made from now on keep to this many bytes."""
        if memory_budget is not None:
            memory_budget = require_count("fit", "memory_budget", memory_budget)
        if memory_budget != self._memory_budget:
            self._memory_budget = memory_budget
            self._steps = {key: step for key, step in self._steps.items() if key[0] != "train"}

    def _make(self, kind: str, weighted: bool, y: Array | None) -> Function:
        if kind == "predict":
            assert self.input_type is not None
            return prediction_step(self, self.input_type, self._compiled)
        goal = self.objective({"train": "fit", "test": "evaluate"}[kind], y)
        assert self.input_type is not None
        batch = self.input_type.shape[0]
        self._plain_batch = np.dtype(self.input_type.dtype), np.dtype(goal.label.dtype), goal.label.rank
        types = [self.input_type, goal.label, *([TensorType((batch,), "float32")] if weighted else [])]
        if kind == "test":
            return evaluation_step(self, goal, types, self._compiled)
        self.optimizer.build(self.trainable_weights)
        return training_step(self, goal, types, self._compiled, self._memory_budget)

    @property
    def train_step(self) -> Function:
        """The compiled training step: `(x, y) -> numbers so far`."""
        return self.step("train")

    @property
    def test_step(self) -> Function:
        """The compiled evaluation step: `(x, y) -> numbers so far`."""
        return self.step("test")

    @at_the_users_line
    def memory(self, **lengths: int) -> Any:
        """Bytes that a training step takes, by what they are for, to the byte and before the first step.

        Args:
            lengths: of the batch and of other symbolic dimensions, as in `memory(batch=32)`: then the answer is
                numbers. Without them it is formulas.

        Example:
            >>> import wengert as wg
            >>> model = wg.Sequential([wg.Input((8,)), wg.layers.Dense(4, activation="relu"), wg.layers.Dense(1)])
            >>> model.compile("adam", "mse")
            >>> print(model.memory(batch=32))
            arguments  1,152
            results    8
            weights    164
            optimizer  336
            metrics    20
            arena      1,280
            total      2,960
        """
        return summary.training_memory(self, lengths)

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
    ) -> Array:
        """The output for each row."""
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
            step = self.step(kind, len(batch) == 3, batch[1])
            values = step(*batch).value.tolist()
        else:
            try:
                values = step(x, y).value.tolist()
            except WengertError:
                Feed(self, f"{kind}_on_batch").batch(x, y, None)  # says in words of data what is wrong
                raise
        return dict(zip(self._goal.names, values, strict=True)) if return_dict else _plain(values)  # type: ignore[union-attr]

    def _fits(self, x: Any, y: Any) -> bool:
        """Whether a batch can go into a program as it is; shapes the program checks itself."""
        if type(x) is not np.ndarray or type(y) is not np.ndarray or not x.size or not y.size:
            return False
        x_dtype, y_dtype, y_rank = self._plain_batch
        if x.dtype != x_dtype or y.dtype != y_dtype or y.ndim != y_rank:
            return False
        return surely_finite(x) and surely_finite(y)

    @at_the_users_line
    def predict_on_batch(self, x: Any) -> Array:
        """The output for a batch."""
        batch = Feed(self, "predict_on_batch").unlabelled_batch(x)
        out: Array = self.step("predict")(batch).numpy()
        return out

    # --- metrics --------------------------------------------------------------------------------
    @property
    def metrics(self) -> list[Any]:
        """The mean of the loss, then the metrics; empty before the model knows its labels."""
        return [] if self._goal is None else self._goal.all

    @property
    def metrics_names(self) -> list[str]:
        """Their names."""
        return [] if self._goal is None else self._goal.names

    def reset_metrics(self) -> None:
        """Start the means again."""
        if self._goal is not None:
            self._goal.reset()

    # --- looking, keeping -----------------------------------------------------------------------
    @property
    def layers(self) -> Sequence[Layer]:
        """The layers that are attributes, alone or in lists, in order."""
        return self.sublayers

    def get_layer(self, name: str | None = None, index: Any = None) -> Layer:
        """A layer by its name or its number."""
        for k, layer in enumerate(self.layers):
            if name == layer.name or index in (k, k - len(self.layers)):
                return layer
        names = [layer.name for layer in self.layers]
        raise UsageError(f"get_layer: must be one of {names}; got {name if index is None else index!r}.")

    def summary(self, line_length: int = 80, print_fn: Any = print) -> None:
        """Print the layers, their output shapes and parameters, and the memory of a training step."""
        print_fn(summary.describe(self, line_length))

    def save(self, filepath: str | Path, overwrite: bool = True) -> None:
        """Write architecture, weights and optimizer state to one file.

        Raises:
            OSError: it could not be written; the old file is as it was.
        """
        saving.save_model(self, filepath, overwrite=overwrite)

    def save_weights(self, filepath: str | Path, overwrite: bool = True) -> None:
        """Write the weights only."""
        saving.save_weights(self, filepath, overwrite=overwrite)

    def load_weights(self, filepath: str | Path) -> None:
        """Read weights that `save_weights` or `save` wrote; nothing changes unless all fit."""
        saving.load_weights(self, filepath)


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


def _listed(what: str, value: Sequence[Any] | None) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise UsageError(f"compile: {what} must be a list; got {value!r}. Write [{value!r}].")
    return list(value)


def _plain(values: list[float]) -> Any:
    return values[0] if len(values) == 1 else values
