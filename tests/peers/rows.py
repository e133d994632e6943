"""Public functions, written once for any namespace: `xp` has what works on arrays, `nn` what networks are made of.

A shape is made of numbers and letters; what a letter stands for is drawn anew for each variant: see `lengths`.
Small letters may be 0 or 1; capitals are 2 at least, where a function or its derivative wants that.
"""

import numpy as np

V, M, C = ("n",), ("m", "n"), ("a", "b", "c")
IMAGE = ("a", 6, 5, 2)
VARIANTS = ("odd", "small", "empty")


def lengths(name, variant):
    """A length for each letter of a row: all odd; 1 to 4; or one of them 0."""
    letters = sorted({n for shape in ROWS[name][1] for n in shape if isinstance(n, str)})
    rng = np.random.default_rng([*name.encode(), VARIANTS.index(variant)])
    high = {n: rng.choice([3, 5, 7]) if variant == "odd" else rng.integers(1, 5) for n in letters}
    small = [n for n in letters if n.islower()]
    if variant == "empty" and small:
        high[rng.choice(small)] = 0
    return {n: int(max(k, 2) if n.isupper() else k) for n, k in high.items()}


def arguments(name, variant):
    """Random float64 arrays for a row; no two elements are equal, and none lies at a kink."""
    at = lengths(name, variant)
    rng = np.random.default_rng(len(name))
    shapes = [tuple(at.get(n, n) for n in shape) for shape in ROWS[name][1]]
    return [rng.uniform(0.2, 1.4, shape) for shape in shapes]


def weights(xp, y):
    """What the result is weighted by, before it is differentiated."""
    return xp.reshape(xp.cos(xp.arange(int(np.prod(y.shape)), dtype=y.dtype)), y.shape)


UNARY = (
    "abs asinh atan cos cosh erf exp expm1 log log10 log1p log2 negative reciprocal rsqrt sin sinh sqrt square "
    "tan tanh"
)
BINARY = "add atan2 copysign divide hypot logaddexp maximum minimum multiply pow remainder subtract"
REDUCTIONS = "logsumexp max mean min prod std sum var"
ACTIVATIONS = (
    "celu elu gelu hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu "
    "sigmoid silu softmax softplus softsign tanh"
)
STEPS = "sign floor ceil round trunc"


def named(names, make, *shapes):
    return {name: (make(name), shapes) for name in names}


def unary(name):
    return lambda xp, nn, x: getattr(xp, name)(x)


def binary(name):
    return lambda xp, nn, x, y: getattr(xp, name)(x, y)


def reduction(name, axis, keepdims):
    return lambda xp, nn, x: getattr(xp, name)(x, axis=axis, keepdims=keepdims)


def wave(xp):
    """A function to differentiate, whose third derivatives are not zero."""
    return lambda x: xp.sum(xp.sin(x) * x * x)


def chain(xp):
    return lambda x: xp.exp(x[1:]) * x[:-1]


def convolution(**options):
    return lambda xp, nn, x, k: nn.conv(x, k, **options)


ELEMENTWISE = {
    **named(UNARY.split(), unary, M),
    **{f"{name} of a vector": (unary(name), (V,)) for name in UNARY.split()},
    **named(BINARY.split(), binary, M, M),
    **{f"{name}, broadcast": (binary(name), (M, V)) for name in BINARY.split()},
    **{name: ((lambda xp, nn, x, name=name: x * getattr(xp, name)(x)), (M,)) for name in STEPS.split()},
    **named((f"nn.{name}" for name in ACTIVATIONS.split()), lambda name: lambda xp, nn, x: getattr(nn, name[3:])(x), M),
    **{
        f"nn.{name}, axis 0": ((lambda xp, nn, x, name=name: getattr(nn, name)(x, axis=0)), (M,))
        for name in ("softmax", "log_softmax")
    },
    "nn.gelu, approximate": (lambda xp, nn, x: nn.gelu(x, approximate=True), (M,)),
    "operators": (lambda xp, nn, x, y: (x + y) * x - y / x**2.0 + -x % 0.7, (M, M)),
    "clip": (lambda xp, nn, x: xp.clip(x, 0.4, 0.8), (M,)),
    "where": (lambda xp, nn, x, y: xp.where(x > y, x * 2.0, y), (M, M)),
    "where of a safe root": (lambda xp, nn, x: xp.where(x > 0.8, xp.sqrt(xp.abs(x)), x * x), (M,)),
    **{
        name: ((lambda xp, nn, x, name=name: getattr(xp, name)(x * 0.7)), (M,)) for name in ("asin", "acos", "atanh")
    },
    "acosh": (lambda xp, nn, x: xp.acosh(1.0 + x), (M,)),
    "stop_gradient": (lambda xp, nn, x: xp.stop_gradient(xp.sin(x)) * x, (M,)),
}  # fmt: skip

REDUCED = {
    f"{name}, axis {axis}, keepdims {keep}": (
        reduction(name, axis, keep),
        (("A", "B", "C") if name == "std" else C,),
    )
    for name in REDUCTIONS.split()
    for axis in (None, 0, -1, (0, 2))
    for keep in (False, True)
}

LINEAR_ALGEBRA = {
    "matmul": (lambda xp, nn, x, y: x @ y, (M, ("n", "k"))),
    "matmul of a batch": (lambda xp, nn, x, y: x @ y, (C, ("a", "c", "k"))),
    "matmul, broadcast": (lambda xp, nn, x, y: x @ y, (C, ("c", "k"))),
    "matrix times vector": (lambda xp, nn, x, y: x @ y, (M, V)),
    "vector times vector": (lambda xp, nn, x, y: x @ y, (V, V)),
    "tensordot": (lambda xp, nn, x, y: xp.tensordot(x, y, axes=2), (C, ("b", "c", "k"))),
    "tensordot of named axes": (
        lambda xp, nn, x, y: xp.tensordot(x, y, axes=([0, 2], [1, 0])),
        (C, ("c", "a", "k")),
    ),
    **{
        f"einsum {text}": ((lambda xp, nn, *xs, text=text: xp.einsum(text, *xs)), shapes)
        for text, shapes in {
            "ij,jk,lk->il": (M, ("n", "k"), ("c", "k")),
            "bhqd,bhkd->bhqk": (("a", 2, "m", "c"), ("a", 2, "n", "c")),
            "ii->i": (("n", "n"),),
            "...ij,...j->...i": (C, ("a", "c")),
            "ij,ij->": (M, M),
        }.items()
    },
    "vecdot": (lambda xp, nn, x, y: xp.vecdot(x, y), (M, M)),
    "outer": (lambda xp, nn, x, y: xp.outer(x, y), (V, ("k",))),
    "norm": (lambda xp, nn, x: xp.linalg.norm(x), (V,)),
    "norm of rows": (lambda xp, nn, x: xp.linalg.norm(x, axis=1), (("m", "N"),)),
    "norm 3": (lambda xp, nn, x: xp.linalg.norm(x, ord=3), (("N",),)),
    "norm 1": (lambda xp, nn, x: xp.linalg.norm(x, ord=1), (V,)),
}


def regular(xp, x):
    """A matrix with an inverse."""
    return x + 3.0 * xp.eye(x.shape[-1], dtype=x.dtype)


def positive(xp, x):
    """A symmetric matrix with positive eigenvalues."""
    return regular(xp, x @ xp.matrix_transpose(x) + 0.1 * xp.matrix_transpose(x) + 0.1 * x)


def thin(xp, x):
    return xp.linalg.svd(x, full_matrices=False)


SQUARE, TALL, WIDE = ("a", "N", "N"), ("a", 5, 3), ("a", 2, 4)
MATRICES = {
    "det": (lambda xp, nn, x: xp.linalg.det(x), (SQUARE,)),
    "inv": (lambda xp, nn, x: xp.linalg.inv(regular(xp, x)), (SQUARE,)),
    "slogdet": (lambda xp, nn, x: xp.linalg.slogdet(regular(xp, x))[1], (SQUARE,)),
    "solve": (lambda xp, nn, x, y: xp.linalg.solve(regular(xp, x), y), (SQUARE, ("a", "N", "k"))),
    "cholesky": (lambda xp, nn, x: xp.linalg.cholesky(positive(xp, x)), (SQUARE,)),
    "eigvalsh": (lambda xp, nn, x: xp.linalg.eigvalsh(positive(xp, x)), (SQUARE,)),
    "eigh, vectors": (lambda xp, nn, x: xp.linalg.eigh(positive(xp, x))[1] ** 2.0, (("a", 3, 3),)),
    "qr, Q": (lambda xp, nn, x: xp.linalg.qr(x)[0] ** 2.0, (TALL,)),
    "qr, R": (lambda xp, nn, x: xp.linalg.qr(x)[1] ** 2.0, (TALL,)),
    "svd, left": (lambda xp, nn, x: thin(xp, x)[0] ** 2.0, (TALL,)),
    "svd, right": (lambda xp, nn, x: thin(xp, x)[2] ** 2.0, (WIDE,)),
    "svd, put together": (
        lambda xp, nn, x: (thin(xp, x)[0] * xp.exp(thin(xp, x)[1])[..., None, :]) @ thin(xp, x)[2],
        (WIDE,),
    ),
    "pinv": (lambda xp, nn, x: xp.linalg.pinv(x), (TALL,)),
    "matrix_norm": (lambda xp, nn, x: xp.linalg.matrix_norm(x), (SQUARE,)),
    "matrix_norm, nuclear": (lambda xp, nn, x: xp.linalg.matrix_norm(x, ord="nuc"), (TALL,)),
    "matrix_norm, 2": (lambda xp, nn, x: xp.linalg.matrix_norm(x, ord=2), (WIDE,)),
    "matrix_power": (lambda xp, nn, x: xp.linalg.matrix_power(x, 3), (SQUARE,)),
    "vector_norm": (lambda xp, nn, x: xp.linalg.vector_norm(x, ord=3), (("N",),)),
    "fft": (lambda xp, nn, x: xp.abs(xp.fft.fft(x, n=6)), (("M", "N"),)),
    "rfft": (lambda xp, nn, x: xp.imag(xp.fft.rfft(x)), (("M", "N"),)),
    "irfft": (lambda xp, nn, x: xp.fft.irfft(x, n=5), (("M", 3),)),
    "hfft": (lambda xp, nn, x: xp.fft.hfft(x), (("M", "N"),)),
    "fftn": (lambda xp, nn, x: xp.real(xp.fft.fftn(x) * xp.fft.ifftn(x)), (("M", "N"),)),
}

SHAPES = {
    "reshape": (lambda xp, nn, x: xp.reshape(x, (4, -1)), (("m", 4, "N"),)),
    "transpose": (lambda xp, nn, x: xp.transpose(x), (C,)),
    "transpose by axes": (lambda xp, nn, x: xp.transpose(x, (2, 0, 1)), (C,)),
    "matrix_transpose": (lambda xp, nn, x: xp.matrix_transpose(x), (C,)),
    "swapaxes": (lambda xp, nn, x: xp.swapaxes(x, 0, 2), (C,)),
    "moveaxis": (lambda xp, nn, x: xp.moveaxis(x, 0, -1), (C,)),
    "expand_dims": (lambda xp, nn, x: xp.expand_dims(x, 1), (M,)),
    "squeeze": (lambda xp, nn, x: xp.squeeze(x, 1), (("m", 1, "n"),)),
    "broadcast_to": (lambda xp, nn, x: xp.broadcast_to(x, (2, *x.shape)), (M,)),
    "concatenate": (lambda xp, nn, x, y: xp.concatenate([x, y], axis=1), (M, ("m", "k"))),
    "stack": (lambda xp, nn, x, y: xp.stack([x, y], axis=1), (M, M)),
    "split": (lambda xp, nn, x: xp.split(x, 2, axis=1)[1], (("m", 6),)),
    "flip": (lambda xp, nn, x: xp.flip(x, 1), (M,)),
    "roll": (lambda xp, nn, x: xp.roll(x, 2, 1), (("m", "N"),)),
    "tile": (lambda xp, nn, x: xp.tile(x, (2, 3)), (M,)),
    "repeat": (lambda xp, nn, x: xp.repeat(x, 3, axis=1), (M,)),
    "pad": (lambda xp, nn, x: xp.pad(x, ((1, 2), (0, 3))), (M,)),
    "slice": (lambda xp, nn, x: x[1:, ::2], (M,)),
    "slice backwards": (lambda xp, nn, x: x[::-1, 3:0:-2], (("m", 4),)),
    "index": (lambda xp, nn, x: x[1], (("M", "n"),)),
    "new axis": (lambda xp, nn, x: x[:, None, -1], (("m", "N"),)),
    "take": (lambda xp, nn, x: xp.take(x, xp.asarray([2, 0, 2]), axis=0), ((3, "n"),)),
    "take_along_axis": (
        lambda xp, nn, x: xp.take_along_axis(x, xp.asarray([[1, 1], [0, 3], [2, 2]]), axis=1),
        ((3, 4),),
    ),
    "index by an array": (lambda xp, nn, x: x[xp.asarray([2, 0, 2])], ((3, "n"),)),
    "index by two arrays": (
        lambda xp, nn, x: x[xp.asarray([[2], [0]]), :, xp.asarray([1, 3, -1])],
        ((3, "n", 4),),
    ),
    "unfold": (lambda xp, nn, x: nn.unfold(x, 3, 2, 1), (("m", 8, "n"),)),
    "segment_sum": (lambda xp, nn, x: nn.segment_sum(x, xp.asarray([2, 0, 2, 3]), 4), ((4, "n"),)),
    "resize": (lambda xp, nn, x: nn.resize(x, (9, 3)), (IMAGE,)),
    "cumsum": (lambda xp, nn, x: xp.cumsum(x, axis=1), (M,)),
    "cumsum, axis 0": (lambda xp, nn, x: xp.cumsum(x, axis=0), (C,)),
    "cumprod": (lambda xp, nn, x: xp.cumprod(x, axis=1), (C,)),
    "cumprod of a zero": (lambda xp, nn, x: xp.cumprod(x * xp.asarray([1, 0, 2]), axis=1), (("m", 3),)),
    "sort": (lambda xp, nn, x: xp.sort(x, axis=0), (C,)),
    "argsort": (lambda xp, nn, x: xp.take_along_axis(x**2, xp.argsort(-x, axis=1), axis=1), (M,)),
    "diff": (lambda xp, nn, x: xp.diff(x, n=2, axis=0), (("M", "n"),)),
    "tril": (lambda xp, nn, x: xp.tril(x, 1), (C,)),
    "triu": (lambda xp, nn, x: xp.triu(x, -1), (C,)),
    "repeat of each": (lambda xp, nn, x: xp.repeat(x, xp.asarray([2, 0, 1]), axis=0), ((3, "n"),)),
}  # fmt: skip

KERNEL = (3, 2, 2, "k")
NETWORKS = {
    "conv": (convolution(), (IMAGE, KERNEL)),
    "conv, strides, same": (convolution(strides=2, padding="same"), (IMAGE, KERNEL)),
    "conv, dilation": (convolution(dilation_rate=(2, 3)), (IMAGE, KERNEL)),
    "conv, groups": (convolution(groups=2), (IMAGE, (3, 2, 1, 4))),
    "conv of a line": (convolution(strides=3, padding="same"), (("a", 9, "c"), (4, "c", "k"))),
    "conv of a volume": (convolution(), (("a", 3, 4, 5, 2), (2, 2, 2, 2, "k"))),
    "max_pool": (lambda xp, nn, x: nn.max_pool(x, 2), (("a", 6, 5, "c"),)),
    "max_pool, overlapping": (lambda xp, nn, x: nn.max_pool(x, 3, 1), (("a", 6, 5, "c"),)),
    "average_pool": (lambda xp, nn, x: nn.average_pool(x, 2), (("a", 6, 5, "c"),)),
    "average_pool, overlapping": (lambda xp, nn, x: nn.average_pool(x, (3, 2), 1), (("a", 6, 5, "c"),)),
    **named(
        ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh", "binary_crossentropy, logits"),
        lambda name: (
            (lambda xp, nn, x, y: nn.binary_crossentropy(x / 2.0, y, from_logits=True))
            if "logits" in name
            else (lambda xp, nn, x, y: getattr(nn, name)(x, y))
        ),
        ("m", "N"),
        ("m", "N"),
    ),
    "hinge": (lambda xp, nn, x: nn.hinge(xp.sign(x - 0.8), x), (("m", "N"),)),
    "binary_crossentropy": (lambda xp, nn, x: nn.binary_crossentropy(xp.stop_gradient(x) / 3.0, x / 2.0), (M,)),
    "kl_divergence": (
        lambda xp, nn, x, y: nn.kl_divergence(nn.softmax(x), nn.softmax(y)),
        (("m", "N"), ("m", "N")),
    ),
    "categorical_crossentropy, logits": (
        lambda xp, nn, x, y: nn.categorical_crossentropy(nn.softmax(x), y, from_logits=True),
        (("m", "N"), ("m", "N")),
    ),
    "sparse_categorical_crossentropy, logits": (
        lambda xp, nn, x: nn.sparse_categorical_crossentropy(xp.asarray([2, 0, 1]), x, from_logits=True),
        ((3, 3),),
    ),
    "attention": (
        lambda xp, nn, q, k, v: nn.softmax(q @ xp.swapaxes(k, -1, -2) * 0.5) @ v,
        (C, ("a", "K", "c"), ("a", "K", "d")),
    ),
    "layer norm": (
        lambda xp, nn, x: (x - xp.mean(x, axis=-1, keepdims=True)) / xp.sqrt(xp.var(x, axis=-1, keepdims=True) + 1e-3),
        (M,),
    ),
}  # fmt: skip

TRANSFORMS = {
    "grad": (lambda xp, nn, x: xp.grad(wave(xp))(x), (M,)),
    "grad of grad": (lambda xp, nn, x: xp.grad(lambda x: xp.sum(xp.grad(wave(xp))(x) ** 2.0))(x), (M,)),
    "jvp": (lambda xp, nn, x, y: xp.jvp(xp.exp, (x,), (y,))[1], (M, M)),
    "vjp": (lambda xp, nn, x, y: xp.vjp(xp.exp, x)[1](y)[0], (M, M)),
    "jacfwd": (lambda xp, nn, x: xp.jacfwd(chain(xp))(x), (("N",),)),
    "jacrev": (lambda xp, nn, x: xp.jacrev(chain(xp))(x), (("N",),)),
    "hessian": (lambda xp, nn, x: xp.hessian(wave(xp))(x), (("N",),)),
    "vmap": (lambda xp, nn, x, y: xp.vmap(lambda x, y: xp.outer(x, y))(x, y), (("M", "n"), ("M", "k"))),
    "vmap of grad": (lambda xp, nn, x: xp.vmap(xp.grad(wave(xp)))(x), (("M", "n"),)),
    "checkpoint": (lambda xp, nn, x: xp.checkpoint(lambda x: xp.sin(x) * xp.exp(x))(x), (M,)),
    "cond": (
        lambda xp, nn, x: xp.cond(xp.sum(x) > 0.0, lambda x: xp.sin(x), lambda x: x * 2.0, x),
        (M,),
    ),
    "switch": (lambda xp, nn, x: xp.switch(1, [xp.sin, xp.exp, xp.cos], x), (M,)),
    "fori_loop": (lambda xp, nn, x: xp.fori_loop(0, 3, lambda i, y: xp.sin(y) * x, x), (M,)),
    "scan": (lambda xp, nn, x: xp.scan(lambda s, x: (s * x + 1.0, xp.sin(s)), x[0], x)[1], (("M", "n"),)),
}  # fmt: skip

ROWS = {**ELEMENTWISE, **REDUCED, **LINEAR_ALGEBRA, **MATRICES, **SHAPES, **NETWORKS, **TRANSFORMS}
