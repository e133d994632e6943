"""The progress bar: one line that is drawn over itself, whatever the terminal's width."""

import io
import time

import pytest

from wengert.train.progress import Progress

LOGS = {"loss": 0.25, "accuracy": 0.5, "val_loss": 0.5}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_bar_never_wraps_before_its_end(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    bar = Progress("auto", stream)
    bar.interval = 0.0
    bar.begin(50)
    for done in range(1, 51):
        bar.step(done, 32 * done, lambda: LOGS)
    drawn = stream.getvalue().split("\r")[1:]
    assert len(drawn) == 51
    assert drawn[0].startswith(" 0/50 ╺")
    assert max(map(len, drawn)) < columns
    bar.end(50, 1600, LOGS)
    last = stream.getvalue().split("\r")[-1]
    assert last.rstrip().endswith("loss: 0.2500 - accuracy: 0.5000 - val_loss: 0.5000")
    assert last.startswith("50/50")


def test_a_wide_terminal_shows_everything(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    bar = Progress(1, stream)
    bar.begin(4)
    bar.first = (bar.begun, 0, 0)
    bar.step(1, 32, lambda: LOGS)
    line = stream.getvalue().split("\r")[-1]
    assert line.startswith("1/4 " + "━" * 5 + "╺" * 15)
    assert "left" in line
    assert "samples/s - loss: 0.2500 - accuracy: 0.5000" in line


@pytest.mark.parametrize(
    ("columns", "least", "shown"),
    [
        (100, 10, "2:12 left, 4s/step - 29 samples/s - loss: 0.2500 - accuracy: 0.5000"),
        (80, 10, "2:12 left, 4s/step - loss: 0.2500 - accuracy: 0.5000"),
        (62, 10, "2:12 left - loss: 0.2500 - accuracy: 0.5000"),
        (55, 0, "2:12 left - loss: 0.2500 - accuracy: 0.5000"),
        (40, 0, "2:12 left - loss: 0.2500 - accur…"),
    ],
)
def test_where_there_is_no_room_less_is_said_of_the_pace_than_of_the_metrics(
    monkeypatch, columns, least, shown
):
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    bar = Progress("auto", stream)
    bar.begin(63)
    bar.first = (time.perf_counter() - 120.0, 0, 0)
    bar.step(30, 3500, lambda: {"loss": 0.25, "accuracy": 0.5})
    line = stream.getvalue().split("\r")[-1].rstrip()
    assert line.startswith("30/63 ")
    assert line.endswith(shown)
    drawn = set("━╺") & set(line)
    assert least <= sum(map(line.count, drawn)) <= 20


def test_the_first_step_compiles_and_says_nothing_of_the_time_left(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    bar = Progress("auto", stream)
    bar.begin(10)
    bar.begun -= 30.0  # seconds ago
    bar.step(1, 32, lambda: LOGS)
    assert stream.getvalue().endswith("╺ - loss: 0.2500 - accuracy: 0.5000 - val_loss: 0.5000")
    bar.last, bar.first = 0.0, (bar.first[0] - 2.0, 1, 32)
    bar.step(6, 192, lambda: LOGS)
    assert " 2s left, 400ms/step - 80 samples/s" in stream.getvalue().split("\r")[-1]


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, "0s"), (59, "59s"), (65, "1:05"), (7200, "2:00:00")])
def test_long_times_are_minutes_and_hours(monkeypatch, seconds, shown):
    monkeypatch.setenv("COLUMNS", "100")
    stream = Terminal()
    bar = Progress("auto", stream)
    bar.begin(2)
    bar.begun -= seconds
    bar.end(2, 64, {})
    assert f" {shown} " in stream.getvalue()


def test_a_terminal_that_cannot_go_back_gets_one_line_an_epoch(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    bar = Progress("auto", stream)
    bar.begin(2)
    bar.step(1, 32, lambda: LOGS)
    bar.end(2, 64, LOGS)
    assert stream.getvalue().startswith("2/2 - 0s ")
    assert "\r" not in stream.getvalue()


def test_a_terminal_without_the_characters_gets_others(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setattr(stream, "isatty", lambda: True)
    bar = Progress("auto", stream)
    bar.begin(4)
    bar.step(1, 32, lambda: LOGS)
    assert b"\r1/4 =====--------------- " in written.getvalue()


class NotebookStream(io.StringIO):
    """As the one that ipykernel puts in the place of stdout: no terminal."""


NotebookStream.__module__ = "ipykernel.iostream"


def test_a_notebook_gets_a_bar_that_is_drawn_over_itself_now_and_then(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    stream = NotebookStream()
    bar = Progress("auto", stream)
    assert bar.verbose == 1
    bar.begin(1000)
    for done in range(1, 1001):
        bar.step(done, done, lambda: LOGS)
    bar.end(1000, 1000, LOGS)
    drawn = stream.getvalue().split("\r")[1:]
    assert 2 <= len(drawn) < 100
    assert drawn[-1].startswith("1000/1000")


def test_what_is_resumed_is_not_counted_as_fast(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    bar = Progress("auto", stream)
    bar.begin(1000, 997, 99700)
    bar.begun -= 4.0  # seconds ago
    bar.step(998, 99800, lambda: LOGS)
    bar.last, bar.first = 0.0, (bar.first[0] - 2.0, 998, 99800)
    bar.step(999, 99900, lambda: LOGS)
    assert "2s left, 2s/step - 50 samples/s" in stream.getvalue()
    bar.end(1000, 100000, LOGS)
    assert "1000/1000 ━━━━━━━━━━━━━━━━━━━━ 4s 1s/step - 75 samples/s" in stream.getvalue()
