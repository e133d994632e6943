"""docs/reference says what is there today, with an example of every public name."""

import doctest
import importlib.util

import pytest

import wengert as wg
from tools import reference
from tools.reference_text import markdown
from wengert.nn import core

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
EXTRAS = {"wg.callbacks.TensorBoard": "tensorboardX"}  # what an example needs that may not be installed


def test_every_public_name_has_an_example():
    assert reference.missing() == []


def test_examples_stand_under_public_names():
    assert reference.superfluous() == []


def test_pages_are_those_that_would_be_written_now():
    assert reference.stale() == []


def test_every_public_name_is_described_or_another_name_of_one_that_is():
    modules = {"wg": wg} | {f"wg.{name}": m for name, m in reference.public_modules().items()}
    public = {f"{of}.{name}" for of, module in modules.items() for name, _ in reference.public(module)}
    described = {entry.name for page in reference.pages().values() for entry in page.entries}
    aliases = {name: of for page in reference.pages().values() for name, of in page.aliases.items()}
    assert described | aliases.keys() == public
    assert set(aliases.values()) <= described


def installed(name: str) -> bool:
    return name not in EXTRAS or importlib.util.find_spec(EXTRAS[name]) is not None


@pytest.mark.parametrize("page", reference.pages().values(), ids=lambda page: page.name)
def test_examples_print_what_they_say(page, tmp_path, monkeypatch):
    """Each by itself, after the lines at the top of its page."""
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    report: list[str] = []
    for entry in page.entries:
        if entry.has_example and installed(entry.name):
            session = "\n".join([*reference.PREAMBLE, reference.example_of(entry, page)])
            test = doctest.DocTestParser().get_doctest(session, {}, entry.name, page.name, 0)
            assert len(test.examples) > len(reference.PREAMBLE), entry.name
            runner.run(test, out=report.append)
    assert not report, f"Mend the docstring or {page.examples}:\n{''.join(report)}"


def test_names_of_a_docstrings_module_become_those_of_users():
    session = ">>> import wengert as wg\n>>> layer = Dense(2)\n>>> layer.units\n2"
    wanted = ">>> layer = wg.layers.Dense(2)\n>>> layer.units\n2"
    assert reference.as_users_write(session, vars(core)) == wanted


def test_a_docstring_becomes_markdown():
    doc = (
        "x*y, in `a*b`.\n\nArgs:\n    x, y: numbers,\n        both.\n\n"
        "Shapes:\n    x [n]  ->  y [n]\n\nExample:\n    >>> 1\n    1"
    )
    assert markdown(doc) == (
        "x\\*y, in `a*b`.\n\n**Args**\n\n- `x, y`: numbers, both.\n\n**Shapes**\n\n```text\nx [n]  ->  y [n]\n```"
    )
