"""Weights of a layer: how they are made, found in its attributes, taken out and put in."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from wengert.base.dtypes import computed, dtype_name, is_inexact
from wengert.base.errors import DTypeError, FormatError, ShapeError, UsageError
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn import constraints, initializers, regularizers
from wengert.ops.random import SeedGenerator
from wengert.runtime.tensor import as_array
from wengert.runtime.variable import Variable

if TYPE_CHECKING:
    from wengert.nn.layer import Layer


class Weighted:
    """The part of a layer that has weights, and layers inside that have some."""

    name: str | None
    trainable: bool
    built: bool
    hyper: ClassVar[tuple[str, ...]]

    @property
    def variable_dtype(self) -> str:
        """What weights are kept in."""
        raise NotImplementedError

    def named(self) -> contextlib.AbstractContextManager[None]:
        """A with-block whose errors say which layer it was."""
        raise NotImplementedError

    def add_weight(
        self,
        shape: Sequence[Any] = (),
        initializer: Any = "glorot_uniform",
        dtype: object = None,
        trainable: bool = True,
        name: str = "weight",
        *,
        regularizer: Any = None,
        constraint: Any = None,
    ) -> Variable:
        """A new weight; assign it to an attribute.

        Args:
            initializer, regularizer, constraint: what it is at first, what it adds to the loss, and what is made of
                it after each step: names, objects or functions.

        Raises:
            ShapeError: a length is not known.
        """
        if not isinstance(shape, Sequence) or not all(  # type: ignore[redundant-expr]
            isinstance(n, int | np.integer) and n >= 0 for n in shape
        ):
            raise ShapeError(
                f"weight {name!r}: its shape must be known when it is made; got {shape!r}. Give a tuple of lengths."
            )
        want, full_name = (
            TensorType(tuple(map(int, shape)), dtype_name(dtype or self.variable_dtype)),
            f"{self.name}/{name}",
        )
        if trainable and not is_inexact(want.dtype):
            raise DTypeError(
                f"weight {name!r}: must be of a float dtype to be trained; got {want}. Give the layer another dtype."
            )
        budget = _BUDGET.get()
        if budget is None:
            value = cast(initializers.get(initializer)(want.shape, computed(want.dtype)), want.dtype)
        else:
            value = budget.take(full_name, want)
        made = Variable(value, name=full_name, trainable=trainable)
        made.regularizer, made.constraint = regularizers.get(regularizer), constraints.get(constraint)
        return made

    def described_weight(
        self, field: str, shape: Sequence[Any], name: str = "", initializer: Any = None
    ) -> Variable:
        """A new weight as the fields `{field}_initializer`, `{field}_regularizer` and `{field}_constraint` say.

        initializer: instead of that of the field.
        """
        return self.add_weight(
            shape,
            initializer or getattr(self, f"{field}_initializer"),
            name=name or field,
            regularizer=getattr(self, f"{field}_regularizer", None),
            constraint=getattr(self, f"{field}_constraint", None),
        )

    @property
    def sublayers(self) -> list[Layer]:
        """The layers that belong to it, in order, without those inside of them."""
        inside: list[tuple[str, Layer]] = []
        for name, value in self.parts():
            _sort_out(name, value, [], inside, False)
        return list(dict.fromkeys(layer for _, layer in inside))

    @property
    def variables(self) -> list[Variable]:
        """All state: weights, carried states, and the counters of random generators."""
        return list(dict.fromkeys(v for _, v, _ in self._walk(True)))

    @property
    def named_variables(self) -> dict[str, Variable]:
        """All state by its place: the attributes (of a `Sequential`, names of its layers) on the way to it.

        It is what files name weights by: `hidden/kernel`. A variable in two places has the first one's name.

        Raises:
            UsageError: two variables have one name.
        """
        found: dict[str, Variable] = {}
        seen: set[Variable] = set()
        for name, v, _ in self._walk(True):
            if v in seen:
                continue
            if name in found:
                raise UsageError(f"{self!r}: variables must have different names; got {name!r} twice.")
            found[name] = v
            seen.add(v)
        return found

    @property
    def weights(self) -> list[Variable]:
        """What `get_weights` returns, in order: layer by layer, trainable ones first within each."""
        return list(dict.fromkeys(v for _, v, _ in self._walk(False)))

    @property
    def trainable_weights(self) -> list[Variable]:
        """What an optimizer changes."""
        return list(dict.fromkeys(v for _, v, trains in self._walk(False) if trains))

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Weights that an optimizer does not change, such as moving averages."""
        trained = set(self.trainable_weights)
        return [v for v in self.weights if v not in trained]

    trainable_variables, non_trainable_variables = trainable_weights, non_trainable_weights

    def parts(self) -> Iterable[tuple[str, Any]]:
        """Names and values among which its variables and the layers inside are."""
        return ((name, value) for name, value in vars(self).items() if name not in self.hyper)

    def _walk(self, states: bool, path: str = "") -> Iterator[tuple[str, Variable, bool]]:
        """(place, variable, whether it is trained) of this layer, then of the layers inside."""
        own: list[tuple[str, Variable]] = []
        inside: list[tuple[str, Layer]] = []
        for name, value in self.parts():
            _sort_out(path + name, value, own, inside, states)
        own.sort(key=lambda named: not named[1].trainable)
        yield from ((name, v, v.trainable and self.trainable) for name, v in own)
        for place, layer in inside:
            for name, v, trains in layer._walk(states, f"{place}/"):
                yield name, v, trains and self.trainable

    def count_params(self) -> int:
        """The number of elements of all weights.

        Raises:
            UsageError: there are no weights yet.
        """
        if not self.built:
            raise UsageError(
                f"{type(self).__name__} {self.name!r}: must be built to count parameters; got none. Begin with Input."
            )
        return sum(int(np.prod(w.shape, dtype=object)) for w in self.weights)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the weights as arrays."""
        return [w.numpy() for w in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Let the weights hold these arrays; nothing changes unless all fit.

        Raises:
            ShapeError: there are more or fewer, or one has another shape.
        """
        mine = self.weights
        with self.named():
            if not isinstance(weights, Iterable):
                raise ShapeError(f"set_weights: {len(mine)} arrays are needed; got {weights!r}.")
            arrays = [as_array(w) for w in weights]
            if len(arrays) != len(mine):
                raise ShapeError(f"set_weights: {len(mine)} arrays are needed; got {len(arrays)}.")
            for w, a in zip(mine, arrays, strict=True):
                if a.shape != w.shape:
                    raise ShapeError(
                        f"set_weights: {w.path!r} must have the shape {w.type}; got {type_of(a)}."
                    )
        for w, a in zip(mine, arrays, strict=True):
            w.assign(a)


class _Budget:
    """Bytes that weights may still take."""

    def __init__(self, nbytes: int) -> None:
        self.total = self.left = nbytes

    def take(self, name: str, want: TensorType) -> np.ndarray:
        """A weight without values."""
        self.left -= int(want.nbytes)
        if self.left < 0:
            raise FormatError(f"weight {name!r} must fit into the {self.total} bytes of tensors; got {want}.")
        return np.zeros(want.shape, want.dtype)


@contextlib.contextmanager
def weights_without_values(nbytes: int) -> Iterator[None]:
    """Weights made inside are 0: somebody is about to assign them. Together they may have `nbytes` bytes.

    Raises (where a weight is made):
        FormatError: they would have more.
    """
    token = _BUDGET.set(_Budget(nbytes))
    try:
        yield
    finally:
        _BUDGET.reset(token)


_BUDGET: contextvars.ContextVar[_Budget | None] = contextvars.ContextVar("budget", default=None)


class State(list[Variable]):
    """Variables that are no weights: what a layer carries from one call to the next."""


def _sort_out(
    name: str, value: Any, own: list[tuple[str, Variable]], inside: list[tuple[str, Layer]], states: bool
) -> None:
    """Variables and layers in an attribute, in order of definition, with their places."""
    if isinstance(value, Variable):
        own.append((name, value))
    elif isinstance(value, Weighted):
        inside.append((name, value))  # type: ignore[arg-type]
    elif isinstance(value, SeedGenerator):
        own += [(f"{name}/seed", value.seed), (f"{name}/counter", value.counter)] if states else []
    elif isinstance(value, State):
        own += [(f"{name}/{k}", v) for k, v in enumerate(value)] if states else []
    elif isinstance(value, dict | list | tuple):
        for k, v in value.items() if isinstance(value, dict) else enumerate(value):
            _sort_out(f"{name}/{k}", v, own, inside, states)
