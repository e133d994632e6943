"""Sequential: layers one after the other."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from wengert.base.errors import DTypeError, UsageError
from wengert.ir.boundary import boundary, with_line
from wengert.ir.node import Node
from wengert.ir.types import TensorType, type_of
from wengert.nn.config import encode, snake_case
from wengert.nn.core import InputLayer
from wengert.nn.layer import Layer
from wengert.nn.symbolic import Call, Symbol
from wengert.runtime.recording import current
from wengert.train.model import Model


class Sequential(Model):
    """A model whose layers each take what the one before gives, and its mask.

    Args:
        layers: an `Input` in front says what comes in, and makes the weights at once; without one, the first
            data do. It is not among the `layers` of the model afterwards.

    Example:
        >>> import wengert as wg
        >>> model = wg.Sequential([wg.Input((784,)), wg.layers.Dense(10, activation="softmax")])
        >>> model.output_shape
        (batch, 10)
    """

    layers: Any = ()
    made_of_layers = True

    def __post_init__(self) -> None:
        if isinstance(self.layers, Layer) or not hasattr(self.layers or (), "__iter__"):
            raise DTypeError(f"Sequential: layers must be a list of Layer objects; got {self.layers!r}.")
        given, self.layers = list(self.layers or ()), []
        self._input: InputLayer | None = None
        self._ends: tuple[list[Node], list[Node]] | None = None
        self._drawn: list[Call] = []
        super().__post_init__()
        for layer in given:
            self._append(layer)
        require_different_names("Sequential", self.layers)
        self._build_if_known()

    def config(self) -> dict[str, Any]:
        found = super().config()
        if self._input is not None:
            found["layers"].insert(0, encode(self._input, "Sequential.layers"))
        return found

    @property
    def frozen(self) -> bool:
        return False

    def parts(self) -> Iterable[tuple[str, Any]]:
        rest = ((name, value) for name, value in super().parts() if name != "layers")
        return [*places(self.layers), *rest]

    def add(self, layer: Layer) -> None:
        """Put a layer behind the others."""
        require_different_names("Sequential", [*self.layers, layer])
        self._append(layer)
        self._changed()

    def pop(self) -> Layer:
        """Take the last layer away."""
        if not self.layers:
            raise UsageError("pop: the model must have a layer; got none.")
        last: Layer = self.layers.pop()
        self._changed()
        return last

    def _append(self, layer: Any) -> None:
        if isinstance(layer, Symbol):
            layer = layer.call.layer
        if not isinstance(layer, Layer):
            hint = " Wrap a function in layers.Lambda." if callable(layer) else ""
            hint = f" Make one: {layer.__name__}(...)." if isinstance(layer, type) else hint
            raise DTypeError(f"Sequential: layers must be Layer objects; got {layer!r}.{hint}")
        if _contains(layer, self):
            raise UsageError(f"Sequential: a model must not be a layer of itself; got {layer!r} in {self!r}.")
        if isinstance(layer, InputLayer):
            if self.layers or self._input is not None:
                raise UsageError(
                    f"Sequential: an Input must come first, and once; got {layer!r} after others."
                )
            self._input = layer
            return
        if layer.takes_rows is not None and not self.layers and self._input is None:
            batch, *shape = layer.takes_rows
            self._input = InputLayer(shape, batch, name=f"{layer.name}_input")
        self.layers.append(layer)

    def _changed(self) -> None:
        self.built, self.input_type, self._ends = False, None, None
        self._forget()
        self._build_if_known()

    def _build_if_known(self) -> None:
        if self._input is not None and self.layers:
            self.ensure_built(self._input.type)

    def build(self, x: TensorType) -> None:
        """Make the weights of all layers; what does not fit is named with its layer."""
        self._types = [x]
        if self._input is not None and current() is None:
            self._draw()
            return
        for layer in self.layers:
            layer.ensure_built(x)
            x = layer.output_type(x)
            self._types.append(x)

    def _draw(self) -> None:
        """Call the layers on the symbolic input."""
        assert self._input is not None
        x: Node = self._input.symbol
        for call in self._drawn:  # of a model that had fewer layers
            if call in call.layer.drawn_calls:
                call.layer.drawn_calls.remove(call)
        self._drawn = []
        for layer in self.layers:
            y = layer(x)
            self._drawn += layer.drawn_calls[-1:]
            if not isinstance(y, Node):
                raise UsageError(f"{layer!r}: call must return one tensor; got {type(y).__name__}.")
            x = y
            self._types.append(x.type)
        self._ends = [self._input.symbol], [x]

    @property
    @boundary
    def inputs(self) -> list[Node]:
        """The symbolic input, as of a functional model."""
        return self._drawn_ends()[0]

    @property
    @boundary
    def outputs(self) -> list[Node]:
        """The symbolic output, as of a functional model."""
        return self._drawn_ends()[1]

    @property
    @boundary
    def input(self) -> Node:
        """The symbolic input."""
        return self.inputs[0]

    @property
    @boundary
    def output(self) -> Node:
        """The symbolic output."""
        return self.outputs[0]

    def __getstate__(self) -> dict[str, Any]:
        """A copy is drawn anew, with layers of its own."""
        return {**super().__getstate__(), "_ends": None, "_drawn": []}

    def _drawn_ends(self) -> tuple[list[Node], list[Node]]:
        if self._ends is None and self.built and self._input is not None:
            self._types = [self._input.type]
            self._draw()
        if self._ends is None:
            raise with_line(
                UsageError(
                    f"{self.name}: the model must start with wg.Input(shape) to have symbolic inputs and outputs; got "
                    f"none."
                )
            )
        return self._ends

    def call(self, x: Any, training: bool = False, mask: Any = None) -> Any:
        return self._through(x, training, mask)[0]

    def _through(self, x: Any, training: bool, mask: Any) -> tuple[Any, Any]:
        """The output and its mask."""
        if self._input is not None:
            x = self._input(x)
        if not self.layers:
            raise UsageError(
                "Sequential: the model must have a layer; got none. Give it some, or add(layer)."
            )
        for layer in self.layers:
            x, mask = layer.masked_call((x,), {"training": training}, mask)
        return x, mask

    def masked_call(self, args: tuple[Any, ...], kwargs: dict[str, Any], mask: Any) -> tuple[Any, Any]:
        (x,) = args
        with self.named():
            self.ensure_built(type_of(x))
            return self._through(self.autocast(x), kwargs.get("training", False), kwargs.get("mask", mask))

    def output_types(self) -> list[TensorType]:
        """The type of each layer's output."""
        return self._types[1:] if self.built else []

    @property
    def input_shape(self) -> tuple[Any, ...]:
        """The shape of a batch."""
        return self._known().shape

    @property
    def output_shape(self) -> tuple[Any, ...]:
        """The shape of the output for a batch."""
        self._known()
        return self._types[-1].shape

    def _known(self) -> TensorType:
        if self.input_type is None:
            raise UsageError(
                f"{self!r}: must be built to have shapes; start it with Input(shape), or call fit first."
            )
        return self.input_type  # type: ignore[no-any-return]


def _contains(layer: Layer, wanted: Layer) -> bool:
    """Whether a layer is, or has anywhere inside, another one."""
    return layer is wanted or any(_contains(inner, wanted) for inner in layer.sublayers)


def require_different_names(model: str, layers: Sequence[Any]) -> None:
    """Raise UsageError where two layers have one name."""
    seen: set[str | None] = set()
    for name in (getattr(layer, "name", None) for layer in layers):
        if name in seen:
            raise UsageError(f"{model}: layers must have different names; got {name!r} twice.")
        seen.add(name)


def places(layers: Sequence[Layer]) -> Iterator[tuple[str, Layer]]:
    """Each layer with its own name, or, where Wengert has made that up, with one that only the order decides.

    Two models made in the same way then have the same places, whatever else was made in between.
    """
    taken: set[str] = set()
    for layer in layers:
        kind = snake_case(type(layer).__name__)
        name = str(layer.name).rpartition("/")[2]
        made_up = re.fullmatch(rf"{kind}(_[0-9]+)?", name)
        numbered = (kind if n == 0 else f"{kind}_{n}" for n in itertools.count())
        place = next(
            n for n in (numbered if made_up else itertools.chain([name], numbered)) if n not in taken
        )
        taken.add(place)
        yield place, layer
