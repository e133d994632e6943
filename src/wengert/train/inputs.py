"""From what users pass to `fit`, `evaluate` and `predict` to batches that programs take."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from wengert.base.errors import ShapeError, UsageError, ValueRangeError, WengertError
from wengert.ir.boundary import with_line
from wengert.ir.types import TensorType
from wengert.ops.random import fresh_seed
from wengert.train.arrays import as_rows, describe, fit_type, require_equal_rows, require_finite
from wengert.train.batches import (
    ArrayBatches,
    Batch,
    IterableBatches,
    require_batch_size,
    require_count,
    split_rows,
)
from wengert.train.dataset_batches import DatasetBatches

if TYPE_CHECKING:
    from wengert.train.model import Model

Array = np.ndarray[Any, Any]
Batches = ArrayBatches | IterableBatches | DatasetBatches
T = TypeVar("T")


def at_the_users_line(method: Callable[..., T]) -> Callable[..., T]:
    """Errors of the method end with the line that called into Wengert."""

    @functools.wraps(method)
    def checked(*args: Any, **kwargs: Any) -> T:
        try:
            return method(*args, **kwargs)
        except WengertError as e:
            raise with_line(e) from None

    return checked


class Feed:
    """Checks data against a model, for one call ("fit", "evaluate", ...), which messages name."""

    def __init__(self, model: Model, call: str) -> None:
        self.model, self.call = model, call

    # --- one column -----------------------------------------------------------------------------
    def features(self, x: Any, what: str = "x") -> Array:
        rows = as_rows(self.call, what, x)
        if self.model.input_type is None:
            require_finite(self.call, what, rows)
        return fit_type(self.call, what, rows, self.model.ensure_input(self.call, rows))

    def labels(self, y: Any, what: str = "y") -> Array:
        rows = as_rows(self.call, what, y)
        goal = self.model.objective(self.call, rows)
        rows = fit_type(self.call, what, rows, goal.label)
        goal.loss.check_labels(self.call, what, rows, goal.output)
        return rows

    def weights(self, weight: Any, rows: int) -> Array:
        column = as_rows(self.call, "sample_weight", weight)
        require_finite(self.call, "sample_weight", column, "float32")
        column = fit_type(self.call, "sample_weight", column, TensorType((rows,), "float32"))
        return np.asarray(column, np.float32)

    # --- arrays ---------------------------------------------------------------------------------
    def columns(self, x: Any, y: Any, sample_weight: Any, class_weight: Any, prefix: str = "") -> list[Array]:
        """x, y and, if there are any, weights: checked, of one length, and finite."""
        if y is None:
            raise UsageError(f"{self.call}: labels are needed; got x without y.")
        names = {"x": f"{prefix}x", "y": f"{prefix}y"}
        found = [as_rows(self.call, names["x"], x), as_rows(self.call, names["y"], y)]
        found[0] = self.features(found[0], names["x"])
        require_equal_rows(self.call, **{names["x"]: found[0], names["y"]: found[1]})
        found[1] = self.labels(found[1], names["y"])
        for what, rows, t in zip(names.values(), found, self.types(weighted=False), strict=True):
            require_finite(self.call, what, rows, t.dtype)
        if sample_weight is not None or class_weight is not None:
            weight = np.ones(len(found[0]), np.float32)
            if sample_weight is not None:
                given = self.weights(sample_weight, len(found[0]))
                require_equal_rows(self.call, **{names["x"]: found[0], "sample_weight": given})
                weight = weight * given
            if class_weight is not None:
                weight = weight * class_weights(self.call, found[1], class_weight)
            found.append(weight)
        return found

    def types(self, weighted: bool) -> list[TensorType]:
        """What the programs take."""
        goal = self.model.objective(self.call)
        input_type = self.model.input_type
        assert input_type is not None
        return [input_type, goal.label, *([TensorType(goal.label.shape[:1], "float32")] if weighted else [])]

    @at_the_users_line
    def batch(self, x: Any, y: Any, weight: Any, class_weight: Any = None) -> list[Array]:
        """One batch, in the types that programs take."""
        columns = self.columns(x, y, weight, class_weight)
        types = self.types(len(columns) == 3)
        return [np.ascontiguousarray(c, t.dtype) for c, t in zip(columns, types, strict=True)]

    # --- batches --------------------------------------------------------------------------------
    def training_data(
        self,
        x: Any,
        y: Any,
        weight: Any,
        class_weight: Any,
        split: Any,
        batch_size: Any,
        shuffle: Any,
        steps: Any,
    ) -> tuple[Batches, Batches | None]:
        """Batches to train on, and those that a validation split holds back."""
        self.model.objective_possible(self.call)
        if not isinstance(shuffle, bool | np.bool_):
            raise ValueRangeError(f"fit: shuffle must be True or False; got {shuffle!r}.")
        steps = self._steps("steps_per_epoch", steps)
        split = 0 if isinstance(split, int | float) and split == 0 else split
        if is_iterable_of_batches(x, y):
            if split != 0:
                raise UsageError("fit: validation_split needs arrays; got an iterable. Pass validation_data.")
            return self._iterable(x, steps, class_weight), None
        size = require_batch_size(self.call, batch_size)
        columns = self.columns(x, y, weight, class_weight)
        held: Batches | None = None
        types = self.types(len(columns) == 3)
        if split != 0:
            columns, last = split_rows(self.call, columns, split)
            held = ArrayBatches(last, types, size)
        return ArrayBatches(columns, types, size, fresh_seed() if shuffle else None, steps), held

    def validation_data(self, data: Any, batch_size: Any, steps: Any) -> Batches:
        """Batches of `validation_data`."""
        steps = self._steps("validation_steps", steps)
        if isinstance(data, list) and len(data) in (2, 3) and not isinstance(data[0], tuple):
            data = tuple(data)
        if not isinstance(data, tuple):
            return self._iterable(data, steps)
        if len(data) not in (2, 3):
            raise UsageError(
                f"fit: validation_data must be (x, y) or (x, y, sample_weight); got {len(data)} items."
            )
        columns = self.columns(data[0], data[1], data[2] if len(data) == 3 else None, None, "validation_")
        return self._in_order(columns, self.types(len(columns) == 3), batch_size, steps)

    def labelled(self, x: Any, y: Any, weight: Any, batch_size: Any, steps: Any) -> Batches:
        """Batches to evaluate on."""
        self.model.objective_possible(self.call)
        steps = self._steps("steps", steps)
        if is_iterable_of_batches(x, y):
            return self._iterable(x, steps)
        columns = self.columns(x, y, weight, None)
        return self._in_order(columns, self.types(len(columns) == 3), batch_size, steps)

    def unlabelled(self, x: Any, batch_size: Any, steps: Any) -> Batches:
        """Batches to predict."""
        steps = self._steps("steps", steps)
        if is_iterable_of_batches(x, None):
            return batches_of(self.call, x, self._unlabelled_element, steps)
        rows, type_ = self._finite_features(x)
        return self._in_order([rows], [type_], batch_size, steps)

    def _unlabelled_element(self, element: Any) -> list[Array]:
        return [self.unlabelled_batch(element[0] if isinstance(element, tuple) else element)]

    def unlabelled_batch(self, x: Any) -> Array:
        """One batch to predict, in the type that the program takes."""
        rows, type_ = self._finite_features(x)
        return np.ascontiguousarray(rows, type_.dtype)

    def _finite_features(self, x: Any) -> tuple[Array, TensorType]:
        rows, type_ = self.features(x), self.model.input_type
        assert type_ is not None
        require_finite(self.call, "x", rows, type_.dtype)
        return rows, type_

    def _in_order(
        self, columns: list[Array], types: list[TensorType], batch_size: Any, steps: int | None
    ) -> ArrayBatches:
        size = require_batch_size(self.call, batch_size)
        return ArrayBatches(columns, types, size, steps=steps and min(steps, -(-len(columns[0]) // size)))

    def _steps(self, what: str, steps: Any) -> int | None:
        return None if steps is None else require_count(self.call, what, steps)

    def _iterable(self, source: Any, steps: Any, class_weight: Any = None) -> Batches:
        def prepare(element: Any) -> list[Array]:
            if not isinstance(element, tuple | list) or len(element) not in (2, 3):
                raise UsageError(
                    f"{self.call}: a batch must be (x, y) or (x, y, sample_weight); got {describe(element)}."
                )
            return self.batch(*element, *([None] if len(element) == 2 else []), class_weight)

        return batches_of(self.call, source, prepare, steps)


def batches_of(call: str, source: Any, prepare: Callable[[Any], Batch], steps: int | None) -> Batches:
    """Batches of an iterable; of a data set, which knows where it stands, exactly."""
    knows = hasattr(source, "iterate") and hasattr(source, "fingerprint")
    return (DatasetBatches if knows else IterableBatches)(call, source, prepare, steps)


def is_iterable_of_batches(x: Any, y: Any) -> bool:
    """Whether x gives batches, rather than being an array (or a list of rows)."""
    array_like = isinstance(x, np.ndarray | list | tuple) or hasattr(x, "__array__") or hasattr(x, "to_numpy")
    return y is None and not array_like and hasattr(x, "__iter__")


def class_weights(call: str, labels: Array, class_weight: dict[Any, Any]) -> Array:
    """The weight of each row's class; 1 for classes that are not named."""
    classes = labels if labels.ndim == 1 else labels.argmax(-1) if labels.ndim == 2 else None
    if classes is None:
        raise ShapeError(
            f"{call}: class_weight needs one class a sample; got labels of shape {labels.shape}."
        )
    if not isinstance(class_weight, Mapping):
        raise ValueRangeError(f"{call}: class_weight must be a dict of class: weight; got {class_weight!r}.")
    weights = np.ones(len(labels), np.float32)
    for k, v in class_weight.items():
        numbers = isinstance(k, int | np.integer) and isinstance(v, int | float | np.number)
        if not numbers or k < 0 or not 0 <= v < np.inf:
            raise ValueRangeError(f"{call}: class_weight must map classes to weights >= 0; got {k!r}: {v!r}.")
        weights[classes == k] = v
    return weights
