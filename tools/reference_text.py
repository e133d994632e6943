"""Docstrings as Markdown, for tools/reference.py."""

from __future__ import annotations

import re
from textwrap import dedent

HEADING = re.compile(r"^([A-Z][a-z]+):$")
NAMED = re.compile(r"^([\w*`][\w*., `]*): +(.*)", re.DOTALL)
LISTED = {"Args", "Raises", "Attributes", "State"}


def sections(doc: str) -> list[tuple[str, str]]:
    """A docstring's parts: ("", text), ("Args", text), ... in order, without their indentation."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in doc.splitlines():
        heading = HEADING.match(line)
        if heading:
            parts.append((heading[1], []))
        elif parts[-1][0] and line and not line.startswith(" "):
            parts.append(("", [line]))
        else:
            parts[-1][1].append(line)
    return [(name, dedent("\n".join(lines)).strip("\n")) for name, lines in parts if any(lines)]


def markdown(doc: str, *, sessions: bool = False) -> str:
    """A docstring as Markdown; with its example only where `sessions`."""
    parts = []
    for name, text in sections(doc):
        if name == "Example":
            parts += [f"```\n{text}\n\n```"] if sessions else []
        elif name == "Shapes":
            parts.append(f"**{name}**\n\n{verbatim(text)}")
        elif name in LISTED:
            parts.append(f"**{name}**\n\n{items(text)}")
        else:
            parts.append((f"**{name}**: " if name else "") + prose(text))
    return "\n\n".join(parts)


def verbatim(text: str) -> str:
    """Text whose columns matter."""
    return f"```text\n{text}\n```"


def items(text: str) -> str:
    """`name: what it is`, one a line, as a list; a deeper line belongs to the item above it."""
    found: list[str] = []
    for line in text.splitlines():
        if line.startswith(" ") and found:
            found[-1] += " " + line.strip()
        elif line:
            found.append(line)
    named = [(NAMED.match(item), item) for item in found]
    return "\n".join(f"- `{m[1].strip('`')}`: {plain(m[2])}" if m else f"- {plain(i)}" for m, i in named)


def prose(text: str) -> str:
    """Paragraphs; those in which columns matter stay as they are."""
    return "\n\n".join(
        verbatim(dedent(p)) if re.search(r"^ {2,}|\S {3,}\S", p, re.MULTILINE) else plain(p)
        for p in re.split(r"\n{2,}", text)
        if p.strip()
    )


def plain(text: str) -> str:
    """Text outside of backquotes in which stars and angles mean themselves."""
    parts = re.split(r"(`+[^`]*`+)", text)
    return "".join(
        part if n % 2 else re.sub(r"(?<=\S)\*|\*(?=\S)|<(?=\w)", lambda m: "\\" + m[0], part)
        for n, part in enumerate(parts)
    )
