"""From what users pass to `fit`, `evaluate` and `predict` to batches that programs take."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from wengert.base.errors import ShapeError, UsageError, ValueRangeError, WengertError
from wengert.base.numbers import require_count
from wengert.base.tree import LEAF, flatten, unflatten
from wengert.base.words import did_you_mean
from wengert.ir.boundary import with_line
from wengert.ir.types import TensorType
from wengert.nn.layer import is_tree
from wengert.ops.random import fresh_seed
from wengert.train.arrays import as_rows, describe, fit_type, matches, require_equal_rows, require_finite
from wengert.train.batches import (
    ArrayBatches,
    Batch,
    IterableBatches,
    require_batch_size,
    split_rows,
)
from wengert.train.dataset_batches import DatasetBatches

if TYPE_CHECKING:
    from wengert.train.model import Model
    from wengert.train.objective import Outputs

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
    def inputs(self, x: Any, what: str = "x") -> dict[str, Array]:
        """The rows of each input, by what messages call it; they build a model that is not built yet."""
        model = self.model
        if model.takes is None:
            structure = flatten(x)[1] if is_tree(x) else LEAF
        else:
            structure, x = flatten(model.takes, TensorType)[1], model.arranged_raw(x)
        found = {name: as_rows(self.call, name, v) for name, v in along(structure, x, what, self.call)}
        if model.takes is None:
            for name, rows in found.items():
                require_finite(self.call, name, rows)
            model.ensure_input(unflatten(structure, list(found.values())))
        types = zip(found.items(), model.in_types, strict=True)
        return {name: fit_type(self.call, name, rows, t) for (name, rows), t in types}

    def labels(self, y: Any, what: str, rows: dict[str, Array]) -> dict[str, Array]:
        """The labels of each goal, by what messages call it, for the rows of the inputs."""
        gives = self.model.gives
        given = {
            f"{what}[{name!r}]" if gives.several else what: v
            for name, v in zip(gives.names, by_output(self.call, y, gives), strict=True)
        }
        found = {name: None if v is None else as_rows(self.call, name, v) for name, v in given.items()}
        goals = self.model.objective(self.call, list(found.values())).goals
        named = [(list(found)[goal.place], goal) for goal in goals]
        for name, _ in named:
            if found[name] is None:
                raise UsageError(f"{self.call}: labels are needed; got none for {name}.")
        require_equal_rows(self.call, **{k: v for k, v in (rows | found).items() if v is not None})
        wanted = {name: fit_type(self.call, name, found[name], goal.label) for name, goal in named}  # type: ignore[arg-type]
        for name, goal in named:
            if goal.loss is not None:
                goal.loss.check_labels(self.call, name, wanted[name], goal.output)
        return wanted

    def weights(self, weight: Any, rows: int) -> Array:
        column = as_rows(self.call, "sample_weight", weight)
        require_finite(self.call, "sample_weight", column, "float32")
        column = fit_type(self.call, "sample_weight", column, TensorType((rows,), "float32"))
        return np.asarray(column, np.float32)

    # --- arrays ---------------------------------------------------------------------------------
    def columns(self, x: Any, y: Any, sample_weight: Any, class_weight: Any, prefix: str = "") -> list[Array]:
        """Inputs, labels and, if there are any, weights: checked, of one length, and finite."""
        if y is None and self.model.loss is not None:
            raise UsageError(f"{self.call}: labels are needed; got x without y.")
        inputs = self.inputs(x, f"{prefix}x")
        require_equal_rows(self.call, **inputs)
        labels = self.labels(y, f"{prefix}y", inputs)
        found = inputs | labels
        for (what, rows), t in zip(found.items(), self.types(weighted=False), strict=True):
            require_finite(self.call, what, rows, t.dtype)
        weights: list[Array] = []
        if sample_weight is not None or class_weight is not None:
            weights = self._weights(
                next(iter(inputs.values())), list(labels.values()), sample_weight, class_weight
            )
        return [*found.values(), *weights]

    def _weights(
        self, rows: Array, labels: list[Array], sample_weight: Any, class_weight: Any
    ) -> list[Array]:
        """How much each row counts, goal by goal."""
        goals = self.model.objective(self.call).goals
        if isinstance(sample_weight, dict):
            given = [sample_weight.get(goal.name) for goal in goals]
        elif isinstance(sample_weight, list | tuple) and len(goals) > 1 and len(sample_weight) == len(goals):
            given = list(sample_weight)
        else:
            given = [sample_weight] * len(goals)
        if class_weight is not None and len(goals) != 1:
            raise UsageError(
                f"{self.call}: class_weight needs one output; got {len(goals)}. Use sample_weight."
            )
        found = []
        for weight, y in zip(given, labels, strict=True):
            column = np.ones(len(rows), np.float32)
            if weight is not None:
                column = self.weights(weight, len(rows))
                require_equal_rows(self.call, x=rows, sample_weight=column)
            if class_weight is not None:
                column = column * class_weights(self.call, y, class_weight)
            found.append(column)
        return found

    def types(self, weighted: bool) -> list[TensorType]:
        """What the programs take."""
        return self.model.column_types(self.model.objective(self.call), weighted)

    @at_the_users_line
    def batch(self, x: Any, y: Any, weight: Any, class_weight: Any = None) -> list[Array]:
        """One batch, in the types that programs take."""
        columns = self.columns(x, y, weight, class_weight)
        return [
            np.ascontiguousarray(c, t.dtype)
            for c, t in zip(columns, self.types(self._weighted(columns)), strict=True)
        ]

    def _weighted(self, columns: list[Array]) -> bool:
        return len(columns) > len(self.types(weighted=False))

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
        self._require_objective(x)
        if not isinstance(shuffle, bool | np.bool_):
            raise ValueRangeError(f"fit: shuffle must be True or False; got {shuffle!r}.")
        steps = self._steps("steps_per_epoch", steps)
        split = 0 if isinstance(split, int | float) and split == 0 else split
        if is_iterable_of_batches(x):
            self._require_nothing_beside(y, weight)
            if split != 0:
                raise UsageError("fit: validation_split needs arrays; got an iterable. Pass validation_data.")
            return self._iterable(x, steps, class_weight), None
        size = require_batch_size(self.call, batch_size)
        columns = self.columns(x, y, weight, class_weight)
        held: Batches | None = None
        types = self.types(self._weighted(columns))
        if split != 0:
            columns, last = split_rows(self.call, columns, split)
            held = ArrayBatches(last, types, size)
        return ArrayBatches(columns, types, size, fresh_seed() if shuffle else None, steps), held

    def validation_data(self, data: Any, batch_size: Any, steps: Any) -> Batches:
        """Batches of `validation_data`."""
        steps = self._steps("validation_steps", steps)
        if isinstance(data, list) and len(data) in (2, 3) and not isinstance(data[0], tuple):
            data = tuple(data)
        if not isinstance(data, tuple) and is_iterable_of_batches(data):
            return self._iterable(data, steps)
        if not isinstance(data, tuple) or len(data) not in (2, 3):
            got = f"{len(data)} items" if isinstance(data, tuple) else describe(data)
            raise UsageError(
                f"fit: validation_data must be (x, y), (x, y, sample_weight) or an iterable of batches; got {got}."
            )
        columns = self.columns(data[0], data[1], data[2] if len(data) == 3 else None, None, "validation_")
        return self._in_order(columns, self.types(self._weighted(columns)), batch_size, steps)

    def labelled(self, x: Any, y: Any, weight: Any, batch_size: Any, steps: Any) -> Batches:
        """Batches to evaluate on."""
        self._require_objective(x)
        steps = self._steps("steps", steps)
        if is_iterable_of_batches(x):
            self._require_nothing_beside(y, weight)
            return self._iterable(x, steps)
        columns = self.columns(x, y, weight, None)
        return self._in_order(columns, self.types(self._weighted(columns)), batch_size, steps)

    def unlabelled(self, x: Any, batch_size: Any, steps: Any) -> Batches:
        """Batches to predict."""
        steps = self._steps("steps", steps)
        if is_iterable_of_batches(x):
            return batches_of(self.call, x, self._unlabelled_element, steps)
        return self._in_order(self._finite_inputs(x), self.model.in_types, batch_size, steps)

    def _require_objective(self, x: Any) -> None:
        """Raise UsageError unless there is a loss, and data to have one of."""
        self.model.objective_possible(self.call)
        if x is None:
            raise UsageError(
                f"{self.call}: x must be given; got none. Pass arrays x and y, or batches of both."
            )
        if callable(x) and not hasattr(x, "__array__"):
            raise UsageError(
                f"{self.call}: x must be arrays or an iterable of batches; got {x!r}. Call it first."
            )

    def _require_nothing_beside(self, y: Any, weight: Any) -> None:
        """Raise UsageError where something is given that batches bring with them."""
        for what, value in {"y": y, "sample_weight": weight}.items():
            if value is not None:
                raise UsageError(
                    f"{self.call}: {what} must be left out where x gives batches, (x, y) or (x, y, sample_weight); "
                    f"got {describe(value)}."
                )

    def _unlabelled_element(self, element: Any) -> list[Array]:
        return self.unlabelled_batch(element[0] if isinstance(element, tuple) else element)

    def unlabelled_batch(self, x: Any) -> list[Array]:
        """One batch to predict, in the types that the program takes."""
        columns = zip(self._finite_inputs(x), self.model.in_types, strict=True)
        return [np.ascontiguousarray(rows, t.dtype) for rows, t in columns]

    def _finite_inputs(self, x: Any) -> list[Array]:
        found = self.inputs(x)
        require_equal_rows(self.call, **found)
        for (what, rows), t in zip(found.items(), self.model.in_types, strict=True):
            require_finite(self.call, what, rows, t.dtype)
        return list(found.values())

    def _in_order(
        self, columns: list[Array], types: list[TensorType], batch_size: Any, steps: int | None
    ) -> ArrayBatches:
        size = require_batch_size(self.call, batch_size)
        return ArrayBatches(columns, types, size, steps=steps and min(steps, -(-len(columns[0]) // size)))

    def _steps(self, what: str, steps: Any) -> int | None:
        return None if steps is None else require_count(self.call, what, steps)

    def _iterable(self, source: Any, steps: Any, class_weight: Any = None) -> Batches:
        def prepare(element: Any) -> list[Array]:
            if self.model.loss is None and (not isinstance(element, tuple) or len(element) == 1):
                return self.batch(element[0] if isinstance(element, tuple) else element, None, None)
            if not isinstance(element, tuple | list) or len(element) not in (2, 3):
                raise UsageError(
                    f"{self.call}: a batch must be (x, y) or (x, y, sample_weight); got {describe(element)}."
                )
            plain = class_weight is None and self._is_plain(element)
            return (
                list(element) if plain else self.batch(*element, *[None] * (3 - len(element)), class_weight)
            )

        return batches_of(self.call, source, prepare, steps)

    def _is_plain(self, element: Sequence[Any]) -> bool:
        """Whether a batch is what the program takes, as it is: rows and labels in one array each.

        What is said of others takes five times as long to find out.
        """
        model = self.model
        if len(element) != 2 or model._goal is None or not model._fits(*element):
            return False
        (takes,), (goal,) = model.in_types, model._goal.goals
        shapes = all(
            matches(a.shape[1:], t.shape[1:]) and a.flags.c_contiguous
            for a, t in zip(element, (takes, goal.label), strict=True)
        )
        if not shapes or len(element[0]) != len(element[1]):
            return False
        if goal.loss is not None:
            goal.loss.check_labels(self.call, "y", element[1], goal.output)
        return True


def batches_of(call: str, source: Any, prepare: Callable[[Any], Batch], steps: int | None) -> Batches:
    """Batches of an iterable; of a data set, which knows where it stands, exactly."""
    knows = hasattr(source, "iterate") and hasattr(source, "fingerprint")
    return (DatasetBatches if knows else IterableBatches)(call, source, prepare, steps)


def is_iterable_of_batches(x: Any) -> bool:
    """Whether x gives batches, rather than being an array (or a list of rows)."""
    array_like = (
        isinstance(x, np.ndarray | list | tuple | dict | set | frozenset | str | bytes)
        or hasattr(x, "__array__")
        or hasattr(x, "to_numpy")
    )
    return not array_like and hasattr(x, "__iter__")


def along(structure: Any, x: Any, what: str, call: str) -> Iterator[tuple[str, Any]]:
    """Where a structure has leaves, what lies there in `x`, and the name of the place.

    Raises:
        UsageError: x has another structure.
    """
    if structure == LEAF:
        yield what, x
        return
    kind, parts = structure
    places = dict(parts) if kind is dict else dict(enumerate(parts))
    fits = (
        isinstance(x, Mapping) and places.keys() <= x.keys() if kind is dict else isinstance(x, list | tuple)
    )
    if not fits or (kind is not dict and len(x) != len(places)):
        raise UsageError(
            f"{call}: {what} must have the parts {', '.join(map(repr, places))}; got {describe(x)}."
        )
    for k, inner in places.items():
        yield from along(inner, x[k], f"{what}[{k!r}]", call)


def by_output(call: str, y: Any, outputs: Outputs) -> list[Any]:
    """Labels by output: those of a dict by name, else in order; None where there are none.

    Raises:
        UsageError: there are too many or too few, or a name is not that of an output.
    """
    names = outputs.names
    if isinstance(y, dict):
        unknown = [k for k in y if k not in names]
        if unknown:
            raise UsageError(
                f"{call}: labels must be by name of output, {', '.join(names)}; got {unknown[0]!r}."
                f"{did_you_mean(unknown[0], names)}"
            )
        return [y.get(name) for name in names]
    if y is None or not outputs.several:
        return [y] + [None] * (len(names) - 1)
    if not isinstance(y, list | tuple) or len(y) != len(names):
        got = f"{len(y)}" if isinstance(y, list | tuple) else f"one {type(y).__name__}"
        raise UsageError(
            f"{call}: labels: there must be {len(names)}, for outputs {', '.join(names)}; got {got}."
        )
    return list(y)


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
