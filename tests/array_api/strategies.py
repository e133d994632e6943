"""What the promises of the standard are tried on: dtypes, shapes, arrays; and how results are compared.

A test says `@examples()` and `@given(arrays(NUMERIC))`, computes the same with Wengert and with
`array_api_strict` (here `ref`), and calls `same`.
"""

import array_api_strict as ref
import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import wengert as wg
from tests.array_api.signatures import DTYPES, function
from wengert.base.dtypes import TABLE

ref.set_array_api_strict_flags(api_version="2024.12")

EXAMPLES = 5  # set by conftest.py before the test modules are imported

ALL = tuple(d for d in DTYPES if d in TABLE)
BOOL = ("bool",)
SIGNED = tuple(d for d in ALL if d.startswith("int"))
UNSIGNED = tuple(d for d in ALL if d.startswith("uint"))
INTEGERS = SIGNED + UNSIGNED
FLOATS = tuple(d for d in ALL if d.startswith("float"))
COMPLEX = tuple(d for d in ALL if d.startswith("complex"))
REAL = INTEGERS + FLOATS
NUMERIC = REAL + COMPLEX
INEXACT = FLOATS + COMPLEX


def examples(times: float = 1.0):
    """How often a property is tried: `times` the number that the command line asks for."""
    return settings(
        max_examples=max(1, int(EXAMPLES * times)),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def dtypes(among=ALL):
    """One of the dtypes."""
    return st.sampled_from(among)


def shapes(min_dims=0, max_dims=3, min_side=0, max_side=4):
    """Lengths of 0 and 1 included."""
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


def elements(dtype, low=-10, high=10, special=False):
    """Values of a dtype, of modest size; special: infinities, NaN and signed zeros too."""
    if dtype == "bool":
        return st.booleans()
    if dtype.startswith(("int", "uint")):
        return st.integers(max(low, 0) if dtype.startswith("uint") else low, high)
    parts = st.integers(low * 8, high * 8).map(lambda n: n / 8)  # so that sums are exact, in any order
    if special:
        parts |= st.sampled_from([np.inf, -np.inf, np.nan, 0.0, -0.0])
    return st.builds(complex, parts, parts) if dtype.startswith("complex") else parts


@st.composite
def arrays(draw, among=ALL, shape=None, **values):
    """A NumPy array of one of the dtypes; `values` as `elements` takes them."""
    dtype = draw(dtypes(among)) if not isinstance(among, str) else among
    shape = draw(shapes() if shape is None else shape) if not isinstance(shape, tuple) else shape
    return draw(hnp.arrays(dtype, shape, elements=elements(dtype, **values), fill=st.nothing()))


@st.composite
def axes(draw, rank, several=False):
    """An axis of an array of so many, from either end; several: also a tuple of them, or None."""
    one = st.integers(-rank, rank - 1) if rank else st.nothing()
    if not several:
        return draw(one)
    many = st.lists(st.integers(0, rank - 1), unique=True).map(tuple) if rank else st.just(())
    return draw(st.none() | many | one)


@st.composite
def broadcastable(draw, count=2):
    """Shapes that broadcast."""
    return draw(
        hnp.mutually_broadcastable_shapes(num_shapes=count, max_dims=3, min_side=0, max_side=4)
    ).input_shapes


def tensor(x):
    """A NumPy array, or a structure of them, as our tensors."""
    if isinstance(x, tuple | list):
        return type(x)(map(tensor, x))
    return wg.asarray(x) if isinstance(x, np.ndarray) else x


def strict(x):
    """A NumPy array, or a structure of them, as the reference's arrays."""
    if isinstance(x, tuple | list):
        return type(x)(map(strict, x))
    return ref.asarray(x) if isinstance(x, np.ndarray) else x


TOLERANCE = {"float32": 2e-5, "complex64": 2e-5, "float64": 1e-12, "complex128": 1e-12}


def same(got, want, rtol=None):
    """Ours equals the reference's: kind of result, dtype, shape and values."""
    if isinstance(want, tuple | list):
        assert len(got) == len(want)
        for g, w in zip(got, want, strict=True):
            same(g, w, rtol)
        return
    want = np.asarray(want)
    assert isinstance(got, wg.Tensor)
    assert got.shape == want.shape
    assert got.dtype == want.dtype.name
    rtol = TOLERANCE.get(got.dtype, 0) if rtol is None else rtol
    np.testing.assert_allclose(got.numpy(), want, rtol=rtol, atol=rtol, strict=True)


def check(name, *args, compiled=False, rtol=None, **kwargs):
    """The function of the standard gives what the reference gives; `args` may hold NumPy arrays.

    compiled: also as a recorded and compiled program of its arrays.
    """
    f, want = function(name), ref
    for part in name.split("."):
        want = getattr(want, part)
    want = want(*strict(args), **kwargs)
    same(f(*tensor(args), **kwargs), want, rtol)
    if compiled:
        same(compiled_call(f, args, kwargs), want, rtol)


def compiled_call(f, args, kwargs):
    """f as a compiled program whose inputs are the arrays among its arguments."""
    flat = [a for x in args for a in (x if isinstance(x, list) else [x]) if isinstance(a, np.ndarray)]

    @wg.function
    def program(*inputs):
        left = iter(inputs)

        def fill(x):
            if isinstance(x, list):
                return [fill(a) for a in x]
            return next(left) if isinstance(x, np.ndarray) else x

        return f(*map(fill, args), **kwargs)

    return program(*map(wg.asarray, flat))
