"""What users get wrong: programs in one line each, and what every message must be."""

import re
import traceback
from pathlib import Path

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import WengertError

L = wg.layers
X = np.random.default_rng(0).random((6, 4)).astype("f")
Y = np.array([0, 1, 2, 0, 1, 2])
IMG = np.zeros((2, 5, 5, 3), "f")
D = Path()  # each test has a folder of its own
TYPES = (WengertError, OSError, AttributeError, NotImplementedError)


def require_told(program, says):
    """A program is refused by an error of ours that ends at the user's own line, and says this among other things."""
    wg.utils.clear_session()  # names do not depend on what ran before
    with pytest.raises(TYPES) as caught:
        program()
    error, message = caught.value, " ".join(str(caught.value).split())
    assert says in message, message
    assert "documentation says" not in message, f"nobody foresaw this: {message}"
    assert "misuse" in traceback.extract_tb(error.__traceback__)[-1].filename
    if isinstance(error, WengertError):
        assert re.search(r"\[\S*misuse\w*\.py:\d+\]$", message), message


def raw():
    """A classifier that is not compiled."""
    return wg.Sequential([wg.Input((4,)), L.Dense(3, activation="softmax")])


def seq(*layers, loss="sparse_categorical_crossentropy", opt="adam", **options):
    """A compiled one, or one of other layers."""
    model = wg.Sequential([wg.Input((4,)), *layers]) if layers else raw()
    model.compile(opt, loss, **options)
    return model


def reg(**options):
    """One number for each row."""
    return seq(L.Dense(1), loss="mse", **options)


def fit(*data, **options):
    return seq().fit(*(data or (X, Y)), verbose=0, **options)


def two():
    """Two inputs, two outputs."""
    a, b = wg.Input((4,), name="a"), wg.Input((2,), name="b")
    c = wg.concatenate([a, b], axis=-1)
    outputs = {"p": L.Dense(1, name="p")(c), "q": L.Dense(3, name="q", activation="softmax")(c)}
    model = wg.Model([a, b], outputs)
    model.compile("adam", {"p": "mse", "q": "sparse_categorical_crossentropy"})
    return model


def gen(batch):
    """The same batch for ever."""
    while True:
        yield batch


def built(layer):
    layer(X)
    return layer


def put(name, data):
    """A file that holds this."""
    (D / name).write_bytes(data)
    return D / name
