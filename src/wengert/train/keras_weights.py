"""Weights in Keras's files, `.weights.h5`: where Keras 3 puts each variable. h5py writes them, `hdf5.py` reads them.

A layer is a group: its own variables are `vars/0`, `vars/1`, ..., the layers in its attributes groups of those names;
layers of a model are in `layers`, named by their class and numbered. `vars` has an attribute `name`, the layer's.
Nothing in such a file has a digest: a damaged one may be read as other numbers. Wengert's own files have.
"""

from __future__ import annotations

import io
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.errors import FormatError
from wengert.base.extras import extra
from wengert.base.files import readable, replace_file
from wengert.nn.config import snake_case
from wengert.nn.layer import Layer
from wengert.nn.symbolic import Call
from wengert.runtime.variable import Variable
from wengert.train.hdf5 import Dataset, File, Group

Array = np.ndarray[Any, Any]
ATTRIBUTES = {("Bidirectional", "forward"): "forward_layer", ("Bidirectional", "backward"): "backward_layer"}
"""What Keras calls an attribute, where it is not what Wengert calls it."""
ATTENTION = {"attention_output": "output_dense"}
"""What Keras calls a projection of attention, where it is not the name and `_dense`."""
MOST = 10_000  # groups of a file that are looked at
MOST_TIMES = 100  # that what is read may be larger than the file


def h5() -> Any:
    """The package h5py, which an extra brings."""
    with extra("h5", "h5py", "keras"):
        import h5py
    return h5py


def keras_order(model: Any) -> Sequence[Layer]:
    """The layers of a model in Keras's order: of functional models by depth, the deepest first."""
    if not hasattr(model, "calls"):
        return model.layers  # type: ignore[no-any-return]
    number: dict[Layer, int] = {}
    finished: dict[Call, None] = {}
    stack: list[tuple[Call, bool]] = [(c, False) for c in reversed(_calls_of(model, model.outputs))]
    while stack:
        call, expanded = stack.pop()
        if call in finished:
            continue
        if expanded:
            finished[call] = None
            continue
        number.setdefault(call.layer, len(number))
        stack.append((call, True))
        stack += [(c, False) for c in reversed(_calls_of(model, call.nodes)) if c not in finished]
    depth_of: dict[Call, int] = {}
    depths: dict[Layer, int] = {}
    for call in reversed(finished):
        depth = max(depth_of.get(call, 0), depths.get(call.layer, 0))
        depths[call.layer] = depth_of[call] = depth
        for before in _calls_of(model, call.nodes):
            depth_of[before] = max(depth + 1, depth_of.get(before, 0))
    for layer in model.layers:  # inputs that nothing is made of
        depths.setdefault(layer, 0)
        number.setdefault(layer, -1)
    return sorted(model.layers, key=lambda layer: (-depths[layer], number[layer]))


def _calls_of(model: Any, nodes: Sequence[Any]) -> list[Call]:
    """The calls that give these nodes, seen through what lies between."""
    found: dict[Call, None] = {}
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if node in model.calls:
            found[model.calls[node]] = None
        else:
            stack += reversed(node.inputs)
    return list(found)


def places(
    layer: Layer, path: str = "", group: Group | None = None
) -> Iterator[tuple[str, str, list[Variable]]]:
    """(group, name, own variables) of a layer and of those inside, as Keras has them. group: of a file, whose names
    of layers decide where they fit.
    """
    if getattr(layer, "made_of_layers", False):
        yield f"{path}/vars", str(layer.name), []
        yield from _contained(f"{path}/layers", keras_order(layer), _get(group, "layers"))
        return
    own: list[Variable] = []
    inside: list[tuple[str, Any]] = []
    for name, value in layer.parts():
        if isinstance(value, Variable):
            own.append(value)
        elif isinstance(value, Layer) or (isinstance(value, list | tuple | dict) and _has_layers(value)):
            inside.append((ATTRIBUTES.get((type(layer).__name__, name), name), value))
    for name, (kernel, bias) in getattr(layer, "projections", {}).items():
        place = ATTENTION.get(name, f"{name}_dense")
        yield f"{path}/{place}/vars", name, [kernel] if bias is None else [kernel, bias]
    yield f"{path}/vars", str(layer.name), sorted(own, key=lambda v: not v.trainable)
    for name, value in inside:
        if isinstance(value, Layer):
            yield from places(value, f"{path}/{name}", _get(group, name))
        else:
            layers = [
                v for v in (value.values() if isinstance(value, dict) else value) if isinstance(v, Layer)
            ]
            yield from _contained(f"{path}/{name}", layers, _get(group, name))


def _has_layers(values: Any) -> bool:
    return any(isinstance(v, Layer) for v in (values.values() if isinstance(values, dict) else values))


def _contained(
    path: str, layers: Sequence[Layer], group: Group | None
) -> Iterator[tuple[str, str, list[Variable]]]:
    keys = _keys(layers)
    if group is not None:
        named = {_name(_get(group, key)): key for key in itertools.islice(group.links, MOST)}
        with_weights = [layer for layer in layers if layer.weights]
        if all(str(layer.name) in named for layer in with_weights):
            keys = [named.get(str(layer.name), key) for layer, key in zip(layers, keys, strict=True)]
    for layer, key in zip(layers, keys, strict=True):
        yield from places(layer, f"{path}/{key}", _get(group, key))


def _keys(layers: Sequence[Layer]) -> list[str]:
    """dense, dense_1, ... by class and order."""
    counts: defaultdict[str, Iterator[int]] = defaultdict(itertools.count)
    kinds = [snake_case(type(layer).__name__) for layer in layers]
    return [kind if (k := next(counts[kind])) == 0 else f"{kind}_{k}" for kind in kinds]


def _get(group: Group | None, name: str) -> Group | None:
    """A group inside of a group; None where there is none."""
    found = None if group is None else group.get(name)
    return found if isinstance(found, Group) else None


def _name(group: Group | None) -> str | None:
    own = _get(group, "vars")
    return None if own is None else own.attribute("name")


# --- files ----------------------------------------------------------------------------------------


def write(model: Layer, path: str | Path, *, overwrite: bool = True) -> None:
    """Write the weights for Keras to read."""
    replace_file(path, [to_bytes(model)], overwrite=overwrite)


def to_bytes(model: Layer, more: Callable[[Any, Any], None] | None = None) -> bytes:
    """The file as bytes. more: adds to the file, given it and the model."""
    data = io.BytesIO()
    seen: set[Variable] = set()
    with h5().File(data, "w") as file:
        for place, name, variables in places(model):
            group = file.require_group(place)
            group.attrs["name"] = name
            for k, v in enumerate(variables):
                if v not in seen:
                    group.create_dataset(str(k), data=v.array)
                    seen.add(v)
        if more is not None:
            more(file, model)
    return data.getvalue()


def read(
    model: Layer, path: str | Path, data: bytes | None = None
) -> tuple[dict[str, Variable], dict[str, Array]]:
    """(the variables, what the file holds for them), both by place in the file. data: its bytes, if it is in another.

    Raises:
        FormatError: it is no such file; the message says where.
    """
    try:
        root = File(readable(path).read_bytes() if data is None else data).root
        mine = _variables(model, root)
        held = _datasets(root)
        found = {place: _array(place, held[place], v) for place, v in mine.items() if place in held}
    except FormatError as e:
        raise FormatError(f"load: {path}: must be a whole HDF5 file with weights that fit; {e}") from None
    rest = [p for p in held if p not in found and "optimizer" not in p and "seed_gen" not in p]
    return mine, found | {p: np.zeros(0) for p in rest}


def numbers(data: bytes, place: str) -> list[Array]:
    """The arrays `place/0`, `place/1`, ... of a file, as far as they are in it."""
    held = _datasets(File(data).root)
    names = itertools.takewhile(held.__contains__, (f"{place}/{k}" for k in itertools.count()))
    return [held[name].read() for name in names]


def _variables(model: Layer, root: Group) -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    seen: set[Variable] = set()
    for place, _, variables in places(model, "", root):
        for k, v in enumerate(variables):
            if v not in seen:
                found[f"{place}/{k}".lstrip("/")] = v
                seen.add(v)
    return found


def _array(place: str, data: Dataset, v: Variable) -> Array:
    """The numbers of one variable. No more is read than it has place for."""
    if data.dtype.kind not in "fiub" or data.dtype.name not in (v.dtype, "float32", "float64", "float16"):
        raise FormatError(f"{place!r} must be {v.type}; got {data.dtype}.")
    if data.shape != v.shape:  # nobody will look at the numbers
        return np.broadcast_to(np.zeros((), data.dtype), data.shape)
    try:
        return data.read().astype(v.held.dtype, copy=False)
    except FormatError as e:
        raise FormatError(f"{place!r}: {e}") from None


def _datasets(root: Group) -> dict[str, Dataset]:
    """All arrays in the file by place, those left out that are linked by a path; each group once."""
    found: dict[str, Dataset] = {}
    seen = {root.place}
    stack: list[tuple[str, Group]] = [("", root)]
    while stack:
        path, group = stack.pop()
        for name in group.links:
            inner = group.get(name)
            if isinstance(inner, Dataset):
                found[f"{path}{name}"] = inner
            elif inner is not None and inner.place not in seen and len(seen) < MOST:
                seen.add(inner.place)
                stack.append((f"{path}{name}/", inner))
    return found
