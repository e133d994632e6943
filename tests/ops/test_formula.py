"""Formulas in text: what is read is what is meant, and what cannot be read is shown."""

import math

import numpy as np
import pytest

from wengert.base.errors import FormulaError
from wengert.ir.graph import evaluate
from wengert.ops.formula import FUNCTIONS, parse_formula

VALUES = {
    "1 + 2*3": 7,
    "(1 + 2)*3": 9,
    "2**3**2": 512,
    "2^-1": 0.5,
    "-2**2": -4,
    "(-2)**2": 4,
    "8/4/2": 1,
    "5 - 3 - 1": 1,
    "--2": 2,
    "+2 - -3": 5,
    ".5e1 + 1.E-1": 5.1,
    "pi*e": math.pi * math.e,
    "max(2, 3)*min(2, 3)": 6,
    "ln(exp(2))": 2,
    "sin(1)": math.sin(1),
    "where(1 < 2, 3, 4) + where(2 <= 1, 10, 20) + where(1 != 1, 100, 200)": 223,
    "\n 1 +\n\t2 ": 3,
}


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_precedence_and_numbers(text, value):
    assert evaluate(parse_formula(text), [])[0] == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"where"}))
def test_every_function_is_there(name):
    count, f = FUNCTIONS[name]
    given = [np.array(0.3), np.array(0.7)][:count]
    got = evaluate(parse_formula(f"{name}({', '.join(['0.3', '0.7'][:count])})"), [])
    np.testing.assert_array_equal(got[0], np.asarray(f(*given)))


def test_names_are_inputs_in_order_of_appearance():
    assert [i.name for i in parse_formula("b*a + b + e").inputs] == ["b", "a"]
    assert [i.name for i in parse_formula("b*a", ("a", "b", "c")).inputs] == ["a", "b", "c"]


WRONG = {
    "sin(x": (6, r"a '\)' is needed for sin\(; got the end"),
    "(x + 1": (7, r"a '\)' is needed for the '\(' at character 1"),
    "x + * y": (5, r"a number, a name or '\(' is needed; got '\*'"),
    "x y": (3, "an operator is needed before 'y'"),
    "x)": (2, r"'\)' has no '\('"),
    "2 $ 3": (3, r"a character that formulas do not have: '\$'"),
    "sinn(x)": (1, "unknown function 'sinn'. Did you mean sin or sinh"),
    "x + Cos(x)": (5, "unknown function 'Cos'. Did you mean cos"),
    "sin + 1": (1, r"sin is a function; it needs an argument. Write sin\(x\)"),
    "sin(x, y)": (1, "sin takes 1 argument; got 2"),
    "max(x)": (1, "max takes 2 arguments; got 1"),
    "": (1, "got the end"),
    "where(x, 1, 2)": (8, "a comparison is needed: <, <=, >"),
    "x < 2": (3, "an operator is needed before '<'"),
    "x.__class__": (2, r"formulas do not have: '\.'"),
    "(" * 200: (101, "more than 100 levels"),
    "-" * 200 + "x": (101, "more than 100 levels"),
}


@pytest.mark.parametrize(("text", "told"), WRONG.items())
def test_errors_show_where(text, told):
    at, message = told
    with pytest.raises(FormulaError, match=message) as error:
        parse_formula(text)
    first, line, caret = str(error.value).split("\n")
    assert f"at character {at}" in first
    assert line.strip() == text.strip()
    assert caret.index("^") - 4 == at - 1


def test_unknown_names_are_told_with_near_ones():
    with pytest.raises(FormulaError, match="unknown name 'rte'. Did you mean rate"):
        parse_formula("2*rte", ("rate", "x"))
