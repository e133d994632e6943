"""A value that is needed padded is kept padded only, and read through the halo."""

import numpy as np

import wengert as wg
from tests.compiler.graphs import kernels, record
from tests.transforms.passes import after, check_same, expect
from wengert.prims.slicing import pad
from wengert.transforms.share_halo import share_halo


def test_others_read_the_inside_of_the_padded_value():
    text = """
        graph(%x: f32[n,3]) {
          %0: f32[n,3] = exp(%x)
          %1: f32[n,5] = pad(%0, high=(0, 1), interior=(0, 0), low=(0, 1), value=0)
          %2: f32[n,3] = neg(%0)
          return %1, %2
        }
    """
    assert after(share_halo, text, ulps=1) == expect("""
        graph(%x: f32[n,3]) {
          %0: f32[n,3] = exp(%x)
          %1: f32[n,5] = pad(%0, high=(0, 1), interior=(0, 0), low=(0, 1), value=0)
          %2: f32[n,3] = slice(%1, start=(0, 1), step=(1, 1), stop=(n, 4))
          %3: f32[n,3] = neg(%2)
          return %1, %3
        }
    """)


def test_inputs_and_constants_stay_where_they_are():
    graph = record(lambda x: (wg.pad(x, ((1, 1),)), x * 2.0), "f32[n]")
    assert share_halo(graph) is graph


def test_only_zeros_around_a_value_are_a_halo():
    for border in (
        lambda y: pad(y, low=(1,), high=(1,), interior=(0,), value=1.0),
        lambda y: pad(y, low=(-1,), high=(1,), interior=(0,), value=0),
        lambda y: pad(y, low=(1,), high=(1,), interior=(1,), value=0),
    ):
        graph = record(lambda x, border=border: (border(wg.exp(x)), wg.exp(x)), "f32[5]")
        check_same(graph, share_halo(graph), ulps=1)
        assert [s.primitive.name for s in share_halo(graph).steps].count("slice") == 0


def test_two_halos_of_one_value_are_right():
    def f(x):
        y = wg.exp(x)
        return wg.pad(y, ((1, 1),)), wg.pad(y, ((0, 2),)), y * 2.0

    graph = record(f, "f32[n]")
    check_same(graph, share_halo(graph), ulps=1)


def test_a_halo_of_a_halo_is_right():
    def f(x):
        y = wg.exp(x)
        p = wg.pad(y, ((1, 1),))
        return wg.pad(p * 2.0, ((2, 2),)), wg.pad(p, ((1, 0),)), y, p

    graph = record(f, "f32[n]")
    check_same(graph, share_halo(graph), ulps=1)


def test_a_padded_convolution_after_an_activation_makes_no_copy():
    def f(x, k):
        y = wg.maximum(x, 0.0)
        return wg.conv(y, k, padding="same") + y

    assert len(kernels(f, "f32[n,8,8,4]", "f32[3,3,4,4]")) == 2


def test_results_with_and_without_a_halo_are_the_same():
    def f(x, k):
        y = wg.maximum(x, 0.0)
        return wg.conv(y, k, padding="same") + y, wg.sum(y, axis=(1, 2))

    rng = np.random.default_rng(0)
    x, k = rng.normal(size=(2, 8, 8, 4)).astype("f"), rng.normal(size=(3, 3, 4, 4)).astype("f")
    signature = ("f32[n,8,8,4]", "f32[3,3,4,4]")
    for got, want in zip(
        wg.function(f, signature=signature)(x, k),
        wg.function(f, signature=signature, compiled=False)(x, k),
        strict=True,
    ):
        np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-4, atol=1e-5)
