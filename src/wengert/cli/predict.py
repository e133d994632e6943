"""`wengert predict`: what a saved model sees in a picture."""

import argparse

import numpy as np

import wengert as wg
from wengert.base.dtypes import is_integer
from wengert.base.errors import ShapeError
from wengert.cli.arguments import Commands, add_threads, command, use_threads
from wengert.cli.scores import probabilities
from wengert.data.image import read_drawing

EXAMPLES = """\
  wengert predict digits.wengert five.png
  wengert predict digits.wengert scans/*.png

Any size and mode will do; dark ink on light ground is inverted, and what was done is said.
"""

LIKELIEST = 3


def add_to(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = command(commands, "predict", run, "say what a saved model sees in pictures", EXAMPLES)
    parser.add_argument("file", metavar="FILE", help="a model that `wengert train --save` wrote")
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="a picture, for example a PNG")
    add_threads(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print the likeliest classes of each picture."""
    use_threads(arguments)
    model = wg.load_model(arguments.file)
    takes = model.in_types[0]
    shape = takes.shape[1:]
    if len(shape) != 3 or shape[-1] != 1:
        raise ShapeError(f"predict: the model must take images [height, width, 1]; it takes {list(shape)}.")
    drawings = [read_drawing(path, shape[:2]) for path in arguments.images]
    images = np.stack([drawing.image for drawing in drawings])
    if is_integer(takes.dtype):  # a model with a `preprocess` of its own for bytes
        images = np.rint(images * 255)
    scores = np.asarray(model.predict(images, verbose=0))
    for path, drawing, shares in zip(arguments.images, drawings, probabilities(scores), strict=True):
        likely = np.argsort(-shares, kind="stable")[:LIKELIEST]
        print(f"{path}: {likely[0]}   ({', '.join(f'{k}: {100 * shares[k]:.1f} %' for k in likely)})")
        for note in drawing.notes:
            print(f"    {note}")
