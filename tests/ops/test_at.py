"""`x.at[key]`: what NumPy's assignments and `ufunc.at` do, as new arrays, with derivatives."""

import numpy as np
import pytest

import wengert as wg
from tests.ops.keys import random_key, random_shape
from wengert.base.errors import DTypeError, IndexRangeError, ShapeError, UsageError, ValueRangeError
from wengert.ops.at import At

UFUNCS = {
    "set": None,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "min": np.minimum,
    "max": np.maximum,
}
DUPLICATES = np.array([2, 0, 2, 2])


def reference(name, x, key, values):
    """x after NumPy's update in place."""
    out = x.copy()
    if name == "set":
        out[key] = values
    else:  # NumPy 2.4's `ufunc.at` reads beyond values that it has to broadcast
        UFUNCS[name].at(out, key, np.broadcast_to(values, x[key].shape).copy())
    return out


def cases(rng, count):
    """(x, key, values) of all kinds."""
    while count:
        shape = random_shape(rng)
        x, key = rng.integers(1, 9, shape).astype(np.float64), random_key(rng, shape)
        try:
            want = x[key].shape
        except IndexError:
            continue
        yield x, key, rng.integers(1, 9, want[rng.integers(0, len(want) + 1) :]).astype(np.float64)
        count -= 1


@pytest.mark.parametrize("name", UFUNCS)
def test_updates_are_those_of_numpy(name, rng):
    for x, key, values in cases(rng, 300):
        got = getattr(At(x)[key], name)(values)
        np.testing.assert_allclose(
            got, reference(name, x, key, values), rtol=1e-14, err_msg=f"{x.shape} {key}"
        )


@pytest.mark.parametrize("seed", range(6))
def test_updates_compiled(seed):
    rng = np.random.default_rng(seed)
    found = list(cases(rng, 7))

    @wg.function
    def f(xs, values):
        return [
            getattr(x.at[key], name)(v)
            for name, x, (_, key, _), v in zip(UFUNCS, xs, found, values, strict=True)
        ]

    got = f([x for x, _, _ in found], [v for _, _, v in found])
    for name, y, (x, key, v) in zip(UFUNCS, got, found, strict=True):
        np.testing.assert_allclose(
            y, reference(name, x, key, v), rtol=1e-14, err_msg=f"{name} {x.shape} {key}"
        )


@pytest.mark.parametrize("name", UFUNCS)
@pytest.mark.parametrize("key", [np.s_[1:, ::-2], np.s_[DUPLICATES, 1:3], np.s_[..., DUPLICATES]], ids=str)
def test_updates_have_derivatives_in_x_and_in_the_values(name, key, rng):
    x = rng.permutation(12).reshape(3, 4) / 3 + 0.4
    values = rng.permutation(x[key].size).reshape(x[key].shape) / 5 + 0.5
    report = wg.check(lambda x, v: getattr(x.at[key], name)(v), x, values)
    assert report, report


def test_of_several_values_for_one_element_the_last_is_set_and_gets_the_gradient():
    x, v = np.zeros(3), np.arange(1.0, 5.0)
    f = wg.function(lambda x, v: wg.sum(x.at[DUPLICATES].set(v) * np.array([1.0, 10.0, 100.0])))
    assert f(x, v).item() == 2 * 1 + 4 * 100
    gx, gv = wg.grad(f, argnums=(0, 1))(x, v)
    np.testing.assert_array_equal(gx, [0, 10, 0])
    np.testing.assert_array_equal(gv, [0, 1, 0, 100])


def test_multiplying_by_zeros_has_exact_gradients():
    x, v = np.array([2.0, 3.0]), np.array([0.0, 5.0, 0.0, 7.0])
    g = wg.grad(lambda v: wg.sum(wg.Tensor(x).at[[0, 0, 1, 1]].multiply(v)))(v)
    np.testing.assert_array_equal(g, [10, 0, 21, 0])


def test_equal_extrema_share_the_gradient():
    x, v = np.array([2.0, 1.0]), np.array([2.0, 2.0, 0.5])
    gx, gv = wg.grad(lambda x, v: wg.sum(x.at[[0, 0, 1]].max(v)), argnums=(0, 1))(x, v)
    np.testing.assert_allclose(gx, [1 / 3, 1])
    np.testing.assert_allclose(gv, [1 / 3, 1 / 3, 0])


@pytest.mark.parametrize("name", ["set", "add", "multiply", "max"])
def test_a_symbolic_length_and_indices_that_are_data(name, rng):
    f = wg.function(
        lambda x, i, v: getattr(x.at[1:, i], name)(v), signature=("f32[batch,5]", "i64[k]", "f32[k]")
    )
    for n, k in ((3, 4), (8, 0), (1, 6)):
        x, v = rng.random((n, 5), np.float32), rng.random(k, np.float32)
        i = rng.integers(-5, 5, k)
        np.testing.assert_array_equal(f(x, i, v), reference(name, x, np.s_[1:, i], v))
    with pytest.raises(IndexRangeError, match=rf"{name}: .*-5\.\.4, along axis 1 .*got index 5\..*test_at"):
        f(x, np.array([0, 5]), np.ones(2, np.float32))


def test_a_boolean_mask_is_known_eagerly(rng):
    x = rng.standard_normal((3, 4))
    np.testing.assert_array_equal(wg.Tensor(x).at[wg.Tensor(x) < 0].set(0.0), np.maximum(x, 0))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_order_of_updates_does_not_depend_on_threads(threads, rng):
    x = rng.random((40, 700), np.float32)
    i, v = rng.integers(0, 40, 500), rng.random((500, 700), np.float32)
    before = wg.get_threads()
    try:
        wg.set_threads(threads)
        got = wg.function(lambda x, i, v: (x.at[i].set(v), x.at[i].add(v), x.at[i].multiply(v)))(x, i, v)
    finally:
        wg.set_threads(before)
    for y, name in zip(got, ("set", "add", "multiply"), strict=True):
        np.testing.assert_array_equal(y, reference(name, x, i, v))


def test_get_is_the_element():
    x = wg.arange(6)
    assert x.at[3].get().item() == 3


def test_variables_are_updated_in_place():
    v = wg.Variable(np.zeros((2, 3), np.float32))
    memory = v.array
    v[1, ::2] = 5.0
    v[[0, 0], [1, 1]] = [1.0, 2.0]
    assert v.array is memory
    np.testing.assert_array_equal(v.numpy(), [[0, 2, 0], [5, 0, 5]])

    @wg.function
    def step(i):
        v[0, i] = v[0, i] + 1.0

    step(2)
    step(wg.Tensor(1))
    np.testing.assert_array_equal(v.numpy(), [[0, 3, 1], [5, 0, 5]])


def test_tensors_are_not_written_to():
    with pytest.raises(UsageError, match=r"must not change.*x\.at\[\.\.\.\]\.set\(v\)"):
        wg.ones(3)[0] = 2.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x.at[:2].set(np.ones(3, np.float32)), ShapeError, r"set: .*\[2\]; got f32\[3\]"),
        (lambda x: x.at[0].set(1j), DTypeError, r"set: .*kind.*c128"),
        (lambda x: (x > 0).at[0].set(2), DTypeError, r"set: .*kind.*b1\[4\]"),
        (lambda x: wg.astype(x, "int32").at[0].add(1.5), DTypeError, r"add: .*kind.*i32\[4\]"),
        (lambda x: wg.astype(x, "uint8").at[0].add(300), ValueRangeError, r"add: .*300"),
        (lambda x: wg.astype(x, "int32").at[0].divide(2), DTypeError, r"divide: .*floating-point"),
        (lambda x: x.at[4].set(1.0), IndexRangeError, r"set: .*-4\.\.3.*got index 4"),
        (lambda x: x.at["a"].set(1.0), DTypeError, r"set: .*'a'"),
    ],
)
def test_wrong_updates_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message + r".*test_at\.py"):
        call(wg.ones(4))
