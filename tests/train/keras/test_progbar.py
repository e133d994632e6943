"""Progbar: means, values as they are, and what is drawn."""

import pytest

from wengert.base.errors import UsageError
from wengert.train.keras.progbar import Progbar


def test_values_are_means_over_steps():
    bar = Progbar(10, verbose=0)
    bar.update(1, [("loss", 4.0)])
    bar.update(3, [("loss", 1.0)])  # for two steps
    assert bar.shown() == {"loss": 2.0}


def test_stateful_values_are_as_they_are():
    bar = Progbar(10, verbose=0, stateful_metrics=["accuracy"])
    bar.update(1, [("loss", 4.0), ("accuracy", 0.5)])
    bar.add(1, [("loss", 2.0), ("accuracy", 0.75)])
    assert bar.shown() == {"loss": 3.0, "accuracy": 0.75}


def test_all_but_stateless_values_are_as_they_are():
    bar = Progbar(10, verbose=0, stateless_metrics=["loss"])
    bar.update(1, [("loss", 4.0), ("accuracy", 0.5)])
    bar.add(1, [("loss", 2.0), ("accuracy", 0.75)])
    assert bar.shown() == {"loss": 3.0, "accuracy": 0.75}


def test_final_values_are_as_they_are():
    bar = Progbar(None, verbose=0)
    bar.update(1, [("loss", 4.0)])
    bar.update(2, [("loss", 1.0)], finalize=True)
    assert bar.shown() == {"loss": 1.0}


def test_kinds_of_metrics_exclude_each_other():
    with pytest.raises(UsageError, match="not both; got both"):
        Progbar(1, stateful_metrics=[], stateless_metrics=[])


def test_one_line_is_told_at_the_end(capsys):
    bar = Progbar(2, verbose=2, unit_name="sample")
    bar.update(1, [("loss", 3.0)])
    assert capsys.readouterr().out == ""
    bar.update(2, [("loss", 1.0)])
    out = capsys.readouterr().out
    assert out.startswith("2/2 - ")
    assert out.endswith("/sample - loss: 2.0000\n")


def test_the_last_line_of_a_bar_is_drawn_where_there_is_no_terminal(capsys):
    bar = Progbar(2, width=12, verbose=1)
    bar.update(1)
    bar.update(2)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert "━" * 12 in out
    assert "━" * 13 not in out
