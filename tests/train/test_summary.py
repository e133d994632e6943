"""The summary tells layers, shapes and parameters."""

import io

import pytest

import wengert as wg
from tests.train.models import blobs, classifier


def test_summary_lists_layers_and_totals(capsys):
    model = classifier(run_eagerly=False)
    model.train_on_batch(*blobs(4))
    model.summary()
    out = capsys.readouterr().out
    assert "hidden (Dense)" in out
    assert "f32[batch,8]" in out
    assert "f32[batch,3]" in out
    assert "Parameters: 67 (268 B)" in out
    assert "Trainable: 67" in out
    assert "Optimizer state: 135" in out
    assert "Memory of a training step" in out


def test_memory_of_a_training_step_is_known_before_it():
    model = classifier(run_eagerly=False)
    memory = model.memory(batch=10)
    assert memory["weights"] == 67 * 4
    assert memory["optimizer"] == sum(v.array.nbytes for v in model.optimizer.variables)
    for batch in (1, 10, 33):
        x, y = blobs(batch)
        model.train_on_batch(x, y)
        executable = model.train_step._one_program("test").executable
        assert executable.lengths == {"batch": batch}
        assert executable.plan.arena.nbytes({"batch": batch}) == model.memory(batch=batch)["arena"]
    assert model.train_step.compiles == 1
    assert memory.total == sum(memory.values())


def table(**options) -> list[str]:
    """The lines between the rules of a model with long names."""
    x = wg.Input((8, 8, 3))
    y = wg.layers.DepthwiseConv2D(3, name="a_layer_whose_name_takes_much_room_in_any_table", padding="same")(
        x
    )
    model = wg.Model(x, wg.layers.Add()([x, y]))
    said = []
    model.summary(print_fn=said.append, **options)
    _, rule, *lines = said[0].splitlines()
    return [rule, *lines[: lines.index(rule, 2)]]


def test_a_table_is_as_wide_as_it_needs_to_be():
    rule, head, _, *rows = table()
    assert "…" not in "".join(rows)
    assert max(map(len, rows)) == len(rule)
    assert len(head) <= len(rule)


@pytest.mark.parametrize("length", [60, 80, 200])
def test_a_table_is_as_wide_as_is_asked_for_and_numbers_are_whole(length):
    rule, _, _, *rows = table(line_length=length)
    assert len(rule) == length
    assert max(map(len, rows)) <= length
    assert " 30 " in next(row for row in rows if row.startswith("a_layer"))


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_table_fits_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    shown = Terminal()
    monkeypatch.setattr("sys.stdout", shown)
    classifier().summary()
    assert max(map(len, shown.getvalue().splitlines())) <= 60


def test_a_notebook_shows_the_table():
    shown = wg.Sequential([wg.Input((2,)), wg.layers.Dense(3, name="a<b")])._repr_html_()
    assert "a&lt;b (Dense)" in shown
    assert "not built" in wg.Sequential([wg.layers.Dense(3)])._repr_html_()
