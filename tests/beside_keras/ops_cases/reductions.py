"""Reductions, quantiles, bins and order."""

import numpy as np

from tests.beside_keras.ops_cases.case import each, of, values, with_call
from tests.beside_keras.ops_cases.elementwise import COMPLEX, OTHERS, TRUE, WHOLE, X, Y, some

BOX = some(2, 3, 4)
HOLES = BOX.copy()
HOLES[0, 1, :2] = HOLES[1, 2, 3] = np.nan
EMPTY = HOLES.copy()
EMPTY[1, 1] = np.nan
FLAT = some(9)
SORTED = np.sort(FLAT)
IDS = np.array([2, 0, 2, 1, 2])
DATA = some(5, 3)
COUNTS = np.array([1, 5, 2, 2, 0])
NANS = "nanmax nanmin nansum nanprod nanmean nanvar nanstd nanmedian"

CASES = [
    *each(
        "sum mean prod max min amax amin std var ptp median any all argmax argmin logsumexp count_nonzero average",
        BOX,
    ),
    *each("sum mean prod max min amax amin std var ptp median any all argmax argmin logsumexp", BOX, 1, True),
    *each(
        "sum mean max min std var any all argmax argmin logsumexp count_nonzero average cumsum cumprod",
        BOX,
        axis=-1,
    ),
    *each("sum mean prod max min std var ptp median any logsumexp count_nonzero", x=BOX, axis=(0, 2)),
    *each("sum max any mean prod cumsum argmax", WHOLE),
    *each("any all sum count_nonzero", TRUE, 0),
    *each("cumsum cumprod nancumsum nancumprod", HOLES),
    *each("nancumsum nancumprod", HOLES, axis=1),
    *each(NANS, HOLES),
    *each(NANS, HOLES, 2, True),
    *each(NANS, HOLES, axis=(0, 2)),
    *each(NANS, WHOLE),
    *each("nanmax nanmean nanvar nanmedian nansum nanprod", EMPTY, axis=-1),
    *each("nanargmax nanargmin", HOLES, 1, True),
    *each("nanargmax nanargmin", EMPTY, axis=-1),
    *each("nanargmax nanargmin", HOLES),
    of("max", X, initial=5.0),
    of("min", X, 0, True, -5.0),
    of("max", X[:0], 0, initial=1.0),
    of("prod", X, 0, False, "float32"),
    of("average", X, 1, Y[0] + 3),
    of("average", X, axis=0, weights=np.abs(Y)),
    of("average", X, weights=np.abs(Y)),
    of("moments", BOX, [0, 2]),
    of("moments", BOX, 1, keepdims=True, synchronized=False),
    *[of("quantile", BOX, 0.3, 1, method) for method in ("linear", "lower", "higher", "midpoint", "nearest")],
    *[
        of("nanquantile", HOLES, 0.7, -1, method, True)
        for method in ("linear", "lower", "higher", "midpoint", "nearest")
    ],
    *each("quantile nanquantile", HOLES, 0.25),
    of("quantile", BOX, np.array([0.1, 0.5, 1.0], "float32"), axis=(0, 1)),
    *values(of("nanquantile", EMPTY, np.array([0.1, 0.9], "float32"), axis=2, keepdims=True)),
    of("quantile", FLAT, 0.5, keepdims=True),
    *each("percentile nanpercentile", BOX, 30.0, axis=1),
    of("percentile", BOX, np.array([10.0, 80.0], "float32")),
    of("median", FLAT),
    of("median", HOLES, axis=1),
    of("median", WHOLE, axis=0),
    of("bincount", COUNTS),
    of("bincount", COUNTS, minlength=8),
    of("bincount", COUNTS, DATA[:, 0]),
    of("bincount", np.stack([COUNTS, COUNTS[::-1]])),
    of("bincount", np.stack([COUNTS] * 2), weights=DATA.T[:2].copy(), minlength=7),
    of("digitize", FLAT, SORTED[::2].copy()),
    of("digitize", FLAT, SORTED[::-2].copy()),
    of("digitize", OTHERS, np.array([2, 4, 9])),
    of("histogram", FLAT),
    of("histogram", FLAT, bins=4, range=(-1.0, 1.5)),
    of("histogram", np.ones(4, "float32"), 3),
    of("searchsorted", SORTED, FLAT),
    of("searchsorted", SORTED, FLAT, side="right"),
    of("sort", BOX),
    of("sort", BOX, axis=0),
    of("argsort", FLAT),
    of("argsort", BOX, 1),
    with_call("argpartition", lambda ops, x: ops.take(x, ops.argpartition(x, 3))[3], FLAT),
    with_call("argpartition", lambda ops, x: ops.argpartition(x, kth=0, axis=1)[:, 0], X),
    of("top_k", BOX, 2),
    of("in_top_k", np.array([2, 0, 3]), X, 2),
    of("in_top_k", np.array([2, 4, 9]), X, k=4),
    of("unique", WHOLE),
    of("unique", WHOLE, return_index=True, return_inverse=True, return_counts=True),
    of("unique", WHOLE % 3, axis=0, return_counts=True),
    of("unique", WHOLE, size=5, return_index=True, return_inverse=True, return_counts=True),
    of("unique", COUNTS, size=7, fill_value=-1, return_counts=True),
    of("unique", COUNTS, size=7, return_index=True),
    *each("segment_sum segment_max segment_min segment_prod", DATA, IDS, 3),
    *each("segment_sum segment_max", data=DATA, segment_ids=np.sort(IDS), num_segments=3, sorted=True),
    of("diff", BOX),
    of("diff", BOX, 2, 0),
    of("diff", a=BOX, n=1, axis=1),
    of("diff", WHOLE),
    of("trapezoid", BOX),
    of("trapezoid", BOX, dx=0.5, axis=1),
    of("trapezoid", X, SORTED[:4].copy()),
    of("trapezoid", X, Y, axis=0),
    of("corrcoef", X),
    of("corrcoef", FLAT),
    *[of("correlate", FLAT, DATA[0], mode) for mode in ("valid", "full", "same")],
    *[of("correlate", DATA[:, 0].copy(), FLAT, mode=mode) for mode in ("valid", "full", "same")],
    *[of("correlate", FLAT, X[0], mode) for mode in ("valid", "full", "same")],
    of("correlate", COUNTS, np.array([1, 2])),
    of("vander", FLAT),
    of("vander", FLAT, N=3),
    of("vander", FLAT, 4, increasing=True),
    of("vander", WHOLE[0]),
    of("count_nonzero", COMPLEX),
]
