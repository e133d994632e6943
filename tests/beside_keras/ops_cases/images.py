"""Calls of operations on images, signals, and of networks; `case.py` says what a case is."""

import numpy as np

from tests.beside_keras.ops_cases.case import of, with_call

RNG = np.random.default_rng(7)


def draw(*shape, low=-1.0, high=1.0):
    return RNG.uniform(low, high, shape).astype("float32")


def whole(*shape, low=0, high=256, dtype="uint8"):
    return RNG.integers(low, high, shape).astype(dtype)


PICTURES = draw(2, 7, 6, 3, low=0.0)
PICTURE = draw(7, 6, 3, low=0.0)
FIRST = draw(2, 3, 7, 6, low=0.0)
BYTES = whole(2, 7, 6, 3)
CHANNELS_FIRST = {"data_format": "channels_first"}

AFFINE = np.array([[1.1, 0.2, -0.7, -0.1, 0.9, 0.6], [0.8, 0.1, 1.3, 0.3, 1.2, -1.6]], "float32")
CORNERS = np.array([[0, 0], [5, 0], [0, 6], [5, 6]], "float32")
MOVED = np.stack([CORNERS + draw(4, 2), CORNERS + draw(4, 2)])


def affine(x, **how):
    """Keras on JAX takes what divides, c0 and c1, for moves among channels: they are 0 here, and constant."""
    none = np.zeros((2, 2), "float32")
    name = "image.affine_transform"
    return with_call(
        name, lambda ops, x, a: ops.image.affine_transform(x, ops.concatenate([a, none], 1), **how), x, AFFINE
    )


COLOURS = [
    of("image.rgb_to_grayscale", PICTURES),
    of("image.rgb_to_grayscale", BYTES),
    of("image.rgb_to_grayscale", FIRST, **CHANNELS_FIRST),
    of("image.rgb_to_grayscale", draw(2, 4, 4, 1)),
    of("image.rgb_to_hsv", PICTURES),
    of("image.rgb_to_hsv", FIRST, **CHANNELS_FIRST),
    of("image.hsv_to_rgb", PICTURE),
    of("image.hsv_to_rgb", FIRST, **CHANNELS_FIRST),
]
SIZES = [
    *(
        of("image.resize", PICTURES, (4, 8), how)
        for how in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    ),
    *(
        of("image.resize", PICTURES, (4, 8), how, antialias=True)
        for how in ("nearest", "bilinear", "bicubic")
    ),
    of("image.resize", BYTES, (5, 9), interpolation="bicubic"),
    of("image.resize", FIRST, (5, 9), **CHANNELS_FIRST),
    of("image.resize", PICTURE, (5, 9), crop_to_aspect_ratio=True),
    of("image.resize", PICTURES, (5, 9), pad_to_aspect_ratio=True, fill_value=0.5),
    of("image.resize", PICTURES, (9, 4), pad_to_aspect_ratio=True),
    of("image.pad_images", PICTURES, 1, 2, bottom_padding=3, right_padding=0),
    of("image.pad_images", PICTURE, 1, target_height=10, right_padding=2, target_width=9),
    of("image.pad_images", FIRST, 1, 2, 0, 1, **CHANNELS_FIRST),
    of("image.crop_images", PICTURES, 1, 2, 3, 0),
    of("image.crop_images", PICTURE, bottom_cropping=1, target_height=4, left_cropping=2, target_width=3),
    of("image.crop_images", FIRST, 1, 2, 0, 1, **CHANNELS_FIRST),
    of("image.extract_patches", PICTURES, 3),
    of("image.extract_patches", PICTURES, (3, 2), (1, 2), padding="same"),
    of("image.extract_patches", PICTURE, (2, 2), 1, 2),
    of("image.extract_patches", FIRST, 2, **CHANNELS_FIRST),
    of("image.extract_patches", draw(1, 4, 5, 6, 2), (2, 2, 3)),
    of("image.extract_patches_3d", draw(2, 5, 4, 6, 2), 2, padding="same"),
    of("image.extract_patches_3d", draw(5, 4, 6, 2), (2, 1, 3), 1),
    *(
        of("image.scale_and_translate", draw(5, 6, 2), shape, draw(2, low=0.5), draw(2), (0, 1), how, smooth)
        for how, shape, smooth in (
            ("linear", (8, 7, 2), True),
            ("bicubic", (4, 7, 2), True),
            ("lanczos3", (8, 4, 2), False),
            ("lanczos5", (5, 6, 2), True),
        )
    ),
]
PLACES = [
    *(
        affine(PICTURES, interpolation=how, fill_mode=fill, fill_value=0.3)
        for how, fill in (
            ("bilinear", "constant"),
            ("nearest", "reflect"),
            ("bilinear", "wrap"),
            ("bilinear", "mirror"),
            ("nearest", "nearest"),
        )
    ),
    affine(BYTES),
    affine(FIRST, **CHANNELS_FIRST),
    with_call(
        "image.affine_transform",
        lambda ops, x: ops.image.affine_transform(x, np.append(AFFINE[0], [0, 0]).astype("float32")),
        PICTURE,
    ),
    of("image.perspective_transform", PICTURES, MOVED, np.stack([CORNERS] * 2)),
    of("image.perspective_transform", PICTURE, MOVED[0], CORNERS, interpolation="nearest", fill_value=0.5),
    of("image.perspective_transform", FIRST, MOVED, np.stack([CORNERS] * 2), **CHANNELS_FIRST),
    *(
        of("image.map_coordinates", draw(5, 6), draw(2, 3, 4, low=-7, high=12), order, fill, 0.7)
        for order, fill in (
            (0, "constant"),
            (1, "constant"),
            (1, "nearest"),
            (0, "wrap"),
            (1, "mirror"),
            (1, "reflect"),
        )
    ),
    of("image.map_coordinates", draw(3, 4, 5), draw(3, 7, low=0, high=3), order=1),
    of("image.map_coordinates", whole(5, 6, dtype="int32"), draw(2, 9, low=0, high=4), 1),
]
FILTERS = [
    of("image.gaussian_blur", PICTURES, data_format="channels_last"),
    of("image.gaussian_blur", FIRST, (5, 3), (0.7, 1.2), **CHANNELS_FIRST),
    of("image.gaussian_blur", PICTURE, (4, 1), (1.5, 1.0), data_format="channels_last"),
    of("image.sobel_edges", PICTURES),
    of("image.sobel_edges", FIRST, **CHANNELS_FIRST),
    of("image.ssim", draw(2, 13, 12, 3, low=0), draw(2, 13, 12, 3, low=0)),
    of("image.ssim", draw(9, 8, 3, low=0), draw(9, 8, 3, low=0), 2.0, 5, 1.0, 0.02, 0.05),
    of("image.ssim", draw(2, 3, 13, 12, low=0), draw(2, 3, 13, 12, low=0), **CHANNELS_FIRST),
    of("psnr", PICTURES, PICTURES + draw(*PICTURES.shape), 255.0),
]
SIGNALS = [
    of("fft", [draw(3, 8), draw(3, 8)]),
    of("fft2", [draw(2, 5, 6), draw(2, 5, 6)]),
    of("ifft2", [draw(2, 5, 6), draw(2, 5, 6)]),
    of("rfft", draw(3, 9)),
    of("rfft", draw(3, 9), 12),
    of("rfft", draw(3, 9), fft_length=6),
    of("irfft", [draw(3, 5), draw(3, 5)]),
    of("irfft", [draw(3, 5), draw(3, 5)], 9),
    of("stft", draw(2, 30), 8, 4, 8),
    of("stft", draw(30), 6, 3, 10, "hamming", False),
    of("stft", draw(2, 2, 30), 8, 2, 8, window=None),
    of("stft", draw(2, 30), 5, 2, 8, draw(5, low=0.5)),
    of("istft", [draw(2, 7, 5), draw(2, 7, 5)], 8, 2, 8),
    of("istft", [draw(7, 6), draw(7, 6)], 8, 3, 10, 20, "hamming"),
    of("istft", [draw(2, 7, 5), draw(2, 7, 5)], 8, 4, 8, window=None),
    of("istft", [draw(2, 7, 5), draw(2, 7, 5)], 8, 4, 8, center=False),
    of("extract_sequences", draw(2, 3, 11), 4, 3),
    of("polar", draw(2, 3, low=0.5), draw(2, 3)),
    with_call(
        "view_as_complex", lambda ops, x: ops.view_as_real(ops.square(ops.view_as_complex(x))), draw(3, 2)
    ),
    of("view_as_real", draw(3) + 1j * draw(3)),
    of("view", draw(3, 4), "int32"),
    of("view", whole(2, 8), dtype="uint32"),
]
CONVOLUTIONS = [
    of("conv", draw(2, 7, 6, 4), draw(3, 2, 4, 5)),
    of("conv", draw(2, 7, 6, 4), draw(3, 2, 2, 6), (2, 1), "same"),
    of("conv", draw(2, 7, 4), draw(3, 4, 5), 1, "valid", None, 2),
    of("conv", draw(2, 4, 7, 6), draw(3, 2, 4, 5), 2, "same", **CHANNELS_FIRST),
    of("conv", draw(1, 4, 5, 6, 2), draw(2, 2, 2, 2, 3), strides=2),
    of("depthwise_conv", draw(2, 7, 6, 4), draw(3, 2, 4, 2), padding="same"),
    of("depthwise_conv", draw(2, 4, 7), draw(3, 4, 1), 2, **CHANNELS_FIRST),
    of("separable_conv", draw(2, 7, 6, 4), draw(3, 2, 4, 2), draw(1, 1, 8, 5), 2, "same"),
    of(
        "separable_conv",
        draw(2, 4, 7, 6),
        draw(2, 2, 4, 1),
        draw(1, 1, 4, 3),
        dilation_rate=2,
        **CHANNELS_FIRST,
    ),
    of("conv_transpose", draw(2, 5, 4, 3), draw(3, 2, 6, 3), 2),
    of("conv_transpose", draw(2, 5, 3), draw(3, 6, 3), 2, "same"),
    of("conv_transpose", draw(2, 5, 3), draw(3, 6, 3), 3, "valid", 1),
    of("conv_transpose", draw(2, 3, 5, 4), draw(3, 3, 2, 3), 2, "same", **CHANNELS_FIRST),
    of("conv_transpose", draw(2, 5, 4, 3), draw(2, 2, 6, 3), dilation_rate=2),
    of("max_pool", draw(2, 7, 6, 3), 2, 2),
    of("max_pool", draw(2, 7, 6, 3), (3, 2), 1, "same"),
    of("max_pool", draw(2, 3, 7), 3, 2, **CHANNELS_FIRST),
    of("average_pool", draw(2, 7, 6, 3), (2, 2), 2),
    of("average_pool", draw(2, 7, 6, 3), (3, 2), 2, "same"),
    of("average_pool", draw(2, 3, 4, 5, 6), 2, 1, **CHANNELS_FIRST),
    of("adaptive_average_pool", draw(2, 7, 6, 3), (3, 4)),
    of("adaptive_average_pool", draw(2, 3, 8), 4, **CHANNELS_FIRST),
    of("adaptive_average_pool", draw(1, 5, 4, 6, 2), 2),
    of("adaptive_max_pool", draw(2, 7, 6, 3), (3, 4)),
    of("adaptive_max_pool", draw(2, 3, 8, 6), 3, **CHANNELS_FIRST),
    of("depth_to_space", draw(2, 3, 2, 8), 2),
    of("depth_to_space", draw(2, 8, 3, 2), 2, **CHANNELS_FIRST),
    of("space_to_depth", draw(2, 4, 6, 3), 2),
    of("space_to_depth", draw(2, 3, 4, 6), 2, **CHANNELS_FIRST),
    of("unfold", draw(2, 3, 6, 5), 2),
    of("unfold", draw(2, 3, 6, 5), (2, 3), 2, (1, 2), (2, 1)),
    of("fold", draw(2, 12, 20), (6, 5), 2),
    of("fold", draw(2, 18, 15), (6, 5), (2, 3), 2, (1, 2), (2, 1)),
]
NETWORKS = [
    of("batch_normalization", draw(2, 4, 3), draw(3), draw(3, low=0.5), -1),
    of("batch_normalization", draw(2, 4, 3), draw(4), draw(4, low=0.5), 1, draw(4), draw(4), 0.1),
    of("layer_normalization", draw(2, 4, 5)),
    of("layer_normalization", draw(2, 4, 5), draw(5), draw(5), epsilon=0.01),
    of("layer_normalization", draw(2, 4, 5), draw(4, 5), draw(4, 5), axis=(1, 2)),
    of("layer_normalization", draw(2, 4, 5), draw(4), axis=1),
    of("layer_normalization", draw(2, 4, 5), draw(5), rms_scaling=True),
    of("softmax", draw(2, 4, 5), axis=None),
    of("softmax", draw(2, 4, 5), axis=(0, 2)),
    of("log_softmax", draw(2, 4, 5), axis=(1, 2)),
    of("rms_normalization", draw(2, 4, 5)),
    of("rms_normalization", draw(2, 4, 5), draw(5), -1, 0.01),
    of("rms_normalization", draw(2, 4, 5), draw(4, 5), axis=(1, 2)),
    of("dot_product_attention", draw(2, 5, 4, 3), draw(2, 6, 4, 3), draw(2, 6, 4, 3)),
    of(
        "dot_product_attention",
        draw(2, 5, 4, 3),
        draw(2, 5, 2, 3),
        draw(2, 5, 2, 3),
        is_causal=True,
        scale=0.7,
    ),
    of(
        "dot_product_attention",
        draw(2, 5, 4, 3),
        draw(2, 6, 1, 3),
        draw(2, 6, 1, 3),
        draw(1, 4, 5, 6),
        whole(2, 1, 5, 6, high=2, dtype=bool) | np.eye(5, 6, dtype=bool),
    ),
    of(
        "ctc_loss",
        whole(3, 4, low=1, high=5, dtype="int32"),
        draw(3, 10, 6, low=-3, high=3),
        np.array([4, 2, 3]),
        np.array([10, 7, 9]),
    ),
    of(
        "ctc_loss",
        whole(3, 4, low=0, high=4, dtype="int32"),
        draw(3, 10, 6),
        np.array([4, 2, 1]),
        np.array([10, 8, 9]),
        mask_index=5,
    ),
    of("ctc_decode", draw(3, 9, 4, low=-3, high=3), np.array([9, 5, 7])),
    of("ctc_decode", draw(3, 9, 4), np.array([9, 5, 7]), merge_repeated=False, mask_index=None),
    # Without derivatives: those of Keras are not finite.
    of(
        "ctc_decode",
        draw(3, 6, 4, low=-3, high=3).astype("float64"),
        np.array([6, 3, 5]),
        "beam_search",
        100,
        5,
    ),
    of("ctc_decode", draw(2, 9, 5).astype("float64"), np.array([9, 8]), "beam_search", 8, 3, mask_index=2),
]

CASES = [*COLOURS, *SIZES, *PLACES, *FILTERS, *SIGNALS, *CONVOLUTIONS, *NETWORKS]
