"""`wengert derive`: what it prints, what it writes, how it refuses."""

import pytest

from wengert.cli import main

WORDS = ["derive", "sin(x*y) + exp(x)/y", "--at", "x=1,y=2"]


def test_it_prints_every_part(capsys):
    assert main(WORDS) == 0
    out = capsys.readouterr().out
    parts = ("Wengert list", "Forward pass", "Reverse pass", "Symbolic", "Four ways")
    assert all(f"\n{part}" in out for part in parts)
    for method in ("numeric", "symbolic", "forward", "reverse"):
        assert f"\n  {method}" in out


def test_latex_is_all_it_prints(capsys):
    assert main([*WORDS, "--latex"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("\\begin{align*}")
    assert out.endswith("\\end{align*}\n")


def test_it_writes_a_page(capsys, tmp_path):
    path = tmp_path / "page.html"
    assert main([*WORDS, "--html", str(path)]) == 0
    assert capsys.readouterr().out.endswith(f"page written to {path}\n")
    assert path.read_text().startswith("<!doctype html>")


def test_values_may_be_formulas(capsys):
    assert main(["derive", "sin(x)", "--at", " x = pi/2 "]) == 0
    assert "at x = 1.570796: f = 1\n" in capsys.readouterr().out


WRONG = {
    "where it cannot be read": (
        ["derive", "sin(x", "--at", "x=1"],
        "at character 6: a ')' is needed for sin(",
    ),
    "no value": (["derive", "x*y", "--at", "x=1"], "got none for y. Add y=..."),
    "unknown": (
        ["derive", "rate", "--at", "rte=1"],
        "no input 'rte'; the function is of rate. Did you mean 'rate'?",
    ),
    "twice": (["derive", "x", "--at", "x=1,x=2"], "--at must name an input once; got x twice"),
    "no sign": (["derive", "x", "--at", "x"], "--at must read like x=1,y=2; got 'x'"),
    "no number": (["derive", "x", "--at", "x=one"], "unknown name 'one'"),
    "outside": (["derive", "sqrt(x)", "--at", "x=-1"], "got sqrt(-1.0) = nan"),
    "nothing": (["derive", ""], "got the end"),
}


@pytest.mark.parametrize(("words", "message"), WRONG.values(), ids=WRONG)
def test_mistakes_are_told(capsys, words, message):
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_a_caret_shows_where(capsys):
    main(["derive", "2*x + foo(x)", "--at", "x=1"])
    _, line, caret = capsys.readouterr().err.splitlines()
    assert line[caret.index("^")] == "f"
