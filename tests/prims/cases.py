"""One row, or more, for each primitive."""

import itertools
from math import prod

from tests.prims.checks import Case, In, N, Part
from wengert.distribute.sums import sum_over_ranks
from wengert.ir.primitive import REGISTRY
from wengert.prims import (
    arithmetic,
    bitcast,
    contraction,
    decompositions,
    eigenvalues,
    exponential,
    fourier,
    indexing,
    lapack,
    logic,
    movement,
    random,
    reduction,
    running,
    scatter,
    signs,
    slicing,
    sorting,
    transcendental,
    window,
    winograd,
)

INTS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
FLOATS = ("bfloat16", "float16", "float32", "float64")
INEXACT = (*FLOATS, "complex64", "complex128")
REALS = (*INTS, *FLOATS)
BITS = ("bool", *INTS)
# For what does not depend on more than kind and size:
NUMBERS = ("int8", "uint8", "uint32", "int64", *FLOATS)
ANY = ("bool", "uint8", "int16", "int32", "uint64", *FLOATS, "complex64")
V = (N, 5)  # a batch of vectors


def unary(names, **options):
    return [Case(REGISTRY[name], (V,), **options) for name in names.split()]


def binary(names, **options):
    return [Case(REGISTRY[name], (V, V), **options) for name in names.split()]


ELEMENTWISE = [
    *binary("add sub mul", dtypes=(*REALS, "complex64"), high=9),
    *binary("div", dtypes=INEXACT, low=0.5, high=3),
    *binary("mul_no_nan", dtypes=INEXACT),
    *binary("maximum minimum", dtypes=REALS),
    *binary("floor_divide", dtypes=REALS, smooth=False, low=-7, high=7),
    Case(arithmetic.remainder, (In(V, low=0, high=0.9), In(V, low=1.1, high=3)), dtypes=FLOATS),
    Case(arithmetic.remainder, (V, V), dtypes=REALS, low=-7, high=7, smooth=False),
    *binary("pow", dtypes=REALS, low=0.5, high=3),
    Case(
        transcendental.pow,
        (In(V, low=-3, high=3), In(V, low=-3, high=9)),
        dtypes=("int32", "int64"),
        smooth=False,
    ),
    *binary("equal not_equal", dtypes=ANY),
    *binary("less less_equal", dtypes=REALS),
    *binary("bitwise_and bitwise_or bitwise_xor", dtypes=BITS, low=-9, high=9),
    *unary("bitwise_not", dtypes=BITS, low=-9, high=9),
    *binary("shift_left shift_right", dtypes=INTS, low=-70, high=70),
    *unary("neg abs sign", dtypes=REALS),
    *unary("exp expm1 sin cos sinh cosh tanh atan asinh", dtypes=INEXACT),
    *unary("tan", dtypes=INEXACT, low=-1, high=1),
    *unary("sigmoid erf signbit"),
    *unary("asin acos atanh", dtypes=INEXACT, low=-0.9, high=0.9),
    *unary("acosh", dtypes=INEXACT, low=1.1, high=9),
    *binary("atan2 hypot copysign"),
    *unary("log2 log10", low=0.5, high=3),
    *unary("log sqrt rsqrt", dtypes=INEXACT, low=0.5, high=3),
    *unary("log1p", dtypes=INEXACT, low=-0.5),
    *unary("floor ceil round trunc", smooth=False),
    *unary("real imag conj", dtypes=("complex64", "complex128"), smooth=False),
    *binary("join", dtypes=("float32", "float64"), smooth=False),
    *unary("is_nan is_finite"),
    *(
        Case(bitcast.bitcast, (shape,), {"dtype": d}, dtypes=dtypes, smooth=False)
        for d, shape, dtypes in (
            ("int32", V, ("float32", "uint32")),
            ("uint8", (2, N), ("float32", "complex64")),
            ("float64", (N, 4), ("int16", "float32")),
        )
    ),
    *(Case(signs.nextafter, (V, V), {"dtype": d}, dtypes=(d,), smooth=False) for d in ("float32", "float64")),
    *unary("stop_gradient", dtypes=ANY, smooth=False),
    *unary("identity", dtypes=ANY),
    Case(logic.where, (In(V, "bool"), V, V), dtypes=ANY),
    *(
        Case(logic.cast, (V,), {"dtype": d}, dtypes=("bool", *REALS), high=9, low=-9, smooth=d == "float64")
        for d in ("bool", *REALS)
    ),
    *(Case(logic.cast, (V,), {"dtype": d}, dtypes=ANY, smooth=False) for d in INEXACT[-2:]),
]

MOVEMENT = [
    Case(movement.broadcast_to, ((N, 1, 3),), {"shape": (2, N, 4, 3)}, dtypes=ANY),
    Case(movement.broadcast_to, ((),), {"shape": (N,)}),
    Case(movement.reduce_sum, ((2, N, 4),), {"axes": (0, 2)}, dtypes=NUMBERS),
    Case(movement.reduce_sum, ((2, N),), {"axes": (1,)}),
    Case(movement.reduce_sum, ((N,),), {"axes": ()}),
    Case(movement.reduce_sum, ((5,),), {"axes": (0,)}),  # to a scalar: nothing else sums in the check
    Case(movement.reshape, ((N, 2, 6, 1),), {"shape": (N, 3, 1, 4)}, dtypes=ANY),
    Case(movement.reshape, ((2, 3, N),), {"shape": (6 * N,)}),
    Case(movement.reshape, ((1, 1),), {"shape": ()}),
    Case(movement.transpose, ((2, N, 3),), {"perm": (2, 0, 1)}, dtypes=ANY),
    Case(movement.reverse, ((2, N, 3),), {"axes": (0, 1)}, dtypes=ANY),
    Case(slicing.slice, ((N, 7),), {"start": (0, 1), "stop": (N, 6), "step": (1, 2)}, dtypes=ANY),
    Case(slicing.slice, ((N + 2, 3),), {"start": (1, 2), "stop": (N + 1, 2), "step": (1, 1)}),
    Case(slicing.slice, ((N + 3,),), {"start": (1,), "stop": (N + 3,), "step": (2,)}, least=1),
    Case(slicing.pad, ((N, 3),), {"low": (1, 0), "high": (2, 1), "interior": (0, 2), "value": 1}, dtypes=ANY),
    Case(slicing.pad, ((N + 2, 3),), {"low": (-1, 2), "high": (N, -3), "interior": (0, 1), "value": 0.5}),
    Case(slicing.pad, ((0, 2),), {"low": (1, 0), "high": (1, 0), "interior": (3, 0), "value": 0}),
    Case(slicing.concatenate, ((N, 2), (N, 3), (N, 0), (N, 1)), {"axis": 1}, dtypes=ANY),
    Case(slicing.concatenate, ((N, 2), (3, 2), (N, 2)), {"axis": 0}),
    Case(
        slicing.dynamic_slice,
        ((N, 5), In((), "int64", 0, 0), In((), "int32", -9, 9)),
        {"sizes": (N, 3)},
        dtypes=ANY,
    ),
    Case(
        slicing.dynamic_update_slice,
        ((4, N), (2, N), In((), "int64", 0, 9), In((), "uint8", 0, 1)),
        dtypes=ANY,
    ),
]

REDUCTION = [
    *(
        Case(p, (In((N, 3, 2), distinct=True),), {"axes": (1, 2)}, dtypes=NUMBERS[2:])
        for p in (reduction.reduce_max, reduction.reduce_min)
    ),
    Case(reduction.reduce_prod, ((3, N, 2),), {"axes": (0, 2)}, dtypes=NUMBERS),
    Case(reduction.reduce_prod, ((N, 0),), {"axes": (1,)}),
    Case(reduction.reduce_var, ((3, N, 2),), {"axes": (0, 2)}, dtypes=FLOATS, least=1),
    Case(reduction.reduce_var, ((4, N),), {"axes": (1,)}, least=1),
    Case(reduction.reduce_var, ((4, N),), {"axes": ()}, smooth=False),
    *(
        Case(p, (In((2, N, 3), "bool"),), {"axes": (0, 1)})
        for p in (reduction.reduce_any, reduction.reduce_all)
    ),
    *(Case(p, ((N, 4, 2),), {"axis": 1}, dtypes=NUMBERS) for p in (reduction.argmax, reduction.argmin)),
]

RUNNING = [
    *(Case(running.cumsum, ((2, N, 3),), {"axis": 1, "reverse": r}, dtypes=NUMBERS) for r in (False, True)),
    Case(running.cumprod, ((2, N, 3),), {"axis": 1}, dtypes=NUMBERS),
    Case(running.cumprod, ((N, 4),), {"axis": 1}, dtypes=FLOATS),
    *(
        Case(running.recurrence, ((2, N, 3), (2, N, 3)), {"axis": 1, "reverse": r}, dtypes=FLOATS)
        for r in (False, True)
    ),
]

SORTING = [
    *(
        Case(p, (In((N, 5, 2), distinct=True),), {"axis": 1, "descending": d}, dtypes=NUMBERS[2:])
        for p in (sorting.sort, sorting.argsort)
        for d in (False, True)
    ),
    *(
        Case(p, ((N, 7),), {"axis": 1, "descending": True}, dtypes=BITS)
        for p in (sorting.sort, sorting.argsort)
    ),
    *(
        Case(sorting.searchsorted, (In((k,), ordered=True), (N, 3)), {"side": side}, dtypes=NUMBERS[2:])
        for k in (0, 1, 6)
        for side in ("left", "right")
    ),
    Case(sorting.searchsorted, (In((N,), low=0, high=0), (4,)), {"side": "right"}, dtypes=NUMBERS),
]

CONTRACTION = [
    Case(contraction.dot, ((N, 4), (4, 3)), {"contract": ((1,), (0,)), "batch": ((), ())}, dtypes=NUMBERS),
    Case(contraction.dot, ((4, N), (3, N)), {"contract": ((1,), (1,)), "batch": ((), ())}),
    Case(
        contraction.dot, ((2, N, 3, 4), (4, 5, 2, N)), {"contract": ((3, 0), (0, 2)), "batch": ((1,), (3,))}
    ),
    Case(contraction.dot, ((N,), ()), {"contract": ((), ()), "batch": ((), ())}),
    *(
        Case(
            contraction.dot,
            ((N, 5), In((5, 3), *b)),
            {"contract": ((1,), (0,)), "batch": ((), ())},
            (a,),
            low,
            high,
        )
        for (a, low, high), b in itertools.product((("int8", -128, 127), ("uint8", 0, 255)), repeat=2)
    ),
]


def convolution(x, kernel, g, *, strides, padding, dilation=None, groups=1):
    """Rows for the convolution of x with kernel, whose output is g, and its two derivatives."""
    dilation = dilation or (1,) * len(strides)
    params = {"strides": strides, "padding": padding, "dilation": dilation, "groups": groups}
    return [
        Case(contraction.conv, (x, kernel), params, dtypes=(*FLOATS, "int8", "uint8")),
        Case(contraction.conv_input_grad, (g, kernel), {"in_shape": x, **params}),
        Case(contraction.conv_kernel_grad, (x, g), {"kernel_shape": kernel, **params}),
    ]


CONVOLUTION = [
    *convolution((N, 5, 4, 2), (3, 2, 2, 3), (N, 3, 3, 3), strides=(1, 1), padding=((0, 0), (0, 0))),
    *convolution((N, 4, 2), (3, 2, 3), (N, 6, 3), strides=(1,), padding=((2, 2),)),
    *convolution((N, 7, 2), (3, 2, 2), (N, 4, 2), strides=(2,), padding=((1, 1),)),
    *convolution((N, 8, 4), (2, 2, 6), (N, 3, 6), strides=(3,), padding=((0, 2),), dilation=(2,), groups=2),
    *convolution((N, 2, 3), (3, 3, 1), (N, 0, 1), strides=(1,), padding=((0, 0),)),
    *convolution((2, N + 2, 1), (2, 1, 1), (2, N + 1, 1), strides=(1,), padding=((0, 0),)),
    *convolution(
        (1, 3, 2, 2, 1), (2, 1, 2, 1, 2), (1, 2, 2, 2, 2), strides=(1, 1, 1), padding=((0, 0), (0, 0), (0, 1))
    ),
]

POOL = {"size": (1, 2, 2, 1), "strides": (1, 2, 2, 1), "padding": ((0, 0),) * 4}
SAME = {"size": (1, 3, 1), "strides": (1, 2, 1), "padding": ((0, 0), (1, 2), (0, 0))}
TALL = {"size": (2, 3), "strides": (1, 1), "padding": ((1, 0), (0, 2))}
GAPS = {"size": (1, 2), "strides": (1, 3), "padding": ((0, 0), (0, 0))}
SLIDES = [
    ((N, 4, 5, 2), (N, 2, 2, 2), POOL),
    ((N, 5, 2), (N, 3, 2), SAME),
    ((3, 4), (3, 4), TALL),
    ((N, 8), (N, 3), GAPS),
    ((N, 4, 6, 1), (N, 2, 3, 1), POOL),
]

WINDOW = [
    *(Case(window.window_sum, (x,), p, dtypes=NUMBERS) for x, _, p in SLIDES),
    *(Case(window.window_spread, (y,), {"in_shape": x, **p}, dtypes=NUMBERS) for x, y, p in SLIDES),
    *(Case(window.window_max, (In(x, distinct=True),), p, dtypes=FLOATS) for x, _, p in SLIDES),
    *(Case(window.window_max, (x,), p, dtypes=INTS, smooth=False) for x, _, p in SLIDES),
    *(Case(window.window_argmax, (x,), p, dtypes=NUMBERS) for x, _, p in SLIDES),
    *(Case(window.window_gather, (x, In(y, "int32", 0, prod(p["size"]) - 1)), p) for x, y, p in SLIDES),
    *(
        Case(window.window_scatter, (y, In(y, "int32", 0, prod(p["size"]) - 1)), {"in_shape": x, **p})
        for x, y, p in SLIDES
    ),
]

SCATTERS = {
    scatter.scatter_set: ANY,
    scatter.scatter_mul: NUMBERS,
    scatter.scatter_max: REALS,
    scatter.scatter_min: REALS,
}

INDEXING = [
    *(Case(indexing.iota, (), {"shape": (2, N, 3), "axis": 1, "dtype": d}, smooth=False) for d in NUMBERS),
    Case(indexing.gather, ((2, 4, N), In((3, N), "int32", 0, 3)), {"axis": 1}, dtypes=ANY),
    Case(indexing.gather, ((N, 3), In((), "uint8", 0, 0)), {"axis": 0}, least=1),
    Case(
        indexing.scatter_add,
        ((2, 4, N), In((3, N), "int64", 0, 3), (2, 3, N, N)),
        {"axis": 1},
        dtypes=NUMBERS,
    ),
    Case(
        indexing.wrap_index,
        (In((N, 3), "int32", -4, 3),),
        {"size": 4, "axis": 1, "name": "take", "wrap": True},
    ),
    Case(
        indexing.wrap_index,
        (In((3,), "uint8", 0, 0),),
        {"size": N, "axis": 0, "name": "take", "wrap": False},
        least=1,
    ),
    *(
        Case(
            p,
            ((2, 4, N), In((3, N), "int64", 0, 3), (2, 3, N, N)),
            {"axis": 1},
            dtypes=d,
            low=0.5,
            smooth=False,
        )
        for p, d in SCATTERS.items()
    ),
    Case(scatter.scatter_set, ((5, N), In((7,), "int32", 0, 4), (7, N)), {"axis": 0}),
    Case(scatter.scatter_mul, ((N, 5), In((7,), "int32", 0, 4), (N, 7)), {"axis": 1}, low=0.5),
    *(
        Case(
            p,
            ((5, N), In((7,), "int32", 0, 4), (7, N)),
            {"axis": 0},
        )
        for p in (scatter.scatter_max, scatter.scatter_min)
    ),
    Case(indexing.take_along_axis, ((N, 4, 2), In((N, 3, 2), "int64", 0, 3)), {"axis": 1}, dtypes=ANY),
    Case(indexing.take_along_axis, ((N, 4), In((N, 1), "int32", 0, 3)), {"axis": 1}),
    Case(indexing.add_along_axis, ((N, 4), In((N, 3), "int32", 0, 3), (N, 3)), {"axis": 1}, dtypes=NUMBERS),
]

RANDOM = [
    Case(random.random_bits, (In((), "int64", -9, 9), In((), "int64", 0, 9)), {"shape": s})
    for s in ((N,), (3, N, 67), (), (0,))
]

WINOGRAD = [
    Case(winograd.winograd_data, ((N, 6, 4, 3),), {"tile": 2}, smooth=False),
    Case(winograd.winograd_data, ((N, 6, 10, 17),), {"tile": 4}, smooth=False),
    Case(winograd.winograd_kernel, ((3, 3, 2, 5),), {"tile": 2, "flip": True}, smooth=False),
    Case(winograd.winograd_kernel, ((3, 3, 2, 5),), {"tile": 4, "flip": False}, smooth=False),
    Case(winograd.winograd_output, ((16, N, 2, 1, 3),), {"tile": 2}, smooth=False),
    Case(winograd.winograd_output, ((36, N, 1, 2, 5),), {"tile": 4}, smooth=False),
]

REGULAR = In((N, 3, 3), diagonal=6.0)  # and positive definite, taken for (x + x^T) / 2
TALL_MATRIX, WIDE_MATRIX = (N, 4, 3), (N, 2, 3)

MATRICES = [
    Case(lapack.solve, (REGULAR, (N, 3, 2))),
    *(Case(lapack.solve, (In((2, 2), diagonal=5.0), (2, k))) for k in (0, 1, N)),
    Case(lapack.inv, (REGULAR,)),
    Case(lapack.det, ((N, 3, 3),), dtypes=INEXACT),
    Case(lapack.det, ((N, 0, 0),)),
    Case(lapack.cofactor, (REGULAR,)),
    *(Case(Part(lapack.slogdet, k), (REGULAR,), smooth=k == 1) for k in (0, 1)),
    Case(lapack.cholesky, (REGULAR,)),
    Case(lapack.pinv, (TALL_MATRIX, In((N,), low=1e-12, high=1e-9, dtype="float64"))),
    Case(lapack.pinv, (WIDE_MATRIX, In((N,), low=1e-12, high=1e-9, dtype="float64"))),
    *(Case(Part(decompositions.qr, k), (TALL_MATRIX,), {"complete": False}) for k in (0, 1)),
    *(Case(Part(decompositions.qr, k), ((N, 4, 2),), {"complete": True}, smooth=False) for k in (0, 1)),
    *(Case(Part(decompositions.eigh, k), ((N, 3, 3),)) for k in (0, 1)),
    Case(decompositions.eigvalsh, ((N, 3, 3),)),
    *(Case(Part(decompositions.svd, k), (TALL_MATRIX,), {"full": False}) for k in (0, 1, 2)),
    *(Case(Part(decompositions.svd, k), (WIDE_MATRIX,), {"full": False}) for k in (0, 1, 2)),
    *(Case(Part(decompositions.svd, k), ((N, 3, 3),), {"full": True}) for k in (0, 1, 2)),
    *(Case(Part(decompositions.svd, k), (TALL_MATRIX,), {"full": True}, smooth=False) for k in (0, 1, 2)),
    Case(decompositions.svdvals, (WIDE_MATRIX,)),
    *(Case(Part(eigenvalues.eig, k), ((N, 3, 3),), smooth=False) for k in (0, 1)),
    Case(eigenvalues.eigvals, ((N, 3, 3),), smooth=False),
    Case(exponential.expm, ((N, 3, 3),), dtypes=FLOATS),
    Case(exponential.expm, ((2, N, N),), high=9),
]

COMPLEX = ("complex64", "complex128")

FOURIER = [
    *(
        Case(fourier.fft, ((N, 4, 3),), {"axes": a, "inverse": i, "norm": n}, dtypes=COMPLEX, smooth=False)
        for a, i, n in (((1,), False, "backward"), ((2, 1), True, "backward"), ((1, 2), False, "ortho"))
    ),
    Case(
        fourier.fft,
        ((2, N),),
        {"axes": (1,), "inverse": True, "norm": "forward"},
        dtypes=COMPLEX,
        least=1,
        smooth=False,
    ),
    *(Case(fourier.rfft, ((N, n),), {"axis": 1, "norm": "ortho"}, dtypes=FLOATS[1:]) for n in (1, 4, 5)),
    Case(fourier.rfft, ((2, N),), {"axis": 1, "norm": "backward"}, dtypes=FLOATS[1:], least=1),
    *(
        Case(
            fourier.irfft,
            ((2, n // 2 + 1),),
            {"axis": 1, "length": n, "norm": "backward"},
            dtypes=COMPLEX,
            least=1,
            smooth=False,
        )
        for n in (1, 4, 5, N)
    ),
]

RANKS = [  # one here; tests/reliability/test_ranks.py has two
    *(Case(Part(sum_over_ranks, k), (V, (3,)), {"place": "here"}, dtypes=NUMBERS) for k in (0, 1)),
    *(Case(Part(sum_over_ranks, k), (In(()), V), {"place": "here", "alike": 1}) for k in (0, 1)),
]

CASES = [
    *FOURIER,
    *MATRICES,
    *WINOGRAD,
    *WINDOW,
    *INDEXING,
    *RANDOM,
    *CONVOLUTION,
    *ELEMENTWISE,
    *MOVEMENT,
    *REDUCTION,
    *RUNNING,
    *SORTING,
    *CONTRACTION,
    *RANKS,
]
