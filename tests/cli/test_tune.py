"""`wengert tune`: programs of a file or of a network by name, and what is told."""

import pytest

import wengert as wg
from wengert.cli import main
from wengert.cli.tune import NETWORKS, batch, network


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WENGERT_CACHE_DIR", str(tmp_path))


def test_both_programs_of_a_network_are_tuned(capsys):
    assert main(["tune", "mlp", "--batch", "4", "--seconds", "0"]) == 0
    out = capsys.readouterr().out
    assert "train, batches of 4" in out
    assert "predict, batches of 4" in out
    assert "sum k0 < 784" in out
    assert out.count("contractions are faster after 0 trials") == 2


def test_a_file_is_tuned_as_it_is_used(capsys, tmp_path):
    model = wg.Sequential([wg.Input((6,)), wg.layers.Dense(20, activation="tanh"), wg.layers.Dense(2)])
    model.save(tmp_path / "m.wengert")
    words = ["tune", str(tmp_path / "m.wengert"), "--batch", "9", "--seconds", "0"]
    assert main(words) == 0
    assert "predict, batches of 9" in capsys.readouterr().out
    assert main([*words, "--steps", "train"]) == 2
    assert "must be compiled to train" in capsys.readouterr().err


def test_an_unknown_name_is_told_with_the_known_ones(capsys):
    assert main(["tune", "lenett"]) == 2
    err = capsys.readouterr().err
    assert "must be a file or one of char_rnn, lenet, lenet5, mlp" in err
    assert err.count("\n") == 1


def test_open_axes_are_given_lengths():
    step = network("char_rnn").step("train")
    assert [a.shape for a in batch(step, 3, 5)] == [(3, 5), (3, 5)]
    assert all(not a.any() for a in batch(step, 3, 5))


def test_every_network_of_the_zoo_with_images_or_text_is_there():
    from wengert import zoo

    others = {"Autoencoder", "GPT", "TabularMLP", "by_name", "seq2seq", "written"}
    assert set(NETWORKS) == set(zoo.__all__) - others
