"""Asks one peer: `python -m tests.peers.ask in_jax outputs.npz`. Run by test_gradients.py, in the peers' own Python."""

import importlib
import sys

import numpy as np

from tests.peers.rows import ROWS, VARIANTS, arguments


def main(peer, outputs):
    """Write, for each row and variant, the value and the gradients; or what the peer said when it refused."""
    ask, found = importlib.import_module(f"tests.peers.{peer}").value_and_gradients, {}
    for name, (f, _) in ROWS.items():
        for variant in VARIANTS:
            try:
                y, gradients = ask(f, arguments(name, variant))
            except Exception as e:  # whatever a peer cannot do is not compared; the test counts such rows
                found[f"{name}/{variant}/refused"] = f"{type(e).__name__}: {e}"[:300]
                continue
            found[f"{name}/{variant}/y"] = y
            found |= {f"{name}/{variant}/g{k}": g for k, g in enumerate(gradients)}
    np.savez(outputs, **{k: np.asarray(v) for k, v in found.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
