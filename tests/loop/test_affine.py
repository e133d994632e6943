"""Questions about index expressions."""

from wengert.loop.affine import GUESS, composes, constant, estimate, replace_leaves, substitute
from wengert.loop.expr import Expr, Scalars, show
from wengert.loop.polynomial import Polynomials

s = Scalars()
i, j, n = s.var("i"), s.var("j"), s.param(0)


def joins(e: Expr, extent: int | Expr) -> bool:
    extent = s.const(extent) if isinstance(extent, int) else extent
    return composes(e, "i", "j", extent, Polynomials(s, lambda e: len(e.free)))


def test_rows_and_columns_of_a_gapless_matrix_are_one_loop():
    index = s.add(s.mul(i, s.const(12)), s.mul(j, s.const(3)))
    assert joins(index, 4)
    assert not joins(index, 5)


def test_loops_of_a_length_known_at_run_time_are_one_too():
    index = s.add(s.mul(i, s.mul(n, s.const(3))), s.mul(j, s.const(3)))
    assert joins(index, n)
    assert not joins(index, s.add(n, s.const(1)))


def test_loops_that_a_value_looks_at_singly_are_not_one():
    load = s.load(0, s.add(s.mul(i, s.const(4)), j), "float32")
    assert joins(load, 4)
    masked = s.select(s.compare("le", j, i), load, s.const(0.0, "float32"))
    assert not joins(masked, 4)


def test_a_value_that_depends_on_neither_does_not_mind():
    assert joins(s.load(0, s.var("k"), "float32"), 4)


def test_estimates_take_a_guess_for_what_is_known_at_run_time_only():
    assert estimate(s.add(s.mul(n, s.const(3)), s.const(1))) == 3 * GUESS + 1
    assert estimate(s.idiv(n, s.const(2))) == GUESS // 2
    assert constant(n) is None
    assert constant(s.const(7)) == 7


def test_substitute_puts_an_index_in_place_of_a_variable():
    index = s.add(s.mul(i, s.const(4)), j)
    assert show(substitute(index, {"i": s.const(2)}, s)) == "(8 + j)"
    assert substitute(index, {"k": s.const(2)}, s) is index


def test_sums_forget_substituted_axes():
    assert substitute(s.acc(["i", "j"], "float32"), {"i": s.const(0)}, s) is s.acc(["j"], "float32")


def test_leaves_are_replaced_where_they_stand():
    value = s.max(s.acc(["i"], "float32"), s.const(0.0, "float32"))
    done = replace_leaves(value, lambda e: s.load(3, i, "float32") if e.op == "acc" else None, s)
    assert show(done) == "max(0, b3[i])"


def test_what_is_used_many_times_is_looked_at_once():
    """2^100 ways lead from the sum to its load."""
    total = s.load(0, s.add(s.mul(i, s.const(4)), j), "float32")
    for _ in range(100):
        total = s.add(total, total)
    assert joins(total, 4)
    assert not joins(total, 5)
