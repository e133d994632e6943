"""The garbage collector waits while much is made, and goes on afterwards, whatever happens."""

import gc
import os
import threading

import pytest

from wengert.base.collector import collector_paused


@pytest.fixture(autouse=True)
def collector_on():
    gc.enable()
    yield
    gc.enable()


def test_it_is_off_inside_and_on_afterwards():
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_an_error():
    with pytest.raises(ZeroDivisionError), collector_paused():
        1 / 0  # noqa: B018
    assert gc.isenabled()


def test_what_the_user_has_turned_off_stays_off():
    gc.disable()
    with collector_paused():
        pass
    assert not gc.isenabled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_it_goes_on_in_the_child_of_a_fork_that_another_thread_was_compiling_at():
    inside, done = threading.Event(), threading.Event()

    def compile_something():
        with collector_paused():
            inside.set()
            done.wait()

    thread = threading.Thread(target=compile_something)
    thread.start()
    inside.wait()
    child = os.fork()
    if not child:
        os._exit(0 if gc.isenabled() else 1)
    _, status = os.waitpid(child, 0)
    done.set()
    thread.join()
    assert status == 0
