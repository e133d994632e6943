"""Which of the programs run with Keras: `python -m tests.beside_keras.guides_in_keras answers.npz`."""

import os
import sys
import traceback

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np

from tests.beside_keras.guides import programs


def problem(program):
    """What went wrong in a program; nothing where it ran."""
    try:
        program(keras)
    except Exception:
        return traceback.format_exc()
    return ""


np.savez(sys.argv[1], **{name: np.array(problem(program)) for name, program in programs().items()})
