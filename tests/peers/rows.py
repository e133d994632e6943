"""Functions of arrays, written once for any namespace: `xp` is wengert or jax.numpy, `nn` its activations."""

M, V, C = (3, 4), (5,), (2, 3, 4)  # shapes

UNARY = [
    "abs",
    "cos",
    "cosh",
    "erf",
    "exp",
    "expm1",
    "log",
    "log10",
    "log1p",
    "log2",
    "negative",
    "reciprocal",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
]
BINARY = ["add", "divide", "logaddexp", "maximum", "minimum", "multiply", "pow", "subtract"]
REDUCTIONS = ["logsumexp", "max", "mean", "min", "prod", "std", "sum", "var"]
ACTIVATIONS = [
    "celu",
    "elu",
    "gelu",
    "hard_sigmoid",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]


def named(names, make, *shapes):
    return {name: (make(name), shapes) for name in names}


def reduction(name, axis, keepdims):
    return lambda xp, nn, x: getattr(xp, name)(x, axis=axis, keepdims=keepdims)


ROWS = {
    **named(UNARY, lambda name: lambda xp, nn, x: getattr(xp, name)(x), M),
    **named(BINARY, lambda name: lambda xp, nn, x, y: getattr(xp, name)(x, y), M, M),
    **{
        f"{name}, broadcast": (lambda xp, nn, x, y, name=name: getattr(xp, name)(x, y), (M, (4,)))
        for name in BINARY
    },
    **named((f"nn.{name}" for name in ACTIVATIONS), lambda name: lambda xp, nn, x: getattr(nn, name[3:])(x), M),
    **{
        f"{name}, axis {axis}, keepdims {keep}": (reduction(name, axis, keep), (C,))
        for name in REDUCTIONS
        for axis in (None, 0, -1, (0, 2))
        for keep in (False, True)
    },
    "operators": (lambda xp, nn, x, y: (x + y) * x - y / x**2.0 + -x % 0.7, (M, M)),
    "matmul": (lambda xp, nn, x, y: x @ y, (M, (4, 2))),
    "matmul of a batch": (lambda xp, nn, x, y: x @ y, (C, (2, 4, 5))),
    "matmul, broadcast": (lambda xp, nn, x, y: x @ y, (C, (4, 5))),
    "matrix times vector": (lambda xp, nn, x, y: x @ y, (M, (4,))),
    "tensordot": (lambda xp, nn, x, y: xp.tensordot(x, y, axes=2), (C, (3, 4, 2))),
    "tensordot of named axes": (lambda xp, nn, x, y: xp.tensordot(x, y, axes=([0, 2], [1, 0])), (C, (4, 2, 3))),
    "vecdot": (lambda xp, nn, x, y: xp.vecdot(x, y), (M, M)),
    "outer": (lambda xp, nn, x, y: xp.outer(x, y), (V, (3,))),
    "norm": (lambda xp, nn, x: xp.linalg.norm(x), (V,)),
    "norm of rows": (lambda xp, nn, x: xp.linalg.norm(x, axis=1), (M,)),
    "norm 3": (lambda xp, nn, x: xp.linalg.norm(x, ord=3), (V,)),
    "norm 1": (lambda xp, nn, x: xp.linalg.norm(x, ord=1), (V,)),
    "reshape": (lambda xp, nn, x: xp.reshape(x, (4, -1)), (C,)),
    "transpose": (lambda xp, nn, x: xp.transpose(x), (C,)),
    "transpose by axes": (lambda xp, nn, x: xp.transpose(x, (2, 0, 1)), (C,)),
    "swapaxes": (lambda xp, nn, x: xp.swapaxes(x, 0, 2), (C,)),
    "moveaxis": (lambda xp, nn, x: xp.moveaxis(x, 0, -1), (C,)),
    "expand_dims": (lambda xp, nn, x: xp.expand_dims(x, 1), (M,)),
    "squeeze": (lambda xp, nn, x: xp.squeeze(x), ((3, 1, 2),)),
    "broadcast_to": (lambda xp, nn, x: xp.broadcast_to(x, (2, 3, 4)), (M,)),
    "concatenate": (lambda xp, nn, x, y: xp.concatenate([x, y], axis=1), (M, (3, 2))),
    "stack": (lambda xp, nn, x, y: xp.stack([x, y], axis=1), (M, M)),
    "split": (lambda xp, nn, x: xp.split(x, 2, axis=1)[1], (M,)),
    "flip": (lambda xp, nn, x: xp.flip(x, 1), (M,)),
    "roll": (lambda xp, nn, x: xp.roll(x, 2, 1), (M,)),
    "tile": (lambda xp, nn, x: xp.tile(x, (2, 3)), (M,)),
    "repeat": (lambda xp, nn, x: xp.repeat(x, 3, axis=1), (M,)),
    "pad": (lambda xp, nn, x: xp.pad(x, ((1, 2), (0, 3))), (M,)),
    "slice": (lambda xp, nn, x: x[1:, ::2], (M,)),
    "slice backwards": (lambda xp, nn, x: x[::-1, 3:0:-2], (M,)),
    "index": (lambda xp, nn, x: x[1], (M,)),
    "new axis": (lambda xp, nn, x: x[:, None, -1], (M,)),
    "take": (lambda xp, nn, x: xp.take(x, xp.asarray([2, 0, 2]), axis=0), (M,)),
    "take_along_axis": (
        lambda xp, nn, x: xp.take_along_axis(x, xp.asarray([[1, 1], [0, 3], [2, 2]]), axis=1),
        (M,),
    ),
    "cumsum": (lambda xp, nn, x: xp.cumsum(x, axis=1), (M,)),
    "clip": (lambda xp, nn, x: xp.clip(x, 0.4, 0.8), (M,)),
    "where": (lambda xp, nn, x, y: xp.where(x > y, x * 2.0, y), (M, M)),
    "sign, floor, ceil, round, trunc": (
        lambda xp, nn, x: x * (xp.sign(x) + xp.floor(x) + xp.ceil(x) + xp.round(x) + xp.trunc(x)),
        (M,),
    ),
    "attention": (
        lambda xp, nn, q, k, v: nn.softmax(q @ xp.swapaxes(k, -1, -2) * 0.5) @ v,
        (C, (2, 5, 4), (2, 5, 3)),
    ),
    "layer norm": (
        lambda xp, nn, x: (x - xp.mean(x, axis=-1, keepdims=True)) / xp.sqrt(xp.var(x, axis=-1, keepdims=True) + 1e-3),
        (M,),
    ),
}  # fmt: skip
