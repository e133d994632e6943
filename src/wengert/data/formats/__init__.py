"""Formats of data files and tables: each gives records (`data/records.py`)."""

from wengert.data.formats.arrays import (
    ArrayRecords,
    Tokens,
    from_frame,
    from_idx,
    from_npy,
    from_npz,
    read_npy,
    read_npz,
)
from wengert.data.formats.csv import CSV
from wengert.data.formats.example import parse_example, write_example
from wengert.data.formats.folders import Images, Texts, Wav, read_wav, write_wav
from wengert.data.formats.idx import read_idx
from wengert.data.formats.lines import JSONLines, TextLines
from wengert.data.formats.pictures import decode_image
from wengert.data.formats.tables import Arrow, HuggingFace, Parquet, Streamed, from_huggingface
from wengert.data.formats.tfrecord import TFRecord, write_tfrecord

__all__ = [
    "CSV",
    "ArrayRecords",
    "Arrow",
    "HuggingFace",
    "Images",
    "JSONLines",
    "Parquet",
    "Streamed",
    "TFRecord",
    "TextLines",
    "Texts",
    "Tokens",
    "Wav",
    "decode_image",
    "from_frame",
    "from_huggingface",
    "from_idx",
    "from_npy",
    "from_npz",
    "parse_example",
    "read_idx",
    "read_npy",
    "read_npz",
    "read_wav",
    "write_example",
    "write_tfrecord",
    "write_wav",
]
