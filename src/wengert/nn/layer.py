"""Layer: configuration in fields, weights in `build`, mathematics in `call`."""

from __future__ import annotations

import contextlib
import contextvars
import inspect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from typing import Any, ClassVar

import numpy as np

from wengert.base.dtypes import computed, dtype_name, is_float
from wengert.base.errors import FormatError, ShapeError, UsageError, WengertError
from wengert.base.tree import flatten, tree_map
from wengert.ir.boundary import with_line
from wengert.ir.node import graph_input
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn import initializers, mixed_precision
from wengert.nn.config import Configured, names_of, unique_name
from wengert.nn.symbolic import Call, drawn
from wengert.ops.operands import Array, array
from wengert.ops.random import SeedGenerator
from wengert.runtime.fork import Lock
from wengert.runtime.recording import recording
from wengert.runtime.tensor import as_array
from wengert.runtime.variable import Variable, reading_as


class Layer(Configured):
    """Base of every layer: a function with weights. A subclass's fields are its configuration: no `__init__`.

    Write `call(x)`, or `call(x, training)` where training differs from use; `build(x)` to make weights for
    inputs of type `x`, with `add_weight`; `check()` to refuse fields that make no sense. Layers and variables
    that are attributes, alone or in lists and dicts, belong to it. What is given beside `x` reaches `call` as
    it is; a `call` with a parameter `mask` gets that of the layers before it in a `Sequential`.

    Args:
        name: for messages and saved files; by default dense, dense_1, ...
        trainable: False keeps all its weights as they are.
        dtype: that it computes in and keeps its weights in, or the name of a policy (`mixed_precision`); None
            takes the global policy. Float inputs are converted.

    Example:
        >>> class Scale(Layer):
        ...     start: float = 1.0
        ...     def build(self, x):
        ...         self.factor = self.add_weight((), Constant(self.start), name="factor")
        ...     def call(self, x):
        ...         return x * self.factor
    """

    family = "layers"
    name: str | None = field(default=None, kw_only=True)
    trainable: bool = field(default=True, kw_only=True)
    dtype: Any = field(default=None, kw_only=True)
    changeable: ClassVar[tuple[str, ...]] = ("name", "trainable")
    takes_training: ClassVar[bool] = True
    takes_mask: ClassVar[bool] = False
    supports_masking: ClassVar[bool] = False
    """Whether what is masked in the input is masked in the output."""
    wide: ClassVar[bool] = False
    """Whether it computes in float32 where it should compute in bfloat16; its outputs are rounded."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "__call__" in vars(cls):
            cls.__call__ = drawn(vars(cls)["__call__"])  # type: ignore[method-assign]
        super().__init_subclass__(**kwargs)
        parameters = inspect.signature(cls.call).parameters
        cls.takes_training, cls.takes_mask = "training" in parameters, "mask" in parameters

    def __post_init__(self) -> None:
        self.name = self.name or unique_name(type(self))
        self.dtype_policy = mixed_precision.get(self.dtype)
        self.dtype = self.dtype_policy.name
        self.built = False
        self._building = Lock()
        self.input_type: Any = None
        """The type that it was built for; of a list or dict of inputs, a list or dict."""
        self.drawn_calls: list[Call] = []
        super().__post_init__()

    def __getstate__(self) -> dict[str, Any]:
        """A copy has weights of its own, and no part in the models that were drawn with the layer."""
        return {**vars(self), "drawn_calls": []}

    @property
    def frozen(self) -> bool:
        return bool(self.__dict__.get("built"))

    @property
    def narrow(self) -> bool:
        """Whether what it computes is rounded to fewer bits than it is computed in."""
        return computed(self.compute_dtype) != self.compute_dtype

    @property
    def compute_dtype(self) -> str:
        """What its outputs are, and its inputs become."""
        return self.dtype_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """What its weights are kept in."""
        return self.dtype_policy.variable_dtype

    # --- what subclasses write ------------------------------------------------------------------
    def build(self, x: TensorType) -> None:
        """Make the weights for inputs of type `x`."""

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output: `call(x)` or `call(x, training=False)`."""
        raise NotImplementedError(f"{type(self).__name__}: must have a method call(self, x); it has none.")

    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: Any = "glorot_uniform",
        dtype: object = None,
        trainable: bool = True,
        name: str = "weight",
    ) -> Variable:
        """A new weight; assign it to an attribute.

        Raises:
            ShapeError: a length is not known.
        """
        if not all(isinstance(n, int | np.integer) for n in shape):
            raise ShapeError(f"weight {name!r}: its shape must be known when it is made; got {tuple(shape)}.")
        want, full_name = (
            TensorType(tuple(map(int, shape)), dtype_name(dtype or self.variable_dtype)),
            f"{self.name}/{name}",
        )
        budget = _BUDGET.get()
        if budget is None:
            value = cast(initializers.get(initializer)(want.shape, computed(want.dtype)), want.dtype)
        else:
            value = budget.take(full_name, want)
        return Variable(value, name=full_name, trainable=trainable)

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        """The mask of the output, given the input and its mask: where False, there is nothing to read."""
        return mask if self.supports_masking else None

    # --- calling --------------------------------------------------------------------------------
    def __setattr__(self, name: str, value: Any) -> None:
        known = type(self).__dataclass_fields__
        if isinstance(value, Layer | Variable) and name not in known and not hasattr(self, "built"):
            raise UsageError(
                f"{type(self).__name__}: super().__init__() must come first in __init__; got {name} before it."
            )
        super().__setattr__(name, value)

    @drawn
    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The output for `x`, an array or a list or dict of arrays; the first call makes the weights."""
        if isinstance(x, Layer):
            raise UsageError(
                f"{type(self).__name__} {self.name!r}: must be called with an array; got the layer {x!r}. "
                f"Put layers into wg.Sequential, call it on wg.Input(shape), or subclass wg.Model."
            )
        with self.named():
            x = self.taken(x)
            self.ensure_built(types_of(x))
            if not self.narrow:
                with reading_as(None):
                    return self.call(self.autocast(x), *args, **self._arguments(kwargs))
            return self._call_narrow(x, args, self._arguments(kwargs))

    def masked_call(self, args: tuple[Any, ...], kwargs: dict[str, Any], mask: Any) -> tuple[Any, Any]:
        """What a call gives, and its mask, where `mask` is that of the first argument."""
        if mask is not None and self.takes_mask:
            kwargs = {"mask": mask, **kwargs}
        return self(*args, **kwargs), self.compute_mask(args[0], mask)

    def taken(self, x: Any) -> Any:
        """What `__call__` is given, as arrays."""
        return tree_map(array, x) if is_tree(x) else array(x)

    def _call_narrow(self, x: Array, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`call` where bfloat16 is computed with, or float32 in its stead."""
        if not self.wide:
            with reading_as(self.compute_dtype):
                return self.call(self.autocast(x), *args, **kwargs)
        with reading_as(computed(self.compute_dtype)):
            return self.autocast(self.call(self.in_float(x, computed(self.compute_dtype)), *args, **kwargs))

    def _arguments(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Arguments of `call`: `training` may be given to every layer."""
        return kwargs if self.takes_training else {k: v for k, v in kwargs.items() if k != "training"}

    def ensure_built(self, x: Any) -> None:
        """Make the weights for inputs of type `x`, unless they are there."""
        if self.built:
            return
        with self._building, self.named(), names_of(str(self.name)):
            if not self.built:  # by another thread, meanwhile
                with reading_as(None):
                    self.build(x)
                self.input_type = x
                self.built = True

    def autocast(self, x: Any) -> Any:
        """A float input in the dtype that the layer computes in."""
        return self.in_float(x, self.compute_dtype)

    @staticmethod
    def in_float(x: Any, dtype: str) -> Any:
        """x, or all arrays in it, in another float dtype, where they are floating-point."""
        if isinstance(x, list | tuple | dict):
            return tree_map(lambda v: Layer.in_float(v, dtype), x)
        return cast(x, dtype) if is_float(type_of(x).dtype) else x

    def output_type(self, x: TensorType) -> TensorType:
        """The type of the output for inputs of type `x`, by recording `call`."""
        with recording():
            out = self(graph_input(x))
        if isinstance(out, tuple | list | dict) or out is None:
            raise UsageError(f"{self!r}: call must return one tensor; got {type(out).__name__}.")
        return type_of(out)

    def named(self) -> _Named:
        """A with-block whose errors say which layer it was."""
        return _Named(self)

    # --- weights --------------------------------------------------------------------------------
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
                f"{type(self).__name__} {self.name!r}: must be built before its parameters can be counted."
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
                        f"set_weights: {w.name!r} must have the shape {w.type}; got {type_of(a)}."
                    )
        for w, a in zip(mine, arrays, strict=True):
            w.assign(a)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


def is_tree(x: Any) -> bool:
    """Whether x is a list, tuple or dict of arrays, rather than one of numbers."""
    if not isinstance(x, list | tuple | dict):
        return False
    return isinstance(x, dict) or any(hasattr(v, "interpret") or isinstance(v, np.ndarray) for v in flatten(x)[0])


def types_of(x: Any) -> Any:
    """The type of an array; of a list or dict of them, a list or dict."""
    return tree_map(type_of, x) if isinstance(x, list | tuple | dict) else type_of(x)


class _Named:
    """Puts the layer's name in front of errors; the innermost layer's only."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, WengertError) and getattr(error, "layer", None) is None:
            new = with_line(error, f"{type(self.layer).__name__} {self.layer.name!r}: ")
            new.layer = self.layer.name  # type: ignore[attr-defined]
            raise new from None


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
    elif isinstance(value, Layer):
        inside.append((name, value))
    elif isinstance(value, SeedGenerator):
        own += [(f"{name}/seed", value.seed), (f"{name}/counter", value.counter)] if states else []
    elif isinstance(value, State):
        own += [(f"{name}/{k}", v) for k, v in enumerate(value)] if states else []
    elif isinstance(value, dict | list | tuple):
        for k, v in value.items() if isinstance(value, dict) else enumerate(value):
            _sort_out(f"{name}/{k}", v, own, inside, states)
