"""Models: what they are made of, and what is asked of them. Each is refused in our words, at the user's line."""

import numpy as np
import pytest

import wengert as wg
from tests.train.misuse import IMG, L, X, Y, raw, require_told, two


def selfadd():
    m = wg.Sequential([L.Dense(3)])
    m.add(m)


def emptyfit():
    m = wg.Sequential()
    m.compile("sgd", "mse")
    m.fit(X, Y, verbose=0)


def cnn_no_flatten():
    m = wg.Sequential([wg.Input((5, 5, 3)), L.Conv2D(2, 3), L.Dense(3, activation="softmax")])
    m.compile("adam", "sparse_categorical_crossentropy")
    m.fit(IMG, np.array([0, 1]), verbose=0)


def missing_input():
    a, b = wg.Input((4,), name="a"), wg.Input((4,), name="b")
    return wg.Model(a, L.Add()([a, b]))


def dupin():
    a, b = wg.Input((4,), name="a"), wg.Input((4,), name="a")
    return wg.Model([a, b], L.Add()([a, b]))


def mism():
    a = wg.Input((4,))
    return L.Dense(3)(a) + L.Dense(5)(a)


def nosuper():
    class Net(wg.Model):
        def __init__(self):
            self.d = L.Dense(3)

        def call(self, x):
            return self.d(x)

    return Net()


def newlayers():
    class Net(wg.Model):
        def call(self, x):
            return L.Dense(3)(x)

    m = Net()
    m.compile("sgd", "mse")
    m.fit(X, np.ones((6, 3)), verbose=0)
    return m


def custom_step(ret):
    class M(wg.Sequential):
        def train_step(self, data):
            return ret

    m = M([wg.Input((4,)), L.Dense(3)])
    m.compile("sgd", "mse")
    m.fit(X, X[:, :3], verbose=0)


def tape2():
    v = wg.Variable(np.ones(3, "f"))
    with wg.GradientTape() as t:
        y = wg.sum(v * v)
    t.gradient(y, v)
    t.gradient(y, v)


MISUSES = [
    ("layers must be Layer objects; got <class 'wengert.nn.core", lambda: wg.Sequential([wg.Input((4,)), L.Dense])),
    ("Sequential: layers must be Layer objects; got 'dense'.", lambda: wg.Sequential(["dense"])),
    ("be given at most 1 arguments by position (layers); got 2.", lambda: wg.Sequential(L.Dense(3), L.Dense(2))),
    ("an Input must come first, and once; got <InputLayer", lambda: wg.Sequential([L.Dense(3), wg.Input((4,))])),
    ("Sequential: layers must have different names; got 'd' twice.",
     lambda: wg.Sequential([L.Dense(3, name="d"), L.Dense(3, name="d")])),
    ("Sequential: layers must have different names; got",
     lambda: (lambda d: wg.Sequential([wg.Input((4,)), d, d]))(L.Dense(4))),
    ("a model must not be a layer of itself; got <Sequential", selfadd),
    ("pop: the model must have a layer; got none.", lambda: wg.Sequential().pop()),
    ("the model must have a layer; got none. Give it some, or add", lambda: wg.Sequential().predict(X)),
    ("the model must have a layer; got none. Give it some, or add", emptyfit),
    ("fit: y must be i64[batch,3,3]; got i64[2].", cnn_no_flatten),
    ("must be the lengths of one sample, without the batch; got None.", lambda: wg.Input()),
    ("must be the lengths of one sample, without the batch; got '4'.", lambda: wg.Input("4")),
    ("be the lengths of one sample, without the batch; got (-1, 3).", lambda: wg.Input((-1, 3))),
    ("be the lengths of one sample, without the batch; got (2.5,).", lambda: wg.Input((2.5,))),
    ("or 'mixed_float16'; got 'flaot32'. Did you mean 'float32'?", lambda: wg.Input((4,), dtype="flaot32")),
    ("must be (batch, ...), alone; got (None, 4), shape=(4,), b", lambda: wg.Input((4,), batch_shape=(None, 4))),
    ("or what layers and operations make of one; got ndarray", lambda: wg.Model(wg.Input((4,)), X)),
    ("outputs must be symbolic tensors; got the layer <Dense", lambda: wg.Model(wg.Input((4,)), L.Dense(3))),
    ("Functional: inputs must be symbolic tensors; got the layer <Dense",
     lambda: (lambda x: wg.Model(L.Dense(3), L.Dense(2)(x)))(wg.Input((4,)))),
    ("be made of the inputs alone (a); got an output that needs 'b',", missing_input),
    ("); got an output that nee", lambda: wg.Model(wg.Input((4,)), L.Dense(2)(wg.Input((4,))))),
    ("and what layers make of it; got inputs. A list of layers i", lambda: wg.Model(inputs=wg.Input((4,)))),
    ("Functional: outputs must hold a symbolic tensor; got none.", lambda: wg.Model(wg.Input((4,)), [])),
    ("Model: must have a method call(self, x); got none.", lambda: wg.Model()(X)),
    ("fit: the model must have a loss; got none. Call compile(optimiz", lambda: wg.Model().fit(X, Y)),
    ("Functional: inputs must be different; got",
     lambda: (lambda a: wg.Model([a, a], L.Dense(2)(a)))(wg.Input((4,)))),
    ("Functional: layers must have different names; got 'd' twice.",
     lambda: (lambda a: wg.Model(a, L.Dense(2, name="d")(L.Dense(2, name="d")(a))))(wg.Input((4,)))),
    ("Functional: layers must have different names; got 'a' twice.", dupin),
    ("agree from the right, or be 1; got [batch,3] and [batch,5], w", mism),
    ("as the second-last axis of b; got a: f32[batch,4], b: f32[ba", lambda: wg.Input((4,)) @ wg.Input((5,))),
    ("np.sin: takes NumPy's arrays; got f32[batch,4]. Use wg.sin,", lambda: np.sin(wg.Input((4,)))),
    ("it, loop over it or convert it; got less: b1[batch,4]", lambda: bool(wg.Input((4,)) > 0)),
    ("the length batch is not known while the program is recorded.", lambda: len(wg.Input((4,)))),
    ("it, loop over it or convert it; got reduce_sum: f32[]", lambda: float(wg.sum(wg.Input((4,))))),
    ("so Python cannot branch on it, loop over it or convert it; got", lambda: wg.Input((4,)).numpy()),
    ("-4..3, along axis 1 of length 4; got index 7. Check the labels", lambda: wg.Input((4,))[:, 7]),
    (": 2 inputs are needed (a, b); got 1.", lambda: two().predict(X)),
    (": the inputs must be given as ['a', 'b']; got ['a', 'c'].", lambda: two().predict({"a": X, "c": X[:, :2]})),
    (": the inputs must be given as ['a', 'b']; got ['a'].", lambda: two().predict({"a": X})),
    (": 2 inputs are needed (a, b); got 3.", lambda: two().predict([X, X, X])),
    ("predict: x[0] must be f32[batch,4]; got f32[6,2].", lambda: two().predict([X[:, :2], X])),
    ("x[1] must have the same number of rows; got x[0]: 6, x[1]: 3.", lambda: two().predict([X, X[:3, :2]])),
    ("fit: labels are needed; got none for y['q'].", lambda: two().fit([X, X[:, :2]], {"p": X[:, 0]}, verbose=0)),
    ("fit: labels must be by name of output, p, q; got 'r'.",
     lambda: two().fit([X, X[:, :2]], {"p": X[:, 0], "r": Y}, verbose=0)),
    ("labels: there must be 2, for outputs p, q; got one ndarray.", lambda: two().fit([X, X[:, :2]], Y, verbose=0)),
    ("compile: loss must be by name of output, p, q; got 'P'.", lambda: two().compile("sgd", {"P": "mse"})),
    ("must have one entry for each output (p, q); got 3.", lambda: two().compile("sgd", ["mse", "mse", "mse"])),
    ("Net: must have a method call(self, x); got none.", lambda: type("Net", (wg.Model,), {})()(X)),
    ("must come first in __init__; got d before it.", nosuper),
    ("'> must have weights to train; got none. Make layers in __ini", newlayers),
    ("']; got 'dens'. Did you mean", lambda: raw().get_layer("dens")),
    ("wg.Input(shape) to have symbolic inputs and outputs; got none.", lambda: wg.Sequential([L.Dense(3)]).output),
    ("built to count parameters; got none. Begin with Input", lambda: wg.Sequential([L.Dense(3)]).count_params()),
    ("train_step: must return a dict of numbers by name; got NoneType.", lambda: custom_step(None)),
    ("train_step: must return a dict of numbers by name; got float.", lambda: custom_step(3.0)),
    ("train_step: must return a dict of numbers by name; got list.", lambda: custom_step([1])),
    ("and what layers make of it; got None, None. A list of laye", lambda: wg.Model(None, None)),
    ("wg.Input(shape), and what layers make of it; got [<Dense", lambda: wg.Model([L.Dense(3), L.Dense(2)])),
    ("values: must be numbers, in rows of equal length; got function", lambda: L.Dense(3)(wg.Input)),
    ("Sequential: layers must be Layer objects; got", lambda: wg.Sequential([wg.Input, L.Dense(3)])),
    ("Sequential: layers must be Layer objects; got [<Dense", lambda: wg.Sequential([[L.Dense(3)]])),
    ("Sequential: layers must be Layer objects; got None.", lambda: wg.Sequential([wg.Input((4,)), None])),
    ("Sequential: layers must be Layer objects; got", lambda: wg.Sequential([wg.Input((4,)), wg.relu])),
    ("Sequential: layers must be Layer objects; got 'dense'.", lambda: wg.Sequential().add("dense")),
    ("input must be [batch, 1 spatial axis, channels]; got f32[batch,3]. Add a channel axis: x[..., Non",
     lambda: wg.Sequential([wg.Input((4,)), L.Dense(3), L.Conv1D(3, 3)])),
    ("function must return a scalar; got f32[3]. Take its sum or m", lambda: wg.grad(lambda x: x * 2)(wg.ones(3))),
    ("by must be floating-point; got i64[3]. Convert with a", lambda: wg.grad(lambda x: wg.sum(x))(np.arange(3))),
    ("function: <lambda>: signature must be a tuple of types; got 'f32[3]'. Write ('f32[3]',).",
     lambda: wg.function(lambda x: x, signature="f32[3]")(np.ones(4, "f"))),
    ("can be called once; got a second call. Use Gradien", tape2),
    ("must be given; got None.", lambda: wg.Variable(None)),
    ("must be given; got None.", lambda: wg.Variable()),
    ("ones: a shape must be made of ints; got '3'.", lambda: wg.ones("3")),
    ("ones: a length must not be negative; got [-1].", lambda: wg.ones((-1,))),
    ("as the second-last axis of b; got a: f32[2,3], b: f32[2,3].", lambda: wg.ones((2, 3)) @ wg.ones((2, 3))),
    ("concatenate: at least one array is needed; got none.", lambda: wg.concatenate([])),
    ("reshape: the shape must hold the 4 elements of f32[4]; got [3].", lambda: wg.reshape(wg.ones(4), (3,))),
    ("one_hot: num_classes must be an int >= 0; got -1.", lambda: wg.one_hot(np.array([0]), -1)),
    ("there must be at least 1 thread, a whole number; got 0.", lambda: wg.set_threads(0)),
]  # fmt: skip


@pytest.mark.parametrize(("says", "program"), MISUSES)
def test_models_misused_are_told(says, program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    require_told(program, says)
