"""Distributions: each draw beside scipy's distribution function, at fixed seeds; keys; the three ways of running."""

import numpy as np
import pytest
from scipy import stats

import wengert as wg
from wengert.base.errors import DTypeError, ShapeError, ValueRangeError
from wengert.ops import random
from wengert.ops.quantiles import normal_quantile

N = 20_000
CONTINUOUS = {
    "uniform": (lambda n, s: random.uniform(n, -1.0, 3.0, seed=s), stats.uniform(-1, 4)),
    "normal": (lambda n, s: random.normal(n, 2.0, 3.0, seed=s), stats.norm(2, 3)),
    "normal, float64": (lambda n, s: random.normal(n, dtype="float64", seed=s), stats.norm),
    "truncated_normal": (
        lambda n, s: random.truncated_normal(n, 1.0, 2.0, seed=s),
        stats.truncnorm(-2, 2, 1, 2),
    ),
    "truncated_normal, a tail": (
        lambda n, s: random.truncated_normal(n, seed=s, lower=5.0, upper=9.0),
        stats.truncnorm(5, 9),
    ),
    "exponential": (lambda n, s: random.exponential(n, 2.0, seed=s), stats.expon(scale=0.5)),
    "laplace": (lambda n, s: random.laplace(n, 1.0, 2.0, seed=s), stats.laplace(1, 2)),
    "gumbel": (lambda n, s: random.gumbel(n, 1.0, 2.0, seed=s), stats.gumbel_r(1, 2)),
    "logistic": (lambda n, s: random.logistic(n, 1.0, 2.0, seed=s), stats.logistic(1, 2)),
    "cauchy": (lambda n, s: random.cauchy(n, 1.0, 2.0, seed=s), stats.cauchy(1, 2)),
    "gamma": (lambda n, s: random.gamma(n, 2.5, 2.0, seed=s), stats.gamma(2.5, scale=0.5)),
    "gamma, small": (lambda n, s: random.gamma(n, 0.3, seed=s), stats.gamma(0.3)),
    "chisquare": (lambda n, s: random.chisquare(n, 3, seed=s), stats.chi2(3)),
    "beta": (lambda n, s: random.beta(n, 0.5, 2.0, seed=s), stats.beta(0.5, 2)),
    "student_t": (lambda n, s: random.student_t(n, 3.0, seed=s), stats.t(3)),
    "dirichlet": (
        lambda n, s: random.dirichlet(n, np.array([1.0, 2.0, 3.0]), seed=s)[..., 1],
        stats.beta(2, 4),
    ),
}
DISCRETE = {
    "randint": (lambda n, s: random.randint(n, -3, 9, seed=s), stats.randint(-3, 9)),
    "bernoulli": (lambda n, s: random.bernoulli(n, 0.3, seed=s), stats.bernoulli(0.3)),
    "geometric": (lambda n, s: random.geometric(n, 0.3, seed=s), stats.geom(0.3)),
    "poisson, small": (lambda n, s: random.poisson(n, 3.0, seed=s), stats.poisson(3)),
    "poisson": (lambda n, s: random.poisson(n, 30.0, seed=s), stats.poisson(30)),
    "binomial, small": (lambda n, s: random.binomial(n, 10, 0.3, seed=s), stats.binom(10, 0.3)),
    "binomial": (lambda n, s: random.binomial(n, 100, 0.3, seed=s), stats.binom(100, 0.3)),
    "binomial, flipped": (lambda n, s: random.binomial(n, 300, 0.8, seed=s), stats.binom(300, 0.8)),
    "rademacher": (lambda n, s: (random.rademacher(n, "int32", seed=s) + 1) // 2, stats.bernoulli(0.5)),
}
DRAWS = {name: draw for name, (draw, _) in (CONTINUOUS | DISCRETE).items()}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_numbers_are_distributed_as_they_should(name):
    draw, wanted = CONTINUOUS[name]
    for seed in (1, 2):
        x = np.asarray(draw((N,), seed), np.float64)
        assert stats.kstest(x, wanted.cdf).pvalue > 1e-3
        if np.isfinite(wanted.var()):
            assert np.mean(x) == pytest.approx(wanted.mean(), abs=5 * wanted.std() / N**0.5)
            assert np.std(x) == pytest.approx(wanted.std(), rel=0.05)


@pytest.mark.parametrize("name", DISCRETE)
def test_whole_numbers_are_distributed_as_they_should(name):
    draw, wanted = DISCRETE[name]
    for seed in (1, 2):
        values, counts = np.unique(np.asarray(draw((N,), seed)).astype(np.int64), return_counts=True)
        every = np.arange(values.min(), values.max() + 1)
        found = np.zeros(len(every))
        found[values - values.min()] = counts
        expected = wanted.pmf(every) * N
        often = expected > 5
        rest = [found[~often].sum(), max(N - expected[often].sum(), 1e-9)]
        deviation = ((found - expected)[often] ** 2 / expected[often]).sum()
        deviation += (rest[0] - rest[1]) ** 2 / rest[1] if rest[1] > 5 else 0
        assert stats.chi2.sf(deviation, max(often.sum() - 1, 1)) > 1e-3
        assert rest[0] < 30


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("compiled", [False, True], ids=["interpreted", "compiled"])
def test_a_recorded_draw_of_a_symbolic_shape_is_the_eager_one(name, compiled):
    f = wg.function(lambda x, k: DRAWS[name](x.shape, k), signature=("f32[n,3]", "i64[]"), compiled=compiled)
    for n in (0, 1, 70):
        want = np.asarray(DRAWS[name]((n, 3), random.key(4)))
        got = f(np.zeros((n, 3), np.float32), random.key(4)).numpy()
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", DRAWS)
def test_an_element_does_not_depend_on_threads_nor_on_how_many_there_are(name):
    f = wg.function(lambda: (DRAWS[name]((3000,), 5), DRAWS[name]((100,), 5)))
    before, found = wg.get_threads(), []
    try:
        for threads in (1, 2):
            wg.set_threads(threads)
            found.append([y.numpy() for y in f()])
    finally:
        wg.set_threads(before)
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][0][:100], found[0][1])


def test_an_int_and_its_key_draw_the_same():
    np.testing.assert_array_equal(random.normal((5,), seed=3), random.normal((5,), seed=random.key(3)))


def test_keys_made_of_a_key_have_nothing_in_common():
    k = random.key(0)
    keys = [k, *random.split(k, 3), *(random.fold_in(k, n) for n in range(3)), random.fold_in(k, -1)]
    draws = [tuple(np.asarray(random.uniform((4,), seed=k))) for k in keys]
    assert len({x for d in draws for x in d}) == 4 * len(keys)
    np.testing.assert_array_equal(random.split(k, 3), random.split(random.key(0), 3))


def test_keys_are_made_inside_of_a_recorded_function(rng):
    def f(k, step):
        a, b = random.split(random.fold_in(k, step))[0], random.fold_in(k, step)
        return random.uniform((3,), seed=a), random.uniform((3,), seed=b)

    for got, want in zip(wg.function(f)(random.key(1), wg.Tensor(7)), f(random.key(1), 7), strict=True):
        np.testing.assert_array_equal(got, want)


def test_parameters_may_be_arrays_and_give_the_shape():
    means = np.array([[0.5], [20.0]])
    x = np.asarray(random.poisson((2, 4000), means, seed=0))
    np.testing.assert_allclose(x.mean(1), means[:, 0], rtol=0.1)
    assert random.gamma(None, means, np.ones(3), seed=0).shape == (2, 3)
    assert random.dirichlet((5,), np.ones((4, 3))[0], seed=0).shape == (5, 3)


def test_derivatives_flow_through_location_and_scale():
    gm, gs = wg.grad(lambda m, s: wg.sum(random.normal((9,), m, s, seed=1)), argnums=(0, 1))(0.0, 2.0)
    assert gm.item() == 9
    np.testing.assert_allclose(gs.item(), np.sum(np.asarray(random.normal((9,), seed=1))), rtol=1e-5)
    g = wg.grad(lambda r: wg.sum(random.gamma((9,), 2.0, r, seed=1)))(2.0)
    np.testing.assert_allclose(
        g.item(), -np.sum(np.asarray(random.gamma((9,), 2.0, 2.0, seed=1))) / 2, rtol=1e-5
    )


def test_parameters_without_a_distribution_give_nan():
    for x in (
        random.gamma(None, np.array([np.nan, -1, np.inf, 0.0]), seed=0),
        random.poisson(None, np.array([np.nan, -1, np.inf]), "float32", seed=0),
        random.binomial(None, 5, np.array([np.nan, -1, 1.5]), "float32", seed=0),
    ):
        assert np.isnan(x.numpy()).all()
    edges = np.asarray(
        random.binomial(None, np.array([5, 5, 0, 10**6]), np.array([0.0, 1.0, 0.5, 1e-300]), seed=0)
    )
    np.testing.assert_array_equal(edges, [0, 5, 0, 0])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_dtypes(dtype):
    for draw in (random.uniform, random.normal, random.exponential, random.gumbel, random.truncated_normal):
        x = draw((1000,), dtype=dtype, seed=0)
        assert x.dtype == dtype
        assert np.isfinite(x.numpy().astype(np.float64)).all()
    u = random.uniform((100_000,), dtype=dtype, seed=0).numpy().astype(np.float64)
    assert u.min() >= 0
    assert u.max() < 1


def test_the_normal_quantile_is_that_of_scipy():
    from scipy.special import ndtri

    p = np.concatenate([np.linspace(1e-6, 1 - 1e-6, 1001), 10.0 ** -np.arange(1, 300, 7)])
    np.testing.assert_allclose(normal_quantile(p), ndtri(p), rtol=1e-14, atol=1e-15)
    np.testing.assert_array_equal(
        normal_quantile(np.array([0.0, 0.5, 1.0, np.nan])), [-np.inf, 0, np.inf, np.nan]
    )


def test_normal_vectors_have_the_covariance():
    mean, cov = np.array([1.0, -2.0]), np.array([[4.0, 1.5], [1.5, 1.0]])
    x = np.asarray(random.multivariate_normal((N,), mean, cov, "float64", seed=1))
    np.testing.assert_allclose(x.mean(0), mean, atol=0.06)
    np.testing.assert_allclose(np.cov(x.T), cov, atol=0.12)
    white = np.linalg.solve(np.linalg.cholesky(cov), (x - mean).T)
    assert stats.kstest(white.reshape(-1), stats.norm.cdf).pvalue > 1e-3
    batch = random.multivariate_normal(None, np.zeros((3, 1, 2)), np.stack([cov] * 4), seed=1)
    assert batch.shape == (3, 4, 2)


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (5, 2), (6, 2, 3)])
def test_random_rotations_are_orthonormal_and_evenly_spread(shape):
    q = np.asarray(random.orthogonal(shape, "float64", seed=1))
    assert q.shape == shape
    q = np.swapaxes(q, -1, -2) if shape[-2] > shape[-1] else q
    np.testing.assert_allclose(
        q @ np.swapaxes(q, -1, -2),
        np.broadcast_to(np.eye(q.shape[-2]), (*q.shape[:-1], q.shape[-2])),
        atol=1e-12,
    )
    angles = np.asarray(random.orthogonal((4000, 2, 2), seed=3))[:, 0]
    assert stats.kstest(np.arctan2(*angles.T), stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-3


@pytest.mark.parametrize("compiled", [False, True])
def test_draws_by_a_factorisation_recorded(compiled):
    def f(mean, cov, k):
        return random.multivariate_normal((6,), mean, cov, seed=k), random.orthogonal((3, 3), seed=k)

    mean, cov = np.zeros(2, np.float32), np.array([[2.0, 1.0], [1.0, 3.0]], np.float32)
    got = wg.function(f, compiled=compiled)(mean, cov, random.key(3))
    for y, want in zip(got, f(mean, cov, random.key(3)), strict=True):
        np.testing.assert_allclose(y, want, rtol=1e-4, atol=1e-5)
    g = wg.grad(lambda c: wg.sum(random.multivariate_normal((6,), mean, c, seed=1) ** 2))(cov)
    assert np.isfinite(g.numpy()).all()


def test_a_permutation_has_each_element_once_and_every_order_is_as_likely():
    orders = np.stack([np.asarray(random.permutation(4, seed=k)) for k in range(2400)])
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(4), (2400, 1)))
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 1e-3


def test_a_permutation_moves_rows_together():
    x = np.arange(12).reshape(4, 3)
    y = np.asarray(random.permutation(x, seed=2))
    assert not np.array_equal(y, x)
    np.testing.assert_array_equal(y[np.argsort(y[:, 0])], x)
    y = np.asarray(random.permutation(x, seed=1, axis=1))
    np.testing.assert_array_equal(np.sort(y, axis=1), x)


@pytest.mark.parametrize("p", [None, [0.1, 0.0, 0.6, 0.3], [2.0, 0.0, 12.0, 6.0]])
def test_choices_are_as_likely_as_they_should(p):
    weights = np.ones(4) if p is None else np.array(p)
    x = np.asarray(random.choice(np.array([10, 11, 12, 13]), (100, 40), p=p, seed=3))
    assert x.shape == (100, 40)
    counts = np.array([(x == k).sum() for k in range(10, 14)])
    expected = weights / weights.sum() * 4000
    assert counts[expected == 0].sum() == 0
    assert stats.chisquare(counts[expected > 0], expected[expected > 0]).pvalue > 1e-3


def test_choices_without_replacement_differ_and_follow_p():
    p = np.array([0.1, 0.2, 0.3, 0.4, 0.0])
    draws = np.stack([np.asarray(random.choice(5, 2, False, p, seed=k)) for k in range(2000)])
    assert (draws[:, 0] != draws[:, 1]).all()
    first = np.bincount(draws[:, 0], minlength=5)
    assert first[4] == 0
    assert stats.chisquare(first[:4], p[:4] * 2000).pvalue > 1e-3
    second = sum(p[k] * p[3] / (1 - p[k]) for k in range(3)) * 2000  # 3 after one of the others
    assert np.sum(draws[:, 1] == 3) == pytest.approx(second, abs=4 * second**0.5)


@pytest.mark.parametrize("compiled", [False, True])
def test_orders_and_choices_recorded(compiled):
    def f(x, k):
        return (
            random.permutation(x, k),
            random.choice(x, 3, False, seed=k),
            random.choice(7, 4, p=np.ones(7), seed=k),
        )

    x = np.arange(20.0, dtype=np.float32)
    recorded = wg.function(f, signature=("f32[20]", "i64[]"), compiled=compiled)
    for got, want in zip(recorded(x, random.key(2)), f(x, random.key(2)), strict=True):
        np.testing.assert_array_equal(got, want)
    symbolic = wg.function(random.permutation, signature=("f32[n]", "i64[]"), compiled=compiled)
    np.testing.assert_array_equal(symbolic(x, random.key(2)), random.permutation(x, random.key(2)))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: random.gamma((3,), -1.0), ValueRangeError, r"gamma: alpha must be > 0; got -1\.0"),
        (lambda: random.poisson((3,), -1), ValueRangeError, r"poisson: mean must be >= 0.*got -1"),
        (lambda: random.binomial((3,), 5, 2.0), ValueRangeError, r"binomial: p must be in 0\.\.1; got 2\.0"),
        (
            lambda: random.normal((3,), np.zeros(4)),
            ShapeError,
            r"normal: mean must broadcast.*\[3\]; got \[4\]",
        ),
        (lambda: random.exponential((3,), dtype="int32"), DTypeError, r"floating-point.*got int32"),
        (
            lambda: random.multivariate_normal((3,), np.zeros(2), np.eye(3)),
            ShapeError,
            r"multivariate_normal: .*mean: f32\[2\], cov: f32\[3,3\]",
        ),
        (lambda: random.orthogonal((3,)), ShapeError, r"orthogonal: shape must have two axes"),
        (lambda: random.permutation(-1), ValueRangeError, r"permutation: n must be >= 0; got -1"),
        (lambda: random.choice(3, 4, replace=False), ShapeError, r"choice: .*at most 3.*got 4"),
        (lambda: random.choice(3, 3, False, [1.0, 0.0, 1.0]), ShapeError, r"choice: .*at most 2.*got 3"),
        (lambda: random.choice(3, p=[1.0, 2.0]), ShapeError, r"choice: p must.*3 elements; got f32\[2\]"),
        (lambda: random.choice(2, p=[-1.0, 2.0]), ValueRangeError, r"choice: p must be numbers >= 0"),
        (lambda: random.choice(0), ShapeError, r"choice: .*one at least; got 0"),
        (lambda: random.split(random.key(0), 0), ValueRangeError, r"split: num.*got 0"),
        (
            lambda: random.split(np.zeros(2)),
            DTypeError,
            r"split: a key must be an int64 scalar.*got f64\[2\]",
        ),
        (lambda: random.fold_in(random.key(0), 1.5), DTypeError, r"fold_in: data must be an integer scalar"),
        (lambda: random.key("a"), DTypeError, r"key: seed must be an int.*got 'a'"),
        (lambda: random.truncated_normal((3,), lower=1.0, upper=0.0), ValueRangeError, r"below upper"),
        (lambda: random.uniform((3,), seed="a"), DTypeError, r"seed must be an int"),
    ],
)
def test_wrong_calls_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message + r".*test_distributions\.py"):
        call()
