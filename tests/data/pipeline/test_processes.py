"""Maps in other processes give what threads give; errors and deaths come in their place; no child stays."""

import gc
import multiprocessing
import os
import signal
import time

import numpy as np
import pytest

from wengert.base.errors import StallError
from wengert.data import Dataset


class Odd(Exception):
    """An exception that can be pickled."""


def squares(x, key):
    return {"x": np.full(3, x), "key": key}


def no_sevens(x):
    if x == 7:
        raise Odd("seven")
    return x


def children_gone() -> bool:
    end = time.monotonic() + 20  # seconds: a busy machine may take some
    while multiprocessing.active_children() and time.monotonic() < end:
        time.sleep(0.01)
    return not multiprocessing.active_children()


def test_elements_are_those_of_threads():
    data = Dataset.range(40).shuffle(9)
    here = [b["key"].tolist() for b in data.map(squares).batch(8).iterate()]
    there = data.map(squares, num_processes=2).batch(8)
    assert [b["key"].tolist() for b in there.iterate()] == here
    with there.iterate() as iterator:
        next(iterator)
        state = iterator.state()
    assert [b["key"].tolist() for b in there.iterate(state)] == here[1:]
    assert children_gone()


def test_an_error_keeps_type_and_traceback():
    iterator = Dataset.range(10).map(no_sevens, num_processes=2).iterate()
    assert [next(iterator) for _ in range(7)] == list(range(7))
    with pytest.raises(Odd, match="seven") as caught:
        next(iterator)
    assert "in map(no_sevens), element 7" in caught.value.__notes__
    assert "in no_sevens" in caught.value.__notes__[-1]
    assert list(iterator) == [8, 9]


def test_an_error_that_cannot_travel_says_what_it_was():
    class Local(Exception):
        pass

    def work(x):
        raise Local("here")

    with pytest.raises(RuntimeError, match=r"Local\('here'\)"):
        next(Dataset.range(3).map(work, num_processes=1).iterate())


def test_what_cannot_travel_is_an_error():
    with pytest.raises((TypeError, AttributeError, ValueError), match="pickle|local object"):
        next(Dataset.range(3).map(lambda x: lambda: x, num_processes=1).iterate())


DEATHS = {
    "3": lambda: os._exit(3),
    "-9": lambda: os.kill(os.getpid(), signal.SIGKILL),
}  # -9: as of the OOM killer


@pytest.mark.parametrize("code", DEATHS)
def test_a_process_that_dies_is_named_and_replaced(code):
    def work(x):
        if x == 5:
            DEATHS[code]()
        return x

    iterator = Dataset.range(40).map(work, num_processes=2).iterate(timeout=20)
    found = []
    while len(found) < 40:
        try:
            found.append(int(next(iterator)))
        except RuntimeError as error:
            found.append(str(error))
    assert next(iterator, None) is None
    assert f"ended with code {code}." in found[5]
    assert [x for k, x in enumerate(found) if x != k] == [found[5]] * sum(isinstance(x, str) for x in found)


def test_a_process_that_hangs_is_ended():
    iterator = Dataset.range(4).map(lambda x: time.sleep(60), num_processes=2).iterate(timeout=0.3)
    with pytest.raises(StallError):
        next(iterator)
    iterator.close()
    assert children_gone()


def test_epochs_do_not_pile_up_processes():
    for _ in Dataset.range(3).map(no_sevens, num_processes=2).repeat(5).iterate():
        assert len(multiprocessing.active_children()) <= 2


def test_leaving_early_ends_the_processes():
    for _ in Dataset.range(10**6).map(no_sevens, num_processes=2).batch(4):
        break
    gc.collect()
    assert children_gone()
