"""Working with preprocessing layers, and data from files."""

import os
import tempfile

import numpy as np


def normalization(keras):
    data = np.array([[0.1, 0.2, 0.3], [0.8, 0.9, 1.0], [1.5, 1.6, 1.7]])
    layer = keras.layers.Normalization()
    layer.adapt(data)
    normalized = np.asarray(layer(data))
    np.testing.assert_allclose(normalized.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(normalized.std(axis=0), 1, rtol=1e-5)


def text_lookup(keras):
    vocab = ["a", "b", "c", "d"]
    layer = keras.layers.StringLookup(vocabulary=vocab)
    found = np.asarray(layer(np.array([["a", "c", "d"], ["d", "z", "b"]])))
    np.testing.assert_array_equal(found, [[1, 3, 4], [4, 0, 2]])
    assert layer.get_vocabulary()[0] == "[UNK]" and layer.vocabulary_size() == 5


def vectorized_text(keras):
    layer = keras.layers.TextVectorization(max_tokens=10, output_mode="int", output_sequence_length=4)
    layer.adapt(np.array(["the cat sat", "the dog sat down"]))
    y = np.asarray(layer(np.array(["the cat flew"])))
    assert y.shape == (1, 4) and y[0, 3] == 0 and y[0, 2] == 1


def time_series(keras):
    data = np.arange(12.0)
    dataset = keras.utils.timeseries_dataset_from_array(data[:-3], data[3:], sequence_length=3, batch_size=4)
    batches = [(np.asarray(x), np.asarray(y)) for x, y in dataset]
    assert [len(x) for x, _ in batches] == [4, 3]
    np.testing.assert_array_equal(batches[0][0][1], [1, 2, 3])
    np.testing.assert_array_equal(batches[0][1], [3, 4, 5, 6])


def images_in_folders(keras):
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("cats", "dogs"):
            os.makedirs(os.path.join(folder, name))
            for k in range(3):
                picture = rng.integers(0, 256, (8, 8, 3)).astype("uint8")
                keras.utils.save_img(os.path.join(folder, name, f"{k}.png"), picture, scale=False)
        dataset = keras.utils.image_dataset_from_directory(
            folder, image_size=(6, 6), batch_size=4, shuffle=False, label_mode="int"
        )
        assert dataset.class_names == ["cats", "dogs"]
        batches = [(np.asarray(x), np.asarray(y)) for x, y in dataset]
        assert [x.shape for x, _ in batches] == [(4, 6, 6, 3), (2, 6, 6, 3)]
        assert np.concatenate([y for _, y in batches]).tolist() == [0, 0, 0, 1, 1, 1]
        image = keras.utils.load_img(os.path.join(folder, "cats", "0.png"), target_size=(4, 4))
        assert keras.utils.img_to_array(image).shape == (4, 4, 3)


def texts_in_folders(keras):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("neg", "bad"), ("pos", "good")):
            os.makedirs(os.path.join(folder, name))
            with open(os.path.join(folder, name, "0.txt"), "w") as file:
                file.write(text)
        dataset = keras.utils.text_dataset_from_directory(folder, batch_size=2, shuffle=False)
        assert dataset.class_names == ["neg", "pos"]
        ((_texts, labels),) = list(dataset)
        assert np.asarray(labels).tolist() == [0, 1]


def split_data(keras):
    data = np.arange(20).reshape(10, 2)
    left, right = keras.utils.split_dataset(data, left_size=0.8)
    assert len(list(left)) == 8 and len(list(right)) == 2
