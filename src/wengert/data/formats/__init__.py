"""Formats of data files and tables: each gives records (`data/records.py`)."""

from wengert.data.formats.lines import JSONLines, TextLines

__all__ = ["JSONLines", "TextLines"]
