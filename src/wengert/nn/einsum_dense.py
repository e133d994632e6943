"""EinsumDense: a dense layer over any axes, told by an equation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.types import TensorType
from wengert.nn.described import WithKernel
from wengert.ops import activations
from wengert.ops import math as m
from wengert.ops.einsum import einsum

FORM = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


class EinsumDense(WithKernel):
    """``y = activation(einsum(equation, x, kernel) + bias)``

    Args:
        equation: letters of the axes of x, of the kernel, and of y: "abc,cd->abd". `...` before the letters of x and
            y, or behind them, stands for axes that stay as they are.
        output_shape: lengths of y without the batch (and without those of `...`): an int, or several; None is a length
            that follows from x.
        activation: name of an activation, or a function.
        bias_axes: letters of y along which the bias differs; None: no bias.
        kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, kernel_constraint,
            bias_constraint: as in `Dense`.

    Raises:
        ValueRangeError: the equation, or `bias_axes`, make no sense.
        ShapeError: lengths do not fit the input.

    Example:
        >>> import numpy as np
        >>> layer = EinsumDense("abc,cde->abde", (None, 4, 2), bias_axes="de")
        >>> layer(np.ones((3, 5, 6), "float32")).shape, layer.kernel.shape, layer.bias.shape
        ((3, 5, 4, 2), (6, 4, 2), (4, 2))
    """

    equation: str
    output_shape: int | Sequence[int | None]
    activation: Any = None
    bias_axes: str | None = None
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"

    def check_fields(self) -> None:
        x, kernel, y = self._letters()
        missing = [c for c in y if c not in x + kernel] + [c for c in kernel if c not in x + y]
        if missing:
            raise ValueRangeError(
                f"EinsumDense: letters of y must be in x or the kernel, and those of the kernel in x or y; got "
                f"{missing[0]!r} in {self.equation!r}."
            )
        unknown = [c for c in self.bias_axes or "" if c not in y]
        if unknown:
            raise ValueRangeError(
                f"EinsumDense: bias_axes must be letters of y, {y!r}; got {unknown[0]!r} in {self.bias_axes!r}."
            )

    def _letters(self) -> tuple[str, str, str]:
        """Of x, the kernel and y."""
        found = FORM.fullmatch(str(self.equation).replace(" ", ""))
        dots = [] if found is None else [bool(found[k]) for k in (1, 3, 5, 7)]
        if found is None or dots[:2] != dots[2:] or all(dots):
            raise ValueRangeError(
                f'EinsumDense: equation must be as "ab,bc->ac", "...ab,bc->...ac" or "ab...,bc->ac..."; got '
                f"{self.equation!r}."
            )
        return found[2], found[4], found[6]

    def _lengths(self, x: TensorType) -> dict[str, Any]:
        """The length that each letter stands for.

        Raises:
            ShapeError: they do not fit.
        """
        in_x, _, in_y = self._letters()
        left = self.equation.strip().startswith(".")
        more = x.rank - len(in_x)
        if more < 0 or (more and "..." not in self.equation):
            raise ShapeError(f"the input must have the axes of {self.equation!r}; got {x}.")
        lengths: dict[str, Any] = dict(
            zip(in_x, x.shape[more:] if left else x.shape[: len(in_x)], strict=True)
        )
        given: list[Any] = (
            [self.output_shape] if isinstance(self.output_shape, int) else list(self.output_shape)
        )
        if not (left and more):
            given.insert(0, x.shape[0])
        if len(given) != len(in_y):
            raise ShapeError(
                f"output_shape must have a length for each letter of y but the batch; got {self.output_shape} for "
                f"{self.equation!r} and {x}."
            )
        for letter, n in zip(in_y, given, strict=True):
            if letter in lengths and n not in (None, lengths[letter]):
                raise ShapeError(
                    f"output_shape must have {lengths[letter]} for {letter!r}, as {x} has; got {n}."
                )
            lengths.setdefault(letter, n)
        return lengths

    def build(self, x: TensorType) -> None:
        _, kernel, y = self._letters()
        lengths = self._lengths(x)
        self.kernel = self.described_weight("kernel", [lengths[c] for c in kernel])
        self.bias = None
        if self.bias_axes:
            first = min(map(y.index, self.bias_axes))
            ones = 0 if self.equation.strip().startswith(".") else x.rank - len(self._letters()[0])
            shape = [lengths[c] if c in self.bias_axes else 1 for c in y[first:]] + [1] * ones
            self.bias = self.described_weight("bias", shape)

    def call(self, x: Any) -> Any:
        y = einsum(self.equation.replace(" ", ""), x, self.kernel)
        return activations.get(self.activation)(y if self.bias is None else m.add(y, self.bias))
