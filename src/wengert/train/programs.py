"""Programs: the part of a model that says how it is trained, and records its steps."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.errors import (
    ArgumentError,
    DTypeError,
    NotFiniteError,
    ShapeError,
    UsageError,
    ValueRangeError,
)
from wengert.base.numbers import require_count
from wengert.base.tree import LEAF, flatten, unflatten
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType, type_of
from wengert.nn import losses, optimizers
from wengert.nn.layer import Layer
from wengert.nn.metrics.lookup import require as require_metric
from wengert.runtime.function import Function
from wengert.runtime.recording import recording
from wengert.train import summary
from wengert.train.arrays import row_type
from wengert.train.checks import Problem
from wengert.train.hooks import HOOKS, Hooks
from wengert.train.inputs import Feed, at_the_users_line
from wengert.train.objective import Objective, Outputs, Wanted, objective_of, require_weights
from wengert.train.preprocessing import Prepared
from wengert.train.steps import (
    Columns,
    evaluation_step,
    hooked_step,
    own_step,
    prediction_step,
    training_step,
)

Array = np.ndarray[Any, Any]


class Programs(Hooks, Prepared):
    """Base of `Model`: what is compiled for it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.optimizer: optimizers.Optimizer = None  # type: ignore[assignment]
        self.loss: Any = None
        self._wanted = Wanted()
        self._compiled = True
        self._memory_budget: int | None = None
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        """Copies make programs of their own: a program works in place on the variables it was made for."""
        return {
            k: v
            for k, v in super().__getstate__().items()
            if k not in ("_goal", "_steps", "_own_names", "_gives", "_plain_batch")
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._forget()

    def _forget(self) -> None:
        """Programs belong to what was compiled, and go with it."""
        self._goal: Objective | None = None
        self._steps: dict[tuple[str, bool], Function] = {}
        self._own_names: dict[str, list[str]] = {}
        self._gives: Outputs | None = None
        self._plain_batch: tuple[np.dtype[Any], np.dtype[Any], int] | None = None
        """What x and y must be to go into a program as they are, where each is one array."""

    # --- compiling ------------------------------------------------------------------------------
    @at_the_users_line
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Say how to train.

        Args:
            optimizer, loss: names or objects. Of several outputs: one loss for all, or a list or dict of losses.
            loss_weights: what the loss of each output counts: a list or dict.
            metrics: names, objects or functions of (y_true, y_pred), in a list; of several outputs, a list or dict of
                such lists. "accuracy" becomes the kind that fits.
            weighted_metrics: those that sample weights count for.
            run_eagerly: run steps in the interpreter, the oracle, instead of compiling them.
            steps_per_execution, jit_compile: for programs that come from Keras; without effect.
            auto_scale_loss: where layers compute in float16, scale the loss (`LossScaleOptimizer`).
        """
        _require_metrics("metrics", metrics)
        _require_metrics("weighted_metrics", weighted_metrics)
        if not isinstance(run_eagerly, bool | np.bool_):
            raise ArgumentError(f"compile: run_eagerly must be True or False; got {run_eagerly!r}.")
        found = optimizers.get(optimizer)
        scaled = isinstance(found, optimizers.LossScaleOptimizer)
        if self.dtype_policy.name == "mixed_float16" and auto_scale_loss and not scaled:
            found = optimizers.LossScaleOptimizer(found)
        wanted = Wanted(_losses(loss), loss_weights, metrics, weighted_metrics)
        require_weights(loss_weights)
        if self.built and self.input_type is not None:
            wanted.require_outputs(self.gives)
        self.optimizer, self.loss, self._wanted = found, wanted.loss, wanted
        self._compiled = not run_eagerly
        self._forget()

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self.optimizer is not None

    def objective_possible(self, call: str) -> None:
        """Raise UsageError unless there is a loss."""
        if self.optimizer is None:
            raise UsageError(
                f"{call}: the model must have a loss; got none. Call compile(optimizer, loss) first."
            )

    # --- types ------------------------------------------------------------------------------------
    def ensure_built(self, x: Any) -> None:
        """Make the layers and all of their weights for inputs of type `x`, unless they are there."""
        fresh = not self.built
        super().ensure_built(x)
        if fresh and not all(layer.built for layer in self.sublayers):
            self.given_outputs(x)  # layers make their weights when they are first called

    @property
    def gives(self) -> Outputs:
        """What the model gives, once it is known what it takes."""
        if self._gives is None:
            self._gives = self.given_outputs(self.input_type)
        return self._gives

    def given_outputs(self, x: Any) -> Outputs:
        """Names and types of the outputs for inputs of type `x`, by recording `call`."""
        leaves, structure = flatten(x, TensorType)
        if type(self).call is Layer.call and is_own(
            type(self), "train_step"
        ):  # its steps are all that is used
            return Outputs(["output"], leaves[:1], LEAF)
        with recording():
            out = self(unflatten(structure, [graph_input(t) for t in leaves]), training=False)
        found, tree = flatten(out)
        if not found:
            raise UsageError(f"{self!r}: call must return tensors; got {type(out).__name__}.")
        names = list(map(str, sorted(out))) if isinstance(out, dict) else self.names_of_outputs(len(found))
        return Outputs(names, [type_of(y) for y in found], tree)

    def names_of_outputs(self, count: int) -> list[str]:
        """Names of so many outputs, where they are not in a dict."""
        return ["output"] if count == 1 else [f"output_{k + 1}" for k in range(count)]

    # --- objective --------------------------------------------------------------------------------
    def objective(self, call: str, y: Sequence[Array | None] = ()) -> Objective:
        """Loss and metrics, made when it is known what the labels are. y: labels, output by output.

        Raises:
            UsageError: there is no loss, or the labels are not known.
        """
        self.objective_possible(call)
        if self._goal is None:
            if self.input_type is None:
                raise UsageError(
                    f"{call}: the model must be built; start it with Input(shape), or call fit first."
                )
            known = [None if rows is None else row_type(rows, label=True) for rows in y]
            self._goal = objective_of(self._wanted, self.gives, known, call)
            types = self.column_types(self._goal, weighted=False)
            if len(types) == 2 and self._goal.goals:
                self._plain_batch = np.dtype(types[0].dtype), np.dtype(types[1].dtype), types[1].rank
        return self._goal

    # --- programs -------------------------------------------------------------------------------
    def step(self, kind: str, weighted: bool = False) -> Function:
        """The program that trains, tests or predicts (kind: "train", "test", "predict")."""
        found = self._steps.get((kind, weighted))
        if found is None:
            with self._building:
                found = self._steps.get((kind, weighted))
                if found is None:
                    found = self._steps[kind, weighted] = self._make(kind, weighted)
        return found

    def steps_made(self, kind: str) -> dict[bool, Function]:
        """The programs of a kind that there are by now, by whether samples have weights."""
        return {weighted: step for (k, weighted), step in self._steps.items() if k == kind}

    def step_for(self, kind: str, columns: Sequence[Any]) -> Function:
        """The program for a batch with these columns: with weights if there are more than inputs and labels."""
        goals = 0 if self._goal is None else len(self._goal.goals)
        return self.step(kind, len(columns) > len(self.in_types) + goals)

    def _allow(self, memory_budget: int | None) -> None:
        """Training steps made from now on keep to this many bytes."""
        if memory_budget is not None:
            memory_budget = require_count("fit", "memory_budget", memory_budget)
        if memory_budget != self._memory_budget:
            self._memory_budget = memory_budget
            self._steps = {key: step for key, step in self._steps.items() if key[0] != "train"}

    def column_types(self, goal: Objective, weighted: bool) -> list[TensorType]:
        """What the training and the evaluation step take."""
        types = [*self.in_types, *goal.labels]
        return types + [TensorType(types[0].shape[:1], "float32") for _ in goal.goals if weighted]

    def _make(self, kind: str, weighted: bool) -> Function:
        if kind == "predict":
            return prediction_step(self, self.in_types, self._compiled)
        goal = self.objective({"train": "fit", "test": "evaluate"}[kind])
        types = self.column_types(goal, weighted)
        if kind == "train":
            self.optimizer.build(self.trainable_weights)
        name = f"{kind}_step"
        if is_own(type(self), name):
            data, own = Columns(self, goal, training=kind == "train").data, getattr(self, name)
            made, self._own_names[kind] = own_step(
                self, types, self._compiled, lambda columns: own(data(columns)), name
            )
            return made
        if any(is_own(type(self), hook) for hook in HOOKS):
            step = hooked_step(self, goal, training=kind == "train")
            made, self._own_names[kind] = own_step(self, types, self._compiled, step, name)
            return made
        if kind == "test":
            return evaluation_step(self, goal, types, self._compiled)
        return training_step(self, goal, types, self._compiled, self._memory_budget)

    @property
    def train_step(self) -> Function:
        """The compiled training step: `(x, y) -> numbers so far`. A subclass may write its own instead, a method
        `train_step(self, data)` that gives a dict of numbers; it is compiled, too.
        """
        return self.step("train")

    @property
    def test_step(self) -> Function:
        """The compiled evaluation step: `(x, y) -> numbers so far`; or the user's, as for `train_step`."""
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

    @at_the_users_line
    def check(self, x: Any = None, y: Any = None) -> list[Problem]:
        """What is most likely a mistake: softmax twice, scores where probabilities are expected, labels out of range,
        outputs that nobody uses, weights that no gradient reaches. `fit` warns of them when it begins.

        Args:
            x, y: some data, as for `fit`; without them, only what the model says by itself is looked at.

        Raises:
            UsageError: the model was not compiled, or is not built and there are no data.

        Example:
            >>> import wengert as wg
            >>> model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(3, activation="softmax")])
            >>> model.compile("adam", wg.losses.SparseCategoricalCrossentropy(from_logits=True))
            >>> [problem.kind for problem in model.check()]
            ['double softmax']
        """
        found: list[Problem] = []
        if x is not None:
            try:
                Feed(self, "check").columns(x, y, None, None)  # type: ignore[arg-type]
            except (ShapeError, DTypeError, ValueRangeError, NotFiniteError) as e:
                found.append(Problem("data", str(e)))
        try:
            goal = self.objective("check")
        except UsageError:
            if found:  # so the labels are not known
                return found
            raise
        self.optimizer.build(self.trainable_weights)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            training_step(self, goal, self.column_types(goal, False), compiled=False).traced()
        return [*found, *goal.problems]

    # --- metrics --------------------------------------------------------------------------------
    @property
    def metrics(self) -> list[Any]:
        """The mean of the loss, then the metrics; empty before the model knows its labels."""
        return [] if self._goal is None else self._goal.all

    @property
    def metrics_names(self) -> list[str]:
        """Their names."""
        return self.names_in_logs("train") if self._goal is not None else []

    def names_in_logs(self, kind: str) -> list[str]:
        """What the numbers that a step gives are called."""
        own = self._own_names.get(kind)
        return own if own is not None else [] if self._goal is None else self._goal.names

    def reset_metrics(self) -> None:
        """Start the means again."""
        if self._goal is not None:
            self._goal.reset()
        for metric in self.metrics:
            metric.reset_state()


def is_own(cls: type[Any], name: str) -> bool:
    """Whether a user's class has a step, or a part of one, of its own."""
    return inspect.getattr_static(cls, name) is not inspect.getattr_static(Programs, name)


def _losses(loss: Any) -> Any:
    """Losses out of what `compile` was given."""
    if isinstance(loss, dict) and loss.keys() != {"class", "config"}:
        return {k: None if v is None else losses.get(v) for k, v in loss.items()}
    if isinstance(loss, list | tuple):
        return [None if v is None else losses.get(v) for v in loss]
    return None if loss is None else losses.get(loss)


def _require_metrics(what: str, value: Any) -> None:
    if value is not None and not isinstance(value, list | tuple | dict):
        raise UsageError(f"compile: {what} must be a list; got {value!r}. Write [{value!r}].")
    stack = [value]
    while stack:
        found = stack.pop()
        if isinstance(found, dict) and found.keys() != {"class", "config"}:
            stack += found.values()
        elif isinstance(found, list | tuple):
            stack += found
        elif found is not None:
            require_metric(found)
