"""`model.preprocess`: what makes raw inputs into what a model takes, inside of its programs and of its file.

It is a layer, most often a `Sequential` of those for preprocessing, or becomes one: a function of Wengert's operations
is drawn as a functional model for the first raw inputs that are seen. So data describe it, and a file can hold it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from wengert.base.errors import ShapeError, UsageError, WengertError
from wengert.base.tree import flatten, tree_map, unflatten
from wengert.ir.dim import Dim
from wengert.ir.node import Node, graph_input
from wengert.ir.types import TensorType, type_of
from wengert.nn.core import Input
from wengert.nn.layer import Layer
from wengert.runtime.function import Function
from wengert.runtime.recording import recording
from wengert.train.arrays import matches, row_type


class Prepared(Layer):
    """The part of a model that knows what its programs take: raw inputs, where there is a `preprocess`."""

    functional: ClassVar[type[Any]]
    """What `Model(inputs, outputs)` makes; `train/functional.py` sets it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._raw_type: Any = None

    def _forget(self) -> None:
        raise NotImplementedError

    @property
    def preprocess(self) -> Layer | Callable[[Any], Any] | None:
        """What `fit`, `evaluate` and `predict` do to their inputs first, as a part of the compiled step: a layer, or a
        function of Wengert's operations, of a batch of raw inputs. `save` keeps it; `model(x)` goes without it.

        Layers are told whether the model is training, so `RandomFlip` acts in `fit` alone. Set it to None to have none.

        Example:
            >>> import numpy as np
            >>> import wengert as wg
            >>> model = wg.Sequential([wg.Input((2,)), wg.layers.Dense(1, kernel_initializer="ones")])
            >>> model.preprocess = lambda pixels: wg.astype(pixels, "float32") / 255
            >>> model.predict(np.array([[0, 51], [255, 255]], "uint8"), verbose=0)
            array([[0.2],
                   [2. ]], dtype=float32)
        """
        return vars(self).get("preprocess")

    @preprocess.setter
    def preprocess(self, f: Layer | Callable[[Any], Any] | None) -> None:
        if f is not None and (isinstance(f, type) or not callable(f)):
            raise UsageError(
                f"preprocess: must be a layer or a function of Wengert's operations, or None; got {f!r}."
            )
        if f is self or "preprocess" in getattr(getattr(type(self).call, "__code__", None), "co_names", ()):
            raise UsageError(
                f"preprocess: must be done once; but {self!r} calls it by itself. Give what it calls another name."
            )
        vars(self)["preprocess"], self._raw_type = f, None
        self._forget()
        known = f.input_type if isinstance(f, Layer) and f.built else None
        if known is not None:
            self.ensure_takes(_of_types(_of_any_batch, known))

    @property
    def takes(self) -> Any:
        """The type of a batch for `fit`, `evaluate` and `predict`, or a tree of types; None: not known yet."""
        return self.input_type if self.preprocess is None else self._raw_type

    @property
    def in_types(self) -> list[TensorType]:
        """The types of the inputs, one after the other."""
        if self.takes is None:
            raise UsageError(
                f"{self!r}: the type of its inputs must be known; it is not. Start "
                f"{'it' if self.preprocess is None else 'preprocess'} with Input(shape), or call predict first."
            )
        return flatten(self.takes, TensorType)[0]

    def ensure_input(self, x: Any) -> None:
        """Learn from the first data, rows or a tree of them, what comes in: it builds a model that had no `Input`."""
        if self.takes is None:
            leaves, structure = flatten(x)
            types = [row_type(rows, float_dtype=self.variable_dtype) for rows in leaves]
            self.ensure_takes(unflatten(structure, types))

    def ensure_takes(self, x: Any) -> None:
        """Make the layers, and all of their weights, for inputs of type `x`.

        Raises:
            ShapeError: what `preprocess` gives does not fit a model that was built.
        """
        if self.preprocess is None:
            self.ensure_built(x)
            return
        layer = self.preprocess
        if not isinstance(layer, Layer):
            layer = drawn(layer, x, self.functional)
        given = _output_types(layer, x)
        if not self.built:
            self.ensure_built(given)
        elif not _fits(given, self.input_type):
            raise ShapeError(
                f"preprocess: must give {_told(self.input_type)}, what the model takes; "
                f"got {_told(given)} of {_told(x)}."
            )
        vars(self)["preprocess"], self._raw_type = layer, x

    def arranged(self, x: Any) -> Any:
        """Inputs in the structure that the model was built for."""
        return x

    def arranged_raw(self, x: Any) -> Any:
        """Inputs in the structure that programs take."""
        first = self if self.preprocess is None else self.preprocess
        return first.arranged(x) if isinstance(first, Prepared) else x

    def prepared(self, x: Any, training: bool) -> Any:
        """Raw inputs as the model takes them."""
        return self.preprocess(x, training=training) if isinstance(self.preprocess, Layer) else x


def drawn(f: Callable[[Any], Any], x: Any, functional: type[Any]) -> Layer:
    """The functional model of a function, for inputs of type `x`.

    Raises:
        UsageError: what it gives is not made of its input by Wengert's operations.
    """
    symbols = _of_types(lambda t: Input(t.shape[1:], dtype=t.dtype), x)
    f = f.f if isinstance(f, Function) else f
    try:
        y = f(symbols)
        if not all(isinstance(leaf, Node) for leaf in flatten(y)[0]):
            raise UsageError(f"got {type(y).__name__}")
        model: Layer = functional(symbols, y, name="preprocess")
    except (WengertError, TypeError, ValueError, AttributeError) as error:
        name = getattr(f, "__name__", type(f).__name__)
        raise UsageError(
            f"preprocess: {name} must make its output of its input ({_told(x)}) by Wengert's operations alone; {error}"
        ) from error
    return model


def _output_types(layer: Layer, x: Any) -> Any:
    """The types of what a layer gives, by recording it; its weights are made."""
    with recording():
        return tree_map(type_of, layer(_of_types(graph_input, x)))


def _of_types(f: Callable[[TensorType], Any], types: Any) -> Any:
    """A type, or a tree of types, with f of each in its place."""
    leaves, structure = flatten(types, TensorType)
    return unflatten(structure, list(map(f, leaves)))


def _of_any_batch(t: TensorType) -> TensorType:
    return TensorType((Dim.named("batch"), *t.shape[1:]), t.dtype)


def _fits(given: Any, wanted: Any) -> bool:
    (types, structure), (others, other) = flatten(given, TensorType), flatten(wanted, TensorType)
    return structure == other and all(
        matches(g.shape[1:], w.shape[1:]) for g, w in zip(types, others, strict=True)
    )


def _told(types: Any) -> str:
    return str(_of_types(str, types)).replace("'", "")
