"""Records of several files, one file after the other, read a block at a time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from wengert.base.errors import RecordError, UsageError
from wengert.data.files import Paths, Reader, find, fingerprint
from wengert.data.records import Block, Blocked, Columns, Position

Mark = Any  # where a block starts in its file: a value of JSON that the format chose; None is the start

BLOCK_BYTES = 2**20  # of a file that become one block


@dataclass(frozen=True)
class FileBlocks(Blocked):
    """What formats of files share. A block starts at `[number of the file, mark]`.

    Args:
        paths: files, patterns such as `logs/*.csv`, URLs, or a list of these.
    """

    paths: Paths
    files: tuple[str, ...] = field(init=False, repr=False, compare=False)

    operation: ClassVar[str] = "blocks"  # the format's name in messages

    def __post_init__(self) -> None:
        self.check()
        object.__setattr__(self, "files", find(self.operation, self.paths))

    def check(self) -> None:
        """Refuse arguments that make no sense."""

    @abstractmethod
    def read(self, path: str, mark: Mark) -> Iterator[tuple[Mark, Columns, int]]:
        """Blocks of one file from a mark on: `(mark of the block, its columns, how many records)`.

        A RecordError is raised with the mark after the bad record, once the block before it was given.
        """

    def blocks(self, start: Position = None) -> Iterator[Block]:
        """Blocks from the start of one on."""
        number, mark = self._part(start)
        for n in range(number, len(self.files)):
            try:
                for at, columns, length in self.read(self.files[n], mark):
                    yield Block([n, at], columns, length)
            except RecordError as error:
                error.resume = [[n, error.resume], 0]
                raise
            mark = None

    def _part(self, start: Position) -> tuple[int, Mark]:
        if start is None:
            return 0, None
        if not isinstance(start, list | tuple) or len(start) != 2 or type(start[0]) is not int:
            raise UsageError(f"{self.operation}: position must be one that iterate gave; got {start!r}.")
        return start[0], start[1]

    def reader(self, path: str) -> Reader:
        """The file, open."""
        return Reader(self.operation, path)

    def fingerprint(self) -> str:
        """A hash that changes with the files and with how they are read."""
        return fingerprint(repr(self), self.files)
