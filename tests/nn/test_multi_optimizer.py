"""MultiOptimizer: each weight by its optimizer; saved, resumed, and refused where it makes no sense."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ArgumentError, UsageError, ValueRangeError
from wengert.optimizers import SGD, Adam, LossScaleOptimizer, MultiOptimizer, OptimizerMap

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X[:, :1] * 2


def trained(optimizer, epochs=3):
    wg.set_random_seed(0)
    layers = [wg.layers.Dense(4, "relu", name="first"), wg.layers.Dense(1, name="last")]
    model = wg.Sequential([wg.Input((3,)), *layers])
    model.compile(optimizer, "mse")
    model.fit(X, Y, epochs=epochs, verbose=0, shuffle=False)
    return model


def equal(a, b):
    return [np.array_equal(x, y) for x, y in zip(a.get_weights(), b.get_weights(), strict=True)]


def test_two_alike_do_what_one_does():
    two = MultiOptimizer(OptimizerMap(Adam(0.01), {"first/.*": Adam(0.01)}))
    assert all(equal(trained(two), trained(Adam(0.01))))


def test_each_weight_is_changed_by_its_own():
    model = trained(MultiOptimizer(OptimizerMap(SGD(0.0), {"first/.*": Adam(0.1)})))
    assert equal(model, trained(SGD(0.0))) == [False, False, True, True]
    assert [o.iterations.numpy() for o in model.optimizer.optimizers] == [3, 3]


def test_a_function_is_asked_once_for_each_weight():
    asked = []

    def choose(v):
        asked.append(v.path)
        return Adam(0.1) if "first" in v.path else SGD(0.0)

    model = trained(MultiOptimizer(choose))
    assert asked == [v.path for v in model.weights]
    assert len(model.optimizer.optimizers) == 4


@pytest.mark.parametrize("ending", ["wengert"])
def test_a_saved_model_goes_on_where_it_was(tmp_path, ending):
    model = trained(MultiOptimizer(OptimizerMap(SGD(0.01), {"first/.*": Adam(0.01)})))
    path = tmp_path / f"model.{ending}"
    model.save(path)
    again = wg.models.load_model(path)
    for m in (model, again):
        m.fit(X, Y, epochs=2, verbose=0, shuffle=False)
    assert all(equal(model, again))


def test_a_scale_of_the_loss_is_that_of_all():
    scaled = MultiOptimizer(OptimizerMap(SGD(0.01), {"first/.*": Adam(0.01)}), loss_scale_factor=8.0)
    plain = MultiOptimizer(OptimizerMap(SGD(0.01), {"first/.*": Adam(0.01)}))
    for a, b in zip(trained(scaled).get_weights(), trained(plain).get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_a_weight_without_a_gradient_stays():
    v, w = wg.Variable([1.0]), wg.Variable([1.0])
    optimizer = MultiOptimizer(OptimizerMap(SGD(1.0)))
    optimizer.apply([wg.Tensor([1.0]), None], [v, w])
    assert (v.numpy().tolist(), w.numpy().tolist()) == ([0.0], [1.0])
    with pytest.raises(UsageError, match="a gradient for each of 2 variables is needed"):
        optimizer.apply([None, None], [v, w])


def test_averages_are_those_of_the_optimizers_that_keep_them():
    optimizer = MultiOptimizer(OptimizerMap(SGD(0.1), {"first/.*": SGD(0.1, use_ema=True, ema_momentum=0.5)}))
    model = trained(optimizer, epochs=0)
    swap = wg.callbacks.SwapEMAWeights(swap_on_epoch=True)
    seen = []
    look = wg.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(model.get_weights()))
    model.fit(X, Y, batch_size=8, verbose=0, shuffle=False, callbacks=[look, swap, look])
    before, after = seen
    assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [False, False, True, True]


def test_names_come_before_patterns():
    found = OptimizerMap(SGD(name="rest"), {"a/.*": SGD(name="pattern"), "a/b": SGD(name="exact")})
    assert [found[k].name for k in ("a/b", "a/c", "a", "b")] == ["exact", "pattern", "rest", "rest"]
    assert len(found) == 2
    del found["a/b"]
    assert found["a/b"].name == "pattern"
    assert "a/b" not in found


def test_several_patterns_are_refused():
    with pytest.raises(UsageError, match=r"one pattern must fit to 'a/b'; got \['a/.\*', '.\*/b'\]"):
        _ = OptimizerMap(SGD(), {"a/.*": SGD(), ".*/b": SGD()})["a/b"]


@pytest.mark.parametrize(
    ("make", "kind", "said"),
    [
        (lambda: OptimizerMap("sgd"), ArgumentError, "default_optimizer must be an optimizer"),
        (lambda: OptimizerMap(SGD(), [SGD()]), ArgumentError, "optimizer_map must be a dict"),
        (lambda: OptimizerMap(SGD(), {"a": LossScaleOptimizer(SGD())}), ArgumentError, "that holds no other"),
        (lambda: MultiOptimizer(3), ArgumentError, "an OptimizerMap or a function; got 3"),
        (
            lambda: MultiOptimizer(OptimizerMap(SGD()), clipnorm=1.0),
            ValueRangeError,
            "clipnorm must be left out",
        ),
        (
            lambda: OptimizerMap(SGD(), {"a": SGD()}).__setitem__("a", SGD()),
            ValueRangeError,
            "keys must be new",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, kind, said):
    with pytest.raises(kind, match=said):
        make()


def test_there_is_no_one_learning_rate():
    optimizer = MultiOptimizer(OptimizerMap(SGD()))
    with pytest.raises(UsageError, match="each of `optimizers` has its own"):
        optimizer.current_learning_rate()
    model = wg.Sequential([wg.Input((3,)), wg.layers.Dense(1)])
    model.compile(optimizer, "mse")
    with pytest.raises(UsageError, match="must have one learning rate"):
        model.fit(X, Y, verbose=0, callbacks=[wg.callbacks.LearningRateScheduler(lambda epoch: 0.1)])
