"""Files: paths, formats, models of others. Each is refused in our words, at the user's line."""

import zipfile

import numpy as np
import pytest

import wengert as wg
from tests.train.misuse import D, L, X, put, require_told, seq


def npz():
    np.savez(D / "a.npz", a=X)
    return D / "a.npz"


def custom():
    class Mine(L.Layer):
        def call(self, x):
            return x * 2

    m = wg.Sequential([wg.Input((4,)), Mine()])
    m.save(D / "c.wengert")
    return wg.load_model(D / "c.wengert")


def zipped():
    with zipfile.ZipFile(D / "z.keras", "w") as z:
        z.writestr("a", "b")
    return D / "z.keras"


def savesub():
    class Net(wg.Model):
        def __init__(self):
            super().__init__()
            self.d = L.Dense(3)

        def call(self, x):
            return self.d(x)

    m = Net()
    m(X)
    m.save(D / "s.keras")


MISUSES = [
    ("[Errno 2] load: there must be a file of this name; got none:", lambda: wg.load_model(D / "none.wengert")),
    ("[Errno 21] load: it must be the path of a file; got a folder:", lambda: wg.load_model(D)),
    ("load_model: the path must be a str or a pathlib.Path; got None.", lambda: wg.load_model(None)),
    ("load_model: the path must be a str or a pathlib.Path; got 3.", lambda: wg.load_model(3)),
    ("of the header must be 8 bytes; got 0. The file is damaged, o", lambda: wg.load_model(put("e.wengert", b""))),
    ("there must be a header; got a file of 8 bytes. T", lambda: wg.load_model(put("e8.wengert", b"12345678"))),
    ("the header must be 2..16 bytes long; got 8031924123371070824. The file is damaged, or",
     lambda: wg.load_model(put("t.wengert", b"hello world this is text"))),
    ("metadata.json; got File is not a zip fi", lambda: wg.load_model(put("t.keras", b"hello world"))),
    ("t.h5: must be a model of wengert; got HDF5. Weights of Keras 3 end in .weights.h5:",
     lambda: wg.load_model(put("t.h5", b"\x89HDF\r\n\x1a\n" + bytes(100)))),
    ("model of wengert; got a pickle, which is", lambda: wg.load_model(put("m.pkl", b"\x80\x04\x95abcdefghijkl"))),
    ("must be a model of wengert; got a zip file. Models of Kera", lambda: wg.load_model(npz())),
    ("w.wengert: must hold a model; got 'weights'.",
     lambda: (seq().save_weights(D / "w.wengert"), wg.load_model(D / "w.wengert"))),
    ("[Errno 2] load: there must be a file of this name; got none:", lambda: wg.load_model(D / "none.keras")),
    ("must be a class of Wengert or one of custom_objects; it is neither.", custom),
    ("load_model: custom_objects must be a dict of name: class; got [<class 'wengert.nn.core.Dense'>].",
     lambda: (seq().save(D / "m.wengert"), wg.load_model(D / "m.wengert", custom_objects=[L.Dense]))),
    ("the file must be written; got No such file or directo", lambda: seq().save(D / "nowhere" / "m.wengert")),
    ("[Errno 21] save: it must be the path of a file; got a folder:", lambda: seq().save(D)),
    ("save: the path must be a str or a pathlib.Path; got None.", lambda: seq().save(None)),
    ("save: the path must be a str or a pathlib.Path; got ''.", lambda: seq().save("")),
    ("save: the model must be built; got <Sequential", lambda: wg.Sequential([L.Dense(3)]).save(D / "u.wengert")),
    ("save: the name must not promise another format; got", lambda: seq().save(D / "m.h5")),
    ("[Errno 17] save: there must be no file of this name; got one. Pass overwrite=True to replace it:",
     lambda: (seq().save(D / "m.wengert"), seq().save(D / "m.wengert", overwrite=False))),
    ("a class to be saved, as files hold no code; got", lambda: seq(L.Lambda(lambda x: x)).save(D / "l.wengert")),
    ("to be saved, as files hold no code; got", lambda: seq(loss=lambda t, p: wg.mean(p)).save(D / "l.wengert")),
    ("save_weights: the name must not promise another format; got", lambda: seq().save_weights(D / "w.h5")),
    ("save_weights: the model must be built; got <Sequential",
     lambda: wg.Sequential([L.Dense(3)]).save_weights(D / "u.weights.h5")),
    ("file must be written; got No such file or di", lambda: seq().save_weights(D / "nowhere" / "m.weights.h5")),
    ("2] load: there must be a file of this name; got none:", lambda: seq().load_weights(D / "none.weights.h5")),
    ("2] load: there must be a file of this name; got none:", lambda: seq().load_weights(D / "none.wengert")),
    ("'dense/kernel' must be f32[4,3]; got f32[4,5]. Together: 0 of 2 match; 2 unexpect",
     lambda: (seq(L.Dense(5), L.Dense(3)).save_weights(D / "o.wengert"), seq().load_weights(D / "o.wengert"))),
    ("'layers/dense/vars/0' must be f32[4,3]; got f32[4,5]. Together: 0 of 2 match; 2 unexpect",
     lambda: (seq(L.Dense(5), L.Dense(3)).save_weights(D / "o.weights.h5"), seq().load_weights(D / "o.weights.h5"))),
    ("'dense/kernel' must be f32[4,6]; got f32[4,5]. Together: 0 of 2 match; 2 mismatch",
     lambda: (seq(L.Dense(5)).save_weights(D / "o.wengert"), seq(L.Dense(6)).load_weights(D / "o.wengert"))),
    ("the path must be a str or a pathlib.Path; got None.", lambda: seq().load_weights(None)),
    ("model must be built; got <Sequential", lambda: wg.Sequential([L.Dense(3)]).load_weights(D / "o.wengert")),
    ("model_from_json: the text must be JSON; ", lambda: wg.models.model_from_json("{")),
    ("model_from_json: the text must be a JSON object; got list.", lambda: wg.models.model_from_json("[]")),
    ("'name', 'trainable', 'units', 'use_bias']; got ['unitss'] too.", lambda: L.Dense.from_config({"unitss": 3})),
    ("model.weights.h5, metadata.json; got \"There is no item named 'c", lambda: wg.load_model(zipped())),
    ("be the signature of HDF5; got b'hello wo'.", lambda: seq().load_weights(put("n.weights.h5", b"hello world"))),
    ("2..3 bytes long; got 803192412337107082", lambda: seq().load_weights(put("n.safetensors", b"hello world"))),
    ("save_weights: the name must not promise another format; got", lambda: seq().save_weights(D / "a.keras")),
    ("file must hold a functional model or a Sequential; got <Net", savesub),
]  # fmt: skip


@pytest.mark.parametrize(("says", "program"), MISUSES)
def test_files_misused_are_told(says, program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    require_told(program, says)
