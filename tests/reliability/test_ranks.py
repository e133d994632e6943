"""Several processes that train one model: the same bits on every rank and in every run, and one end for all."""

import json
import os
import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from tests.reliability.process import run_ranks
from tests.test_docs import PAGES, programs

pytestmark = pytest.mark.slow  # processes start, again and again
U = 2.0**-24  # half an ulp of 1, float32


def answers(count: int, script: str, *arguments: object) -> list:
    """What each rank reports, by its number."""
    code, out, err = run_ranks(count, _REPORT + script, *arguments)
    assert (code, err) == (0, "")
    found = dict(json.loads(line) for line in out.splitlines())
    return [found[rank] for rank in range(count)]


_REPORT = """
import hashlib, json, sys
import numpy as np
import wengert as wg
from wengert.distribute import all_mean, all_sum, rank, shard, size

def report(value):
    sys.stdout.write(json.dumps([rank(), value]) + "\\n")
    sys.stdout.flush()

def bits(arrays):
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()
"""

_TRAINED = """
rng = np.random.default_rng(0)
x, y = rng.normal(size=(320, 20)).astype("f"), rng.integers(0, 5, 320)
found = []
for inner in (wg.optimizers.SGD(0.1, momentum=0.9), wg.optimizers.Adam(clipnorm=1.0),
              wg.optimizers.LossScaleOptimizer(wg.optimizers.Adam())):
    wg.set_random_seed(rank())  # other first weights, other masks
    layers = [wg.layers.Dense(33, activation="gelu"), wg.layers.BatchNormalization(), wg.layers.Dropout(0.2)]
    model = wg.Sequential([wg.Input((20,)), *layers, wg.layers.Dense(5, activation="softmax")])
    model.compile(wg.distribute.DataParallel(inner), "sparse_categorical_crossentropy")
    own = bits(model.trainable_weights[0].numpy())
    model.fit(*shard(x, y), epochs=5, batch_size=16, verbose=0)  # 50 steps on 2 ranks
    found.append(bits(v.array for v in [*model.trainable_weights, *model.optimizer.variables]))
report([own, model.optimizer.iterations.numpy().item(), found])
"""


def test_ranks_agree_to_the_bit_after_50_steps_and_runs_repeat():
    first, second = answers(2, _TRAINED), answers(2, _TRAINED)
    assert first == second
    assert first[0][0] != first[1][0]
    assert first[0][1:] == first[1][1:]
    assert first[0][1] == 50


_LINEAR = """
data = np.load(sys.argv[1])
for name, optimizer in (("SGD", wg.optimizers.SGD(1e-2)), ("Adam", wg.optimizers.Adam(1e-3))):
    model = wg.Sequential([wg.Input((6,)), wg.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(wg.distribute.DataParallel(optimizer), "mse")
    model.fit(*shard(data["x"], data["y"]), epochs=10, batch_size=64 // size(), shuffle=False, verbose=0)
    found = np.concatenate([v.numpy().ravel() for v in model.trainable_weights]).tolist()
    report([name, found])
"""


def exact(x: np.ndarray, y: np.ndarray, optimizer: str) -> tuple[np.ndarray, float]:
    """The weights after 50 steps in float64, and a bound for the error of float32, derived in docs/distribute.md."""
    rate, n, terms = {"SGD": 1e-2, "Adam": 1e-3}[optimizer], 64, 64 + x.shape[1] + 6
    x, y = np.c_[x, np.ones(len(x))].astype(float), y[:, 0].astype(float)
    w = m = v = np.zeros(x.shape[1])
    error, ratio = 0.0, 1.0
    for t in range(50):
        rows = slice(t % 5 * n, (t % 5 + 1) * n)
        a, b = x[rows], y[rows]
        g, curved = 2 / n * a.T @ (a @ w - b), np.abs(2 / n * a.T @ a).sum(axis=1).max()
        rounding = terms * U * (2 / n * np.abs(a).T @ (np.abs(a) @ (np.abs(w) + error) + np.abs(b))).max()
        step, slope, own = g, 1.0, 2 * np.abs(g).max() + np.abs(w).max() / rate
        if optimizer == "Adam":
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            k = np.arange(t + 1)
            first, second = 0.9**k * 0.1 / (1 - 0.9 ** (t + 1)), 0.999**k * 0.001 / (1 - 0.999 ** (t + 1))
            root, ratio = np.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-7, np.sqrt(np.sum(first**2 / second))
            step, slope = m / (1 - 0.9 ** (t + 1)) / root, (1 + ratio) / root.min()
            own = 2000 * ratio + np.abs(w).max() / rate
        w, error = w - rate * step, error + rate * (slope * (curved * error + rounding) + U * own)
    return w, error


def test_two_ranks_are_one_but_for_rounding(tmp_path):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(320, 6)).astype("f")
    y = (x @ np.array([[2.0], [-3.0], [2.5], [-2.0], [3.0], [2.0]]) + 2.0).astype("f")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    found = {}
    for count in (1, 2):
        code, out, err = run_ranks(count, _REPORT + _LINEAR, tmp_path / "data.npz")
        assert (code, err) == (0, "")
        found[count] = {
            name: np.array(w) for rank, (name, w) in map(json.loads, out.splitlines()) if rank == 0
        }
    for optimizer in ("SGD", "Adam"):
        want, bound = exact(x, y, optimizer)
        assert bound < 1e-2 * np.abs(want).min()  # else it would say nothing
        np.testing.assert_allclose(found[1][optimizer], want, rtol=0, atol=bound)
        np.testing.assert_allclose(found[2][optimizer], want, rtol=0, atol=bound)
        np.testing.assert_allclose(found[2][optimizer], found[1][optimizer], rtol=0, atol=2 * bound)


_SUMS = """
parts = np.random.default_rng(0).normal(size=(size(), 1001)) * 10.0 ** np.arange(size())[:, None]
mine, whole = parts[rank()], wg.function(lambda *xs: all_sum(*xs))
for dtype in ("float32", "float64", "complex64"):
    want = parts[0].astype(dtype)
    for other in parts[1:]:
        want = want + other.astype(dtype)
    for got in (all_sum(wg.Tensor(mine, dtype)), whole(wg.Tensor(mine, dtype))):
        assert bits([got.numpy()]) == bits([want]), dtype
a, b, c = whole(wg.Tensor([[1, 2], [3, 4]]), wg.Tensor(rank() + 0.5), np.zeros((0, 3), "f"))
assert (a.numpy().tolist(), b.item(), c.shape) == ([[3, 6], [9, 12]], 4.5, (0, 3))
half = all_sum(wg.Tensor([2048.0, 1.0], "float16"))  # added up in float32
assert half.dtype == "float16" and half.numpy().tolist() == [6144, 3]
assert wg.scan(lambda s, x: (all_sum(s) + x, s), wg.Tensor(0.0), wg.Tensor([1.0, 2.0]))[0].item() == 5
square = wg.function(wg.grad(lambda x: wg.sum(all_mean(x) ** 2.0)))  # of the sum over ranks: 2 mean
assert square(wg.Tensor([rank() + 1.0])).numpy().tolist() == [4]
assert wg.jvp(all_sum, (wg.Tensor([1.0]),), (wg.Tensor([float(rank())]),))[1].numpy().tolist() == [3]
report("done")
"""


def test_sums_are_in_the_order_of_ranks_eagerly_recorded_and_in_derivatives():
    assert answers(3, _SUMS) == ["done"] * 3


_STOPPED = """
x = np.random.default_rng(0).normal(size=(64, 4)).astype("f")
y = x[:, :1] * (1 + 9 * (np.arange(64) % 2))[:, None]  # harder on rank 1
model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(1)])
model.compile(wg.distribute.DataParallel(wg.optimizers.SGD(0.3)), "mse")
own = []
before = wg.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: own.append(logs["loss"]))
stop = wg.callbacks.EarlyStopping("loss", patience=1, min_delta=0.05)
callbacks = [before, wg.distribute.MeanLogs(), stop]
history = model.fit(*shard(x, y), epochs=60, verbose=0, callbacks=callbacks).history["loss"]
report([own[-1], len(history), history[-1]])
"""


def test_callbacks_decide_alike_on_means():
    (own, *told), (other, *told_there) = answers(2, _STOPPED)
    assert own != other
    assert told == told_there == [told[0], pytest.approx((own + other) / 2)]
    assert told[0] < 60


_BEGUN = (
    _REPORT
    + """
import os, signal, time
x, y = np.ones((64, 4), "f"), np.ones((64, 1), "f")
model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(1)])
model.compile(wg.distribute.DataParallel(wg.optimizers.SGD(1e-2)), "mse")

def fit(rows=64, epochs=2):
    return model.fit(x[:rows], y[:rows], epochs=epochs, batch_size=16, verbose=0)

def hurry():
    os.environ["WENGERT_RANK_TIMEOUT"] = "3"

fit()
report(os.getpid())
"""
)

ENDS = {  # what goes wrong, and what is said
    "rank() and 1 / 0; fit()": "ZeroDivisionError: division by zero\nwengert: rank 1 of 2 has ended with this error",
    "fit(64 if rank() else 32)": "RankError: distribute: all ranks must take the same steps; got rank 0: the end of "
    "the program; rank 1: all_sum(12, 0.01, f32[4,1], f32[1]) at DataParallel. Give each rank as many batches",
    "rank() and sys.exit(3); fit()": "rank 1: the end of the program",
    "all_sum(np.ones(2 + rank()))": "ShapeError: all_sum: shapes, dtypes, steps taken, learning rates must be the "
    "same on all ranks; got rank 0: all_sum(f64[2]) at <string>:",
    "model.optimizer.learning_rate = 0.5 - rank() / 4; fit()": "got rank 0: all_sum(8, 0.5, f32[4,1], f32[1]) at "
    "DataParallel; rank 1: all_sum(8, 0.25,",
    "all_sum(x) if rank() else fit()": "RankError: distribute: all ranks must take the same steps; got",
    "wg.distribute.broadcast([wg.Variable(np.ones(1 + rank()))])": "ShapeError: broadcast: shapes",
    "hurry(); rank() and time.sleep(60); fit()": "no word from some for 3 seconds",
    "hurry(); rank() and os.kill(os.getpid(), signal.SIGSTOP); fit()": "no word from some for 3 seconds",
    "rank() and os.kill(os.getpid(), signal.SIGKILL); fit()": "signal 9",
    "rank() and os.kill(os.getpid(), signal.SIGINT); fit()": "KeyboardInterrupt",
}


@pytest.mark.parametrize("fault", ENDS)
def test_what_ends_one_rank_ends_all_with_a_message_and_no_orphan(fault):
    start = time.monotonic()
    code, out, err = run_ranks(2, f"{_BEGUN}\n{fault}\n")
    pids = [json.loads(line)[1] for line in re.findall(r"^\[.*\]$", out, re.MULTILINE)]
    assert code != 0
    assert ENDS[fault] in err + out
    assert len(pids) == 2
    assert time.monotonic() - start < 45
    assert not [pid for pid in pids if is_alive(pid)]


def is_alive(pid: int) -> bool:
    """Whether the process is there after two more seconds."""
    for _ in range(20):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        if ") Z " in Path(f"/proc/{pid}/stat").read_text():  # it has ended, and nobody has asked how
            return False
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    return True


_RESUMED = """
import signal
folder, killed, moment = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
x = np.random.default_rng(0).normal(size=(96, 4)).astype("f")
wg.set_random_seed(5 + rank())
layers = [wg.layers.Dense(8), wg.layers.Dropout(0.3), wg.layers.BatchNormalization(), wg.layers.Dense(1)]
model = wg.Sequential([wg.Input((4,)), *layers])
model.compile(wg.distribute.DataParallel(wg.optimizers.Adam(1e-2)), "mse")

class Doomed(wg.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        if rank() == killed and moment and model.optimizer.iterations.numpy() == 5:
            signal.setitimer(signal.ITIMER_REAL, moment)  # which ends the process

backup = wg.distribute.BackupAndRestore(folder, save_freq=2)
model.fit(*shard(x, x[:, :1]), epochs=20, batch_size=8, verbose=0, callbacks=[Doomed(), backup])
report(bits(v.array for v in model.variables))
"""


def test_training_that_one_rank_has_cut_short_is_resumed_with_the_same_bits(tmp_path, effort):
    want = answers(2, _RESUMED, tmp_path / "whole", 0, 0)
    rng = np.random.default_rng(0)
    for trial in range(effort):
        folder, killed = tmp_path / str(trial), trial % 2
        code, _, _ = run_ranks(2, _REPORT + _RESUMED, folder, killed, rng.uniform(1e-3, 0.3))
        assert code != 0
        newest = max((folder / f"rank-{1 - killed}-of-2").glob("epoch-*.wengert"))
        newest.unlink()  # as if it had been behind
        assert answers(2, _RESUMED, folder, 0, 0) == want


def test_the_program_of_the_page_runs_on_two_ranks():
    code, out, err = run_ranks(2, programs(PAGES["docs/distribute.md"]))
    assert (code, err) == (0, "")
    assert "2 ranks" in out
