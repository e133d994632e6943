"""pad beside NumPy's, in every mode."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ops.padding import FOLDED, MODES


def options(mode, n):
    """Of some trials, what a mode can be told."""
    if mode == "constant":
        return {"constant_values": n % 3}
    if mode == "linear_ramp":
        return {"end_values": n % 5}
    if mode in ("maximum", "minimum", "mean", "median") and n % 2:
        return {"stat_length": n % 4 + 1}
    if mode in ("reflect", "symmetric") and n % 4 == 1:
        return {"reflect_type": "odd"}
    return {}


@pytest.mark.parametrize("mode", [m for m in MODES if m != "empty"])
def test_values_are_those_of_numpy(mode, rng):
    for n in range(60):
        shape = tuple(rng.integers(1, 5, rng.integers(1, 4)))
        widths = [tuple(int(k) for k in rng.integers(0, (4, 9)[n % 2], 2)) for _ in shape]
        x = rng.standard_normal(shape) * 9 if n % 3 else rng.integers(-9, 9, shape)
        want = np.pad(x, widths, mode, **options(mode, n))
        got = np.asarray(wg.pad(x, widths, mode, **options(mode, n)))
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, atol=1e-12, err_msg=f"{shape} {widths} {options(mode, n)}")


@pytest.mark.parametrize("mode", MODES)
def test_compiled_with_a_symbolic_batch(mode, rng):
    f = wg.function(lambda x: wg.pad(x, ((0, 0), (2, 3)), mode), signature=("f32[b,4]",))
    for b in (3, 1, 0):
        x = rng.random((b, 4), np.float32)
        want = np.pad(x, ((0, 0), (2, 3)), "constant" if mode == "empty" else mode)
        np.testing.assert_allclose(f(x), want, rtol=1e-6)


@pytest.mark.parametrize("mode", [*FOLDED, "linear_ramp", "maximum", "constant"])
def test_an_axis_of_symbolic_length(mode, rng):
    f = wg.function(lambda x: wg.pad(x, (2, 3), mode), signature=("f32[n]",))
    for n in (7, 2, 1):
        x = rng.random(n, np.float32)
        np.testing.assert_allclose(f(x), np.pad(x, (2, 3), mode), rtol=1e-6)


@pytest.mark.parametrize("widths", [1, (1, 2), ((1, 2),), ((0, 1), (2, 0))])
def test_widths_for_all_axes_or_for_each(widths):
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(wg.pad(x, widths), np.pad(x, widths))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: wg.pad(x, ((1, 2), (3, 4), (5, 6))), ShapeError, r"pad_width.*f32\[2,3\]"),
        (lambda x: wg.pad(x, -1), ShapeError, "pad_width.*got -1"),
        (lambda x: wg.pad(x, 1.5), ShapeError, "pad_width.*got 1.5"),
        (lambda x: wg.pad(x, 1, "middle"), ValueRangeError, "mode must be one of constant.*got 'middle'"),
        (
            lambda x: wg.pad(x[:0], 1, "edge"),
            ShapeError,
            r"there must be .*axis 0 in mode edge; got f32\[0,3\]",
        ),
        (lambda x: wg.pad(x, 1, "mean", stat_length=0), ValueRangeError, "stat_length.*got 0"),
        (lambda x: wg.pad(x, 1, "reflect", reflect_type="no"), ValueRangeError, "reflect_type.*got 'no'"),
    ],
)
def test_wrong_calls_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=rf"pad: {message}.*test_padding\.py"):
        call(wg.ones((2, 3)))
