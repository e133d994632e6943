"""Values of Keras (tests/oracles/keras_values.py wrote them), eagerly and recorded."""

import json
from pathlib import Path

import numpy as np
import pytest

from wengert.ir.types import TensorType, type_of
from wengert.nn import config, schedules  # noqa: F401 - registers its classes
from wengert.nn.layer import Layer
from wengert.ops.activations import ACTIVATIONS
from wengert.runtime.function import Function
from wengert.runtime.tensor import Tensor
from wengert.runtime.variable import Variable
from wengert.train import sequential  # noqa: F401 - registers all layers

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "keras.json").read_text())


def made(family, case):
    return config.decode({"class": f"{family}.{case['class']}", "config": case["config"]})


def floats(x):
    return np.array(x, np.float32)


def name(case):
    return f"{case['class']}-{case['config']}"


def assert_near(got, want, rtol=2e-6, atol=2e-6):
    np.testing.assert_allclose(np.asarray(got), np.array(want), rtol=rtol, atol=atol)


@pytest.mark.parametrize("activation", ORACLE["activations"]["y"])
def test_activation_has_the_values_of_keras(activation):
    x = floats(ORACLE["activations"]["x"])
    assert_near(ACTIVATIONS[activation](x), ORACLE["activations"]["y"][activation], rtol=5e-6)


def with_weights(case) -> tuple[Layer, np.ndarray]:
    layer, x = made("layers", case), floats(case["x"])
    layer.ensure_built(type_of(x))
    layer.set_weights([floats(w) for w in case["weights"]])
    return layer, x


@pytest.mark.parametrize("case", ORACLE["layers"], ids=name)
def test_layer_has_the_values_of_keras(case):
    layer, x = with_weights(case)
    assert_near(layer(Tensor(x)).numpy(), case["y"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("compiled", [False, True], ids=["interpreted", "compiled"])
@pytest.mark.parametrize("case", ORACLE["layers"], ids=name)
def test_recorded_layer_in_training_has_the_values_and_statistics_of_keras(case, compiled):
    layer, x = with_weights(case)
    signature = [TensorType.parse(str(type_of(x)).replace(f"[{len(x)}", "[batch"))]
    step = Function(lambda a: layer(a, training=True), signature, compiled=compiled)
    assert_near(step(x).numpy(), case["y_training"], rtol=1e-5, atol=1e-5)
    for got, want in zip(layer.get_weights(), case["weights_after"], strict=True):
        assert_near(got, want, rtol=1e-5)


@pytest.mark.parametrize("case", ORACLE["losses"], ids=name)
def test_loss_has_the_values_of_keras(case):
    loss = made("losses", case)
    y_true = np.array(case["y_true"])
    y_true = y_true if y_true.dtype == np.int64 else y_true.astype(np.float32)
    y_pred = floats(case["y_pred"])
    assert_near(loss(y_true, y_pred), case["value"], rtol=5e-6)
    assert_near(loss(y_true, y_pred, floats(case["sample_weight"])), case["weighted"], rtol=5e-6)


@pytest.mark.parametrize("case", ORACLE["metrics"], ids=name)
def test_metric_has_the_values_of_keras(case):
    metric = made("metrics", case)
    y_true, y_pred = np.array(case["y_true"]), np.array(case["y_pred"])
    for k in range(2):
        metric.update_state(y_true[k], y_pred[k], floats(case["weight"]) if k else None)
        assert_near(metric.result().numpy(), case["results"][k])


@pytest.mark.parametrize("case", ORACLE["optimizers"], ids=name)
def test_optimizer_goes_where_that_of_keras_goes(case):
    optimizer = made("optimizers", case)
    variables = [Variable(floats(p)) for p in case["start"]]
    for grads in case["grads"]:
        optimizer.apply([Tensor(floats(g)) for g in grads], variables)
    for v, want in zip(variables, case["end"], strict=True):
        assert_near(v.numpy(), want, rtol=2e-5)
    assert optimizer.iterations.numpy() == len(case["grads"])


@pytest.mark.parametrize("case", ORACLE["schedules"], ids=name)
def test_schedule_has_the_rates_of_keras(case):
    schedule = made("schedules", case)
    for step, rate in zip(case["steps"], case["rates"], strict=True):
        assert_near(np.float64(schedule(Tensor(np.int64(step)))), rate, rtol=1e-5)
