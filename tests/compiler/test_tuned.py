"""What a search has found is kept whole or not at all, obeyed by later compiles, and never trusted blindly."""

import json
import os
import warnings
from dataclasses import replace

import pytest

from tests.compiler.contractions import conv, dense
from tests.reliability.process import run_python
from wengert.base.errors import UsageError
from wengert.compiler.choices import MODEL, Choices
from wengert.compiler.emit.target import Target
from wengert.compiler.schedule import schedule
from wengert.compiler.tuned import Decided, choices_for, keep, trying, tuned_folder

TARGET = Target("x86_64-linux-gnu", "x86-64-v4", "", vector_bytes=64, registers=32)
CASE = dense(45, 700, 101, symbolic=("m",)).contraction
ASKED = Decided(CASE, TARGET, frozenset())
FOUND = Choices(rows=5, vectors=2, tiles=3)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WENGERT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tuned"


def test_what_is_kept_is_obeyed_by_later_schedules():
    lengths = (45,)
    assert schedule(CASE, TARGET, lengths).decided.choices.vectors != 2
    keep(ASKED.key, FOUND, (2e-3, 1e-3))
    decided = schedule(CASE, TARGET, lengths).decided
    assert (decided.choices.rows, decided.choices.vectors, decided.choices.tiles) == (5, 2, 3)
    keep(ASKED.key, replace(FOUND, vectors=1), (2e-3, 1e-3))
    assert schedule(CASE, TARGET, lengths).decided.choices.vectors == 1


def test_others_are_not_touched_by_it():
    keep(ASKED.key, FOUND, (2e-3, 1e-3))
    others = [
        Decided(dense(45, 701, 101, symbolic=("m",)).contraction, TARGET, frozenset()),
        Decided(conv(2, 8, 8, 3, 20).contraction, TARGET, frozenset()),
        replace(ASKED, steady=frozenset({1})),
        replace(ASKED, target=replace(TARGET, cpu="znver5")),
    ]
    assert [choices_for(other) for other in others] == [MODEL] * 4
    assert (
        choices_for(Decided(dense(99, 700, 101, symbolic=("m",)).contraction, TARGET, frozenset())) == FOUND
    )


def test_the_key_is_the_same_in_every_process():
    script = """
    from tests.compiler.test_tuned import ASKED
    print(ASKED.key)
    """
    assert {run_python(script, PYTHONHASHSEED=seed) for seed in ("1", "2")} == {ASKED.key}


def test_a_trial_goes_before_what_is_kept_and_ends():
    keep(ASKED.key, FOUND, (2e-3, 1e-3))
    with trying({ASKED.key: MODEL}):
        assert choices_for(ASKED) == MODEL
        with trying({}):
            assert choices_for(ASKED) == FOUND
    assert choices_for(ASKED) == FOUND


def test_the_file_says_what_it_is(folder):
    keep(ASKED.key, FOUND, (2e-3, 1e-3))
    (path,) = folder.iterdir()
    assert json.loads(path.read_text()) == {
        "version": 1,
        "choices": FOUND.as_dict(),
        "ms before": 2.0,
        "ms": 1.0,
    }


WHOLE = json.dumps({"version": 1, "choices": FOUND.as_dict()}).encode()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", WHOLE[:-9], b"\x00\xff" * 99, b"[1]", b'"x"', b"{}", b'{"version": 1}', b"[" * 60_000, b"1" * 60_000]
    + [WHOLE.replace(b'"rows": 5', b'"rows": ' + rows) for rows in (b"-5", b"1e9", b"NaN", b'"5"', b"999999")],
    ids=lambda content: repr(content[:20]),
)  # fmt: skip
def test_a_file_that_is_no_such_file_is_passed_over_with_a_warning(content, folder):
    keep(ASKED.key, FOUND, (2e-3, 1e-3))
    (folder / f"{ASKED.key}.json").write_bytes(content)
    with pytest.warns(RuntimeWarning, match=r"tune: .*\.json cannot be used .* the cost model decides"):
        assert choices_for(ASKED) == MODEL
    keep(ASKED.key, FOUND, (2e-3, 1e-3))
    assert choices_for(ASKED) == FOUND


def test_a_file_of_another_version_is_passed_over_in_silence(folder):
    folder.mkdir(parents=True)
    (folder / f"{ASKED.key}.json").write_text('{"version": 2, "choices": "of another kind"}')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert choices_for(ASKED) == MODEL


def test_a_disk_that_fails_leaves_what_was_known(folder, monkeypatch):
    keep(ASKED.key, FOUND, (2e-3, 1e-3))

    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="No space left"):
        keep(ASKED.key, MODEL, (2e-3, 1e-3))
    assert choices_for(ASKED) == FOUND
    assert len(list(folder.iterdir())) == 1


def test_without_a_folder_nothing_can_be_kept(monkeypatch):
    monkeypatch.setenv("WENGERT_CACHE_DIR", "")
    assert tuned_folder() is None
    assert choices_for(ASKED) == MODEL
    with pytest.raises(UsageError, match="WENGERT_CACHE_DIR"):
        keep(ASKED.key, FOUND, (2e-3, 1e-3))
