"""Gradients by JAX, in float64: `python jax_gradients.py inputs.npz outputs.npz`. Run by test_gradients.py.

JAX is imported when it runs, not before: whoever collects tests need not have it.
"""

import sys
from types import SimpleNamespace

import numpy as np


def namespaces():
    """JAX's functions by Wengert's names."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    special = jax.scipy.special
    xp = SimpleNamespace(**{**vars(jnp), "erf": special.erf, "logsumexp": special.logsumexp})
    nn = SimpleNamespace(
        **{
            **vars(jax.nn),
            "gelu": lambda x: jax.nn.gelu(x, approximate=False),
            "leaky_relu": lambda x: jax.nn.leaky_relu(x, 0.2),
            "softsign": jax.nn.soft_sign,
            "tanh": jnp.tanh,
        }
    )
    return xp, nn, jax.vjp, jax.jit


def main(inputs, outputs):
    from rows import ROWS

    given, found = np.load(inputs), {}
    xp, nn, vjp, jit = namespaces()
    for name, (f, shapes) in ROWS.items():
        xs = [xp.asarray(given[f"{name}/{k}"]) for k in range(len(shapes))]

        def both(*xs, f=f):
            y, pull = vjp(lambda *a: f(xp, nn, *a), *xs)
            return y, pull(xp.cos(xp.arange(y.size, dtype=y.dtype)).reshape(y.shape))

        y, gradients = jit(both)(*xs)
        found |= {f"{name}/y": y} | {f"{name}/g{k}": g for k, g in enumerate(gradients)}
    np.savez(outputs, **{k: np.asarray(v) for k, v in found.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
