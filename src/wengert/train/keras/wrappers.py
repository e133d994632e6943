"""Models as estimators of scikit-learn: `wg.wrappers`. scikit-learn is imported when one of them is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wengert.base.extras import extra

if TYPE_CHECKING:
    from wengert.train.keras.estimators import SKLearnClassifier as SKLearnClassifier
    from wengert.train.keras.estimators import SKLearnRegressor as SKLearnRegressor
    from wengert.train.keras.estimators import SKLearnTransformer as SKLearnTransformer

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]


def __getattr__(name: str) -> Any:
    """One of the estimators.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    if name not in __all__:
        raise AttributeError(
            f"wengert.wrappers: an attribute must be one of {', '.join(__all__)}; got {name!r}."
        )
    with extra(name, "scikit-learn", "sklearn"):
        import sklearn.utils.validation  # noqa: F401
    found: Any = vars(import_module("wengert.train.keras.estimators"))[name]
    globals()[name] = found
    return found
