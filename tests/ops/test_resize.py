"""resize beside PyTorch's interpolate (2.13): sums of its results, weighted and squared, are kept here."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, ValueRangeError

X = np.arange(12.0).reshape(3, 4) ** 1.5
TORCH = {
    ("nearest", (5, 3), ()): (20.84768597, 6379.0),
    ("linear", (5, 3), ()): (26.1169915, 5054.2284545),
    ("linear", (5, 3), ("align_corners",)): (27.28740289, 4956.11093697),
    ("linear", (5, 3), ("antialias",)): (26.43181861, 5001.50898537),
    ("cubic", (5, 3), ()): (28.04765962, 5429.46437285),
    ("cubic", (5, 3), ("align_corners",)): (27.57100847, 5020.12176486),
    ("cubic", (5, 3), ("antialias",)): (27.10749261, 5389.63768556),
    ("nearest", (2, 9), ()): (-49.25483927, 8224.0),
    ("linear", (2, 9), ()): (-39.95827753, 6242.01440592),
    ("linear", (2, 9), ("align_corners",)): (-50.98995593, 8036.09778068),
    ("linear", (2, 9), ("antialias",)): (-34.36584217, 5483.76960105),
    ("cubic", (2, 9), ()): (-42.37806446, 6561.27773059),
    ("cubic", (2, 9), ("align_corners",)): (-50.96777615, 8044.09088777),
    ("cubic", (2, 9), ("antialias",)): (-37.09676063, 5782.01876985),
}


@pytest.mark.parametrize("case", TORCH, ids=str)
def test_values_are_those_of_torch(case):
    method, size, options = case
    y = np.asarray(wg.resize(X, size, (0, 1), method, **dict.fromkeys(options, True)))
    assert y.shape == size
    found = np.sum(y * np.cos(np.arange(y.size)).reshape(size)), np.sum(y * y)
    np.testing.assert_allclose(found, TORCH[case], rtol=1e-8)


@pytest.mark.parametrize("method", ["nearest", "linear", "cubic"])
def test_images_of_any_batch_compiled(method, rng):
    f = wg.function(lambda x: wg.resize(x, (7, 3), method=method), signature=("f32[b,5,6,2]",))
    for b in (2, 1, 0):
        x = rng.random((b, 5, 6, 2), np.float32)
        want = np.asarray(wg.resize(x, (7, 3), method=method))
        assert want.shape == (b, 7, 3, 2)
        np.testing.assert_allclose(f(x), want, rtol=1e-5, atol=1e-6)
        for image, y in zip(x, want, strict=True):
            np.testing.assert_allclose(wg.resize(image, (7, 3), (0, 1), method), y, rtol=1e-5)


def test_a_constant_stays_and_its_gradient_adds_up(rng):
    x = np.full((1, 9, 4, 1), 3.0)
    for options in ({}, {"align_corners": True}, {"antialias": True}):
        np.testing.assert_allclose(
            wg.resize(x, (4, 11), method="cubic", **options), np.full((1, 4, 11, 1), 3.0)
        )
        g = wg.grad(lambda x, o=options: wg.sum(wg.resize(x, (4, 11), method="cubic", **o)))(x)
        np.testing.assert_allclose(np.sum(np.asarray(g)), 44)


def test_integers_become_floats_but_for_nearest():
    x = np.arange(4, dtype=np.uint8)
    assert wg.resize(x, 8, (0,)).dtype == "float32"
    assert wg.resize(x, 8, (0,), "nearest").dtype == "uint8"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda x: wg.resize(x, 4, method="area"),
            ValueRangeError,
            "method must be one of nearest.*got 'area'",
        ),
        (lambda x: wg.resize(x, (4, 0)), ShapeError, r"size must be a positive int.*got \(4, 0\)"),
        (lambda x: wg.resize(x, (4,)), ShapeError, r"size must be.*2 of them; got \(4,\)"),
        (lambda x: wg.resize(x[:, :0], 4), ShapeError, r"an element along axis 1; got f32\[1,0,3,1\]"),
        (lambda x: wg.resize(x, 4, method="nearest", antialias=True), ValueRangeError, "got nearest"),
        (
            lambda x: wg.resize(x, 4, align_corners=True, antialias=True),
            ValueRangeError,
            "exclude one another",
        ),
    ],
)
def test_wrong_calls_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=rf"resize: .*{message}.*test_resize\.py"):
        call(wg.ones((1, 2, 3, 1)))
