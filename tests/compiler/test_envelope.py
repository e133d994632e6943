"""The envelope: few sums, of which one is always the longest."""

from hypothesis import given
from hypothesis import strategies as st

from wengert.compiler.envelope import MOST, Envelope, hull
from wengert.ir.dim import Dim, evaluate

N, M = Dim.named("n"), Dim.named("m")
coefficients = st.integers(0, 1000)
lines = st.lists(st.tuples(coefficients, coefficients), min_size=1, max_size=20)
sums = st.lists(
    st.builds(lambda a, b, c: N * M * a + N * b + c, coefficients, coefficients, coefficients),
    min_size=1,
    max_size=20,
)


@given(lines, st.integers(0, 5000))
def test_the_highest_line_is_kept(found, x):
    kept = hull(found)
    assert set(kept) <= set(found)
    assert max(c + a * x for c, a in kept) == max(c + a * x for c, a in found)


@given(lines)
def test_every_line_kept_is_highest_somewhere(found):
    kept = hull(found)
    for (c, a), (d, b) in zip(kept, kept[1:], strict=False):
        assert a < b
        assert c > d
    meets = [(c - d) / (b - a) for (c, a), (d, b) in zip(kept, kept[1:], strict=False)]
    assert meets == sorted(meets)
    assert len(set(meets)) == len(meets)


@given(sums, st.integers(0, 100), st.integers(0, 100))
def test_with_several_unknown_lengths_few_sums_are_no_shorter(found, n, m):
    envelope = Envelope(found)
    kept = envelope.of(map(envelope.vector, found))
    assert len(kept) <= max(MOST, 1)
    at = {"n": n, "m": m}
    longest = max(evaluate(s, at) for s in found)
    assert max(evaluate(envelope.length(v), at) for v in kept) >= longest


@given(sums)
def test_a_length_is_its_vector(found):
    envelope = Envelope(found)
    assert [envelope.length(envelope.vector(s)) for s in found] == found
