"""The whole way of a user: train, save, evaluate, draw, predict; the accuracy that the project promises."""

import re

import numpy as np
import pytest
from PIL import Image

import wengert as wg
from wengert.cli import main
from wengert.data.datasets import digits

PROMISED = 97.5


def accuracy_in(text: str) -> float:
    return float(re.search(r"accuracy: ([\d.]+) %", text).group(1))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small network, trained for one epoch by the command line."""
    path = tmp_path_factory.mktemp("small") / "mlp.wengert"
    words = ["train", "mlp", "--data", "digits", "--epochs", "1", "--copies", "0", "--save", str(path)]
    assert main(words) == 0
    return path


def test_train_says_how_good_it_is_and_that_the_saved_model_is_the_same(tmp_path, capsys):
    path = tmp_path / "m.wengert"
    words = ["train", "mlp", "--data", "digits", "--epochs", "1", "--copies", "0", "--save", str(path)]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert accuracy_in(out) > 80
    assert f"saved to {path}; loaded again, it predicts the same on 1,000 images, bit for bit" in out


def test_evaluate_finds_the_accuracy_again_and_draws(small, capsys, tmp_path):
    capsys.readouterr()
    assert main(["evaluate", str(small), "--picture", str(tmp_path / "p.png")]) == 0
    out = capsys.readouterr().out
    _, (x, y) = digits(dtype="float32")
    scores = np.asarray(wg.load_model(small).predict(x, verbose=0))
    assert accuracy_in(out) == pytest.approx(100 * (scores.argmax(-1) == y).mean())
    assert len(re.findall(r"^ +\d   +[\d.]+ %", out, re.MULTILINE)) == 10
    with Image.open(tmp_path / "p.png") as picture:
        assert picture.size[0] > 600


def test_predict_names_the_digit_in_a_picture(small, capsys, tmp_path):
    """Dark drawings on large white pages are read as the digits they were made from."""
    _, (x, y) = digits()
    scores = np.asarray(wg.load_model(small).predict(x.astype(np.float32) / 255, verbose=0))
    sure = [np.where(y == k, scores[:, k], -np.inf).argmax() for k in range(10)]
    paths = [str(tmp_path / f"{k}.png") for k in range(10)]
    for path, n in zip(paths, sure, strict=True):
        page = Image.new("L", (400, 300), 255)
        page.paste(Image.fromarray(255 - x[n, ..., 0]).resize((224, 224)), (100, 30))
        page.save(path)
    capsys.readouterr()
    assert main(["predict", str(small), *paths]) == 0
    out = capsys.readouterr().out
    named = re.findall(r"\.png: (\d)   \(\1: [\d.]+ %", out)
    assert sum(int(name) == k for k, name in enumerate(named)) >= 9
    assert out.count("dark on light: inverted") == 10


def test_a_model_that_scales_bytes_by_itself_sees_the_same(tmp_path, capsys):
    """`model.preprocess` goes with the file: a picture is then given in bytes, 0 to 255."""
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 50), np.uint8)).save(tmp_path / "a.png")
    wg.set_random_seed(1)
    model = wg.Sequential(
        [wg.Input((28, 28, 1)), wg.layers.Flatten(), wg.layers.Dense(10, activation="softmax")]
    )
    model.save(tmp_path / "floats.wengert")
    model.preprocess = lambda image: wg.astype(image, "float32") / 255
    model.predict(np.zeros((1, 28, 28, 1), "uint8"), verbose=0)
    model.save(tmp_path / "bytes.wengert")
    seen = []
    for name in ("floats", "bytes"):
        assert main(["predict", str(tmp_path / f"{name}.wengert"), str(tmp_path / "a.png")]) == 0
        seen.append(re.findall(r"(\d): ([\d.]+) %", capsys.readouterr().out))
    for (digit, share), (other, same) in zip(*seen, strict=True):
        assert digit == other
        assert abs(float(share) - float(same)) < 1


def test_the_seed_decides_the_training(tmp_path, capsys):
    """Two runs with one seed print the same accuracy and predict the same; another seed does not."""

    def scores(seed):
        path = tmp_path / f"{seed}.wengert"
        words = ["train", "mlp", "--data", "digits", "--epochs", "1", "--copies", "0"]
        assert main([*words, "--seed", str(seed), "--save", str(path)]) == 0
        return np.asarray(wg.load_model(path).predict(digits(dtype="float32")[1][0], verbose=0))

    first = scores(3)
    np.testing.assert_array_equal(scores(3), first)
    assert (scores(4) != first).any()


@pytest.mark.slow
def test_the_digits_are_learned_as_well_as_promised(tmp_path, capsys):
    assert main(["train", "lenet", "--data", "digits", "--save", str(tmp_path / "d.wengert")]) == 0
    out = capsys.readouterr().out
    assert accuracy_in(out) >= PROMISED
    assert "bit for bit" in out
