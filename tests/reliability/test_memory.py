"""Where memory does not suffice: an error that says for what, nothing half done, and the next step works."""

import itertools
import re
import sys

import numpy as np
import pytest

import wengert as wg
from tests.reliability.process import run_python

_TOLD = re.compile(r"[\d,]+ bytes|[\d.]+ \w?iB ")


def failing_at(count: int, patch: pytest.MonkeyPatch) -> list[int]:
    """Let the count-th array that is made raise MemoryError; tells how many were asked for."""
    seen = [0]

    def limited(make):
        def new(*args, **kwargs):
            seen[0] += 1
            if seen[0] == count:
                raise MemoryError("Unable to allocate 1.00 GiB for an array")
            return make(*args, **kwargs)

        return new

    for name in ("empty", "zeros", "ones", "ascontiguousarray", "empty_like", "copyto"):
        patch.setattr(np, name, limited(getattr(np, name)))
    return seen


def memory_error_of(call) -> str | None:
    try:
        call()
    except MemoryError as e:
        return str(e)
    return None


@pytest.mark.parametrize("compiles", [False, True])
def test_the_kth_allocation_of_a_step_may_fail(model, data, compiles, effort):
    """Of a batch of a new size, so that all of a program's memory is asked for anew; and of a new program."""
    x, y = data
    model.train_on_batch(x[:2], y[:2])
    for k in itertools.count(1, 20 if compiles and effort == 1 else 1):
        state = [*model.variables, *model.optimizer.variables]
        before = [v.numpy() for v in state]
        batch = 3 + k % 60
        if compiles:
            model._steps.clear()
        with pytest.MonkeyPatch.context() as patch:
            seen = failing_at(k, patch)
            told = memory_error_of(lambda n=batch: model.train_on_batch(x[:n], y[:n]))
        if told is None:
            assert seen[0] < k, "it went on without the memory"
            break
        assert _TOLD.search(told), told
        for v, a in zip(state, before, strict=True):
            np.testing.assert_array_equal(v.numpy(), a)
        model.train_on_batch(x[:batch], y[:batch])
    print(f"{k - 1} allocations")
    assert k > 2
    assert np.isfinite(model.evaluate(x, y, verbose=0)).all()


def test_what_takes_the_memory_is_named():
    huge = np.broadcast_to(np.float32(1), (1 << 23, 1))
    f = wg.function(lambda x: wg.exp(x) + np.ones((1, 1 << 23), "f"), signature=("f32[n,1]",))
    with pytest.raises(
        MemoryError, match=r"^add .*test_memory.py:\d+.*281,474,976,710,656 bytes for f32\[8388608,8388608\]"
    ):
        f(huge)
    assert f(np.zeros((1, 1), "f")).shape == (1, 1 << 23)
    g = wg.function(
        lambda x: wg.sum(wg.cumsum(x * np.ones((1, 1 << 23), "f"), axis=0)), signature=("f32[n,1]",)
    )
    with pytest.raises(MemoryError, match=r"must fit into memory; it takes [\d,]+ bytes"):
        g(huge)
    assert g(np.ones((1, 1), "f")).item() == 1 << 23


_LIMITED = """
    import resource, sys
    import numpy as np
    import wengert as wg

    model = wg.Sequential([wg.Input((64,)), wg.layers.Dense(256, activation="tanh"), wg.layers.Dense(1)])
    model.compile("adam", "mse")
    x, few = np.ones((60_000, 64), "f"), np.ones((4, 64), "f")
    model.train_on_batch(few, few[:, :1])
    state = lambda: [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    page = resource.getpagesize()
    outcomes = {}
    for room in eval(sys.argv[1]):
        before = state()
        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * page
        resource.setrlimit(resource.RLIMIT_AS, (now + (room << 20), resource.RLIM_INFINITY))
        told = None
        wg.set_threads(1 + room % 4)
        try:
            wg.function(lambda x: wg.sum(wg.exp(x) * float(room)), signature=("f32[n]",))(few[0])
            model.train_on_batch(x, x[:, :1])
        except MemoryError as e:
            told = str(e)
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        if told is not None:
            for a, b in zip(before, state(), strict=True):
                np.testing.assert_array_equal(a, b)
        outcomes[told.split(":")[0] if told else "trained"] = outcomes.get(told, 0) + 1
        assert np.isfinite(model.train_on_batch(few, few[:, :1]))
        model._steps.clear()  # with the memory of its programs
        model.train_on_batch(few, few[:, :1])
    print(sorted(outcomes))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS")
def test_a_process_without_memory_goes_on_when_it_has_some_again(effort):
    rooms = "(0, 1, 20, 70, 150, 400)" if effort == 1 else f"range(0, 400, {max(1, 40 // effort)})"
    found = run_python(_LIMITED, rooms, timeout=600)
    print(found)
    assert "trained" in found
    assert len(found.split(",")) > 1
