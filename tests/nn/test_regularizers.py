"""Regularizers and constraints: their formulas, their names, what models and optimizers make of them."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, ValueRangeError

W = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
X = np.random.default_rng(1).normal(size=(8, 4)).astype(np.float32)
Y = X[:, :1] - X[:, 1:2]


@pytest.mark.parametrize(
    ("regularizer", "value"),
    [
        (wg.regularizers.L1(0.1), 0.1 * np.abs(W).sum()),
        (wg.regularizers.L2(0.1), 0.1 * (W**2).sum()),
        (wg.regularizers.L1L2(0.1, 0.2), 0.1 * np.abs(W).sum() + 0.2 * (W**2).sum()),
    ],
)
def test_regularizer_is_its_formula(regularizer, value):
    assert float(regularizer(W)) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_directions_at_right_angles_cost_nothing(mode):
    q = np.linalg.qr(W.astype(float))[0].astype(np.float32)
    weight = q.T if mode == "rows" else q
    regularizer = wg.regularizers.OrthogonalRegularizer(0.5, mode)
    assert float(regularizer(weight)) == pytest.approx(0, abs=1e-6)
    assert float(regularizer(np.ones((3, 3), np.float32))) == pytest.approx(0.5, rel=1e-5)


def test_orthogonal_regularizer_wants_a_matrix():
    with pytest.raises(ShapeError, match=r"must be a matrix; got f32\[2,2,2\]"):
        wg.regularizers.OrthogonalRegularizer()(np.ones((2, 2, 2), np.float32))


def test_constraints_are_their_formulas():
    norms = np.sqrt((W**2).sum(0, keepdims=True))
    near = {
        wg.constraints.NonNeg(): np.maximum(W, 0),
        wg.constraints.UnitNorm(): W / norms,
        wg.constraints.UnitNorm(axis=(0, 1)): W / np.sqrt((W**2).sum()),
        wg.constraints.MaxNorm(1.5): W * np.minimum(norms, 1.5) / norms,
        wg.constraints.MinMaxNorm(1.2, 1.6): W * np.clip(norms, 1.2, 1.6) / norms,
        wg.constraints.MinMaxNorm(1.2, 1.6, 0.5): W * (np.clip(norms, 1.2, 1.6) + norms) / 2 / norms,
    }
    for constraint, want in near.items():
        np.testing.assert_allclose(np.asarray(constraint(W)), want, rtol=1e-5, err_msg=repr(constraint))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: wg.regularizers.get("orthogonal"), "Did you mean 'orthogonal_regularizer'"),
        (lambda: wg.regularizers.L2(-1.0), "L2: l2 must be a finite number >= 0; got -1.0"),
        (lambda: wg.regularizers.OrthogonalRegularizer(mode="row"), "mode must be"),
        (lambda: wg.constraints.get("maxnom"), "Did you mean 'max_norm'"),
        (lambda: wg.constraints.MaxNorm(-1.0), r"max_value must be in \[0, inf\); got -1.0"),
        (lambda: wg.constraints.MinMaxNorm(2.0, 1.0), "min_value must not be above max_value"),
        (lambda: wg.constraints.MinMaxNorm(rate=0.0), r"rate must be in \(0, 1\]"),
        (lambda: wg.constraints.get(wg.regularizers.L2()), "constraint: must be an object or one of"),
    ],
)
def test_what_makes_no_sense_is_refused(make, says):
    with pytest.raises(ValueRangeError, match=says):
        make()


def test_a_models_loss_has_what_weights_outputs_and_layers_add():
    class Quiet(wg.layers.Layer):
        def call(self, x):
            self.add_loss(wg.mean(x * x) * 0.5)
            return x

    dense = wg.layers.Dense(1, kernel_regularizer=wg.regularizers.L2(0.1), activity_regularizer="l1")
    model = wg.Sequential([wg.Input((4,)), Quiet(), dense])
    model.compile("sgd", "mse")
    loss = model.evaluate(X, Y, batch_size=8, verbose=0)
    out, kernel = model.predict(X, verbose=0), dense.kernel.numpy()
    want = (
        ((out - Y) ** 2).mean() + 0.1 * (kernel**2).sum() + 0.01 * np.abs(out).sum() / 8 + 0.5 * (X**2).mean()
    )
    assert loss == pytest.approx(want, rel=1e-5)
    model(X)
    assert len(model.losses) == 3


def test_a_large_regularizer_makes_weights_small():
    def size(regularizer):
        dense = wg.layers.Dense(
            1, kernel_initializer=wg.initializers.Constant(1.0), kernel_regularizer=regularizer
        )
        model = wg.Sequential([wg.Input((4,)), dense])
        model.compile(wg.optimizers.SGD(0.05), "mse")
        model.fit(X, Y, epochs=30, verbose=0)
        return np.abs(dense.kernel.numpy()).sum()

    assert size(wg.regularizers.L2(3.0)) < 0.5 * size(None)


def test_a_constraint_holds_after_every_step():
    dense = wg.layers.Dense(3, kernel_constraint=wg.constraints.UnitNorm(), bias_constraint="non_neg")
    model = wg.Sequential([wg.Input((4,)), dense])
    model.compile(wg.optimizers.SGD(0.5), "mse")
    model.fit(X, np.repeat(-Y, 3, 1), epochs=3, verbose=0)
    np.testing.assert_allclose(np.linalg.norm(dense.kernel.numpy(), axis=0), 1, rtol=1e-5)
    assert (dense.bias.numpy() >= 0).all()


def test_regularizers_and_constraints_survive_saving(tmp_path):
    dense = wg.layers.Dense(
        2, kernel_regularizer=wg.regularizers.L1L2(0.1, 0.2), kernel_constraint="max_norm"
    )
    model = wg.Sequential([wg.Input((4,)), dense])
    model.compile("sgd", "mse")
    model.save(tmp_path / "m.wengert")
    again = wg.load_model(tmp_path / "m.wengert").layers[-1]
    assert again.kernel.regularizer.config() == {"l1": 0.1, "l2": 0.2}
    assert isinstance(again.kernel.constraint, wg.constraints.MaxNorm)


def test_losses_of_a_recorded_call_are_not_read_outside():
    layer = wg.layers.Dense(2, activity_regularizer="l2")
    layer(X)
    assert len(layer.losses) == 1
    wg.function(lambda x: layer(x))(X)
    assert layer.losses == []


def test_a_loss_that_is_added_is_a_scalar():
    class Loud(wg.layers.Layer):
        def call(self, x):
            self.add_loss(x)
            return x

    with pytest.raises(ShapeError, match=r"Loud '.*': add_loss: the loss must be a scalar; got f32\[8,4\]"):
        Loud()(X)
