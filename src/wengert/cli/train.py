"""`wengert train`: train a network on one of the data sets, and save it."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import wengert as wg
from wengert import zoo
from wengert.base.errors import FormatError
from wengert.cli.arguments import (
    Commands,
    add_data,
    add_threads,
    command,
    file_to_write,
    number,
    use_threads,
    whole_number,
)
from wengert.cli.scores import accuracy, show_accuracy
from wengert.data.augment import with_shifts
from wengert.data.datasets import Array, by_name

EXAMPLES = """\
  wengert train digits
  wengert train digits --save digits.wengert --epochs 5 --threads 2
  wengert train fashion --model mlp --dropout 0.3 --learning-rate 5e-4
"""


@dataclass(frozen=True)
class Recipe:
    """What a data set is trained with unless the user says otherwise."""

    epochs: int
    copies: int  # moved copies of every training image


RECIPES = {"digits": Recipe(epochs=4, copies=5), "fashion": Recipe(epochs=8, copies=0)}


def add_to(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = command(commands, "train", run, "train a network on pictures and test it on others", EXAMPLES)
    add_data(parser, "data")
    usual = {
        field: ", ".join(f"{getattr(recipe, field)} for {data}" for data, recipe in RECIPES.items())
        for field in ("epochs", "copies")
    }
    add = parser.add_argument
    add("--model", choices=sorted(zoo.by_name), default="lenet", help="default: %(default)s")
    add("--epochs", type=whole_number(1), metavar="N", help=f"default: {usual['epochs']}")
    add("--batch-size", type=whole_number(1), default=128, metavar="N", help="default: %(default)s")
    add(
        "--learning-rate", type=number(0, 10), default=1e-3, metavar="X", help="of Adam; default: %(default)s"
    )
    add("--dropout", type=number(0, 1), default=0.4, metavar="X", help="default: %(default)s")
    add(
        "--copies",
        type=whole_number(0),
        metavar="N",
        help=f"moved copies of every training image to learn from as well; default: {usual['copies']}",
    )
    add("--seed", type=whole_number(0), default=0, metavar="N", help="of weights, order, moves; default: 0")
    add("--save", type=file_to_write, metavar="FILE", help="write the trained model here")
    add_threads(parser)


def run(arguments: argparse.Namespace) -> None:
    """Train, test on other images, save, and see that the saved model predicts the same."""
    use_threads(arguments)
    wg.set_random_seed(arguments.seed)
    (x, y), (x_test, y_test) = by_name[arguments.data](dtype="float32")
    recipe = RECIPES[arguments.data]
    copies = recipe.copies if arguments.copies is None else arguments.copies
    x, y = with_shifts(x, y, copies=copies, seed=arguments.seed)
    model = build(arguments, x.shape[1:], classes=int(y.max()) + 1)
    model.summary()
    model.fit(x, y, batch_size=arguments.batch_size, epochs=arguments.epochs or recipe.epochs)
    scores = np.asarray(model.predict(x_test, verbose=0))
    show_accuracy(arguments.data, accuracy(scores, y_test), len(y_test))
    if arguments.save:
        model.save(arguments.save)
        check_reload(arguments.save, x_test, scores)


def build(arguments: argparse.Namespace, shape: tuple[int, ...], classes: int) -> wg.Sequential:
    """The network that was asked for, compiled to learn classes from scores."""
    model = zoo.by_name[arguments.model](shape, classes, dropout=arguments.dropout)
    model.compile(
        optimizer=wg.optimizers.Adam(arguments.learning_rate),
        loss=wg.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def check_reload(path: Path, x: Array, scores: Array) -> None:
    """Load a saved model and require of it the scores that the model in memory gave, bit for bit."""
    again = np.asarray(wg.load_model(path).predict(x, verbose=0))
    if not np.array_equal(again, scores):
        raise FormatError(f"train: the model in {path} must predict what the trained one does; it does not.")
    print(f"saved to {path}; loaded again, it predicts the same on {len(x):,} images, bit for bit")
