"""Symbolic lengths: polynomials that agree with numbers, print, parse, and know what they cannot know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wengert.base.errors import ShapeError
from wengert.ir.dim import Dim, evaluate, parse_dim, product, surely_at_least

N, M = Dim.named("n"), Dim.named("m")

small = st.integers(-5, 5)


def extend(lengths):
    return st.one_of(
        st.builds(lambda a, b: a + b, lengths, lengths),
        st.builds(lambda a, b: a - b, lengths, lengths),
        st.builds(lambda a, b: a * b, lengths, lengths),
        st.builds(lambda a, k: a // k, lengths, st.integers(1, 4)),
        st.builds(lambda a, k: a % k, lengths, st.integers(1, 4)),
    )


lengths = st.recursive(st.one_of(small, st.just(N), st.just(M)), extend, max_leaves=6)
values = st.fixed_dictionaries({"n": st.integers(0, 40), "m": st.integers(0, 40)})


@given(lengths, lengths, values, st.integers(1, 5))
def test_arithmetic_agrees_with_numbers(a, b, at, k):
    x, y = evaluate(a, at), evaluate(b, at)
    assert evaluate(a + b, at) == x + y
    assert evaluate(a - b, at) == x - y
    assert evaluate(a * b, at) == x * y
    assert evaluate(-a, at) == -x
    assert evaluate(a // k, at) == x // k
    assert evaluate(a % k, at) == x % k


@given(lengths)
def test_text_parses_back(a):
    assert parse_dim(str(a)) == a


@given(lengths, lengths, values)
def test_what_is_surely_at_least_is(a, b, at):
    if surely_at_least(a, b):
        assert evaluate(a, at) >= evaluate(b, at)


@given(lengths, st.integers(1, 4), values)
def test_a_product_divides_exactly(a, k, at):
    assert a * k // k == a
    if isinstance(a, Dim):
        assert evaluate(a * N // N, at) == evaluate(a, at)


def test_what_cancels_is_a_number():
    assert N - N == 0
    assert type(N * 2 - N - N + 3) is int
    assert (N + 1) * (N - 1) - N * N == -1


def test_equal_polynomials_are_equal_keys():
    assert N * M + 1 == 1 + M * N
    assert len({N * M + 1, 1 + M * N, N}) == 2
    assert N != 1
    assert product((N, 3, M)) == M * N * 3


@pytest.mark.parametrize(
    ("length", "text"),
    [(N * 49, "49*n"), (N * 2 + 1, "2*n + 1"), (N - 1, "n - 1"), ((N + 1) // 2, "floordiv(n + 1, 2)")],
)
def test_it_reads_like_a_formula(length, text):
    assert str(length) == text


def test_it_has_no_number_and_no_order():
    with pytest.raises(ShapeError, match="the length n is not known while the program is recorded"):
        range(N)
    with pytest.raises(ShapeError, match="n and 3 have no order"):
        N < 3  # noqa: B015
    assert bool(N - 1)


def test_it_divides_by_what_divides_it_for_every_length():
    assert N * M * 6 // (N * 2) == M * 3
    with pytest.raises(ShapeError, match="must be a multiple of m; it is not for every length"):
        N // M
    with pytest.raises(ShapeError, match="a divisor must be positive; got n // 0"):
        N // 0


@pytest.mark.parametrize(
    "bad", ["", "n +", "2**n", "n n", "floordiv(n)", "floordiv(n, 0)", "-", "n*(m)", "a" * 2000]
)
def test_other_text_is_refused(bad):
    with pytest.raises(ShapeError, match="Dim: "):
        parse_dim(bad)


@pytest.mark.parametrize("name", ["", "2n", "n-1", "floordiv", "nan", "True"])
def test_names_are_identifiers(name):
    with pytest.raises(ShapeError, match="a name must be an identifier"):
        Dim.named(name)
