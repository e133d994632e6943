"""GradientTape: what is watched, what is remembered, and for how long."""

import gc
import threading
import weakref

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, UsageError


def test_trainable_variables_are_watched_by_themselves():
    v, fixed = wg.Variable(3.0), wg.Variable(5.0, trainable=False)
    with wg.GradientTape() as tape:
        y = v * v * fixed
    gv, gf = tape.gradient(y, (v, fixed))
    assert gv.item() == 30
    assert gf is None


def test_tensors_are_watched_on_demand():
    x, y = wg.Tensor(3.0), wg.Tensor(4.0)
    with wg.GradientTape() as tape:
        tape.watch(x)
        z = x * y
    gx, gy = tape.gradient(z, [x, y])
    assert gx.item() == 4
    assert gy is None


def test_variables_that_are_not_trainable_are_watched_on_demand():
    v = wg.Variable(3.0, trainable=False)
    with wg.GradientTape() as tape:
        tape.watch(v)
        y = v * v
    assert tape.gradient(y, v).item() == 6


def test_only_tensors_can_be_watched():
    with wg.GradientTape() as tape, pytest.raises(UsageError, match=r"needs tensors; got float. Make one"):
        tape.watch(1.0)


def test_what_happens_before_and_after_is_not_recorded():
    v = wg.Variable(2.0)
    before = v * 3.0
    with wg.GradientTape() as tape:
        y = before * v
    late = y * v
    assert tape.gradient(y, v).item() == 6
    assert late.primitive is None


def test_a_target_that_does_not_depend_gives_none():
    v, w = wg.Variable(2.0), wg.Variable(3.0)
    with wg.GradientTape() as tape:
        y = v * 2.0
    found = tape.gradient(y, {"v": v, "w": w})
    assert found["v"].item() == 2
    assert found["w"] is None


def test_sources_must_have_been_tensors():
    x = np.ones(2)
    with wg.GradientTape() as tape:
        y = wg.sum(x)
    with pytest.raises(UsageError, match="sources must be variables or watched tensors; got ndarray"):
        tape.gradient(y, x)


def test_it_can_be_asked_once_unless_persistent():
    v = wg.Variable(2.0)
    with wg.GradientTape() as tape:
        y = v * v
    tape.gradient(y, v)
    with pytest.raises(UsageError, match=r"can be called once.*persistent=True"):
        tape.gradient(y, v)
    with wg.GradientTape(persistent=True) as tape:
        y = v * v
        z = y * v
    assert (tape.gradient(y, v).item(), tape.gradient(z, v).item(), tape.gradient(z, v).item()) == (4, 12, 12)


def test_tapes_nest_for_higher_orders():
    v = wg.Variable(2.0)
    with wg.GradientTape() as outer:
        with wg.GradientTape() as inner:
            y = v * v * v
        first = inner.gradient(y, v)
    assert first.item() == 12
    assert outer.gradient(first, v).item() == 12


def test_stop_recording_makes_constants():
    v = wg.Variable(3.0)
    with wg.GradientTape() as tape:
        with tape.stop_recording():
            scale = v * v
        y = v * scale
    assert tape.gradient(y, v).item() == 9


def test_several_targets_are_added():
    v = wg.Variable(3.0)
    with wg.GradientTape() as tape:
        ys = [v * v, v * 5.0]
    assert tape.gradient(ys, v).item() == 11


def test_outputs_are_weighted():
    v = wg.Variable([1.0, 2.0])
    with wg.GradientTape() as tape:
        y = v * v
    assert tape.gradient(y, v, np.array([1.0, 10.0], "f")).numpy().tolist() == [2, 40]


def test_reading_a_variable_twice_adds_up():
    v = wg.Variable(3.0)
    with wg.GradientTape() as tape:
        y = v.value * v.value + v
    assert tape.gradient(y, v).item() == 7


def test_assigning_starts_a_new_value():
    v = wg.Variable(3.0)
    with wg.GradientTape() as tape:
        a = v * v  # of 3
        v.assign(5.0)
        b = v * 2.0  # of 5
    assert tape.gradient([a, b], v).item() == 8  # each by the value it read
    assert v.numpy() == 5


@pytest.mark.parametrize("paused", [False, True])
def test_a_compiled_step_that_assigns_starts_a_new_value(paused):
    v = wg.Variable(3.0)
    step = wg.function(lambda: v.assign_add(1.0))
    with wg.GradientTape() as tape:
        a = v * v
        if paused:
            with tape.stop_recording():
                step()
        else:
            step()
        b = v * v
    assert (a.item(), b.item()) == (9, 16)
    assert tape.gradient(b, v).item() == 8


def test_tensors_forget_when_the_tape_is_gone():
    v = wg.Variable(np.ones(1000, "f"))
    with wg.GradientTape() as tape:
        h = v * 2.0
        y = (h * h).sum()
    alive = weakref.ref(h)
    del h
    tape.gradient(y, v)
    del tape, y
    gc.collect()
    assert alive() is None


def test_other_threads_record_nothing():
    v = wg.Variable(3.0)
    seen = []
    with wg.GradientTape():
        t = threading.Thread(target=lambda: seen.append((v * v).primitive))
        t.start()
        t.join()
    assert seen == [None]


def test_it_ends_with_an_error():
    v = wg.Variable(3.0)
    with pytest.raises(RuntimeError, match="stop"), wg.GradientTape():
        raise RuntimeError("stop")
    assert (v * v).primitive is None


def test_inside_of_a_function_it_is_compiled():
    v = wg.Variable([1.0, 2.0])

    @wg.function(signature=("f32[n,2]",))
    def step(x):
        with wg.GradientTape() as tape:
            loss = wg.mean((x * v).sum(axis=1) ** 2)
        v.assign_sub(0.1 * tape.gradient(loss, v))
        return loss

    x = np.array([[1.0, 0.0], [0.0, 1.0]], "f")
    losses = [step(x).item() for _ in range(20)]
    assert losses[0] == 2.5
    assert losses[-1] < losses[0] / 10
    assert step.compiles == 1


def test_jacobian_of_one_target_by_several_sources():
    v, w, fixed = wg.Variable([1.0, 2.0]), wg.Variable(3.0), wg.Variable(5.0)
    with wg.GradientTape() as tape:
        y = v * v * w + v * 2.0  # v is read again and again
    by_v, by_w, none = tape.jacobian(y, (v, w, fixed))
    np.testing.assert_allclose(by_v, np.diag([8.0, 14.0]))
    np.testing.assert_allclose(by_w, [1, 4])
    assert none is None


def test_hessian_by_nested_tapes():
    v = wg.Variable([1.0, 2.0])
    with wg.GradientTape() as outer:
        with wg.GradientTape() as inner:
            y = wg.sum(v * v * v)
        g = inner.gradient(y, v)
    np.testing.assert_allclose(outer.jacobian(g, v), np.diag([6.0, 12.0]))


def test_batch_jacobian_is_the_diagonal_of_the_jacobian():
    x = wg.Tensor(np.random.default_rng(0).standard_normal((4, 3)), "float64")
    w = np.random.default_rng(1).standard_normal((3, 2))
    with wg.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = wg.tanh(x @ w)
    whole, each = tape.jacobian(y, x), tape.batch_jacobian(y, x)
    assert each.shape == (4, 2, 3)
    for b in range(4):
        np.testing.assert_allclose(each[b], whole[b, :, b])
    assert tape.batch_jacobian(wg.ones((4, 2)), x) is None
    with pytest.raises(ShapeError, match=r"batch_jacobian: target.*got f64\[2\] and f64\[4,3\]"):
        tape.batch_jacobian(y[0], x)
