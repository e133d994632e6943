"""Models in Keras 3's files, `.keras`: a zip of `config.json`, `metadata.json` and the weights; both ways.

Names and arguments of layers are Keras's, so a configuration is translated, not interpreted: classes come from
Wengert's registry or the caller's `custom_objects`, and a field that Wengert's class does not have must say nothing.
Lambdas, and whatever else would need code, are refused.
"""

from __future__ import annotations

import errno
import io
import json
import struct
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from wengert.base.errors import FormatError, UsageError, WengertError
from wengert.base.files import readable, replace_file
from wengert.base.registered import object_of
from wengert.ir.node import Node
from wengert.nn.config import CLASSES, encode, is_encoded
from wengert.nn.layer import Layer
from wengert.nn.weights import weights_without_values
from wengert.ops import math as m
from wengert.ops.activations import relu, sigmoid
from wengert.train import keras_optimizer, keras_weights
from wengert.train.container import MOST_HEADER, parse_json
from wengert.train.matching import assign

MEMBERS = {"config": "config.json", "weights": "model.weights.h5", "metadata": "metadata.json"}
MOST_TIMES = 100  # that a member may be larger than what is stored of it
MOST_NESTED = 64
BROKEN_ZIP = (
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    struct.error,
)
SAYS_NOTHING = ("None", "False", "'channels_last'", "{}", "[]", "[1]")  # as `repr` tells them
IGNORED = {"unroll", "implementation", "renorm_momentum", "build_input_shape", "sparse", "ragged", "optional"}
OWN = ("activity_regularizer", "decay_exclude")
"""Arguments that not all of Keras's classes have where Wengert's do; they are left out where they say nothing."""
FAMILIES = {"optimizers": "optimizers", "losses": "losses", "metrics": "metrics", "initializers": "initializers",
            "regularizers": "regularizers", "constraints": "constraints", "layers": "layers"}  # fmt: skip
OPERATIONS: dict[str, Any] = {
    "Add": m.add, "Subtract": m.subtract, "Multiply": m.multiply, "Divide": m.divide, "TrueDivide": m.divide,
    "Maximum": m.maximum, "Minimum": m.minimum, "Negative": m.negative, "Square": m.square, "Sqrt": m.sqrt,
    "Exp": m.exp, "Log": m.log, "Tanh": m.tanh, "Absolute": m.abs, "Power": m.pow, "Relu": relu, "Sigmoid": sigmoid,
    "NotEqual": m.not_equal, "GetItem": lambda x, key: x[tuple(key) if isinstance(key, list) else key],
}  # fmt: skip
"""What Keras's operations on symbolic tensors are here."""


# --- reading --------------------------------------------------------------------------------------


def members(path: str | Path) -> dict[str, bytes]:
    """What is in the zip file: `config` and `weights`.

    Raises:
        FormatError: it is none, or a member is missing, or much larger than what is stored of it.
    """
    with readable(path).open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                for name in MEMBERS.values():
                    info = archive.getinfo(name)
                    most = MOST_HEADER if name.endswith("json") else MOST_TIMES * max(info.compress_size, 1)
                    if info.file_size > most:
                        raise FormatError(
                            f"load: {path}: {name} must have at most {most} bytes; got {info.file_size}."
                        )
                return {name: archive.read(MEMBERS[name]) for name in ("config", "weights")}
        except FormatError:
            raise
        except (*BROKEN_ZIP, OSError) as e:  # an offset that is negative is an error of the system's
            if isinstance(e, OSError) and e.errno != errno.EINVAL:
                raise
            names = ", ".join(MEMBERS.values())
            raise FormatError(f"load: {path}: must be a model of Keras, a zip of {names}; got {e}.") from e


def read(path: str | Path, custom_objects: Mapping[str, type] | None = None, compile: bool = True) -> Any:
    """The model of a file that Keras 3, or `write`, wrote. Its optimizer goes on.

    Raises:
        FormatError: it is no such file, or has something in it that Wengert has not.
    """
    found = members(path)
    config = parse_json(found["config"].decode("utf-8", "replace"), f"load: {path}: config.json")
    weights = found["weights"]
    translated = Reader(custom_objects or {})
    try:
        with weights_without_values(len(weights)):  # no more than the file brings
            model = translated.made(config)
            if not isinstance(model, Layer) or not hasattr(model, "fit"):
                raise FormatError(f"config.json must describe a model; got {type(model).__name__}.")
            if not model.built:
                raise FormatError(f"{model!r} must begin with an Input, to be loaded.")
    except MemoryError:
        raise
    except Exception as e:  # whatever a layer makes of fields that no layer would have been saved with
        raise FormatError(f"load: {path}: {e}") from e
    assign(path, *keras_weights.read(model, path, weights))
    wanted = config.get("compile_config")
    if compile and wanted is not None:
        try:
            translated.compile(model, wanted)
            keras_optimizer.read(model, path, weights)
        except (WengertError, KeyError, TypeError, AttributeError) as e:
            warnings.warn(
                f"load: {path}: the model could not be compiled as it was: {e}", RuntimeWarning, stacklevel=2
            )
    return model


class Reader:
    """Keras's descriptions as Wengert's objects."""

    def __init__(self, custom_objects: Mapping[str, type]) -> None:
        self.custom_objects = custom_objects

    def made(self, value: Any, family: str = "", depth: int = 0) -> Any:
        """An object, or a value as it is. family: that an object without a module is of."""
        if depth > MOST_NESTED:
            raise FormatError(f"objects must not be nested more than {MOST_NESTED} deep.")
        if isinstance(value, list):
            return [self.made(v, family, depth + 1) for v in value]
        if not isinstance(value, dict) or "class_name" not in value:
            return (
                {k: self.made(v, family, depth + 1) for k, v in value.items()}
                if isinstance(value, dict)
                else value
            )
        name, config, module = value["class_name"], value.get("config"), str(value.get("module"))
        if name in ("DTypePolicy", "function") and isinstance(config, dict | str):
            return config["name"] if isinstance(config, dict) else config
        if name == "__tuple__":
            return tuple(self.made(v, family, depth + 1) for v in value.get("items", ()))
        if not isinstance(config, dict) or not isinstance(name, str):
            raise FormatError(f"an object must have a config; got {name!r} without.")
        if name == "Functional" and "input_layers" in config:
            return self._functional(config, depth)
        cls = self._class(name, module, family)
        own = not cls.__module__.startswith("wengert.")
        plain = own and "from_config" in vars(cls)  # which expects what its `get_config` gave
        return cls.from_config(dict(config) if plain else self._fields(cls, config, depth))

    def _class(self, name: str, module: str, family: str) -> Any:
        if name in self.custom_objects:
            return self.custom_objects[name]
        if not module.startswith("keras") and (own := object_of(name)) is not None:
            return own
        parts = module.split(".")
        found = next((FAMILIES[p] for p in reversed(parts) if p in FAMILIES), family or "layers")
        found = "schedules" if "schedules" in parts or "learning_rate_schedule" in module else found
        cls = CLASSES.get(f"{found}.{name}")
        if cls is None:
            raise FormatError(
                f"{found}.{name!s} must be a class of Wengert or one of custom_objects; it is neither. "
                f"Pass custom_objects={{{name!r}: ...}}."
            )
        return cls

    def _fields(self, cls: Any, config: dict[str, Any], depth: int) -> dict[str, Any]:
        """The configuration with what the class has; what it has not must say nothing."""
        config = dict(config)
        if "batch_shape" in config and cls.__name__ == "InputLayer":
            batch, *shape = config.pop("batch_shape")
            config |= {"shape": shape, "batch_size": batch}
        known = {f.name for f in fields(cls) if f.init}
        found = {}
        for name, value in config.items():
            if name not in known and cls.__module__.startswith("wengert."):
                if name not in IGNORED and repr(value) not in SAYS_NOTHING:
                    raise FormatError(f"{cls.__name__}: has no argument {name!r}; got {value!r}.")
                continue
            made = self.made(value, "", depth + 1)
            found[name] = tuple(made) if isinstance(made, list) else made
        return found

    def _functional(self, config: dict[str, Any], depth: int) -> Any:
        symbols: dict[tuple[str, int, int], Node] = {}
        waiting: list[tuple[str, int, Any, dict[str, Any]]] = []
        for layer in config["layers"]:
            operation = str(layer["module"]).startswith("keras.src.ops")
            made = OPERATIONS.get(layer["class_name"]) if operation else self.made(layer, "layers", depth + 1)
            if made is None:
                raise FormatError(
                    f"operation {layer['class_name']!r} must be one of {', '.join(OPERATIONS)}."
                )
            name = layer["name"]
            if not layer["inbound_nodes"]:
                symbols[name, 0, 0] = made.symbol
            waiting += [(name, k, made, node) for k, node in enumerate(layer["inbound_nodes"])]
        while waiting:
            ready = [w for w in waiting if _keys(w[3]) <= symbols.keys()]
            if not ready:
                raise FormatError(
                    f"layers must need what is made before them; got a cycle at {waiting[0][0]!r}."
                )
            waiting = [w for w in waiting if w not in ready]
            for name, k, made, node in ready:
                kwargs = {
                    a: v
                    for a, v in node["kwargs"].items()
                    if a != "mask" and not (a == "training" and v is False)
                }
                out = made(*_there(node["args"], symbols), **_there(kwargs, symbols))
                outs = list(out) if isinstance(out, list | tuple) else [out]
                symbols.update({(name, k, j): y for j, y in enumerate(outs)})
        ends = [_ends(config[what], symbols) for what in ("input_layers", "output_layers")]
        return CLASSES["layers.Functional"](
            *ends, name=config.get("name"), trainable=config.get("trainable", True)
        )  # type: ignore[call-arg]

    def compile(self, model: Any, config: dict[str, Any]) -> None:
        """Compile as the file says."""
        wanted = {k: self.made(config.get(k), f) for k, f in COMPILED.items()}
        model.compile(**{k: v for k, v in wanted.items() if v is not None})


COMPILED = {"optimizer": "optimizers", "loss": "losses", "loss_weights": "", "metrics": "metrics",
            "weighted_metrics": "metrics"}  # fmt: skip


def _keys(node: Any) -> set[tuple[str, int, int]]:
    """The symbols that a call needs; those of a mask are worked out anew."""
    found: set[tuple[str, int, int]] = set()
    stack = [node["args"], {k: v for k, v in node["kwargs"].items() if k != "mask"}]
    while stack:
        x = stack.pop()
        if isinstance(x, dict) and x.get("class_name") == "__keras_tensor__":
            found.add(tuple(x["config"]["keras_history"]))
        elif isinstance(x, dict | list):
            stack += x.values() if isinstance(x, dict) else x
    return found


def _there(x: Any, symbols: Mapping[tuple[str, int, int], Node]) -> Any:
    """An argument with symbols in it."""
    if isinstance(x, list):
        return [_there(v, symbols) for v in x]
    if not isinstance(x, dict):
        return x
    match x.get("class_name"):
        case "__keras_tensor__":
            return symbols[tuple(x["config"]["keras_history"])]
        case "__slice__":
            return slice(*(x["config"][k] for k in ("start", "stop", "step")))
        case "__tuple__":
            return tuple(_there(v, symbols) for v in x["items"])
        case "__ellipsis__":
            return ...
        case None:
            return {k: _there(v, symbols) for k, v in x.items()}
    raise FormatError(f"an argument must be a tensor or a plain value; got {x.get('class_name')!r}.")


def _ends(x: Any, symbols: Mapping[tuple[str, int, int], Node]) -> Any:
    """Inputs or outputs, in their structure: [name, node, tensor] is one."""
    if isinstance(x, list) and len(x) == 3 and isinstance(x[0], str) and isinstance(x[1], int):
        return symbols[tuple(x)]
    if isinstance(x, dict) and x.get("class_name") == "__tuple__":
        return tuple(_ends(v, symbols) for v in x["items"])
    if isinstance(x, dict):
        return {k: _ends(v, symbols) for k, v in x.items()}
    return [_ends(v, symbols) for v in x]


# --- writing --------------------------------------------------------------------------------------


def write(model: Any, path: str | Path, *, overwrite: bool = True) -> None:
    """Write a model for Keras 3 to read: a functional one or a `Sequential`, of layers that Keras has.

    Raises:
        UsageError: it is another model, or operations that are no layers lie between its layers.
    """
    if not getattr(model, "made_of_layers", False):
        raise UsageError(f"save: a .keras file must hold a functional model or a Sequential; got {model!r}.")
    config = described(encode(model, "save"), model)
    if model.compiled:
        config["compile_config"] = _compilation(model)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(MEMBERS["metadata"], json.dumps({"keras_version": "3.0.0", "written_by": "wengert"}))
        archive.writestr(MEMBERS["config"], json.dumps(config))
        archive.writestr(MEMBERS["weights"], keras_weights.to_bytes(model, keras_optimizer.write))
    replace_file(path, [data.getvalue()], overwrite=overwrite)


def described(value: Any, layer: Any = None) -> Any:
    """What `encode` gave, in Keras's form. layer: the object, where it is a model that was drawn."""
    if isinstance(value, list):
        return [described(v) for v in value]
    if not is_encoded(value):
        return value
    family, _, name = value["class"].rpartition(".")
    family = "optimizers.schedules" if family == "schedules" else family
    config = value["config"]
    if name == "Functional":
        module = "keras.src.models.functional"
        return {"module": module, "class_name": name, "config": _drawn(layer), "registered_name": None}
    config = {k: described(v) for k, v in config.items() if name != "Sequential" or k != "layers"}
    if "name" in config:
        config["name"] = str(config["name"]).replace("/", "_")
    if name == "InputLayer":
        lengths = [n if isinstance(n, int) else None for n in config.pop("shape")]
        config = {
            "batch_shape": [config.pop("batch_size"), *lengths],
            "dtype": config["dtype"],
            "name": config["name"],
        }
    for own in OWN:
        if not config.get(own, True):
            del config[own]
    if name == "Sequential":
        layers = [layer._input] * (layer._input is not None) + list(layer.layers)
        config["layers"] = [described(encode(inner, "save"), inner) for inner in layers]
    if value["class"] not in CLASSES:
        return {"module": None, "class_name": name, "config": config, "registered_name": name}
    module = "keras" if name == "Sequential" else f"keras.{family}"
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def _drawn(model: Any) -> dict[str, Any]:
    """A functional model's layers with their calls."""
    number: dict[Layer, int] = {}
    history: dict[Node, list[Any]] = {}
    nodes: dict[Layer, list[Any]] = {layer: [] for layer in model.layers}

    def leaf(x: Any) -> Any:
        if not isinstance(x, Node):
            return x
        if x not in history:
            raise UsageError(
                f"save: in a .keras file all steps must be layers; got {x.primitive} between them [{x.source}]. Write "
                f"it as a layer, such as Add, or save in Wengert's own format."
            )
        shape = [n if isinstance(n, int) else None for n in x.type.shape]
        config = {"shape": shape, "dtype": x.type.dtype, "keras_history": history[x]}
        return {"class_name": "__keras_tensor__", "config": config}

    for call in dict.fromkeys(model.calls.values()):
        k = number[call.layer] = number.get(call.layer, -1) + 1
        if call.args:
            nodes[call.layer].append(
                {"args": _mapped(list(call.args), leaf), "kwargs": _mapped(call.kwargs, leaf)}
            )
        name = str(call.layer.name).replace("/", "_")
        history.update({s: [name, k, j] for j, s in enumerate(call.symbols)})
    layers = []
    for layer in keras_weights.keras_order(model):
        told = described(encode(layer, "save"), layer)
        layers.append({**told, "name": str(layer.name).replace("/", "_"), "inbound_nodes": nodes[layer]})
    for node in (*model.inputs, *model.outputs):
        leaf(node)
    ends = [_mapped(end, lambda n: history[n]) for end in (model.input, model.output)]
    return {
        "name": str(model.name).replace("/", "_"), "trainable": model.trainable, "layers": layers,
        "input_layers": ends[0], "output_layers": ends[1],
    }  # fmt: skip


def _mapped(x: Any, leaf: Any) -> Any:
    if isinstance(x, dict):
        return {k: _mapped(v, leaf) for k, v in x.items()}
    if isinstance(x, tuple):
        return {"class_name": "__tuple__", "items": [_mapped(v, leaf) for v in x]}
    return [_mapped(v, leaf) for v in x] if isinstance(x, list) else leaf(x)


def _compilation(model: Any) -> dict[str, Any]:
    def one(value: Any) -> Any:
        return described(encode(value, "save: loss or metric"))

    found = {"optimizer": described(encode(model.optimizer, "save: optimizer"))}
    return found | {
        what: _mapped(getattr(model._wanted, what), one) for what in COMPILED if what != "optimizer"
    }
