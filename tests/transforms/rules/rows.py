"""One row, or more, for each rule: what it fires on, and what that becomes. Arguments are named in INPUTS."""

from dataclasses import dataclass
from typing import Any

from wengert.ir.dim import Dim
from wengert.prims.arithmetic import abs, add, div, maximum, minimum, mul, mul_no_nan, neg, rsqrt, sqrt
from wengert.prims.contraction import dot
from wengert.prims.convolution import conv_input_grad
from wengert.prims.indexing import gather
from wengert.prims.logic import cast, identity, less, stop_gradient, where
from wengert.prims.movement import broadcast_to, full_like, reduce_sum, reshape, reverse, transpose
from wengert.prims.reduction import reduce_max, reduce_var, variance
from wengert.prims.slicing import concatenate, pad, slice
from wengert.prims.transcendental import pow
from wengert.prims.window import window_argmax, window_max, window_scatter

N = Dim.named("n")
INPUTS = {
    "x": "f32[n,3]",
    "y": "f32[n,3]",
    "s": "f32[]",
    "i": "i32[n,3]",
    "u": "u8[3]",
    "c": "b1[n,3]",
    "r": "f32[3,1,2]",
    "v": "f32[10]",
    "w": "f32[3]",
    "m": "f32[4,6]",
    "g": "f32[2,3]",
    "p": "f32[n,3,2,4]",
    "k": "f32[3,2,5,4]",
}


@dataclass(frozen=True)
class Row:
    rule: str
    before: Any
    after: Any
    ulps: int = 0

    def __str__(self):
        return self.rule


def padded(x, low, high, value=0.0):
    return pad(x, low=low, high=high, interior=(0,) * len(low), value=value)


def cut(x, start, stop, step):
    return slice(x, start=start, stop=stop, step=step)


def product(x, y, *contract):
    return dot(x, y, contract=contract, batch=((), ()))


def shares(y):
    """A number for each row, and what each element of the row is a share of."""
    s = reshape(reduce_sum(abs(y), axes=(1,)), shape=(N, 1))
    return s, broadcast_to(s, shape=(N, 3))


def gradient_of_shares(x, y):
    s, t = shares(y)
    one = full_like(s, 1)
    lost = mul_no_nan(x, neg(div(div(y, t), t)))
    back = reshape(reduce_sum(lost, axes=(1,)), shape=(N, 1))
    return add(mul_no_nan(x, broadcast_to(div(one, s), shape=(N, 3))), broadcast_to(back, shape=(N, 3)))


def gradient_of_shares_in_one_sum(x, y):
    s, _ = shares(y)
    inverse = div(full_like(s, 1), s)
    total = mul_no_nan(reshape(reduce_sum(mul_no_nan(x, y), axes=(1,)), shape=(N, 1)), inverse)
    return mul_no_nan(x - broadcast_to(total, shape=(N, 3)), broadcast_to(inverse, shape=(N, 3)))


ALGEBRA = [
    Row("by_one", lambda x: x * 1.0, lambda x: x),
    Row("by_one", lambda x: 1.0 * x, lambda x: x),
    Row("by_one", lambda x: x / 1.0, lambda x: x),
    Row("by_minus_one", lambda x: x * -1.0, lambda x: -x),
    Row("by_minus_one", lambda x: x / -1.0, lambda x: -x),
    Row("by_zero", lambda i: i * 0, lambda i: full_like(i, 0)),
    Row("plus_nothing", lambda i: 0 + i, lambda i: i),
    Row("plus_nothing", lambda x: x + -0.0, lambda x: x),
    Row("minus_nothing", lambda x: x - 0.0, lambda x: x),
    Row("twice", lambda x: neg(-x), lambda x: x),
    Row("twice", lambda c: ~~c, lambda c: c),
    Row("add_negative", lambda x, y: -x + y, lambda x, y: y - x),
    Row("subtract_negative", lambda x, y: y - -x, lambda x, y: y + x),
    Row("multiply_negative", lambda x, y: y * -x, lambda x, y: -(x * y)),
    Row("multiply_negative", lambda x, y: -x * -y, lambda x, y: y * x),
    Row("divide_negative", lambda x, y: y / -x, lambda x, y: -(y / x)),
    Row("negative_factor", lambda x: -(x * 3.0), lambda x: x * -3.0),
    Row("divide_by_power_of_two", lambda x: x / -8.0, lambda x: x * -0.125),
    Row("certainly_not_zero", lambda x: mul_no_nan(full_like(x, 2), x), lambda x: 2.0 * x),
    Row("certainly_finite", lambda x: mul_no_nan(x, full_like(x, -2)), lambda x: x * -2.0, ulps=1),
    Row("small_power", lambda x: x**0.0, lambda x: full_like(x, 1)),
    Row("small_power", lambda x: x**1.0, lambda x: x),
    Row("small_power", lambda x: x**2.0, lambda x: x * x, ulps=1),
    Row("small_power", lambda x: x**-1.0, lambda x: 1.0 / x, ulps=1),
    Row("small_power", lambda i: i**2, lambda i: i * i),
    Row("gradient_of_shares", gradient_of_shares, gradient_of_shares_in_one_sum, ulps=16),
    Row(
        "common_cotangent",
        lambda x, y: add(mul(mul_no_nan(x, y), y), mul_no_nan(x, abs(y))),
        lambda x, y: mul_no_nan(x, add(mul(y, y), abs(y))),
        ulps=4,
    ),
    Row("reciprocal_root", lambda x: 1.0 / sqrt(x), lambda x: rsqrt(x)),
    Row("absolute", lambda x: abs(-x), lambda x: abs(x)),
    Row("absolute", lambda x: abs(abs(x)), lambda x: abs(x)),
    Row("idempotent", lambda x: maximum(x, x), lambda x: x),
    Row("idempotent", lambda c: c & c, lambda c: c),
    Row(
        "beyond_a_number",
        lambda x: less(x, maximum(x, full_like(x, 2.0))),
        lambda x: less(x, full_like(x, 2.0)),
    ),
    Row(
        "beyond_a_number",
        lambda x: less(minimum(x, full_like(x, 2.0)), x),
        lambda x: less(full_like(x, 2.0), x),
    ),
    Row("no_choice", lambda c, x: where(c, x, x), lambda c, x: x),
    Row("known_choice", lambda c, x, y: where(full_like(c, False), x, y), lambda c, x, y: y),
    Row("negated_choice", lambda c, x, y: where(~c, x, y), lambda c, x, y: where(c, y, x)),
    Row("cast_to_itself", lambda x: cast(x, dtype="float32"), lambda x: x),
    Row(
        "cast_of_cast",
        lambda x: cast(cast(x, dtype="float64"), dtype="int32"),
        lambda x: cast(x, dtype="int32"),
    ),
    Row("cast_of_cast", lambda u: cast(cast(u, dtype="float64"), dtype="uint8"), lambda u: u),
    Row("gradient_is_taken", lambda x: stop_gradient(x), lambda x: x),
    Row("gradient_is_taken", lambda x: identity(x), lambda x: x),
]

MOVEMENT = [
    Row("moves_nothing", lambda x: broadcast_to(x, shape=(N, 3)), lambda x: x),
    Row("moves_nothing", lambda x: transpose(x, perm=(0, 1)), lambda x: x),
    Row("moves_nothing", lambda x: cut(x, (0, 0), (N, 3), (1, 1)), lambda x: x),
    Row("moves_nothing", lambda x: concatenate(x, axis=0), lambda x: x),
    Row(
        "broadcast_twice",
        lambda x: broadcast_to(broadcast_to(x, shape=(2, N, 3)), shape=(4, 2, N, 3)),
        lambda x: broadcast_to(x, shape=(4, 2, N, 3)),
    ),
    Row(
        "reshape_twice",
        lambda x: reshape(reshape(x, shape=(3 * N,)), shape=(3, N)),
        lambda x: reshape(x, shape=(3, N)),
    ),
    Row("reshape_twice", lambda x: reshape(reshape(x, shape=(3 * N,)), shape=(N, 3)), lambda x: x),
    Row("transpose_twice", lambda x: transpose(transpose(x, perm=(1, 0)), perm=(1, 0)), lambda x: x),
    Row(
        "transpose_of_ones",
        lambda r: transpose(r, perm=(1, 0, 2)),
        lambda r: reshape(r, shape=(1, 3, 2)),
    ),
    Row(
        "transpose_of_gather",
        lambda m, c: transpose(gather(m, cast(c, dtype="int32"), axis=1), perm=(0, 2, 1)),
        lambda m, c: gather(m, transpose(cast(c, dtype="int32"), perm=(1, 0)), axis=1),
    ),
    Row(
        "move_of_one",
        lambda s: reshape(broadcast_to(s, shape=(N, 2)), shape=(2 * N,)),
        lambda s: broadcast_to(s, shape=(2 * N,)),
    ),
    Row(
        "leading_ones",
        lambda w: broadcast_to(reshape(w, shape=(1, 3)), shape=(N, 3)),
        lambda w: broadcast_to(w, shape=(N, 3)),
    ),
    Row("reverse_twice", lambda x: reverse(reverse(x, axes=(1, 0)), axes=(0, 1)), lambda x: x),
    Row("reverse_of_ones", lambda r: reverse(r, axes=(1, 2)), lambda r: reverse(r, axes=(2,))),
    Row("pad_by_nothing", lambda x: padded(x, (0, 0), (0, 0)), lambda x: x),
    Row(
        "slice_twice",
        lambda v: cut(cut(v, (1,), (9,), (2,)), (1,), (4,), (2,)),
        lambda v: cut(v, (3,), (8,), (4,)),
    ),
    Row(
        "pad_twice",
        lambda v: padded(padded(v, (1,), (0,), 0.5), (0,), (2,), 0.5),
        lambda v: padded(v, (1,), (2,), 0.5),
    ),
    Row(
        "join_pads",
        lambda v: padded(v, (1,), (12,)) + padded(v * v, (11,), (2,)),
        lambda v: padded(concatenate(v, v * v, axis=0), (1,), (2,)),
        ulps=1,
    ),
    Row(
        "join_pads",
        lambda v, w, s: (
            padded(w, (15,), (1,)) + padded(v, (2,), (7,)) + padded(broadcast_to(s, shape=(3,)), (12,), (4,))
        ),
        lambda v, w, s: padded(concatenate(v, broadcast_to(s, shape=(3,)), w, axis=0), (2,), (1,)),
        ulps=1,
    ),
    Row(
        "slice_of_pad",
        lambda v: cut(padded(v, (1,), (1,)), (1,), (11,), (2,)),
        lambda v: cut(v, (0,), (10,), (2,)),
    ),
    Row(
        "repeat_last",
        lambda s, w: broadcast_to(s, shape=(N, 3)) * broadcast_to(w, shape=(N, 3)),
        lambda s, w: broadcast_to(broadcast_to(s, shape=(3,)) * w, shape=(N, 3)),
    ),
]

CONTRACTION = [
    Row("reduce_of_ones", lambda r: reduce_sum(r, axes=(1,)), lambda r: reshape(r, shape=(3, 2)), ulps=1),
    Row("reduce_of_ones", lambda x: reduce_max(x, axes=()), lambda x: x),
    Row(
        "reduce_twice",
        lambda x: reduce_max(reduce_max(x, axes=(1,)), axes=(0,)),
        lambda x: reduce_max(x, axes=(0, 1)),
    ),
    Row(
        "reduce_twice",
        lambda x: reduce_sum(reduce_sum(x, axes=(1,)), axes=(0,)),
        lambda x: reduce_sum(x, axes=(0, 1)),
        ulps=4,
    ),
    Row(
        "reduce_of_transpose",
        lambda x: reduce_sum(transpose(x, perm=(1, 0)), axes=(1,)),
        lambda x: reduce_sum(x, axes=(0,)),
        ulps=4,
    ),
    Row(
        "reduce_of_repeated",
        lambda x: reduce_sum(broadcast_to(x, shape=(4, N, 3)), axes=(0,)),
        lambda x: x * 4.0,
        ulps=4,
    ),
    Row(
        "reduce_of_repeated",
        lambda x: reduce_max(broadcast_to(x, shape=(4, N, 3)), axes=(0, 2)),
        lambda x: reduce_max(x, axes=(1,)),
    ),
    Row(
        "sum_of_negatives",
        lambda x: reduce_sum(neg(x), axes=(0,)),
        lambda x: neg(reduce_sum(x, axes=(0,))),
        ulps=4,
    ),
    Row(
        "sum_of_scaled",
        lambda i, u: reduce_sum(mul(i, broadcast_to(cast(u, dtype="int32"), shape=(N, 3))), axes=(0,)),
        lambda i, u: mul(reduce_sum(i, axes=(0,)), cast(u, dtype="int32")),
    ),
    Row(
        "sum_of_scaled",
        lambda x, s: reduce_sum(mul(broadcast_to(s, shape=(N, 3)), x), axes=(0, 1)),
        lambda x, s: mul(reduce_sum(x, axes=(0, 1)), s),
        ulps=4,
    ),
    Row(
        "variance_is_two_sums",
        lambda m: reduce_var(m, axes=(1,)),
        lambda m: variance(m, axes=(1,)),
        ulps=4,
    ),
    Row(
        "dot_of_transpose",
        lambda x, y: product(transpose(x, perm=(1, 0)), y, (1,), (0,)),
        lambda x, y: product(x, y, (0,), (0,)),
        ulps=4,
    ),
    Row(
        "transpose_of_dot",
        lambda x, y: transpose(product(x, y, (0,), (0,)), perm=(1, 0)),
        lambda x, y: product(y, x, (0,), (0,)),
        ulps=4,
    ),
]

POOL = {"size": (2, 2), "strides": (2, 2), "padding": ((0, 0), (0, 0))}


def masked_everywhere(m, g):
    zero = full_like(m, 0)
    scattered = window_scatter(g, window_argmax(maximum(zero, m), **POOL), in_shape=m.shape, **POOL)
    return where(less(zero, m), scattered, zero)


def masked_at_the_maxima(m, g):
    rectified = maximum(full_like(m, 0), m)
    kept = where(less(full_like(g, 0), window_max(rectified, **POOL)), g, full_like(g, 0))
    return window_scatter(kept, window_argmax(rectified, **POOL), in_shape=m.shape, **POOL)


def gradient_of_conv(p, k, height, width, rows, columns, strides=(2, 1)):
    """Of an input of that height and width, so much padded."""
    return conv_input_grad(
        p,
        k,
        in_shape=(N, height, width, 5),
        strides=strides,
        padding=(rows, columns),
        dilation=(1, 1),
        groups=1,
    )


ROWS = [
    *ALGEBRA,
    *MOVEMENT,
    *CONTRACTION,
    Row("mask_after_scatter", masked_everywhere, masked_at_the_maxima),
    Row(
        "crop_of_gradient",
        lambda p, k: padded(gradient_of_conv(p, k, 7, 3, (0, 0), (0, 0)), (0, -1, 0, 0), (0, -2, -1, 0)),
        lambda p, k: gradient_of_conv(p, k, 4, 2, (1, 2), (0, 1)),
    ),
]

# What would change a result: no rule may touch it.
KEPT = {
    "-0.0 + 0.0 is 0.0": lambda x: x + 0.0,
    "infinity * 0 is NaN": lambda x: x * 0.0,
    "1/3 is rounded": lambda x: div(x, full_like(x, 3)),
    "pow and sqrt differ at -0.0 and -infinity": lambda x: pow(x, full_like(x, 0.5)),
    "y - x has another zero": lambda x, y: neg(x - y),
    "a narrow dtype loses values": lambda x: cast(cast(x, dtype="int32"), dtype="float32"),
    "int32 does not fit into float32": lambda i: cast(cast(i, dtype="float32"), dtype="int32"),
    "float64 to uint8 clamps, int32 wraps": lambda i: cast(cast(i, dtype="float64"), dtype="uint8"),
    "a border is more than a crop": lambda p, k: padded(
        gradient_of_conv(p, k, 7, 3, (0, 0), (0, 0)), (0, -1, 1, 0), (0, 0, 0, 0)
    ),
    "some channels of a gradient": lambda p, k: padded(
        gradient_of_conv(p, k, 7, 3, (0, 0), (0, 0)), (0, 0, 0, -1), (0, 0, 0, 0)
    ),
    "only one side is repeated": lambda x, w: mul(x, broadcast_to(w, shape=(N, 3))),
    "a factor along the axes of a sum": lambda x, w: reduce_sum(
        mul(x, broadcast_to(w, shape=(N, 3))), axes=(1,)
    ),
    "what is cut does not come back": lambda v: padded(padded(v, (0,), (-1,)), (0,), (1,)),
}
