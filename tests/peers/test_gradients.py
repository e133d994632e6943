"""Values and gradients of public functions over random shapes, against JAX's and PyTorch's, in float64.

The peers are looked for in the Python named by WENGERT_PEERS_PYTHON, else in the one that runs the tests.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import wengert as wg
from tests.peers.rows import ROWS, VARIANTS, arguments, weights
from wengert.ops import conv, losses, shape

ROOT = Path(__file__).parents[2]
PEERS = {"jax": "in_jax", "torch": "in_torch"}
XP = SimpleNamespace(**{**vars(wg), "matrix_transpose": shape.matrix_transpose})
NN = SimpleNamespace(**{**vars(wg), **vars(conv), **vars(losses), **vars(wg.activations)})


@pytest.fixture(scope="module", params=PEERS)
def peer(request, tmp_path_factory):
    """What one peer says."""
    python = os.environ.get("WENGERT_PEERS_PYTHON", sys.executable)
    if subprocess.run([python, "-c", f"import {request.param}"], capture_output=True).returncode:
        pytest.skip(f"{request.param} is not installed")
    path = tmp_path_factory.mktemp("peers") / "answers.npz"
    command = [python, "-m", "tests.peers.ask", PEERS[request.param], path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with np.load(path) as answers:
        return dict(answers)


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_value_and_gradient_are_those_of_the_peer(name, peer):
    f, _ = ROWS[name]
    for variant in VARIANTS:
        if f"{name}/{variant}/refused" in peer:
            continue
        xs = [wg.Tensor(a) for a in arguments(name, variant)]
        y, pullback = wg.vjp(lambda *a: f(XP, NN, *a), *xs)
        at = f"{variant}: {[x.shape for x in xs]}"
        want = peer[f"{name}/{variant}/y"]
        assert y.shape == want.shape, at
        np.testing.assert_allclose(y, want, rtol=1e-10, atol=1e-12, err_msg=at)
        for k, g in enumerate(pullback(weights(np, y.numpy()))):
            want = peer[f"{name}/{variant}/g{k}"]
            np.testing.assert_allclose(g, want, rtol=1e-9, atol=1e-11, err_msg=f"input {k} of {at}")


@pytest.mark.slow
def test_nearly_all_is_compared(peer):
    """At least 200 functions, each over two shapes or three; what a peer refuses is mostly a maximum of nothing."""
    assert len(ROWS) >= 200
    refused = Counter(key.split("/")[1] for key in peer if key.endswith("/refused"))
    assert refused["odd"] <= 1, refused
    assert refused["small"] <= 1, refused
    assert refused["empty"] <= 20, refused
