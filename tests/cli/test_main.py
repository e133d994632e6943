"""The command line tells what it can do, and every mistake in one line."""

import os
import shlex
import subprocess
import sys

import pytest

import wengert
from wengert.cli import main
from wengert.cli.program import COMMANDS

NAMES = [command.__name__.rpartition(".")[2] for command in COMMANDS]


def test_help_lists_the_commands(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(f"\n    {name} " in out for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_examples_that_parse(capsys, name):
    """What --help shows can be typed: each example gets past the parser."""
    from wengert.cli.program import parser

    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    _, _, examples = capsys.readouterr().out.partition("examples:\n")
    lines = [shlex.split(line)[1:] for line in examples.splitlines() if line.startswith("  wengert ")]
    assert lines
    for words in lines:
        assert parser().parse_args(words).run


def test_version(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"wengert {wengert.__version__}\n"


TRAIN = ["train", "lenet", "--data", "digits"]
WRONG = {
    "unknown model": (["train", "lenett", "--data", "digits"], "got 'lenett'. Did you mean 'lenet'?"),
    "no data": (["train", "lenet"], "the following arguments are required: --data"),
    "no command": ([], "COMMAND"),
    "unknown data": (
        ["train", "lenet", "--data", "cats"],
        "must be digits, fashion, or a file .npz, .csv, .txt; got 'cats'",
    ),
    "no epochs": (
        [*TRAIN, "--epochs", "0"],
        "--epochs: must be a whole number >= 1; got '0'",
    ),
    "half a batch": (
        [*TRAIN, "--batch-size", "1.5"],
        "must be a whole number >= 1; got '1.5'",
    ),
    "dropping all": (
        [*TRAIN, "--dropout", "1"],
        "must be a number >= 0 and < 1; got '1'",
    ),
    "nan": (
        [*TRAIN, "--learning-rate", "nan"],
        "must be a number >= 0 and < 10; got 'nan'",
    ),
    "nowhere": (
        [*TRAIN, "--save", "/no/where/x"],
        "folder that can be written to; got '/no/where/x'",
    ),
    "a folder": (
        [*TRAIN, "--save", "/tmp"],
        "folder that can be written to; got '/tmp'",
    ),
}


@pytest.mark.parametrize(("words", "message"), WRONG.values(), ids=WRONG)
def test_wrong_words_are_refused_before_any_work(capsys, words, message):
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert message in capsys.readouterr().err.splitlines()[-1]


def errors(capsys, words) -> list[str]:
    """The lines on stderr of a command that must fail with code 2."""
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_a_missing_model_is_one_line(capsys):
    assert errors(capsys, ["evaluate", "/no/model"]) == [
        "wengert: error: /no/model: load: there must be a file of this name; got none"
    ]


def test_a_file_that_is_no_model_is_one_line(capsys, tmp_path):
    (tmp_path / "x.wengert").write_text("no model\n" * 100)
    (line,) = errors(capsys, ["evaluate", str(tmp_path / "x.wengert")])
    assert "x.wengert" in line
    assert "Traceback" not in line


def test_an_error_of_python_names_its_type(capsys, monkeypatch):
    def broken():
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("wengert.cli.info.threads", broken)
    assert main(["info"]) == 2
    err = capsys.readouterr().err
    assert err == "wengert: error: RuntimeError: two lines (WENGERT_DEBUG=1 shows where)\n"


def test_debug_shows_the_traceback(monkeypatch):
    monkeypatch.setenv("WENGERT_DEBUG", "1")
    with pytest.raises(FileNotFoundError):
        main(["evaluate", "/no/model"])


def test_an_interrupt_is_one_line_and_130(capsys, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("wengert.cli.info.threads", interrupted)
    assert main(["info"]) == 130
    assert capsys.readouterr().err == "wengert: interrupted\n"


def test_a_reader_that_leaves_is_no_error():
    """`wengert info | head -0`: no traceback, also not from Python's last flush."""
    read, write = os.pipe()
    os.close(read)
    code = "import sys; from wengert.cli import main; sys.exit(main(['info']))"
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert done.stderr == ""
    assert done.returncode == 0


def test_info_says_what_is_there(capsys):
    import llvmlite
    import numpy as np

    from wengert.runtime.cpu import allowed_threads, cpu_name

    assert main(["info"]) == 0
    facts = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if line[:1].strip())
    assert facts["wengert"] == wengert.__version__
    assert facts["numpy"] == np.__version__
    assert facts["llvmlite"].startswith(f"{llvmlite.__version__}, LLVM ")
    assert facts["cpu"] == cpu_name()
    assert facts["threads"].startswith(f"{allowed_threads()} ")
    assert str(os.environ["WENGERT_CACHE_DIR"]) in facts["cache"]
