"""Keras's side: `python -m tests.beside_keras.optimizer_files_in_keras answers.npz FOLDER begin|go_on`."""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np

from tests.beside_keras.optimizer_files import OPTIMIZERS, begun, gone_on

answers, folder, what = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
found = {}
for number in range(len(OPTIMIZERS)):
    path = folder / f"{number}.keras"
    model = begun(keras, number, path) if what == "begin" else keras.models.load_model(path)
    found |= {f"{number} {k}": w for k, w in enumerate(gone_on(model))}
np.savez(answers, **found)
