"""Every network of the zoo takes what it says and gives what it says."""

import numpy as np
import pytest

import wengert as wg
from wengert import zoo
from wengert.nn.weights import weights_without_values


@pytest.mark.parametrize("name", ["lenet", "mlp"])
@pytest.mark.parametrize(("shape", "classes"), [((28, 28, 1), 10), ((12, 9, 3), 4)])
def test_scores_have_one_column_a_class(name, shape, classes, rng):
    model = zoo.by_name[name](shape, classes, dropout=0.5)
    x = rng.random((5, *shape), np.float32)
    scores = np.asarray(model.predict(x, verbose=0))
    assert scores.shape == (5, classes)
    assert np.isfinite(scores).all()


def test_lenet_has_the_layers_that_the_benchmarks_name():
    kinds = [type(layer).__name__ for layer in zoo.lenet().layers if type(layer).__name__ != "Dropout"]
    assert kinds == ["Conv2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense"]
    assert sum(int(np.prod(w.shape)) for w in zoo.lenet().get_weights()) == 1_199_882


def test_mlp_has_a_dense_layer_for_each_length():
    weights = zoo.mlp((784,), 10, units=(30, 20)).get_weights()
    assert [w.shape for w in weights] == [(784, 30), (30,), (30, 20), (20,), (20, 10), (10,)]


def parameters(model) -> int:
    """Trainable parameters, as papers and other libraries count them."""
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


COUNTS = {
    "lenet5": 61_706,
    "mobilenet_v2": 3_504_872,
    "resnet18": 11_689_512,
    "resnet20": 269_722,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet56": 853_018,
    "vgg11": 132_863_336,
    "vgg16": 138_357_544,
}


@pytest.mark.parametrize("name", COUNTS)
def test_networks_have_the_parameters_of_their_papers(name):
    with weights_without_values(10**9):
        model = getattr(zoo, name)()
        assert parameters(model) == COUNTS[name]


@pytest.mark.parametrize(("cell", "gates", "biases"), [("rnn", 1, 1), ("lstm", 4, 1), ("gru", 3, 2)])
def test_char_rnn_has_the_parameters_of_its_cells(cell, gates, biases):
    recurrent = gates * 256 * (128 + 256 + 256 + 256 + 2 * biases)
    assert parameters(zoo.char_rnn(cell=cell)) == 96 * 128 + recurrent + 257 * 96


def test_char_rnn_refuses_cells_it_does_not_have():
    with pytest.raises(ValueError, match="cell must be one of rnn, lstm, gru; got 'tanh'"):
        zoo.char_rnn(cell="tanh")


def small(name):
    """A tiny network of a kind, and a batch for it."""
    rng = np.random.default_rng(0)
    images = rng.normal(size=(6, 32, 32, 3)).astype(np.float32), rng.integers(0, 4, 6)
    text = rng.integers(1, 12, (4, 7))
    pairs = text[:, :-1], text[:, 1:]
    wg.set_random_seed(0)
    return {
        "resnet20": lambda: (zoo.resnet20((16, 16, 3), 4), (images[0][:, ::2, ::2], images[1])),
        "vgg16": lambda: (zoo.vgg16((32, 32, 3), 4, units=8), images),
        "char_rnn": lambda: (zoo.char_rnn(12, embedding=4, units=8, dropout=0.1), pairs),
        "char_gru": lambda: (zoo.char_rnn(12, "gru", embedding=4, units=8), pairs),
        "seq2seq": lambda: (zoo.seq2seq(12, 12, embedding=4, units=8, depth=2), ([text, pairs[0]], pairs[1])),
        "gpt": lambda: (zoo.GPT(12, 6, 8, 2, 2, dropout=0.1), pairs),
    }[name]()


@pytest.mark.parametrize("name", ["resnet20", "char_rnn", "char_gru", "gpt", "seq2seq"])
def test_two_steps_compiled_agree_with_the_interpreter_and_survive_saving(name, tmp_path):
    losses = []
    for eager in (True, False):
        model, (x, y) = small(name)
        loss = wg.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(wg.optimizers.SGD(0.1), loss, run_eagerly=eager)
        losses.append([model.train_on_batch(x, y) for _ in range(2)])
        model.reset_metrics()
        losses[-1].append(model.test_on_batch(x, y))
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
    model.save(tmp_path / "model")
    again = wg.load_model(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_vgg16_trains():
    model, (x, y) = small("vgg16")
    assert [len(w.shape) for w in model.weights[::2]] == [4] * 13 + [2] * 3
    loss = wg.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss)
    assert np.isfinite([model.train_on_batch(x[:2], y[:2]) for _ in range(2)]).all()


def test_mobilenet_trains_and_adds_what_fits():
    model = zoo.mobilenet_v2((32, 32, 3), 4)
    kinds = [layer.adds for layer in model.layers if hasattr(layer, "adds")]
    assert (len(kinds), sum(kinds)) == (17, 10)  # table 2: all but the first of each group
    x = np.zeros((2, 32, 32, 3), np.float32)
    model.compile("sgd", wg.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    assert np.isfinite(model.train_on_batch(x, np.array([1, 2])))


def test_an_autoencoder_gives_back_what_it_learned(tmp_path):
    wg.set_random_seed(0)
    x = np.random.default_rng(0).integers(0, 2, (8, 4, 4, 1)).astype(np.float32)
    model = zoo.Autoencoder((32, 6))
    model.compile(wg.optimizers.Adam(0.02), "mse")
    model.fit(x, x, epochs=150, verbose=0)
    np.testing.assert_array_equal(np.round(model.predict(x, verbose=0)), x)
    assert model.encode(x).shape == (8, 6)
    np.testing.assert_allclose(
        model.decode(model.encode(x)), model.predict(x, verbose=0), rtol=1e-4, atol=1e-5
    )
    model.save(tmp_path / "model")
    again = wg.load_model(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_an_autoencoder_has_the_layers_of_the_paper():
    model = zoo.Autoencoder()
    model.ensure_built(wg.TensorType((1, 784), "float32"))
    widths = [784, 1000, 500, 250, 30, 250, 500, 1000, 784]
    assert [w.shape for w in model.weights[::2]] == list(zip(widths, widths[1:], strict=False))


def test_a_table_has_categories_and_numbers_of_any_scale():
    wg.set_random_seed(0)
    rng = np.random.default_rng(0)
    kind, size = rng.integers(0, 3, 200), rng.normal(1e4, 5e3, 200)
    x = np.stack([kind, size], axis=1).astype(np.float32)
    y = ((kind == 1) ^ (size > 1e4)).astype(np.float32)[:, None]
    model = zoo.TabularMLP(1, [3], (16, 16))
    model.adapt(x)
    assert model.embeddings[0].output_dim == 2
    model.compile(wg.optimizers.Adam(0.02), wg.losses.BinaryCrossentropy(from_logits=True))
    model.fit(x, y, epochs=60, batch_size=50, verbose=0)
    assert np.mean((model.predict(x, verbose=0) > 0) == y) > 0.97


def test_what_an_encoder_read_can_be_written_backwards():
    """A decoder that only sees its own symbols could not know them: the states of the encoder say it all."""
    wg.set_random_seed(0)
    x = np.array([[3, 4, 5, 0], [5, 3, 0, 0], [4, 4, 3, 5], [3, 5, 4, 0]])
    y = np.array([[1, 5, 4, 3, 2, 0], [1, 3, 5, 2, 0, 0], [1, 5, 3, 4, 4, 2], [1, 4, 5, 3, 2, 0]])
    model = zoo.seq2seq(6, 6, embedding=8, units=16)
    model.compile(
        wg.optimizers.Adam(0.02), wg.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)
    )
    model.fit([x, y[:, :-1]], y[:, 1:], epochs=120, verbose=0)
    assert zoo.written(model, x, start=1, stop=2, most=8) == [[5, 4, 3], [3, 5], [5, 3, 4, 4], [4, 5, 3]]
