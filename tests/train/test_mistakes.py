"""What newcomers get wrong: the error says what must hold, what came and what to do, with their line."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import FormatError, ShapeError, UsageError, ValueRangeError, WengertError

X = np.random.default_rng(0).random((6, 4)).astype("f")
Y = np.array([0, 1, 2, 0, 1, 2])
HERE = r"\[test_mistakes.py:\d+\]$"


def model(loss="sparse_categorical_crossentropy"):
    m = wg.Sequential([wg.Input((4,)), wg.layers.Dense(3, activation="softmax")])
    m.compile("adam", loss)
    return m


def picture():
    return wg.Sequential([wg.Input((8, 8, 1)), wg.layers.Conv2D(2, 3)])


WRONG = {
    "one-hot labels": (
        lambda: model().fit(X, np.eye(3)[Y], verbose=0),
        ShapeError,
        r"y must be i64\[batch\]; got f64\[6,3\]. Where labels are one-hot, .* y.argmax\(-1\). ",
    ),
    "classes for a loss of distributions": (
        lambda: model("categorical_crossentropy").fit(X, Y, verbose=0),
        ShapeError,
        r"y must be f32\[batch,3\]; got i64\[6\]. Where labels are classes, .* wg.one_hot\(y, 3\). ",
    ),
    "one sample": (lambda: model().predict(X[0]), ShapeError, r"got f32\[4\]. One sample .* x\[None\]. "),
    "one sample, called": (lambda: model()(X[0]), ShapeError, r"InputLayer 'input\w*': .* x\[None\]. "),
    "one picture without a channel": (
        lambda: picture().predict(np.zeros((8, 8))),
        ShapeError,
        r"with a channel: x\[None, ..., None\]. ",
    ),
    "pictures flat": (
        lambda: picture().predict(np.zeros((5, 64))),
        ShapeError,
        r"x.reshape\(-1, 8, 8, 1\). ",
    ),
    "a channel forgotten": (
        lambda: wg.Sequential([wg.Input((8, 8)), wg.layers.Conv2D(2, 3)]),
        ShapeError,
        r"Conv2D 'conv2d\w*': .* Add a channel axis: x\[..., None\]. ",
    ),
    "a wrong label in a raw step": (
        lambda: model().train_step(X, Y + 7),
        WengertError,
        r"index must lie in 0..2, along axis 1 of f32\[6,3\]; got index [789]. [^\[]*",
    ),
    "a wrong shape in a raw step": (
        lambda: model().train_step(X[:, :2], Y),
        ShapeError,
        r"argument 0 must be f32\[batch,4\], where batch is 6; got f32\[6,2\]. ",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_told_with_its_remedy(case):
    call, kind, says = WRONG[case]
    with pytest.raises(kind, match=says + HERE):
        call()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda: model("crossentropy"),
            "loss: .* SparseCategoricalCrossentropy.* Did you mean 'binary_crossentropy'",
        ),
        (lambda: wg.optimizers.get("adamm"), "optimizer: .* got 'adamm'. Did you mean 'adam'"),
        (lambda: wg.metrics.get("acuracy"), "metric: .* Did you mean 'accuracy'"),
    ],
)
def test_a_name_that_is_none_has_a_neighbour(make, says):
    with pytest.raises(ValueRangeError, match=says) as found:
        make()
    assert "unction" not in str(found.value)  # what needs an argument has no name of its own


def test_a_layer_is_found_by_name_and_number():
    m = model()
    assert m.get_layer(m.layers[0].name) is m.get_layer(index=0) is m.get_layer(index=-1)
    for wrong in ({"name": "densee"}, {"index": 1}, {"index": -2}, {}):
        with pytest.raises(UsageError, match="get_layer: must be one of"):
            m.get_layer(**wrong)


def test_one_callback_needs_no_list():
    seen = wg.callbacks.History()
    model().fit(X, Y, verbose=0, callbacks=seen)
    assert len(seen.history["loss"]) == 1


def test_validation_data_may_be_a_list():
    history = model().fit(X, Y, verbose=0, validation_data=[X, Y])
    assert "val_loss" in history.history


def test_a_truncated_file_is_told_by_its_length(tmp_path):
    model().save(tmp_path / "m.wengert")
    whole = (tmp_path / "m.wengert").read_bytes()
    (tmp_path / "m.wengert").write_bytes(whole[:-8])
    with pytest.raises(FormatError, match=f"must be {len(whole)} bytes long; got {len(whole) - 8}"):
        wg.load_model(tmp_path / "m.wengert")


class Forgetful(wg.Model):
    def __init__(self):
        self.dense = wg.layers.Dense(3)

    def call(self, x):
        return self.dense(x)


class Silent(wg.layers.Layer):
    pass


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (Forgetful, UsageError, r"Forgetful: super\(\).__init__\(\) must come first .* got dense"),
        (lambda: Silent()(X), NotImplementedError, r"Silent: must have a method call\(self, x\)"),
        (
            lambda: wg.layers.Dense(3)(wg.layers.InputLayer((4,))),
            UsageError,
            "got the layer .*Input.* Put layers into wg.Sequential",
        ),
        (lambda: model().fit(X, Y, verbose="loud"), ValueRangeError, "verbose: must be .* got 'loud'"),
        (lambda: wg.set_threads(2.5), ValueRangeError, "set_threads: .* a whole number; got 2.5"),
    ],
)
def test_what_cannot_work_is_refused_at_once(make, kind, says):
    with pytest.raises(kind, match=says):
        make()
