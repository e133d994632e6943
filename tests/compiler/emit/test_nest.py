"""Emitted nests against the interpreter: same loops, same bits."""

import numpy as np
import pytest

from tests.compiler.emit.emulated import THERE
from tests.compiler.emit.jit_for_tests import TARGETS, fenced, kernel_of
from wengert.base.dtypes import available
from wengert.compiler.emit.nest import emit_nest
from wengert.loop.expr import Scalars
from wengert.loop.interpret import run
from wengert.loop.nest import Carry, Loop, Nest, Slot, Store

F, D, I32, L, I8, U, W, B = "float32", "float64", "int32", "int64", "int8", "uint8", "uint32", "bool"


@pytest.fixture(params=TARGETS)
def target(request):
    return TARGETS[request.param]


def slots(*inputs, out):
    return (*map(Slot, inputs), *(Slot(o, True) for o in ([out] if isinstance(out, str) else out)))


def check(nest, target, buffers, params=(), sizes=(), exact=True):
    """Run the nest both ways on one and on three threads. `sizes`: elements of each buffer that is only written."""
    kernel = kernel_of(emit_nest(nest, target, "kernel"), target)
    fresh = [np.full(n, 7).astype(nest.slots[len(buffers) + k].dtype) for k, n in enumerate(sizes)]
    expected = [b.copy() for b in (*buffers, *fresh)]
    errors = run(nest, expected, params)
    for threads in (1, 3):
        got = [fenced(b, at_end=threads == 1) for b in (*buffers, *fresh)]
        error = kernel(got, params, threads)
        assert error == (0, 0) if not errors else error in errors
        for slot, x, y in zip(nest.slots, got, expected, strict=True):
            if exact or slot.dtype not in (F, D):
                np.testing.assert_array_equal(x, y)
            else:
                np.testing.assert_allclose(x, y, rtol=3e-6 if slot.dtype == F else 1e-14)


def row_major(s, index, shape):
    total = s.const(0)
    for i, n in zip(index, shape, strict=True):
        total = s.add(s.mul(total, n), i)
    return total


@pytest.mark.skipif(not THERE, reason="needs qemu-user, gcc-aarch64-linux-gnu and libc6-dev-arm64-cross")
def test_targets_of_other_processors_are_among_those_tried():
    assert TARGETS["neon"].triple.startswith("aarch64")


SIZES = (0, 1, 5, 16, 63, 64, 65, 200, 2500)


@pytest.mark.parametrize("n", SIZES)
def test_flat_elementwise(target, rng, n):
    s = Scalars()
    i = s.var("i")
    value = s.max(s.sub(s.mul(s.load(0, i, F), s.load(1, i, F)), s.load(2, s.const(0), F)), s.const(0, F))
    nest = Nest((Loop("i", s.param(0)),), (Store(3, i, value),), slots(F, F, F, out=F), 1)
    check(nest, target, [rng.normal(size=n).astype(F) for _ in range(2)] + [np.ones(1, F)], [n], [n])


@pytest.mark.parametrize("dtype", [F, D, I32, L, I8, U, W, "int16", "uint16", "uint64"])
def test_every_dtype_and_conversion(target, rng, dtype):
    s, n = Scalars(), 77
    i = s.var("i")
    x = s.load(0, i, dtype)
    outs = (F, D, I32, L, I8, U, W, B, "int16", "uint16", "uint64")
    stores = [Store(1 + k, i, s.cast(x, d)) for k, d in enumerate(outs)]
    data = rng.integers(0, 200, n).astype(dtype)
    if dtype in (F, D):
        data = np.concatenate(
            [data, [np.nan, np.inf, -np.inf, 3e9, -3e9, 1e19, -1e19, -0.0, 2.0**63]]
        ).astype(dtype)
        data[:40] -= 100.5
        bounds = (
            data.dtype.type(sign * 2.0**bits) for bits in (7, 8, 15, 16, 31, 32, 63, 64) for sign in (1, -1)
        )
        near = [[np.nextafter(x, 0 * x), x, np.nextafter(x, 2 * x), x - 1, x + 0.5] for x in bounds]
        data = np.concatenate([data, np.ravel(near)])
    nest = Nest((Loop("i", s.param(0)),), tuple(stores), slots(dtype, out=outs), 1)
    check(nest, target, [data], [len(data)], [len(data)] * len(outs))


@pytest.mark.parametrize("op", ["idiv", "imod"])
@pytest.mark.parametrize("dtype", [I32, L, U, W])
def test_integer_division_is_guarded_and_floors(target, rng, op, dtype):
    s = Scalars()
    i = s.var("i")
    x, y = s.load(0, i, dtype), s.load(1, i, dtype)
    divide = getattr(s, op)
    constants = [s.const(k, dtype) for k in (8, 7, 1)] + ([s.const(-3, dtype)] if dtype in (I32, L) else [])
    stores = [Store(2 + k, i, divide(x, d)) for k, d in enumerate([y, *constants])]
    info = np.iinfo(dtype)
    a = rng.integers(info.min, info.max, 90, dtype=dtype, endpoint=True)
    b = rng.integers(max(info.min, -9), 9, 90).astype(dtype)
    a[:4], b[:4] = info.min, [info.max, 0, 1, 2]
    if dtype in (I32, L):
        b[1] = -1
    nest = Nest((Loop("i", s.const(90)),), tuple(stores), slots(dtype, dtype, out=[dtype] * len(stores)))
    check(nest, target, [a, b], sizes=[90] * len(stores))


def test_bits_and_shifts(target, rng):
    s = Scalars()
    i = s.var("i")
    stores, k = [], 2
    for dtype, at in ((W, 0), (I32, 1)):
        x = s.load(at, i, dtype)
        by = s.cast(s.imod(i, s.const(40)), dtype)
        values = [s.bitop(op, x, s.const(5, dtype)) for op in ("and", "or", "xor", "shl", "shr")]
        values += [s.bitop("shl", x, by), s.bitop("shr", x, by), s.invert(x)]
        for v in values:
            stores.append(Store(k, i, v))
            k += 1
    stores.append(Store(k, i, s.mulhi(s.load(0, i, W), s.const(0xD2511F53, W))))
    a = rng.integers(0, 2**32, 70, dtype=W)
    nest = Nest((Loop("i", s.const(70)),), tuple(stores), slots(W, I32, out=[t.value.dtype for t in stores]))
    check(nest, target, [a, a.view(I32)], sizes=[70] * len(stores))


@pytest.mark.parametrize("op", ["min", "max"])
def test_extremes_keep_nan(target, op):
    s = Scalars()
    i = s.var("i")
    special = np.array([0.0, -0.0, 1.0, -1.0, np.nan, np.inf, -np.inf], F)
    a, b = (np.ravel(x) for x in np.meshgrid(special, special))
    pick = getattr(s, op)
    values = [pick(s.load(0, i, F), s.load(1, i, F)), pick(s.load(0, i, F), s.const(0, F))]
    nest = Nest(
        (Loop("i", s.const(49)),),
        tuple(Store(2 + k, i, v) for k, v in enumerate(values)),
        slots(F, F, out=[F, F]),
    )
    check(nest, target, [a, b], sizes=[49, 49])


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 17), (16, 16), (33, 70), (70, 5), (0, 4), (4, 0)])
def test_transposed_broadcast_reversed_and_strided_reads(target, rng, m, n):
    s = Scalars()
    i, j, rows, cols = s.var("i"), s.var("j"), s.param(0), s.param(1)
    transposed = s.load(0, row_major(s, (j, i), (cols, rows)), F)
    row, column = s.load(1, j, F), s.load(1, i, F)
    backwards = s.load(2, s.sub(s.sub(s.mul(rows, cols), s.const(1)), row_major(s, (i, j), (rows, cols))), F)
    strided = s.load(3, s.mul(s.const(3), j), F)
    value = s.add(s.add(s.mul(transposed, row), s.sub(backwards, column)), strided)
    nest = Nest(
        (Loop("i", rows), Loop("j", cols)),
        (Store(4, row_major(s, (i, j), (rows, cols)), value),),
        slots(F, F, F, F, out=F),
        2,
    )
    data = [rng.normal(size=k).astype(F) for k in (m * n, max(m, n, 1), m * n, 3 * n + 1)]
    check(nest, target, data, [m, n], [m * n])


@pytest.mark.parametrize("dtype", [F, D, U, L])
def test_transpose_of_each_size_of_element(target, rng, dtype):
    s = Scalars()
    i, j = s.var("i"), s.var("j")
    m, n = s.const(37), s.const(50)
    nest = Nest(
        (Loop("i", m), Loop("j", n)),
        (Store(1, row_major(s, (i, j), (m, n)), s.load(0, row_major(s, (j, i), (n, m)), dtype)),),
        slots(dtype, out=dtype),
    )
    check(nest, target, [rng.integers(0, 99, 37 * 50).astype(dtype)], sizes=[37 * 50])


@pytest.mark.parametrize(("m", "n"), [(1, 1), (4, 0), (0, 4), (5, 10), (3, 64), (7, 1000), (2, 5000)])
@pytest.mark.parametrize("kind", ["sum", "max", "min"])
def test_row_reductions(target, rng, m, n, kind):
    s = Scalars()
    i, rows, cols = s.var("i"), s.param(0), s.param(1)
    value = s.reduce(kind, [cols], lambda k: s.load(0, row_major(s, (i, k[0]), (rows, cols)), F))
    nest = Nest((Loop("i", rows),), (Store(1, i, value),), slots(F, out=F), 2)
    check(nest, target, [rng.integers(-9, 9, m * n).astype(F)], [m, n], [m])


@pytest.mark.parametrize(("m", "n"), [(1, 1), (0, 3), (10, 5), (64, 64), (1000, 3), (3, 1000), (129, 70)])
def test_column_and_full_sums(target, rng, m, n):
    s = Scalars()
    j, rows, cols = s.var("j"), s.param(0), s.param(1)
    x = lambda i, j: s.load(0, row_major(s, (i, j), (rows, cols)), F)  # noqa: E731
    columns = Nest(
        (Loop("j", cols),), (Store(1, j, s.reduce("sum", [rows], lambda k: x(k[0], j))),), slots(F, out=F), 2
    )
    everything = Nest(
        (), (Store(1, s.const(0), s.reduce("sum", [rows, cols], lambda k: x(*k))),), slots(F, out=F), 2
    )
    data = rng.integers(-9, 9, m * n).astype(F)
    check(columns, target, [data], [m, n], [n])
    check(everything, target, [data], [m, n], [1])


def test_sums_of_many_floats_lose_little(target, rng):
    s = Scalars()
    value = s.reduce("sum", [s.param(0)], lambda k: s.load(0, k[0], F))
    nest = Nest((), (Store(1, s.const(0), value),), slots(F, out=F), 1)
    x = rng.uniform(size=300_001).astype(F)
    out = np.zeros(1, F)
    kernel_of(emit_nest(nest, target, "kernel"), target)([x, out], [len(x)])
    assert abs(out[0] / x.sum(dtype=D) - 1) < 2e-7


def test_other_reductions_and_dtypes(target, rng):
    s, n = Scalars(), 83
    j = s.var("j")
    at = lambda k, d, slot: s.load(slot, row_major(s, (j, k[0]), (s.const(3), s.const(n))), d)  # noqa: E731
    values = [
        s.reduce("prod", [s.const(n)], lambda k: at(k, I32, 0)),
        s.reduce("sum", [s.const(n)], lambda k: s.cast(at(k, B, 1), L)),
        s.reduce("any", [s.const(n)], lambda k: at(k, B, 1)),
        s.reduce("all", [s.const(n)], lambda k: at(k, B, 1)),
        s.reduce("max", [s.const(n)], lambda k: at(k, U, 2)),
        s.reduce("min", [s.const(n)], lambda k: at(k, I32, 0)),
        s.reduce("sum", [s.const(n)], lambda k: at(k, D, 3)),
    ]
    outs = [v.dtype for v in values]
    nest = Nest(
        (Loop("j", s.const(3)),),
        tuple(Store(4 + k, j, v) for k, v in enumerate(values)),
        slots(I32, B, U, D, out=outs),
    )
    flags = rng.random(3 * n) < 0.5
    flags[:n], flags[n : 2 * n] = True, False
    data = [
        rng.integers(-3, 4, 3 * n).astype(I32),
        flags,
        rng.integers(0, 255, 3 * n).astype(U),
        rng.integers(0, 9, 3 * n).astype(D),
    ]
    check(nest, target, data, sizes=[3] * len(values))


def test_argmax_takes_the_first(target, rng):
    s, n = Scalars(), 37
    i = s.var("i")
    x = lambda k: s.load(0, row_major(s, (i, k), (s.const(9), s.const(n))), F)  # noqa: E731
    best = s.reduce("max", [s.const(n)], lambda k: x(k[0]))
    where = s.reduce(
        "min", [s.const(n)], lambda k: s.select(s.compare("eq", x(k[0]), best), k[0], s.const(n))
    )
    nest = Nest((Loop("i", s.const(9)),), (Store(1, i, where),), slots(F, out=L))
    check(nest, target, [rng.integers(0, 6, 9 * n).astype(F)], sizes=[9])


@pytest.mark.parametrize(("m", "n"), [(128, 10), (3, 16), (2, 100), (1, 1)])
def test_softmax_rows_in_one_nest(target, rng, m, n):
    s = Scalars()
    i, j, rows, cols = s.var("i"), s.var("j"), s.param(0), s.const(n)
    x = lambda k: s.load(0, row_major(s, (i, k), (rows, cols)), F)  # noqa: E731
    top = s.reduce("max", [cols], lambda k: x(k[0]))
    total = s.reduce("sum", [cols], lambda k: s.unary("exp", s.sub(x(k[0]), top)))
    value = s.div(s.unary("exp", s.sub(x(j), top)), total)
    nest = Nest(
        (Loop("i", rows), Loop("j", cols)),
        (Store(1, row_major(s, (i, j), (rows, cols)), value),),
        slots(F, out=F),
        1,
    )
    text = emit_nest(nest, target, "kernel")
    assert text.count(" fdiv ") <= 3  # in the vector loop and what is left over; the reductions are outside
    check(nest, target, [rng.normal(size=m * n).astype(F)], [m], [m * n], exact=False)


@pytest.mark.parametrize("n", [5, 16, 63, 128, 1000, 2500])
def test_what_a_sum_computes_at_length_is_used_again(target, rng, n):
    s, rows = Scalars(), 3
    i, j, shape = s.var("i"), s.var("j"), (s.const(rows), s.const(n))
    term = lambda k: s.unary("exp", s.load(0, row_major(s, (i, k), shape), F))  # noqa: E731
    total = s.reduce("sum", [s.const(n)], lambda k: term(k[0]))
    store = Store(1, row_major(s, (i, j), shape), s.div(term(j), total))
    nest = Nest((Loop("i", s.const(rows)), Loop("j", s.const(n))), (store,), slots(F, out=F))
    check(nest, target, [rng.standard_normal(rows * n).astype(F)], sizes=[rows * n], exact=False)
    keeps = "alloca" in emit_nest(nest, target, "kernel")
    assert keeps == (n <= 1000)  # a longer row would not stay in the first cache


@pytest.mark.parametrize("n", [16, 40])
def test_a_sum_that_some_elements_of_a_row_need_is_right_for_each(target, rng, n):
    s = Scalars()
    i, j, shape = s.var("i"), s.var("j"), (s.const(n), s.const(n))
    term = lambda k: s.unary("exp", s.load(0, row_major(s, (i, k), shape), F))  # noqa: E731
    total = s.reduce("sum", [s.const(n)], lambda k: term(k[0]))
    value = s.select(s.compare("le", j, i), s.div(term(j), total), s.const(0, F))
    store = Store(1, row_major(s, (i, j), shape), value)
    nest = Nest((Loop("i", s.const(n)), Loop("j", s.const(n))), (store,), slots(F, out=F))
    check(nest, target, [rng.standard_normal(n * n).astype(F)], sizes=[n * n], exact=False)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 50])
def test_two_reductions_over_the_same_loops_are_one_pass(target, rng, n):
    s = Scalars()
    i = s.var("i")
    x = lambda k: s.load(0, row_major(s, (i, k[0]), (s.const(4), s.param(0))), F)  # noqa: E731
    total = s.reduce("sum", [s.param(0)], x)
    squares = s.reduce("sum", [s.param(0)], lambda k: s.mul(x(k), x(k)))
    nest = Nest((Loop("i", s.const(4)),), (Store(1, i, s.sub(squares, total)),), slots(F, out=F), 1)
    check(nest, target, [rng.integers(-5, 5, 4 * n).astype(F)], [n], [4])
    text = emit_nest(nest, target, "kernel")
    assert text.count("load float") + text.count("load <") <= 4


@pytest.mark.parametrize("pad", [0, 1, 3])
@pytest.mark.parametrize("axis", [0, 1])
def test_padding_reads_nothing_outside(target, rng, pad, axis):
    """The loads are guarded by the select's condition: the data ends where memory that must not be read begins."""
    s, m, n = Scalars(), 5, 21
    i, j = s.var("i"), s.var("j")
    moved = [i, j]
    moved[axis] = s.sub(moved[axis], s.const(pad))
    inside = s.bitop(
        "and", s.compare("le", s.const(0), moved[axis]), s.compare("lt", moved[axis], s.const((m, n)[axis]))
    )
    value = s.select(inside, s.load(0, row_major(s, moved, (s.const(m), s.const(n))), F), s.const(-1, F))
    shape = [m, n]
    shape[axis] += 2 * pad
    loops = (Loop("i", s.const(shape[0])), Loop("j", s.const(shape[1])))
    nest = Nest(loops, (Store(1, row_major(s, (i, j), list(map(s.const, shape))), value),), slots(F, out=F))
    check(nest, target, [rng.normal(size=m * n).astype(F)], sizes=[shape[0] * shape[1]])


def test_max_pool_with_padding(target, rng):
    s, n, c = Scalars(), 9, 20
    y, x, ch = s.var("y"), s.var("x"), s.var("c")

    def term(k):
        yy, xx = (s.sub(s.add(s.mul(v, s.const(2)), d), s.const(1)) for v, d in zip((y, x), k, strict=True))
        inside = s.const(1, B)
        for v in (yy, xx):
            inside = s.bitop(
                "and", inside, s.bitop("and", s.compare("le", s.const(0), v), s.compare("lt", v, s.const(n)))
            )
        return s.select(
            inside,
            s.load(0, row_major(s, (yy, xx, ch), (s.const(n), s.const(n), s.const(c))), F),
            s.const(-np.inf, F),
        )

    value = s.reduce("max", [s.const(3), s.const(3)], term)
    loops = (Loop("y", s.const(5)), Loop("x", s.const(5)), Loop("c", s.const(c)))
    nest = Nest(
        loops, (Store(1, row_major(s, (y, x, ch), list(map(s.const, (5, 5, c)))), value),), slots(F, out=F)
    )
    check(nest, target, [rng.normal(size=n * n * c).astype(F)], sizes=[25 * c])


@pytest.mark.parametrize("bad", [None, 3, -1])
def test_gather_checks_its_indices(target, rng, bad):
    """Rows of a table by number, and single elements by number: both record a bad index and go on."""
    s, rows, width = Scalars(), 6, 20
    i, j = s.var("i"), s.var("j")
    number = s.check(s.load(1, i, L), s.const(rows), 42)
    picked = s.load(0, row_major(s, (number, j), (s.const(rows), s.const(width))), F)
    row = Nest(
        (Loop("i", s.const(7)), Loop("j", s.const(width))),
        (Store(2, row_major(s, (i, j), (s.const(7), s.const(width))), picked),),
        slots(F, L, out=F),
    )  # fmt: skip
    element = Nest((Loop("i", s.const(7)),), (Store(2, i, s.load(0, number, F)),), slots(F, L, out=F))
    ids = rng.integers(0, rows, 7)
    if bad is not None:
        ids[4] = rows + bad if bad > 0 else bad
    check(row, target, [rng.normal(size=rows * width).astype(F), ids], sizes=[7 * width])
    check(element, target, [rng.normal(size=rows).astype(F), ids], sizes=[7])


def test_check_under_a_false_guard_is_no_error(target):
    s = Scalars()
    i = s.var("i")
    label = s.load(1, i, I32)
    index = s.check(s.cast(label, L), s.const(4), 9)
    value = s.select(s.compare("ne", label, s.const(-1, I32)), s.load(0, index, F), s.const(0, F))
    nest = Nest((Loop("i", s.const(40)),), (Store(2, i, value),), slots(F, I32, out=F))
    labels = np.arange(40, dtype=I32) % 5 - 1
    check(nest, target, [np.arange(4, dtype=F), labels], sizes=[40])


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(("m", "n"), [(1, 1), (4, 30), (30, 4), (0, 3), (9, 100)])
def test_cumulative_sum(target, rng, axis, m, n):
    s = Scalars()
    i, j, rows, cols = s.var("i"), s.var("j"), s.param(0), s.param(1)
    x = s.load(0, row_major(s, (i, j), (rows, cols)), F)
    total = s.add(s.carry("c", F), x)
    loops = (Loop("i", rows), Loop("j", cols))
    nest = Nest(
        (loops[1 - axis],),
        (Store(1, row_major(s, (i, j), (rows, cols)), total),),
        slots(F, out=F),
        2,
        (loops[axis],),
        (Carry("c", s.const(0, F), total),),
    )
    check(nest, target, [rng.integers(-9, 9, m * n).astype(F)], [m, n], [m * n])


@pytest.mark.parametrize(
    ("join", "width"), [("sum", 1), ("sum", 3), ("sum", 40), ("prod", 7), ("max", 7), ("min", 40)]
)
def test_scatters(target, rng, join, width):
    """Gradient of an embedding, and its kin: rows are joined to those that the indices say, in order."""
    s, rows, n = Scalars(), 5, 33
    i, j = s.var("i"), s.var("j")
    number = s.check(s.load(1, i, L), s.const(rows), 3)
    store = Store(
        2,
        row_major(s, (number, j), (s.const(rows), s.const(width))),
        s.load(0, row_major(s, (i, j), (s.const(n), s.const(width))), F),
        join,
    )
    nest = Nest((Loop("j", s.const(width)),), (store,), slots(F, L, out=F), 0, (Loop("i", s.const(n)),))
    data = [rng.normal(size=n * width).astype(F), rng.integers(0, rows, n)]
    check(nest, target, data, sizes=[rows * width])


def test_serial_loops_see_what_they_stored(target):
    """Fibonacci by loads from the buffer that is being written."""
    s, n = Scalars(), 30
    t, i = s.var("t"), s.var("i")
    at = lambda k: s.load(0, s.add(s.mul(s.add(t, s.const(k)), s.const(20)), i), L)  # noqa: E731
    store = Store(0, s.add(s.mul(s.add(t, s.const(2)), s.const(20)), i), s.add(at(0), at(1)))
    nest = Nest((Loop("i", s.const(20)),), (store,), (Slot(L, True),), 0, (Loop("t", s.const(n - 2)),))
    check(nest, target, [np.ones(20 * n, L)])


def test_in_place_update(target, rng):
    s, n = Scalars(), 1000
    i = s.var("i")
    w, m, g = (s.load(k, i, F) for k in range(3))
    m2 = s.add(s.mul(s.const(0.9, F), m), g)
    stores = (Store(0, i, s.sub(w, m2)), Store(1, i, m2))
    nest = Nest((Loop("i", s.param(0)),), stores, (Slot(F, True), Slot(F, True), Slot(F)), 1)
    check(nest, target, [rng.normal(size=n).astype(F) for _ in range(3)], [n])


def test_output_may_lie_on_an_input(target, rng):
    s, n = Scalars(), 777
    i = s.var("i")
    nest = Nest(
        (Loop("i", s.param(0)),), (Store(1, i, s.mul(s.load(0, i, F), s.load(0, i, F))),), slots(F, out=F), 1
    )
    x = rng.normal(size=n).astype(F)
    got = x.copy()
    kernel_of(emit_nest(nest, target, "kernel"), target)([got, got], [n])
    np.testing.assert_array_equal(got, x * x)


def test_equal_nests_give_equal_text(target):
    def text():
        s = Scalars()
        i, j = s.var("i"), s.var("j")
        k = s.sub(j, s.const(1))
        inside = s.bitop("and", s.compare("le", s.const(0), k), s.compare("lt", k, s.param(1)))
        value = s.select(inside, s.load(0, row_major(s, (i, k), (s.param(0), s.param(1))), F), s.const(0, F))
        nest = Nest(
            (Loop("i", s.param(0)), Loop("j", s.param(1))),
            (Store(1, row_major(s, (i, j), (s.param(0), s.param(1))), s.unary("tanh", value)),),
            slots(F, out=F),
            2,
        )
        return emit_nest(nest, target, "kernel")

    assert text() == text()


def test_bfloat16_is_rounded_to_the_nearest_even(target):
    """All upper halves with the lower halves at which rounding turns; NaN stays NaN. Subnormal results may be 0."""
    upper = np.arange(1 << 16, dtype=np.uint32) << 16
    low = np.uint32([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF])
    x = (upper[:, None] | low).reshape(-1).view(np.float32)
    s = Scalars()
    i = s.var("i")
    bf16 = available("bfloat16")
    store = Store(1, i, s.cast(s.load(0, i, F), bf16))
    nest = Nest((Loop("i", s.const(x.size)),), (store,), slots(F, out=bf16))
    got = np.zeros(x.size, bf16)
    kernel_of(emit_nest(nest, target, "kernel"), target)([x, got], threads=2)
    with np.errstate(all="ignore"):
        want = x.astype(bf16)
    normal = np.abs(x) >= np.finfo(np.float32).tiny
    np.testing.assert_array_equal(np.isnan(got), np.isnan(x))
    np.testing.assert_array_equal(got[normal].view(np.uint16), want[normal].view(np.uint16))
    small = ~normal & ~np.isnan(x)
    assert np.all((got[small] == want[small]) | (got[small] == 0))


def test_bfloat16_is_computed_in_float32(target):
    """Stored once: 1 + 2^-8 + 2^-8 is not rounded in between."""
    s = Scalars()
    i = s.var("i")
    bf16 = available("bfloat16")

    def x(slot):
        return s.cast(s.load(slot, i, bf16), F)

    store = Store(2, i, s.cast(s.add(s.add(x(0), x(1)), x(1)), bf16))
    nest = Nest((Loop("i", s.const(37)),), (store,), slots(bf16, bf16, out=bf16))
    buffers = [np.full(37, 1, bf16), np.full(37, 2.0**-8, bf16)]
    got = np.zeros(37, bf16)
    kernel_of(emit_nest(nest, target, "kernel"), target)([*buffers, got])
    np.testing.assert_array_equal(got.astype(np.float32), 1 + 2.0**-7)
