"""einsum beside NumPy's, in the three ways of running."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, ShapeError, UsageError

CASES = {
    "ij,jk": [(2, 3), (3, 4)],
    "ii": [(3, 3)],
    "ii->i": [(3, 3)],
    "iii->i": [(3, 3, 3)],
    "iij,jk->ik": [(3, 3, 2), (2, 4)],
    "ijk->ki": [(2, 3, 4)],
    "ij->": [(0, 3)],
    "...ij,...jk->...ik": [(5, 1, 2, 3), (4, 3, 2)],
    "i...->...": [(2, 3)],
    "...a,...a": [(2, 3), (2, 3)],
    "b...,...b": [(2, 3), (4, 3, 2)],
    "i,j,k->kji": [(2,), (3,), (4,)],
    "ij,jk,kl,lm->im": [(2, 3), (3, 4), (4, 5), (5, 6)],
    "ba,cb,dc": [(3, 2), (4, 3), (5, 4)],
    "ab,ab->ab": [(2, 3), (2, 3)],
    "ab,ab->": [(2, 3), (1, 3)],
    ",->": [(), ()],
    " b h q d , b h k d -> b h q k ": [(2, 3, 4, 5), (2, 3, 6, 5)],
    "a,a,a->a": [(3,), (3,), (3,)],
}


@pytest.mark.parametrize("subscripts", CASES)
def test_values_are_those_of_numpy(subscripts, rng):
    xs = [rng.standard_normal(shape) for shape in CASES[subscripts]]
    want = np.einsum(subscripts, *xs)
    np.testing.assert_allclose(wg.einsum(subscripts, *xs), want, rtol=1e-12, atol=1e-12)
    got = wg.function(lambda *xs: wg.einsum(subscripts, *xs))(*xs)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


def test_random_products_of_several_operands(rng):
    for _ in range(60):
        lengths = dict(zip("abcde", rng.integers(1, 5, 5), strict=True))
        terms = [
            "".join(rng.permutation(list("abcde"))[: rng.integers(0, 5)]) for _ in range(rng.integers(1, 5))
        ]
        every = sorted(set("".join(terms)))
        out = "".join(rng.permutation(every)[: rng.integers(0, len(every) + 1)]) if every else ""
        xs = [rng.standard_normal([lengths[c] for c in t]) for t in terms]
        subscripts = f"{','.join(terms)}->{out}"
        got = wg.einsum(subscripts, *xs)
        np.testing.assert_allclose(
            got, np.einsum(subscripts, *xs), rtol=1e-10, atol=1e-10, err_msg=subscripts
        )


def test_symbolic_lengths(rng):
    f = wg.function(
        lambda x, y, z: (
            wg.einsum("btd,de,bse->bts", x, y, z),
            wg.einsum("bii->bi", x),
            wg.einsum("tii->", x),
        ),
        signature=("f32[b,n,n]", "f32[n,3]", "f32[b,s,3]"),
    )
    for b, n, s in ((2, 3, 4), (5, 1, 1), (1, 2, 0)):
        x, y, z = (rng.random(shape, np.float32) for shape in ((b, n, n), (n, 3), (b, s, 3)))
        want = np.einsum("btd,de,bse->bts", x, y, z), np.einsum("bii->bi", x), np.einsum("tii->", x)
        for got, w in zip(f(x, y, z), want, strict=True):
            np.testing.assert_allclose(got, w, rtol=1e-5)


def test_dtypes_are_promoted_and_kept():
    i = np.ones((2, 2), np.int8)
    assert wg.einsum("ij,jk", i, i).dtype == "int8"
    assert wg.einsum("ij,jk", i, np.ones((2, 2), np.float64)).dtype == "float64"


@pytest.mark.parametrize(
    ("subscripts", "shapes", "error", "message"),
    [
        ("ij,jk", [(2, 3)], UsageError, "an operand for each term; got 'ij,jk' and 1"),
        ("", [], UsageError, "an operand"),
        ("ij->ijk", [(2, 3)], UsageError, "output"),
        ("i->ii", [(2,)], UsageError, "output"),
        ("i$", [(2,)], UsageError, r"letters.*'i\$'"),
        ("i->j->k", [(2,)], UsageError, "one '->'"),
        ("..i", [(2,)], UsageError, r"'\.\.i'"),
        ("ij,jk", [(2, 3), (2, 3)], ShapeError, r"equally long; got 3 and 2.*f32\[2,3\]"),
        ("i", [(2, 2)], ShapeError, r"a letter for each axis of f32\[2,2\]"),
        ("...ij", [(2,)], ShapeError, r"f32\[2\]"),
    ],
)
def test_wrong_subscripts_say_what_is_wrong(subscripts, shapes, error, message):
    with pytest.raises(error, match=rf"einsum: .*{message}.*test_einsum\.py"):
        wg.einsum(subscripts, *(np.ones(s, np.float32) for s in shapes))


def test_subscripts_are_text():
    with pytest.raises(DTypeError, match="einsum: subscripts must be a string"):
        wg.einsum(np.ones(3), "i")
