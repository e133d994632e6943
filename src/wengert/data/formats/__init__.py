"""Formats of data files and tables: each gives records (`data/records.py`)."""

from wengert.data.formats.csv import CSV
from wengert.data.formats.example import parse_example, write_example
from wengert.data.formats.lines import JSONLines, TextLines
from wengert.data.formats.tfrecord import TFRecord, write_tfrecord

__all__ = ["CSV", "JSONLines", "TFRecord", "TextLines", "parse_example", "write_example", "write_tfrecord"]
