"""Functional models: any acyclic graph between inputs and outputs, run, trained, described and refused."""

import copy
import json

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import FormatError, ShapeError, UsageError, ValueRangeError
from wengert.nn.config import decode, encode

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(12, 3)).astype("f"), RNG.normal(size=(12, 4)).astype("f")
Y, Z = RNG.normal(size=(12, 1)).astype("f"), RNG.integers(0, 3, 12)


def two_in_two_out(**more):
    wg.set_random_seed(0)
    a, b = wg.Input((3,), name="a"), wg.Input((4,), name="b")
    h = wg.concatenate([wg.layers.Dense(5, "tanh")(a), wg.relu(wg.layers.Dense(5)(b)) * 2.0], axis=-1)
    value = wg.layers.Dense(1, name="value")(h)
    kind = wg.layers.Dense(3, "softmax", name="kind")(h)
    return wg.Model([a, b], [value, kind], **more)


def compiled(model):
    model.compile(
        "sgd",
        {"value": "mse", "kind": "sparse_categorical_crossentropy"},
        loss_weights={"value": 0.5},
        metrics={"kind": ["accuracy"], "value": ["mae"]},
        run_eagerly=True,
    )
    return model


def test_the_value_is_that_of_the_layers_one_after_the_other():
    model = two_in_two_out()
    d, e, value, kind = (layer for layer in model.layers if layer.weights)
    h = np.concatenate([d(A).numpy(), 2 * np.maximum(e(B).numpy(), 0)], -1)
    got = model([A, B])
    np.testing.assert_allclose(got[0].numpy(), value(h).numpy(), rtol=1e-6)
    np.testing.assert_allclose(got[1].numpy(), kind(h).numpy(), rtol=1e-6)


def test_a_shared_layer_has_its_weights_once():
    x, y = wg.Input((3,)), wg.Input((3,))
    shared = wg.layers.Dense(2)
    model = wg.Model([x, y], shared(x) - shared(y))
    assert len(model.weights) == 2
    np.testing.assert_allclose(model([A, A]).numpy(), 0, atol=1e-6)


def test_inputs_may_come_as_list_dict_or_by_name():
    model = two_in_two_out()
    for given in ([A, B], (A, B), {"a": A, "b": B}):
        np.testing.assert_array_equal(model(given)[0].numpy(), model([A, B])[0].numpy())
    x = wg.Input((3,), name="x")
    named = wg.Model({"p": x, "q": wg.Input((3,))}, x * 2)
    np.testing.assert_array_equal(named({"p": A, "q": A}).numpy(), 2 * A)


def test_models_nest_and_parts_of_models_are_models():
    inner = two_in_two_out(name="inner")
    a, b = wg.Input((3,)), wg.Input((4,))
    value, kind = inner([a, b])
    outer = wg.Model([a, b], {"both": value + kind})
    np.testing.assert_allclose(
        outer([A, B])["both"].numpy(), sum(v.numpy() for v in inner([A, B])), rtol=1e-6
    )
    assert [n for n in outer.named_variables if n.startswith("inner/value")] == [
        "inner/value/kernel", "inner/value/bias"
    ]  # fmt: skip
    features = wg.Model(inner.inputs, inner.get_layer("value").input)
    assert features.output_shape[1:] == (10,)


def test_a_copy_has_weights_of_its_own():
    model = two_in_two_out()
    again = copy.deepcopy(model)
    np.testing.assert_array_equal(again([A, B])[0].numpy(), model([A, B])[0].numpy())
    for w in model.weights:
        w.assign(np.zeros(w.shape))
    assert np.abs(again([A, B])[0].numpy()).min() > 0


@pytest.mark.parametrize("kind", ["functional", "sequential"])
def test_parts_of_a_copy_belong_to_the_copy(kind):
    x = wg.Input((3,))
    dense = wg.layers.Dense(2, name="dense")
    model = wg.Sequential([x, dense]) if kind == "sequential" else wg.Model(x, wg.relu(dense(x) + 1))
    again = copy.deepcopy(model)
    part = wg.Model(again.input, again.get_layer("dense").output if kind == "functional" else again.output)
    before = part(A).numpy()
    dense.set_weights([np.zeros((3, 2)), np.zeros(2)])
    np.testing.assert_array_equal(part(A).numpy(), before)
    assert np.abs(before).max() > 0


def test_training_reaches_the_layers_that_know_it():
    x = wg.Input((3,))
    model = wg.Model(x, wg.layers.Dropout(0.5)(wg.layers.BatchNormalization()(x)))
    assert (model(A, training=True).numpy() == 0).any()
    assert not (model(A).numpy() == 0).any()


def test_masks_go_along_with_what_they_mask():
    wg.set_random_seed(0)
    words = np.array([[1, 2, 0, 0], [3, 1, 2, 0]])
    x = wg.Input((None,), dtype="int32")
    embedded = wg.layers.Embedding(4, 3, mask_zero=True)(x)
    lstm = wg.layers.LSTM(2)
    model = wg.Model(x, lstm(embedded))
    vectors = model.layers[1](words)
    np.testing.assert_allclose(model(words).numpy(), lstm(vectors, mask=words != 0).numpy(), rtol=1e-6)
    assert np.abs(model(words).numpy() - lstm(vectors).numpy()).max() > 1e-4


def test_losses_and_metrics_by_output_weighted():
    model = compiled(two_in_two_out())
    found = model.evaluate([A, B], [Y, Z], verbose=0, return_dict=True)
    value, kind = (v.numpy() for v in model([A, B]))
    mse, entropy = np.mean((value - Y) ** 2), -np.mean(np.log(kind[np.arange(12), Z]))
    np.testing.assert_allclose(found["value_loss"], mse, rtol=1e-5)
    np.testing.assert_allclose(found["kind_loss"], entropy, rtol=1e-5)
    np.testing.assert_allclose(found["loss"], 0.5 * mse + entropy, rtol=1e-5)
    np.testing.assert_allclose(found["value_mae"], np.mean(np.abs(value - Y)), rtol=1e-5)
    np.testing.assert_allclose(found["kind_accuracy"], np.mean(kind.argmax(-1) == Z))


@pytest.mark.parametrize("labels", [[Y, Z], {"value": Y, "kind": Z}])
@pytest.mark.parametrize("data", [[A, B], {"a": A, "b": B}])
def test_fit_learns_from_lists_and_dicts(data, labels):
    model = compiled(two_in_two_out())
    history = model.fit(
        data, labels, epochs=3, batch_size=5, shuffle=False, verbose=0, validation_data=(data, labels)
    )
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert {"val_value_loss", "val_kind_accuracy"} <= history.history.keys()
    one = compiled(two_in_two_out())
    one.fit([A, B], [Y, Z], epochs=3, batch_size=5, shuffle=False, verbose=0)
    np.testing.assert_array_equal(one.get_weights()[0], model.get_weights()[0])


def test_weights_of_samples_by_output():
    model = compiled(two_in_two_out())
    w = np.linspace(0, 1, 12, dtype="f")
    found = model.evaluate([A, B], [Y, Z], sample_weight={"value": w}, verbose=0, return_dict=True)
    value = model([A, B])[0].numpy()
    np.testing.assert_allclose(found["value_loss"], np.mean(w * ((value - Y) ** 2)[:, 0]), rtol=1e-5)


def test_batches_from_an_iterable_and_prediction_by_output():
    model = compiled(two_in_two_out())
    parts = [slice(k, k + 4) for k in (0, 4, 8)]
    model.fit((({"a": A[p], "b": B[p]}, [Y[p], Z[p]]) for p in parts), verbose=0)
    value, kind = model.predict([A, B], batch_size=5)
    assert value.shape == (12, 1)
    np.testing.assert_allclose(kind, model.predict_on_batch([A, B])[1], rtol=1e-6)
    assert model.train_on_batch([A, B], [Y, Z], return_dict=True).keys() == set(model.metrics_names)


def test_compiled_and_interpreted_agree():
    losses = []
    for eagerly in (True, False):
        model = compiled(two_in_two_out())
        model._compiled = not eagerly
        losses.append(model.fit([A, B], [Y, Z], epochs=2, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_description_makes_the_same_model():
    model = two_in_two_out()
    again = decode(json.loads(json.dumps(encode(model, "test"))))
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again([A, B])[0].numpy(), model([A, B])[0].numpy())
    assert json.dumps(again.config(), sort_keys=True) == json.dumps(model.config(), sort_keys=True)


def test_a_saved_model_comes_back_and_trains_on(tmp_path):
    model = compiled(two_in_two_out())
    model.fit([A, B], [Y, Z], epochs=1, verbose=0)
    model.save(tmp_path / "m")
    again = wg.load_model(tmp_path / "m")
    for m in (model, again):
        m.fit([A, B], [Y, Z], epochs=1, shuffle=False, verbose=0)
    for p, q in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-6)


def graph_of(model, **changes):
    return {"class": "layers.Functional", "config": json.loads(json.dumps(model.config())) | changes}


def test_a_cycle_in_a_description_is_refused():
    x = wg.Input((3,), name="x")
    model = wg.Model(x, wg.layers.Dense(3, name="second")(wg.layers.Dense(3, name="first")(x)))
    config = model.config()
    config["calls"] = [config["calls"][0], config["calls"][2], config["calls"][1]]
    with pytest.raises(FormatError, match="got a cycle at"):
        decode(graph_of(model, calls=config["calls"]))


def test_a_sequential_model_is_no_layer_of_itself():
    outer, inner = wg.Sequential(), wg.Sequential()
    outer.add(inner)
    with pytest.raises(UsageError, match="must not be a layer of itself.*test_functional"):
        inner.add(outer)


def symbols():
    return wg.Input((3,), name="a"), wg.Input((4,), name="b")


MISTAKES = {
    "disconnected": (
        lambda a, b: wg.Model(a, wg.layers.Dense(2)(b)),
        UsageError,
        "needs 'b', which is not among",
    ),
    "a constant": (lambda a, b: wg.Model(a, [a, wg.layers.Dense(2)(a) * 0, b]), UsageError, "needs 'b'"),
    "no symbol": (lambda a, b: wg.Model(a, A), UsageError, "outputs must be symbolic tensors"),
    "a layer": (lambda a, b: wg.Model(a, wg.layers.Dense(2)), UsageError, "got the layer <Dense"),
    "one input twice": (
        lambda a, b: wg.Model([a, a], a * 2),
        UsageError,
        "inputs must be different; got a, a",
    ),
    "equal names": (
        lambda a, b: wg.Model(a, wg.layers.Dense(2, name="d")(wg.layers.Dense(2, name="d")(a))),
        UsageError,
        "layers must have different names; got 'd' twice",
    ),
    "too few inputs": (
        lambda a, b: wg.Model([a, b], [a, b])([A]),
        UsageError,
        r"2 inputs are needed \(a, b\); got 1",
    ),
    "another input": (
        lambda a, b: wg.Model([a, b], [a, b])({"a": A, "c": B}),
        UsageError,
        r"given as \['a', 'b'\]",
    ),
    "shape of data": (lambda a, b: wg.Model(a, a * 2)(B), ShapeError, r"a batch must be f32\[batch,3\]"),
    "shapes": (lambda a, b: a + b, ShapeError, r"got \[batch,3\] and \[batch,4\]"),
    "branch": (lambda a, b: 1 if a else 0, TypeError, "no numbers before the program runs"),
    "units": (lambda a, b: wg.layers.Dense(-1)(a), ValueRangeError, "units must be a positive int; got -1"),
    "kernel": (
        lambda a, b: wg.layers.Conv2D(8, 9)(wg.Input((5, 5, 1))),
        ShapeError,
        "Conv2D '.*5",
    ),
    "Input": (lambda a, b: wg.Input((3,), batch_shape=(1, 3)), ShapeError, "batch_shape must be"),
    "loss": (
        lambda a, b: two_in_two_out().compile("sgd", {"kin": "mse"}) or two_in_two_out_fit({"kin": "mse"}),
        UsageError,
        "by name of output, value, kind; got 'kin'. Did you mean 'kind'",
    ),
    "losses": (lambda a, b: two_in_two_out_fit(["mse"]), ValueRangeError, "one entry for each output"),
    "labels": (
        lambda a, b: compiled(two_in_two_out()).fit([A, B], Y),
        UsageError,
        "there must be 2, for outputs",
    ),
    "rows": (
        lambda a, b: compiled(two_in_two_out()).fit([A, B[:3]], [Y, Z]),
        ShapeError,
        "must have the same number of rows; got .*12.*3",
    ),
}


def two_in_two_out_fit(loss):
    model = two_in_two_out()
    model.compile("sgd", loss)
    model.fit([A, B], [Y, Z], verbose=0)


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_refused_at_the_users_line(name):
    make, kind, says = MISTAKES[name]
    with pytest.raises(kind, match=f"{says}.*test_functional.py"):
        make(*symbols())
