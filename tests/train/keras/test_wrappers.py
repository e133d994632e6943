"""Models as estimators: scikit-learn's own checks of its conventions, and pipelines, searches, scores with them."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ArgumentError, UsageError

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

SKLearnClassifier = wg.wrappers.SKLearnClassifier
SKLearnRegressor = wg.wrappers.SKLearnRegressor
SKLearnTransformer = wg.wrappers.SKLearnTransformer


def classifying(X, y, units=10, rate=0.01):
    wg.set_random_seed(0)  # the checks want two fits to be alike
    layers = [wg.layers.Dense(units, "relu"), wg.layers.Dense(y.shape[1], "softmax")]
    model = wg.Sequential([wg.Input(X.shape[1:]), *layers])
    model.compile(wg.optimizers.Adam(rate), "categorical_crossentropy")
    return model


def regressing(X, y):
    wg.set_random_seed(0)
    model = wg.Sequential([wg.Input(X.shape[1:]), wg.layers.Dense(10, "relu"), wg.layers.Dense(y.shape[1])])
    model.compile(wg.optimizers.Adam(0.01), "mse")
    return model


QUIET = {"verbose": 0}


@pytest.mark.slow
@pytest.mark.parametrize(
    "estimator",
    [
        SKLearnClassifier(classifying, fit_kwargs={"verbose": 0, "epochs": 30}),
        SKLearnRegressor(regressing, fit_kwargs=QUIET),
        SKLearnTransformer(regressing, fit_kwargs=QUIET),
    ],
    ids=lambda e: type(e).__name__,
)
@pytest.mark.filterwarnings("ignore")
def test_an_estimator_passes_the_checks_of_scikit_learn(estimator):
    results = check_estimator(estimator, on_fail=None, on_skip=None)
    failed = {r["check_name"]: str(r["exception"]) for r in results if r["status"] == "failed"}
    assert failed == {}


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def test_a_classifier_in_a_pipeline_is_scored_by_cross_validation(iris):
    classifier = SKLearnClassifier(classifying, fit_kwargs={"verbose": 0, "epochs": 40})
    scores = cross_val_score(make_pipeline(StandardScaler(), classifier), *iris, cv=3)
    assert scores.mean() > 0.85


def test_a_search_finds_the_better_arguments(iris):
    X, y = iris
    search = GridSearchCV(
        SKLearnClassifier(classifying, fit_kwargs={"verbose": 0, "epochs": 15}),
        {"model_kwargs": [{"rate": 1e-7}, {"rate": 0.02}]},
        cv=3,
    )
    search.fit(StandardScaler().fit_transform(X), y)
    assert search.best_params_ == {"model_kwargs": {"rate": 0.02}}


def test_labels_come_back_as_they_were():
    X, y = np.array([[0.0], [1.0]] * 20), np.array(["no", "yes"] * 20)
    fitted = SKLearnClassifier(
        classifying, model_kwargs={"rate": 0.1}, fit_kwargs={"verbose": 0, "epochs": 20}
    ).fit(X, y)
    assert fitted.predict([[0.0], [1.0]]).tolist() == ["no", "yes"]
    low, high = fitted.decision_function([[0.0], [1.0]])
    assert low < 0 < high
    assert fitted.epoch_ == 20


def compiled(*layers):
    model = wg.Sequential([wg.Input((2,)), *layers])
    model.compile(wg.optimizers.Adam(0.1), "mse")
    return model


def test_a_model_that_is_given_stays_as_it_is():
    model = compiled(wg.layers.Dense(1))
    before = model.get_weights()
    fitted = SKLearnRegressor(model, fit_kwargs=QUIET).fit(np.ones((8, 2)), np.arange(8.0))
    assert fitted.model_ is not model
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert fitted.predict(np.ones((3, 2))).shape == (3,)


def test_a_warm_start_goes_on_with_the_model_of_before():
    X, y = np.ones((8, 2)), np.arange(8.0)
    warm = SKLearnRegressor(compiled(wg.layers.Dense(1)), warm_start=True, fit_kwargs=QUIET).fit(X, y)
    first = warm.model_
    assert warm.fit(X, y).model_ is first
    cold = SKLearnRegressor(compiled(wg.layers.Dense(1)), fit_kwargs=QUIET).fit(X, y)
    first = cold.model_
    assert cold.fit(X, y).model_ is not first


def test_a_clone_was_not_fitted_and_has_the_same_arguments():
    estimator = SKLearnRegressor(compiled(wg.layers.Dense(1)), fit_kwargs=QUIET).fit(
        np.ones((8, 2)), np.arange(8.0)
    )
    other = clone(estimator)
    assert other.get_params() == estimator.get_params()
    assert not hasattr(other, "model_")
    assert other.set_params(warm_start=True).warm_start


def test_targets_of_several_columns_come_back_so():
    X, y = np.ones((8, 2)), np.ones((8, 3), "float32")
    found = SKLearnRegressor(compiled(wg.layers.Dense(3)), fit_kwargs=QUIET).fit(X, y).predict(X)
    assert (found.shape, found.dtype) == ((8, 3), np.float32)


def test_arguments_of_fit_come_before_those_of_the_estimator():
    estimator = SKLearnRegressor(compiled(wg.layers.Dense(1)), fit_kwargs={"verbose": 0, "epochs": 5})
    estimator.fit(np.ones((8, 2)), np.arange(8.0), epochs=2)
    assert len(estimator.history_.history["loss"]) == 2


def test_a_transformer_gives_features_to_the_next_step():
    X, y = load_iris(return_X_y=True)
    step = SKLearnTransformer(regressing, fit_kwargs={"verbose": 0, "epochs": 30})
    pipeline = make_pipeline(StandardScaler(), step, LogisticRegression())
    assert pipeline.fit(X, y).score(X, y) > 0.7


@pytest.mark.parametrize(
    ("model", "kind", "said"),
    [
        (3, ArgumentError, "model must be a model, or a function"),
        (lambda X, y: 3, ArgumentError, "the function must make a model; got 3"),
        (wg.Sequential([wg.Input((2,)), wg.layers.Dense(1)]), UsageError, "the model must be compiled"),
    ],
)
def test_what_makes_no_model_is_refused(model, kind, said):
    with pytest.raises(kind, match=f"SKLearnRegressor: {said}"):
        SKLearnRegressor(model).fit(np.ones((8, 2)), np.arange(8.0))


def test_one_class_is_too_few():
    with pytest.raises(UsageError, match="at least two classes; got one class"):
        SKLearnClassifier(classifying).fit(np.ones((8, 2)), np.ones(8))
