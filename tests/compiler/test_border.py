"""Sums leave out what lies in a border of zeros, and give what they gave with it."""

import numpy as np
import pytest

import wengert as wg
from wengert.compiler.counts import flops_of
from wengert.compiler.emit.target import Target
from wengert.compiler.pipeline import compile_graph
from wengert.compiler.product import Product
from wengert.ir.parse import parse_graph
from wengert.ir.primitive import REGISTRY

SHAPES = {  # images, kernel, strides, padding, dilation
    "small images": ((6, 4, 4, 24), (3, 3, 24, 24), 1, "same", 1),
    "kernel larger than the image": ((6, 2, 2, 8), (5, 5, 8, 8), 1, "same", 1),
    "strides": ((6, 7, 9, 3), (3, 3, 3, 5), 2, "same", 1),
    "strides beyond the kernel": ((6, 7, 8, 3), (2, 2, 3, 5), 3, ((2, 4), (1, 0)), 1),
    "dilation": ((6, 9, 9, 4), (3, 3, 4, 8), 1, "same", 2),
    "no padding": ((6, 5, 5, 4), (2, 2, 4, 4), 1, "valid", 1),
    "rows of nothing but padding": ((6, 3, 3, 4), (1, 1, 4, 4), 1, ((2, 2), (2, 2)), 1),
    "one image of one pixel": ((1, 1, 1, 8), (3, 3, 8, 8), 1, "same", 1),
}


@pytest.mark.parametrize("name", SHAPES)
def test_convolutions_and_their_gradients_are_what_the_interpreter_says(name):
    images, kernel, strides, padding, dilation = SHAPES[name]

    def f(x, k):
        y = wg.conv(x, k, strides=strides, padding=padding, dilation_rate=dilation)
        return wg.sum(y * wg.tanh(y)), y

    def run(x, k):
        return wg.value_and_grad(f, argnums=(0, 1), has_aux=True)(x, k)

    rng = np.random.default_rng(0)
    x, k = (rng.standard_normal(shape).astype(np.float32) for shape in (images, kernel))
    free = f"f32[b,{','.join(map(str, images[1:]))}]"
    compiled = wg.function(run, signature=(free, f"f32[{','.join(map(str, kernel))}]"))
    (got, y), grads = compiled(x, k)
    (want, y_want), grads_want = run(wg.Tensor(x), wg.Tensor(k))
    for a, b in zip((got, y, *grads), (want, y_want, *grads_want), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * float(np.abs(b.numpy()).max()))


@pytest.mark.parametrize(
    ("rule", "a", "b", "out", "params"),
    [
        ("conv", "8,10,10,16", "3,3,16,32", "8,10,10,32", ""),
        ("conv_input_grad", "8,10,10,32", "3,3,16,32", "8,10,10,16", ", in_shape=(8, 10, 10, 16)"),
        ("conv_kernel_grad", "8,10,10,16", "8,10,10,32", "3,3,16,32", ", kernel_shape=(3, 3, 16, 32)"),
    ],
)
def test_only_the_image_is_counted(rule, a, b, out, params):
    """Of 10 rows, or columns, the first and the last meet two of the kernel's three."""
    graph = parse_graph(f"""graph(%x: f32[{a}], %y: f32[{b}]) {{
      %0: f32[{a}] = tanh(%x)
      %1: f32[{out}] = {rule}(%0, %y, dilation=(1, 1), groups=1, padding=((1, 1), (1, 1)), strides=(1, 1){params})
      return %1 }}""")
    plan = compile_graph(
        graph, {}, Target("x86_64-linux-gnu", "x86-64-v4", "", vector_bytes=64, registers=32)
    )
    (product,) = (n.kernel for n in plan.launches if isinstance(n.kernel, Product))
    lengths = [1] * product.params
    whole = 2 * 8 * 10 * 10 * 9 * 16 * 32
    assert flops_of(product, lengths) in (whole * 28 // 30, whole * 28 * 28 // 30**2)


def test_sums_in_words_keep_terms_whose_rows_they_pair():
    """The weight gradient of bfloat16 images sums two rows, or two columns, at once."""
    rng = np.random.default_rng(0)
    shapes = (8, 10, 10, 16), (8, 10, 10, 32)
    x, g = (wg.astype(wg.Tensor(rng.standard_normal(s).astype(np.float32)), "bfloat16") for s in shapes)
    same = {"strides": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}

    def weights(x, g):
        return REGISTRY["conv_kernel_grad"](x, g, kernel_shape=(3, 3, 16, 32), **same)

    got, want = (np.asarray(wg.astype(f(x, g), "float32")) for f in (wg.function(weights), weights))
    np.testing.assert_allclose(got, want, rtol=0.01, atol=0.01 * np.abs(want).max())
