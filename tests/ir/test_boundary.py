"""Boundary: errors name what the user called and show the user's own frames."""

import pickle
import subprocess
import sys
import traceback

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ArgumentError, ShapeError, TraceError, ValueRangeError, WengertError

X = wg.Tensor(np.ones((2, 3), "float32"))


@wg.function
def traced(x):
    return wg.matmul(x, x)


def branching(x):
    return x if x > 0 else -x


class OfAUser(wg.layers.Layer):
    def call(self, x):
        return wg.matmul(x, x)


WRONG = {
    "function": lambda: wg.add(X, np.ones(4, "float32")),
    "operator": lambda: X + np.ones(4, "float32"),
    "mirrored operator": lambda: np.ones(4, "float32") - X,
    "comparison": lambda: np.ones(4, "float32") < X,
    "method": lambda: X.sum(axis=7),
    "property": lambda: X[0].mT,
    "conversion": lambda: bool(X),
    "constructor": lambda: wg.layers.Dense(-1),
    "layer": lambda: wg.layers.Dense(3)(wg.Tensor(1.0)),
    "user's layer": lambda: OfAUser()(X),
    "traced": lambda: traced(X),
    "derived": lambda: wg.grad(lambda x: wg.sum(wg.matmul(x, x)))(X),
    "namespace": lambda: wg.linalg.outer(X, X),
    "foreign": lambda: wg.reshape(X, None),
}


def error_of(call):
    with pytest.raises(WengertError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_tracebacks_show_the_users_frames_only(call):
    e = error_of(call)
    files = {frame.filename for frame in traceback.extract_tb(e.__traceback__)}
    assert files == {__file__}
    assert "test_boundary.py:" in str(e).rpartition("[")[2]


def test_errors_at_trace_time_tell_the_line_of_the_function_that_is_traced():
    e = error_of(lambda: wg.function(branching)(wg.Tensor(1.0)))
    assert isinstance(e, TraceError)
    last = traceback.extract_tb(e.__traceback__)[-1]
    assert last.name == "branching"
    assert f"[test_boundary.py:{last.lineno}]" in str(e)


def test_all_frames_can_be_asked_for(monkeypatch):
    monkeypatch.setenv("WENGERT_TRACEBACK", "full")
    e = error_of(WRONG["function"])
    assert any("operators.py" in frame.filename for frame in traceback.extract_tb(e.__traceback__))


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: wg.reshape(X, None), ArgumentError, r"reshape: .*; got x=f32\[2,3\], shape=None"),
        (lambda: X.sum(axis=1.5), TypeError, r"sum: .*1\.5"),
        (lambda: wg.linspace(0, 1, -3), ValueError, r"linspace: .*-3"),
    ],
)
def test_what_numpy_or_python_say_is_told_with_the_function_and_its_arguments(call, kind, said):
    with pytest.raises(kind, match=said):
        call()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: wg.add(X), r"add: y must be given; got x. \["),
        (lambda: wg.add(X, X, X), r"add: must be given at most 2 arguments by position \(x, y\); got 3. \["),
        (
            lambda: wg.reshape(X, shpe=(6,)),
            r"reshape: arguments must be among .*; got shpe=\(6,\). Did you mean 'shape'",
        ),
        (lambda: wg.add(X, y=X), "add: y must be given by position; got y="),
        (lambda: wg.reshape(X, (6,), x=X), "reshape: x must be given "),
        (lambda: wg.callbacks.EarlyStopping(patence=3), "EarlyStopping: .* Did you mean 'patience'"),
        (lambda: wg.layers.Dense(3)(), "Dense: x must be given; got nothing. "),
        (lambda: wg.layers.Dense(3)(X, traning=True), "Dense 'dense.*': call: .* got traning=True. "),
    ],
)
def test_a_call_that_cannot_be_made_is_told_in_our_words(call, said):
    with pytest.raises(ArgumentError, match=said):
        call()


def test_errors_of_the_users_own_code_pass_as_they_are():
    wrong = KeyError("mine")

    def f(x):
        raise wrong

    for call in (lambda: wg.function(f)(X), lambda: wg.grad(f)(X), lambda: wg.vmap(f)(X)):
        with pytest.raises(KeyError) as caught:
            call()
        assert caught.value is wrong


def test_a_type_error_in_the_users_function_is_not_taken_for_ours():
    with pytest.raises(TypeError, match="unsupported operand") as caught:
        wg.grad(lambda x: None + 1)(X)
    assert not isinstance(caught.value, WengertError)


def test_public_functions_can_be_pickled():
    for f in (wg.add, wg.linalg.norm, wg.linalg.matmul, wg.activations.relu, wg.grad):
        assert pickle.loads(pickle.dumps(f)) is f  # noqa: S301  # our own bytes


def test_activations_are_still_saved_by_name():
    assert wg.layers.Dense(2, activation=wg.activations.relu).config()["activation"] == "relu"


def test_the_plain_interpreter_prints_two_frames_at_most():
    code = "import wengert as wg\ndef main():\n    wg.reshape(wg.ones((2, 3)), (4,))\nmain()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.count("File ") == 2
    assert "ShapeError: reshape" in done.stderr


def test_shape_errors_are_still_the_builtin_errors():
    assert issubclass(ShapeError, ValueError)
    assert issubclass(ArgumentError, TypeError)
    assert issubclass(ValueRangeError, ValueError)
