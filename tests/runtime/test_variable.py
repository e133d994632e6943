"""Variables: fixed memory, in-place updates, and state that stays as it was when a step fails."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, IndexRangeError, ShapeError, UsageError


def test_it_holds_a_copy_in_aligned_memory():
    a = np.ones(5, "f")
    v = wg.Variable(a)
    a[0] = 9
    assert v.numpy().tolist() == [1] * 5
    assert v.array.ctypes.data % 64 == 0
    assert (v.shape, v.dtype, v.ndim) == ((5,), "float32", 1)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (2, 3)])
def test_every_shape_can_be_held(shape):
    v = wg.Variable(np.full(shape, 2.0, "f"))
    v.assign_add(np.ones(shape, "f"))
    assert v.numpy().tolist() == np.full(shape, 3.0).tolist()


def test_what_was_read_keeps_its_value():
    v = wg.Variable([1.0])
    old, array = v.value, v.numpy()
    v.assign([2.0])
    assert old.item() == array[0] == 1


def test_assigning_converts_numbers_and_keeps_the_shape():
    v = wg.Variable([1.5, 2.5], name="w")
    v.assign(np.array([1, 2]))
    assert (v.numpy().tolist(), v.dtype) == ([1, 2], "float32")
    with pytest.raises(ShapeError, match=r"assign: variable 'w' must keep its shape f32\[2\]; got .*\[1\]"):
        v.assign([1.0])
    with pytest.raises(DTypeError, match="values must be numbers"):
        v.assign(["a", "b"])
    assert v.numpy().tolist() == [1, 2]


def test_arithmetic_on_variables_gives_tensors():
    v = wg.Variable([1.0, 2.0])
    assert isinstance(v * 2.0, wg.Tensor)
    assert (2.0 * v + v).numpy().tolist() == [3, 6]
    assert np.asarray(v).tolist() == [1, 2]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_function_updates_it_in_place(compiled):
    v = wg.Variable(np.zeros(4, "f"))
    before = v.array.ctypes.data

    @wg.function(signature=("f32[4]",), compiled=compiled)
    def step(g):
        v.assign_sub(g * 0.5)
        return v.value.sum()

    x = np.ones(4, "f")
    assert [step(x).item() for _ in range(3)] == [-2, -4, -6]
    assert v.numpy().tolist() == [-1.5] * 4
    assert v.array.ctypes.data == before
    assert step.compiles == 1


@pytest.mark.parametrize("compiled", [True, False])
def test_two_variables_swap(compiled):
    a, b = wg.Variable([1.0, 2.0]), wg.Variable([3.0, 4.0])

    @wg.function(compiled=compiled)
    def swap():
        old = a.value
        a.assign(b)
        b.assign(old)

    swap()
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([3, 4], [1, 2])


@pytest.mark.parametrize("compiled", [True, False])
def test_each_needs_all_of_the_others_old_value(compiled):
    a, b = wg.Variable(np.arange(6.0).reshape(2, 3)), wg.Variable(np.ones((2, 3)))

    @wg.function(compiled=compiled)
    def mix():
        x, y = a.value, b.value
        a.assign(x + y.sum(axis=0))
        b.assign(y - x.sum(axis=1, keepdims=True))

    mix()
    x, y = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
    np.testing.assert_array_equal(a.numpy(), x + y.sum(0))
    np.testing.assert_array_equal(b.numpy(), y - x.sum(1, keepdims=True))


@pytest.mark.parametrize("compiled", [True, False])
def test_a_value_that_depends_on_all_of_itself(compiled):
    v = wg.Variable(np.arange(1000.0))

    @wg.function(compiled=compiled)
    def centre():
        v.assign(wg.flip(v.value) - v.value.mean())

    want = np.arange(1000.0)[::-1] - np.arange(1000.0).mean()
    centre()
    np.testing.assert_allclose(v.numpy(), want)


@pytest.mark.parametrize("compiled", [True, False])
def test_it_is_read_as_it_is_at_that_point(compiled):
    v = wg.Variable(1.0)

    @wg.function(compiled=compiled)
    def f():
        first = v.value
        v.assign(v + 1.0)
        second = v.value
        v.assign(v * 10.0)
        return first, second, v.value

    assert [t.item() for t in f()] == [1, 2, 20]
    assert v.numpy() == 20


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("where", ["before", "after"])
def test_a_failing_index_leaves_all_state_as_it_was(compiled, where):
    v, w = wg.Variable(np.zeros((3, 2), "f")), wg.Variable(0.0)

    @wg.function(signature=("i64[n]",), compiled=compiled)
    def step(labels):
        if where == "after":
            v.assign(v + 1.0)
            w.assign(w + 1.0)
        rows = wg.take(v, labels, axis=0)
        if where == "before":
            v.assign(v + 1.0)
            w.assign(w + 1.0)
        return rows.sum()

    step(np.array([0, 2]))
    for bad in (3, 10**12):
        with pytest.raises(IndexRangeError, match=rf"must .*; got .*{bad}.*test_variable\.py"):
            step(np.array([0, bad]))
        assert v.numpy().tolist() == [[1, 1]] * 3
        assert w.numpy() == 1
    step(np.array([1]))
    assert w.numpy() == 2


def test_a_failing_index_inside_of_a_loop_leaves_all_state_as_it_was():
    from wengert.ir.graph import Graph
    from wengert.ir.node import graph_input
    from wengert.prims.control import item, scan
    from wengert.prims.indexing import gather

    v, table = wg.Variable(0.0), wg.Variable(np.arange(4.0, dtype="f"))
    total, one, label = (graph_input(wg.TensorType.parse(t), t[0]) for t in ("f32[]", "f32[4]", "i64[]"))
    body = Graph((total, one, label), (total + gather(one, label, axis=0), one))

    @wg.function(signature=("i64[n]",))
    def step(labels):
        v.assign(v + 1.0)
        n = labels.shape[0]
        end = scan(np.float32(0), table, labels, body=body, carries=2, length=n, reverse=False)
        return item(end, index=0)

    assert step(np.array([1, 3])).item() == 4
    with pytest.raises(IndexRangeError, match="gather"):
        step(np.array([1, 4, 2]))
    assert v.numpy() == 1


def test_it_is_part_of_a_graph_only_while_one_is_recorded():
    v = wg.Variable(1.0, name="bias")
    with pytest.raises(UsageError, match="Variable 'bias': is part of a graph only inside of wg.function"):
        v.__wengert_node__()


def test_names_are_distinct_and_shown():
    a, b = wg.Variable(1.0), wg.Variable(1.0)
    assert a.name != b.name
    assert repr(wg.Variable([1.0], name="w")) == "<Variable 'w' f32[1]: [1.]>"
