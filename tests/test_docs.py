"""The documents are true: their programs run, their sessions print what they say, the files they name are there."""

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source import SRC
from wengert.cli.program import parser

ROOT = SRC.parent
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted(SRC.rglob("*.md")),
    )
}
README = "README.md"  # tests/test_readme.py runs it
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def programs(text: str) -> str:
    """The Python blocks of a page, one after the other."""
    return "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE))


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if programs(text) and page != README])
def test_programs_run(page, tmp_path):
    (tmp_path / "page.py").write_text(programs(PAGES[page]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "page.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if ">>> " in text])
def test_sessions_print_what_they_say(page):
    found = doctest.testfile(str(ROOT / page), module_relative=False, optionflags=FLAGS)
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if "\n    wengert " in text])
def test_commands_are_those_of_the_command_line(page):
    """Commands can be copied as they stand: what follows them is a comment."""
    for line in re.findall(r"^    wengert (.*)$", PAGES[page], re.MULTILINE):
        assert parser().parse_args(shlex.split(line, comments=True)).run


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_are_there(page):
    """Paths in backquotes, from the root, from the page's folder, or from the package."""
    named = re.findall(r"`([\w./-]+(?:/|\.py|\.md|\.toml|\.ll))`", PAGES[page])
    places = (ROOT, (ROOT / page).parent, SRC / "wengert")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


@pytest.mark.parametrize(
    "folder",
    ["ir", "loop", "transforms", "compiler", "runtime", "ops", "nn", "data", "data/pipeline", "train"],
)
def test_large_folders_say_where_to_start(folder):
    page = SRC / "wengert" / folder / "README.md"
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 60


def test_pages_are_found():
    assert {Path(page).name for page in PAGES} >= {
        "README.md",
        "design.md",
        "add_a_primitive.md",
        "add_a_layer.md",
    }
