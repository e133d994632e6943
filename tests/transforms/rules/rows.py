"""One row, or more, for each rule: steps before, steps after. The inputs are those of test_rules.py; a bare
number among the arguments is that number, repeated.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    rule: str
    before: str
    after: str
    ulps: int = 0

    def __str__(self):
        return f"{self.rule}: {self.before}"


def row(rule, before, after, ulps=0):
    return Row(rule, before, after, ulps)


ALGEBRA = [
    row("by_one", "f32[n,3] mul(%x, 1.0)", "%x"),
    row("by_one", "f32[n,3] mul(1.0, %x)", "%x"),
    row("by_one", "f32[n,3] div(%x, 1.0)", "%x"),
    row("by_minus_one", "f32[n,3] mul(%x, -1.0)", "f32[n,3] neg(%x)"),
    row("by_zero", "i32[n,3] mul(%i, 0)", "i32[n,3] full(0)"),
    row("plus_nothing", "i32[n,3] add(%i, 0)", "%i"),
    row("plus_nothing", "f32[n,3] add(%x, -0.0)", "%x"),
    row("minus_nothing", "f32[n,3] sub(%x, 0.0)", "%x"),
    row("twice", "f32[n,3] neg(%x); f32[n,3] neg(%0)", "%x"),
    row("twice", "b1[n,3] bitwise_not(%c); b1[n,3] bitwise_not(%0)", "%c"),
    row("add_negative", "f32[n,3] neg(%x); f32[n,3] add(%0, %y)", "f32[n,3] sub(%y, %x)"),
    row("subtract_negative", "f32[n,3] neg(%x); f32[n,3] sub(%y, %0)", "f32[n,3] add(%y, %x)"),
    row(
        "multiply_negative",
        "f32[n,3] neg(%x); f32[n,3] mul(%y, %0)",
        "f32[n,3] mul(%x, %y); f32[n,3] neg(%0)",
    ),
    row(
        "divide_negative", "f32[n,3] neg(%x); f32[n,3] div(%y, %0)", "f32[n,3] div(%y, %x); f32[n,3] neg(%0)"
    ),
    row("negative_factor", "f32[n,3] mul(%x, 3.0); f32[n,3] neg(%0)", "f32[n,3] mul(%x, -3.0)"),
    row("divide_by_power_of_two", "f32[n,3] div(%x, -8.0)", "f32[n,3] mul(%x, -0.125)"),
    row("certainly_not_zero", "f32[n,3] mul_no_nan(2.0, %x)", "f32[n,3] mul(2.0, %x)"),
    row("small_power", "f32[n,3] pow(%x, 0.0)", "f32[n,3] full(1.0)"),
    row("small_power", "f32[n,3] pow(%x, 1.0)", "%x"),
    row("small_power", "f32[n,3] pow(%x, 2.0)", "f32[n,3] mul(%x, %x)", ulps=1),
    row("small_power", "f32[n,3] pow(%x, -1.0)", "f32[n,3] div(1.0, %x)", ulps=1),
    row("small_power", "i32[n,3] pow(%i, 2)", "i32[n,3] mul(%i, %i)"),
    row("reciprocal_root", "f32[n,3] sqrt(%x); f32[n,3] div(1.0, %0)", "f32[n,3] rsqrt(%x)"),
    row("absolute", "f32[n,3] neg(%x); f32[n,3] abs(%0)", "f32[n,3] abs(%x)"),
    row("idempotent", "f32[n,3] maximum(%x, %x)", "%x"),
    row("no_choice", "f32[n,3] where(%c, %x, %x)", "%x"),
    row("known_choice", "f32[n,3] where(False, %x, %y)", "%y"),
    row(
        "negated_choice",
        "b1[n,3] bitwise_not(%c); f32[n,3] where(%0, %x, %y)",
        "f32[n,3] where(%c, %y, %x)",
    ),
    row("cast_to_itself", 'f32[n,3] cast(%x, dtype="float32")', "%x"),
    row(
        "cast_of_cast",
        'f64[n,3] cast(%x, dtype="float64"); i32[n,3] cast(%0, dtype="int32")',
        'i32[n,3] cast(%x, dtype="int32")',
    ),
    row("cast_of_cast", 'f64[3] cast(%u, dtype="float64"); u8[3] cast(%0, dtype="uint8")', "%u"),
    row("gradient_is_taken", "f32[n,3] stop_gradient(%x)", "%x"),
]

MOVEMENT = [
    row("moves_nothing", "f32[n,3] broadcast_to(%x, shape=(n, 3))", "%x"),
    row("moves_nothing", "f32[n,3] transpose(%x, perm=(0, 1))", "%x"),
    row("moves_nothing", "f32[n,3] slice(%x, start=(0, 0), step=(1, 1), stop=(n, 3))", "%x"),
    row("moves_nothing", "f32[n,3] concatenate(%x, axis=0)", "%x"),
    row(
        "broadcast_twice",
        "f32[2,n,3] broadcast_to(%x, shape=(2, n, 3)); f32[4,2,n,3] broadcast_to(%0, shape=(4, 2, n, 3))",
        "f32[4,2,n,3] broadcast_to(%x, shape=(4, 2, n, 3))",
    ),
    row(
        "reshape_twice",
        "f32[3*n] reshape(%x, shape=(3*n,)); f32[3,n] reshape(%0, shape=(3, n))",
        "f32[3,n] reshape(%x, shape=(3, n))",
    ),
    row("reshape_twice", "f32[3*n] reshape(%x, shape=(3*n,)); f32[n,3] reshape(%0, shape=(n, 3))", "%x"),
    row("transpose_twice", "f32[3,n] transpose(%x, perm=(1, 0)); f32[n,3] transpose(%0, perm=(1, 0))", "%x"),
    row(
        "transpose_of_ones",
        "f32[1,3,2] transpose(%r, perm=(1, 0, 2))",
        "f32[1,3,2] reshape(%r, shape=(1, 3, 2))",
    ),
    row(
        "move_of_one",
        "f32[n,2] broadcast_to(%s, shape=(n, 2)); f32[2*n] reshape(%0, shape=(2*n,))",
        "f32[2*n] broadcast_to(%s, shape=(2*n,))",
    ),
    row(
        "leading_ones",
        "f32[1,3] reshape(%u2, shape=(1, 3)); f32[n,3] broadcast_to(%0, shape=(n, 3))",
        "f32[n,3] broadcast_to(%u2, shape=(n, 3))",
    ),
    row("reverse_twice", "f32[n,3] reverse(%x, axes=(1, 0)); f32[n,3] reverse(%0, axes=(0, 1))", "%x"),
    row("reverse_of_ones", "f32[3,1,2] reverse(%r, axes=(1, 2))", "f32[3,1,2] reverse(%r, axes=(2,))"),
    row("pad_by_nothing", "f32[n,3] pad(%x, high=(0, 0), interior=(0, 0), low=(0, 0), value=0)", "%x"),
    row(
        "slice_twice",
        "f32[4] slice(%v, start=(1,), step=(2,), stop=(9,)); "
        "f32[2] slice(%0, start=(1,), step=(2,), stop=(4,))",
        "f32[2] slice(%v, start=(3,), step=(4,), stop=(8,))",
    ),
    row(
        "pad_twice",
        "f32[11] pad(%v, high=(0,), interior=(0,), low=(1,), value=0.5); "
        "f32[13] pad(%0, high=(2,), interior=(0,), low=(0,), value=0.5)",
        "f32[13] pad(%v, high=(2,), interior=(0,), low=(1,), value=0.5)",
    ),
    row(
        "slice_of_pad",
        "f32[12] pad(%v, high=(1,), interior=(0,), low=(1,), value=0.0); "
        "f32[5] slice(%0, start=(1,), step=(2,), stop=(11,))",
        "f32[5] slice(%v, start=(0,), step=(2,), stop=(10,))",
    ),
    row(
        "repeat_last",
        "f32[n,3] broadcast_to(%s, shape=(n, 3)); f32[n,3] broadcast_to(%u2, shape=(n, 3)); "
        "f32[n,3] mul(%0, %1)",
        "f32[3] broadcast_to(%s, shape=(3,)); f32[3] mul(%0, %u2); f32[n,3] broadcast_to(%1, shape=(n, 3))",
    ),
]

CONTRACTION = [
    row("reduce_of_ones", "f32[3,2] reduce_sum(%r, axes=(1,))", "f32[3,2] reshape(%r, shape=(3, 2))", ulps=1),
    row("reduce_of_ones", "f32[n,3] reduce_max(%x, axes=())", "%x"),
    row(
        "reduce_twice",
        "f32[n] reduce_max(%x, axes=(1,)); f32[] reduce_max(%0, axes=(0,))",
        "f32[] reduce_max(%x, axes=(0, 1))",
    ),
    row(
        "reduce_twice",
        "f32[n] reduce_sum(%x, axes=(1,)); f32[] reduce_sum(%0, axes=(0,))",
        "f32[] reduce_sum(%x, axes=(0, 1))",
        ulps=4,
    ),
    row(
        "reduce_of_transpose",
        "f32[3,n] transpose(%x, perm=(1, 0)); f32[3] reduce_sum(%0, axes=(1,))",
        "f32[3] reduce_sum(%x, axes=(0,))",
        ulps=4,
    ),
    row(
        "reduce_of_repeated",
        "f32[4,n,3] broadcast_to(%x, shape=(4, n, 3)); f32[n,3] reduce_sum(%0, axes=(0,))",
        "f32[n,3] mul(%x, 4.0)",
        ulps=4,
    ),
    row(
        "reduce_of_repeated",
        "f32[4,n,3] broadcast_to(%x, shape=(4, n, 3)); f32[n] reduce_max(%0, axes=(0, 2))",
        "f32[n] reduce_max(%x, axes=(1,))",
    ),
    row(
        "dot_of_transpose",
        "f32[3,n] transpose(%x, perm=(1, 0)); f32[3,3] dot(%0, %y, batch=((), ()), contract=((1,), (0,)))",
        "f32[3,3] dot(%x, %y, batch=((), ()), contract=((0,), (0,)))",
        ulps=4,
    ),
    row(
        "transpose_of_dot",
        "f32[3,3] dot(%x, %y, batch=((), ()), contract=((0,), (0,))); f32[3,3] transpose(%0, perm=(1, 0))",
        "f32[3,3] dot(%y, %x, batch=((), ()), contract=((0,), (0,)))",
        ulps=4,
    ),
]
ROWS = [*ALGEBRA, *MOVEMENT, *CONTRACTION]
