"""Layer: configuration in fields, weights in `build`, mathematics in `call`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from wengert.base.calls import require_fit
from wengert.base.dtypes import computed, is_float
from wengert.base.errors import ArgumentError, UsageError, WengertError
from wengert.base.tree import flatten, tree_map, unflatten
from wengert.ir.boundary import boundary, with_line
from wengert.ir.dim import Dim
from wengert.ir.node import graph_input
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn import constraints, initializers, mixed_precision, regularizers, remat
from wengert.nn.config import Configured, names_of, unique_name
from wengert.nn.input_spec import require_inputs
from wengert.nn.penalties import Penalised
from wengert.nn.symbolic import Call, Drawn, drawn
from wengert.nn.weights import State as State
from wengert.nn.weights import Weighted
from wengert.ops import activations
from wengert.ops.operands import Array, array
from wengert.runtime.fork import Lock
from wengert.runtime.recording import recording
from wengert.runtime.variable import Variable, reading_as


class Layer(Drawn, Penalised, Weighted, Configured):
    """Base of every layer: a function with weights. A subclass's fields are its configuration: no `__init__`.

    Write `call(x)`, or `call(x, training)` where training differs from use; `build(x)` to make weights for
    inputs of type `x`, with `add_weight`; `check_fields()` to refuse fields that make no sense. Layers and variables
    that are attributes, alone or in lists and dicts, belong to it. What is given beside `x` reaches `call` as
    it is; a `call` with a parameter `mask` gets that of the layers before it in a `Sequential`.

    Args:
        name: for messages and saved files; by default dense, dense_1, ...
        trainable: False keeps all its weights as they are.
        dtype: that it computes in and keeps its weights in, or the name of a policy (`mixed_precision`); None
            takes the global policy. Float inputs are converted.
        activity_regularizer: what its output adds to the loss (`wg.regularizers`).

    Example:
        >>> class Scale(Layer):
        ...     start: float = 1.0
        ...     def build(self, x):
        ...         self.factor = self.add_weight((), Constant(self.start), name="factor")
        ...     def call(self, x):
        ...         return x * self.factor
    """

    family = "layers"
    aside = ("input_shape", "input_dim", "batch_input_shape")
    name: str | None = field(default=None, kw_only=True)
    trainable: bool = field(default=True, kw_only=True)
    dtype: Any = field(default=None, kw_only=True)
    activity_regularizer: Any = field(default=None, kw_only=True)
    changeable: ClassVar[tuple[str, ...]] = ("name", "trainable")
    takes_training: ClassVar[bool] = True
    takes_mask: ClassVar[bool] = False
    supports_masking: ClassVar[bool] = False
    """Whether what is masked in the input is masked in the output."""
    wide: ClassVar[bool] = False
    """Whether it computes in float32 where it should compute in bfloat16; its outputs are rounded."""
    input_spec: ClassVar[Any] = None
    """What it wants of its inputs: an `InputSpec`, or a list or dict of them."""
    made_of_layers: ClassVar[bool] = False
    """Whether all it has is in its layers, as in functional models."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "__call__" in vars(cls):
            cls.__call__ = drawn(vars(cls)["__call__"])  # type: ignore[method-assign]
        if "build" in vars(cls):
            cls.build = built_once(vars(cls)["build"])  # type: ignore[method-assign]
        super().__init_subclass__(**kwargs)
        parameters = inspect.signature(cls.call).parameters
        cls.takes_training, cls.takes_mask = "training" in parameters, "mask" in parameters

    def __post_init__(self) -> None:
        self.name = self.name or unique_name(type(self))
        self.dtype_policy = mixed_precision.get(self.dtype)
        self.dtype = self.dtype_policy.name
        self.built = False
        self._building, self._is_building = Lock(), False
        self.input_type: Any = None
        """The type that it was built for; of a list or dict of inputs, a list or dict."""
        self.drawn_calls: list[Call] = []
        self.takes_rows: tuple[Any, ...] | None = None
        self._remat = None if self.made_of_layers else remat.CURRENT.get()
        super().__post_init__()
        if self._remat is not None:
            self._remat.take_in(self)

    def take_aside(self, given: Mapping[str, Any]) -> None:
        """Old programs say of the first layer of a `Sequential` what comes in: `Dense(5, input_shape=(3,))`."""
        if "batch_input_shape" in given:
            self.takes_rows = tuple(given["batch_input_shape"])
        else:
            shape = given.get("input_shape", given.get("input_dim"))
            self.takes_rows = (None, *((shape,) if isinstance(shape, int) else shape))

    def __getstate__(self) -> dict[str, Any]:
        """A copy has weights of its own, and no part in the models that were drawn with the layer."""
        return {**vars(self), "drawn_calls": []}

    def _check_kinds(self) -> None:
        super()._check_kinds()
        for name in type(self).__dataclass_fields__:
            for kind, get in DESCRIBED.items():
                if name.endswith(kind):
                    get(getattr(self, name))

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
        raise NotImplementedError(f"{type(self).__name__}: must have a method call(self, x); got none.")

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        """The mask of the output, given the input and its mask: where False, there is nothing to read."""
        return mask if self.supports_masking else None

    # --- calling --------------------------------------------------------------------------------
    if not TYPE_CHECKING:  # which knows the attributes

        @boundary
        def __getattr__(self, name: str) -> Any:
            """Nothing: what a layer has not, with the reason."""
            kind = type(self).__name__
            if "built" not in self.__dict__:
                raise AttributeError(
                    f"{kind}: super().__init__() must come first in __init__; got none, so there is no {name!r}."
                )
            late = (
                ""
                if self.built
                else " Weights are there when it is built: call it, or begin a model with Input."
            )
            raise AttributeError(f"{kind} {self.name!r}: an attribute must be there; got {name!r}.{late}")

    def __setattr__(self, name: str, value: Any) -> None:
        known = type(self).__dataclass_fields__
        if isinstance(value, Layer | Variable) and name not in known and not hasattr(self, "built"):
            raise UsageError(
                f"{type(self).__name__}: super().__init__() must come first in __init__; got {name} before it."
            )
        if name == "trainable" and not isinstance(value, bool | np.bool_):
            raise ArgumentError(f"{type(self).__name__}: trainable must be a bool; got {value!r}.")
        super().__setattr__(name, value)
        if name == "trainable" and "_building" in vars(self):  # once it is made, for all that is inside
            for layer in self.sublayers:
                layer.trainable = value

    @drawn
    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The output for `x`, an array or a list or dict of arrays; the first call makes the weights."""
        if isinstance(x, Layer):
            raise UsageError(
                f"{type(self).__name__} {self.name!r}: must be called with an array; got the layer {x!r}. "
                f"Put layers into wg.Sequential, call it on wg.Input(shape), or subclass wg.Model."
            )
        with self.named(), self.called():
            x = self.taken(x)
            self.ensure_built(types_of(x))
            if self.input_spec is not None:
                require_inputs(self.input_spec, x)
            kwargs = self._arguments(kwargs)
            try:
                if self.narrow:
                    return self.penalised(self._call_narrow(x, args, kwargs))
                with reading_as(None):
                    return self.penalised(self._call_in_scope(self.autocast(x), args, kwargs))
            except TypeError as e:
                if not isinstance(e, WengertError):
                    require_fit("call", inspect.signature(self.call), (x, *args), kwargs)
                raise

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
                return self._call_in_scope(self.autocast(x), args, kwargs)
        with reading_as(computed(self.compute_dtype)):
            return self.autocast(
                self._call_in_scope(self.in_float(x, computed(self.compute_dtype)), args, kwargs)
            )

    def _call_in_scope(self, x: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`call`; where a `RematScope` says so, as a checkpoint."""
        if self._remat is None:
            return self.call(x, *args, **kwargs)
        return self._remat.run(
            self.name, lambda x, args, kwargs: self.call(x, *args, **kwargs), x, args, kwargs
        )

    def _arguments(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Arguments of `call`: `training` may be given to every layer."""
        return kwargs if self.takes_training else {k: v for k, v in kwargs.items() if k != "training"}

    def ensure_built(self, x: Any) -> None:
        """Make the weights for inputs of type `x`, unless they are there."""
        if self.built:
            return
        with self._building, self.named(), names_of(str(self.name)):
            if not self.built:  # by another thread, meanwhile
                self._is_building = True
                try:
                    with reading_as(None):
                        self.build(x)
                finally:
                    self._is_building = False
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

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of a shape, or a list or dict of shapes; None is any length."""
        types, structure = flatten(as_types(input_shape, self.variable_dtype), TensorType)
        with recording():
            out = self(unflatten(structure, [graph_input(t) for t in types]))
        return tree_map(lambda y: tuple(None if isinstance(n, Dim) else n for n in type_of(y).shape), out)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """What a call gives for symbolic tensors, symbolic, without being part of a model."""
        leaves, structure = flatten((args, kwargs))
        with recording():
            given = [graph_input(type_of(v)) if hasattr(v, "interpret") else v for v in leaves]
            inner, named = unflatten(structure, given)
            out = self(*inner, **named)
        return tree_map(lambda y: graph_input(type_of(y)), out)

    def named(self) -> _Named:
        """A with-block whose errors say which layer it was."""
        return _Named(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


def built_once(build: Callable[..., None]) -> Callable[..., None]:
    """`build`, a layer's; called by a user rather than by the layer, it takes a shape, too: `build((None, 784))`."""

    @functools.wraps(build)
    def called(self: Layer, *args: Any, **kwargs: Any) -> None:
        if self._is_building or len(args) + len(kwargs) > 1:
            build(self, *args, **kwargs)
            self.built = self.built or not self._is_building
            return
        (x,) = args or tuple(kwargs.values()) or ((),)
        self.ensure_built(as_types(x, self.variable_dtype))

    return called


def as_types(x: Any, dtype: str) -> Any:
    """The types that a user means by types or shapes, or a list or dict of them. None: any length."""
    if isinstance(x, dict):
        return {k: as_types(v, dtype) for k, v in x.items()}
    if not isinstance(x, list | tuple):
        return x
    if not all(n is None or isinstance(n, int | np.integer | Dim) for n in x):
        return type(x)(as_types(v, dtype) for v in x)
    lengths = (n if n is not None else Dim.named(f"length_{k}" if k else "batch") for k, n in enumerate(x))
    return TensorType(tuple(n if isinstance(n, Dim) else int(n) for n in lengths), dtype)


def is_tree(x: Any) -> bool:
    """Whether x is a list, tuple or dict of arrays, rather than one of numbers."""
    if not isinstance(x, list | tuple | dict):
        return False
    return isinstance(x, dict) or any(
        hasattr(v, "interpret") or isinstance(v, np.ndarray) for v in flatten(x)[0]
    )


def types_of(x: Any) -> Any:
    """The type of an array; of a list or dict of them, a list or dict."""
    return tree_map(type_of, x) if isinstance(x, list | tuple | dict) else type_of(x)


DESCRIBED = {
    "_initializer": initializers.get,
    "_regularizer": regularizers.get,
    "_constraint": constraints.get,
    "activation": activations.get,
}
"""What a field whose name ends so must be, by the function that says so."""


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
