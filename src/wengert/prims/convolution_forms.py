"""Convolutions as plain sums of products, where no position lies in the padding (see convolution.py).

Elsewhere there is no such form (None) until `transforms/explicit_padding.py` has given x or g a border.
"""

from __future__ import annotations

import operator
from typing import Any

from wengert.ir.dim import Dim
from wengert.ir.types import Shape, TensorType
from wengert.loop.forms import Affine, ContractForm

Ints = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]
Length = int | Dim


def output_length(n: Any, k: Any, stride: int, padding: tuple[int, int], dilation: int) -> Any:
    """How many positions a kernel of length k has in a padded axis."""
    return (n + sum(padding) - ((k - 1) * dilation + 1)) // stride + 1


class _Axes:
    """Names of the axes of a convolution and their lengths: n, p0.., k0.., group, c, o."""

    def __init__(self, x: Shape, kernel: Shape, out: Shape, groups: int) -> None:
        spatial = range(len(x) - 2)
        inner, filters = map(operator.index, kernel[-2:])
        self.p = tuple(f"p{a}" for a in spatial)
        self.k = tuple(f"k{a}" for a in spatial)
        self.extents: dict[str, Length] = {"n": x[0], "group": groups, "c": inner, "o": filters // groups}
        self.extents |= dict(zip(self.p, out[1:-1], strict=True)) | dict(
            zip(self.k, kernel[:-2], strict=True)
        )
        self.channel = Affine((("group", inner), ("c", 1)))
        self.filter = Affine((("group", filters // groups), ("o", 1)))
        self.kernel = (*map(Affine.of, self.k), Affine.of("c"), self.filter)
        self.out = (Affine.of("n"), *map(Affine.of, self.p), self.filter)

    def meet(self, strides: Ints, dilation: Ints) -> tuple[Affine, ...]:
        """Indices into x."""
        at = (Affine(((p, s), (k, d))) for p, k, s, d in zip(self.p, self.k, strides, dilation, strict=True))
        return (Affine.of("n"), *at, self.channel)

    def form(
        self, order: tuple[str, ...], reduced: tuple[str, ...], **index: tuple[Affine, ...]
    ) -> ContractForm:
        """The contraction over axes in the order given."""
        extents = {v: self.extents[v] for v in order}
        return ContractForm(extents, reduced, index["a"], index["b"], index["out"])


def conv_form(
    x: TensorType, kernel: TensorType, *, strides: Ints, padding: Pairs, dilation: Ints, groups: int
) -> ContractForm | None:
    """conv: without padding, position p * s + k * d of x is always there."""
    if any(map(any, padding)):
        return None
    lengths = map(output_length, x.shape[1:-1], kernel.shape[:-2], strides, padding, dilation)
    axes = _Axes(x.shape, kernel.shape, (x.shape[0], *lengths, kernel.shape[-1]), groups)
    reduced = (*axes.k, "c")
    return axes.form(
        ("n", "group", *axes.p, "o", *reduced),
        reduced,
        a=axes.meet(strides, dilation),
        b=axes.kernel,
        out=axes.out,
    )


def input_grad_form(
    g: TensorType,
    kernel: TensorType,
    *,
    in_shape: Shape,
    strides: Ints,
    padding: Pairs,
    dilation: Ints,
    groups: int,
) -> ContractForm | None:
    """conv_input_grad: with stride 1 and full padding, position at + (K-1) d - k d of g is always there."""
    window = map(operator.index, kernel.shape[:-2])
    reach = [(k - 1) * d for k, d in zip(window, dilation, strict=True)]
    if any(t != 1 for t in strides) or any(p != (r, r) for p, r in zip(padding, reach, strict=True)):
        return None
    axes = _Axes(in_shape, kernel.shape, in_shape, groups)  # p runs over the positions of x here
    position = (
        Affine(((p, 1), (k, -d)), r) for p, k, d, r in zip(axes.p, axes.k, dilation, reach, strict=True)
    )
    reduced = (*axes.k, "o")
    return axes.form(
        ("n", "group", *axes.p, "c", *reduced),
        reduced,
        a=(Affine.of("n"), *position, axes.filter),
        b=axes.kernel,
        out=(Affine.of("n"), *map(Affine.of, axes.p), axes.channel),
    )


def kernel_grad_form(
    x: TensorType,
    g: TensorType,
    *,
    kernel_shape: Shape,
    strides: Ints,
    padding: Pairs,
    dilation: Ints,
    groups: int,
) -> ContractForm | None:
    """conv_kernel_grad: as for conv."""
    if any(map(any, padding)):
        return None
    axes = _Axes(x.shape, kernel_shape, g.shape, groups)
    reduced = ("n", *axes.p)
    return axes.form(
        ("group", *axes.k, "c", "o", *reduced),
        reduced,
        a=axes.meet(strides, dilation),
        b=axes.out,
        out=axes.kernel,
    )
