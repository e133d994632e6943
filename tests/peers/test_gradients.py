"""Values and gradients of public functions against JAX's, in float64.

JAX is looked for in the Python named by WENGERT_PEERS_PYTHON, else in the one that runs the tests.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import wengert as wg
from tests.peers.rows import ROWS

HERE = Path(__file__).parent


def inputs():
    rng = np.random.default_rng(0)
    return {
        f"{name}/{k}": rng.uniform(0.2, 1.4, shape)
        for name, (_, shapes) in ROWS.items()
        for k, shape in enumerate(shapes)
    }


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    """What JAX says."""
    python = os.environ.get("WENGERT_PEERS_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import jax"], capture_output=True).returncode:
        pytest.skip("JAX is not installed")
    folder = tmp_path_factory.mktemp("peers")
    np.savez(folder / "in.npz", **inputs())
    command = [python, HERE / "jax_gradients.py", folder / "in.npz", folder / "out.npz"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return np.load(folder / "out.npz")


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_value_and_gradient_are_those_of_jax(name, peer):
    f, shapes = ROWS[name]
    given = inputs()
    xs = [wg.Tensor(given[f"{name}/{k}"]) for k in range(len(shapes))]
    y, pullback = wg.vjp(lambda *a: f(wg, wg.activations, *a), *xs)
    np.testing.assert_allclose(y, peer[f"{name}/y"], rtol=1e-10, atol=1e-12)
    u = np.cos(np.arange(y.size, dtype=float)).reshape(y.shape)
    for k, g in enumerate(pullback(u)):
        np.testing.assert_allclose(g, peer[f"{name}/g{k}"], rtol=1e-9, atol=1e-11)
