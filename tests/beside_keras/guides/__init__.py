"""Programs as users of Keras write them, after its guides: each takes the package as `keras`, and asserts by itself."""

import importlib
import inspect

MODULES = (
    "sequential", "functional", "subclassing", "training", "custom_steps", "callbacks", "saving", "transfer",
    "sequences", "preprocessing", "small_modules",
)  # fmt: skip


def programs():
    """All programs by name, `module.function`."""
    found = {}
    for name in MODULES:
        module = importlib.import_module(f"{__name__}.{name}")
        for f in vars(module).values():
            mine = inspect.isfunction(f) and f.__module__ == module.__name__
            if (
                mine
                and list(inspect.signature(f).parameters) == ["keras"]
                and not f.__name__.startswith("get_")
            ):
                found[f"{name}.{f.__name__}"] = f
    return found
