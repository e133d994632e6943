"""`wengert summary`: the layers of a saved model."""

import argparse

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
        print(f"Trained with {model.optimizer!r}")
        print(f"to lower {model.loss!r}")
