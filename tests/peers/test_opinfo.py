"""PyTorch's own samples of its operators: values and gradients, in float64, of those that can be said in our functions.

Its test package asks for two packages more, expecttest and hypothesis. The Python is that of test_gradients.py.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import wengert as wg
from tests.peers.opinfo_rows import ROWS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """PyTorch's calls by operator, and its arrays."""
    python = os.environ.get("WENGERT_PEERS_PYTHON", sys.executable)
    needs = "import torch, expecttest, hypothesis"
    if subprocess.run([python, "-c", needs], capture_output=True).returncode:
        pytest.skip("torch and what its tests need are not installed")
    folder = tmp_path_factory.mktemp("opinfo")
    command = [python, "-m", "tests.peers.in_opinfo", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with np.load(folder / "arrays.npz") as arrays:
        return json.loads((folder / "calls.json").read_text()), dict(arrays)


def built(x, arrays, moving, tensors):
    """The argument with our tensors in it; those in `moving`, by name, from `tensors`."""
    if isinstance(x, list):
        return [built(v, arrays, moving, tensors) for v in x]
    if not isinstance(x, dict):
        return x
    name = x["tensor"]
    return tensors[moving.index(name)] if name in moving else wg.Tensor(arrays[name])


def names_of_moving(x):
    if isinstance(x, dict):
        return [x["tensor"]] if x["grad"] else []
    return [name for v in x for name in names_of_moving(v)] if isinstance(x, list) else []


def compare(call, arrays):
    """Compare a call's values and gradients; False if it cannot be said in our functions."""
    kwargs = call["kwargs"]
    moving = names_of_moving([call["args"], list(kwargs.values())])

    def ours(*tensors):
        args = [built(a, arrays, moving, tensors) for a in call["args"]]
        out = ROWS[call["op"]](wg, *args, **{k: built(v, arrays, moving, tensors) for k, v in kwargs.items()})
        return out if out is NotImplemented else list(out) if isinstance(out, list | tuple) else [out]

    xs = [wg.Tensor(arrays[name]) for name in moving]
    outs = ours(*xs)
    if outs is NotImplemented:
        return False
    at = f"{call['op']} {call['args']} {kwargs}"
    wanted = [arrays[o["tensor"]] for o in call["outs"]][: len(outs)]  # PyTorch may tell positions, too
    for got, want in zip(outs, wanted, strict=True):
        assert got.shape == want.shape, at
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-11, err_msg=at)
    if "grads" in call:
        _, pullback = wg.vjp(ours, *xs)
        weights = [np.cos(np.arange(w.size, dtype=w.dtype)).reshape(w.shape) for w in wanted]
        for g, want in zip(pullback(weights), call["grads"], strict=True):
            np.testing.assert_allclose(
                g, arrays[want["tensor"]], rtol=1e-8, atol=1e-9, err_msg=f"gradient of {at}"
            )
    return True


@pytest.mark.slow
@pytest.mark.parametrize("op", ROWS)
def test_values_and_gradients_are_those_of_pytorch(op, said):
    calls, arrays = said
    for call in calls:
        if call["op"] == op:
            compare(call, arrays)


@pytest.mark.slow
def test_nearly_all_is_compared(said):
    calls, arrays = said
    compared = Counter(call["op"] for call in calls if compare(call, arrays))
    assert len(compared) > 170
    assert compared.total() > 1000
