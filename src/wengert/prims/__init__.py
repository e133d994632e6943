"""Every primitive: its type, meaning, derivative and lowering, in one place each.

movement        broadcast_to reduce_sum reshape transpose reverse
slicing         slice pad concatenate dynamic_slice dynamic_update_slice
logic           comparisons, bits, where, cast, stop_gradient, identity
arithmetic      add to rsqrt, rounding, ordering
transcendental  exp log sin tanh erf pow ...
inverse         asin acos atan asinh acosh atanh atan2 hypot
signs           signbit copysign
bitcast         bitcast
reduction       reduce_max reduce_min reduce_prod reduce_var reduce_any reduce_all argmax argmin
running         cumsum cumprod recurrence
sorting         sort argsort searchsorted
contraction     dot
convolution     conv conv_input_grad conv_kernel_grad
window          window_sum window_spread window_max window_argmax window_gather window_scatter
winograd        winograd_data winograd_kernel winograd_output
indexing        iota gather wrap_index scatter_add take_along_axis add_along_axis
scatter         scatter_set scatter_mul scatter_max scatter_min
random          random_bits
lapack          solve inv det cofactor slogdet cholesky pinv
decompositions  qr eigh eigvalsh svd svdvals
eigenvalues     eig eigvals
exponential     expm
fourier         fft rfft irfft
control         cond while_loop scan item
calls           checkpoint custom
and, above      all_sum (`distribute/sums.py`)

`families.py` makes them, `params.py` checks what they are given.
"""

from wengert.prims import (
    arithmetic,
    bitcast,
    calls,
    contraction,
    control,
    convolution,
    decompositions,
    eigenvalues,
    exponential,
    fourier,
    indexing,
    inverse,
    lapack,
    logic,
    movement,
    random,
    reduction,
    running,
    scatter,
    signs,
    slicing,
    sorting,
    transcendental,
    window,
    winograd,
)

__all__ = [
    "arithmetic",
    "bitcast",
    "calls",
    "contraction",
    "control",
    "convolution",
    "decompositions",
    "eigenvalues",
    "exponential",
    "fourier",
    "indexing",
    "inverse",
    "lapack",
    "logic",
    "movement",
    "random",
    "reduction",
    "running",
    "scatter",
    "signs",
    "slicing",
    "sorting",
    "transcendental",
    "window",
    "winograd",
]
