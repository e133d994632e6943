"""NumPy's results, case by case: each function on shapes, dtypes, axes and layouts in memory, from one table.

A tensor that is a view (transposed, reversed, with gaps, one row repeated) reaches the rules as it lies in memory. What
single functions promise beyond values is tested beside this file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import wengert as wg
from wengert.base.dtypes import promote

SHAPES = [(), (5,), (3, 4), (2, 3, 4), (0, 3), (1, 1)]
FLOATS, NUMBERS = ("float32", "float64"), ("float32", "float64", "int32", "int64", "uint8")
TOLERANCE = {"float32": 4e-6, "float64": 1e-13}

# How a tensor comes to lie in memory: what is made of the array in NumPy, and the tensor's way back to it.
LAYOUTS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[Any], Any]]] = {
    "plain": (lambda x: x, lambda t: t),
    "transposed": (lambda x: x.T, wg.transpose),
    "reversed": (np.flip, wg.flip),
    "gaps": (lambda x: np.repeat(x, 2, axis=0) if x.ndim else x, lambda t: t[::2] if t.shape else t),
    "gaps behind": (
        lambda x: np.repeat(x, 3, axis=-1) if x.ndim else x,
        lambda t: t[..., 1::3] if t.shape else t,
    ),
}


@dataclass(frozen=True)
class Case:
    """One call. arrays: what the tensors hold. want: NumPy's result, in the dtype that is ours."""

    name: str
    arrays: tuple[np.ndarray, ...]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    layout: str
    want: np.ndarray

    def check(self) -> None:
        lie, back = LAYOUTS[self.layout]
        tensors = [back(wg.Tensor(lie(x))) for x in self.arrays]
        for t, x in zip(tensors, self.arrays, strict=True):
            np.testing.assert_array_equal(t.numpy(), x)
        got = getattr(wg, self.name)(*tensors, *self.args, **self.kwargs)
        assert (got.shape, got.dtype) == (self.want.shape, self.want.dtype.name), self
        tolerance = TOLERANCE.get(got.dtype, 0)
        np.testing.assert_allclose(got.numpy(), self.want, rtol=tolerance, atol=tolerance, err_msg=str(self))


def numbers(shape: tuple[int, ...], dtype: str, low: float, high: float, seed: int = 0) -> np.ndarray:
    x = np.random.default_rng([seed, *shape]).uniform(low, high, shape)
    return x.astype(dtype) if dtype != "bool" else x > (low + high) / 2


# name: lowest and highest argument, and whether integers become float32.
UNARY: dict[str, tuple[float, float, bool]] = {
    "negative": (-9, 9, False), "abs": (-9, 9, False), "sign": (-9, 9, False), "square": (-9, 9, False),
    "floor": (-9, 9, False), "ceil": (-9, 9, False), "round": (-9, 9, False), "trunc": (-9, 9, False),
    "positive": (-9, 9, False), "sqrt": (0, 9, True), "exp": (-9, 9, True), "expm1": (-9, 9, True),
    "log": (1, 9, True), "log1p": (0, 9, True), "log2": (1, 9, True), "log10": (1, 9, True),
    "sin": (-9, 9, True), "cos": (-9, 9, True), "tan": (-1, 1, True), "sinh": (-4, 4, True), "cosh": (-4, 4, True),
    "tanh": (-4, 4, True), "asin": (-1, 1, True), "acos": (-1, 1, True), "atan": (-9, 9, True),
    "asinh": (-9, 9, True), "acosh": (1, 9, True), "atanh": (-0.9, 0.9, True),
}  # fmt: skip
PREDICATES = ("isfinite", "isnan", "isinf", "signbit")
# name: as above, for both arguments.
BINARY: dict[str, tuple[float, float, bool]] = {
    "add": (-9, 9, False), "subtract": (-9, 9, False), "multiply": (-9, 9, False), "divide": (1, 9, True),
    "floor_divide": (1, 9, False), "remainder": (1, 9, False), "pow": (1, 3, False), "maximum": (-9, 9, False),
    "minimum": (-9, 9, False), "logaddexp": (-9, 9, True), "atan2": (-9, 9, True), "hypot": (-9, 9, True),
    "copysign": (-9, 9, True),
}  # fmt: skip
COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
LOGIC = ("logical_and", "logical_or", "logical_xor")
BITS = ("bitwise_and", "bitwise_or", "bitwise_xor")
BROADCAST = [
    ((3, 4), (4,)),
    ((2, 3, 4), (3, 1)),
    ((5,), ()),
    ((1, 4), (3, 1)),
    ((0, 3), (3,)),
    ((2, 3), (2, 3)),
]
PAIRS = [
    ("float32", "float32"),
    ("float64", "float32"),
    ("int32", "int64"),
    ("int64", "float32"),
    ("uint8", "uint8"),
]
REDUCTIONS = ("sum", "prod", "mean", "var", "std", "max", "min", "any", "all", "count_nonzero")
SCANS_AND_PLACES = ("argmax", "argmin", "cumsum")


def floated(x: np.ndarray, floats: bool) -> np.ndarray:
    return x.astype("float32") if floats and x.dtype.kind in "iub" else x


def unary() -> Iterator[Case]:
    for name, (low, high, floats) in UNARY.items():
        for dtype in NUMBERS:
            for shape in SHAPES:
                x = numbers(shape, dtype, max(low, 0) if dtype == "uint8" else low, high)
                want = np.asarray(getattr(np, name)(floated(x, floats)))
                for layout in LAYOUTS:
                    yield Case(name, (x,), (), {}, layout, want)
    for name in PREDICATES:
        for dtype in FLOATS:
            x = np.array([[1, np.nan, np.inf], [-np.inf, -0.0, -2]], dtype)
            for layout in LAYOUTS:
                yield Case(name, (x,), (), {}, layout, getattr(np, name)(x))


def binary() -> Iterator[Case]:
    every: dict[str, tuple[float, float, bool]] = {**BINARY, **dict.fromkeys(COMPARISONS, (0, 3, False))}
    for name, (low, high, floats) in every.items():
        for dtypes in PAIRS:
            dtype = promote(*dtypes)
            for shapes in BROADCAST:
                low = max(low, 0) if "uint8" in dtypes else low
                x, y = (
                    numbers(s, d, low, high, k) for k, (s, d) in enumerate(zip(shapes, dtypes, strict=True))
                )
                want = getattr(np, name)(*(floated(a.astype(dtype), floats) for a in (x, y)))
                for layout in ("plain", "transposed", "gaps"):
                    yield Case(name, (x, y), (), {}, layout, np.asarray(want))
    for names, dtype in ((LOGIC, "bool"), (BITS, "int32"), (BITS, "bool")):
        for name in names:
            for shapes in BROADCAST:
                x, y = (numbers(s, dtype, 0, 9, k) for k, s in enumerate(shapes))
                yield Case(name, (x, y), (), {}, "transposed", np.asarray(getattr(np, name)(x, y)))


def reductions() -> Iterator[Case]:
    for name in REDUCTIONS:
        for dtype in FLOATS if name in ("mean", "var", "std") else ("float32", "float64", "int32", "int64"):
            x = numbers((2, 3, 4), dtype, -3, 3)
            for axis in (None, 0, 1, -1, (0, 2), (1, -1), (0, 1, 2)):
                for keepdims in (False, True):
                    want = np.asarray(getattr(np, name)(x, axis=axis, keepdims=keepdims))
                    for layout in LAYOUTS:
                        yield Case(name, (x,), (), {"axis": axis, "keepdims": keepdims}, layout, want)
    for name in SCANS_AND_PLACES:
        for dtype in ("float32", "float64", "int64"):
            x = numbers((2, 3, 4), dtype, -3, 3)
            for axis in (0, 1, 2, -1):
                for layout in LAYOUTS:
                    yield Case(name, (x,), (), {"axis": axis}, layout, getattr(np, name)(x, axis=axis))


MOVES: dict[str, list[tuple[Any, ...]]] = {
    "reshape": [((4, 6),), ((-1, 2),), ((24,),), ((2, 1, 12),)],
    "transpose": [(), ((2, 0, 1),), ((1, 0, 2),)],
    "swapaxes": [(0, -1), (1, 2)],
    "moveaxis": [(0, -1), ((0, 1), (2, 0))],
    "expand_dims": [(0,), (-1,), (2,)],
    "flip": [(), (1,), ((0, 2),)],
    "roll": [(3, -1), (-1, 0)],
    "tile": [((2, 1, 3),)],
    "broadcast_to": [((5, 2, 3, 4),)],
}


def moves() -> Iterator[Case]:
    for name, calls in MOVES.items():
        for dtype in (*NUMBERS, "bool"):
            x = numbers((2, 3, 4), dtype, 0, 9)
            for args in calls:
                for layout in LAYOUTS:
                    yield Case(name, (x,), args, {}, layout, getattr(np, name)(x, *args))


PRODUCTS = {
    "matmul": [((3, 4), (4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)),
               ((4,), (4,)), ((2, 1, 3, 4), (5, 4, 2)), ((3, 0), (0, 2))],
    "tensordot": [((2, 3, 4), (3, 4, 5))],
    "outer": [((3,), (4,)), ((0,), (2,))],
    "vecdot": [((3, 4), (3, 4)), ((2, 3, 4), (4,))],
}  # fmt: skip


def products() -> Iterator[Case]:
    for name, shapes in PRODUCTS.items():
        for dtype in ("float32", "float64", "int32", "int64"):
            for a, b in shapes:
                x, y = numbers(a, dtype, -3, 3), numbers(b, dtype, -3, 3, 1)
                for layout in LAYOUTS:
                    yield Case(name, (x, y), (), {}, layout, np.asarray(getattr(np, name)(x, y)))


GROUPS = {f.__name__: f for f in (unary, binary, reductions, moves, products)}
CASES = {group: list(make()) for group, make in GROUPS.items()}
NAMES = sorted({(group, case.name) for group, cases in CASES.items() for case in cases})


@pytest.mark.parametrize(("group", "name"), NAMES)
def test_the_results_are_those_of_numpy(group, name):
    for case in CASES[group]:
        if case.name == name:
            case.check()


def test_there_are_thousands_of_cases():
    assert sum(map(len, CASES.values())) > 5_000
