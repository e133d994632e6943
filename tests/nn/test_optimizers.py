"""Optimizers beyond Keras's values: hyper-parameters at run time, slots, refusals."""

import json

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import UsageError, ValueRangeError
from wengert.nn import config, optimizers, schedules

ALL = [
    getattr(optimizers, name)
    for name in optimizers.__all__
    if name[0].isupper() and name not in ("Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap")
]
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
        (lambda: optimizers.SGD(-1.0), "learning_rate must be a number >= 0 or a schedule; got -1.0"),
        (lambda: optimizers.SGD("fast"), "learning_rate must be a number"),
        (lambda: optimizers.SGD(momentum=1.5), "momentum must be in"),
        (lambda: optimizers.Adam(beta_1=1.0), "beta_1 must be in"),
        (lambda: optimizers.Adam(epsilon=0.0), "epsilon must be positive"),
        (lambda: optimizers.Adam(clipnorm=1.0, clipvalue=1.0), "one kind of clipping"),
        (lambda: optimizers.RMSprop(rho=-1), "rho must be in"),
        (
            lambda: optimizers.get("adamm"),
            "optimizer: must be an object or one of Adadelta, Adafactor, Ada",
        ),
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


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("cls", ALL)
def test_every_optimizer_finds_the_lowest_point(cls, compiled):
    """Of a bowl around 1 and -1: in 40 steps it comes a good deal nearer."""
    optimizer = cls({"Adadelta": 20.0, "Adagrad": 0.3, "Muon": 0.3}.get(cls.__name__, 0.05))
    p = wg.Variable(np.array([[3.0], [-2.0]], np.float32))
    goal = np.array([[1.0], [-1.0]], np.float32)

    def step():
        optimizer.apply([p.value - goal], [p])

    step = wg.function(step) if compiled else step
    before = np.abs(p.numpy() - goal).max()
    for _ in range(40):
        step()
    assert np.abs(p.numpy() - goal).max() < 0.7 * before


def test_gradients_are_gathered_and_their_mean_makes_one_step():
    one, many = optimizers.Adam(0.1), optimizers.Adam(0.1, gradient_accumulation_steps=2)
    p, q = (wg.Variable(np.zeros(2, np.float32)) for _ in range(2))
    for a, b in ((G, 3 * G), (-G, G)):
        many.apply([a], [q])
        held = q.numpy().copy()
        many.apply([b], [q])
        one.apply([(a + b) / 2], [p])
        assert not np.array_equal(held, q.numpy())
    np.testing.assert_array_equal(p.numpy(), q.numpy())


def test_weights_become_their_averages_when_asked():
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    p = wg.Variable(np.zeros(2, np.float32))
    optimizer.apply([-G], [p])  # p and its average are G
    optimizer.apply([-G], [p])  # 2 G, 1.5 G
    np.testing.assert_array_equal(p.numpy(), 2 * G)
    optimizer.finalize_variable_values([p])
    np.testing.assert_array_equal(p.numpy(), 1.5 * G)


def test_weights_that_are_excluded_do_not_decay():
    optimizer = optimizers.SGD(1.0, weight_decay=0.5)
    kernel, bias, scale = (wg.Variable(np.ones(2, np.float32), name=n) for n in ("kernel", "bias", "scale"))
    optimizer.exclude_from_weight_decay([scale], var_names=["bias"])
    optimizer.apply([np.zeros(2, np.float32)] * 3, [kernel, bias, scale])
    assert [v.numpy()[0] for v in (kernel, bias, scale)] == [0.5, 1, 1]
    with pytest.raises(UsageError, match="decay_exclude must stay"):
        optimizer.exclude_from_weight_decay(var_names=["kernel"])


def test_a_scaled_loss_has_unscaled_steps():
    optimizer = optimizers.SGD(1.0, loss_scale_factor=8.0)
    p = wg.Variable(np.zeros(2, np.float32))
    assert float(optimizer.scale_loss(wg.Tensor(2.0))) == 16
    optimizer.apply([8 * G], [p])
    np.testing.assert_array_equal(p.numpy(), -G)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_step_with_an_infinite_gradient_is_left_out_and_the_scale_halved(compiled):
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(1.0), initial_scale=8.0, dynamic_growth_steps=2)
    p = wg.Variable(np.zeros(2, np.float32))

    def step(g):
        optimizer.apply([g], [p])

    step = wg.function(step) if compiled else step
    step(np.array([1, np.inf], np.float32))
    assert (p.numpy().tolist(), float(optimizer.dynamic_scale)) == ([0, 0], 4)
    step(4 * G)
    step(4 * G)
    assert (p.numpy().tolist(), float(optimizer.dynamic_scale)) == ((-2 * G).tolist(), 8)
    optimizer.learning_rate = 0.5
    assert float(optimizer.inner_optimizer.learning_rate) == 0.5
    again = config.decode(json.loads(json.dumps(config.encode(optimizer, "test"))))
    assert again.config() == optimizer.config()


def test_weights_obey_their_constraint_after_a_step():
    p = wg.Variable(np.ones(2, np.float32))
    p.constraint = lambda x: wg.maximum(x, 0.0)
    optimizers.SGD(1.0).apply([G], [p])
    assert p.numpy().tolist() == [0, 5]


def test_adamw_takes_weight_decay_by_place_after_the_learning_rate():
    optimizer = optimizers.AdamW(0.01, 0.25, 0.8)
    assert (float(optimizer.weight_decay.numpy()), optimizer.beta_1) == (0.25, pytest.approx(0.8))
    with pytest.raises(wg.errors.ArgumentError, match="weight_decay must be given once"):
        optimizers.AdamW(0.01, 0.25, weight_decay=0.1)


def test_without_a_schedule_the_weights_reach_the_minimum():
    optimizer, p = optimizers.ScheduleFreeAdamW(0.1, warmup_steps=5), wg.Variable(np.float32([3.0, -2.0]))
    step = wg.function(lambda: optimizer.apply([2 * (p - np.float32([1.0, 0.5]))], [p]))
    for _ in range(300):
        step()
    np.testing.assert_allclose(p.numpy(), [1.0, 0.5], atol=0.05)
    with pytest.raises(ValueRangeError, match=r"beta_1 must be in \(0, 1\)"):
        optimizers.ScheduleFreeAdamW(beta_1=0.0)
