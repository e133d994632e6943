"""A saved model comes back the same, a damaged file never comes back, a failed save harms nothing."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

import wengert as wg
from tests.train.models import blobs, classifier, everything, images
from wengert.base.errors import FormatError, UsageError
from wengert.train import container


@pytest.fixture
def saved(tmp_path):
    model, (x, y) = everything(), images()
    model.fit(x, y, batch_size=8, verbose=0)
    path = tmp_path / "model.wg"
    model.save(path)
    return model, path, x, y


def interpreted(model):
    model.compile(model.optimizer, model.loss, metrics=["accuracy"], run_eagerly=True)
    return model


def test_predictions_are_the_same_bits(saved):
    model, path, x, _ = saved
    np.testing.assert_array_equal(interpreted(wg.load_model(path)).predict(x), model.predict(x))


def test_training_goes_on_as_if_it_had_not_stopped(saved):
    """Weights, statistics, momentum, step count and dropout's place in its stream all come back."""
    model, path, x, y = saved
    loaded = interpreted(wg.load_model(path))
    for m in (model, loaded):
        m.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(model.variables, loaded.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert loaded.optimizer.iterations.numpy() == model.optimizer.iterations.numpy() == 9


def test_configuration_comes_back(saved):
    model, path, *_ = saved
    loaded = wg.load_model(path)
    assert loaded.config() == model.config()
    assert loaded.optimizer.config() == model.optimizer.config()
    assert loaded.loss.config() == model.loss.config()


def test_the_learning_rate_is_saved_as_it_is_now(tmp_path):
    model = classifier()
    model.optimizer.learning_rate = 0.125
    model.save(tmp_path / "m")
    assert float(wg.load_model(tmp_path / "m").optimizer.learning_rate.numpy()) == 0.125


def test_weights_alone_go_into_a_model_that_is_there(tmp_path):
    a, b = classifier(), classifier()
    a.fit(*blobs(20), verbose=0)
    a.save_weights(tmp_path / "w")
    b.load_weights(tmp_path / "w")
    assert all(np.array_equal(p, q) for p, q in zip(a.get_weights(), b.get_weights(), strict=True))


def test_other_tools_can_read_the_tensors(saved):
    safetensors = pytest.importorskip("safetensors.numpy")
    model, path, *_ = saved
    found = safetensors.load_file(path)
    for name, v in model.named_variables.items():
        np.testing.assert_array_equal(found[name], v.numpy())


def test_weights_of_another_model_are_refused_whole(saved, tmp_path):
    model = classifier()
    before = model.get_weights()
    with pytest.raises(FormatError, match="must hold 'hidden/kernel'"):
        model.load_weights(saved[1])
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_a_class_of_the_users_own_comes_back_only_if_passed(tmp_path):
    class Scaled(wg.layers.Layer):
        factor: float = 2.0

        def call(self, x):
            return x * self.factor

    model = wg.Sequential([wg.Input((3,)), Scaled(3.0)])
    model.save(tmp_path / "m")
    with pytest.raises(FormatError, match="'layers.Scaled' must be a class of Wengert.*custom_objects"):
        wg.load_model(tmp_path / "m")
    loaded = wg.load_model(tmp_path / "m", custom_objects={"Scaled": Scaled})
    assert loaded.layers[0].factor == 3.0


def test_what_json_cannot_hold_is_refused_before_a_file_is_touched(tmp_path):
    model = wg.Sequential([wg.Input((3,)), wg.layers.Dense(2, activation=lambda x: x)])
    with pytest.raises(UsageError, match="Dense.activation: must be a number, a string"):
        model.save(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_finite_is_refused_before_a_file_is_touched(tmp_path):
    model = wg.Sequential([wg.Input((3,)), wg.layers.ReLU(max_value=np.inf)])
    with pytest.raises(UsageError, match=r"ReLU.max_value: must be finite to be saved; got inf"):
        model.save(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_a_class_whose_init_takes_other_arguments_is_refused_when_it_is_saved(tmp_path):
    class Own(wg.layers.Layer):
        def __init__(self, size):
            super().__init__()
            self.dense = wg.layers.Dense(size)

        def call(self, x):
            return self.dense(x)

    with pytest.raises(UsageError, match="Own: its __init__ must take the configuration to be saved"):
        wg.Sequential([wg.Input((3,)), Own(2)]).save(tmp_path / "m")


# --- places ---------------------------------------------------------------------------------------


class Tower(wg.Model):
    """Layers in attributes, in a list, in a model inside, one of them twice."""

    units: int = 3

    def build(self, x):
        shared = wg.layers.Dense(self.units, name="same")
        self.first, self.again = shared, wg.Sequential([shared, wg.layers.Dropout(0.5)])
        self.blocks = [wg.layers.Dense(self.units, name="same"), wg.layers.BatchNormalization()]

    def call(self, x, training=False):
        x = self.again(self.first(x), training=training)
        for block in self.blocks:
            x = block(x, training=training)
        return x


def test_weights_are_named_by_their_place(tmp_path):
    model = Tower()
    x, y = np.random.default_rng(0).normal(size=(2, 20, 3)).astype("f")
    model.compile("adam", "mse")
    model.fit(x, y, verbose=0)
    assert list(model.named_variables) == [
        *(
            "first/kernel",
            "first/bias",
            "again/dropout/seed_generator/seed",
            "again/dropout/seed_generator/counter",
        ),
        *("blocks/0/kernel", "blocks/0/bias"),
        *(f"blocks/1/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")),
    ]
    model.save(tmp_path / "m")
    loaded = wg.load_model(tmp_path / "m", custom_objects={"Tower": Tower})
    assert loaded.first is loaded.again.layers[0]
    for m in (model, loaded):
        m.fit(x, y, shuffle=False, verbose=0)
    for a, b in zip(model.variables, loaded.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_weights_go_into_a_model_made_in_the_same_way_later(tmp_path):
    """Though its layers have been given other names: those before have taken theirs."""
    dense, x = wg.layers.Dense, blobs(9)[0]
    makers = [
        lambda: wg.Sequential(
            [wg.Input((4,)), dense(5), dense(6, name="dense_1"), dense(7, name="out"), dense(3)]
        ),
        lambda: wg.Sequential([wg.Input((4,)), wg.Sequential([dense(4), dense(4)]), Tower(4), Tower(4)]),
    ]
    for make in makers:
        old, new = make(), make()
        assert list(old.named_variables) == list(new.named_variables)
        old.save_weights(tmp_path / "w")
        new.load_weights(tmp_path / "w")
        np.testing.assert_array_equal(old(x), new(x))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "model.wg")
    refused(tmp_path / "model.wg")


# --- damaged files --------------------------------------------------------------------------------


def refused(path):
    with pytest.raises(FormatError, match="model.wg"):
        wg.load_model(path)


def test_every_truncation_is_an_error(saved):
    _, path, *_ = saved
    whole = path.read_bytes()
    for length in [*range(200), *range(200, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        refused(path)
    path.write_bytes(whole + b"\0")
    refused(path)


def test_every_changed_byte_is_an_error(saved, rng):
    _, path, *_ = saved
    whole = path.read_bytes()
    for at in [*range(64), *rng.integers(0, len(whole), 400)]:
        damaged = bytearray(whole)
        damaged[at] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        refused(path)


def rewritten(path, change):
    """The file with another description, digest and all: what a careful attacker would write."""
    description, tensors = container.read(path)
    change(description, tensors)
    container.write(path, description, tensors)


def relu():
    return {"class": "layers.ReLU", "config": {}}


def nested(depth):
    found = relu()
    for _ in range(depth):
        found = {"class": "models.Sequential", "config": {"layers": [found]}}
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda d, t: d.update(format=99),
        lambda d, t: d.update(kind="weights"),
        lambda d, t: d.pop("model"),
        lambda d, t: d.update(input="f32[batch,6,6]"),
        lambda d, t: d["model"].update({"class": "os.system"}),
        lambda d, t: d["model"].update({"class": "optimizers.Adam", "config": {}}),
        lambda d, t: d["model"]["config"].update(surprise=1),
        lambda d, t: d["model"]["config"]["layers"][1]["config"].update(filters=10**9),
        lambda d, t: d["compile"].update(loss={"class": "layers.Dense", "config": {"units": 3}}),
        lambda d, t: d["compile"].update(metrics=[3]),
        lambda d, t: d["model"]["config"]["layers"][5]["config"].update(units=10**6),
        lambda d, t: d.update(input="f32[batch,100000,100000,2]"),
        lambda d, t: d["model"]["config"].update(layers=[nested(100)]),
        lambda d, t: d["model"]["config"].update(layers=[relu() for _ in range(20_001)]),
        lambda d, t: t.update(extra=np.zeros(3, np.float32)),
        lambda d, t: t.pop(next(iter(t))),
        lambda d, t: t.update({next(iter(t)): np.zeros(3, np.float32)}),
    ],
)
def test_a_file_that_describes_no_model_is_an_error(saved, change):
    rewritten(saved[1], change)
    refused(saved[1])


def header_file(path, header, data=b""):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + data)


@pytest.mark.parametrize(
    "header",
    [
        b"[" * 100_000,
        b'{"a":1,"a":2}',
        b'{"__metadata__":{"wengert":"NaN"}}',
        b"9" * 5000,
        b"\xff\xfe",
        {"__metadata__": {"wengert": "[]", "digest": ""}},
        {"t": {"dtype": "F32", "shape": [1 << 62], "data_offsets": [0, 4]}},
        {},
        {"__metadata__": []},
    ],
)
def test_hostile_headers_are_errors(tmp_path, header):
    path = tmp_path / "model.wg"
    header_file(path, header)
    refused(path)


def test_a_header_longer_than_the_file_is_not_allocated(tmp_path):
    path = tmp_path / "model.wg"
    path.write_bytes((1 << 40).to_bytes(8, "little") + b"{}")
    refused(path)


def test_a_missing_file_is_a_file_not_found_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        wg.load_model(tmp_path / "nothing")


# --- failing saves --------------------------------------------------------------------------------

CALLS = ("open", "write", "fsync", "close")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("number", range(3))
def test_a_save_that_fails_at_any_call_leaves_the_old_file(saved, monkeypatch, call, number):
    model, path, *_ = saved
    old = path.read_bytes()
    model.fit(*images(), verbose=0)
    real, count = getattr(os, call), iter(range(10_000))

    def failing(*args):
        if next(count) == number:
            if call == "close":
                real(*args)
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*args)

    monkeypatch.setattr(f"wengert.base.files.os.{call}", failing)
    raised = None
    try:
        model.save(path)
    except OSError as e:
        raised = e
    monkeypatch.undo()
    if raised is None:
        assert next(count) <= number  # there was no such call
    else:
        assert raised.errno == errno.ENOSPC
    if call == "write":
        assert (path.read_bytes() == old) == (raised is not None)
    wg.load_model(path)
    assert [p.name for p in path.parent.iterdir()] == ["model.wg"]


def test_an_unwritable_place_names_the_path(tmp_path):
    with pytest.raises(OSError, match="missing"):
        classifier().save(tmp_path / "missing" / "m.wg")


def test_short_writes_are_continued(saved, monkeypatch):
    model, path, *_ = saved
    real = os.write
    monkeypatch.setattr("wengert.base.files.os.write", lambda f, data: real(f, bytes(data[:1000])))
    model.save(path)
    monkeypatch.undo()
    wg.load_model(path)


def test_the_file_is_on_the_disk_before_it_gets_its_name(saved, monkeypatch):
    model, path, *_ = saved
    order = []
    real = os.fsync

    def fsync(descriptor):
        order.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        order.append(path.read_bytes() == old)
        real(descriptor)

    old = path.read_bytes()
    model.fit(*images(), verbose=0)
    monkeypatch.setattr("wengert.base.files.os.fsync", fsync)
    model.save(path)
    assert order[0].endswith(".tmp")
    assert order[1] is True
    assert order[2] == str(path.parent)
    assert order[3] is False


def test_overwrite_can_be_forbidden(saved):
    model, path, *_ = saved
    with pytest.raises(FileExistsError, match="overwrite=True"):
        model.save(path, overwrite=False)
