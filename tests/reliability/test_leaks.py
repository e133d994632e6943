"""Memory, files and threads of a process that goes on and on: they stay as many as they were."""

import gc
import weakref

import numpy as np
import pytest

import wengert as wg
from tests.reliability.process import run_python
from wengert.runtime import function as of_functions

# Grows by so much between the first and the last of `work(0), work(1), ...`, after the first ones of them:
# MiB, KiB a turn, open files, threads.
_GROWTH = """
    import ctypes, gc, os, sys, threading
    import numpy as np
    import wengert as wg

    def state():
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # what is free, but not given back, is no leak
        with open("/proc/self/smaps_rollup") as file:
            anonymous = next(line for line in file if line.startswith("Anonymous:"))
        return int(anonymous.split()[1]), len(os.listdir("/proc/self/fd")), threading.active_count()

    def growth(work, warm, count):
        for k in range(warm):
            work(k)
        memory, files, threads = state()
        for k in range(warm, warm + count):
            work(k)
        more, *others = state()
        assert others == [files, threads], (others, files, threads)
        print((more - memory) / 1024, (more - memory) / count)
"""

_STEPS = """
    layers = [wg.layers.Dense(8, activation="tanh"), wg.layers.Dropout(0.1), wg.layers.Dense(1)]
    model = wg.Sequential([wg.Input((4,)), *layers])
    model.compile("adam", "mse", metrics=["mae"])
    x = np.ones((16, 4), "f")
    work = lambda k: model.train_on_batch(x[: 1 + k % 16], x[: 1 + k % 16, :1])
"""

_MODELS = """
    x = np.ones((8, 4), "f")
    def work(k):
        model = wg.Sequential([wg.layers.Dense(4, activation="relu"), wg.layers.Dropout(0.1), wg.layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(x, x[:, :1], verbose=0)
"""

_FAILURES = """
    x = np.ones((3, 4), "f")
    def work(k):
        f = wg.function(lambda x: (wg.exp(x) @ x) if k % 2 else x + object())
        try:
            f(x)
        except (ValueError, TypeError):
            return
        raise AssertionError("it must be refused")
"""

_SHAPES = """
    f = wg.function(lambda x: wg.sum(wg.tanh(x) * 2.0 + wg.exp(x)))
    work = lambda k: f(np.ones(k + 2, "f"))
"""


def grown(work: str, warm: int, count: int) -> tuple[float, float]:
    """(MiB, KiB a turn) by which a process grows in `count` turns."""
    total, each = run_python(f"{_GROWTH}{work}    growth(work, {warm}, {count})", timeout=1800).split()
    return float(total), float(each)


@pytest.mark.parametrize(
    ("work", "few", "many"),
    [(_STEPS, 1000, 1000), (_MODELS, 10, 100), (_FAILURES, 100, 100)],
    ids=["steps", "models", "failures"],
)
def test_a_process_does_not_grow(work, few, many, effort):
    """Steps of training, models made and dropped, functions that cannot be compiled."""
    count = few if effort == 1 else many * effort
    total, _ = grown(work, max(count // 2, 15), count)
    print(f"{total:+.2f} MiB")
    assert total < 1


def test_new_shapes_take_the_place_of_old_ones(effort):
    """Of a function without a signature, each shape has a program: there are so many, and no more."""
    full = effort > 1
    total, each = grown(_SHAPES, of_functions.MOST_PROGRAMS if full else 150, 500 * effort if full else 50)
    print(f"{total:+.1f} MiB, {each:.1f} KiB a shape")
    assert each < 20
    assert total < 40  # the first ones took some 25 MiB


def test_the_program_called_last_stays(monkeypatch):
    monkeypatch.setattr(of_functions, "MOST_PROGRAMS", 3)
    f = wg.function(lambda x: x * 2.0)
    for n in (1, 2, 3, 1, 4):  # 4 takes the place of 2
        f(np.ones(n, "f"))
    assert f.compiles == 4
    for n in (1, 3, 4):
        f(np.ones(n, "f"))
    assert f.compiles == 4
    f(np.ones(2, "f"))
    assert f.compiles == 5


def test_a_model_that_nobody_holds_is_gone_with_its_programs():
    model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(3), wg.layers.BatchNormalization()])
    model.compile("adam", "mse")
    x = np.ones((4, 4), "f")
    model.fit(x, x[:, :3], verbose=0)
    held = [weakref.ref(o) for o in (model, model.train_step, *model.variables)]
    del model
    gc.collect()
    assert [r() for r in held] == [None] * len(held)
