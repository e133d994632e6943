"""Weights in files of several kinds: whole or not at all, with a report; `partial` takes what fits."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import FormatError, UsageError

X = np.random.default_rng(0).normal(size=(5, 6, 6, 1)).astype("f")


def model(units=3):
    x = wg.Input((6, 6, 1), name="x")
    h = wg.layers.BatchNormalization(name="norm")(wg.layers.Conv2D(2, 3, name="conv")(x))
    shared = wg.layers.Dense(4, name="shared")
    h = wg.layers.Concatenate()([shared(wg.layers.Flatten()(h)), shared(wg.layers.Flatten()(h))])
    return wg.Model(x, wg.layers.Dense(units, name="scores")(h))


@pytest.mark.parametrize("name", ["w.weights.h5", "w.safetensors", "w", "w.keras"])
def test_weights_come_back_from_every_kind_of_file(name, tmp_path):
    if name.endswith((".h5", ".keras")):
        pytest.importorskip("h5py")
    a, b = model(), model()
    (a.save if name.endswith(".keras") else a.save_weights)(tmp_path / name)
    found = b.load_weights(tmp_path / name)
    assert found.complete
    assert len(found.matched) == len(a.weights)
    np.testing.assert_array_equal(a(X).numpy(), b(X).numpy())


def test_tensors_that_others_wrote_are_found_by_name(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    a, b = model(), model()
    safetensors.save_file({k: v.numpy() for k, v in a.named_variables.items()}, tmp_path / "w.safetensors")
    assert b.load_weights(tmp_path / "w.safetensors").complete
    np.testing.assert_array_equal(a(X).numpy(), b(X).numpy())


@pytest.mark.parametrize("name", ["w.weights.h5", "w"])
def test_what_does_not_fit_is_told_whole_and_changes_nothing(name, tmp_path):
    if name.endswith(".h5"):
        pytest.importorskip("h5py")
    model(units=5).save_weights(tmp_path / name)
    mine = model()
    before = mine.get_weights()
    with pytest.raises(
        FormatError, match=r"must be f32\[8,3\]; got f32\[8,5\].*8 of 10 match; 2 mismatched.*partial"
    ):
        mine.load_weights(tmp_path / name)
    assert all(np.array_equal(a, b) for a, b in zip(before, mine.get_weights(), strict=True))


@pytest.mark.parametrize("name", ["w.weights.h5", "w"])
def test_partial_takes_what_fits_and_says_what_did_not(name, tmp_path):
    if name.endswith(".h5"):
        pytest.importorskip("h5py")
    theirs, mine = model(units=5), model()
    theirs.save_weights(tmp_path / name)
    before = mine.get_layer("scores").get_weights()
    found = mine.load_weights(tmp_path / name, partial=True)
    assert len(found.matched) == 8
    assert len(found.mismatched) == 2
    assert "8 of 10 match; 2 mismatched: " in str(found)
    for layer in ("conv", "norm", "shared"):
        for a, b in zip(
            theirs.get_layer(layer).get_weights(), mine.get_layer(layer).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(before[0], mine.get_layer("scores").get_weights()[0])


def test_partial_wants_something_that_fits(tmp_path):
    wg.Sequential([wg.Input((3,)), wg.layers.Dense(9)]).save_weights(tmp_path / "w")
    with pytest.raises(FormatError, match="must hold something that fits; 0 of 10 match; 10 missing"):
        model().load_weights(tmp_path / "w", partial=True)


def test_keras_files_hold_layers_only(tmp_path):
    pytest.importorskip("h5py")
    x = wg.Input((3,))
    with pytest.raises(UsageError, match=r"all steps must be layers; got mul between them.*as a layer"):
        wg.Model(x, wg.layers.Dense(2)(x * 2.0)).save(tmp_path / "m.keras")


def test_a_model_in_a_keras_file_comes_back_compiled(tmp_path):
    pytest.importorskip("h5py")
    mine = model()
    schedule = wg.schedules.ExponentialDecay(0.1, 10, 0.5)
    mine.compile(wg.optimizers.SGD(schedule, momentum=0.9), wg.losses.Huber(0.5), metrics=["mae"])
    mine.save(tmp_path / "m.keras")
    again = wg.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again.predict(X), mine.predict(X), rtol=1e-6)
    assert again.loss.config() == mine.loss.config()
    assert again.optimizer.config() == mine.optimizer.config()
