"""Broadcasting: what does not fit is told with its axis and a way out, and may be forbidden where it adds axes."""

import operator

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, ShapeError
from wengert.ir.watch import WATCH


def ones(*shape):
    return wg.ones(shape)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ones(2, 3) + ones(4), r"add: .*\[2,3\] and \[4\], which differ at axis -1 \(3 against 4\)"),
        (lambda: wg.maximum(ones(2, 3), ones(4, 3)), r"maximum: .* axis -2 \(2 against 4\)"),
        (lambda: ones(32, 10) - ones(32), r"sub: .*Did you mean x\[:, None\], of shape \[32,1\]\?"),
        (lambda: ones(32, 10, 5) - ones(32, 10), r"Did you mean x\[:, :, None\], of shape \[32,10,1\]\?"),
        (lambda: ones(32, 784) @ ones(10, 784), r"a: f32\[32,784\], b: f32\[10,784\].*Did you mean a @ b\.T\?"),
        (lambda: ones(784, 32) @ ones(784, 10), r"Did you mean a\.T @ b\?"),
        (lambda: ones(10, 4) @ ones(10, 10), r"Did you mean a\.T @ b or b @ a\?"),
        (lambda: ones(4, 10) @ ones(4, 10), r"Did you mean a @ b\.T or a\.T @ b\?"),
        (lambda: ones(5, 4) @ ones(3, 5), r"Did you mean b @ a\?"),
        (lambda: ones(7, 2, 3) @ ones(7, 5, 3), r"Did you mean a @ b\.mT\?"),
        (lambda: ones(7, 3, 2) @ ones(7, 3, 5), r"Did you mean a\.mT @ b\?"),
        (lambda: ones(7, 2, 3) @ ones(6, 3, 5), r"matmul: .*\[7\] and \[6\], which differ at axis -1"),
        (
            lambda: wg.conv(ones(1, 4, 6, 1), ones(3, 9, 1, 2), padding=((1, 1), (1, 1))),
            r"conv: .*axis 2, L = \(W - F \+ 2P\)/S \+ 1 = \(6 - 9 \+ 2\*1\)/1 \+ 1 = 0 places",
        ),
        (
            lambda: wg.conv(ones(1, 4, 1), ones(3, 1, 2), dilation_rate=3, padding=((0, 1),)),
            r"\(4 - 7 \+ 0 \+ 1\)/1 \+ 1 = -1 places for it \(F = \(3 - 1\)\*3 \+ 1\)",
        ),
        (lambda: wg.max_pool(ones(1, 3, 3, 1), 5), r"max_pool: .*\(3 - 5 \+ 2\*0\)/5 \+ 1 = 0 places"),
    ],
)  # fmt: skip
def test_shape_errors_say_the_axis_the_numbers_and_the_way_out(call, said):
    with pytest.raises(ShapeError, match=said):
        call()
    with pytest.raises(ShapeError, match=said):  # and so while it is recorded
        wg.function(call)()


@pytest.mark.parametrize("wrong", ["flaot32", "int23", "floot64"])
def test_a_dtype_that_is_nearly_one_is_suggested(wrong):
    with pytest.raises(DTypeError, match=f"got '{wrong}'. Did you mean '(float|int)(32|64)'"):
        wg.zeros((2,), wrong)


def test_strict_broadcast_refuses_to_add_axes():
    matrix, vector = ones(2, 3), ones(3)
    matrix + vector
    with wg.strict_broadcast():
        for op in (
            operator.add,
            operator.sub,
            operator.lt,
            wg.maximum,
            wg.hypot,
            lambda a, b: wg.where(a > 0, a, b),
        ):
            for pair in ((matrix, vector), (vector, matrix), (matrix, vector.numpy())):
                with pytest.raises(ShapeError, match=r"strict_broadcast.*x\[None, :\]"):
                    op(*pair)
        with pytest.raises(ShapeError, match="strict_broadcast"):
            wg.function(lambda x: x + vector)(matrix)
    assert (matrix + vector).shape == (2, 3)


def test_strict_broadcast_allows_numbers_and_axes_of_length_1():
    x = ones(2, 3)
    with wg.strict_broadcast():
        for y in (2.0, wg.Tensor(2.0), np.float32(2), ones(1, 3), ones(2, 1), x):
            assert (x * y).shape == (2, 3)
        assert wg.broadcast_to(ones(3), (2, 3)).shape == (2, 3)


def test_strict_broadcast_is_of_no_concern_to_layers_and_losses():
    model = wg.Sequential(
        [wg.Input((4,)), wg.layers.Dense(3, activation="softmax"), wg.layers.BatchNormalization()]
    )
    with wg.strict_broadcast():
        assert model(ones(2, 4)).shape == (2, 3)
        assert wg.losses.MeanSquaredError()(ones(2, 3), ones(2, 3)).shape == ()


def test_strict_broadcast_can_be_called_and_nested():
    before = set(WATCH.who)
    wg.strict_broadcast()
    try:
        with wg.strict_broadcast(False):
            ones(2, 3) + ones(3)
        with pytest.raises(ShapeError):
            ones(2, 3) + ones(3)
    finally:
        wg.strict_broadcast(False)
    ones(2, 3) + ones(3)
    assert WATCH.who == before
