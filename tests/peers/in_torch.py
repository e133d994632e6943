"""Values and gradients by PyTorch, in float64. It is imported when this runs: who collects tests need not have it."""

from types import SimpleNamespace

import numpy as np
import torch
from torch.nn import functional as F

from tests.peers.losses import losses
from tests.peers.rows import weights


def every(x, axis):
    return tuple(range(x.ndim)) if axis is None else axis


def over(f):
    """A reduction over axes, with NumPy's names."""
    return lambda x, axis=None, keepdims=False: f(x, dim=every(x, axis), keepdim=keepdims)


def prod(x, axis=None, keepdims=False):
    axes = every(x, axis)
    for a in sorted((n % x.ndim for n in np.atleast_1d(axes)), reverse=True):
        x = torch.prod(x, dim=int(a), keepdim=keepdims)
    return x


def norm(x, ord=2, axis=None):
    return torch.linalg.vector_norm(x, ord=ord, dim=axis)


def scan(f, carry, xs):
    ys = []
    for x in xs:
        carry, y = f(carry, x)
        ys.append(y)
    return carry, torch.stack(ys)


def fori_loop(lower, upper, body, state):
    for k in range(lower, upper):
        state = body(k, state)
    return state


def checkpoint(f):
    return lambda x: torch.utils.checkpoint.checkpoint(f, x, use_reentrant=False)


def transforms():
    names = ("grad", "jvp", "vjp", "jacfwd", "jacrev", "hessian", "vmap")
    return {name: getattr(torch.func, name) for name in names} | {
        "scan": scan,
        "fori_loop": fori_loop,
        "cond": lambda predicate, true, false, *xs: (true if predicate else false)(*xs),
        "switch": lambda k, branches, *xs: branches[k](*xs),
        "checkpoint": checkpoint,
        "stop_gradient": torch.Tensor.detach,
    }


XP = SimpleNamespace(
    **{
        **vars(torch),
        "max": over(torch.amax),
        "min": over(torch.amin),
        "sum": over(torch.sum),
        "mean": over(torch.mean),
        "logsumexp": over(torch.logsumexp),
        "var": over(lambda x, **at: torch.var(x, correction=0, **at)),
        "std": over(lambda x, **at: torch.std(x, correction=0, **at)),
        "prod": prod,
        "pow": torch.pow,
        "cumsum": lambda x, axis: torch.cumsum(x, axis),
        "cumprod": lambda x, axis: torch.cumprod(x, axis),
        "sort": lambda x, axis: torch.sort(x, axis).values,
        "argsort": lambda x, axis: torch.argsort(x, axis),
        "diff": lambda x, n, axis: torch.diff(x, n, axis),
        "tensordot": lambda x, y, axes: torch.tensordot(x, y, dims=axes),
        "vecdot": torch.linalg.vecdot,
        "linalg": SimpleNamespace(**{**vars(torch.linalg), "norm": norm}),
        "transpose": lambda x, axes=None: x.permute(axes or tuple(reversed(range(x.ndim)))),
        "matrix_transpose": lambda x: x.mT,
        "expand_dims": torch.unsqueeze,
        "concatenate": lambda xs, axis: torch.cat(xs, dim=axis),
        "stack": lambda xs, axis: torch.stack(xs, dim=axis),
        "split": lambda x, n, axis: torch.tensor_split(x, n, dim=axis),
        "flip": lambda x, axis: torch.flip(x, (axis,)),
        "repeat": lambda x, n, axis: torch.repeat_interleave(x, n, dim=axis),
        "pad": lambda x, widths: F.pad(x, [n for pair in reversed(widths) for n in pair]),
        "take": lambda x, at, axis: torch.index_select(x, axis, at),
        "take_along_axis": torch.take_along_dim,
        **transforms(),
    }
)


def channels_first(x):
    return torch.movedim(x, -1, 1)


def channels_last(x):
    return torch.movedim(x, 1, -1)


def conv(x, kernel, strides=1, padding="valid", dilation_rate=1, groups=1):
    rank = kernel.ndim - 2
    convolve = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
    x, k = channels_first(x), kernel.permute(-1, -2, *range(rank))
    if padding == "same":
        for axis, size in enumerate(kernel.shape[:-2]):
            n = x.shape[2 + axis]
            total = max((-(-n // strides) - 1) * strides + size - n, 0)
            before = [0, 0] * (rank - 1 - axis)
            x = F.pad(x, [*before, total // 2, total - total // 2])
    return channels_last(convolve(x, k, stride=strides, dilation=dilation_rate, groups=groups))


def pool(f):
    return lambda x, size, strides=None: channels_last(f(channels_first(x), size, strides))


def segment_sum(x, ids, count):
    return torch.zeros(count, *x.shape[1:], dtype=x.dtype).index_add(0, ids, x)


def resize(x, size):
    return channels_last(F.interpolate(channels_first(x), size, mode="bilinear"))


NN = SimpleNamespace(
    **{
        **vars(F),
        "gelu": lambda x, approximate=False: F.gelu(x, approximate="tanh" if approximate else "none"),
        "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
        "hard_sigmoid": lambda x: F.relu6(x + 3.0) / 6.0,  # hardsigmoid's own gradient has its 1/6 in float32
        "hard_silu": F.hardswish,
        "hard_tanh": F.hardtanh,
        "log_sigmoid": F.logsigmoid,
        "linear": lambda x: x,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softmax": lambda x, axis=-1: torch.softmax(x, axis),
        "log_softmax": lambda x, axis=-1: torch.log_softmax(x, axis),
        "conv": conv,
        "unfold": lambda x, size, step, axis: x.unfold(axis, size, step),
        "segment_sum": segment_sum,
        "resize": resize,
        "max_pool": pool(F.max_pool2d),
        "average_pool": pool(F.avg_pool2d),
        **vars(losses(XP, torch.log_softmax, F.softplus)),
    }
)


def value_and_gradients(f, arrays):
    xs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y = f(XP, NN, *xs)
    found = torch.autograd.grad(y, xs, weights(XP, y.detach()), allow_unused=True)
    return y.detach(), [torch.zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True)]
