"""Colours of pixels, beside colorsys."""

import colorsys

import numpy as np

import wengert as wg
from wengert.ops import colours

RNG = np.random.default_rng(0)


def test_hue_saturation_and_value_are_those_of_colorsys():
    x = RNG.uniform(0, 1, (40, 3)).astype(np.float32)
    x[0], x[1], x[2] = 0, (0.5, 0.5, 0.5), (0.2, 0.7, 0.7)
    planes = np.concatenate([np.asarray(p) for p in colours.to_hsv(wg.Tensor(x))], -1)
    np.testing.assert_allclose(planes, [colorsys.rgb_to_hsv(*map(float, p)) for p in x], atol=1e-6)
    np.testing.assert_allclose(colours.to_rgb(*colours.to_hsv(wg.Tensor(x))), x, atol=1e-6)
