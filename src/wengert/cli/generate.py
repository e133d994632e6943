"""`wengert generate`: text out of a network of characters."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np

import wengert as wg
from wengert.base.errors import UsageError
from wengert.cli import text
from wengert.cli.arguments import Commands, add_threads, command, number, use_threads, whole_number
from wengert.nn.config import decode, encode
from wengert.nn.recurrent import Recurrent

EXAMPLES = """\
  wengert generate verse.wengert
  wengert generate verse.wengert --prompt "In the beginning" --length 300 --temperature 0.7
  wengert generate verse.wengert --top-k 5 --seed 3
"""


def add_to(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = command(commands, "generate", run, "write text with a network trained on text", EXAMPLES)
    add = parser.add_argument
    add("file", metavar="FILE", help="a model that `wengert train char_rnn --save` wrote")
    add("--prompt", default="\n", metavar="TEXT", help="how the text begins; default: a new line")
    add("--length", type=whole_number(1), default=500, metavar="N", help="characters; default: %(default)s")
    add(
        "--temperature",
        type=number(0, 100),
        default=0.8,
        metavar="T",
        help="0 takes the likeliest character, 1 draws as often as learned; default: %(default)s",
    )
    add("--top-k", type=whole_number(1), metavar="K", help="draw among the K likeliest; default: among all")
    add("--seed", type=whole_number(0), metavar="N", help="the same text each time; default: another one")
    add_threads(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print the prompt and what follows, as it is drawn."""
    use_threads(arguments)
    network = Stepwise(wg.load_model(arguments.file))
    prompt = arguments.prompt or "\n"
    rng = np.random.default_rng(arguments.seed)
    scores = network.read(text.encode(prompt, network.classes))
    sys.stdout.write(prompt.lstrip("\n"))
    pending: list[int] = []
    for _ in range(arguments.length):
        chosen = draw(scores, arguments.temperature, arguments.top_k, rng)
        pending.append(chosen)
        shown = text.decode(pending, network.classes)
        if not shown.endswith("\ufffd") or len(pending) == 4:  # a character may have up to four bytes
            sys.stdout.write(shown)
            sys.stdout.flush()
            pending.clear()
        scores = network.read(np.array([chosen]))
    sys.stdout.write("\n")


class Stepwise:
    """A network of characters that keeps its states from one call to the next, for one text."""

    def __init__(self, model: Any) -> None:
        if not isinstance(model, wg.Sequential) or not any(isinstance(n, Recurrent) for n in model.layers):
            raise UsageError(
                f"generate: the model must be a Sequential with recurrent layers; got {model!r:.200}."
            )
        layers = []
        for layer in model.layers:
            described = encode(layer, "generate")
            if isinstance(layer, Recurrent):
                described["config"]["stateful"] = True
            layers.append(decode(described))
        self.model = wg.Sequential([wg.Input(batch_shape=(1, None), dtype="int64"), *layers])
        self.model.set_weights(model.get_weights())
        self.classes = text.require_known(int(model.output_shape[-1]))

    def read(self, ids: np.ndarray) -> np.ndarray:
        """The scores of what may follow these characters, and all that were read before."""
        found: np.ndarray = self.model.predict_on_batch(ids[None])[0, -1]
        return found


def draw(scores: np.ndarray, temperature: float, top_k: int | None, rng: np.random.Generator) -> int:
    """A number by its score: softmax(scores / temperature), of the `top_k` highest."""
    if temperature == 0:
        return int(scores.argmax())
    if top_k is not None and top_k < len(scores):
        least = np.partition(scores, -top_k)[-top_k]
        scores = np.where(scores >= least, scores, -np.inf)
    share = np.exp((scores - scores.max()).astype(np.float64) / temperature)
    return int(rng.choice(len(share), p=share / share.sum()))
