"""Layers as steps of a data set: no thread decides what happens, and what is adapted is the whole of the data."""

import numpy as np
import pytest

import wengert as wg
from wengert.nn import layers

X = np.random.default_rng(0).uniform(0, 255, (24, 8, 6, 3)).astype(np.float32)
Y = np.arange(24) % 3


def images():
    return wg.data.Dataset.from_tensor_slices((X, Y)).batch(4)


def seen(dataset):
    return [np.asarray(x) for x in dataset]


AUGMENT = {
    "flip": lambda: layers.RandomFlip(),
    "rotation": lambda: layers.RandomRotation(0.2),
    "crop": lambda: layers.RandomCrop(5, 4),
    "erasing": lambda: layers.RandomErasing(),
    "contrast": lambda: layers.RandomContrast(0.5),
    "hue": lambda: layers.RandomHue(0.5),
    "blur": lambda: layers.RandomGaussianBlur(),
    "perspective": lambda: layers.RandomPerspective(),
    "rand augment": lambda: layers.RandAugment(),
    "pipeline": lambda: layers.Pipeline([layers.RandomTranslation(0.2, 0.2), layers.RandomInvert(0.5)]),
}


@pytest.mark.parametrize("make", AUGMENT.values(), ids=AUGMENT)
def test_threads_do_not_change_what_is_drawn(make):
    layer = make()
    mapped = [seen(images().map(lambda x, y: x).map(layer, num_threads=n)) for n in (0, 1, 3)]
    for other in mapped[1:]:
        for a, b in zip(mapped[0], other, strict=True):
            np.testing.assert_array_equal(a, b)
    assert not np.array_equal(mapped[0][0], mapped[0][1]) or isinstance(layer, layers.RandomFlip)


def test_each_epoch_draws_anew_and_a_seed_decides_all():
    layer = layers.RandomBrightness(0.5)
    pixels = images().map(lambda x, y: x)
    twice = seen(pixels.map(layer, seed=1).repeat(2))
    np.testing.assert_array_equal(
        np.concatenate(seen(pixels.map(layer, seed=1).repeat(2))), np.concatenate(twice)
    )
    assert not np.array_equal(np.concatenate(twice[:6]), np.concatenate(twice[6:]))
    assert not np.array_equal(twice[0], seen(pixels.map(layer, seed=2))[0])


def test_a_key_alone_decides():
    first, second = layers.MixUp(seed=1), layers.MixUp(seed=2)
    first(X)
    np.testing.assert_array_equal(first(X, key=7), second(X, key=7))
    assert not np.array_equal(first(X, key=7), first(X, key=8))


def test_labels_are_mixed_on_the_way():
    mix, one_hot = layers.CutMix(), layers.CategoryEncoding(3, "one_hot")
    mixed = images().map(lambda x, y, key: mix({"images": x, "labels": one_hot(y)}, key=key))
    for batch in mixed:
        np.testing.assert_allclose(np.asarray(batch["labels"]).sum(1), 1, rtol=1e-5)


def test_layers_adapt_to_data_sets():
    normal = layers.Normalization(axis=-1)
    normal.adapt(images())
    np.testing.assert_allclose(normal.get_weights()[0], X.mean((0, 1, 2)), rtol=1e-4)
    words = wg.data.Dataset.from_tensor_slices(np.array(["a b", "b c", "b"])).batch(2)
    text = layers.TextVectorization(output_sequence_length=2)
    text.adapt(words)
    assert text.get_vocabulary() == ["", "[UNK]", "b", "c", "a"]
    np.testing.assert_array_equal(
        np.concatenate(seen(words.map(text, num_threads=2))), [[4, 2], [2, 3], [2, 0]]
    )
