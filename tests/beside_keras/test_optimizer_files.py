"""What an optimizer has gathered goes with a `.keras` file, from Keras and to it: training goes on as it would have."""

import numpy as np
import pytest

import wengert as wg
from tests.beside_keras.optimizer_files import OPTIMIZERS, begun, gone_on

pytest.importorskip("h5py")


def require_equal(mine, asked, number):
    for k, w in enumerate(mine):
        np.testing.assert_allclose(w, asked[f"{number} {k}"], rtol=2e-4, atol=2e-5)


@pytest.mark.slow
def test_training_that_keras_began_goes_on(ask, tmp_path):
    asked = ask("optimizer_files_in_keras", str(tmp_path), "begin")
    for number in range(len(OPTIMIZERS)):
        require_equal(gone_on(wg.load_model(tmp_path / f"{number}.keras")), asked, number)


@pytest.mark.slow
def test_keras_goes_on_with_training_that_began_here(ask, tmp_path):
    mine = [gone_on(begun(wg, number, tmp_path / f"{number}.keras")) for number in range(len(OPTIMIZERS))]
    asked = ask("optimizer_files_in_keras", str(tmp_path), "go_on")
    for number, weights in enumerate(mine):
        require_equal(weights, asked, number)


@pytest.mark.parametrize("number", range(len(OPTIMIZERS)))
def test_training_goes_on_from_a_file_of_ones_own(number, tmp_path):
    model = begun(wg, number, tmp_path / "m.keras")
    other = wg.load_model(tmp_path / "m.keras")
    for a, b in zip(gone_on(model), gone_on(other), strict=True):
        np.testing.assert_array_equal(a, b)
