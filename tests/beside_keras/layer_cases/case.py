"""What a configuration of a layer is, and the arrays it is given. Keras's side reads this file too: no Wengert here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.beside_keras.cases import draws

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Floats:
    """Standard normal numbers; with `low` and `high`, evenly spread between. A shape alone means these."""

    shape: Shape
    low: float | None = None
    high: float = 1.0

    def drawn(self, rng: np.random.Generator) -> np.ndarray:
        x = rng.normal(size=self.shape) if self.low is None else rng.uniform(self.low, self.high, self.shape)
        return x.astype("float32")


@dataclass(frozen=True)
class Ints:
    """Numbers in low..high - 1."""

    shape: Shape
    high: int
    low: int = 0

    def drawn(self, rng: np.random.Generator) -> np.ndarray:
        return rng.integers(self.low, self.high, self.shape).astype("int32")


@dataclass(frozen=True)
class Bits:
    """True or False, as of a mask; the first along the last axis are True."""

    shape: Shape

    def drawn(self, rng: np.random.Generator) -> np.ndarray:
        bits = rng.integers(0, 2, self.shape).astype(bool)
        bits[..., 0] = True
        return bits


@dataclass(frozen=True)
class Lengths:
    """[batch, time] mask of sequences that end at some step: True before it."""

    shape: Shape

    def drawn(self, rng: np.random.Generator) -> np.ndarray:
        ends = rng.integers(1, self.shape[1] + 1, self.shape[:1])
        return np.arange(self.shape[1]) < ends[:, None]


@dataclass(frozen=True)
class Given:
    """These very values."""

    values: Any
    dtype: str = "float32"

    def drawn(self, rng: np.random.Generator) -> np.ndarray:
        return np.asarray(self.values, self.dtype)


@dataclass(frozen=True)
class Made:
    """An object among the arguments: `Made("LSTMCell", {"units": 3})`, `Made("L2", {"l2": 0.1}, "regularizers")`."""

    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)
    family: str = "layers"


@dataclass(frozen=True)
class Case:
    """A layer, what it is made with, and what it is called with.

    Args:
        arguments: of its constructor.
        inputs: its first argument: a shape (of floats), one of the kinds above, or a list of such.
        call: its other arguments by name: values, or kinds as in `inputs`.
        adapt: what `adapt` is given before; its weights then stay as they are.
        tolerance: relative; more than 1e-5 needs a reason beside it.
    """

    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)
    inputs: Any = (2, 3)
    call: dict[str, Any] = field(default_factory=dict)
    adapt: Any = None
    tolerance: float = 1e-5


def named(cases: list[Case]) -> dict[str, Case]:
    """Each by its class and its place among those of the class."""
    found: dict[str, Case] = {}
    counts: dict[str, int] = {}
    for case in cases:
        number = counts.get(case.kind, 0)
        found[f"{case.kind}-{number}"] = case
        counts[case.kind] = number + 1
    return found


def made(value: Any, package: Any) -> Any:
    """An argument as one of the packages (keras, wengert) takes it."""
    if isinstance(value, Made):
        arguments = {k: made(v, package) for k, v in value.arguments.items()}
        return getattr(getattr(package, value.family), value.kind)(**arguments)
    if isinstance(value, list):
        return [made(v, package) for v in value]
    return value


def layer_of(case: Case, package: Any) -> Any:
    """The layer that a case is about, of one of the packages."""
    return made(Made(case.kind, case.arguments), package)


def arrays(tree: Any, rng: np.random.Generator) -> Any:
    """Lists and dicts of kinds and values, with arrays for the kinds."""
    if isinstance(tree, dict):
        return {k: arrays(v, rng) for k, v in tree.items()}
    if isinstance(tree, list):
        return [arrays(v, rng) for v in tree]
    if isinstance(tree, tuple):
        return Floats(tree).drawn(rng)
    return tree.drawn(rng) if hasattr(tree, "drawn") else tree


def arguments(name: str, case: Case) -> tuple[Any, dict[str, Any]]:
    """What the layer is called with."""
    rng = draws("layer", name)
    return arrays(case.inputs, rng), arrays(case.call, rng)


def is_float(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def leaves(tree: Any) -> Iterator[Any]:
    """What lists and dicts hold, in order."""
    if isinstance(tree, dict | list | tuple):
        for v in tree.values() if isinstance(tree, dict) else tree:
            yield from leaves(v)
    else:
        yield tree


def filled(tree: Any, floats: Iterator[Any]) -> Any:
    """The tree with other values for its arrays of floats."""
    if isinstance(tree, dict):
        return {k: filled(v, floats) for k, v in tree.items()}
    if isinstance(tree, list):
        return [filled(v, floats) for v in tree]
    return next(floats) if is_float(tree) else tree


def weight(name: str, number: int, path: str, shape: Shape) -> np.ndarray:
    """The value of a weight: variances are positive, all else is normal."""
    rng = draws("weight", name, number)
    drawn = rng.uniform(0.5, 2, shape) if "variance" in path else rng.normal(size=shape) / 2
    return np.asarray(drawn, "float32")


def cotangent(name: str, number: int, shape: Shape) -> np.ndarray:
    """What the output of that number is multiplied by, before all is summed and differentiated."""
    return draws("cotangent", name, number).normal(size=shape).astype("float32")
