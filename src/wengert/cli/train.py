"""`wengert train`: train a network on data, test it on other data, and save it."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import wengert as wg
from wengert.base.errors import FormatError
from wengert.cli import learners, sources
from wengert.cli.arguments import (
    Commands,
    add_threads,
    command,
    file_to_write,
    number,
    one_of,
    use_threads,
    whole_number,
)
from wengert.cli.scores import accuracy, show_accuracy
from wengert.data.datasets import Array

EXAMPLES = """\
  wengert train lenet --data digits
  wengert train lenet --data digits --save digits.wengert --epochs 5 --threads 2
  wengert train mlp --data fashion --dropout 0.3 --learning-rate 5e-4
  wengert train char_rnn --data shakespeare.txt --epochs 10 --save verse.wengert
  wengert train my_model.py --data table.csv --target price
  wengert train my_model.yaml --data rows.npz --backup checkpoints

my_model.py defines `model`, or a function `model()` that makes it, and is run. my_model.yaml describes one:

  layers:
    - Dense: {units: 64, activation: relu}
    - Dense: {units: 10}
  optimizer: {Adam: {learning_rate: 0.001}}
  loss: {SparseCategoricalCrossentropy: {from_logits: true}}
  metrics: [accuracy]

With --backup, training that was cut short goes on where it was when the same command is given again.
"""


@dataclass(frozen=True)
class Recipe:
    """What data are trained with unless the user says otherwise."""

    epochs: int
    copies: int = 0  # moved copies of every training image


RECIPES = {"digits": Recipe(epochs=4, copies=5), "fashion": Recipe(epochs=8)}
OTHERS = Recipe(epochs=10)


def add_to(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = command(commands, "train", run, "train a network on data and test it on other data", EXAMPLES)
    usual = {
        field: ", ".join(f"{getattr(recipe, field)} for {data}" for data, recipe in RECIPES.items())
        for field in ("epochs", "copies")
    }
    add = parser.add_argument
    names = ", ".join(learners.NAMES)
    add(
        "model",
        type=one_of(learners.NAMES, learners.ENDINGS),
        metavar="MODEL",
        help=f"{names}; or a file .py, .yaml, .wengert",
    )
    add(
        "--data",
        type=one_of(sources.NAMES, sources.ENDINGS),
        required=True,
        metavar="DATA",
        help=f"{', '.join(sources.NAMES)}; or a file: .npz with x and y, .csv, .txt",
    )
    add("--target", metavar="COLUMN", help="of a .csv, what to learn; default: the last column")
    add(
        "--length",
        type=whole_number(2),
        default=64,
        metavar="N",
        help="of a .txt, characters a row; default: 64",
    )
    add(
        "--epochs",
        type=whole_number(1),
        metavar="N",
        help=f"default: {usual['epochs']}, else {OTHERS.epochs}",
    )
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
    add("--backup", type=Path, metavar="FOLDER", help="keep checkpoints here while training, to resume from")
    add("--log", type=file_to_write, metavar="CSV", help="write loss and metrics of each epoch here")
    add("--tensorboard", type=Path, metavar="FOLDER", help="write event files for TensorBoard here")
    add_threads(parser)


def run(arguments: argparse.Namespace) -> None:
    """Train, test on other rows, save, and see that the saved model predicts the same."""
    use_threads(arguments)
    wg.set_random_seed(arguments.seed)
    source = sources.read(arguments)
    recipe = RECIPES.get(arguments.data, OTHERS)
    model = learners.build(arguments, source)
    x, y = sources.moved(
        source, recipe.copies if arguments.copies is None else arguments.copies, arguments.seed
    )
    if model.built:
        model.summary()
    epochs = arguments.epochs or recipe.epochs
    try:
        model.fit(x, y, batch_size=arguments.batch_size, epochs=epochs, callbacks=callbacks(arguments))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(how_to_go_on(arguments)) from None
    test(model, source)
    if arguments.save:
        model.save(arguments.save)
        check_reload(arguments.save, model, source.test[0])


def how_to_go_on(arguments: argparse.Namespace) -> str:
    """What is said to who interrupts."""
    if arguments.backup is None:
        return "Nothing was kept; with --backup FOLDER, training can go on where it was."
    return "The same command goes on from the last checkpoint."


def callbacks(arguments: argparse.Namespace) -> list[wg.callbacks.Callback]:
    """Those that arguments ask for."""
    found: list[wg.callbacks.Callback] = []
    if arguments.log:
        found.append(wg.callbacks.CSVLogger(arguments.log))
    if arguments.tensorboard:
        found.append(wg.callbacks.TensorBoard(arguments.tensorboard))
    if arguments.backup:
        found.append(wg.callbacks.BackupAndRestore(arguments.backup))
    return found


def test(model: wg.Model, source: sources.Source) -> None:
    """Print how well the model does on rows that it was not trained on."""
    x, y = source.test
    if source.pictures:
        show_accuracy(source.name, accuracy(np.asarray(model.predict(x, verbose=0)), y), len(y))
        return
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    scores = ", ".join(f"{name} {value:.4f}" for name, value in logs.items())
    print(f"test: {scores} on {len(x):,} rows of {source.name}")


def check_reload(path: Path, model: wg.Model, x: Array) -> None:
    """Load a saved model and require of it what the model in memory predicts, bit for bit."""
    wanted, again = (np.asarray(m.predict(x, verbose=0)) for m in (model, wg.load_model(path)))
    if not np.array_equal(again, wanted):
        raise FormatError(f"train: the model in {path} must predict what the trained one does; it does not.")
    what = "images" if x.ndim == 4 else "rows"
    print(f"saved to {path}; loaded again, it predicts the same on {len(x):,} {what}, bit for bit")
