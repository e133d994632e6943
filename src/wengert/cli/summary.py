"""`wengert summary`: the layers of a saved model."""

import argparse
from dataclasses import fields, is_dataclass
from typing import Any

import wengert as wg
from wengert.cli.arguments import Commands, command

EXAMPLES = """\
  wengert summary digits.wengert
"""


def add_to(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = command(commands, "summary", run, "show the layers and parameters of a saved model", EXAMPLES)
    parser.add_argument(
        "file", metavar="FILE", help="a model that `wengert train --save` or `model.save` wrote"
    )


def run(arguments: argparse.Namespace) -> None:
    """Print the table, and how the model is trained."""
    model = wg.load_model(arguments.file)
    model.summary()
    if model.compiled:
        print(f"Trained with {told(model.optimizer)} to lower {told(model.loss)}")


def told(part: Any) -> str:
    """An optimizer, a schedule or a loss: its learning rate, and what is not as usual."""
    if isinstance(part, wg.Variable):
        return f"{float(part.numpy()):.6g}"
    if not is_dataclass(part) or isinstance(part, type):
        return repr(part)
    given = [
        f"{f.name}={told(getattr(part, f.name))}"
        for f in fields(part)
        if f.name == "learning_rate" or (f.name != "name" and repr(getattr(part, f.name)) != repr(f.default))
    ]
    return f"{type(part).__name__}({', '.join(given)})"
