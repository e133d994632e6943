"""Layers of images: inside of models and outside, at random but reproducibly."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError
from wengert.nn import layers

X = np.random.default_rng(0).uniform(0, 255, (4, 8, 6, 3)).astype(np.float32)
RANDOM = {
    "crop": lambda: layers.RandomCrop(5, 4, seed=1),
    "flip": lambda: layers.RandomFlip(seed=1),
    "rotation": lambda: layers.RandomRotation(0.2, seed=1),
    "translation": lambda: layers.RandomTranslation(0.3, 0.3, seed=1),
    "zoom": lambda: layers.RandomZoom(0.3, 0.3, seed=1),
    "shear": lambda: layers.RandomShear(0.5, 0.5, seed=1),
    "erasing": lambda: layers.RandomErasing(seed=1),
    "contrast": lambda: layers.RandomContrast(0.5, seed=1),
    "brightness": lambda: layers.RandomBrightness(0.5, seed=1),
    "grayscale": lambda: layers.RandomGrayscale(seed=1),
    "solarization": lambda: layers.Solarization(0.5, 0.5, seed=1),
    "invert": lambda: layers.RandomInvert(seed=1),
    "posterization": lambda: layers.RandomPosterization(8, seed=1),
    "hue": lambda: layers.RandomHue(0.5, seed=1),
    "saturation": lambda: layers.RandomSaturation((0.2, 0.9), seed=1),
    "degeneration": lambda: layers.RandomColorDegeneration(0.5, seed=1),
    "jitter": lambda: layers.RandomColorJitter((0, 255), 0.2, 0.2, (0.4, 0.6), 0.2, seed=1),
    "blur": lambda: layers.RandomGaussianBlur(kernel_size=(5, 3), seed=1),
    "sharpness": lambda: layers.RandomSharpness(1.0, seed=1),
    "perspective": lambda: layers.RandomPerspective(scale=0.5, seed=1),
    "elastic": lambda: layers.RandomElasticTransform(seed=1),
    "rand augment": lambda: layers.RandAugment(num_ops=1, seed=1),
    "aug mix": lambda: layers.AugMix(num_chains=2, chain_depth=1, seed=1),
    "pipeline": lambda: layers.Pipeline([layers.RandomFlip(seed=1), layers.RandomHue(0.5, seed=2)]),
    "mix up": lambda: layers.MixUp(seed=1),
    "cut mix": lambda: layers.CutMix(seed=1),
}
EACH = pytest.mark.parametrize("make", RANDOM.values(), ids=RANDOM)


@EACH
def test_a_seed_decides_what_happens(make):
    first, second = make(), make()
    ys = [np.asarray(first(X)) for _ in range(4)]
    for y in ys:
        np.testing.assert_array_equal(second(X), y)
    assert any(not np.array_equal(ys[0], y) for y in ys[1:])


@EACH
def test_a_compiled_program_draws_the_same(make):
    alone, inside = make(), make()
    alone(X)
    inside(X)
    f = wg.function(lambda x: inside(x, training=True), signature=("f32[batch,8,6,3]",))
    for x in (X, X[:2]):
        np.testing.assert_allclose(f(x), alone(x), rtol=1e-4, atol=1e-3)
    assert f.compiles == 1


@EACH
def test_nothing_happens_in_use_but_crops(make):
    layer = make()
    y = np.asarray(layer(X, training=False))
    np.testing.assert_array_equal(layer(X, training=False), y)
    if not isinstance(layer, layers.RandomCrop):
        np.testing.assert_array_equal(y, X)


@EACH
def test_one_image_is_changed_as_a_batch_of_one(make):
    one, batch = make(), make()
    np.testing.assert_array_equal(one(X[0]), np.asarray(batch(X[:1]))[0])


def test_a_model_augments_while_it_trains_only(tmp_path):
    wg.set_random_seed(0)
    model = wg.Sequential(
        [
            wg.Input((8, 6, 3)),
            layers.Rescaling(1 / 255),
            layers.RandomFlip("horizontal", seed=1),
            layers.RandomTranslation(0.2, 0.2, seed=2),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((4, 1), np.float32), epochs=2, verbose=0)
    assert model.train_step.compiles == 1
    np.testing.assert_array_equal(model.predict(X, verbose=0), model.predict(X, verbose=0))
    model.save(tmp_path / "model")
    again = wg.load_model(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_flipped_images_are_mirrored_or_as_they_were():
    y = np.asarray(layers.RandomFlip("horizontal", seed=3)(np.repeat(X, 8, axis=0)))
    same = [np.array_equal(a, b) for a, b in zip(y, np.repeat(X, 8, axis=0), strict=True)]
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(y, np.repeat(X, 8, axis=0), strict=True)]
    assert all(s != m for s, m in zip(same, mirrored, strict=True))
    assert 4 < sum(mirrored) < 28


def test_crops_are_parts_of_the_images():
    y = np.asarray(layers.RandomCrop(5, 4, seed=3)(X))
    parts = {(i, j): X[:, i : i + 5, j : j + 4] for i in range(4) for j in range(3)}
    assert [at for at, part in parts.items() if np.array_equal(part, y)]


def test_a_translation_by_whole_pixels_moves_them():
    y = layers.RandomTranslation((0.25, 0.25), (0.5, 0.5), fill_mode="constant", fill_value=-1.0)(X)
    np.testing.assert_allclose(np.asarray(y)[:, 2:, 3:], X[:, :-2, :-3], rtol=1e-6)
    np.testing.assert_array_equal(np.asarray(y)[:, :2], -1)


def test_half_a_turn_is_both_flips():
    y = layers.RandomRotation((0.5, 0.5))(X)
    np.testing.assert_allclose(y, X[:, ::-1, ::-1], atol=1e-2)


def test_a_rectangle_is_erased():
    y = np.asarray(layers.RandomErasing((1.0, 1.0), (0.25, 0.25), fill_value=[1.0, 2.0, 3.0], seed=1)(X))
    for before, after in zip(X, y, strict=True):
        gone = np.all(after == [1, 2, 3], axis=-1)
        assert 6 <= gone.sum() <= 20
        np.testing.assert_array_equal(after[~gone], before[~gone])


@pytest.mark.parametrize("kind", [layers.MixUp, layers.CutMix])
def test_labels_are_mixed_in_the_shares_of_the_images(kind):
    images = np.repeat(np.eye(4, dtype=np.float32)[:, None, None], 8, axis=1).repeat(8, axis=2)
    both = kind(seed=2)({"images": images, "labels": np.eye(4, dtype=np.float32)})
    shares = np.asarray(both["images"]).mean((1, 2))
    np.testing.assert_allclose(both["labels"], shares, atol=1e-5)
    np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-5)


def test_bytes_stay_bytes_when_resized():
    y = layers.Resizing(3, 3)(X.astype(np.uint8))
    assert y.dtype == np.uint8
    assert layers.RandomFlip()(X.astype(np.uint8)).dtype == "float32"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Resizing(0, 3), "Resizing: height must be a positive int; got 0"),
        (
            lambda: layers.Resizing(2, 2, "bilinar"),
            'interpolation must be "nearest", "bilinear", .* or .* Did you mean \'bilinear\'',
        ),
        (lambda: layers.RandomFlip("horizontl"), "mode must be .*Did you mean 'horizontal'"),
        (
            lambda: layers.RandomRotation(2),
            r"RandomRotation: factor must be a number, or two, in -1\.\.1; got 2",
        ),
        (lambda: layers.RandomContrast((-1, 0)), r"factor must be a number, or two, in 0\.\.1"),
        (
            lambda: layers.RandomZoom(0.1, fill_mode="mirror"),
            'fill_mode must be "reflect", "wrap", "constant" or "nearest"',
        ),
        (lambda: layers.RandomBrightness(0.1, value_range=3), "value_range must be two numbers; got 3"),
        (lambda: layers.CenterCrop(2, 2, "channels_first"), 'data_format must be "channels_last"'),
        (lambda: layers.RandomHue(-0.1), r"RandomHue: factor must be a number, or two, in 0\.\.1; got -0.1"),
        (lambda: layers.RandomHue("much"), "factor must be a number, or two, .* got 'much'"),
        (lambda: layers.RandomPosterization(9), r"factor must be a number, or two, in 1\.\.8; got 9"),
        (
            lambda: layers.RandomGaussianBlur(kernel_size=4),
            "kernel_size must be an odd number > 0, or two; got 4",
        ),
        (lambda: layers.RandomGaussianBlur(sigma=(0, 2)), r"sigma must be a number, or two, in 0\.\.1"),
        (lambda: layers.RandomColorJitter(hue_factor=2), "RandomHue: factor must be a number"),
        (
            lambda: layers.RandomPerspective(scale=2.0),
            r"RandomPerspective: scale must be in 0\.\.1; got 2\.0",
        ),
        (lambda: layers.RandomPerspective(interpolation="cubic"), "interpolation must be"),
        (lambda: layers.RandAugment(num_ops=0), "RandAugment: num_ops must be a positive int; got 0"),
        (lambda: layers.AugMix(alpha=0.0), "AugMix: alpha must be > 0"),
        (lambda: layers.Equalization(bins=0), "Equalization: bins must be a positive int; got 0"),
        (lambda: layers.Equalization((0, 0)), "value_range must be two numbers"),
        (
            lambda: layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(0, 2)),
            "tile_grid_size must be two ints > 0",
        ),
        (
            lambda: layers.RandomFlip()({"images": X, "bounding_boxes": X}),
            r"a dict must have images, and may have labels and segmentation_masks; got \['bounding_boxes', 'images'\]",
        ),
        (
            lambda: layers.MixUp()({"images": X, "label": X}),
            r"a dict must have images, and may have labels; got \['images', 'label'\]",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with (
        pytest.raises(ValueError, match=message)
        if "dict" not in message
        else pytest.raises(wg.errors.UsageError, match=message)
    ):
        make()


def test_what_is_no_image_is_refused():
    with pytest.raises(ShapeError, match=r"must be \[height, width, channels\] or .* got f32\[8,6\]"):
        layers.RandomFlip()(X[0, :, :, 0])
