"""Calls of wg.ops and keras.ops: images, signals, convolutions, normalisation, attention, sequences.

Each is (name of the operation, arguments, keywords); floating-point arrays among the arguments are differentiated by.
"""

import numpy as np

RNG = np.random.default_rng(7)


def draw(*shape, low=-1.0, high=1.0):
    return RNG.uniform(low, high, shape).astype("float32")


def whole(*shape, low=0, high=256, dtype="uint8"):
    return RNG.integers(low, high, shape).astype(dtype)


PICTURES = draw(2, 7, 6, 3, low=0.0)
PICTURE = draw(7, 6, 3, low=0.0)
FIRST = draw(2, 3, 7, 6, low=0.0)  # channels first
BYTES = whole(2, 7, 6, 3)
FIRST_FORMAT = {"data_format": "channels_first"}

AFFINE = np.array([[1.1, 0.2, -0.7, -0.1, 0.9, 0.6, 0, 0], [0.8, 0, 1.3, 0.3, 1.2, -1.6, 0, 0]], "float32")
CORNERS = np.array([[0, 0], [5, 0], [0, 6], [5, 6]], "float32")
MOVED = np.stack([CORNERS + draw(4, 2), CORNERS + draw(4, 2)])

CASES = [
    # colours
    ("image.rgb_to_grayscale", (PICTURES,), {}),
    ("image.rgb_to_grayscale", (BYTES,), {}),
    ("image.rgb_to_grayscale", (FIRST,), FIRST_FORMAT),
    ("image.rgb_to_grayscale", (draw(2, 4, 4, 1),), {}),
    ("image.rgb_to_hsv", (PICTURES,), {}),
    ("image.rgb_to_hsv", (FIRST,), FIRST_FORMAT),
    ("image.hsv_to_rgb", (PICTURE,), {}),
    ("image.hsv_to_rgb", (FIRST,), FIRST_FORMAT),
    # sizes
    *(
        ("image.resize", (PICTURES, size), {"interpolation": how, "antialias": antialias})
        for how in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
        for size in ((4, 3), (11, 13))
        for antialias in (False, True)
    ),
    ("image.resize", (BYTES, (5, 9)), {"interpolation": "bicubic"}),
    ("image.resize", (FIRST, (5, 9)), FIRST_FORMAT),
    ("image.resize", (PICTURE, (5, 9)), {"crop_to_aspect_ratio": True}),
    ("image.resize", (PICTURE, (9, 5)), {"crop_to_aspect_ratio": True}),
    ("image.resize", (PICTURES, (5, 9)), {"pad_to_aspect_ratio": True, "fill_value": 0.5}),
    ("image.resize", (PICTURES, (9, 4)), {"pad_to_aspect_ratio": True}),
    ("image.pad_images", (PICTURES, 1, 2), {"bottom_padding": 3, "right_padding": 0}),
    ("image.pad_images", (PICTURE, 1), {"target_height": 10, "right_padding": 2, "target_width": 9}),
    ("image.pad_images", (FIRST, 1, 2, 0, 1), FIRST_FORMAT),
    ("image.crop_images", (PICTURES, 1, 2, 3, 0), {}),
    ("image.crop_images", (PICTURE,), dict(bottom_cropping=1, target_height=4, left_cropping=2, target_width=3)),
    ("image.crop_images", (FIRST, 1, 2, 0, 1), FIRST_FORMAT),
    ("image.extract_patches", (PICTURES, 3), {}),
    ("image.extract_patches", (PICTURES, (3, 2), (1, 2)), {"padding": "same"}),
    ("image.extract_patches", (PICTURE, (2, 2), 1, 2), {}),
    ("image.extract_patches", (FIRST, 2), FIRST_FORMAT),
    ("image.extract_patches", (draw(1, 4, 5, 6, 2), (2, 2, 3)), {}),
    ("image.extract_patches_3d", (draw(2, 5, 4, 6, 2), 2), {"padding": "same"}),
    ("image.extract_patches_3d", (draw(5, 4, 6, 2), (2, 1, 3), 1), {}),
    # places
    *(
        ("image.affine_transform", (PICTURES, AFFINE), {"interpolation": how, "fill_mode": fill, "fill_value": 0.3})
        for how, fill in (
            ("bilinear", "constant"),
            ("nearest", "reflect"),
            ("bilinear", "wrap"),
            ("bilinear", "mirror"),
            ("nearest", "nearest"),
        )
    ),
    ("image.affine_transform", (PICTURE, AFFINE[0]), {}),
    ("image.affine_transform", (BYTES, AFFINE), {}),
    ("image.affine_transform", (FIRST, AFFINE), FIRST_FORMAT),
    ("image.perspective_transform", (PICTURES, MOVED, np.stack([CORNERS] * 2)), {}),
    ("image.perspective_transform", (PICTURE, MOVED[0], CORNERS), {"interpolation": "nearest", "fill_value": 0.5}),
    ("image.perspective_transform", (FIRST, MOVED, np.stack([CORNERS] * 2)), FIRST_FORMAT),
    *(
        ("image.map_coordinates", (draw(5, 6), draw(2, 3, 4, low=-7, high=12), order, fill, 0.7), {})
        for order in (0, 1)
        for fill in ("constant", "nearest", "wrap", "mirror", "reflect")
    ),
    ("image.map_coordinates", (draw(3, 4, 5), draw(3, 7, low=0, high=3)), {"order": 1}),
    ("image.map_coordinates", (whole(5, 6, dtype="int32"), draw(2, 9, low=0, high=4), 1), {}),
    *(
        (
            "image.scale_and_translate",
            (draw(5, 6, 2), shape, np.array(scale, "float32"), np.array([0.4, -0.7], "float32"), (0, 1), method),
            {"antialias": antialias},
        )
        for method in ("linear", "cubic", "lanczos3", "lanczos5")
        for shape, scale, antialias in (((8, 7, 2), (1.7, 1.3), True), ((4, 4, 2), (0.6, 0.5), True), ((4, 4, 2), (0.6, 0.5), False))
    ),
    ("image.gaussian_blur", (PICTURES,), {"data_format": "channels_last"}),
    ("image.gaussian_blur", (FIRST, (5, 3), (0.7, 1.2)), FIRST_FORMAT),
    ("image.gaussian_blur", (PICTURE, (4, 1), (1.5, 1.0)), {"data_format": "channels_last"}),
    ("image.sobel_edges", (PICTURES,), {}),
    ("image.sobel_edges", (FIRST,), FIRST_FORMAT),
    ("image.ssim", (draw(2, 13, 12, 3, low=0), draw(2, 13, 12, 3, low=0)), {}),
    ("image.ssim", (draw(9, 8, 3, low=0), draw(9, 8, 3, low=0), 2.0, 5, 1.0, 0.02, 0.05), {}),
    ("image.ssim", (draw(2, 3, 13, 12, low=0), draw(2, 3, 13, 12, low=0)), FIRST_FORMAT),
    ("psnr", (PICTURES, PICTURES + draw(*PICTURES.shape), 255.0), {}),
    # signals
    ("fft", ((draw(3, 8), draw(3, 8)),), {}),
    ("fft2", ((draw(2, 5, 6), draw(2, 5, 6)),), {}),
    ("ifft2", ((draw(2, 5, 6), draw(2, 5, 6)),), {}),
    ("rfft", (draw(3, 9),), {}),
    ("rfft", (draw(3, 9), 12), {}),
    ("rfft", (draw(3, 9),), {"fft_length": 6}),
    ("irfft", ((draw(3, 5), draw(3, 5)),), {}),
    ("irfft", ((draw(3, 5), draw(3, 5)), 9), {}),
    ("stft", (draw(2, 30), 8, 4, 8), {}),
    ("stft", (draw(30), 6, 3, 10, "hamming", False), {}),
    ("stft", (draw(2, 2, 30), 8, 2, 8), {"window": None}),
    ("stft", (draw(2, 30), 5, 2, 8, np.linspace(0.5, 1, 5, dtype="float32")), {}),
    ("istft", ((draw(2, 7, 5), draw(2, 7, 5)), 8, 2, 8), {}),
    ("istft", ((draw(7, 6), draw(7, 6)), 8, 3, 10, 20, "hamming"), {}),
    ("istft", ((draw(2, 7, 5), draw(2, 7, 5)), 8, 4, 8), {"window": None}),
    ("istft", ((draw(2, 7, 5), draw(2, 7, 5)), 8, 4, 8), {"center": False}),
    ("extract_sequences", (draw(2, 3, 11), 4, 3), {}),
    ("polar", (draw(2, 3, low=0.5), draw(2, 3)), {}),
    ("view_as_complex", (draw(3, 2),), {}),
    ("view_as_real", (draw(3) + 1j * draw(3),), {}),
    # convolutions
    ("conv", (draw(2, 7, 6, 4), draw(3, 2, 4, 5)), {}),
    ("conv", (draw(2, 7, 6, 4), draw(3, 2, 2, 6), (2, 1), "same"), {}),
    ("conv", (draw(2, 7, 4), draw(3, 4, 5), 1, "valid", None, 2), {}),
    ("conv", (draw(2, 4, 7, 6), draw(3, 2, 4, 5), 2, "same"), FIRST_FORMAT),
    ("conv", (draw(1, 4, 5, 6, 2), draw(2, 2, 2, 2, 3)), {"strides": 2}),
    ("depthwise_conv", (draw(2, 7, 6, 4), draw(3, 2, 4, 2)), {"padding": "same"}),
    ("depthwise_conv", (draw(2, 4, 7), draw(3, 4, 1), 2), FIRST_FORMAT),
    ("separable_conv", (draw(2, 7, 6, 4), draw(3, 2, 4, 2), draw(1, 1, 8, 5), 2, "same"), {}),
    ("separable_conv", (draw(2, 4, 7, 6), draw(2, 2, 4, 1), draw(1, 1, 4, 3)), {**FIRST_FORMAT, "dilation_rate": 2}),
    ("conv_transpose", (draw(2, 5, 4, 3), draw(3, 2, 6, 3), 2), {}),
    ("conv_transpose", (draw(2, 5, 3), draw(3, 6, 3), 2, "same"), {}),
    ("conv_transpose", (draw(2, 5, 3), draw(3, 6, 3), 3, "valid", 1), {}),
    ("conv_transpose", (draw(2, 3, 5, 4), draw(3, 3, 2, 3), 2, "same"), FIRST_FORMAT),
    ("conv_transpose", (draw(2, 5, 4, 3), draw(2, 2, 6, 3)), {"dilation_rate": 2}),
    ("max_pool", (draw(2, 7, 6, 3), 2), {}),
    ("max_pool", (draw(2, 7, 6, 3), (3, 2), 1, "same"), {}),
    ("max_pool", (draw(2, 3, 7), 3, 2), FIRST_FORMAT),
    ("average_pool", (draw(2, 7, 6, 3), 2), {}),
    ("average_pool", (draw(2, 7, 6, 3), (3, 2), 2, "same"), {}),
    ("average_pool", (draw(2, 3, 4, 5, 6), 2), FIRST_FORMAT),
    ("adaptive_average_pool", (draw(2, 7, 6, 3), (3, 4)), {}),
    ("adaptive_average_pool", (draw(2, 3, 8), 4), FIRST_FORMAT),
    ("adaptive_average_pool", (draw(1, 5, 4, 6, 2), 2), {}),
    ("adaptive_max_pool", (draw(2, 7, 6, 3), (3, 4)), {}),
    ("adaptive_max_pool", (draw(2, 3, 8, 6), 3), FIRST_FORMAT),
    ("depth_to_space", (draw(2, 3, 2, 8), 2), {}),
    ("depth_to_space", (draw(2, 8, 3, 2), 2), FIRST_FORMAT),
    ("space_to_depth", (draw(2, 4, 6, 3), 2), {}),
    ("space_to_depth", (draw(2, 3, 4, 6), 2), FIRST_FORMAT),
    ("unfold", (draw(2, 3, 6, 5), 2), {}),
    ("unfold", (draw(2, 3, 6, 5), (2, 3), 2, (1, 2), (2, 1)), {}),
    ("fold", (draw(2, 12, 20), (6, 5), 2), {}),
    ("fold", (draw(2, 18, 15), (6, 5), (2, 3), 2, (1, 2), (2, 1)), {}),
    # normalisation
    ("batch_normalization", (draw(2, 4, 3), draw(3), draw(3, low=0.5), -1), {}),
    ("batch_normalization", (draw(2, 4, 3), draw(4), draw(4, low=0.5), 1, draw(4), draw(4), 0.1), {}),
    ("layer_normalization", (draw(2, 4, 5),), {}),
    ("layer_normalization", (draw(2, 4, 5), draw(5), draw(5)), {"epsilon": 0.01}),
    ("layer_normalization", (draw(2, 4, 5), draw(4, 5), draw(4, 5)), {"axis": (1, 2)}),
    ("layer_normalization", (draw(2, 4, 5), draw(4)), {"axis": 1}),
    ("rms_normalization", (draw(2, 4, 5),), {}),
    ("rms_normalization", (draw(2, 4, 5), draw(5), -1, 0.01), {}),
    ("rms_normalization", (draw(2, 4, 5), draw(4, 5)), {"axis": (1, 2)}),
    # attention
    ("dot_product_attention", (draw(2, 5, 4, 3), draw(2, 6, 4, 3), draw(2, 6, 4, 3)), {}),
    ("dot_product_attention", (draw(2, 5, 4, 3), draw(2, 5, 2, 3), draw(2, 5, 2, 3)), {"is_causal": True, "scale": 0.7}),
    (
        "dot_product_attention",
        (draw(2, 5, 4, 3), draw(2, 6, 1, 3), draw(2, 6, 1, 3), draw(1, 4, 5, 6), whole(2, 1, 5, 6, high=2).astype(bool) | np.eye(5, 6, dtype=bool)),
        {},
    ),
    # sequences
    (
        "ctc_loss",
        (whole(3, 4, low=1, high=5, dtype="int32"), draw(3, 10, 6, low=-3, high=3), np.array([4, 2, 3]), np.array([10, 7, 9])),
        {},
    ),
    (
        "ctc_loss",
        (whole(3, 4, low=0, high=4, dtype="int32"), draw(3, 10, 6), np.array([4, 2, 1]), np.array([10, 8, 9])),
        {"mask_index": 5},
    ),
    ("ctc_decode", (draw(3, 9, 4, low=-3, high=3), np.array([9, 5, 7])), {}),
    ("ctc_decode", (draw(3, 9, 4, low=-3, high=3), np.array([9, 5, 7])), {"merge_repeated": False, "mask_index": None}),
    ("ctc_decode", (draw(3, 6, 4, low=-3, high=3), np.array([6, 3, 5]), "beam_search", 100, 5), {}),
    ("ctc_decode", (draw(2, 9, 5, low=-3, high=3), np.array([9, 8]), "beam_search", 8, 3), {"mask_index": 2}),
]  # fmt: skip
