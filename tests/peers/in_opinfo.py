"""Writes PyTorch's samples, values and gradients: `python -m tests.peers.in_opinfo FOLDER`, in the peers' Python.

Samples of `torch.testing._internal`: arguments in `calls.json`, where a tensor is {"tensor": k}; arrays in
`arrays.npz`.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from torch.testing._internal.common_methods_invocations import op_db

from tests.peers.opinfo_rows import ROWS

MOST = 16  # samples of an operator


class Writer:
    def __init__(self):
        self.arrays = {}

    def tensor(self, x):
        key = f"a{len(self.arrays)}"
        self.arrays[key] = np.array(x.numpy(force=True))
        return {"tensor": key, "grad": x.requires_grad}

    def value(self, x):
        """As JSON can say it; raises TypeError for what it cannot."""
        if isinstance(x, torch.Tensor):
            return self.tensor(x)
        if isinstance(x, torch.Size | list | tuple):
            return [self.value(v) for v in x]
        if x is None or isinstance(x, bool | int | float | str):
            return x
        raise TypeError


def leaves(x):
    """The tensors in a result or in arguments, in order."""
    if isinstance(x, torch.Tensor):
        return [x]
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, list | tuple) else ()
    return [leaf for part in parts for leaf in leaves(part)]


def weighted(outs):
    """The number that is differentiated."""
    return sum((o * torch.cos(torch.arange(o.numel(), dtype=o.dtype)).reshape(o.shape)).sum() for o in outs)


def record(op, sample, writer):
    args, kwargs = (sample.input, *sample.args), sample.kwargs
    call = {
        "op": op.name,
        "args": writer.value(args),
        "kwargs": {k: writer.value(v) for k, v in kwargs.items()},
    }
    outs = leaves(op(*args, **kwargs))
    call["outs"] = [writer.tensor(o) for o in outs]
    xs = [x for x in leaves([args, kwargs]) if x.requires_grad]
    smooth = [o for o in outs if o.is_floating_point() and o.requires_grad]
    if xs and smooth:
        found = torch.autograd.grad(weighted(smooth), xs, allow_unused=True)
        call["grads"] = [
            writer.tensor(torch.zeros_like(x) if g is None else g) for x, g in zip(xs, found, strict=True)
        ]
    return call


def main(folder):
    writer, calls = Writer(), []
    warnings.simplefilter("ignore")
    for op in op_db:
        if op.name not in ROWS:
            continue
        dtypes = [d for d in (torch.float64, torch.int64, torch.bool) if op.supports_dtype(d, "cpu")]
        if not dtypes:
            continue
        dtype = dtypes[0]
        torch.manual_seed(0)
        smooth = dtype == torch.float64 and op.supports_autograd
        samples = list(op.sample_inputs("cpu", dtype, requires_grad=smooth))
        for sample in samples[:: max(1, -(-len(samples) // MOST))]:
            try:
                calls.append(record(op, sample, writer))
            except TypeError:  # an argument that is no number, string or tensor
                continue
    np.savez(Path(folder, "arrays.npz"), **writer.arrays)
    Path(folder, "calls.json").write_text(json.dumps(calls))


if __name__ == "__main__":
    main(*sys.argv[1:])
