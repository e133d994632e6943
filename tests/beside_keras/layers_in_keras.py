"""What Keras's layers say: `python -m tests.beside_keras.layers_in_keras answers.npz names...`, with Keras and JAX."""

import os
import sys
import traceback

import numpy as np

from tests.beside_keras.layer_cases import CASES
from tests.beside_keras.layer_cases.case import (
    arguments,
    cotangent,
    filled,
    is_float,
    layer_of,
    leaves,
    weight,
)

os.environ["KERAS_BACKEND"] = "jax"


def prepared(name, case, keras):
    """The layer with its weights, and what it is called with."""
    layer, (x, call) = layer_of(case, keras), arguments(name, case)
    if case.adapt is not None:
        layer.adapt(case.adapt)
    layer(x, **call)
    if case.adapt is None:
        layer.set_weights([weight(name, k, w.path, tuple(w.shape)) for k, w in enumerate(layer.weights)])
    return layer, x, call


def answers(name, case, keras):
    import jax

    layer, x, call = prepared(name, case, keras)
    for k, w in enumerate(layer.get_weights()):
        yield f"weight/{k}", w
    variables = [*layer.trainable_variables, *layer.non_trainable_variables]
    constants = [v.value for v in layer.non_trainable_variables]

    def computed(floats, trained):
        given = filled([x, call], iter(floats))
        # stateless_call would leave out what `activity_regularizer` adds to the loss
        scope = keras.StatelessScope(zip(variables, [*trained, *constants], strict=True), collect_losses=True)
        with scope:
            out, lost = layer(given[0], **given[1]), layer.losses
        changed = [scope.get_current_value(v) for v in layer.non_trainable_variables]
        outs = [o for o in leaves(out) if o is not None]
        loss = sum(
            (o * cotangent(name, k, o.shape)).sum() for k, o in enumerate(outs) if o.dtype == "float32"
        )
        return np.float32(0) + loss + sum(lost), (outs, changed, lost)

    floats = [a for a in leaves([x, call]) if is_float(a)]
    trained = [v.value for v in layer.trainable_variables]
    if floats or trained:
        # compiled as a whole: each operation by itself takes JAX longer, and memory that it keeps
        program = jax.jit(jax.grad(computed, argnums=(0, 1), has_aux=True))
        grads, (outs, changed, lost) = program(floats, trained)
        for k, g in enumerate((*grads[0], *grads[1])):
            yield f"gradient/{k}", g
    else:
        _, (outs, changed, lost) = computed(floats, trained)
    for k, o in enumerate(outs):
        yield f"output/{k}", o
    yield "loss", np.float32(sum(lost))
    after = dict(zip(map(id, layer.non_trainable_variables), changed, strict=True))
    for k, w in enumerate(layer.non_trainable_weights):
        yield f"after/{k}", after[id(w)]


if __name__ == "__main__":
    import keras

    found = {}
    for wanted in sys.argv[2:]:
        try:
            found |= {f"{wanted}/{k}": np.asarray(v) for k, v in answers(wanted, CASES[wanted], keras)}
        except Exception:  # of one configuration, which its tests will tell
            found[f"{wanted}/error"] = np.asarray(traceback.format_exc())
    np.savez(sys.argv[1], **found)
