"""Text in, text out: how the passes are tested."""

import textwrap

import numpy as np

from wengert.ir.dim import Dim
from wengert.ir.graph import evaluate
from wengert.ir.parse import parse_graph
from wengert.ir.show import show_graph
from wengert.ir.verify import verify


def after(step, text, ulps=0):
    """The text of what a pass makes of a graph. Both must be legal and compute the same, within `ulps`."""
    before = parse_graph(textwrap.dedent(text))
    result = step(before)
    check_same(before, result, ulps)
    return show_graph(result, sources=False)


def check_same(before, result, ulps=0):
    """Both graphs are legal and compute the same: bitwise, or within `ulps`, where 0.0 is -0.0."""
    verify(before)
    verify(result)
    for n in (1, 3):
        args = [sample(i.type, n, seed) for seed, i in enumerate(before.inputs)]
        for a, b in zip(evaluate(before, args), evaluate(result, args), strict=True):
            if ulps:
                np.testing.assert_array_max_ulp(a, b, ulps)
            else:
                assert same_bits(a, b), f"{a} is not {b}"


def same_bits(a, b):
    """Whether two arrays are bitwise equal, all NaNs counting as one."""
    if a.dtype.kind == "f":
        a, b = np.where(np.isnan(a), np.nan, a), np.where(np.isnan(b), np.nan, b)
    return a.tobytes() == b.tobytes()


def expect(text):
    """A graph's text as `after` gives it."""
    return textwrap.dedent(text).strip()


def sample(t, n, seed):
    """Numbers of a type for symbolic lengths n, with what is special among them."""
    rng = np.random.default_rng(seed)
    values = rng.integers(-4, 5, [n if isinstance(d, Dim) else d for d in t.shape])
    array = np.asarray(values).astype(t.dtype)
    if array.dtype.kind == "f" and array.size > 2:
        array.flat[:3] = -0.0, np.inf, 0.3
    return array
