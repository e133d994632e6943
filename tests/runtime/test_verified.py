"""WENGERT_VERIFY=1: compiled results are compared with the interpreter's, and wrong ones refused."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import CompileError, IndexRangeError
from wengert.runtime.executable import Executable
from wengert.runtime.verified import Verified


@pytest.fixture(autouse=True)
def verify(monkeypatch):
    monkeypatch.setenv("WENGERT_VERIFY", "1")


def test_a_training_step_agrees(rng):
    model = wg.Sequential(
        [
            wg.Input((9, 9, 2)),
            wg.layers.Conv2D(3, 3, activation="relu"),
            wg.layers.BatchNormalization(),
            wg.layers.MaxPooling2D(2),
            wg.layers.Flatten(),
            wg.layers.Dropout(0.5),
            wg.layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile("adam", wg.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    x, y = rng.normal(size=(6, 9, 9, 2)).astype("f"), rng.integers(0, 4, 6)
    losses = [model.train_on_batch(x, y)[0] for _ in range(3)]
    assert len(set(losses)) == 3


def test_a_wrong_result_is_refused_and_the_state_is_as_it_was(monkeypatch):
    v = wg.Variable(np.ones(3, "f"))

    @wg.function(signature=("f32[3]",))
    def step(x):
        v.assign(v + x)
        return wg.sum(v)

    step(np.ones(3, "f"))
    run = Executable.run

    def off_by_a_bit(self, args):
        results = run(self, args)
        self.arrays[0][1] = np.nextafter(self.arrays[0][1], np.float32(9))
        return results

    monkeypatch.setattr(Executable, "run", off_by_a_bit)
    with pytest.raises(CompileError, match=r"output 1: 1 of 3 elements differ; at \(1,\) got .*3\.0"):
        step(np.ones(3, "f"))
    np.testing.assert_array_equal(v.numpy(), [2, 2, 2])


def test_errors_of_the_data_stay_what_they_are():
    @wg.function(signature=("f32[n]", "i32[m]"))
    def pick(x, at):
        return wg.take(x, at, axis=0)

    with pytest.raises(IndexRangeError, match=r"index 7.*test_verified\.py"):
        pick(np.zeros(7, "f"), np.array([1, 7], "i4"))


@pytest.mark.parametrize(("value", "kind"), [("1", Verified), ("graphs", Executable), ("0", Executable)])
def test_only_when_asked_for(monkeypatch, value, kind):
    monkeypatch.setenv("WENGERT_VERIFY", value)
    f = wg.function(lambda x: x + 1.0)
    f(np.zeros(2, "f"))
    (program,) = f._programs.values()
    assert type(program.executable) is kind
