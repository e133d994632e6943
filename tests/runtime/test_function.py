"""`wg.function`: recorded once, one program for every length; what is an argument, and what is part of the program."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, ShapeError, TraceError, UsageError
from wengert.runtime import function


def test_a_new_batch_size_compiles_nothing():
    f = wg.function(lambda x, w: wg.tanh(x @ w).sum(axis=0), signature=("f32[n,3]", "f32[3,2]"))
    w = np.ones((3, 2), "f")
    for n in (4, 1, 0, 100, 4):
        x = np.full((n, 3), 0.1, "f")
        np.testing.assert_allclose(f(x, w).numpy(), np.tanh(x @ w).sum(0), rtol=1e-5)
    assert f.compiles == 1


def test_flat_arguments_of_declared_types_are_looked_up_once(monkeypatch):
    f = wg.function(lambda x, w: x @ w, signature=("f32[n,3]", "f32[3,2]"))
    x, w = np.ones((4, 3), "f"), np.ones((3, 2), "f")
    f(x, w)
    monkeypatch.setattr(function, "flatten", lambda tree: pytest.fail("looked up again"))
    np.testing.assert_array_equal(f(x[:2], w).numpy(), x[:2] @ w)


def test_without_a_signature_every_shape_is_a_program():
    f = wg.function(lambda x: x + 1.0)
    f(np.ones(3, "f"))
    f(np.zeros(3, "f"))
    f(np.ones(4, "f"))
    assert f.compiles == 2


@pytest.mark.parametrize("compiled", [True, False])
def test_arguments_and_results_may_be_trees(compiled):
    @dataclass
    class Pair:
        a: object
        b: object

    f = wg.function(
        lambda pair, rest: {"sum": pair.a + pair.b, "rest": [rest["x"], (rest["y"] * 2.0, None)]},
        compiled=compiled,
    )
    out = f(Pair(np.float32(1), np.float32(2)), rest={"y": np.float32(3), "x": np.ones(2, "i")})
    assert out["sum"].item() == 3
    assert out["rest"][0].numpy().tolist() == [1, 1]
    assert out["rest"][1][0].item() == 6
    assert out["rest"][1][1] is None


def test_ints_bools_and_strings_are_part_of_the_program():
    f = wg.function(lambda x, n, flag, how: (x if flag else -x) * n + len(how))
    x = np.float32(2)
    assert f(x, 3, True, "ab").item() == 8
    assert f(x, 3, False, "ab").item() == -4
    assert f(x, 1, True, "ab").item() == 4
    assert f(x, True, True, "ab").item() == 4  # 1 == True, and yet another program
    assert f.compiles == 4


def test_floats_are_run_time_values():
    f = wg.function(lambda x, rate: x * rate)
    assert [f(np.float32(4), rate).item() for rate in (0.5, 0.25)] == [2, 1]
    assert f.compiles == 1


def test_arguments_that_cannot_be_told_apart_are_refused():
    f = wg.function(lambda x, options: x)
    with pytest.raises(UsageError, match=r"must be arrays or hashable; got \[\{1\}\]"):
        f(np.float32(1), {1})


def test_branching_on_a_value_names_the_line():
    def f(x):
        return x if x > 0 else -x  # this line

    with pytest.raises(TraceError, match=r"test_function\.py:\d+.*wg\.where") as caught:
        wg.function(f)(np.float32(1))
    assert f":{f.__code__.co_firstlineno + 1}" in str(caught.value)


@pytest.mark.parametrize("calls", [1, 2])
def test_wrong_calls_are_refused_the_first_time_and_later(calls):
    f = wg.function(lambda x, y: x + y, signature=("f32[n]", "f32[n]"))
    a = np.ones(3, "f")
    if calls == 2:
        f(a, a)
    with pytest.raises(ShapeError, match=r"2 arguments are needed; got 1"):
        f(a)
    with pytest.raises(ShapeError, match=r"2 arguments are needed; got 3"):
        f(a, a, a)
    with pytest.raises(ShapeError, match=r"argument 1 must be f32\[n\], where n is 3; got f32\[4\]"):
        f(a, np.ones(4, "f"))
    with pytest.raises(ShapeError, match=r"argument 0 must be f32\[n\].*got f64\[3\]"):
        f(a.astype("d"), a)
    assert f(a, a).numpy().tolist() == [2, 2, 2]


def test_a_tree_stays_a_tree_at_the_second_call():
    f = wg.function(lambda xs: xs[0] * 2.0, signature=("f32[1]",))
    for _ in range(2):
        assert f([np.ones(1, "f")]).numpy().tolist() == [2]


def test_a_compound_length_is_checked():
    f = wg.function(lambda x, y: y + 1.0, signature=("f32[n]", "f32[2*n]"))
    assert f(np.ones(2, "f"), np.ones(4, "f")).shape == (4,)
    with pytest.raises(ShapeError, match=r"argument 1 must be f32\[2\*n\], where n is 2; got f32\[3\]"):
        f(np.ones(2, "f"), np.ones(3, "f"))


@pytest.mark.parametrize("compiled", [True, False])
def test_lengths_that_a_step_cannot_have_name_its_line(compiled):
    f = wg.function(lambda x: wg.max(x), signature=("f32[n]",), compiled=compiled)
    assert f(np.array([1, 3], "f")).item() == 3
    with pytest.raises(ShapeError, match=r"reduce_max: there must be an element.*test_function\.py"):
        f(np.zeros(0, "f"))


def test_arguments_of_every_layout_are_taken():
    f = wg.function(lambda x: x * 2.0, signature=("f32[n,2]",))
    base = np.arange(12, dtype="f").reshape(2, 6)
    for x in (base[:, ::3], np.asfortranarray(base[:, :2]), base.T[:2].T, wg.Tensor(base[:, :2])):
        np.testing.assert_array_equal(f(x).numpy(), 2 * np.asarray(x))


def test_results_alias_neither_each_other_nor_arguments():
    x = np.ones(4, "f")
    f = wg.function(lambda x: (x, x, x + 0.0), signature=("f32[n]",))
    first, second = f(x), f(x)
    arrays = [x, *(t.value for t in (*first, *second))]
    for k, a in enumerate(arrays):
        for b in arrays[k + 1 :]:
            assert not np.shares_memory(a, b)


def test_a_variable_as_argument_is_what_it_held_before():
    v = wg.Variable([1.0, 2.0])

    @wg.function
    def f(x):
        v.assign(v * 10.0)
        return x + 1.0

    assert f(v).numpy().tolist() == [2, 3]
    assert v.numpy().tolist() == [10, 20]


def test_a_function_called_while_another_is_recorded_becomes_part_of_it():
    inner = wg.function(lambda x: x * 2.0)
    outer = wg.function(lambda x: inner(x) + inner(x + 1.0), signature=("f32[n]",))
    assert outer(np.array([1.0, 2.0], "f")).numpy().tolist() == [6, 10]
    assert (outer.compiles, inner.compiles) == (1, 0)


def test_a_function_inside_of_a_tape_can_be_differentiated():
    square = wg.function(lambda x: (x * x).sum())
    assert wg.grad(square)(np.array([3.0], "f")).numpy().tolist() == [6]
    v = wg.Variable(2.0)
    cube = wg.function(lambda: v * v * v)
    with wg.GradientTape() as tape:
        y = cube()
    assert tape.gradient(y, v).item() == 12


def test_a_compiled_function_is_the_interpreted_one():
    def f(x, y):
        e = wg.exp(x - wg.max(x, axis=1, keepdims=True))
        return e / wg.sum(e, axis=1, keepdims=True) + y, wg.argmax(x, axis=1)

    x, y = np.random.default_rng(0).normal(size=(5, 7)).astype("f"), np.ones(7, "f")
    signature = ("f32[n,7]", "f32[7]")
    got = wg.function(f, signature=signature)(x, y)
    want = wg.function(f, signature=signature, compiled=False)(x, y)
    np.testing.assert_allclose(got[0].numpy(), want[0].numpy(), rtol=1e-6)
    np.testing.assert_array_equal(got[1].numpy(), want[1].numpy())


def test_no_program_is_kept_of_a_recording_that_failed():
    fail = True

    @wg.function
    def f(x):
        if fail:
            raise RuntimeError("once")
        return x + 1.0

    with pytest.raises(RuntimeError, match="once"):
        f(np.float32(1))
    fail = False
    assert f(np.float32(1)).item() == 2
    assert f.compiles == 1


def test_graph_is_what_was_recorded():
    f = wg.function(lambda x: x + 1.0, signature=("f32[n]",))
    assert [s.primitive.name for s in f.graph(np.ones(1, "f")).steps][-1] == "add"


def test_threads_may_call_one_function():
    f = wg.function(lambda x: wg.exp(x) * 2.0, signature=("f32[n]",))
    wrong = []

    def work(k):
        x = np.full(1000 + k, k / 10, "f")
        for _ in range(50):
            if not np.allclose(f(x).numpy(), 2 * np.exp(x)):
                wrong.append(k)

    team = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in team:
        t.start()
    for t in team:
        t.join()
    assert not wrong


def test_it_needs_something_to_call():
    with pytest.raises(UsageError, match="needs a callable; got 3"):
        wg.function(3)


@pytest.mark.parametrize("bad", ["f32", "x[2]", "f32[2"])
def test_a_signature_must_read_like_types(bad):
    with pytest.raises((DTypeError, ShapeError), match="type: "):
        wg.function(lambda x: x, signature=(bad,))


@pytest.mark.parametrize("compiled", [True, False])
def test_a_symbolic_length_is_a_number_in_arithmetic(compiled):
    f = wg.function(
        lambda x: (wg.sum(x) / x.shape[0], x.shape[0] * x, x - 2 * x.shape[0] + 1),
        signature=("f32[n]",),
        compiled=compiled,
    )
    for n in (1, 5):
        x = np.arange(n, dtype="f")
        mean, scaled, moved = f(x)
        assert mean.item() == x.mean()
        np.testing.assert_array_equal(scaled.numpy(), n * x)
        np.testing.assert_array_equal(moved.numpy(), x - 2 * n + 1)
        assert moved.dtype == "float32"


def test_a_wrong_argument_is_told_with_the_line_of_the_call():
    f = wg.function(lambda x, y: x + y, signature=("f32[n]", "f32[n]"))
    with pytest.raises(ShapeError, match=r"argument 1 must be f32\[n\], .* got f32\[4\]. \[test_function.py"):
        f(np.zeros(3, "f"), np.zeros(4, "f"))


def test_a_signature_is_a_tuple():
    with pytest.raises(UsageError, match=r"signature must be a tuple of types; got 'f32\[n\]'"):
        wg.function(lambda x: x, signature="f32[n]")
