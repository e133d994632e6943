"""Calls that cannot be made are told in our words; functions of the user's are asked what they take."""

import inspect

import pytest

from wengert.base.calls import require_fit, require_takes
from wengert.base.errors import ArgumentError

SIGNATURE = inspect.signature(lambda a, /, b, *, c=1: None)


@pytest.mark.parametrize(
    ("args", "kwargs", "says"),
    [
        ((), {}, "f: a and b must be given; got nothing."),
        ((1,), {"c": 2}, "f: b must be given; got a, c."),
        ((1, 2, 3), {}, "f: must be given at most 2 arguments by position (a, b); got 3."),
        ((1, 2), {"d": 3}, "f: arguments must be among a, b, c; got d=3."),
        ((1, 2), {"cc": 3}, "f: arguments must be among a, b, c; got cc=3. Did you mean 'c'?"),
        ((1, 2), {"b": 3}, "f: b must be given once; got it by position and by name."),
        ((), {"a": 1, "b": 2}, "f: a must be given by position; got a=1."),
    ],
)
def test_what_does_not_fit_is_told(args, kwargs, says):
    with pytest.raises(ArgumentError) as told:
        require_fit("f", SIGNATURE, args, kwargs)
    assert str(told.value) == says


@pytest.mark.parametrize(
    ("signature", "args", "kwargs"),
    [
        (SIGNATURE, (1, 2), {"c": 3}),
        (SIGNATURE, (1,), {"b": 2}),
        (inspect.signature(lambda *args, **kwargs: None), (1, 2, 3), {"d": 4}),
    ],
)
def test_what_fits_passes(signature, args, kwargs):
    require_fit("f", signature, args, kwargs)


def test_functions_are_asked_what_they_take():
    require_takes("it", lambda a, b, c=3: None, "x", "y")
    require_takes("it", print, "x", "y")
    with pytest.raises(ArgumentError, match=r"it must be a function of \(x, y\); got 3\."):
        require_takes("it", 3, "x", "y")
    with pytest.raises(ArgumentError, match=r"it must take 2 arguments, \(x, y\); got a function of \(a\)\."):
        require_takes("it", lambda a: None, "x", "y")
