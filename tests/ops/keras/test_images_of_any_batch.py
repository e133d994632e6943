"""Operations on images, signals and of networks in models whose batch is not known: what they give eagerly."""

import numpy as np
import pytest

import wengert as wg
from wengert import ops

RNG = np.random.default_rng(3)


def draw(*shape):
    return RNG.uniform(0.1, 1, shape).astype("float32")


IMAGES = (8, 6, 3)
AFFINE = np.array([1.1, 0.2, -0.7, -0.1, 0.9, 0.6, 0.01, 0], "float32")
CORNERS = np.array([[0, 0], [5, 0], [0, 7], [5, 7]], "float32")
FUNCTIONS = {
    "affine_transform": (lambda x: ops.image.affine_transform(x, AFFINE), IMAGES),
    "crop_images": (lambda x: ops.image.crop_images(x, 1, 2, 3, 0), IMAGES),
    "elastic_transform": (lambda x: ops.image.elastic_transform(x, alpha=0.0, seed=1), IMAGES),
    "extract_patches": (lambda x: ops.image.extract_patches(x, 3, padding="same"), IMAGES),
    "extract_patches_3d": (lambda x: ops.image.extract_patches_3d(x, 2), (4, 4, 4, 2)),
    "gaussian_blur": (ops.image.gaussian_blur, IMAGES),
    "hsv_to_rgb": (ops.image.hsv_to_rgb, IMAGES),
    "pad_images": (lambda x: ops.image.pad_images(x, 1, 2, 3, 0), IMAGES),
    "perspective_transform": (
        lambda x: ops.image.perspective_transform(x, CORNERS, CORNERS * 0.9 + 0.2),
        IMAGES,
    ),
    "resize": (lambda x: ops.image.resize(x, (5, 9), "bicubic"), IMAGES),
    "rgb_to_grayscale": (ops.image.rgb_to_grayscale, IMAGES),
    "rgb_to_hsv": (ops.image.rgb_to_hsv, IMAGES),
    "sobel_edges": (ops.image.sobel_edges, IMAGES),
    "ssim": (lambda x: ops.image.ssim(x, x * 0.9, filter_size=5), IMAGES),
    "fft": (lambda x: ops.fft((x, x))[1], (8,)),
    "rfft": (lambda x: ops.rfft(x)[0], (8,)),
    "istft": (lambda x: ops.istft(ops.stft(x, 8, 4, 8), 8, 4, 8), (32,)),
    "extract_sequences": (lambda x: ops.extract_sequences(x, 4, 2), (10,)),
    "conv first": (
        lambda x: ops.conv(x, np.ones((3, 3, 8, 2), "float32"), data_format="channels_first"),
        (8, 6, 5),
    ),
    "conv_transpose": (lambda x: ops.conv_transpose(x, np.ones((3, 3, 2, 3), "float32"), 2, "same"), IMAGES),
    "separable_conv": (
        lambda x: ops.separable_conv(x, np.ones((3, 3, 3, 1), "float32"), np.ones((1, 1, 3, 4), "float32")),
        IMAGES,
    ),
    "adaptive_max_pool": (lambda x: ops.adaptive_max_pool(x, 3), IMAGES),
    "depth_to_space": (lambda x: ops.depth_to_space(x, 2), (3, 4, 8)),
    "space_to_depth": (lambda x: ops.space_to_depth(x, 2), IMAGES),
    "unfold": (lambda x: ops.unfold(x, 2), (3, 6, 5)),
    "fold": (lambda x: ops.fold(ops.unfold(x, 2), (6, 5), 2), (3, 6, 5)),
    "batch_normalization": (lambda x: ops.batch_normalization(x, [0.1] * 3, [0.4] * 3, -1), IMAGES),
    "layer_normalization": (lambda x: ops.layer_normalization(x, axis=(1, 2)), IMAGES),
    "rms_normalization": (ops.rms_normalization, IMAGES),
    "dot_product_attention": (lambda x: ops.dot_product_attention(x, x, x, is_causal=True), (5, 2, 4)),
    "ctc_loss": (
        lambda x: ops.ctc_loss(
            ops.cast(x[:, :3, 0] * 0 + 1, "int32"),
            x,
            ops.cast(x[:, 0, 0] * 0 + 2, "int32"),
            ops.cast(x[:, 0, 0] * 0 + 7, "int32"),
        ),
        (9, 4),
    ),
    "ctc_decode": (lambda x: ops.ctc_decode(x, ops.cast(x[:, 0, 0] * 0 + 7, "int32"))[0][0], (9, 4)),
    "ctc_decode by beams": (
        lambda x: ops.ctc_decode(x, ops.cast(x[:, 0, 0] * 0 + 7, "int32"), "beam_search", 5, 2)[0][1],
        (9, 4),
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_model_of_any_batch_gives_what_the_function_gives(name):
    f, shape = FUNCTIONS[name]
    x = wg.Input(shape)
    model = wg.Model(x, f(x))
    for batch in (1, 3):
        data = draw(batch, *shape)
        want = np.asarray(f(wg.Tensor(data)))
        got = model(data)
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)
