"""`wengert tune`: search for faster schedules than the cost model's, and keep them."""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import wengert as wg
from wengert.base import progress
from wengert.base.errors import UsageError
from wengert.base.terminal import columns, cut
from wengert.base.words import did_you_mean
from wengert.cli.arguments import Commands, add_threads, command, number, use_threads, whole_number
from wengert.cli.learners import NETWORKS
from wengert.runtime.function import Function

EXAMPLES = """\
  wengert tune lenet
  wengert tune digits.wengert --batch 1 --steps predict
  wengert tune char_rnn --batch 32 --length 64 --seconds 120

What is found is kept in the cache folder (`wengert info` tells where) and obeyed by every later compile of the
same kernels on this machine. Results stay the same bits. Let nothing else run meanwhile.
"""


def add_to(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = command(
        commands, "tune", run, "search for faster kernels for a model, and keep what is found", EXAMPLES
    )
    add = parser.add_argument
    add("model", metavar="MODEL_OR_FILE", help=f"a file that `model.save` wrote, or {', '.join(NETWORKS)}")
    add("--batch", type=whole_number(1), default=128, metavar="N", help="rows of a batch; default: 128")
    add("--length", type=whole_number(1), default=64, metavar="N", help="of axes left open; default: 64")
    add("--seconds", type=number(0, 1e6), default=60.0, metavar="S", help="for each program; default: 60")
    add(
        "--steps",
        nargs="+",
        choices=("train", "predict"),
        metavar="STEP",
        help="train, predict; default: all",
    )
    add_threads(parser)


def run(arguments: argparse.Namespace) -> None:
    """Tune one program after another; print each kernel's time before and after, and its loops."""
    use_threads(arguments)
    model = network(arguments.model)
    possible = ["train", "predict"] if model.compiled else ["predict"]
    for kind in arguments.steps or possible:
        if kind not in possible:
            raise UsageError(f"tune: the model in {arguments.model} must be compiled to train; it is not.")
        step = model.step(kind)
        with bar(kind) as progress:
            found = step.tune(
                *batch(step, arguments.batch, arguments.length), seconds=arguments.seconds, progress=progress
            )
        print(f"{kind}, batches of {arguments.batch}\n")
        for line in str(found).splitlines():
            print(cut(line, columns(sys.stdout, 120)))
        print()


def network(name: str) -> Any:
    """The model of a file; or a network by name, compiled to learn classes."""
    if name not in NETWORKS:
        if not Path(name).exists():
            raise UsageError(
                f"tune: must be a file or one of {', '.join(NETWORKS)}; got {name!r}.{did_you_mean(name, NETWORKS)}"
            )
        return wg.load_model(name)
    model = NETWORKS[name]()
    model.compile("adam", wg.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def batch(step: Function, rows: int, length: int) -> list[np.ndarray]:
    """Numbers like those the program takes: its first axis is `rows` long, other open ones are `length`."""
    rng = np.random.default_rng(0)
    made = []
    for t in step.signature or ():
        shape = [d if isinstance(d, int) else length for d in t.shape]
        shape[:1] = [rows]
        whole = np.dtype(t.dtype).kind in "iub"  # classes or indices: 0 is one
        made.append(np.zeros(shape, t.dtype) if whole else rng.standard_normal(shape).astype(t.dtype))
    return made


@contextlib.contextmanager
def bar(kind: str) -> Iterator[Callable[[int, int, str], None] | None]:
    """Shows trials done, if tqdm is there to show them."""
    with progress.bar(desc=kind, unit="trial") as shown:
        if shown is None:
            yield None
            return

        def show(done: int, most: int, tried: str) -> None:
            shown.total, shown.n = most, done
            shown.set_postfix_str(tried)

        yield show
        shown.n = shown.total
