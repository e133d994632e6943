"""The functions of the array API standard, 2024.12, by signature. `linalg.` and `fft.` are its extensions."""

import ast
import inspect
from functools import cache

import wengert as wg

TABLE = """
x, /: abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag isfinite
    isinf isnan log log1p log2 log10 logical_not negative positive real reciprocal round sign signbit sin sinh
    square sqrt tan tanh trunc matrix_transpose nonzero unique_all unique_counts unique_inverse unique_values
    linalg.det linalg.eigh linalg.eigvalsh linalg.inv linalg.matrix_transpose
    linalg.slogdet linalg.svdvals
x1, x2, /: add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign divide
    equal floor_divide greater greater_equal hypot less less_equal logaddexp logical_and logical_or logical_xor
    maximum minimum multiply nextafter not_equal pow remainder subtract matmul linalg.matmul linalg.outer
    linalg.solve
x, /, min=None, max=None: clip
x, /, *, axis=None, keepdims=False: all any argmax argmin count_nonzero max min mean
x, /, *, axis=None, dtype=None, keepdims=False: sum prod
x, /, *, axis=None, correction=0.0, keepdims=False: std var
x, /, *, axis=None, dtype=None, include_initial=False: cumulative_sum cumulative_prod
x, /, *, axis=-1, n=1, prepend=None, append=None: diff
x, /, *, axis=-1, descending=False, stable=True: sort argsort
x1, x2, /, *, side='left', sorter=None: searchsorted
condition, x1, x2, /: where
x, indices, /, *, axis=None: take
x, indices, /, *, axis=-1: take_along_axis
shape, *, dtype=None, device=None: empty ones zeros
x, /, *, dtype=None, device=None: empty_like ones_like zeros_like
shape, fill_value, *, dtype=None, device=None: full
x, /, fill_value, *, dtype=None, device=None: full_like
start, /, stop=None, step=1, *, dtype=None, device=None: arange
start, stop, /, num, *, dtype=None, device=None, endpoint=True: linspace
n_rows, n_cols=None, /, *, k=0, dtype=None, device=None: eye
obj, /, *, dtype=None, device=None, copy=None: asarray
x, /, *, device=None, copy=None: from_dlpack
*arrays, indexing='xy': meshgrid
x, /, *, k=0: tril triu
x, dtype, /, *, copy=True, device=None: astype
*arrays: broadcast_arrays
x, /, shape: broadcast_to
arrays, /, *, axis=0: concat stack
x, /, axis: expand_dims squeeze
x, /, *, axis=0: unstack
x, /, *, axis=None: flip
x, source, destination, /: moveaxis
x, /, axes: permute_dims
x, repeats, /, *, axis=None: repeat
x, /, shape, *, copy=None: reshape
x, /, shift, *, axis=None: roll
x, repetitions, /: tile
x1, x2, /, *, axes=2: tensordot linalg.tensordot
x1, x2, /, *, axis=-1: vecdot linalg.cross linalg.vecdot
from_, to, /: can_cast
type, /: finfo iinfo
dtype, kind: isdtype
*arrays_and_dtypes: result_type
x, /, *, upper=False: linalg.cholesky
x, /, *, offset=0: linalg.diagonal
x, /, *, keepdims=False, ord='fro': linalg.matrix_norm
x, n, /: linalg.matrix_power
x, /, *, rtol=None: linalg.matrix_rank linalg.pinv
x, /, *, mode='reduced': linalg.qr
x, /, *, full_matrices=True: linalg.svd
x, /, *, offset=0, dtype=None: linalg.trace
x, /, *, axis=None, keepdims=False, ord=2: linalg.vector_norm
x, /, *, n=None, axis=-1, norm='backward': fft.fft fft.ifft fft.rfft fft.irfft fft.hfft fft.ihfft
x, /, *, s=None, axes=None, norm='backward': fft.fftn fft.ifftn fft.rfftn fft.irfftn
n, /, *, d=1.0, dtype=None, device=None: fft.fftfreq fft.rfftfreq
x, /, *, axes=None: fft.fftshift fft.ifftshift
: __array_namespace_info__
"""

CONSTANTS = ("e", "inf", "nan", "newaxis", "pi", "__array_api_version__")
DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float32", "float64", "complex64", "complex128",
)  # fmt: skip
METHODS = """
self, /: __abs__ __bool__ __complex__ __dlpack_device__ __float__ __index__ __int__ __invert__ __neg__ __pos__
self, other, /: __add__ __and__ __eq__ __floordiv__ __ge__ __gt__ __le__ __lshift__ __lt__ __matmul__ __mod__
    __mul__ __ne__ __or__ __pow__ __rshift__ __sub__ __truediv__ __xor__ __radd__ __rand__ __rfloordiv__
    __rlshift__ __rmatmul__ __rmod__ __rmul__ __ror__ __rpow__ __rrshift__ __rsub__ __rtruediv__ __rxor__
self, /, *, api_version=None: __array_namespace__
self, /, *, stream=None, max_version=None, dl_device=None, copy=None: __dlpack__
self, key, /: __getitem__
self, key, value, /: __setitem__
self, device, /, *, stream=None: to_device
"""
ATTRIBUTES = ("T", "device", "dtype", "mT", "ndim", "shape", "size")


def _rows(table: str) -> dict[str, inspect.Signature]:
    """Names with their signatures; a line that starts with a blank goes on with the names of the one above."""
    found = {}
    for line in table.strip().replace("\n    ", " ").splitlines():
        parameters, names = line.rsplit(":", 1)
        found |= dict.fromkeys(names.split(), signature(parameters))
    return found


def signature(text: str) -> inspect.Signature:
    """`x, /, *, axis=None` as a signature."""
    a = ast.parse(f"def f({text}): ...").body[0].args
    positional = [*((p, inspect.Parameter.POSITIONAL_ONLY) for p in a.posonlyargs)]
    positional += [(p, inspect.Parameter.POSITIONAL_OR_KEYWORD) for p in a.args]
    defaults = [None] * (len(positional) - len(a.defaults)) + a.defaults
    found = [_parameter(p, kind, d) for (p, kind), d in zip(positional, defaults, strict=True)]
    found += [_parameter(a.vararg, inspect.Parameter.VAR_POSITIONAL, None)] if a.vararg else []
    keywords = zip(a.kwonlyargs, a.kw_defaults, strict=True)
    return inspect.Signature(
        [*found, *(_parameter(p, inspect.Parameter.KEYWORD_ONLY, d) for p, d in keywords)]
    )


def _parameter(p: ast.arg, kind: object, default: ast.expr | None) -> inspect.Parameter:
    value = inspect.Parameter.empty if default is None else ast.literal_eval(default)
    return inspect.Parameter(p.arg, kind, default=value)


FUNCTIONS = _rows(TABLE)
OPERATORS = _rows(METHODS)


@cache
def function(name: str):
    """A function of the standard, by its name under `wengert`."""
    found = wg
    for part in name.split("."):
        found = getattr(found, part)
    return found


def refusals(standard: inspect.Signature, ours: inspect.Signature) -> list[str]:
    """Calls that the standard allows and `ours` does not. What ours allows beyond is no concern of the standard."""
    found = []
    theirs, mine = list(standard.parameters.values()), list(ours.parameters.values())
    for n, p in enumerate(theirs):
        q = ours.parameters.get(p.name) if p.kind is p.KEYWORD_ONLY else mine[n] if n < len(mine) else None
        if q is None:
            found.append(f"{p} is not taken")
        elif p.kind is p.VAR_POSITIONAL:
            found += [] if q.kind is q.VAR_POSITIONAL else [f"{p} is not taken"]
        elif p.kind is not p.KEYWORD_ONLY and q.kind not in (q.POSITIONAL_ONLY, q.POSITIONAL_OR_KEYWORD):
            found.append(f"{p} is not taken by position")
        elif p.kind is not p.POSITIONAL_ONLY and (q.kind is q.POSITIONAL_ONLY or q.name != p.name):
            found.append(f"{p} is not taken by name")
        elif p.default is not p.empty and (q.default is q.empty or q.default != p.default):
            found.append(f"{p.name} is {p.default!r} when it is left out, not {q.default!r}")
    used = {p.name for p in theirs if p.kind is p.KEYWORD_ONLY}
    places = sum(p.kind is not p.KEYWORD_ONLY for p in theirs)
    for q in mine[places:]:
        if q.default is q.empty and q.name not in used and q.kind not in (q.VAR_POSITIONAL, q.VAR_KEYWORD):
            found.append(f"{q} is asked for")
    return found
