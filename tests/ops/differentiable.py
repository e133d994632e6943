"""Every public function of `ops` that has a derivative, with arguments to check it at."""

import numpy as np

import wengert as wg
from tests.ops import differentiable_images
from wengert.ops import (
    activations,
    control,
    conv,
    creation,
    decompositions,
    dtypes,
    fft,
    focal_losses,
    inverse,
    joining,
    linalg,
    losses,
    math,
    norms,
    overlap_losses,
    padding,
    parts,
    reduce,
    segments,
    shape,
    similarity_losses,
    sorting,
    systems,
    windows,
)
from wengert.ops.ctc import ctc
from wengert.ops.einsum import einsum
from wengert.ops.resize import resize

RNG = np.random.default_rng(7)


def some(*lengths, low=-2.0, high=2.0):
    return RNG.uniform(low, high, lengths)


V, M, POSITIVE = some(6), some(3, 4), some(2, 5, low=0.3, high=3.0)
SQUARE = some(3, 3) + 5 * np.eye(3)
SHARES = RNG.dirichlet(np.ones(4), 3)
ONE_HOT = np.eye(4)[[0, 3, 1]]
LABELS = np.array([2, 0, 3])
IDS = np.array([2, 0, 2, 1, 2])
SEQUENCE, VOLUME = some(2, 6, 3), some(2, 4, 3, 4, 2)
IMAGE = some(2, 6, 5, 2)

SMOOTH = "abs square exp expm1 sin cos sinh cosh tanh erf negative positive reciprocal"
OF_POSITIVE = "sqrt rsqrt log log1p log2 log10 tan"
ANGLES = "asin acos atan asinh atanh"
PAIRS = "copysign add subtract multiply divide maximum minimum logaddexp"
ACTIVATIONS = (
    "linear relu relu6 leaky_relu elu selu celu gelu sigmoid tanh silu softplus log_sigmoid softsign "
    "mish exponential hard_sigmoid hard_silu hard_tanh softmax log_softmax hard_shrink soft_shrink tanh_shrink "
    "squareplus sparse_plus sparse_sigmoid sparsemax"
)
REDUCTIONS = "sum prod mean var std max min logsumexp norm"
STEPS = "sign floor ceil round trunc"
LOSSES = "mean_squared_error mean_absolute_error huber log_cosh"


def along_an_axis(f):
    return lambda x: f(x, axis=0)


def along(f):
    """A step, whose derivative is 0, times what is not."""
    return lambda x: f(x) * x


ZEROS = np.array([1.0, 1.0, 0.0, 1.0, 0.0, 1.0])

ROWS = {
    **{f"math.{n}": (getattr(math, n), V) for n in SMOOTH.split()},
    **{f"math.{n}": (getattr(math, n), POSITIVE) for n in OF_POSITIVE.split()},
    **{f"math.{n}": (getattr(math, n), M, some(4)) for n in PAIRS.split()},
    **{f"inverse.{n}": (getattr(inverse, n), SHARES) for n in ANGLES.split()},
    **{f"inverse.{n}": (getattr(inverse, n), M, some(4)) for n in ("atan2", "hypot")},
    "inverse.acosh": (inverse.acosh, 1.0 + POSITIVE),
    "math.pow": (math.pow, POSITIVE, some(5)),
    "math.remainder": (math.remainder, some(4, low=0.1, high=0.9), some(4, low=1.1, high=2.0)),
    "math.clip": (lambda x: math.clip(x, -1.0, 1.0), V),
    "math.where": (lambda x, y: math.where(x < y, x * y, y), V, some(6)),
    **{f"activations.{n}": (getattr(activations, n), M) for n in ACTIVATIONS.split()},
    "activations.glu": (activations.glu, some(2, 4)),
    "activations.threshold": (lambda x: activations.threshold(x, 0.1, 0.2), M),
    "activations.gelu, approximate": (lambda x: activations.gelu(x, approximate=True), M),
    **{f"reduce.{n}": (getattr(reduce, n), M) for n in REDUCTIONS.split()},
    **{f"reduce.{n}, an axis": (along_an_axis(getattr(reduce, n)), M) for n in REDUCTIONS.split()},
    "reduce.cumulative_sum": (along_an_axis(reduce.cumulative_sum), M),
    "reduce.cumulative_sum, from 0": (lambda x: reduce.cumulative_sum(x, 1, include_initial=True), M),
    "reduce.cumulative_prod": (along_an_axis(reduce.cumulative_prod), M),
    "reduce.cumulative_prod, of zeros": (lambda x: reduce.cumulative_prod(x * ZEROS, include_initial=True), V),
    "linalg.matmul": (linalg.matmul, M, some(4, 2)),
    "linalg.matmul, batched": (linalg.matmul, some(2, 1, 3, 4), some(5, 4, 2)),
    "linalg.tensordot": (lambda x, y: linalg.tensordot(x, y, axes=2), some(2, 3, 4), some(3, 4, 2)),
    "linalg.outer": (linalg.outer, V, some(3)),
    "linalg.vecdot": (linalg.vecdot, M, some(4)),
    "linalg.cross": (linalg.cross, some(2, 3), some(3)),
    "linalg.diagonal": (lambda x: math.sin(linalg.diagonal(x, offset=1)), some(2, 3, 4)),
    "linalg.trace": (lambda x: math.sin(linalg.trace(x, offset=-1)), some(2, 3, 4)),
    "linalg.expm": (linalg.expm, some(2, 3, 3)),
    "linalg.matrix_power": (lambda x: linalg.matrix_power(x, 3), SQUARE),
    "linalg.matrix_power, negative": (lambda x: linalg.matrix_power(x, -2), SQUARE),
    "decompositions.cholesky": (decompositions.cholesky, SQUARE),
    "decompositions.cholesky, upper": (lambda x: decompositions.cholesky(x, upper=True), SQUARE),
    "decompositions.qr": (lambda x: linalg.matmul(*decompositions.qr(x)[::-1]), SQUARE),
    "decompositions.qr, tall": (lambda x: decompositions.qr(x).Q, some(4, 3)),
    "decompositions.qr, wide": (lambda x: decompositions.qr(x).R, some(2, 2, 4)),
    "decompositions.eigh": (lambda x: math.square(decompositions.eigh(x).eigenvectors), SQUARE),
    "decompositions.eig": (lambda x: math.square(math.abs(decompositions.eig(x).eigenvectors)), SQUARE),
    "decompositions.eigvals": (lambda x: parts.real(decompositions.eigvals(x)), SQUARE),
    "decompositions.eigvalsh": (decompositions.eigvalsh, SQUARE),
    "decompositions.svd": (lambda x: math.square(decompositions.svd(x).U), SQUARE),
    "decompositions.svd, thin": (lambda x: math.square(decompositions.svd(x, full_matrices=False).Vh), some(2, 4)),
    "decompositions.svdvals": (decompositions.svdvals, some(2, 4)),
    "systems.solve": (systems.solve, SQUARE, some(3)),
    "systems.solve, columns": (systems.solve, SQUARE, some(3, 2)),
    "systems.solve_triangular": (systems.solve_triangular, SQUARE, some(3)),
    "systems.inv": (systems.inv, SQUARE),
    "systems.det": (systems.det, SQUARE),
    "systems.slogdet": (lambda x: systems.slogdet(x).logabsdet, SQUARE),
    "systems.pinv": (systems.pinv, some(4, 2)),
    "systems.lstsq": (lambda x, y: systems.lstsq(x, y).solution, some(4, 2), some(4)),
    "norms.vector_norm": (norms.vector_norm, M),
    "norms.vector_norm, 3": (lambda x: norms.vector_norm(x, ord=3, axis=0), M),
    "norms.vector_norm, -2": (lambda x: norms.vector_norm(x, ord=-2, axis=0), M),
    **{f"norms.matrix_norm, {o}": (lambda x, o=o: norms.matrix_norm(x, ord=o), M) for o in ("nuc", 2, -2, 1)},
    "norms.matrix_norm": (norms.matrix_norm, M),
    "norms.cond": (norms.cond, M),
    "norms.cond, 1": (lambda x: norms.cond(x, ord=1), SQUARE),
    "fft.rfft": (lambda x: parts.imag(fft.rfft(x)), some(2, 5)),
    "fft.irfft": (lambda x: fft.irfft(x, n=5), some(2, 4)),
    "fft.rfftn": (lambda x: parts.real(fft.rfftn(x, s=(3, 6), axes=(0, 1))), M),
    "fft.irfftn": (fft.irfftn, M),
    "fft.fftn": (lambda x: math.square(math.abs(fft.fftn(x))), M),
    "fft.ifftn": (lambda x: parts.real(fft.ifftn(x, axes=(1,))), M),
    "fft.fft": (lambda x: math.square(math.abs(fft.fft(x, n=6))), M),
    "fft.ifft": (lambda x: parts.imag(fft.ifft(x, n=3)), M),
    "fft.hfft": (fft.hfft, M),
    "fft.ihfft": (lambda x: parts.imag(fft.ihfft(x)), M),
    "fft.fftshift": (lambda x: math.sin(fft.fftshift(x)), M),
    "fft.ifftshift": (lambda x: math.sin(fft.ifftshift(x)), M),
    "shape.reshape": (lambda x: math.square(shape.reshape(x, (2, -1))), M),
    "shape.broadcast_to": (lambda x: math.sin(shape.broadcast_to(x, (2, 3, 4))), M),
    "shape.transpose": (lambda x: math.sin(shape.transpose(x)) * some(4, 3), M),
    "shape.moveaxis": (lambda x: shape.moveaxis(x, 0, 1), M),
    "shape.expand_dims": (shape.expand_dims, M),
    "shape.squeeze": (shape.squeeze, some(3, 1, 2)),
    "joining.concatenate": (lambda x, y: joining.concatenate([x, y], axis=1), M, some(3, 2)),
    "joining.stack": (lambda x, y: joining.stack([x, y], axis=1), V, some(6)),
    "joining.split": (lambda x: joining.split(x, 2, axis=1), M),
    "shape.flip": (shape.flip, M),
    "joining.roll": (lambda x: math.exp(joining.roll(x, 1, 0)), M),
    "joining.tile": (lambda x: joining.tile(x, (2, 3)), M),
    "joining.repeat": (lambda x: joining.repeat(x, 3, 1), M),
    "joining.repeat, each": (lambda x: joining.repeat(math.sin(x), np.array([2, 0, 1])), some(3)),
    "joining.unstack": (lambda x: joining.unstack(math.sin(x), 1), M),
    "joining.diff": (lambda x: joining.diff(math.sin(x), 1, n=2), M),
    "shape.broadcast_arrays": (lambda x, y: math.multiply(*shape.broadcast_arrays(x, y)), M, some(4)),
    "shape.meshgrid": (lambda x, y: math.multiply(*shape.meshgrid(x, y)), V, some(3)),
    "creation.tril": (lambda x: creation.tril(math.sin(x), 1), M),
    "creation.triu": (lambda x: creation.triu(math.sin(x)), M),
    "creation.full": (lambda x: creation.full((2, 3), math.sin(x)), some()),
    "creation.full_like": (lambda x: creation.full_like(M, math.sin(x)), some()),
    "creation.asarray": (lambda x: creation.asarray(math.sin(x), copy=True), M),
    "creation.asarray, of lists": (lambda x: creation.asarray([[math.sin(x[0]), 1.0], [x[1], x[0] * x[1]]]), V),
    "sorting.sort": (lambda x: sorting.sort(math.sin(x), 0, descending=True) * M, M),
    "sorting.top_k": (lambda x: sorting.top_k(math.sin(x), 2).values, M),
    "padding.pad": (lambda x: padding.pad(x, ((1, 0), (2, 1))), M),
    **{
        f"padding.pad, {mode}": ((lambda x, mode=mode: padding.pad(x, ((1, 2), (3, 0)), mode)), M)
        for mode in ("edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "minimum", "mean")
    },
    "einsum.einsum": (lambda x, y: einsum("ij,kj->ki", x, y), M, some(2, 4)),
    "einsum.einsum, three": (lambda x, y, z: einsum("ij,jk,lk->il", x, y, z), M, some(4, 2), some(3, 2)),
    "einsum.einsum, a diagonal": (lambda x: einsum("...ii->...i", x), some(2, 3, 3)),
    **{
        f"segments.segment_{n}": ((lambda x, n=n: getattr(segments, f"segment_{n}")(x, IDS, 3)), some(5, 3))
        for n in ("sum", "prod", "max", "min", "mean")
    },
    "windows.unfold": (lambda x: windows.unfold(x, 3, 2, axis=1), some(2, 7, 2)),
    "windows.fold": (lambda x: windows.fold(x, 7, 2, axis=1), some(2, 3, 2, 3)),
    "windows.sliding_window_view": (lambda x: windows.sliding_window_view(x, (2, 3)), M),
    **{
        f"resize.resize, {n}": ((lambda x, n=n: resize(x, (4, 9), method=n)), IMAGE)
        for n in ("nearest", "linear", "cubic")
    },
    "resize.resize, antialias": (lambda x: resize(x, (3, 3), antialias=True), IMAGE),
    "indexing.getitem, arrays": (lambda x: x[[0, 2, 0], 1:, None], M),
    "indexing.getitem, a mask": (lambda x: x[np.array([True, False, True])], M),
    "shape.swapaxes": (lambda x: math.sin(shape.swapaxes(x, 0, 1)), M),
    "shape.matrix_transpose": (lambda x: math.sin(shape.matrix_transpose(x)), M),
    "shape.flatten": (lambda x: math.sin(shape.flatten(x)), M),
    **{f"math.{n}": (along(getattr(math, n)), V) for n in STEPS.split()},
    "math.floor_divide": (lambda x, y: x * math.floor_divide(x, y), V, some(6, low=0.5)),
    "dtypes.astype": (lambda x: dtypes.astype(math.sin(x), "float64") * x, V),
    "reduce.safe_sqrt": (reduce.safe_sqrt, POSITIVE),
    "control.cond": (
        lambda x: control.cond(reduce.max(x) > 0.0, lambda x: x * x, math.sin, x), V,
    ),
    "control.switch": (lambda x: control.switch(2, [math.sin, math.exp, math.cos], x), V),
    "control.fori_loop": (lambda x: control.fori_loop(0, 3, lambda i, y: math.sin(y) * x, x), V),
    "control.scan": (lambda x: control.scan(lambda s, r: (math.tanh(s + r), s * r), x[0], x), M),
    "indexing.getitem": (lambda x: math.exp(x[1:, ::2]) * x[0, 1], M),
    "indexing.take": (lambda x: wg.take(math.square(x), np.array([2, 0, 2]), axis=0), M),
    "indexing.take_along_axis": (lambda x: wg.take_along_axis(math.square(x), LABELS[:, None], axis=1), M),
    **{f"losses.{n}": (getattr(losses, n), M, some(3, 4)) for n in LOSSES.split()},
    "losses.hinge": (lambda x: losses.hinge(ONE_HOT * 2 - 1, x), M),
    "losses.squared_hinge": (lambda x: losses.squared_hinge(ONE_HOT * 2 - 1, x), M),
    "losses.categorical_hinge": (lambda x: losses.categorical_hinge(ONE_HOT, x), M),
    "losses.mean_absolute_percentage_error": (
        lambda x: losses.mean_absolute_percentage_error(ONE_HOT + 0.5, x), M,
    ),
    "losses.mean_squared_logarithmic_error": (losses.mean_squared_logarithmic_error, SHARES, SHARES * 2),
    "losses.poisson": (losses.poisson, SHARES, SHARES * 2),
    "focal_losses.binary_focal_crossentropy": (
        lambda x: focal_losses.binary_focal_crossentropy(ONE_HOT, x, True, label_smoothing=0.1), SHARES,
    ),
    "focal_losses.categorical_focal_crossentropy": (
        lambda x: focal_losses.categorical_focal_crossentropy(ONE_HOT, x, from_logits=True), M,
    ),
    "focal_losses.categorical_generalized_cross_entropy": (
        lambda x: focal_losses.categorical_generalized_cross_entropy(LABELS, x), SHARES,
    ),
    "overlap_losses.dice": (lambda x: overlap_losses.dice(ONE_HOT, x), SHARES),
    "overlap_losses.tversky": (lambda x: overlap_losses.tversky(ONE_HOT, x, 0.3, 0.6, 1), SHARES),
    "similarity_losses.cosine_similarity": (similarity_losses.cosine_similarity, M, some(3, 4)),
    "similarity_losses.unit": (similarity_losses.unit, M),
    "similarity_losses.circle": (lambda x: similarity_losses.circle([0, 1, 0], x, gamma=2.0), SHARES),
    "ctc.ctc": (lambda x: ctc([[1, 2], [2, 0]], x), SEQUENCE),
    "losses.kl_divergence": (losses.kl_divergence, SHARES, RNG.dirichlet(np.ones(4), 3)),
    "losses.sparse_categorical_crossentropy": (
        lambda x: losses.sparse_categorical_crossentropy(LABELS, x), SHARES,
    ),
    "losses.sparse_categorical_crossentropy, logits": (
        lambda x: losses.sparse_categorical_crossentropy(LABELS, x, from_logits=True), M,
    ),
    "losses.categorical_crossentropy": (lambda x: losses.categorical_crossentropy(ONE_HOT, x), SHARES),
    "losses.binary_crossentropy": (lambda x: losses.binary_crossentropy(ONE_HOT, x), SHARES),
    "losses.binary_crossentropy, logits": (
        lambda x: losses.binary_crossentropy(ONE_HOT, x, from_logits=True, label_smoothing=0.1), M,
    ),
    "conv.conv": (lambda x, k: conv.conv(x, k, strides=2, padding="same"), IMAGE, some(3, 2, 2, 3)),
    "conv.conv_transpose": (lambda x, k: conv.conv_transpose(x, k, strides=2), IMAGE, some(3, 2, 3, 2)),
    "conv.depthwise_conv": (conv.depthwise_conv, IMAGE, some(3, 2, 2, 2)),
    "conv.max_pool": (lambda x: conv.max_pool(x, 2), IMAGE),
    "conv.average_pool": (lambda x: conv.average_pool(x, 2, padding="same"), IMAGE),
    **differentiable_images.ROWS,
}  # fmt: skip


# Results that are bools or integers; a derivative that is 0 on purpose; what is no function of arrays.
NOT_DIFFERENTIABLE = (
    "equal not_equal less less_equal greater greater_equal isfinite isnan isinf logical_and logical_or logical_xor "
    "logical_not bitwise_and bitwise_or bitwise_xor bitwise_invert any all count_nonzero argmax argmin one_hot "
    "stop_gradient get serialize deserialize signbit nextafter can_cast finfo iinfo isdtype result_type "
    "resolve_padding same_shape log_probabilities peak shape_tuple slice_axis class_numbers "
    "arange empty empty_like eye from_dlpack linspace ones ones_like zeros zeros_like "
    "from_the_front in_one_axis order_of take_part "
    "argsort searchsorted nonzero unique_all unique_counts unique_inverse unique_values "
    f"matrix_rank tolerance fftfreq rfftfreq {differentiable_images.NOT_DIFFERENTIABLE}"
)
NO_REVERSE = "while_loop"  # test_control.py has its forward mode
ALIASES = "permute_dims concat cumsum cumprod swish hard_swish"

LAYERS = {
    "Dense": (lambda: wg.layers.Dense(3, activation="tanh"), M),
    "Conv2D": (lambda: wg.layers.Conv2D(3, 2, activation="gelu"), IMAGE),
    "Conv1D": (lambda: wg.layers.Conv1D(2, 3, padding="same"), some(2, 5, 3)),
    "LayerNormalization": (wg.layers.LayerNormalization, M),
    "BatchNormalization": (wg.layers.BatchNormalization, M),
    "MaxPooling2D": (wg.layers.MaxPooling2D, IMAGE),
    "AveragePooling1D": (wg.layers.AveragePooling1D, some(2, 6, 3)),
    "GlobalMaxPooling2D": (wg.layers.GlobalMaxPooling2D, IMAGE),
    "GlobalAveragePooling1D": (wg.layers.GlobalAveragePooling1D, some(2, 6, 3)),
    "Softmax": (wg.layers.Softmax, M),
    "LeakyReLU": (wg.layers.LeakyReLU, M),
    "Flatten": (wg.layers.Flatten, IMAGE),
    "Conv3D": (lambda: wg.layers.Conv3D(2, 2), VOLUME),
    "MaxPooling1D": (wg.layers.MaxPooling1D, SEQUENCE),
    "MaxPooling3D": (wg.layers.MaxPooling3D, VOLUME),
    "AveragePooling2D": (wg.layers.AveragePooling2D, IMAGE),
    "AveragePooling3D": (wg.layers.AveragePooling3D, VOLUME),
    "GlobalMaxPooling1D": (wg.layers.GlobalMaxPooling1D, SEQUENCE),
    "GlobalAveragePooling2D": (wg.layers.GlobalAveragePooling2D, IMAGE),
    "ZeroPadding2D": (wg.layers.ZeroPadding2D, IMAGE),
    "Activation": (lambda: wg.layers.Activation("gelu"), M),
    "ELU": (wg.layers.ELU, M),
    "ReLU": (wg.layers.ReLU, M),
    "Dropout": (lambda: wg.layers.Dropout(0.5), M),
    "Reshape": (lambda: wg.layers.Reshape((2, 2)), M),
    "Embedding": (lambda: wg.layers.Embedding(5, 3), LABELS),
    "PositionEmbedding": (lambda: wg.layers.PositionEmbedding(6), SEQUENCE),
    **{
        name: (getattr(wg.layers, name), [M, some(3, 4)])
        for name in ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract")
    },
    "Attention": (wg.layers.Attention, [SEQUENCE, some(2, 4, 3)]),
    "GroupQueryAttention": (lambda: wg.layers.GroupQueryAttention(2, 4, 2), SEQUENCE, some(2, 4, 3)),
    "MultiHeadAttention": (lambda: wg.layers.MultiHeadAttention(2, 3), SEQUENCE, some(2, 4, 3)),
    **{
        name: (lambda name=name: getattr(wg.layers, name)(2, return_sequences=True), SEQUENCE)
        for name in ("SimpleRNN", "LSTM", "GRU")
    },
    "RNN": (lambda: wg.layers.RNN(wg.layers.GRUCell(2)), SEQUENCE),
    "Bidirectional": (lambda: wg.layers.Bidirectional(wg.layers.LSTM(2)), SEQUENCE),
    "TimeDistributed": (lambda: wg.layers.TimeDistributed(wg.layers.Dense(2)), SEQUENCE),
}
