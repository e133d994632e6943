"""Files of models go from Keras to here and back: the same numbers on both sides."""

import numpy as np
import pytest

import wengert as wg
from tests.beside_keras.models_in_keras import MODELS, inputs_of

pytest.importorskip("h5py")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def written(ask, tmp_path_factory):
    """A folder of files that Keras wrote, and what its models say."""
    folder = tmp_path_factory.mktemp("files")
    return folder, ask("models_in_keras", "write", str(folder))


def agree(model, name, said, kind):
    outs = model.predict(inputs_of(name), verbose=0)
    for k, y in enumerate(outs if isinstance(outs, list) else [outs]):
        np.testing.assert_allclose(y, said[f"{name}/{kind}/{k}"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_keras_gives_what_it_gave(written, name):
    folder, said = written
    agree(wg.load_model(folder / f"{name}.keras"), name, said, "model")


def test_how_it_was_compiled_comes_along(written):
    model = wg.load_model(written[0] / "two.keras")
    image, meta = inputs_of("two")
    found = model.evaluate([image, meta], [np.arange(6) % 3, meta], verbose=0, return_dict=True)
    assert list(found) == ["loss", "out_loss", "sum_loss", "out_accuracy", "sum_mae"]
    assert isinstance(model.optimizer, wg.optimizers.Adam)


@pytest.mark.parametrize("name", MODELS)
def test_weights_of_keras_fit_into_a_model_that_is_there(written, name):
    folder, said = written
    model = wg.load_model(folder / f"{name}.keras")
    for w in model.weights:
        w.assign(np.zeros(w.shape))
    assert model.load_weights(folder / f"{name}.weights.h5").complete
    agree(model, name, said, "model")


def test_keras_reads_what_is_written_here(written, ask, tmp_path):
    folder, said = written
    for name in ("two", "sequence", "images"):
        model = wg.load_model(folder / f"{name}.keras")
        model.save(tmp_path / f"{name}.keras")
        model.save_weights(tmp_path / f"{name}.weights.h5")
    back = ask("models_in_keras", "read", str(tmp_path))
    assert len(back) == 8
    for key, y in back.items():
        name, _, k = key.split("/")
        np.testing.assert_allclose(y, said[f"{name}/model/{k}"], rtol=1e-5, atol=1e-6)
