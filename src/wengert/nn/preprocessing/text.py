"""Text as numbers: cleaned, split, and looked up in a vocabulary."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.words import require_word
from wengert.ir.node import Node
from wengert.nn.preprocessing.lookup import NOTHING, Lookup, Strings, no_strings, strings

LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
PUNCTUATION = str.maketrans("", "", string.punctuation)
WORD = re.compile(r"[^ \t\n\r\f\v]+")
CLEANERS: dict[str, Callable[[str], str]] = {
    "lower_and_strip_punctuation": lambda s: s.translate(LOWER).translate(PUNCTUATION),
    "lower": lambda s: s.translate(LOWER),
    "strip_punctuation": lambda s: s.translate(PUNCTUATION),
}
SPLITTERS: dict[str, Callable[[str], list[str]]] = {"whitespace": WORD.findall, "character": list}


class TextVectorization(Lookup):
    """Strings to sequences of numbers: standardised, split into tokens, n-grams of them looked up.

    Args:
        max_tokens, pad_to_max_tokens, vocabulary, idf_weights: as in `Lookup`.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation" (letters and punctuation of ASCII),
            None, or a function of an array of strings.
        split: "whitespace", "character", None (each string is a token), or a function of an array of strings that gives
            a list of tokens for each.
        ngrams: up to so many tokens in a row, or a tuple of how many; joined by spaces.
        output_mode: "int": numbers, 0 where a sequence is shorter than others and 1 for unknown tokens; else as in
            `Lookup`, one vector a string.
        output_sequence_length: cut or fill up to this length.
        encoding: of strings that come as bytes.

    Shapes:
        x [n] or [n, 1] strings  ->  [n, length] int64, or [n, vocabulary_size] vectors

    Raises:
        UsageError: it is put into a compiled program, which has no strings. Map it over the data set, or call it before
            the model.

    Example:
        >>> layer = TextVectorization(output_sequence_length=4)
        >>> layer.adapt(["The cat sat.", "the cat!"])
        >>> layer.get_vocabulary()
        ['', '[UNK]', 'the', 'cat', 'sat']
        >>> layer(["A cat sat"]).tolist()
        [[1, 3, 4, 0]]
    """

    max_tokens: int | None = None
    standardize: Any = "lower_and_strip_punctuation"
    split: Any = "whitespace"
    ngrams: int | Sequence[int] | None = None
    output_mode: str = "int"
    output_sequence_length: int | None = None
    pad_to_max_tokens: bool = False
    vocabulary: Any = None
    idf_weights: Any = None
    encoding: str = "utf-8"
    num_oov_indices: ClassVar[int] = 1
    mask_token: ClassVar[str] = ""
    oov_token: ClassVar[str] = "[UNK]"
    invert: ClassVar[bool] = False
    salt: ClassVar[None] = None

    def check_fields(self) -> None:
        for what, known in (("standardize", CLEANERS), ("split", SPLITTERS)):
            value = getattr(self, what)
            if value is not None and not callable(value):
                require_word("TextVectorization", what, value, known)
        widths = (
            self.ngrams
            if isinstance(self.ngrams, list | tuple)
            else [1 if self.ngrams is None else self.ngrams]
        )
        if not widths or not all(isinstance(n, int) and n > 0 for n in widths):
            raise ValueRangeError(f"TextVectorization: ngrams must be positive ints; got {self.ngrams!r}.")
        if self.output_sequence_length is not None and self.output_mode != "int":
            raise ValueRangeError(
                f'TextVectorization: output_sequence_length needs output_mode "int"; got {self.output_mode!r}.'
            )
        super().check_fields()

    def term(self, x: Any) -> str:
        return x.decode(self.encoding) if isinstance(x, bytes) else str(x)

    def order(self, term: str) -> bytes:
        return term.encode()

    def documents(self, batch: Any, whole: bool) -> list[list[str]]:
        return self.tokens(batch)

    def tokens(self, x: Any) -> list[list[str]]:
        """The tokens (or n-grams) of each string."""
        rows = self._split(self._clean(strings(x, self.encoding)))
        if self.ngrams is None:
            return rows
        widths: Any = self.ngrams
        widths = widths if isinstance(widths, list | tuple) else range(1, widths + 1)
        return [[" ".join(row[k : k + n]) for n in widths for k in range(len(row) - n + 1)] for row in rows]

    def _clean(self, x: Strings) -> Strings:
        if self.standardize is None:
            return x
        if callable(self.standardize):
            return np.asarray(self.standardize(x))
        clean = CLEANERS[self.standardize]
        return np.array([clean(s) for s in x.ravel().tolist()], np.str_).reshape(x.shape)

    def _split(self, x: Strings) -> list[list[str]]:
        if self.split is None:
            return [row.tolist() for row in (x if x.ndim > 1 else x.reshape(-1, 1))]
        if x.ndim > 2 or (x.ndim == 2 and x.shape[1] != 1):
            raise ShapeError(f"inputs to be split must be [n] or [n, 1] strings; got {list(x.shape)}.")
        if callable(self.split):
            return [list(row) for row in self.split(x.ravel())]
        split = SPLITTERS[self.split]
        return [split(s) for s in x.ravel().tolist()]

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The numbers, or vectors, of strings."""
        with self.named():
            if isinstance(x, Node):
                raise no_strings(x)
            self.built = True
            return self.call(x)

    def call(self, x: Any) -> Any:
        rows = self.tokens(x)
        length = max(map(len, rows), default=0)
        if self.output_sequence_length is not None:
            length = self.output_sequence_length
        numbers = np.full((len(rows), length), 0 if self.output_mode == "int" else NOTHING, np.int64)
        flat = self.numbers_of(np.array([t for row in rows for t in row], np.str_))
        start = 0
        for k, row in enumerate(rows):
            kept = min(len(row), length)
            numbers[k, :kept] = flat[start : start + kept]
            start += len(row)
        return self.as_vectors(numbers)
