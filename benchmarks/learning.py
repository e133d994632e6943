"""Learning curves beside PyTorch's: the same initial weights, the same batches in the same order, the same optimizer.

    python benchmarks/learning.py --corpus kjv.txt --peers .venv-peers/bin/python            # full size; an hour
    python benchmarks/learning.py --corpus kjv.txt --steps 20 --seeds 1 --only lstm          # short

`lstm`: a char-LSTM on a text of at least a megabyte; after the same steps its loss must be PyTorch's within 1 %.
`resnet`: ResNet-20 on Fashion-MNIST in 32x32; the difference of the curves must be within the noise of seeds, that is
less than the deviation of PyTorch's own curves among seeds. Results: results/learning.json.

Both begin alike to all digits; rounding then drives any two programs apart, step by step. How far, `--control` shows:
it learns in PyTorch once more, from weights moved by their last bit, and sets that distance beside ours.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import wengert as wg
from wengert import zoo
from wengert.cli import text

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "learning.json"
# Keras (and Wengert) add epsilon before the second moment is corrected, PyTorch after: next to nothing, it is the same.
EPSILON = 1e-12
Array = np.ndarray[Any, Any]
Job = dict[str, Array]


def text_job(corpus: Path, steps: int, seed: int) -> Job:
    """Windows of 64 characters, 32 a step, for two recurrent layers of 256."""
    ids = text.encode(corpus.read_text(encoding="utf-8"))
    if len(ids) < 10**6:
        raise SystemExit(f"learning: the corpus must have a million characters; got {len(ids):,}.")
    rng = np.random.default_rng(seed)
    begins = rng.integers(0, len(ids) - 65, (steps, 32))
    windows = ids[begins[..., None] + np.arange(65)]
    held = ids[rng.integers(0, len(ids) - 65, 64)[:, None] + np.arange(65)]
    return {"x": windows[..., :-1], "y": windows[..., 1:], "held_x": held[:, :-1], "held_y": held[:, 1:]}


def picture_job(folder: Path, steps: int, seed: int) -> Job:
    """Fashion-MNIST with a border of zeros, 128 pictures a step, epoch after epoch."""
    (x, y), (held_x, held_y) = wg.datasets.fashion_mnist(dtype="float32", folder=folder)
    x, held_x = (np.pad(v, [(0, 0), (2, 2), (2, 2), (0, 0)]) for v in (x, held_x))
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(len(x)) for _ in range(steps * 128 // len(x) + 1)])
    rows = order[: steps * 128].reshape(steps, 128)
    return {"x": x[rows], "y": y[rows], "held_x": held_x[:2000], "held_y": held_y[:2000]}


def network(kind: str, seed: int) -> Any:
    """The model, compiled as PyTorch's optimizers are."""
    wg.set_random_seed(seed)
    if kind == "lstm":
        model, optimizer = zoo.char_rnn(96), wg.optimizers.Adam(1e-3, epsilon=EPSILON)
    else:
        model, optimizer = zoo.resnet20((32, 32, 1)), wg.optimizers.SGD(0.1, momentum=0.9)
    model.compile(optimizer, wg.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def learn(model: Any, job: Job) -> tuple[Array, float]:
    """(loss of each step, loss on what is held back)."""
    losses = []
    for x, y in zip(job["x"], job["y"], strict=True):
        model.reset_metrics()
        losses.append(model.train_on_batch(x, y)[0])
    return np.array(losses), model.evaluate(job["held_x"], job["held_y"], batch_size=64, verbose=0)[0]


def learn_in_torch(kind: str, model: Any, job: Job, python: str, moved: float = 0.0) -> tuple[Array, float]:
    """The same in PyTorch, from the model's weights, moved by a share of them, in a process of its own."""
    weights = {f"weight/{k}": v.numpy() for k, v in model.named_variables.items() if "seed_gen" not in k}
    weights = {k: (v * (1 + moved)).astype(v.dtype) for k, v in weights.items()}
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "job.npz", Path(folder) / "found.npz"
        np.savez(given, **job, **weights)
        subprocess.run([python, str(HERE / "learning_torch.py"), kind, given, found], check=True)
        with np.load(found) as file:
            return file["losses"], float(file["held"])


def smooth(losses: Array, width: int) -> Array:
    """Means over `width` steps."""
    kept = len(losses) // width * width
    found: Array = losses[:kept].reshape(-1, width).mean(1)
    return found


def job_of(kind: str, steps: int, seed: int, arguments: argparse.Namespace) -> Job:
    if kind == "lstm":
        return text_job(arguments.corpus, steps, seed)
    return picture_job(arguments.fashion, steps, seed)


def control(kind: str, found: dict[str, Any], arguments: argparse.Namespace) -> dict[str, Any]:
    """PyTorch beside PyTorch: what a change of the last bit of each weight does to the curves that were kept."""
    moved = []
    for seed in range(len(found["pytorch"])):
        job, model = job_of(kind, found["steps"], seed, arguments), network(kind, seed)
        losses, _ = learn_in_torch(kind, model, job, arguments.peers, moved=float(np.finfo(np.float32).eps))
        moved.append(smooth(losses, found["width"]).tolist())
    a, b, c = (np.array(v) for v in (found["wengert"], found["pytorch"], moved))
    print(
        f"{kind}, {len(moved)} seeds, {found['steps']} steps: distance of the curves, its mean and its maximum"
    )
    for name, one, other in (("wengert from pytorch", a, b), ("pytorch moved from pytorch", c, b),
                             ("wengert from pytorch moved", a, c)):  # fmt: skip
        print(f"  {name:<28} {np.abs(one - other).mean():.4f} {np.abs(one - other).max():.4f}   "
              f"with its sign {(one - other).mean():+.4f}")  # fmt: skip
    return found | {"pytorch_moved": moved}


def compare(kind: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Learn with every seed in both; print the curves beside each other."""
    steps = arguments.steps or {"lstm": 2000, "resnet": 469 * 4}[kind]
    width = max(1, steps // 10)
    ours, theirs, held = [], [], []
    for seed in range(arguments.seeds):
        job, model = job_of(kind, steps, seed, arguments), network(kind, seed)
        torch_losses, torch_held = learn_in_torch(kind, model, job, arguments.peers)
        losses, mine = learn(model, job)
        ours.append(smooth(losses, width))
        theirs.append(smooth(torch_losses, width))
        held.append((mine, torch_held))
        print(f"{kind}, seed {seed}, {steps} steps; means of {width} steps")
        print("  wengert", " ".join(f"{v:.4f}" for v in ours[-1]), f"   held back {mine:.4f}")
        print(
            "  pytorch",
            " ".join(f"{v:.4f}" for v in theirs[-1]),
            f"   held back {torch_held:.4f}",
            flush=True,
        )
    a, b = np.array(ours), np.array(theirs)
    last = abs(a[:, -1].mean() / b[:, -1].mean() - 1)
    noise = b.std(0, ddof=1) if arguments.seeds > 1 else np.full(b.shape[1], np.nan)
    print(f"  last means: {100 * last:.2f} % apart; the curves' means differ by at most "
          f"{np.abs(a.mean(0) - b.mean(0)).max():.4f}, seeds of PyTorch deviate by {noise.mean():.4f}")  # fmt: skip
    return {
        "steps": steps, "width": width, "wengert": a.tolist(), "pytorch": b.tolist(), "held_back": held,
        "last_apart": last,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="Learning curves beside PyTorch's.")
    add = parser.add_argument
    add("--only", choices=("lstm", "resnet"))
    add("--corpus", type=Path, default=Path("corpus.txt"), help="a text of a million characters")
    add("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"), help="folder of IDX files")
    add("--steps", type=int, help="default: 2000 of lstm, four epochs of resnet")
    add("--seeds", type=int, default=3)
    add(
        "--control",
        action="store_true",
        help="beside the curves kept: PyTorch from weights moved by a bit",
    )
    add("--peers", default=sys.executable, help="a Python that has PyTorch")
    arguments = parser.parse_args()
    found = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for kind in (arguments.only,) if arguments.only else ("lstm", "resnet"):
        found[kind] = control(kind, found[kind], arguments) if arguments.control else compare(kind, arguments)
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
