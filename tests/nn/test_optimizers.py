"""Optimizers beyond Keras's values: hyper-parameters at run time, slots, refusals."""

import json

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import UsageError, ValueRangeError
from wengert.nn import config, optimizers, schedules

ALL = [getattr(optimizers, name) for name in optimizers.__all__ if name[0].isupper() and name != "Optimizer"]
G = np.array([3.0, -4.0], np.float32)


def stepped(optimizer, steps=1):
    p = wg.Variable(np.zeros(2, np.float32))
    for _ in range(steps):
        optimizer.apply([wg.Tensor(G)], [p])
    return p.numpy()


@pytest.mark.parametrize("cls", ALL)
def test_configuration_survives_json_with_the_learning_rate_of_now(cls):
    optimizer = cls(0.5, clipnorm=2.0)
    optimizer.learning_rate = 0.25
    again = config.decode(json.loads(json.dumps(config.encode(optimizer, "test"))))
    assert again.config() == optimizer.config()
    assert float(again.learning_rate.numpy()) == 0.25


def test_numbers_change_without_compiling():
    optimizer = optimizers.SGD(1.0, clipvalue=1.0, weight_decay=0.0)
    p = wg.Variable(np.ones(2, np.float32))
    step = wg.function(lambda g: optimizer.apply([g], [p]))
    step(G)
    assert p.numpy().tolist() == [0, 2]
    optimizer.learning_rate, optimizer.clipvalue, optimizer.weight_decay = 0.5, 2.0, 1.0
    step(G)
    assert p.numpy().tolist() == [-1, 2]
    assert step.compiles == 1


def test_fields_that_shape_the_program_cannot_change_any_more():
    optimizer = optimizers.SGD(momentum=0.5)
    stepped(optimizer)
    with pytest.raises(UsageError, match="momentum must stay as it is"):
        optimizer.momentum = 0.0


def test_a_schedule_is_followed_inside_of_the_program():
    optimizer = optimizers.SGD(schedules.PiecewiseConstantDecay([1], [1.0, 0.0]))
    np.testing.assert_array_equal(stepped(optimizer, 5), -2 * G)


def test_clipping_by_norm_leaves_small_gradients_and_zero_alone():
    np.testing.assert_allclose(stepped(optimizers.SGD(1.0, clipnorm=10.0)), -G)
    np.testing.assert_allclose(stepped(optimizers.SGD(1.0, global_clipnorm=1.0)), -G / 5, rtol=1e-6)
    p = wg.Variable(np.ones(2, np.float32))
    optimizers.SGD(clipnorm=1.0).apply([np.zeros(2, np.float32)], [p])
    assert p.numpy().tolist() == [1, 1]


def test_state_is_iterations_and_slots():
    optimizer = optimizers.Adam()
    stepped(optimizer, 2)
    assert [v.name.split("/")[-1] for v in optimizer.variables] == ["iterations", "momentum", "velocity"]
    assert optimizer.iterations.numpy() == 2


def test_gradients_come_in_pairs_as_keras_users_write_them():
    p = wg.Variable(np.zeros(2, np.float32))
    optimizers.SGD(1.0).apply_gradients(zip([G], [p], strict=True))
    np.testing.assert_array_equal(p.numpy(), -G)


def test_variables_without_a_gradient_stay():
    p, q = wg.Variable(np.ones(2, np.float32)), wg.Variable(np.ones(2, np.float32))
    optimizers.Adam().apply([G, None], [p, q])
    assert q.numpy().tolist() == [1, 1]
    with pytest.raises(UsageError, match="a gradient for each of 1 variables is needed; got 0"):
        optimizers.Adam().apply([None], [p])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optimizers.SGD(-1.0), "learning_rate must be a number >= 0; got -1.0"),
        (lambda: optimizers.SGD("fast"), "learning_rate must be a number"),
        (lambda: optimizers.SGD(momentum=1.5), "momentum must be in"),
        (lambda: optimizers.Adam(beta_1=1.0), "beta_1 must be in"),
        (lambda: optimizers.Adam(epsilon=0.0), "epsilon must be positive"),
        (lambda: optimizers.Adam(clipnorm=1.0, clipvalue=1.0), "one kind of clipping"),
        (lambda: optimizers.RMSprop(rho=-1), "rho must be in"),
        (lambda: optimizers.get("adamm"), "optimizer: must be an object or one of Adadelta, Adafactor, Adagrad, Adam, AdamW"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueRangeError, match=message):
        make()


@pytest.mark.parametrize("name", ["rmsprop", "RMSprop", "adamw", "AdamW", "sgd"])
def test_names_are_taken_in_either_case(name):
    assert type(optimizers.get(name)).__name__.lower() == name.lower()


def test_float64_parameters_are_stepped_in_float64():
    p = wg.Variable(np.zeros(1, np.float64))
    optimizers.Adam(1e-3).apply([np.ones(1, np.float64)], [p])
    assert p.dtype == "float64"
    assert p.numpy()[0] == pytest.approx(-1e-3, rel=1e-5)
