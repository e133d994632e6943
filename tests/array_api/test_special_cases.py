"""Special values have the results that the standard states: eagerly, interpreted and compiled, in every float dtype."""

import functools
import itertools
import math
import re

import numpy as np
import pytest

import wengert as wg
from tests.array_api.special_cases import COMPLEX, ODD, REAL, TURNED

NAN, INF = math.nan, math.inf
MINUS_NAN = math.copysign(NAN, -1)
NONZERO = [2.0**-14, 0.5, 1.0, 1.5, 3.0, 100.0]
POSITIVE, NEGATIVE, ZERO = NONZERO, [-n for n in NONZERO], [0.0, -0.0]
FINITE = [*ZERO, *POSITIVE, *NEGATIVE]
NUMBER = [*FINITE, INF, -INF]
CLASSES = {
    "NaN": [NAN], "+NaN": [NAN], "-NaN": [MINUS_NAN], "+0": [0.0], "-0": [-0.0], "zero": ZERO,
    "+inf": [INF], "-inf": [-INF], "inf": [INF, -INF],
    "positive": POSITIVE, "negative": NEGATIVE, "nonzero": POSITIVE + NEGATIVE, "finite": FINITE,
    "number": NUMBER, "any": [*NUMBER, NAN], "not1": [n for n in [*NUMBER, NAN] if n != 1],
    "small": [n for n in NUMBER if abs(n) < 1], "whole": [1.0, -1.0, 2.0, 1024.0, -3.0],
    "odd": [1.0, 3.0], "even": [2.0, 4.0], "fraction": [0.5, 2.5],
    "-odd": [-1.0, -3.0], "-even": [-2.0, -4.0], "-fraction": [-0.5, -2.5],
    **{f">{n}": [x for x in NUMBER if x > n] for n in (-1, 0, 1)},
    **{f"<{n}": [x for x in NUMBER if x < n] for n in (-1, 0, 1)},
}  # fmt: skip
RESULTS = {"NaN": NAN, "+0": 0.0, "-0": -0.0, "0": 0.0, "+inf": INF, "-inf": -INF, "inf": INF, "-pi": -math.pi,
           "pi": math.pi, "True": True, "False": False}  # fmt: skip
WAYS = ("eager", "interpreted", "compiled")


def rows(text):
    """{function: [(operands, results), ...]}, as written."""
    found = {}
    for line in text.strip().splitlines():
        name, cases = line.split(": ", 1)
        for case in cases.split("; "):
            operands, results = case.split(" -> ")
            found.setdefault(name, []).append((operands.split(), results.split()))
    return found


def numbers(operands):
    """Every choice of one number for each operand."""
    first = CLASSES.get(operands[0]) or [float(operands[0])]
    if len(operands) == 1:
        return [(x,) for x in first]
    if operands[1] in ("x", "-x"):
        return [(x, x if operands[1] == "x" else -x) for x in first]
    return list(itertools.product(first, CLASSES.get(operands[1]) or [float(operands[1])]))


def wanted(results, operands):
    """The results for these operands: numbers, or pairs of a number and True where its sign is free; or a bound."""
    x, y = (*operands, NAN)[:2]
    if results[0].endswith((".cis", ".cis-1")):
        size, minus = float(results[0].split(".")[0]), 1.0 if results[0].endswith("-1") else 0.0
        imag = size * math.sin(y)
        return size * math.cos(y) - minus, imag
    named = {
        "x": x,
        "y": y,
        "|x|": math.copysign(x, 1),
        "-|x|": math.copysign(x, -1),
        "|y|": math.copysign(y, 1),
    }
    return tuple(named[r] if r in named else constant(r) for r in results)


def constant(text):
    if text in (">=0", "<=0"):
        return text
    if text.startswith("~"):
        return ("either", constant(text[1:]))
    part = re.fullmatch(r"(-?)(\d*)pi/(\d)", text)
    if part:
        return float(part[1] + "1") * float(part[2] or 1) * math.pi / float(part[3])
    return RESULTS[text] if text in RESULTS else float(text)


def matches(got, want, rtol):
    if isinstance(want, bool):
        return got is want
    if want in (">=0", "<=0"):
        return not math.isnan(got) and (math.copysign(1, got) > 0) == (want == ">=0")
    if isinstance(want, tuple):
        return matches(abs(got), abs(want[1]), rtol)
    if math.isnan(want):
        return math.isnan(got)
    if want == 0:
        return got == 0 and math.copysign(1, got) == math.copysign(1, want)
    return got == want or math.isclose(got, want, rel_tol=rtol)


@functools.cache
def run(way, name):
    f = getattr(wg, name)
    return f if way == "eager" else wg.function(f, compiled=way == "compiled")


def check(way, name, dtype, cases, columns):
    """cases: (arguments, results), numbers all."""
    rtol = float(wg.finfo(dtype).eps) * 8
    args = [wg.Tensor(np.array(c, dtype)) for c in columns]
    got = np.asarray(run(way, name)(*args))
    parts = [got.real, got.imag] if np.iscomplexobj(got) else [got]
    wrong = [
        f"{name}({operands}) must be {want}, got {[p[k].item() for p in parts]}"
        for k, (operands, want) in enumerate(cases)
        if not all(matches(p[k].item(), w, rtol) for p, w in zip(parts, want, strict=True))
    ]
    assert not wrong, "\n".join(wrong[:9])


def cases_of(table):
    return [(x, wanted(results, x)) for operands, results in table for x in numbers(operands)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", sorted(rows(REAL)))
def test_real(name, dtype, way):
    cases = cases_of(rows(REAL)[name])
    check(way, name, dtype, cases, list(zip(*(x for x, _ in cases), strict=True)))


def turned():
    """The table of each function that is one of another turned by a quarter, and of logarithms to other bases."""
    table = rows(COMPLEX)
    every = {name: cases_of(found) for name, found in table.items()}
    for name, of in TURNED.items():
        every[name] = [((b, -a), (w[1], flipped(w[0]))) for (a, b), w in every[of]]
    every["cos"] = [((b, -a), w) for (a, b), w in every["cosh"]]
    for name, base in (("log2", 2), ("log10", 10)):
        every[name] = [(z, tuple(p / math.log(base) for p in w)) for z, w in every["log"]]
    for name in ODD:
        every[name] += [((-a, -b), tuple(map(flipped, w))) for (a, b), w in every[name]]
    every["cosh"] += [((-a, -b), w) for (a, b), w in every["cosh"]]
    one_part = ("abs", "isfinite", "isinf", "isnan")
    for name in every.keys() - {*one_part, "round", "negative", "conj", "sign"}:
        every[name] += [((a, -b), (w[0], flipped(w[1]))) for (a, b), w in every[name]]
    return every


def flipped(want):
    return want if isinstance(want, tuple) else -want


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("name", sorted(turned()))
def test_complex(name, dtype, way):
    cases = turned()[name]
    z = np.empty(len(cases), dtype)
    z.real, z.imag = np.array([x for x, _ in cases]).T
    check(way, name, dtype, cases, [z])


def complex_pairs():
    """Numbers with one part of each kind, and all pairs of them."""
    parts = [0.0, -0.0, 1.5, -2.0, INF, -INF, NAN]
    z = np.array([complex(a, b) for a in parts for b in parts])
    return np.repeat(z, z.size), np.tile(z, z.size)


@pytest.mark.parametrize("way", WAYS)
def test_complex_sums_and_comparisons_go_part_by_part(way):
    x, y = complex_pairs()
    with np.errstate(all="ignore"):
        total, equal = x + y, (x.real == y.real) & (x.imag == y.imag)
    got = np.asarray(run(way, "add")(wg.Tensor(x), wg.Tensor(y)))
    np.testing.assert_array_equal(got, total)
    np.testing.assert_array_equal(
        np.signbit(got.real[~np.isnan(got)]), np.signbit(total.real[~np.isnan(got)])
    )
    np.testing.assert_array_equal(np.asarray(run(way, "equal")(wg.Tensor(x), wg.Tensor(y))), equal)
    np.testing.assert_array_equal(np.asarray(run(way, "not_equal")(wg.Tensor(x), wg.Tensor(y))), ~equal)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["multiply", "divide"])
def test_complex_products_of_nothing_but_nan_are_nan(name, way):
    z = wg.Tensor(np.array([complex(NAN, NAN)]))
    got = np.asarray(run(way, name)(z, z))
    assert np.isnan(got.real).all()
    assert np.isnan(got.imag).all()
