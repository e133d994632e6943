"""SKLearnClassifier, SKLearnRegressor, SKLearnTransformer: models in pipelines and searches of scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from wengert.base.errors import ArgumentError, UsageError
from wengert.train.model import Model
from wengert.train.models import clone_model

Array = np.ndarray[Any, Any]


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What the three share."""

    model_: Model
    _takes_columns = False
    """Whether y may have several columns."""

    def __init__(
        self,
        model: Model | Callable[..., Model],
        warm_start: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
        fit_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def __sklearn_clone__(self) -> Self:
        """One like it that was not fitted; `fit` never changes `model`, so they may share it."""
        return type(self)(**self.get_params(deep=False))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        tags.target_tags.multi_output = self._takes_columns
        return tags

    @property
    def epoch_(self) -> int:
        """How many epochs the last `fit` has had."""
        return len(self.history_.epoch) if hasattr(self, "history_") else 0

    def fit(self, X: Any, y: Any, **kwargs: Any) -> Self:
        """Train a model on rows of X and their targets.

        Args:
            kwargs: for `model.fit`, before those of `fit_kwargs`.
        """
        X, y = validate_data(self, X, y, multi_output=self._takes_columns, y_numeric=self._takes_columns)
        target = self._encoded(y)
        model = self.model_ if self.warm_start and hasattr(self, "model_") else self._made(X, target)
        if not model.compiled or model.loss is None:
            raise UsageError(
                f"{type(self).__name__}: the model must be compiled, with a loss; got {model!r}."
            )
        self.history_ = model.fit(X, target, **{**(self.fit_kwargs or {}), **kwargs})
        self.model_ = model
        return self

    def _made(self, X: Array, y: Array) -> Model:
        if isinstance(self.model, Model):
            made: Model = clone_model(self.model)
            return made
        if not callable(self.model):
            raise ArgumentError(
                f"{type(self).__name__}: model must be a model, or a function that makes one; got {self.model!r}."
            )
        made = self.model(X=X, y=y, **(self.model_kwargs or {}))
        if not isinstance(made, Model):
            raise ArgumentError(f"{type(self).__name__}: the function must make a model; got {made!r}.")
        return made

    def _encoded(self, y: Array) -> Array:
        """Targets as the model takes them."""
        self._columns, self._dtype = y.ndim > 1, y.dtype if y.dtype.kind == "f" else np.dtype("float64")
        return y if y.ndim > 1 else y[:, None]

    def _outputs(self, X: Any) -> Array:
        check_is_fitted(self)
        return np.asarray(self.model_.predict(validate_data(self, X, reset=False), verbose=0))


class SKLearnClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A model as a classifier of scikit-learn.

    The model is trained on one-hot targets, a column a class, and gives a number for each: its loss is of the kind of
    "categorical_crossentropy".

    Args:
        model: one that is compiled, of which each `fit` trains a copy with new weights; or a function that makes one,
            called with X, y and `model_kwargs` by name.
        warm_start: let a second `fit` go on with the model of the first.
        model_kwargs, fit_kwargs: what else the function, and `model.fit`, are called with.

    Attributes:
        model_: the model that was trained. history_: what its `fit` gave.
        classes_: the labels, in the order of the columns.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> def network(X, y, units):
        ...     layers = [wg.layers.Dense(units, "relu"), wg.layers.Dense(y.shape[1], "softmax")]
        ...     model = wg.Sequential([wg.Input(X.shape[1:]), *layers])
        ...     model.compile("adam", "categorical_crossentropy")
        ...     return model
        >>> X, y = np.eye(4), np.array(["cat", "dog", "cat", "dog"])
        >>> estimator = wg.wrappers.SKLearnClassifier(network, model_kwargs={"units": 8}, fit_kwargs={"verbose": 0})
        >>> estimator.fit(X, y).predict(X).shape, estimator.classes_.tolist()
        ((4,), ['cat', 'dog'])
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags

    def _encoded(self, y: Array) -> Array:
        check_classification_targets(y)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise UsageError(
                f"SKLearnClassifier: y must have at least two classes; got one class, {self.classes_.tolist()}."
            )
        return np.eye(len(self.classes_), dtype="float32")[numbers]

    def decision_function(self, X: Any) -> Array:
        """What the model gives for rows of X, a column a class; of two classes, how much more it gives the second, as
        scikit-learn wants it.
        """
        found = self._outputs(X)
        return found[:, 1] - found[:, 0] if len(self.classes_) == 2 else found

    def predict(self, X: Any) -> Array:
        """The class with the largest output, for rows of X."""
        found = self._outputs(X)
        return np.asarray(self.classes_[found.argmax(-1)])


class SKLearnRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A model as a regressor of scikit-learn.

    Args:
        model: one that is compiled, of which each `fit` trains a copy with new weights; or a function that makes one,
            called with X, y and `model_kwargs` by name.
        warm_start: let a second `fit` go on with the model of the first.
        model_kwargs, fit_kwargs: what else the function, and `model.fit`, are called with.

    Attributes:
        model_: the model that was trained. history_: what its `fit` gave.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> model = wg.Sequential([wg.Input((3,)), wg.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> X, y = np.ones((8, 3)), np.arange(8.0)
        >>> wg.wrappers.SKLearnRegressor(model, fit_kwargs={"verbose": 0}).fit(X, y).predict(X).shape
        (8,)
    """

    _takes_columns = True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags

    def predict(self, X: Any) -> Array:
        """What the model gives for rows of X, in the shape and float dtype of the targets that it was trained on."""
        found = self._outputs(X).astype(self._dtype)
        return found if self._columns or found.ndim == 1 else found[:, 0]


class SKLearnTransformer(TransformerMixin, _Estimator):  # type: ignore[misc]
    """A model as a step of scikit-learn's pipelines, which gives features.

    Args:
        model: one that is compiled, of which each `fit` trains a copy with new weights; or a function that makes one,
            called with X, y and `model_kwargs` by name.
        warm_start: let a second `fit` go on with the model of the first.
        model_kwargs, fit_kwargs: what else the function, and `model.fit`, are called with.

    Attributes:
        model_: the model that was trained. history_: what its `fit` gave.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> model = wg.Sequential([wg.Input((3,)), wg.layers.Dense(2)])
        >>> model.compile("adam", "mse")
        >>> step = wg.wrappers.SKLearnTransformer(model, fit_kwargs={"verbose": 0})
        >>> step.fit(np.ones((8, 3)), np.ones((8, 2))).transform(np.ones((4, 3))).shape
        (4, 2)
    """

    _takes_columns = True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

    def transform(self, X: Any) -> Array:
        """What the model gives for rows of X."""
        return self._outputs(X)
