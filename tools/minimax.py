"""Computes the polynomials of `src/wengert/loop/coefficients.py` and prints that file.

    python tools/minimax.py > src/wengert/loop/coefficients.py

Each polynomial has the smallest largest error that its degree allows (Remez's exchange algorithm, in 60 digits),
measured as it enters the result. Coefficients are then rounded to the dtype: the terms in front of each polynomial
are exact, so rounding moves the result by a small part of one unit in the last place. Needs mpmath.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from mpmath import mp, mpf

mp.dps = 60
GRID = 400  # points between two zeros of the error are found on a grid this many times as fine as the degree
Real = Callable[[mpf], mpf]


@dataclass(frozen=True)
class Fit:
    """p(x) ~ f(x) on [low, high] in powers 0, 1, ... of x; weight(x) * (p - f) is the relative error of the result."""

    name: str
    f: Real
    weight: Real
    low: float
    high: float
    degrees: tuple[int, int]  # for float32 and float64
    meaning: str


def chebyshev(low: mpf, high: mpf, count: int) -> list[mpf]:
    return [
        (low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (2 * n + 1) / (2 * count)) for n in range(count)
    ]


def remez(f: Real, weight: Real, low: mpf, high: mpf, powers: Sequence[int]) -> list[mpf]:
    """Coefficients of the best polynomial in the given powers of x."""
    points = chebyshev(low, high, len(powers) + 1)
    grid = chebyshev(low, high, GRID * (len(powers) + 1) // 8)
    values, weights = [f(x) for x in grid], [weight(x) for x in grid]
    for _ in range(12):
        rows = [[x**p for p in powers] + [(-1) ** n / weight(x)] for n, x in enumerate(points)]
        solution = mp.lu_solve(mp.matrix(rows), mp.matrix([f(x) for x in points]))
        coefficients = list(solution)[:-1]
        errors = [
            w * (_value(coefficients, powers, x) - v) for x, v, w in zip(grid, values, weights, strict=True)
        ]
        points, worst = _extremes(grid, errors, len(points))
        if abs(worst) < abs(solution[len(powers)]) * mpf("1.001"):
            break
    return coefficients


def _value(coefficients: Sequence[mpf], powers: Sequence[int], x: mpf) -> mpf:
    return mp.fsum(c * x**p for c, p in zip(coefficients, powers, strict=True))


def _extremes(grid: Sequence[mpf], errors: Sequence[mpf], count: int) -> tuple[list[mpf], mpf]:
    """The largest error of each sign run, of which the `count` that alternate and are largest are kept."""
    best: list[int] = []
    for n, e in enumerate(errors):
        if best and (errors[best[-1]] > 0) == (e > 0):
            best[-1] = max(best[-1], n, key=lambda k: abs(errors[k]))
        else:
            best.append(n)
    while len(best) > count:
        del best[0 if abs(errors[best[0]]) < abs(errors[best[-1]]) else -1]
    if len(best) < count:
        raise ArithmeticError(
            f"remez: the error must alternate {count} times; got {len(best)}. Use a lower degree."
        )
    return [grid[n] for n in best], max((errors[n] for n in best), key=abs)


def rounded(fit: Fit, degree: int, dtype: str) -> tuple[list[float], float]:
    """Coefficients in a dtype, and the largest weighted error they leave."""
    low, high, powers = mpf(fit.low), mpf(fit.high), range(degree + 1)
    best = [float(np.dtype(dtype).type(c)) for c in remez(fit.f, fit.weight, low, high, powers)]
    worst = max(abs(fit.weight(x) * (_value(best, powers, x) - fit.f(x))) for x in chebyshev(low, high, 998))
    return best, float(worst)


def split(x: mpf, dtype: str, parts: int) -> list[float]:
    """x > 0 as a sum of numbers of a dtype, the largest first; none is negative, so n times it has the sign of n."""
    bits = np.finfo(dtype).nmant + 1
    result = []
    for _ in range(parts):
        unit = mpf(2) ** (int(mp.floor(mp.log(x, 2))) + 1 - bits)
        result.append(float(mp.floor(x / unit) * unit))
        x -= result[-1]
    return result


def sin_rest(y: mpf) -> mpf:
    r = mp.sqrt(y)
    return (mp.sin(r) / r - 1) / y


def cos_rest(y: mpf) -> mpf:
    return (mp.cos(mp.sqrt(y)) - 1 + y / 2) / y**2


def tanh_rest(y: mpf) -> mpf:
    r = mp.sqrt(y)
    return (mp.tanh(r) / r - 1) / y


def log_quotient_rest(y: mpf) -> mpf:
    z = mp.sqrt(y)
    return (2 * mp.atanh(z) - 2 * z - 2 * z**3 / 3) / z**5


def erf_rest(y: mpf) -> mpf:
    r = mp.sqrt(y)
    return mp.erf(r) / r - 1


def asin_rest(y: mpf) -> mpf:
    r = mp.sqrt(y)
    return (mp.asin(r) / r - 1) / y


def atan_rest(y: mpf) -> mpf:
    r = mp.sqrt(y)
    return (mp.atan(r) / r - 1) / y


LN2_HALF = 0.3467
EIGHTH = 0.41422  # tan(pi / 8) and what an inexact quotient adds
QUARTER = 0.8  # pi / 4 and what an inexact quotient adds
FITS = (
    Fit("EXP", lambda r: (mp.exp(r) - 1 - r) / r**2, lambda r: r**2 / mp.exp(r), -LN2_HALF, LN2_HALF + 1e-5, (4, 9),
        "exp(r) = 1 + r + r**2 p(r)"),
    Fit("EXPM1", lambda r: (mp.exp(r) - 1 - r) / r**2, lambda r: r**2 / mp.expm1(r), -LN2_HALF, LN2_HALF + 1e-5,
        (5, 10), "exp(r) - 1 = r + r**2 p(r)"),
    Fit("LOG", lambda f: (mp.log1p(f) - f + f**2 / 2) / f**3, lambda f: f**3 / mp.log1p(f), -1 / 3 - 1e-6, 1 / 3 + 1e-5,
        (7, 18), "log(1 + f) = f - f**2 / 2 + f**3 p(f)"),
    Fit("SIN", sin_rest, lambda y: y * mp.sqrt(y) / mp.sin(mp.sqrt(y)), 1e-9, QUARTER**2, (2, 6),
        "sin(r) = r + r**3 p(r**2)"),
    Fit("COS", cos_rest, lambda y: y**2 / mp.cos(mp.sqrt(y)), 1e-9, QUARTER**2, (2, 6),
        "cos(r) = 1 - r**2 / 2 + r**4 p(r**2)"),
    Fit("TANH", tanh_rest, lambda y: y * mp.sqrt(y) / mp.tanh(mp.sqrt(y)), 1e-9, 0.625**2, (4, 11),
        "tanh(r) = r + r**3 p(r**2), |r| <= 0.625"),
    Fit("ERF", erf_rest, lambda y: mp.sqrt(y) / mp.erf(mp.sqrt(y)), 1e-9, 1.0, (6, 12),
        "erf(x) = x + x p(x**2), |x| <= 1"),
    Fit("ASIN", asin_rest, lambda y: y * mp.sqrt(y) / mp.asin(mp.sqrt(y)), 1e-9, 0.2500001, (4, 12),
        "asin(r) = r + r**3 p(r**2), |r| <= 0.5"),
    Fit("ATAN", atan_rest, lambda y: y * mp.sqrt(y) / mp.atan(mp.sqrt(y)), 1e-9, EIGHTH**2, (4, 10),
        "atan(r) = r + r**3 p(r**2), |r| <= tan(pi / 8)"),
)  # fmt: skip
ERFC = (
    Fit("ERFC", lambda v: mp.log(mp.erfc(1 + v)), lambda v: mp.erfc(1 + v), 0.0, 3.0, (8, 8), ""),
    Fit("ERFC", lambda v: mp.log(mp.erfc(1 + v)), lambda v: mp.erfc(1 + v), 0.0, 5.0, (22, 22), ""),
)


POW = (
    Fit("LOG_SHORT", FITS[2].f, FITS[2].weight, FITS[2].low, FITS[2].high, (10, 10),
        "log(1 + f), to 2**-35: for powers of float32"),
    Fit("LOG_QUOTIENT", log_quotient_rest, lambda y: y**2 / 2, 1e-12, 0.2001**2, (8, 8),
        "log((1 + z) / (1 - z)) = 2 z + 2 z**3 / 3 + z**5 p(z**2)"),
)  # fmt: skip


def show_table(name: str, rows: dict[str, tuple[list[float], float | None]], meaning: str) -> str:
    lines = [f"# {meaning}", f"{name} = {{"]
    for dtype, (numbers, error) in rows.items():
        if error is not None:
            lines.append(f"    # error 2**{np.log2(error):.1f}")
        lines.append(f'    "{dtype}": (')
        lines += [f"        {c!r}," for c in numbers]
        lines.append("    ),")
    return "\n".join([*lines, "}"])


def main() -> None:
    """Print the file."""
    print(
        '"""Polynomials and constants of `loop/math.py`, lowest power first. Written by tools/minimax.py: do not edit.'
    )
    print('\nErrors are of the polynomial alone, relative to the function.\n"""\n')
    dtypes = ("float32", "float64")
    for name, x, parts in (("LN2", mp.log(2), 2), ("HALF_PI", mp.pi / 2, 3)):
        print(
            show_table(
                name, {d: (split(x, d, parts), None) for d in dtypes}, "a sum, the largest part first"
            ),
            "\n",
            sep="",
        )
    for fit in FITS:
        print(
            show_table(
                fit.name,
                {d: rounded(fit, n, d) for d, n in zip(dtypes, fit.degrees, strict=True)},
                fit.meaning,
            ),
            "\n",
            sep="",
        )
    for fit in POW:
        print(
            show_table(fit.name, {"float64": rounded(fit, fit.degrees[1], "float64")}, fit.meaning),
            "\n",
            sep="",
        )
    rows = {d: rounded(fit, fit.degrees[0], d) for d, fit in zip(dtypes, ERFC, strict=True)}
    print(show_table("ERFC", rows, "log(erfc(1 + v)) = p(v), v from 0 to where erf rounds to 1"))


if __name__ == "__main__":
    main()
