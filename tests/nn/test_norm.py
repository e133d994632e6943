"""Normalisation: its derivative, which is given in one formula."""

import numpy as np
import pytest

import wengert as wg
from wengert.ops.normalization import standardized


@pytest.mark.parametrize("axes", [(1,), (0, 1)])
def test_standardized_rows_have_all_their_derivatives(axes):
    x = np.random.default_rng(0).normal(size=(3, 4))
    report = wg.check(lambda x: standardized(x, axes, 1e-2), x)
    assert report.ok, str(report)


def test_a_layer_normalisation_is_one_kernel_each_way():
    """But for the sums over the batch."""
    layer = wg.layers.LayerNormalization()
    x = np.random.default_rng(0).normal(size=(4, 3, 64)).astype(np.float32)
    layer(x)
    back = wg.function(lambda x, g: wg.vjp(layer, x)[1](g)[0])
    names = [k.name for k in back.kernels(x, x)]
    assert names[-1].startswith("mul f32[4,3,64]"), names
    assert len(names) <= 4, names
