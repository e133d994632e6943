"""A small tensor is a table in a notebook; its colours say where it is large."""

import re

import numpy as np
import pytest

import wengert as wg


def test_a_matrix_is_a_table_of_its_elements():
    shown = wg.asarray([[1.5, -2.0, 0.0], [3.0, 4.0, 5.0]])._repr_html_()
    assert re.findall(r">([-\d.]+)</td>", shown) == ["1.5", "-2", "0", "3", "4", "5"]
    assert shown.count("<tr>") == 2
    assert "f32[2,3], cpu" in shown


def test_colours_tell_the_sign_and_the_size():
    shown = wg.asarray([-4.0, 0.0, 2.0, np.nan, np.inf])._repr_html_()
    assert re.findall(r"rgba\(([\d,.]+)\)", shown) == [
        "31,119,180,1.00", "31,119,180,0.00", "214,39,40,0.50", "31,119,180,0.00", "31,119,180,0.00",
    ]  # fmt: skip


@pytest.mark.parametrize("shape", [(), (0,), (17,), (2, 17), (2, 2, 2)])
def test_what_is_no_small_table_is_text(shape):
    assert wg.zeros(shape)._repr_html_() is None


def test_bools_are_words_without_colours():
    shown = wg.asarray([True, False])._repr_html_()
    assert ">True<" in shown
    assert "0.00" in shown
    assert "1.00" not in shown
