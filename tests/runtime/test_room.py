"""Room for results: no two results that someone holds share memory."""

import numpy as np
import pytest

import wengert as wg
from wengert.ir.types import TensorType
from wengert.runtime.room import Room

LARGE, SMALL = TensorType((1 << 18,)), TensorType((8,))


@pytest.mark.parametrize("type_", [LARGE, SMALL], ids=str)
def test_results_that_are_held_do_not_share_memory(type_):
    room = Room(type_)
    held = [room.array() for _ in range(3)]
    held.append(room.array()[::2])
    held.append(room.array().reshape(2, -1))
    assert not any(np.shares_memory(a, b) for k, a in enumerate(held) for b in held[:k])


def test_a_large_result_that_nobody_holds_is_used_again():
    room = Room(LARGE)
    where = room.array().ctypes.data
    assert room.array().ctypes.data == where
    part = room.array()[1:]
    assert room.array().ctypes.data != where
    del part


def test_results_of_a_compiled_function_stay_what_they_are():
    double = wg.function(lambda x: x * 2.0)
    first = double(np.ones(1 << 18, "float32"))
    view = first.numpy()
    del first
    second = double(np.zeros(1 << 18, "float32"))
    assert (view == 2).all()
    assert not second.numpy().any()
