"""`wengert train` takes networks and data from files; `generate` writes; `summary` shows."""

import re
import textwrap

import numpy as np
import pytest

import wengert as wg
from wengert.cli import main, text
from wengert.cli.generate import Stepwise, draw


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def blobs(rows=60):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, rows)
    return (rng.normal(size=(rows, 4)) + 4 * np.eye(3, 4)[y]).astype("f"), y


def wrote(path, content):
    path.write_text(textwrap.dedent(content))


def fails(capsys, *words) -> str:
    assert main([*map(str, words)]) == 2
    return capsys.readouterr().err


DESCRIPTION = """
    layers:
      - Dense: {units: 8, activation: relu}
      - BatchNormalization
      - Dense: {units: 3}
    optimizer: {Adam: {learning_rate: 0.05}}
    loss: {SparseCategoricalCrossentropy: {from_logits: true}}
    metrics: [accuracy]
"""
CODE = """
    import wengert as wg

    def model():
        return wg.Sequential([wg.layers.Dense(8, activation="relu"), wg.layers.Dense(3)])
"""


@pytest.mark.parametrize(("name", "content"), [("m.yaml", DESCRIPTION), ("m.py", CODE)])
def test_a_description_or_a_python_file_is_trained(tmp_path, capsys, name, content):
    wrote(tmp_path / name, content)
    x, y = blobs()
    np.savez(tmp_path / "rows.npz", x=x, y=y)
    words = [
        "train",
        name,
        "--data",
        "rows.npz",
        "--epochs",
        "20",
        "--batch-size",
        "8",
        "--learning-rate",
        "0.05",
    ]
    assert main([*words, "--save", "m.wengert", "--log", "log.csv"]) == 0
    out = capsys.readouterr().out
    assert float(re.search(r"accuracy ([\d.]+) on 12 rows of rows.npz", out)[1]) > 0.8
    assert "predicts the same on 12 rows, bit for bit" in out
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 21
    assert main(["train", "m.wengert", "--data", "rows.npz", "--epochs", "1"]) == 0  # trains on
    assert main(["summary", "m.wengert"]) == 0
    out = capsys.readouterr().out
    assert "Parameters" in out
    assert re.search(
        r"^Trained with \w+\(learning_rate=0\.\d+\) to lower SparseCategoricalCrossentropy\(", out, re.M
    )
    assert main(["plot", "m.wengert", "--to", "m.svg"]) == 0
    assert (tmp_path / "m.svg").read_text().startswith("<svg")


def test_a_column_of_a_table_is_learned(tmp_path, capsys):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 80))
    table = np.stack([a, 2 * a - b, b], 1)
    np.savetxt(tmp_path / "t.csv", table, delimiter=",", header="a,price,b", comments="")
    wrote(tmp_path / "m.yaml", "layers: [{Dense: {units: 1}}]")
    words = ["train", "m.yaml", "--data", "t.csv", "--target", "price"]
    assert main([*words, "--epochs", "40", "--batch-size", "8", "--learning-rate", "0.1"]) == 0
    out = capsys.readouterr().out
    assert float(re.search(r"test: loss ([\d.]+)", out)[1]) < 0.01
    assert "must be a column of t.csv, a, price, b; got 'cost'" in fails(capsys, *words[:-1], "cost")


@pytest.mark.parametrize(
    ("options", "told"),
    [([], "Nothing was kept; with --backup FOLDER"), (["--backup", "kept"], "The same command goes on")],
)
def test_who_interrupts_is_told_how_to_go_on(tmp_path, monkeypatch, capsys, options, told):
    wrote(tmp_path / "m.py", CODE)
    x, y = blobs()
    np.savez(tmp_path / "rows.npz", x=x, y=y)

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(wg.Model, "fit", interrupted)
    assert main(["train", "m.py", "--data", "rows.npz", *options]) == 130
    assert capsys.readouterr().err.startswith(f"wengert: interrupted. {told}")


def test_interrupted_training_goes_on_when_the_command_is_given_again(tmp_path, capsys):
    code = (
        CODE
        + """
    if __name__ != "wengert_train":
        raise SystemExit
    """
    )
    wrote(tmp_path / "m.py", code)
    x, y = blobs()
    np.savez(tmp_path / "rows.npz", x=x, y=y)

    def train(epochs, name):
        words = ["train", "m.py", "--data", "rows.npz", "--batch-size", "8", "--epochs", str(epochs)]
        return main([*words, "--backup", "backup", "--save", name])

    assert train(3, "whole.wengert") == 0
    stop = wg.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.MonkeyPatch.context() as patch:
        from wengert.cli import train as command

        usual = command.callbacks

        def interrupted(arguments):
            *others, backup = usual(arguments)
            stop.comes_last = True
            return [*others, backup, stop]

        patch.setattr(command, "callbacks", interrupted)
        assert train(3, "cut.wengert") == 130
    assert train(3, "resumed.wengert") == 0
    whole, resumed = (wg.load_model(name).get_weights() for name in ("whole.wengert", "resumed.wengert"))
    assert all(np.array_equal(a, b) for a, b in zip(whole, resumed, strict=True))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- Dense", "must hold `layers:`, a list"),
        ("layers: [Dens]", "Did you mean 'Dense'?"),
        ("layers: [{Dense: {unitz: 3}}]", "got ['unitz'] too"),
        (
            "layers: [{Dense: {units: 3}}]\nlosss: mse",
            "may hold layers, optimizer, loss and metrics; got losss",
        ),
        ("layers: [{Dense: {units: -1}}]", "units must be a positive int"),
        ("layers: [!!python/object/apply:os.system ['true']]", "must be YAML"),
        ("layers: [Dense", "must be YAML"),
    ],
)
def test_a_description_that_is_wrong_is_one_line(tmp_path, capsys, content, message):
    wrote(tmp_path / "m.yaml", content)
    np.savez(tmp_path / "rows.npz", x=np.ones((4, 2), "f"), y=np.zeros(4, int))
    err = fails(capsys, "train", "m.yaml", "--data", "rows.npz")
    assert message in err
    assert len(err.splitlines()) == 1


def test_files_that_are_missing_or_hold_other_things_are_one_line(tmp_path, capsys):
    np.savez(tmp_path / "rows.npz", a=np.ones(3))
    np.savez(tmp_path / "objects.npz", x=np.array([{}]), y=np.zeros(1))
    (tmp_path / "t.csv").write_text("a,b\n1,two\n")
    wrote(tmp_path / "m.py", "model = 3")
    assert "nothing.csv: No such file" in fails(capsys, "train", "mlp", "--data", "nothing.csv")
    assert "must hold arrays x and y; got a" in fails(capsys, "train", "mlp", "--data", "rows.npz")
    assert "allow_pickle" in fails(capsys, "train", "mlp", "--data", "objects.npz")
    assert "must hold numbers" in fails(capsys, "train", "mlp", "--data", "t.csv")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    assert "must define `model`" in fails(capsys, "train", "m.py", "--data", "t.csv")
    assert "char_rnn learns text; got t.csv" in fails(capsys, "train", "char_rnn", "--data", "t.csv")


# --- text -----------------------------------------------------------------------------------------


def test_plain_text_and_bytes_come_back():
    plain = "Hello,\nworld ~"
    assert text.decode(text.encode(plain), 96) == plain
    assert text.decode(text.encode("naïve\tcafé\r\n…" * 2, 96), 96) == "naive cafe\n..." * 2
    greek = "Μῆνιν ἄειδε θεά"
    ids = text.encode(greek)
    assert ids.max() > 96
    assert text.decode(ids, 256) == greek


@pytest.fixture
def verse(tmp_path, capsys):
    """A network that has learned one line by heart."""
    (tmp_path / "verse.txt").write_text("abcde fghij\n" * 400)
    words = [
        "train",
        "char_rnn",
        "--data",
        "verse.txt",
        "--length",
        "31",
        "--batch-size",
        "8",
        "--dropout",
        "0",
    ]
    assert main([*words, "--epochs", "4", "--learning-rate", "0.01", "--save", "verse.wengert"]) == 0
    capsys.readouterr()
    return tmp_path / "verse.wengert"


def test_a_network_writes_what_it_has_read(verse, capsys):
    words = ["generate", str(verse), "--prompt", "abc", "--length", "20"]
    assert main([*words, "--temperature", "0"]) == 0
    assert capsys.readouterr().out == "abcde fghij\nabcde fghij\n"
    said = []
    for seed in (1, 1, 2):
        assert main([*words, "--temperature", "3", "--seed", str(seed)]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] != said[2]
    model = wg.load_model(verse)
    ids = text.encode("abcde fghij\nab")
    stepwise = Stepwise(model)
    found = [stepwise.read(ids[k : k + 1]) for k in range(len(ids))]
    np.testing.assert_allclose(found, model.predict(ids[None])[0], rtol=1e-4, atol=1e-4)


def test_only_networks_of_text_write(tmp_path, capsys):
    model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(3)])
    model.save(tmp_path / "m.wengert")
    assert "must be a Sequential with recurrent layers" in fails(capsys, "generate", tmp_path / "m.wengert")


def test_draws_follow_the_scores_and_are_among_the_likeliest():
    rng = np.random.default_rng(0)
    scores = np.log(np.array([0.1, 0.2, 0.3, 0.4]))
    counts = np.bincount([draw(scores, 1.0, None, rng) for _ in range(4000)], minlength=4) / 4000
    np.testing.assert_allclose(counts, [0.1, 0.2, 0.3, 0.4], atol=0.03)
    assert {draw(scores, 1.0, 2, rng) for _ in range(200)} == {2, 3}
    assert {draw(scores, 0.0, None, rng) for _ in range(5)} == {3}
