"""The arguments of what Keras has: `python -m tests.beside_keras.arguments_in_keras answers.npz`, where Keras is."""

import inspect
import json
import os
import sys

import numpy as np

os.environ["KERAS_BACKEND"] = "jax"
FAMILIES = (
    "layers",
    "losses",
    "metrics",
    "optimizers",
    "optimizers.schedules",
    "initializers",
    "regularizers",
    "constraints",
    "callbacks",
)

SMALL = (
    "backend",
    "config",
    "dtype_policies",
    "mixed_precision",
    "models",
    "preprocessing",
    "preprocessing.image",
    "preprocessing.sequence",
    "saving",
    "tree",
    "utils",
    "wrappers",
)
"""Modules of functions."""


def member(package, family):
    for name in family.split("."):
        package = getattr(package, name)
    return package


def told(cls):
    """[name, whether it may be given by place, its default as text] of each argument of a class."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [
        [p.name, p.kind == kinds[0], None if p.default is p.empty else repr(p.default)]
        for p in inspect.signature(cls).parameters.values()
        if p.kind in kinds
    ]


def main(package):
    """Of each class of each family."""
    modules = {family: member(package, family) for family in FAMILIES}
    found = {f"{family}.{name}": getattr(m, name) for family, m in modules.items() for name in dir(m)}
    return {name: told(cls) for name, cls in found.items() if inspect.isclass(cls) and "._" not in name}


def functions(package):
    """The arguments of the functions of each small module, by their names; None for one that is not there."""
    found = {}
    for space in SMALL:
        module = member(package, space)
        for name in dir(module):
            value = getattr(module, name)
            if inspect.isfunction(value) and name[0] != "_":
                found[f"{space}.{name}"] = list(inspect.signature(inspect.unwrap(value)).parameters)
    return found


if __name__ == "__main__":
    import keras

    told = {"arguments": main(keras), "functions": functions(keras)}
    np.savez(sys.argv[1], **{name: np.asarray(json.dumps(value)) for name, value in told.items()})
