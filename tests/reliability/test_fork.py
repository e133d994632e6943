"""The child of a fork computes, whatever its parent was doing; other processes take models by copy."""

import copy
import multiprocessing
import os
import pickle
import sys

import numpy as np
import pytest

import wengert as wg
from tests.reliability.process import run_python

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

_CHILD = """
    import faulthandler, os, threading, time, warnings
    import numpy as np
    import wengert as wg

    # Python 3.12 and later warn of every fork where there are threads; that it is safe here is what is tested.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)

    def in_child(work):
        pid = os.fork()
        if pid == 0:
            faulthandler.dump_traceback_later(20, exit=True)
            try:
                work()
            except BaseException:
                import traceback
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

    x = np.linspace(-1, 1, 512 * 64, dtype="f").reshape(512, 64)
    f = wg.function(lambda x: wg.tanh(x @ x.T) + wg.exp(x[:, :1]), signature=("f32[n,64]",))
"""


def test_a_child_may_make_the_first_compile():
    assert run_python(_CHILD + "    in_child(lambda: f(x)); print(f(x).shape)") == "(512, 512)"


def test_a_child_goes_on_with_what_its_parent_compiled():
    body = """
    want = f(x).numpy()
    in_child(lambda: np.testing.assert_array_equal(f(x).numpy(), want))
    in_child(lambda: wg.function(lambda x: x * 2.0)(x))
    print("done")
    """
    assert run_python(_CHILD + body) == "done"


def test_a_child_born_during_a_run_has_no_lock_in_its_way(effort):
    """The parent's other thread is in the midst of the very function that the child calls."""
    body = f"""
    want, stop = f(x).numpy(), []
    def busy():
        while not stop:
            f(x)
    thread = threading.Thread(target=busy)
    thread.start()
    for _ in range({5 * effort}):
        in_child(lambda: np.testing.assert_array_equal(f(x).numpy(), want))
        in_child(lambda: np.testing.assert_array_equal(f(x[:9]).numpy(), want[:9, :9]))
    stop.append(1)
    thread.join()
    print("done")
    """
    assert run_python(_CHILD + body) == "done"


def test_a_child_born_during_a_compile_may_compile(effort):
    body = f"""
    stop = []
    @wg.function
    def slow(x, n):
        time.sleep(0.02)
        return x * float(n)
    def busy():
        while not stop:
            slow(x, len(slow._programs))
    thread = threading.Thread(target=busy)
    thread.start()
    for n in range({5 * effort}):
        in_child(lambda: slow(x, 1000 + n))
        time.sleep(0.01)
    stop.append(1)
    thread.join()
    print("done")
    """
    assert run_python(_CHILD + body, WENGERT_CACHE_DIR="") == "done"


def sums(model, x):
    """Run in another process."""
    return float(model.predict(x).sum()), sys.flags.hash_randomization


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python 3.12: fork of a process with threads
@pytest.mark.parametrize("kind", ["fork", "spawn"])
def test_a_pool_of_processes_takes_a_model(kind, model, data):
    x, y = data
    model.fit(x, y, verbose=0)
    with multiprocessing.get_context(kind).Pool(1) as pool:
        found, _ = pool.apply_async(sums, (model, x)).get(60)
    assert found == float(model.predict(x).sum())


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])  # noqa: S301
def test_a_copy_of_a_model_trains_as_the_model_would_and_apart_from_it(copied, model, data):
    x, y = data
    model.fit(x, y, batch_size=16, verbose=0)
    before, other = model.predict(x), copied(model)
    other.fit(x, y, batch_size=16, shuffle=False, verbose=0)
    np.testing.assert_array_equal(model.predict(x), before)
    model.fit(x, y, batch_size=16, shuffle=False, verbose=0)
    np.testing.assert_array_equal(model.predict(x), other.predict(x))
    for v in other.variables:
        assert v.array.ctypes.data % 64 == 0


def test_a_copy_of_a_function_has_programs_of_its_own():
    f = wg.function(lambda x: x * 2.0, signature=("f32[n]",))
    f(np.ones(3, "f"))
    other = copy.deepcopy(f)
    assert other(np.ones(2, "f")).numpy().tolist() == [2, 2]
    assert (f.compiles, other.compiles) == (1, 1)


def test_a_child_sees_the_changes_that_it_makes_itself_and_none_of_its_parent(effort):
    """Also where it was born while another thread of its parent was changing a variable, or predicting."""
    body = f"""
    v = wg.Variable(np.linspace(-1, 1, 192 * 192).reshape(192, 192))
    x = np.linspace(-1, 1, 16 * 192, dtype="f").reshape(16, 192)
    f = wg.function(lambda x: x @ v.value.T)
    step = wg.function(lambda x: v.assign(v * 0.9 + wg.sum(x)))
    f(x), step(x)

    def check():
        np.testing.assert_allclose(f(x).numpy(), x @ v.numpy().T, rtol=1e-3, atol=1e-2)

    def child():
        check()
        v.assign(v.numpy() * 0.5 + 1.0)
        check()
        step(x)
        check()

    stop = []
    def busy():
        while not stop:
            step(x)
            f(x)
    threads = [threading.Thread(target=busy) for _ in range(2)]
    [t.start() for t in threads]
    for _ in range({20 * effort}):
        in_child(child)
    stop.append(1)
    [t.join() for t in threads]
    in_child(child)
    check()
    print("done")
    """
    assert run_python(_CHILD + body) == "done"
