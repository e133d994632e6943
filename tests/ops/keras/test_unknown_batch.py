"""Functions of `wg.ops` in a functional model, whose batch may have any length."""

import numpy as np
import pytest

import wengert as wg
from wengert import ops

ROWS = np.random.default_rng(3).normal(size=(5, 3, 4)).astype("float32")
HOLES = np.where(ROWS > 1.2, np.nan, ROWS).astype("float32")
SQUARES = (ROWS @ ROWS.transpose(0, 2, 1) + np.eye(3)).astype("float32")

FUNCTIONS = {
    "along the known axes": (
        lambda x: ops.concatenate([ops.median(x, axis=-1), ops.quantile(x, 0.3, axis=2), ops.ptp(x, 1)], -1),
        ROWS,
    ),
    "along the batch": (lambda x: x - ops.quantile(x, 0.5, axis=0, keepdims=True), ROWS),
    "without NaN": (lambda x: ops.nanmean(x, 2) + ops.nanstd(x, -1) + ops.nanquantile(x, 0.2, -1), HOLES),
    "without NaN in the batch": (
        lambda x: ops.nan_to_num(x - ops.nanmedian(x, axis=0, keepdims=True)),
        HOLES,
    ),
    "running": (lambda x: ops.cumsum(ops.nancumprod(x, 1), 0), HOLES),
    "elementwise": (
        lambda x: ops.sinc(x) + ops.cbrt(x) + ops.heaviside(x, 0.5) + ops.erfc(x) + ops.i0(x),
        ROWS,
    ),
    "comparisons": (lambda x: ops.cast(ops.isclose(x, x + 1e-7), "float32") * ops.fmod(x, 0.7), ROWS),
    "members": (lambda x: ops.cast(ops.isin(ops.round(x), [0.0, 1.0]), "float32"), ROWS),
    "differences": (lambda x: ops.diff(x, axis=1) * ops.expand_dims(ops.trapezoid(x), -1)[:, :1], ROWS),
    "turned": (lambda x: ops.rot90(ops.fliplr(x), axes=(1, 2)), ROWS),
    "pieces": (lambda x: ops.dstack([*ops.dsplit(x, 2), *ops.array_split(x, 3, axis=2)]), ROWS),
    "rearranged": (lambda x: ops.rearrange(x, "b h (w k) -> b (k h) w", k=2), ROWS),
    "merged with the batch": (lambda x: ops.rearrange(x, "b ... c -> (b c) ..."), ROWS),
    "diagonals": (lambda x: ops.diagonal(x, 1, 1, 2) + ops.expand_dims(ops.trace(x, 0, 1, 2), -1), ROWS),
    "matrices": (
        lambda x: ops.cholesky_inverse(ops.cholesky(x)) + ops.inner(x, np.eye(3, dtype="float32")),
        SQUARES,
    ),
    "determinants": (lambda x: ops.logdet(x) + ops.slogdet(x)[0], SQUARES),
    "distances": (lambda x: ops.cdist(x, x[:, :2]), ROWS),
    "elimination": (lambda x: ops.lu_factor(x)[0], SQUARES),
    "outer": (lambda x: ops.kron(ops.reshape(x, (-1, 12)), np.ones((1, 2), "float32")), ROWS),
    "crossed": (lambda x: ops.cross(x, x[:, ::-1], axis=1), ROWS),
    "scanned": (lambda x: ops.associative_scan(lambda a, b: a * b, x, axis=2), ROWS),
    "mapped": (lambda x: ops.vectorized_map(lambda row: row @ ops.transpose(row), x), ROWS),
    "vectorized": (lambda x: ops.vectorize(ops.dot, signature="(n),(n)->()")(x, x[:, :1]), ROWS),
    "binned": (lambda x: ops.histogram(x, 5)[0] + 0 * ops.digitize(x[0, 0, 0], [0.0, 1.0]), ROWS),
    "of a fixed size": (lambda x: ops.unique(ops.round(x), size=4, return_counts=True)[1], ROWS),
    "picked": (lambda x: ops.take_along_axis(x, ops.argpartition(x, 2), -1)[..., 2], ROWS),
    "crossentropy": (lambda x: ops.binary_crossentropy(ops.sigmoid(-x), x, from_logits=True), ROWS),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_model_gives_what_the_function_gives(name):
    function, rows = FUNCTIONS[name]
    x = wg.Input(rows.shape[1:])
    model = wg.Model(x, function(x))
    for n in (5, 2):
        want = np.asarray(function(wg.Tensor(rows[:n])))
        np.testing.assert_allclose(np.asarray(model(rows[:n])), want, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["unique", "bincount"])
def test_what_has_a_length_by_its_values_says_so(name):
    with pytest.raises(
        wg.errors.UsageError, match="known while a program is recorded.*(Give size|segment_sum)"
    ):
        wg.function(lambda x: getattr(ops, name)(x))(wg.Tensor([1, 2, 2]))
