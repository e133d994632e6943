"""What `keras.ops` says: `python -m tests.beside_keras.ops_in_keras answers.npz`, with Keras and JAX."""

import inspect
import json
import os
import sys

import numpy as np

from tests.beside_keras.ops_cases import CASES
from tests.beside_keras.ops_cases.case import Case, cotangent, filled, is_float, leaves

os.environ["KERAS_BACKEND"] = "jax"


def answers(case: Case, ops):
    import jax

    def as_tensors(tree):
        return [as_tensors(x) for x in tree] if isinstance(tree, list | tuple) else jax.numpy.asarray(tree)

    def outputs(floats):
        called = case.call(ops, *as_tensors(filled(list(case.arrays), iter(floats))))
        return [o for o in leaves(called) if o is not None]

    def total(floats):
        outs = [jax.numpy.asarray(o) for o in outputs(floats)]
        sums = [(o * cotangent(k, o.shape)).sum() for k, o in enumerate(outs) if o.dtype == "float32"]
        return sum(sums, np.float32(0)), (outs, len(sums))

    def both(program):
        try:
            grads, (outs, sums) = program(floats)
        except NotImplementedError:  # JAX has no derivative of it
            return outputs(floats), []
        return outs, grads if sums else []

    floats = [x for x in leaves(list(case.arrays)) if is_float(x)]
    program = jax.grad(total, has_aux=True) if floats else lambda floats: ([], total(floats)[1])
    try:  # compiled as a whole: each step by itself takes JAX longer
        outs, grads = both(jax.jit(program))
    except TypeError:  # shapes depend on values
        outs, grads = both(program)
    for k, o in enumerate(outs):
        yield f"output/{k}", np.asarray(o)
    for k, g in enumerate(grads):
        yield f"gradient/{k}", np.asarray(g)


def signatures(ops):
    """Name, kind and default of each argument of each function."""
    rooms = {"": ops, "image.": ops.image}
    found = {
        before + name: f
        for before, room in rooms.items()
        for name in dir(room)
        if name[0] != "_" and inspect.isfunction(f := getattr(room, name))
    }
    return {
        name: [
            [p.name, p.kind.name, None if p.default is p.empty else repr(p.default)]
            for p in inspect.signature(f).parameters.values()
        ]
        for name, f in found.items()
    }


if __name__ == "__main__":
    import keras

    found = {"signatures": np.asarray(json.dumps(signatures(keras.ops)))}
    for wanted in sys.argv[2:]:
        try:
            found |= {f"{wanted}/{k}": v for k, v in answers(CASES[wanted], keras.ops)}
        except Exception as e:  # of one case, which its test will tell
            found[f"{wanted}/error"] = np.asarray(f"{type(e).__name__}: {e}")
    np.savez(sys.argv[1], **found)
