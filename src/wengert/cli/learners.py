"""What a command trains: a network of the zoo, a user's Python file or description in YAML, or a saved model."""

from __future__ import annotations

import argparse
import inspect
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import wengert as wg
from wengert import zoo
from wengert.base.errors import FormatError, UsageError
from wengert.base.extras import extra
from wengert.base.words import did_you_mean
from wengert.cli.sources import Source
from wengert.nn.config import CLASSES

TEXTS: dict[str, Callable[..., wg.Sequential]] = {"char_rnn": zoo.char_rnn}
NETWORKS = dict(sorted({**zoo.by_name, **TEXTS}.items()))
NAMES = list(NETWORKS)
ENDINGS = (".py", ".yaml", ".yml", ".wengert")


def build(arguments: argparse.Namespace, source: Source) -> Any:
    """The network that was asked for, compiled."""
    suffix = Path(arguments.model).suffix
    if arguments.model in NAMES:
        model = of_zoo(arguments, source)
    elif suffix == ".py":
        model = of_python(Path(arguments.model))
    elif suffix == ".wengert":
        model = wg.load_model(arguments.model)
    else:
        model = of_yaml(Path(arguments.model))
    if not model.compiled:
        compile_for(model, source, arguments.learning_rate)
    return model


def compile_for(model: Any, source: Source, learning_rate: float) -> None:
    """Adam, and the loss that fits the labels: classes out of scores, or numbers."""
    if source.classes is None:
        model.compile(wg.optimizers.Adam(learning_rate), "mse")
        return
    loss = wg.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(wg.optimizers.Adam(learning_rate), loss, metrics=["accuracy"])


def of_zoo(arguments: argparse.Namespace, source: Source) -> wg.Sequential:
    """A network by name, of the size that the data ask for."""
    x, classes = source.train[0], source.classes
    if classes is None:
        raise UsageError(
            f"train: {arguments.model} learns classes; got numbers in {source.name}. Describe a model of your own."
        )
    if arguments.model in TEXTS:
        if x.ndim != 2 or x.dtype.kind not in "iu":
            raise UsageError(
                f"train: {arguments.model} learns text; got {source.name}. Pass --data FILE.txt."
            )
        make, size = TEXTS[arguments.model], {"vocabulary": 256 if classes > 96 else 96}
    else:
        make, size = zoo.by_name[arguments.model], {"input_shape": x.shape[1:], "classes": classes}
    if "dropout" in inspect.signature(make).parameters:
        size["dropout"] = arguments.dropout
    return make(**size)


def of_python(path: Path) -> Any:
    """The variable `model` of a user's file, or what its function `model()` makes.

    The file runs: it was named on the command line. Files of models and data never run.
    """
    found = runpy.run_path(str(path), run_name="wengert_train").get("model")
    model = found() if callable(found) and not isinstance(found, wg.Model) else found
    if not isinstance(model, wg.Model):
        raise UsageError(
            f"train: {path} must define `model`, a wg.Model or a function that makes one; got {found!r}."
        )
    return model


# --- YAML -----------------------------------------------------------------------------------------


def of_yaml(path: Path) -> Any:
    """A model out of a description: a list of layers, and optimizer, loss and metrics.

    layers:
      - Flatten
      - Dense: {units: 64, activation: relu}
      - Dense: {units: 10}
    optimizer: {Adam: {learning_rate: 0.001}}
    loss: {SparseCategoricalCrossentropy: {from_logits: true}}
    metrics: [accuracy]
    """
    with extra("train", "PyYAML", "yaml"):
        import yaml
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as e:
        raise FormatError(f"train: {path} must be YAML; {e}") from e
    if not isinstance(found, dict) or not isinstance(found.get("layers"), list):
        raise FormatError(f"train: {path} must hold `layers:`, a list; got {str(found)[:60]!r}.")
    unknown = set(found) - {"layers", "optimizer", "loss", "metrics"}
    if unknown:
        raise FormatError(
            f"train: {path} may hold layers, optimizer, loss and metrics; got {', '.join(sorted(map(str, unknown)))}."
        )
    model = wg.Sequential([made("layers", item, path) for item in found["layers"]])
    if "loss" in found:
        optimizer, loss = (
            item if isinstance(item, str) else made(family, item, path)
            for family, item in (("optimizers", found.get("optimizer", "adam")), ("losses", found["loss"]))
        )
        model.compile(optimizer, loss, metrics=found.get("metrics"))
    return model


def made(family: str, item: Any, path: Path) -> Any:
    """The object that `Name` or `{Name: {field: value}}` describes, out of the registry of classes."""
    name, given = next(iter(item.items())) if isinstance(item, Mapping) and len(item) == 1 else (item, {})
    cls = CLASSES.get(f"{family}.{name}")
    if cls is None or not isinstance(given or {}, dict):
        names = [k.partition(".")[2] for k in CLASSES if k.startswith(f"{family}.")]
        raise FormatError(
            f"train: {path}: {family} must read Name or Name: {{field: value}}; got {item!r}."
            f"{did_you_mean(name, names)}"
        )
    return cls.from_config(given or {})
