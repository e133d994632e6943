"""Vocabularies: terms as their numbers, and back. Strings stay in NumPy, outside of compiled programs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from wengert.base.errors import DTypeError, FormatError, UsageError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.node import Node
from wengert.ir.types import type_of
from wengert.nn.layer import Layer
from wengert.nn.preprocessing.encode import MODES, batches_of, encoded
from wengert.nn.preprocessing.fingerprint import farm, sip
from wengert.ops import math as m
from wengert.ops.indexing import take
from wengert.ops.operands import array
from wengert.ops.sorting import searchsorted

NOTHING = 2**63 - 1  # the number of a masked term, where numbers become vectors: a 1 nowhere
Strings = np.ndarray[Any, Any]


class Lookup(Layer):
    """Base of layers with a vocabulary: [mask,] unknown terms, then the terms.

    Args:
        max_tokens: most terms of the vocabulary, with those of masks and unknown ones.
        num_oov_indices: over how many numbers unknown terms are spread; with 0 they are refused.
        mask_token: has the number 0 in the mode "int"; elsewhere it counts for nothing. None: there is none.
        oov_token: stands for unknown terms in the vocabulary, and where `invert` finds nothing.
        vocabulary: the terms, or a file with one a line; else `adapt` finds them.
        idf_weights: of each term, in the mode "tf_idf", if a vocabulary is given.
        invert: numbers to terms.
        output_mode: "int", "one_hot", "multi_hot", "count", or "tf_idf": counts times ``log(1 + documents / (1 +
            documents with the term))``.
        pad_to_max_tokens: let vectors have the length `max_tokens`, however few terms there are.
        salt: one or two ints: hash unknown terms with this key (SipHash), not without one (FarmHash).
    """

    changeable = ("name", "trainable", "vocabulary", "idf_weights")

    def check_fields(self: Any) -> None:
        kind = type(self).__name__
        require_word(kind, "output_mode", self.output_mode, (*MODES, "tf_idf"))
        if self.max_tokens is not None and (not isinstance(self.max_tokens, int) or self.max_tokens < 2):
            raise ValueRangeError(f"{kind}: max_tokens must be an int > 1; got {self.max_tokens!r}.")
        if self.num_oov_indices:
            require_count(kind, "num_oov_indices", self.num_oov_indices)
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ValueRangeError(f"{kind}: pad_to_max_tokens needs max_tokens; got None.")
        if self.invert and self.output_mode != "int":
            raise ValueRangeError(f'{kind}: invert needs output_mode "int"; got {self.output_mode!r}.')
        self.learns = self.vocabulary is None
        if self.vocabulary is not None:
            self.set_vocabulary(self.vocabulary, self.idf_weights)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        if isinstance(config.get("vocabulary"), str):
            raise FormatError(
                f"{cls.__name__}: a vocabulary in a file must be its terms; got the path {config['vocabulary']!r}."
            )
        return super().from_config(config, custom_objects)

    def parts(self) -> Iterable[tuple[str, Any]]:
        return ()  # no variables: the vocabulary is configuration

    # --- the vocabulary -------------------------------------------------------------------------
    def set_vocabulary(self: Any, vocabulary: Any, idf_weights: Any = None) -> None:
        """Take these terms, or those of a file with one a line; what masks and unknown terms have is left out.

        Raises:
            ValueRangeError: there are none, or one twice, or too many; weights are missing, or not wanted.
            OSError: the file cannot be read.
        """
        kind = type(self).__name__
        if isinstance(vocabulary, str | os.PathLike):
            vocabulary = _read_lines(kind, Path(vocabulary))
        terms = [self.term(t) for t in np.asarray(vocabulary).tolist()]
        special = self._special()
        found = bool(special) and terms[: len(special)] == special
        terms = terms[len(special) :] if found else terms
        twice = [t for t, n in Counter(terms).items() if n > 1 or (t == self.mask_token and t is not None)]
        if not terms or twice:
            what = f"{twice[:3]} twice, or the mask" if twice else "none"
            raise ValueRangeError(f"{kind}: vocabulary must have terms, each once; got {what}.")
        if self.max_tokens is not None and len(special) + len(terms) > self.max_tokens:
            raise ValueRangeError(
                f"{kind}: vocabulary must have at most max_tokens={self.max_tokens} terms; got {len(terms)} and "
                f"{len(special)} for masks and unknown terms."
            )
        if (idf_weights is None) == (self.output_mode == "tf_idf"):
            given = "none" if idf_weights is None else "some"
            raise ValueRangeError(
                f'{kind}: idf_weights must be given with output_mode="tf_idf", and only then; got {given} with '
                f"{self.output_mode!r}."
            )
        if idf_weights is not None:
            idf_weights = [float(w) for w in np.asarray(idf_weights)][len(special) if found else 0 :]
            if len(idf_weights) != len(terms):
                raise ValueRangeError(
                    f"{kind}: idf_weights must be one for each of {len(terms)} terms; got {len(idf_weights)}."
                )
        self.vocabulary, self.idf_weights = terms, idf_weights
        self.numbers = {t: k for k, t in enumerate(terms, len(special))}

    def get_vocabulary(self: Any, include_special_tokens: bool = True) -> list[Any]:
        """The terms in the order of their numbers."""
        return [*(self._special() if include_special_tokens else ()), *(self.vocabulary or ())]

    def vocabulary_size(self: Any) -> int:
        """How many numbers there are, those of masks and unknown terms included."""
        return len(self._special()) + len(self.vocabulary or ())

    def _special(self: Any) -> list[Any]:
        return [self.mask_token] * self._masks() + [self.oov_token] * self.num_oov_indices

    def _masks(self: Any) -> int:
        return int(self.mask_token is not None and self.output_mode == "int")

    def adapt(self: Any, data: Any, steps: int | None = None) -> None:
        """Take the most frequent terms of the data: an array, a list, or an iterable of batches, of which `steps` are
        read. Of equally frequent ones, those last in order come first.

        Raises:
            UsageError: a vocabulary was given.
        """
        if not self.learns:
            raise UsageError(
                f"{type(self).__name__}: adapt needs a layer without a vocabulary; got one with one."
            )
        whole = isinstance(data, list | tuple | np.ndarray) or hasattr(data, "__array__")
        counts: Counter[Any] = Counter()
        among: Counter[Any] = Counter()
        documents = 0
        for batch in [data] if whole else batches_of(type(self).__name__, data, steps):
            for document in self.documents(batch, whole):
                counts.update(document)
                among.update(set(document))
                documents += 1
        for token in (self.mask_token, self.oov_token):
            counts.pop(token, None)
        terms = sorted(counts, key=lambda t: (counts[t], self.order(t)), reverse=True)
        if self.max_tokens is not None:
            terms = terms[: self.max_tokens - len(self._special())]
        idf = [float(np.log(1 + documents / (1 + among[t]))) for t in terms]
        self.set_vocabulary(terms, idf if self.output_mode == "tf_idf" else None)

    def documents(self: Any, batch: Any, whole: bool) -> list[list[Any]]:
        """The terms of each document of a batch. whole: elements of a list are documents, not one document."""
        x = self.terms(batch)
        x = x if x.ndim > 1 else x[:, None] if whole and x.ndim else x.reshape(1, -1)
        return [row.ravel().tolist() for row in x]

    def terms(self, x: Any) -> Strings:
        """What is looked up, as an array of terms."""
        raise NotImplementedError

    def term(self, x: Any) -> Any:
        """One term."""
        raise NotImplementedError

    def order(self, term: Any) -> Any:
        """What terms are put in order by."""
        return term

    # --- use ------------------------------------------------------------------------------------
    def numbers_of(self: Any, x: Strings) -> np.ndarray[Any, Any]:
        """The numbers of terms, int64."""
        if self.vocabulary is None:
            raise UsageError("the vocabulary must be known; got none. Call adapt(data) first, or give one.")
        terms, where = np.unique(x, return_inverse=True)
        found = np.array([self._number_of(t) for t in terms.tolist()], np.int64)
        return found[where].reshape(x.shape)

    def _number_of(self: Any, term: Any) -> int:
        if term == self.mask_token and self.mask_token is not None:
            return 0 if self._masks() else NOTHING
        number = self.numbers.get(term)
        if number is not None:
            return int(number)
        if not self.num_oov_indices:
            raise ValueRangeError(
                f"each term must be in the vocabulary; got {term!r}. Take num_oov_indices=1 to let others be unknown."
            )
        return int(self._masks() + (self.bucket(term) if self.num_oov_indices > 1 else 0))

    def bucket(self: Any, term: Any) -> int:
        """Which of the numbers for unknown terms one has."""
        data = str(term).encode()
        salt = self.salt if isinstance(self.salt, list | tuple) or self.salt is None else (self.salt,) * 2
        number = farm(data) if salt is None else sip(data, tuple(salt))
        return int(number % self.num_oov_indices)

    def as_vectors(self: Any, numbers: Any) -> Any:
        """Numbers in the output's mode."""
        if self.output_mode == "int":
            return numbers
        depth = self.max_tokens if self.pad_to_max_tokens else self.vocabulary_size()
        if self.output_mode != "tf_idf":
            return encoded(numbers, self.output_mode, depth, "int64")
        idf = np.zeros(depth, np.float32)
        special = len(self._special())
        idf[:special] = np.mean(self.idf_weights)
        idf[special : special + len(self.idf_weights)] = self.idf_weights
        return m.multiply(encoded(numbers, "count", depth, "float32"), idf)


class StringLookup(Lookup):
    """Strings to their numbers in a vocabulary, or back; the arguments are in `Lookup`.

    Args:
        encoding: of terms that come as bytes.

    Raises:
        UsageError: it is put into a compiled program, which has no strings. Map it over the data set, or call it before
            the model.

    Example:
        >>> layer = StringLookup()
        >>> layer.adapt(["a", "b", "b", "c", "c", "c"])
        >>> layer.get_vocabulary(), layer(["c", "a", "z"]).tolist()
        (['[UNK]', 'c', 'b', 'a'], [1, 3, 0])
    """

    max_tokens: int | None = None
    num_oov_indices: int = 1
    mask_token: str | None = None
    oov_token: str = "[UNK]"
    vocabulary: Any = None
    idf_weights: Any = None
    invert: bool = False
    output_mode: str = "int"
    pad_to_max_tokens: bool = False
    encoding: str = "utf-8"
    salt: Any = None

    def term(self, x: Any) -> str:
        return x.decode(self.encoding) if isinstance(x, bytes) else str(x)

    def terms(self, x: Any) -> Strings:
        return strings(x, self.encoding)

    def order(self, term: str) -> bytes:
        return term.encode()

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The numbers, or vectors, of strings."""
        with self.named():
            if isinstance(x, Node):
                raise no_strings(x)
            self.built = True
            return self.call(x)

    def call(self, x: Any) -> Any:
        if not self.invert:
            return self.as_vectors(self.numbers_of(self.terms(x)))
        numbers = np.asarray(x)
        if numbers.dtype.kind not in "iu":
            raise DTypeError(f"invert takes integers; got {numbers.dtype}.")
        words = np.array([*self.get_vocabulary(), self.oov_token])
        inside = (numbers >= 0) & (numbers < len(words) - 1)
        return words[np.where(inside, numbers, len(words) - 1)]


class IntegerLookup(Lookup):
    """Integers to their numbers in a vocabulary, or back; the arguments are in `Lookup`. It can be compiled, but where
    unknown numbers are refused or hashed.

    Args:
        vocabulary_dtype: "int64" only.
        oov_method: how unknown integers are spread over several numbers: "floormod" or "farmhash".

    Example:
        >>> layer = IntegerLookup(vocabulary=[12, 36, 1138])
        >>> layer(np.array([1138, 12, 7])).tolist()
        [3, 1, 0]
    """

    max_tokens: int | None = None
    num_oov_indices: int = 1
    mask_token: int | None = None
    oov_token: int = -1
    vocabulary: Any = None
    vocabulary_dtype: str = "int64"
    idf_weights: Any = None
    invert: bool = False
    output_mode: str = "int"
    pad_to_max_tokens: bool = False
    oov_method: str = "floormod"
    salt: Any = None
    METHODS: ClassVar[Sequence[str]] = ("floormod", "farmhash")

    def check_fields(self) -> None:
        super().check_fields()
        require_word("IntegerLookup", "vocabulary_dtype", self.vocabulary_dtype, ("int64",))
        require_word("IntegerLookup", "oov_method", self.oov_method, self.METHODS)

    def term(self, x: Any) -> int:
        try:
            return int(x)
        except (TypeError, ValueError):
            raise ValueRangeError(
                f"IntegerLookup: terms must be integers; got {x!r}. StringLookup takes text."
            ) from None

    def terms(self, x: Any) -> Strings:
        found = np.asarray(x)
        if found.dtype.kind not in "iu":
            raise DTypeError(f"inputs must be integers; got {found.dtype}.")
        return found.astype(np.int64)

    def bucket(self, term: int) -> int:
        return int(term % self.num_oov_indices) if self.oov_method == "floormod" else super().bucket(term)

    def call(self, x: Any) -> Any:
        x = array(x)
        if self.vocabulary is None:
            raise UsageError("the vocabulary must be known; got none. Call adapt(data) first, or give one.")
        if self.invert:
            words = np.array([*self.get_vocabulary(), self.oov_token], np.int64)
            inside = m.where(m.less(x, len(words) - 1), x, len(words) - 1)
            return take(words, m.where(m.less(x, 0), len(words) - 1, inside), axis=0)
        if not isinstance(x, Node):
            return self.as_vectors(self.numbers_of(self.terms(x)))
        if not self.num_oov_indices or (self.num_oov_indices > 1 and self.oov_method == "farmhash"):
            raise UsageError(
                f"a compiled program needs unknown numbers that can be computed; got num_oov_indices="
                f"{self.num_oov_indices}, oov_method={self.oov_method!r}. Map the layer over the data set."
            )
        return self.as_vectors(self._searched(x))

    def _searched(self, x: Any) -> Any:
        """The numbers of integers in a recorded array."""
        known = np.array(sorted(self.numbers), np.int64)
        numbers = np.array([self.numbers[t] for t in known.tolist()], np.int64)
        at = m.minimum(searchsorted(known, x), len(known) - 1)
        other = m.remainder(x, self.num_oov_indices) if self.num_oov_indices > 1 else 0
        y = m.where(
            m.equal(take(known, at, axis=0), x), take(numbers, at, axis=0), m.add(other, self._masks())
        )
        if self.mask_token is None:
            return y
        return m.where(m.equal(x, self.mask_token), 0 if self._masks() else NOTHING, y)


def _read_lines(kind: str, path: Path) -> list[str]:
    """The lines of a vocabulary's file."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as e:
        must = f"{kind}: vocabulary must be terms, or the path of a file of them; got one that cannot be read"
        raise type(e)(e.errno, f"{must} ({e.strerror})", str(path)) from e


def strings(x: Any, encoding: str) -> Strings:
    """x as an array of str: lists, arrays of str, bytes or objects of both."""
    found = np.asarray(x)
    if found.dtype.kind == "S":
        return np.char.decode(found, encoding)
    if found.dtype.kind == "O":
        found = np.array([v.decode(encoding) if isinstance(v, bytes) else v for v in found.ravel()]).reshape(
            found.shape
        )
    if found.dtype.kind != "U" and found.size:
        raise DTypeError(f"layers of text: inputs must be strings; got {found.dtype}.")
    return found


def no_strings(x: Node) -> UsageError:
    """The error where a layer of strings is recorded."""
    return UsageError(
        f"a compiled program has no strings; got a recorded {type_of(x)}. Call the layer before the model, or map it "
        f"over the data set."
    )
