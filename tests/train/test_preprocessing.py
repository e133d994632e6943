"""What `model.preprocess` promises: raw inputs everywhere, one program, the same numbers when saved or mapped."""

import copy

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, UsageError
from wengert.data import Dataset

RAW = np.random.default_rng(0).integers(0, 256, (40, 6, 6, 1), dtype=np.uint8)
LABELS = np.arange(40) % 3


def centred(pixels):
    return wg.astype(pixels, "float32") / 127.5 - 1


def scaled():
    return wg.Sequential([wg.layers.Rescaling(1 / 127.5, offset=-1)])


def network() -> wg.Sequential:
    wg.set_random_seed(1)
    layers = wg.layers
    model = wg.Sequential(
        [wg.Input((6, 6, 1)), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(3)]
    )
    model.compile("adam", wg.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def with_preprocess(f) -> wg.Sequential:
    model = network()
    model.preprocess = f
    return model


WAYS = {"function": lambda: centred, "wg.function": lambda: wg.function(centred), "layers": scaled}


@pytest.fixture(params=WAYS)
def model(request) -> wg.Sequential:
    return with_preprocess(WAYS[request.param]())


def by_hand() -> np.ndarray:
    return RAW.astype(np.float32) / np.float32(127.5) - 1


def test_predict_and_evaluate_take_raw_inputs(model):
    other = network()
    np.testing.assert_allclose(
        model.predict(RAW, verbose=0), other.predict(by_hand(), verbose=0), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        model.evaluate(RAW, LABELS, verbose=0), other.evaluate(by_hand(), LABELS, verbose=0), rtol=1e-5
    )
    assert model.predict_on_batch(RAW[:2]).shape == (2, 3)


def test_it_is_a_part_of_one_program_that_takes_the_raw_type(model):
    model.fit(RAW, LABELS, batch_size=16, epochs=2, verbose=0)
    assert str(model.train_step.signature[0]) == "u8[batch,6,6,1]"
    assert model.train_step.compiles == 1


def test_training_is_that_on_inputs_made_before():
    model, other = with_preprocess(scaled()), network()
    for start in range(0, 40, 10):
        batch = slice(start, start + 10)
        loss = model.train_on_batch(RAW[batch], LABELS[batch])
        np.testing.assert_allclose(loss, other.train_on_batch(by_hand()[batch], LABELS[batch]), rtol=1e-4)


def test_a_saved_model_gives_the_same_bits(model, tmp_path):
    model.fit(RAW, LABELS, verbose=0)
    model.save(tmp_path / "model.wengert")
    loaded = wg.models.load_model(tmp_path / "model.wengert")
    np.testing.assert_array_equal(loaded.predict(RAW, verbose=0), model.predict(RAW, verbose=0))
    assert loaded.evaluate(RAW, LABELS, verbose=0) == model.evaluate(RAW, LABELS, verbose=0)
    assert loaded.preprocess.get_config() == model.preprocess.get_config()


@pytest.mark.parametrize("wrap", [lambda f: f, wg.function])
def test_a_map_of_batches_gives_the_same_bits(model, wrap):
    whole = model.predict(RAW, verbose=0)
    data = Dataset.from_tensor_slices(RAW).batch(16).map(wrap(model.preprocess))
    model.preprocess = None
    np.testing.assert_array_equal(model.predict(data, verbose=0), whole)


def test_a_data_set_gives_raw_batches(model):
    data = Dataset.from_tensor_slices((RAW, LABELS)).batch(16)
    found = model.evaluate(data, verbose=0)
    np.testing.assert_allclose(found, model.evaluate(RAW, LABELS, batch_size=16, verbose=0), rtol=1e-6)
    model.fit(data, epochs=1, verbose=0)


def test_random_layers_act_in_training_only():
    noise = wg.layers.GaussianNoise(100.0, seed=1)
    model = with_preprocess(wg.Sequential([wg.layers.Rescaling(1 / 255), noise]))
    quiet = with_preprocess(wg.Sequential([wg.layers.Rescaling(1 / 255)]))
    np.testing.assert_array_equal(model.predict(RAW, verbose=0), quiet.predict(RAW, verbose=0))
    assert model.train_on_batch(RAW, LABELS)[0] > 3 * quiet.train_on_batch(RAW, LABELS)[0]


def test_what_it_has_learned_is_saved(tmp_path):
    learned = wg.layers.Normalization(axis=None)
    learned.adapt(RAW.astype(np.float32))
    model = with_preprocess(wg.Sequential([learned]))
    before = model.predict(RAW, verbose=0)
    model.save(tmp_path / "model.wengert")
    np.testing.assert_array_equal(
        wg.models.load_model(tmp_path / "model.wengert").predict(RAW, verbose=0), before
    )


@pytest.mark.parametrize("f", [centred, None])
def test_training_goes_on_from_a_checkpoint(f, tmp_path):
    class Cut(wg.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.training.steps == 7:
                raise KeyboardInterrupt

    def fit(*callbacks) -> wg.Sequential:
        layers = [wg.layers.Rescaling(1 / 255), wg.layers.GaussianNoise(0.1)]
        model = with_preprocess(f or wg.Sequential(layers))
        model.fit(data, epochs=2, verbose=0, callbacks=list(callbacks))
        return model

    data = Dataset.from_tensor_slices((RAW, LABELS)).shuffle().batch(8)
    kept = wg.callbacks.BackupAndRestore(tmp_path / "kept", save_freq=2)
    with pytest.raises(KeyboardInterrupt):
        fit(kept, Cut())
    resumed = fit(wg.callbacks.BackupAndRestore(tmp_path / "kept", save_freq=2))
    for a, b in zip(resumed.get_weights(), fit().get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_clones_and_copies_have_it(model):
    whole = model.predict(RAW, verbose=0)
    for other in (wg.models.clone_model(model), copy.deepcopy(model)):
        other.predict(RAW[:1], verbose=0)
        other.set_weights(model.get_weights())
        np.testing.assert_array_equal(other.predict(RAW, verbose=0), whole)
        assert other.preprocess is not model.preprocess


def test_inputs_in_a_dict(tmp_path):
    model = wg.Sequential([wg.layers.Dense(2)])
    model.preprocess = lambda x: wg.concatenate([wg.log(x["income"]), wg.one_hot(x["kind"], 3)], axis=-1)
    rows = {"income": np.float32([[1.0], [20.0]]), "kind": np.array([0, 2])}
    before = model.predict(rows, verbose=0)
    assert str(model.input_type) == "f32[batch,4]"
    model.save(tmp_path / "model.wengert")
    loaded = wg.models.load_model(tmp_path / "model.wengert")
    np.testing.assert_array_equal(loaded.predict(rows, verbose=0), before)


def test_a_step_of_ones_own_gets_what_was_made():
    class Own(wg.Model):
        def build(self, x):
            self.dense = wg.layers.Dense(1)

        def call(self, x):
            return self.dense(x)

        def test_step(self, data):
            x, _ = data
            return {"most": wg.max(x)}

    model = Own()
    model.compile("sgd", "mse")
    model.preprocess = lambda x: wg.astype(x, "float32") / 255
    x = np.array([[51], [255]], "uint8")
    assert model.evaluate(x, np.zeros((2, 1)), verbose=0) == 1.0
    assert model.layers == [model.dense]


def test_the_summary_begins_with_it(model, capsys):
    model.predict(RAW, verbose=0)
    model.summary()
    first = capsys.readouterr().out.splitlines()[4]
    assert first.startswith(model.preprocess.name)
    assert "f32[batch,6,6,1]" in first


def test_a_model_without_it_takes_what_it_took(model):
    model.predict(RAW, verbose=0)
    model.preprocess = None
    np.testing.assert_array_equal(
        model.predict(by_hand(), verbose=0), network().predict(by_hand(), verbose=0)
    )


@pytest.mark.parametrize("f", [3, "scale", wg.layers.Rescaling])
def test_it_must_be_a_function(f):
    with pytest.raises(
        UsageError, match=r"preprocess: must be a layer or a function of Wengert's operations"
    ):
        network().preprocess = f


@pytest.mark.parametrize("f", [lambda x: np.ones(3), lambda x: np.asarray(x) / 2, lambda x: x.numpy()])
def test_it_must_be_made_of_wengerts_operations(f):
    model = with_preprocess(f)
    with pytest.raises(UsageError, match=r"preprocess: .*u8\[batch,6,6,1\].*by Wengert's operations alone"):
        model.predict(RAW, verbose=0)


def test_it_must_give_what_the_model_takes():
    model = with_preprocess(lambda x: centred(x)[:, :4])
    message = r"preprocess: must give f32\[batch,6,6,1\], what the model takes; got f32\[batch,4,6,1\]"
    with pytest.raises(ShapeError, match=message):
        model.predict(RAW, verbose=0)


def test_a_model_that_calls_it_by_itself_is_refused():
    class Own(wg.Model):
        def build(self, x):
            self.preprocess = wg.layers.Rescaling(2.0)

        def call(self, x):
            return self.preprocess(x)

    with pytest.raises(UsageError, match=r"must be done once.*another name"):
        Own()(np.ones((1, 2), np.float32))


def test_saving_needs_the_raw_type_and_a_file_of_ours(tmp_path):
    model = with_preprocess(centred)
    with pytest.raises(UsageError, match=r"Start its preprocess with Input\(shape\), or call fit first"):
        model.save(tmp_path / "model.wengert")
    model.predict(RAW, verbose=0)
    with pytest.raises(UsageError, match="without preprocess, which Keras has not"):
        model.save(tmp_path / "model.keras")
    with_lambda = with_preprocess(wg.layers.Lambda(centred))
    with_lambda.predict(RAW, verbose=0)
    with pytest.raises(UsageError, match="files hold no code"):
        with_lambda.save(tmp_path / "model.wengert")
