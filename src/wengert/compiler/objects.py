"""What an object file refers to: code of ours must refer to nothing but itself."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from wengert.base.errors import CompileError

_SYMBOL_TABLE = 2  # SHT_SYMTAB


@dataclass(frozen=True, slots=True)
class _Section:
    kind: int
    offset: int
    size: int
    link: int


def undefined_symbols(data: bytes) -> set[str]:
    """Names that an ELF64 object uses and does not define; of another format, nothing is known: none.

    Raises:
        CompileError: the bytes start as ELF and are cut off or bent.

    Source: System V ABI, chapter 4, "Object files".
    """
    if data[:6] != b"\x7fELF\x02\x01":  # 64 bits, little-endian
        return set()
    try:
        return _undefined_elf(data)
    except (struct.error, IndexError, ValueError) as e:
        raise CompileError(f"load: an object must be whole; got {len(data)} bytes, {e}.") from None


def _undefined_elf(data: bytes) -> set[str]:
    (start,) = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    sections = [_Section(*struct.unpack_from("<4xI16xQQI", data, start + i * size)) for i in range(count)]
    undefined = set()
    for table in sections:
        if table.kind != _SYMBOL_TABLE:
            continue
        names = sections[table.link].offset
        for at in range(table.offset, table.offset + table.size, 24):
            name, section = struct.unpack_from("<I2xH", data, at)
            if section == 0 and name:
                undefined.add(data[names + name : data.index(0, names + name)].decode())
    return undefined
