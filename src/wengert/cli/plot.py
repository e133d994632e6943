"""`wengert plot`: a picture of a saved model."""

import argparse

import wengert as wg
from wengert.cli.arguments import Commands, command, file_to_write
from wengert.train.plot import plot_model

EXAMPLES = """\
  wengert plot digits.wengert
  wengert plot digits.wengert --to digits.png
  wengert plot digits.wengert --to digits.dot
"""


def add_to(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = command(commands, "plot", run, "draw the layers of a saved model", EXAMPLES)
    parser.add_argument(
        "file", metavar="FILE", help="a model that `wengert train --save` or `model.save` wrote"
    )
    parser.add_argument(
        "--to",
        type=file_to_write,
        default="model.svg",
        metavar="PICTURE",
        help=".svg, .png or .dot; default: %(default)s",
    )


def run(arguments: argparse.Namespace) -> None:
    """Write the picture."""
    path = plot_model(
        wg.load_model(arguments.file), arguments.to, show_shapes=True, show_layer_activations=True
    )
    print(f"drawn in {path}")
