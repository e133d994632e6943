"""A Keras user's programs run with the import changed: the same programs, under both."""

import subprocess
import sys

import pytest

import wengert as wg
from tests.beside_keras.guides import programs
from wengert.base.settings import SETTINGS

PROGRAMS = programs()


@pytest.fixture(autouse=True)
def _settings_stay_as_they_were():
    before = vars(SETTINGS).copy()
    yield
    vars(SETTINGS).clear()
    vars(SETTINGS).update(before)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_here(name, recwarn):
    PROGRAMS[name](wg)


@pytest.fixture(scope="module")
def in_keras(ask):
    return ask("guides_in_keras")


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_in_keras(name, in_keras):
    """What these programs promise is what Keras does, and not only what Wengert does."""
    assert str(in_keras[name]) == ""


IMPORTS = """
from wengert import layers, ops, utils
from wengert.backend import floatx
from wengert.callbacks import EarlyStopping
from wengert.layers import Dense
from wengert.losses import MeanSquaredError
from wengert.models import Model, Sequential
from wengert.ops import matmul
from wengert.optimizers import Adam
from wengert.optimizers.schedules import ExponentialDecay
from wengert.saving import load_model
from wengert.utils import to_categorical
import wengert.layers as also_layers
assert also_layers is layers and Dense is layers.Dense
"""


def test_names_are_imported_as_from_keras():
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
