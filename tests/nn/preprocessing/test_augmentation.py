"""What augmentation does to pixels: colours, places, masks, and which of several changes is picked."""

import numpy as np
import pytest
from scipy import ndimage

import wengert as wg
from wengert.nn import layers
from wengert.ops import sampling

RNG = np.random.default_rng(0)
X = RNG.uniform(0, 255, (4, 8, 6, 3)).astype(np.float32)


def test_places_of_an_elastic_image_move_as_far_as_the_formula_says():
    layer = layers.RandomElasticTransform(scale=(0.8, 0.8), seed=3)
    x = np.zeros((8, 48, 40, 1), np.float32)
    layer(x)
    rows, columns = layer.places(wg.Tensor(x))
    sigma = 0.05 * 0.8 * 40
    k = np.arange(9) - 4
    bell = np.exp(-0.5 * (k / sigma) ** 2)
    bell /= bell.sum()
    want = 0.1 * 0.8 * 48 * sigma * (bell**2).sum()
    row, column = (np.asarray(v) for v in sampling.grid(*x.shape[1:3]))
    for moves in (np.asarray(rows) - row, np.asarray(columns) - column):
        inner = moves[:, 5:-5, 5:-5]
        assert abs(inner.std() / want - 1) < 0.1
        neighbours = np.corrcoef(inner[:, :, 1:].ravel(), inner[:, :, :-1].ravel())[0, 1]
        assert abs(neighbours - (bell[1:] * bell[:-1]).sum() / (bell**2).sum()) < 0.05


def test_equal_pixels_stay_as_they_are_when_places_move():
    x = np.full((2, 8, 6, 3), 3.0, np.float32)
    for layer in (layers.RandomElasticTransform(seed=1), layers.RandomPerspective(fill_value=3.0, seed=1)):
        np.testing.assert_allclose(layer(x), x, rtol=1e-5)


def test_blur_is_a_gaussian_filter():
    y = layers.RandomGaussianBlur((1.0, 1.0), kernel_size=9, sigma=(1.0, 1.0))(X)
    want = ndimage.gaussian_filter(X, (0, 1, 1, 0), truncate=4.0, mode="constant")
    np.testing.assert_allclose(y, want, rtol=1e-4, atol=1e-2)


def test_equalized_levels_are_shares_of_darker_pixels():
    x = np.arange(64, dtype=np.float32).reshape(1, 8, 8, 1)
    np.testing.assert_array_equal(layers.Equalization()(x).ravel(), np.round(np.arange(64) * 255 / 63))
    np.testing.assert_array_equal(layers.Equalization()(np.full_like(x, 9.0)), np.full_like(x, 9.0))


def test_contrast_is_raised_in_each_part_by_itself():
    x = RNG.uniform(100, 110, (1, 32, 32, 1)).astype(np.float32)
    x[:, :, 16:] += 100
    y = np.asarray(
        layers.ContrastLimitedAdaptiveHistogramEqualization(clip_limit=0.0, tile_grid_size=(1, 2))(x)
    )
    for half in (y[:, :, :8], y[:, :, 24:]):  # 10 levels before
        assert half.max() - half.min() > 200


MASKS = (np.arange(4 * 8 * 6).reshape(4, 8, 6, 1) % 5).astype(np.uint8)
MOVERS = {
    "flip": lambda: layers.RandomFlip(seed=1),
    "crop": lambda: layers.RandomCrop(5, 4, seed=1),
    "rotation": lambda: layers.RandomRotation(0.3, interpolation="nearest", seed=1),
    "translation": lambda: layers.RandomTranslation(0.3, 0.3, interpolation="nearest", seed=1),
    "perspective": lambda: layers.RandomPerspective((0.5, 0.5), interpolation="nearest", seed=1),
}


@pytest.mark.parametrize("make", MOVERS.values(), ids=MOVERS)
def test_masks_move_as_their_images(make):
    images = np.repeat(MASKS, 3, axis=-1).astype(np.float32)
    y = make()({"images": images, "segmentation_masks": MASKS, "labels": np.arange(4)})
    assert y["segmentation_masks"].dtype == "uint8"
    np.testing.assert_array_equal(np.asarray(y["images"])[..., :1], y["segmentation_masks"])
    np.testing.assert_array_equal(y["labels"], np.arange(4))
    assert not np.array_equal(np.asarray(y["segmentation_masks"]), MASKS)


def test_masks_stay_where_only_colours_change_and_in_use():
    given = {"images": X, "segmentation_masks": MASKS}
    np.testing.assert_array_equal(layers.RandomHue(0.5)(given)["segmentation_masks"], MASKS)
    used = layers.RandomRotation(0.5)(given, training=False)
    np.testing.assert_array_equal(used["segmentation_masks"], MASKS)
    np.testing.assert_array_equal(used["images"], X)


def test_a_key_decides_for_images_and_masks_of_a_policy():
    layer = layers.RandAugment(num_ops=2, interpolation="nearest")
    images = np.repeat(MASKS, 3, axis=-1).astype(np.float32)
    for key in range(12):
        both = layer({"images": images, "segmentation_masks": MASKS}, key=key)
        again = layer({"images": images, "segmentation_masks": MASKS}, key=key)
        for k in both:
            np.testing.assert_array_equal(both[k], again[k])
        assert set(np.unique(both["segmentation_masks"])) <= set(range(5))


def test_each_change_of_a_policy_is_picked():
    layer = layers.RandAugment(num_ops=1, factor=(0.5, 0.5), interpolation="nearest")
    known = [np.asarray(step(X[:1])) for step in layer.steps() if type(step).__name__ in FIXED]
    seen = [np.asarray(layer(X[:1], key=key)) for key in range(80)]
    hits = [sum(np.allclose(y, want, atol=1e-2) for y in seen) for want in known]
    assert all(1 <= n <= 25 for n in hits), hits


FIXED = (
    "RandomTranslation",
    "RandomRotation",
    "AutoContrast",
    "Equalization",
    "RandomBrightness",
    "RandomColorDegeneration",
)


def test_a_mix_of_one_chain_of_nothing_is_the_image():
    layer = layers.AugMix(num_chains=1, chain_depth=1, seed=1)
    ys = [np.asarray(layer(X)) for _ in range(40)]
    assert 0 < sum(np.allclose(y, X, atol=1e-3) for y in ys) < 20


def test_a_pipeline_does_one_layer_after_the_other():
    pipeline = layers.Pipeline([layers.Rescaling(1 / 255), layers.Resizing(4, 3), layers.RandomFlip(seed=1)])
    np.testing.assert_allclose(
        pipeline(X, training=False), layers.Resizing(4, 3)(layers.Rescaling(1 / 255)(X)), rtol=1e-5
    )
    with pytest.raises(wg.errors.UsageError, match="Pipeline: layers must be a list of layers; got 3"):
        layers.Pipeline(3)


def test_a_model_with_a_pipeline_is_saved(tmp_path):
    wg.set_random_seed(0)
    augment = layers.Pipeline([layers.RandomRotation(0.1, seed=1), layers.RandAugment(num_ops=1, seed=2)])
    model = wg.Sequential([wg.Input((8, 6, 3)), augment, layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X / 255, np.zeros((4, 1), np.float32), epochs=2, verbose=0)
    model.save(tmp_path / "model.wengert")
    again = wg.load_model(tmp_path / "model.wengert")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
