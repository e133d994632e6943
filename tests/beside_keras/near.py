"""How near two arrays must be.

The norm: the largest difference, relative to the largest element of what Keras says, of each array by itself. Where
that is below 0.1, as if it were 0.1: what cancels leaves rounding behind.
"""

import numpy as np


def near(got, want, tolerance):
    got = np.asarray(got)
    assert got.shape == want.shape, f"shape {got.shape}, Keras: {want.shape}"
    if want.dtype.kind in "biuUS":
        np.testing.assert_array_equal(got, want)
        return
    finite = np.isfinite(want)
    np.testing.assert_array_equal(np.isfinite(got), finite)
    np.testing.assert_array_equal(got[~finite], want[~finite])  # NaN, or one infinity
    off = np.abs(got[finite].astype("complex128" if want.dtype.kind == "c" else "float64") - want[finite])
    scale = max(np.abs(want[finite]).max(initial=0), 0.1)
    assert off.max(initial=0) <= tolerance * scale, f"off by {off.max() / scale:.2g} of the largest element"
