"""Alike clusters share a kernel; what makes kernels differ tells clusters apart."""

import numpy as np
import pytest

import wengert as wg
from tests.compiler.graphs import planned


def kernels(f, *types):
    """How many distinct kernel objects the plan has, and how many launches."""
    launches = planned(f, *types).launches
    return len({id(s.kernel) for s in launches}), len(launches)


def test_repeated_layers_are_lowered_once_and_read_their_own_buffers():
    plan = planned(lambda x, v, w: wg.tanh(wg.tanh(x @ v) @ w), "f32[n,64]", "f32[64,64]", "f32[64,64]")
    first, second = (s for s in plan.launches if s.core is not None)
    assert first.kernel is second.kernel
    assert first.written != second.written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda x: wg.maximum(x, 0.0), lambda x: wg.maximum(x, -0.0)),
        (lambda x: x + 1.0, lambda x: x + 2.0),
        (lambda x: wg.sum(x, axis=0), lambda x: wg.sum(x, axis=1)),
        (lambda x: wg.flip(x, axis=0), lambda x: wg.flip(x, axis=1)),
    ],
)
def test_other_numbers_and_parameters_are_other_kernels(one, other):
    count, launches = kernels(lambda x, y: (one(x), other(y)), "f32[64,64]", "f32[64,64]")
    assert count == launches


def test_two_inputs_in_one_buffer_are_not_like_two_of_their_own():
    f = wg.function(lambda x, y: (wg.cumsum(x, axis=0) - x, wg.cumsum(x, axis=0) - y))
    x, y = np.arange(6, dtype="f4"), np.ones(6, "f4")
    got = [r.numpy() for r in f(x, y)]
    np.testing.assert_array_equal(got, [np.cumsum(x) - x, np.cumsum(x) - y])
    count, launches = kernels(lambda x, y: (x * x[::-1], y * x[::-1]), "f32[64]", "f32[64]")
    assert count == launches


def test_a_kept_border_is_not_like_none():
    """A sum of products leaves a border's zeros out, if there is one."""

    def f(x, wide, k):
        padding = {"padding": "valid"}
        bordered = wg.pad(wg.exp(x), ((0, 0), (1, 1), (1, 1), (0, 0)))
        return wg.conv(bordered, k, **padding), wg.conv(wg.exp(wide), k, **padding)

    plan = planned(f, "f32[n,6,6,64]", "f32[n,8,8,64]", "f32[3,3,64,8]")
    first, second = (
        s.kernel for s in plan.launches if s.core is not None and s.core.primitive.name == "conv"
    )
    assert first is not second
    assert bool(first.inside) != bool(second.inside)
