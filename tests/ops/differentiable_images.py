"""Functions of `ops` on images, sound and sequences that have a derivative, with arguments to check it at."""

import numpy as np

from wengert.ops import (
    attention,
    colours,
    conv,
    filters,
    image_quality,
    image_sizes,
    joining,
    math,
    normalization,
    resize,
    sampling,
    stft,
)
from wengert.ops.ctc import ctc

RNG = np.random.default_rng(11)


def some(*lengths, low=0.1, high=1.0):
    return RNG.uniform(low, high, lengths)


IMAGE, PIXELS = some(2, 6, 5, 2), some(3, 4, 3)
CORNERS = np.array([[[0, 0], [5, 0], [0, 6], [5, 6]]], float)
WAVE = some(2, 20)

ROWS = {
    "attention.attention": (
        lambda q, k, v, b: attention.attention(q, k, v, bias=b, is_causal=True),
        some(2, 3, 4, 2), some(2, 5, 2, 2), some(2, 5, 2, 2), some(1, 4, 3, 5),
    ),
    "colours.grey": (colours.grey, PIXELS),
    "colours.to_hsv": (lambda x: joining.concatenate(colours.to_hsv(x), axis=-1), PIXELS),
    "colours.to_rgb": (colours.to_rgb, some(3, 4, 1), some(3, 4, 1), some(3, 4, 1)),
    "conv.adaptive_max_pool": (lambda x: conv.adaptive_max_pool(x, (3, 2)), IMAGE),
    "conv.adaptive_average_pool": (lambda x: conv.adaptive_average_pool(x, (4, 2)), IMAGE),
    "ctc.ctc, lengths": (lambda x: ctc([[1, 2], [2, 1]], x, [2, 1], [6, 4]), some(2, 6, 3)),
    "filters.filtered": (lambda x, w: filters.filtered(x, w, 1), IMAGE, some(3)),
    "filters.bell": (lambda s: filters.bell(5, s), some()),
    "filters.slope": (lambda x: filters.slope(x, 1, 2), IMAGE),
    "image_quality.psnr": (lambda x, y: image_quality.psnr(x, y, 1.0), IMAGE, some(2, 6, 5, 2)),
    "image_quality.ssim": (
        lambda x, y: image_quality.ssim(x, y, filter_size=3), IMAGE, some(2, 6, 5, 2),
    ),
    "image_sizes.resized": (lambda x: image_sizes.resized(x, (4, 8), "bicubic", around=True), IMAGE),
    "image_sizes.widest": (lambda x: image_sizes.widest(x, 1, 2), IMAGE),
    "normalization.standardized": (lambda x: normalization.standardized(x, (1,), 0.1), some(3, 4)),
    "normalization.of_unit_size": (lambda x: normalization.of_unit_size(x, (1,), 0.1), some(3, 4)),
    "resize.scale_and_translate": (
        lambda x, s, t: resize.scale_and_translate(x, (3, 4), (0, 1), s, t, "cubic"),
        some(5, 4), some(2, low=0.45, high=1.8), some(2),
    ),
    "sampling.map_coordinates": (
        lambda x, i, j: sampling.map_coordinates(x, [i, j], fill_mode="mirror"),
        some(4, 5), some(3, low=-2, high=6), some(3, low=-2, high=6),
    ),
    "sampling.sampled": (
        lambda x, i, j: sampling.sampled(x, (i, j), "bilinear", "reflect"),
        IMAGE, some(2, 3, 3, 1, low=-2, high=6), some(2, 3, 3, 1, low=-2, high=6),
    ),
    "sampling.projected": (lambda t: joining.stack(sampling.projected(t, 3, 4)), some(2, 8)),
    "sampling.homography": (sampling.homography, CORNERS + some(2, 4, 2), CORNERS[0]),
    "stft.stft": (lambda x: math.square(math.abs(stft.stft(x, 6, 3, 8))), WAVE),
    "stft.istft": (lambda x: stft.istft(stft.stft(x, 6, 3, 8), 6, 3, 8), WAVE),
}  # fmt: skip

NOT_DIFFERENTIABLE = (
    "causal expand_dims_behind greedy_labels grid is_long likely_labels mixed_by mixed_in_blocks near require_words "
    "saturated short_bell sides softmax_where weights_of window_values"
)
