"""Writes docs/reference: a page for each room of the public face, from its signatures, docstrings and examples.

    python -m tools.reference            write the pages
    python -m tools.reference --check    say which pages should change, and which names lack an example

Every public function and class, but for those of BRIEF, has an example: the `Example:` of its docstring, or else the
session under its name in docs/reference/examples/PAGE.txt, names in square brackets and sessions below them:

    [wg.add]
    >>> print(wg.add([1, 2], 10))
    [11 12]
"""

from __future__ import annotations

import argparse
import ast
import doctest
import inspect
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import wengert as wg
from tools.reference_text import markdown, sections

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
EXAMPLES = FOLDER / "examples"
LATER = {"data", "datasets"}  # public modules that have no page yet
BRIEF = {"config", "ops"}  # for programs of Keras's users, who know them: a line a name, without examples
# What is there under another name, too, is described there, and not in these.
LAST = {*BRIEF, "mixed_precision", "preprocessing"}
ABOUT = "Every public name, with an example that the tests run; of `wg.ops` and `wg.config` a line each."
PREAMBLE = (">>> import numpy as np", ">>> import wengert as wg")

# What stands in `wg` itself, by the modules it comes from. Every public module (`wg.fft`) has a page without being
# named here, and takes what `wg` has from it.
ROOMS = {
    "tensors": (
        "Tensors, variables, compiled functions",
        "runtime.tensor runtime.variable runtime.function runtime.threads ir.types ir.broadcast ir.finite"
        " ops.namespace wengert",
    ),
    "dtypes": ("Dtypes", "base.dtypes ops.dtypes"),
    "creation": ("Creation", "ops.creation"),
    "elementwise": ("Elementwise functions", "ops.math ops.inverse ops.bits ops.parts math"),
    "reductions": ("Reductions and running sums", "ops.reduce ops.segments"),
    "manipulation": (
        "Shapes: reshape, join, pad, cut",
        "ops.shape ops.joining ops.padding ops.windows ops.resize",
    ),
    "indexing": ("Indexing", "ops.indexing"),
    "sorting": ("Sorting, searching, sets", "ops.sorting ops.sets"),
    "products": ("Sums of products: einsum, convolution, pooling", "ops.einsum ops.conv"),
    "derivatives": (
        "Derivatives",
        "ops.grad ops.jacobian ops.tape ops.custom ops.check ops.clipping ops.gradient_graph ops.derive ops.symbolic",
    ),
    "control": ("Control flow and batches", "ops.control ops.vmap"),
    "models": (
        "Models",
        "train.model train.sequential train.saving train.keras.names nn.remat runtime.naming",
    ),
}


def unwrapped(value: Any) -> Any:
    """What a public name stands for, without the boundary around it."""
    return inspect.unwrap(value) if callable(value) else value


@dataclass(frozen=True)
class Entry:
    """A public name and what it stands for."""

    name: str  # as users write it: wg.fft.fft
    value: Any
    is_brief: bool = False

    @property
    def anchor(self) -> str:
        """The fragment under which its heading is found."""
        return re.sub(r"[^\w-]", "", self.name.lower())

    @property
    def has_example(self) -> bool:
        return callable(self.value) and not self.is_brief


@dataclass
class Page:
    """The names of one room, in alphabetical order."""

    name: str
    title: str
    about: str = ""
    entries: list[Entry] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)  # name -> the name under which it is described

    @property
    def is_brief(self) -> bool:
        return self.name in BRIEF

    @property
    def examples(self) -> Path:
        return EXAMPLES / f"{self.name}.txt"


@cache
def homes() -> dict[str, str]:
    """For each name in `wg`: the module from which `wengert/__init__.py` takes it."""
    found: dict[str, str] = {}
    for node in ast.parse(Path(wg.__file__).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {a.asname or a.name: node.module.removeprefix("wengert.") for a in node.names}
    late = {name: of.partition(":")[0].removeprefix("wengert.") for name, of in vars(wg)["_LATE"].items()}
    return found | late


def room_of(name: str, pages: dict[str, Page]) -> Page:
    """The page of a name in `wg`."""
    home = homes().get(name, "wengert")
    for room, (_, modules) in ROOMS.items():
        if home in modules.split():
            return pages[room]
    public = home.split(".")[-1]
    if public in pages:
        return pages[public]
    raise LookupError(
        f"reference: wg.{name} comes from {home}, of which no page knows. Add {home} to ROOMS in tools/reference.py."
    )


def public(module: ModuleType) -> list[tuple[str, Any]]:
    """What a module promises, modules aside, in alphabetical order."""
    found = [(name, getattr(module, name)) for name in sorted(module.__all__)]
    return [(name, value) for name, value in found if not inspect.ismodule(value)]


def public_modules() -> dict[str, ModuleType]:
    """The modules in `wg`: their pages need no mention above."""
    found = {name: getattr(wg, name) for name in sorted(wg.__all__, key=lambda name: (name in LAST, name))}
    return {name: m for name, m in found.items() if inspect.ismodule(m) and name not in LATER}


@cache
def pages() -> dict[str, Page]:
    """Every page with its entries. What has two names is described under its own, else under the first."""
    modules = public_modules()
    found = {room: Page(room, title) for room, (title, _) in ROOMS.items()}
    found |= {m: Page(m, f"wg.{m}", inspect.getdoc(module) or "") for m, module in modules.items()}
    names = [(room_of(name, found), f"wg.{name}", value) for name, value in public(wg)]
    for m, module in modules.items():
        names += [(found[m], f"wg.{m}.{name}", value) for name, value in public(module)]
    own = [(name, value) for _, name, value in names if name.endswith(f".{getattr(value, '__name__', '')}")]
    main: dict[int, str] = {}
    for name, value in own + [(name, value) for _, name, value in names]:
        main.setdefault(id(unwrapped(value)), name)
    for page, name, value in names:
        described = main[id(unwrapped(value))] if callable(value) else name
        if described == name:
            page.entries.append(Entry(name, value, page.is_brief))
        else:
            page.aliases[name] = described
    return found


@cache
def written(path: Path) -> dict[str, str]:
    """The sessions of a file of examples, by name."""
    if not path.exists():
        return {}
    parts = re.split(r"^\[(wg\.[\w.]+)\]\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


@cache
def public_names() -> dict[int, str]:
    """The public name of each function and class."""
    return {id(unwrapped(e.value)): e.name for p in pages().values() for e in p.entries if e.has_example}


def as_users_write(session: str, known: dict[str, Any]) -> str:
    """A session of a docstring, in which names of its module (`Dense`) become those of users (`wg.layers.Dense`)."""
    lines = []
    for example in doctest.DocTestParser().get_examples(session):
        code = example.source.splitlines()
        names = [n for n in ast.walk(ast.parse(example.source)) if isinstance(n, ast.Name) and n.id in known]
        for n in sorted(names, key=lambda n: (n.lineno, n.col_offset), reverse=True):
            line, public = code[n.lineno - 1], public_names().get(id(unwrapped(known[n.id])), n.id)
            code[n.lineno - 1] = line[: n.col_offset] + public + line[n.end_col_offset :]
        if f">>> {code[0]}" in PREAMBLE:
            continue
        lines += [f">>> {code[0]}", *(f"... {line}".rstrip() for line in code[1:])]
        lines += example.want.splitlines()
    return "\n".join(lines)


def example_of(entry: Entry, page: Page) -> str:
    """The session that shows an entry, of its docstring if there is one; "" where nobody wrote one."""
    said = dict(sections(own_doc(entry.value))).get("Example", "")
    if ">>> " not in said:
        return written(page.examples).get(entry.name, "")
    return as_users_write(said, vars(sys.modules[unwrapped(entry.value).__module__]))


def signature_of(name: str, value: Any) -> str:
    """`wg.add(x, y, /)`: without types, and functions among the defaults by name."""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return name
    parameters = [
        p.replace(annotation=p.empty, default=Named(p.default) if is_function(p) else p.default)
        for p in signature.parameters.values()
        if not p.name.startswith("_") and p.name != "self"
    ]
    return name + str(signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty))


def is_function(parameter: inspect.Parameter) -> bool:
    """Whether its default is a function, a class or the like."""
    return callable(parameter.default) and parameter.default is not parameter.empty


@dataclass(frozen=True)
class Named:
    """A default that prints as its name, not with its address."""

    value: Any

    def __repr__(self) -> str:
        return getattr(self.value, "__name__", type(self.value).__name__)


def methods(cls: type) -> list[tuple[str, Any]]:
    """The documented methods and properties that a class itself defines."""
    found = []
    for name, value in sorted(vars(cls).items()):
        member = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        of = getattr(member, "fget", member)
        defined = inspect.isfunction(of) and of.__qualname__ == f"{cls.__qualname__}.{name}"
        if defined and of.__doc__ and not name.startswith("_"):
            found.append((name, member))
    return found


def described(entry: Entry, page: Page) -> str:
    """The part of a page about one entry: signature, docstring, example, methods."""
    parts = [f"### {entry.name}", f"`{signature_of(entry.name, entry.value)}`"]
    parts.append(markdown(own_doc(entry.value)))
    parts.append(f"```\n{example_of(entry, page)}\n\n```")
    if inspect.isclass(entry.value):
        for name, method in methods(entry.value):
            of = f"{entry.name.split('.')[-1]}.{name}"
            title = of if isinstance(method, property) else signature_of(of, method)
            parts += [f"`{title}`", quoted(markdown(inspect.getdoc(method) or "", sessions=True))]
    return "\n\n".join(p for p in parts if p)


def told_briefly(entry: Entry) -> str:
    """An entry in its signature and the first sentence of its docstring."""
    doc = own_doc(entry.value).partition("\n\n")[0]
    return f"### {entry.name}\n\n`{signature_of(entry.name, entry.value)}`\n\n{markdown(doc)}".rstrip()


def quoted(text: str) -> str:
    """Text as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def own_doc(value: Any) -> str:
    """The docstring that was written for a value; not one that a class has from its base, or Python gave it."""
    doc = value.__doc__ or ""
    made = inspect.isclass(value) and doc.startswith(f"{value.__name__}(")
    return "" if made else inspect.cleandoc(doc)


def link(name: str, here: Page, text: str = "") -> str:
    """A link to the description of a public name; among names of its own module it is short."""
    text = text or name.removeprefix(f"wg.{here.name}.").removeprefix("wg.")
    entry, page = next((e, p) for p in pages().values() for e in p.entries if e.name == name)
    return f"[`{text}`]({'' if page is here else page.name + '.md'}#{entry.anchor})"


NOTE = "<!-- Written by scripts/reference from docstrings and docs/reference/examples; edit those. -->"


def text_of(page: Page) -> str:
    """A page as it should be in docs/reference."""
    shown = [e for e in page.entries if e.has_example]
    values = [e for e in page.entries if not callable(e.value)]
    parts = [NOTE, f"# {page.title}", markdown(page.about), "```\n" + "\n".join(PREAMBLE) + "\n\n```"]
    parts.append(" · ".join(link(e.name, page) for e in shown))
    parts += ["\n".join(f"- `{e.name}` = `{e.value!r}`" for e in values)]
    parts += ["\n".join(f"- `{name}` is {link(of, page, of)}" for name, of in page.aliases.items())]
    parts += [told_briefly(e) for e in page.entries if e.is_brief and callable(e.value)]
    parts += [described(e, page) for e in shown]
    return "\n\n".join(p for p in parts if p) + "\n"


def index() -> str:
    """docs/reference/README.md: every page and what is on it."""
    lines = [NOTE, "", "# Reference", "", ABOUT, ""]
    for page in pages().values():
        shown = [e for e in page.entries if callable(e.value)]
        names = " · ".join(f"[`{e.name.split('.')[-1]}`]({page.name}.md#{e.anchor})" for e in shown)
        lines += [f"## [{page.title}]({page.name}.md)", "", names, ""]
    return "\n".join(lines)


def missing() -> list[str]:
    """What to do about each name without an example."""
    return [
        f"{entry.name} has no example. Write `[{entry.name}]` and a session below it in"
        f" {page.examples.relative_to(ROOT)}, or an `Example:` in its docstring."
        for page in pages().values()
        for entry in page.entries
        if entry.has_example and not example_of(entry, page)
    ]


def superfluous() -> list[str]:
    """Sessions that stand under no public name."""
    return [
        f"{path.relative_to(ROOT)}: [{name}] is no public name of this page. Take it out."
        for path in sorted(EXAMPLES.glob("*.txt"))
        for name in written(path)
        if name not in {e.name for e in pages().get(path.stem, Page("", "")).entries}
    ]


def wanted() -> dict[Path, str]:
    """Every file of docs/reference as it should be."""
    return {FOLDER / "README.md": index()} | {FOLDER / f"{p.name}.md": text_of(p) for p in pages().values()}


def stale() -> list[str]:
    """Pages that are not what would be written now."""
    files = wanted()
    old = [p for p, text in files.items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    old += [p for p in FOLDER.glob("*.md") if p not in files]
    return [f"{p.relative_to(ROOT)} is not what it should be. Run scripts/reference." for p in sorted(old)]


def write() -> None:
    """Bring docs/reference up to date."""
    files = wanted()
    for path in FOLDER.glob("*.md"):
        if path not in files:
            path.unlink()
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Write docs/reference, or check it.")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail where a page should change"
    )
    check = parser.parse_args().check
    if not check:
        write()
    complaints = missing() + superfluous() + (stale() if check else [])
    for complaint in complaints:
        print(complaint)
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
