"""Counts are ints, Python's or NumPy's, and large enough; other numbers lie in their interval."""

import numpy as np
import pytest

from wengert.base.errors import ValueRangeError
from wengert.base.numbers import require_count, require_in


def test_an_int_comes_back_as_pythons():
    assert type(require_count("fit", "epochs", np.int32(3))) is int
    assert require_count("fit", "epochs", 0, least=0) == 0


@pytest.mark.parametrize("value", [0, -1, 2.0, True, None, "3"])
def test_all_else_is_refused_by_name(value):
    with pytest.raises(ValueRangeError, match=r"^batch: size must be a positive int; got "):
        require_count("batch", "size", value)


def test_the_message_says_the_least():
    with pytest.raises(ValueRangeError, match=r"skip: count must be an int >= 2; got 1"):
        require_count("skip", "count", 1, least=2)


@pytest.mark.parametrize(("interval", "value"), [("[0, 1)", 0), ("(0, 1]", np.float32(1)), ("(0, 1)", 0.5)])
def test_numbers_in_their_interval_pass(interval, value):
    require_in(interval, "Dropout", "rate", value)


@pytest.mark.parametrize(
    ("interval", "value"),
    [
        ("[0, 1)", 1),
        ("(0, 1]", 0.0),
        ("[0, 1]", -0.1),
        ("[0, 1]", np.nan),
        ("[0, 1]", "0.5"),
        ("[0, 1]", True),
    ],
)
def test_others_are_refused_with_the_interval(interval, value):
    with pytest.raises(ValueRangeError) as error:
        require_in(interval, "Dropout", "rate", value)
    assert f"Dropout: rate must be in {interval}; got {value!r}." in str(error.value)
