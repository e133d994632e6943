"""Preprocessing of numbers: scales, means and variances, bins, categories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError, UsageError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.dim import Dim
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn.layer import Layer, State
from wengert.nn.preprocessing.encode import MODES, batches_of, encoded
from wengert.ops import math as m
from wengert.ops.operands import array, floating, normalize_axis
from wengert.ops.shape import reshape
from wengert.ops.sorting import searchsorted
from wengert.runtime.variable import Variable

SMALL = 1e-7  # the least deviation that is divided by


class Rescaling(Layer):
    """``y = x * scale + offset``; integers become floats.

    Args:
        scale, offset: numbers, or sequences that broadcast to the inputs.

    Example:
        >>> Rescaling(1 / 127.5, offset=-1)(np.array([0, 255], "uint8")).tolist()
        [-1.0, 1.0]
    """

    scale: Any
    offset: Any = 0.0
    supports_masking = True

    def call(self, x: Any) -> Any:
        scale, offset = (np.asarray(a, self.compute_dtype) for a in (self.scale, self.offset))
        return m.add(m.multiply(cast(x, self.compute_dtype), scale), offset)


class Normalization(Layer):
    """``y = (x - mean) / sqrt(variance)``, with what `adapt` finds, or what is given.

    Args:
        axis: that has means of its own for each place, or several; None: one mean of all numbers.
        mean, variance: given both, there is nothing to adapt.
        invert: undo it: ``y = x * sqrt(variance) + mean``.

    Example:
        >>> layer = Normalization()
        >>> layer.adapt(np.array([[0.0, 7.0], [2.0, 9.0]], "float32"))
        >>> layer(np.array([[0.0, 8.0]], "float32")).numpy().tolist()
        [[-1.0, 0.0]]
    """

    axis: int | Sequence[int] | None = -1
    mean: Any = None
    variance: Any = None
    invert: bool = False
    supports_masking = True

    def check_fields(self) -> None:
        if (self.mean is None) != (self.variance is None) or np.shape(self.mean) != np.shape(self.variance):
            raise ValueRangeError(
                f"Normalization: mean and variance must be given both, in one shape; got mean={self.mean!r} and "
                f"variance={self.variance!r}."
            )

    def build(self, x: TensorType) -> None:
        axes: Any = (
            () if self.axis is None else self.axis if isinstance(self.axis, list | tuple) else (self.axis,)
        )
        self.kept = tuple(sorted(normalize_axis("Normalization", a, x) for a in axes))
        lengths: Any = tuple(x.shape[a] for a in self.kept)
        if not all(isinstance(n, int) for n in lengths):
            raise ShapeError(f"the lengths along axis {self.axis} must be known; got {x}.")
        if self.mean is None:
            self.moments: Any = {
                "mean": self.add_weight(lengths, "zeros", trainable=False, name="mean"),
                "variance": self.add_weight(lengths, "ones", trainable=False, name="variance"),
                "count": self.add_weight((), "zeros", dtype="int32", trainable=False, name="count"),
            }
        else:
            given = (np.asarray(a, self.compute_dtype) for a in (self.mean, self.variance))
            self.moments = dict(
                zip(("mean", "variance"), (np.broadcast_to(a, lengths) for a in given), strict=True)
            )

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Let mean and variance be those of the data: an array, or an iterable of batches, of which `steps` are read.

        Source: Chan, Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
            1979.
        """
        if self.mean is not None:
            raise UsageError(
                "Normalization: adapt needs a layer without a mean of its own; got one that has it."
            )
        count, mean, variance = 0, np.float64(0), np.float64(0)
        for batch in batches_of("Normalization", data, steps):
            x = batch.astype(np.float64)
            with self.named():
                self.ensure_built(TensorType((Dim.named("batch"), *x.shape[1:]), self.compute_dtype))
            axes = tuple(a for a in range(x.ndim) if a not in self.kept)
            n, mu, var = math.prod(x.shape[a] for a in axes), x.mean(axes), x.var(axes)
            share = n / (count + n)
            moved = mean + (mu - mean) * share
            variance = (variance + (mean - moved) ** 2) * (1 - share) + (var + (mu - moved) ** 2) * share
            mean, count = moved, count + n
        if not count:
            raise UsageError("Normalization: adapt needs at least one batch; got none.")
        self.moments["mean"].assign(np.asarray(mean, np.float32))
        self.moments["variance"].assign(np.asarray(variance, np.float32))

    def call(self, x: Any) -> Any:
        x = cast(x, self.compute_dtype)
        shape = [n if a in self.kept else 1 for a, n in enumerate(type_of(x).shape)]
        mean, variance = (reshape(array(self.moments[k]), shape) for k in ("mean", "variance"))
        deviation = m.maximum(m.sqrt(variance), SMALL)
        if self.invert:
            return m.add(m.multiply(x, deviation), mean)
        return m.divide(m.subtract(x, mean), deviation)


class Discretization(Layer):
    """The number of the bin that each number falls into: how many boundaries are not above it.

    Args:
        bin_boundaries: in ascending order; there is one bin more.
        num_bins: how many bins `adapt` makes, of about equally many numbers each, instead.
        epsilon: error of these shares; the smaller, the more of the data is kept in mind.
        output_mode: "int", "one_hot", "multi_hot" or "count".

    Example:
        >>> Discretization([0.0, 1.0])(np.array([-1.5, 0.5, 1.0], "float32")).numpy().tolist()
        [0, 1, 2]
    """

    bin_boundaries: Sequence[float] | None = None
    num_bins: int | None = None
    epsilon: float = 0.01
    output_mode: str = "int"
    changeable = ("name", "trainable", "bin_boundaries")

    def check_fields(self) -> None:
        require_word("Discretization", "output_mode", self.output_mode, MODES)
        if self.num_bins is not None:
            require_count("Discretization", "num_bins", self.num_bins)
        elif self.bin_boundaries is None:
            raise ValueRangeError("Discretization: bin_boundaries or num_bins must be given; got neither.")
        if self.bin_boundaries is not None:
            edges = np.asarray(self.bin_boundaries, np.float64)
            if edges.ndim != 1 or np.any(np.diff(edges) < 0) or len(edges) >= (self.num_bins or math.inf):
                raise ValueRangeError(
                    f"Discretization: bin_boundaries must ascend, and be fewer than num_bins; got "
                    f"{self.bin_boundaries!r} and num_bins={self.num_bins}."
                )

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Let each of `num_bins` bins hold as many of these numbers: an array, or an iterable of batches."""
        if self.num_bins is None:
            raise UsageError("Discretization: adapt needs num_bins; got bin_boundaries.")
        summary = np.zeros((2, 0), np.float32)
        for batch in batches_of("Discretization", data, steps):
            both = np.concatenate([_summary(batch.astype(np.float32), self.epsilon), summary], axis=1)
            summary = _compressed(both[:, np.argsort(both[0])], self.epsilon)
        self.bin_boundaries = [float(v) for v in _compressed(summary, 1 / self.num_bins)[0, :-1]]
        if self.built:
            self._keep()

    def build(self, x: TensorType) -> None:
        if self.bin_boundaries is None:
            raise UsageError(
                "the bins must be known; got none. Call adapt(data) first, or give bin_boundaries."
            )
        self._keep()

    def _keep(self) -> None:
        """The boundaries as a variable, which programs read when they run."""
        edges = np.asarray(self.bin_boundaries, np.float32)
        kept: State | None = getattr(self, "edges", None)
        if kept is not None and kept[0].shape == edges.shape:
            kept[0].assign(edges)
        else:
            self.edges = State([Variable(edges, name=f"{self.name}/bin_boundaries", trainable=False)])

    def call(self, x: Any) -> Any:
        bins = searchsorted(self.edges[0].value, floating(x), side="right")
        depth = len(self.bin_boundaries or ()) + 1
        return encoded(
            bins, self.output_mode, depth, "int32" if self.output_mode == "int" else self.compute_dtype
        )


def _summary(x: np.ndarray[Any, Any], epsilon: float) -> np.ndarray[Any, Any]:
    """Numbers at equal shares of the sorted x, and how many of x each stands for: [2, n]"""
    x = np.sort(x.ravel())
    step = max(len(x) * epsilon, 1)
    edges = x[int(step - 1) :: int(step)]
    return np.stack([edges, np.full_like(edges, step)])


def _compressed(summary: np.ndarray[Any, Any], epsilon: float) -> np.ndarray[Any, Any]:
    """A summary of about 1 / epsilon numbers."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares, counts = epsilon + np.arange(0.0, 1.0, epsilon), summary[1].cumsum()
    edges, upto = (np.interp(shares, counts / counts[-1], a) for a in (summary[0], counts))
    return np.stack([edges, np.diff(upto, prepend=0)]).astype(np.float32)


class CategoryEncoding(Layer):
    """Class numbers as vectors.

    Args:
        num_tokens: how many classes there are, the length of the vectors.
        output_mode: "one_hot", "multi_hot" (1 where a class is in the sample) or "count" (how often).

    Calling:
        ``layer(x, count_weights=None)``: in the mode "count", what each element adds instead of 1.

    Raises:
        ValueRangeError: an element (where it is known) is not in 0..num_tokens - 1.

    Example:
        >>> CategoryEncoding(4)(np.array([[0, 1], [3, 3]])).tolist()
        [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """

    num_tokens: int
    output_mode: str = "multi_hot"

    def check_fields(self) -> None:
        require_count("CategoryEncoding", "num_tokens", self.num_tokens)
        require_word("CategoryEncoding", "output_mode", self.output_mode, MODES[1:])

    def call(self, x: Any, count_weights: Any = None) -> Any:
        if count_weights is not None and self.output_mode != "count":
            raise UsageError(f'count_weights are for output_mode "count"; got {self.output_mode!r}.')
        if isinstance(x, np.ndarray) and x.size and not 0 <= int(x.min()) <= int(x.max()) < self.num_tokens:
            raise ValueRangeError(
                f"classes must be in 0..{self.num_tokens - 1}; got {int(x.min())}..{int(x.max())}."
            )
        weights = None if count_weights is None else cast(array(count_weights), self.compute_dtype)
        return encoded(cast(x, "int64"), self.output_mode, self.num_tokens, self.compute_dtype, weights)
