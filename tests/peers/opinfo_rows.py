"""PyTorch's operators in our functions: `f(wg, *arguments of PyTorch's operator)`, by PyTorch's name.

NotImplemented: ours has no such option. Names come from `torch.testing._internal.common_methods_invocations`, whose
samples are the arguments.
"""

import functools
import math


def same(names):
    """PyTorch's name: ours."""
    pairs = (n.split("=") if "=" in n else (n, n) for n in names.split())
    return {torchs: plain(ours) for torchs, ours in pairs}


def plain(ours):
    def f(wg, *args, **kwargs):
        if kwargs:
            return NotImplemented
        space, _, name = ours.rpartition(".")
        return getattr(getattr(wg, space) if space else wg, name)(*args)

    return f


def axes(dim):
    return tuple(dim) if isinstance(dim, list | tuple) else dim


def reduction(name):
    def f(wg, x, dim=None, keepdim=False, **kwargs):
        if kwargs or (dim is not None and not x.ndim):  # PyTorch lets a number have an axis 0
            return NotImplemented
        return getattr(wg, name)(x, axis=axes(dim) if dim != [] else None, keepdims=keepdim)

    return f


def spread(name):
    def f(wg, x, dim=None, unbiased=True, keepdim=False, correction=None):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        correction = (1 if unbiased else 0) if correction is None else correction
        n = math.prod(x.shape[a] for a in ([dim] if isinstance(dim, int) else dim or range(x.ndim)))
        if n <= correction:  # PyTorch's is NaN or infinite
            return NotImplemented
        return getattr(wg, name)(
            x, axis=axes(dim) if dim != [] else None, correction=correction, keepdims=keepdim
        )

    return f


def position(name):
    def f(wg, x, dim=None, keepdim=False):
        return getattr(wg, name)(x, axis=dim, keepdims=keepdim) if x.ndim else NotImplemented

    return f


def add(wg, x, y, alpha=1):
    return wg.add(x, y if alpha == 1 else wg.multiply(y, alpha))


def sub(wg, x, y, alpha=1):
    return wg.subtract(x, y if alpha == 1 else wg.multiply(y, alpha))


def div(wg, x, y, rounding_mode=None):
    by = {None: wg.divide, "floor": wg.floor_divide, "trunc": lambda a, b: wg.trunc(wg.divide(a, b))}
    return by[rounding_mode](x, y)


def clamp(wg, x, min=None, max=None):
    return NotImplemented if min is None and max is None else wg.clip(x, min, max)


def softplus(wg, x, beta=1, threshold=20):
    return wg.where(x * beta > threshold, x, wg.activations.softplus(x * beta) / beta)


def logical(name):
    """PyTorch takes every number for a truth value."""
    return lambda wg, *xs: getattr(wg, name)(*(x if x.dtype == "bool" else x != 0 for x in xs))


def softmax(name, sign=1):
    def f(wg, x, dim, dtype=None):
        return (
            NotImplemented
            if dtype or not x.ndim
            else getattr(wg.activations, name)(x if sign == 1 else -x, axis=dim)
        )

    return f


def activation(name, **options):
    """options: PyTorch's names, or ours for what PyTorch calls otherwise."""

    def f(wg, x, *args, inplace=False, **kwargs):
        if args or set(kwargs) - set(options):
            return NotImplemented
        return getattr(wg.activations, name)(x, **{options[k]: v for k, v in kwargs.items()})

    return f


def gelu(wg, x, approximate="none"):
    return wg.activations.gelu(x, approximate=approximate == "tanh")


def permute(wg, x, *dims):
    return wg.transpose(
        x, tuple(d % x.ndim for d in (dims[0] if isinstance(dims[0], list | tuple) else dims))
    )


def shaped(name):
    def f(wg, x, *shape):
        shape = shape[0] if shape and isinstance(shape[0], list | tuple) else shape
        return getattr(wg, name)(x, tuple(shape))

    return f


def expand(wg, x, *shape):
    shape = shape[0] if shape and isinstance(shape[0], list | tuple) else shape
    behind = (1,) * (len(shape) - x.ndim) + tuple(x.shape)
    return wg.broadcast_to(x, tuple(n if m == -1 else m for m, n in zip(shape, behind, strict=True)))


def flatten(wg, x, start_dim=0, end_dim=-1):
    if not x.ndim:
        return wg.reshape(x, (1,))
    a, b = start_dim % x.ndim, end_dim % x.ndim
    return wg.reshape(x, (*x.shape[:a], math.prod(x.shape[a : b + 1]), *x.shape[b + 1 :]))


def roll(wg, x, shifts, dims=None):
    if dims is None or isinstance(shifts, list | tuple):
        return NotImplemented
    return wg.roll(x, shifts, dims[0] if isinstance(dims, list | tuple) else dims)


def cat(wg, xs, dim=0):
    if len({x.ndim for x in xs}) > 1:  # PyTorch leaves out what is [0]
        return NotImplemented
    return wg.concatenate(xs, axis=dim)


def squeeze(wg, x, dim=None):
    dims = range(x.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    which = tuple(d % x.ndim for d in dims if x.ndim and x.shape[d] == 1)
    return wg.squeeze(x, which) if which else x


def narrow(wg, x, dim, start, length):
    if not isinstance(start, int):
        return NotImplemented
    start %= max(x.shape[dim], 1) if start < 0 else start + 1
    return x[(slice(None),) * (dim % x.ndim) + (slice(start, start + length),)]


def select(wg, x, dim, index):
    return x[(slice(None),) * (dim % x.ndim) + (index,)]


def index_select(wg, x, dim, index):
    return NotImplemented if not x.ndim or index.ndim != 1 else wg.take(x, index, axis=dim)


def gather(wg, x, dim, index):
    fits = x.ndim == index.ndim and all(
        a == dim % x.ndim or n == m for a, (n, m) in enumerate(zip(x.shape, index.shape, strict=True))
    )
    return wg.take_along_axis(x, index, axis=dim) if x.ndim and fits else NotImplemented


def pieces(wg, x, size, dim=0):
    n = x.shape[dim]
    if isinstance(size, int):
        return wg.split(x, list(range(size, n, size)), dim)
    cuts = [sum(size[: k + 1]) for k in range(len(size) - 1)]
    return wg.split(x, cuts, dim)


def chunk(wg, x, chunks, dim=0):
    return pieces(wg, x, -(-x.shape[dim] // chunks), dim)


def unbind(wg, x, dim=0):
    return [select(wg, x, dim, k) for k in range(x.shape[dim])]


def addmm(product):
    def f(wg, x, a, b, beta=1, alpha=1):
        return wg.add(wg.multiply(x, beta), wg.multiply(product(wg, a, b), alpha))

    return f


def matmul(wg, a, b):
    return wg.matmul(a, b)


def tensordot(wg, x, y, dims=2):
    if isinstance(dims, int):
        return wg.tensordot(x, y, axes=dims)
    if [x.shape[a] for a in dims[0]] != [y.shape[b] for b in dims[1]]:  # PyTorch repeats where one is 1
        return NotImplemented
    return wg.tensordot(x, y, axes=tuple(map(tuple, dims)))


def vector_norm(wg, x, ord=2, dim=None, keepdim=False, dtype=None):
    if dtype or not x.ndim or math.prod(x.shape) == 0:
        return NotImplemented
    return wg.linalg.vector_norm(x, axis=axes(dim), keepdims=keepdim, ord=ord)


def channels(wg, x, to):
    return wg.moveaxis(x, 1, -1) if to == "last" else wg.moveaxis(x, -1, 1)


def conv(rank):
    def f(wg, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        if x.ndim != rank + 2 or not math.prod(x.shape):
            return NotImplemented
        if padding == "same":
            f = [(n - 1) * d for n, d in zip(weight.shape[2:], each(dilation, rank), strict=True)]
            pads = [(n // 2, n - n // 2) for n in f]
        else:
            pads = [(p, p) for p in each(0 if padding == "valid" else padding, rank)]
        kernel = wg.transpose(weight, (*range(2, rank + 2), 1, 0))
        strides, dilation = each(stride, rank), each(dilation, rank)
        y = wg.conv(channels(wg, x, "last"), kernel, strides, pads, dilation, groups)
        return channels(wg, y if bias is None else wg.add(y, bias), "first")

    return f


def each(value, rank):
    return (
        tuple(value) * (rank if len(value) == 1 else 1)
        if isinstance(value, list | tuple)
        else (value,) * rank
    )


def pool(name, rank):
    def f(wg, x, kernel_size, stride=None, padding=0, **kwargs):
        kwargs.pop("return_indices", None)
        unsaid = kwargs.pop("dilation", 1) == 1 and not any(kwargs.values())  # as ours has it
        padded = name == "average_pool" and any(
            each(padding, rank)
        )  # ours leaves the padding out of the mean
        if not unsaid or padded or x.ndim != rank + 2 or not math.prod(x.shape):
            return NotImplemented
        pads = [(p, p) for p in each(padding, rank)]
        steps = None if stride in (None, (), []) else each(stride, rank)
        return channels(
            wg, getattr(wg, name)(channels(wg, x, "last"), each(kernel_size, rank), steps, pads), "first"
        )

    return lambda wg, x, *args, **kwargs: f(wg, x, *args, **kwargs) if len(args) < 4 else NotImplemented


def loss(point):
    def f(wg, x, y, reduction="mean", **kwargs):
        each = NotImplemented if kwargs and set(kwargs) - {"beta", "delta"} else point(wg, x, y, **kwargs)
        if each is NotImplemented or reduction not in ("mean", "sum", "none"):
            return NotImplemented
        return {"mean": wg.mean, "sum": wg.sum, "none": lambda z: z}[reduction](each)

    return f


def huber(wg, x, y, delta=1.0):
    d = wg.abs(x - y)
    return wg.where(d <= delta, 0.5 * d * d, delta * (d - 0.5 * delta))


def smooth_l1(wg, x, y, beta=1.0):
    return huber(wg, x, y, beta) / beta if beta else wg.abs(x - y)


def layer_norm(wg, x, shape, weight=None, bias=None, eps=1e-5):
    over = tuple(range(x.ndim - len(shape), x.ndim))
    if not math.prod(x.shape):
        return NotImplemented
    mean, var = wg.mean(x, axis=over, keepdims=True), wg.var(x, axis=over, keepdims=True)
    y = (x - mean) / wg.sqrt(var + eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def linear(wg, x, weight, bias=None):
    y = wg.matmul(x, weight.T if weight.ndim == 2 else weight)
    return y if bias is None else y + bias


def where(wg, x, condition, y):
    return wg.where(condition, x, y)


ROWS = {
    **same(
        "abs acos acosh asin asinh atan atanh ceil cos cosh erf exp expm1 floor isfinite isinf isnan log log10 log1p "
        "log2 reciprocal rsqrt sign signbit sin sinh sqrt square tan tanh trunc positive neg=negative "
        "bitwise_not=bitwise_invert sigmoid=activations.sigmoid sgn=sign mul=multiply true_divide=divide atan2 hypot "
        "copysign logaddexp maximum minimum remainder floor_divide pow eq=equal ne=not_equal lt=less le=less_equal "
        "gt=greater ge=greater_equal bitwise_and bitwise_or bitwise_xor "
        "outer matmul mm=matmul bmm=matmul mv=matmul dot=vecdot vdot=vecdot "
        "zeros_like ones_like"
    ),
    **{
        name: reduction(ours)
        for name, ours in {
            "sum": "sum",
            "mean": "mean",
            "prod": "prod",
            "amax": "max",
            "amin": "min",
            "all": "all",
            "any": "any",
            "logsumexp": "logsumexp",
            "count_nonzero": "count_nonzero",
        }.items()
    },
    **{name: logical(name) for name in ("logical_and", "logical_or", "logical_xor", "logical_not")},
    "__rmatmul__": lambda wg, x, y: wg.matmul(y, x),
    "var": spread("var"),
    "std": spread("std"),
    "argmax": position("argmax"),
    "argmin": position("argmin"),
    "cumsum": lambda wg, x, dim: wg.cumsum(x, axis=dim) if x.ndim else NotImplemented,
    "add": add,
    "sub": sub,
    "rsub": lambda wg, x, y, alpha=1: sub(wg, y, x, alpha),
    "div": div,
    "clamp": clamp,
    "clamp_min": lambda wg, x, low: clamp(wg, x, low),
    "clamp_max": lambda wg, x, high: clamp(wg, x, None, high),
    "frac": lambda wg, x: x - wg.trunc(x),
    "deg2rad": lambda wg, x: x * (math.pi / 180),
    "rad2deg": lambda wg, x: x * (180 / math.pi),
    "lerp": lambda wg, x, y, w: x + w * (y - x),
    "addcmul": lambda wg, x, a, b, value=1: x + value * a * b,
    "addcdiv": lambda wg, x, a, b, value=1: x + value * a / b,
    "round": lambda wg, x, decimals=0: NotImplemented if decimals else wg.round(x),
    "where": where,
    "masked_fill": lambda wg, x, mask, value: wg.where(mask, value, x),
    "dist": lambda wg, x, y, p=2: wg.linalg.norm(wg.reshape(x - y, (-1,))) if p == 2 else NotImplemented,
    # movement
    "reshape": shaped("reshape"),
    "view": shaped("reshape"),
    "permute": permute,
    "expand": expand,
    "broadcast_to": shaped("broadcast_to"),
    "transpose": lambda wg, x, a, b: wg.swapaxes(x, a, b) if x.ndim else NotImplemented,
    "t": lambda wg, x: wg.transpose(x),
    "T": lambda wg, x: wg.transpose(x),
    "mT": lambda wg, x: x.mT,
    "movedim": lambda wg, x, a, b: wg.moveaxis(x, axes(a), axes(b)) if x.ndim else NotImplemented,
    "unsqueeze": lambda wg, x, dim: wg.expand_dims(x, axis=dim),
    "squeeze": squeeze,
    "flatten": flatten,
    "ravel": lambda wg, x: wg.reshape(x, (-1,)),
    "flip": lambda wg, x, dims: wg.flip(x, axis=axes(dims)) if dims else NotImplemented,
    "fliplr": lambda wg, x: wg.flip(x, axis=1),
    "flipud": lambda wg, x: wg.flip(x, axis=0),
    "roll": roll,
    "cat": cat,
    "stack": lambda wg, xs, dim=0: wg.stack(xs, axis=dim),
    "split": pieces,
    "split_with_sizes": pieces,
    "chunk": chunk,
    "unbind": unbind,
    "narrow": narrow,
    "select": select,
    "index_select": index_select,
    "gather": gather,
    "take_along_dim": lambda wg, x, i, dim=None: NotImplemented if dim is None else gather(wg, x, dim, i),
    "take": lambda wg, x, i: wg.reshape(wg.take(wg.reshape(x, (-1,)), wg.reshape(i, (-1,)), axis=0), i.shape),
    "trace": lambda wg, x: wg.sum(wg.where(wg.eye(*x.shape, dtype="bool"), x, 0.0)),
    # products
    "addmm": addmm(matmul),
    "addmv": addmm(matmul),
    "baddbmm": addmm(matmul),
    "addr": addmm(lambda wg, a, b: wg.outer(a, b)),
    "addbmm": addmm(lambda wg, a, b: wg.sum(wg.matmul(a, b), axis=0)),
    "tensordot": tensordot,
    "inner": lambda wg, x, y: (
        wg.tensordot(x, y, ((x.ndim - 1,), (y.ndim - 1,))) if x.ndim and y.ndim else x * y
    ),
    "linalg.vecdot": lambda wg, x, y, dim=-1: wg.vecdot(x, y, axis=dim),
    "linalg.vector_norm": vector_norm,
    "linalg.multi_dot": lambda wg, xs: functools.reduce(wg.matmul, xs),
    # networks
    "nn.functional.relu": activation("relu"),
    "nn.functional.relu6": activation("relu6"),
    "nn.functional.elu": activation("elu", alpha="alpha"),
    "nn.functional.selu": activation("selu"),
    "nn.functional.celu": activation("celu", alpha="alpha"),
    "nn.functional.gelu": gelu,
    "nn.functional.leaky_relu": lambda wg, x, negative_slope=0.01: wg.activations.leaky_relu(
        x, negative_slope
    ),
    "nn.functional.hardswish": activation("hard_silu"),
    "nn.functional.logsigmoid": activation("log_sigmoid"),
    "nn.functional.mish": activation("mish"),
    "nn.functional.silu": activation("silu"),
    "nn.functional.softsign": activation("softsign"),
    "nn.functional.softplus": softplus,
    "nn.functional.tanhshrink": lambda wg, x: x - wg.tanh(x),
    "nn.functional.hardtanh": lambda wg, x, min_val=-1, max_val=1, inplace=False: wg.clip(
        x, min_val, max_val
    ),
    "nn.functional.threshold": lambda wg, x, threshold, value, inplace=False: wg.where(
        x > threshold, x, value
    ),
    "softmax": softmax("softmax"),
    "log_softmax": softmax("log_softmax"),
    "nn.functional.softmin": softmax("softmax", -1),
    "nn.functional.linear": linear,
    "nn.functional.layer_norm": layer_norm,
    **{f"nn.functional.conv{n}d": conv(n) for n in (1, 2, 3)},
    **{f"nn.functional.avg_pool{n}d": pool("average_pool", n) for n in (1, 2, 3)},
    **{f"nn.functional.max_pool{n}d": pool("max_pool", n) for n in (1, 2, 3)},
    "nn.functional.mse_loss": loss(lambda wg, x, y: wg.square(x - y)),
    "nn.functional.l1_loss": loss(lambda wg, x, y: wg.abs(x - y)),
    "nn.functional.huber_loss": loss(huber),
    "nn.functional.smooth_l1_loss": loss(smooth_l1),
    "nn.functional.prelu": lambda wg, x, weight: (
        NotImplemented if weight.size > 1 or not x.ndim else wg.where(x > 0, x, weight * x)
    ),
    "nn.functional.embedding": lambda wg, w, i, **kw: NotImplemented if kw else wg.take(w, i, axis=0),
    "nn.functional.one_hot": lambda wg, x, num_classes=-1: (
        NotImplemented if num_classes < 0 else wg.one_hot(x, num_classes, dtype="int64")
    ),
}
