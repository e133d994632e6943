"""Values and gradients by JAX, in float64. JAX is imported when this runs: who collects tests need not have it."""

from types import SimpleNamespace

from tests.peers.losses import losses
from tests.peers.rows import weights

TRANSFORMS = "grad jvp vjp jacfwd jacrev hessian vmap checkpoint"
CONTROL = "cond switch fori_loop scan stop_gradient rsqrt"


def namespaces():
    """JAX's functions by Wengert's names."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    jax.config.update("jax_enable_x64", True)
    own = {name: getattr(jax, name) for name in TRANSFORMS.split()}
    loops = {name: getattr(lax, name) for name in CONTROL.split()}
    special = {name: getattr(jax.scipy.special, name) for name in ("erf", "logsumexp")}
    xp = SimpleNamespace(**{**vars(jnp), **own, **loops, **special})
    nn = {
        **vars(jax.nn),
        "gelu": lambda x, approximate=False: jax.nn.gelu(x, approximate=approximate),
        "leaky_relu": lambda x: jax.nn.leaky_relu(x, 0.2),
        "softsign": jax.nn.soft_sign,
        "tanh": jnp.tanh,
        "linear": lambda x: x,
        "segment_sum": jax.ops.segment_sum,
        "resize": lambda x, size: jax.image.resize(
            x, (x.shape[0], *size, x.shape[-1]), "linear", antialias=False
        ),
        "unfold": lambda x, size, step, axis: jnp.moveaxis(
            jnp.take(x, jnp.arange(0, x.shape[axis] - size + 1, step)[:, None] + jnp.arange(size), axis),
            axis + 1,
            -1,
        ),
        **vars(losses(xp, jax.nn.log_softmax, jax.nn.softplus)),
    }
    return xp, SimpleNamespace(**nn, **convolutions(lax, jnp))


def convolutions(lax, jnp):
    def conv(x, kernel, strides=1, padding="valid", dilation_rate=1, groups=1):
        rank = kernel.ndim - 2
        wide = [n if isinstance(n, tuple) else (n,) * rank for n in (strides, dilation_rate)]
        letters = "DHW"[3 - rank :]
        return lax.conv_general_dilated(
            x, kernel, wide[0], padding.upper(), rhs_dilation=wide[1], feature_group_count=groups,
            dimension_numbers=(f"N{letters}C", f"{letters}IO", f"N{letters}C"),
        )  # fmt: skip

    def windows(x, size, strides, start, reduce):
        size = size if isinstance(size, tuple) else (size,) * 2
        steps = size if strides is None else (strides,) * 2
        return lax.reduce_window(x, start, reduce, (1, *size, 1), (1, *steps, 1), "VALID"), size

    def average_pool(x, size, strides=None):
        total, size = windows(x, size, strides, 0.0, lax.add)
        return total / (size[0] * size[1])

    def max_pool(x, size, strides=None):
        return windows(x, size, strides, -jnp.inf, lax.max)[0]

    return {"conv": conv, "max_pool": max_pool, "average_pool": average_pool}


XP, NN = namespaces()


def value_and_gradients(f, arrays):
    import jax

    def both(*xs):
        y, pull = jax.vjp(lambda *a: f(XP, NN, *a), *xs)
        return y, pull(weights(XP, y))

    return jax.jit(both)(*map(XP.asarray, arrays))
