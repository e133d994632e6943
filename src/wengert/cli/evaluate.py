"""`wengert evaluate`: test a saved model on images it was not trained on."""

import argparse
from pathlib import Path

import numpy as np

import wengert as wg
from wengert.cli.arguments import Commands, add_data, add_threads, command, file_to_write, use_threads
from wengert.cli.scores import accuracy, show_accuracy
from wengert.data.datasets import Array, by_name
from wengert.data.image import draw_predictions

EXAMPLES = """\
  wengert evaluate digits.wengert
  wengert evaluate digits.wengert --picture predictions.png
  wengert evaluate clothes.wengert --data fashion
"""

SHOWN, MISTAKES = 40, 20


def add_to(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = command(
        commands, "evaluate", run, "test a saved model on images it was not trained on", EXAMPLES
    )
    parser.add_argument("file", metavar="FILE", help="a model that `wengert train --save` wrote")
    add_data(parser, "--data", default="digits")
    parser.add_argument("--picture", type=file_to_write, metavar="PNG", help="draw some predictions here")
    add_threads(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print the accuracy, overall and of each class; draw predictions if asked to."""
    use_threads(arguments)
    model = wg.load_model(arguments.file)
    _, (x, y) = by_name[arguments.data](dtype="float32")
    scores = np.asarray(model.predict(x, verbose=0))
    show_accuracy(arguments.data, accuracy(scores, y), len(y))
    show_classes(scores.argmax(-1), y)
    if arguments.picture:
        draw(arguments.picture, x, scores.argmax(-1), y)
        print(f"predictions drawn in {arguments.picture}")


def show_classes(predicted: Array, labels: Array) -> None:
    """Print for each class how many were right, and what the wrong ones were taken for most."""
    print("\nclass   right      taken for")
    for label in np.unique(labels):
        guesses = predicted[labels == label]
        others = np.bincount(guesses[guesses != label])
        most = [f"{k} ({others[k]}x)" for k in np.argsort(-others, kind="stable")[:3] if others[k]]
        print(f"{label:5d}   {100 * np.mean(guesses == label):5.1f} %    {', '.join(most)}".rstrip())


def draw(path: Path, x: Array, predicted: Array, labels: Array) -> None:
    """The first images of the test set, and below them the first mistakes."""
    wrong = np.flatnonzero(predicted != labels)
    parts = [("The first of the test set", np.arange(min(SHOWN, len(x))))]
    if len(wrong):
        parts.append((f"Mistakes: {min(MISTAKES, len(wrong))} of {len(wrong)}", wrong[:MISTAKES]))
    draw_predictions(path, [(heading, x[at], predicted[at], labels[at]) for heading, at in parts])
