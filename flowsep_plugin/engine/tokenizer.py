"""Turn texts into token ids: a plain WordPiece (BERT, uncased), or Hugging Face `tokenizers` for bundles with its file.

WordPiece needs `vocab.txt` only; the tests compare it with the `tokenizers` package. Steps follow Devlin et al. 2018,
uncased: clean, strip accents, split punctuation and CJK, then greedy longest match.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from flowsep_plugin.errors import BundleError
from flowsep_plugin.untrusted.regular_file import read_regular, read_regular_text
from flowsep_plugin.version import install_command

from .card import Text

_LONGEST_WORD = 100
_CJK = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


class Tokenizer(Protocol):
    """Turns a text into token ids; `pad` is the id of padding."""

    pad: int

    def ids(self, text: str, length: int) -> list[int]:
        """Return the token ids of `text`, special tokens included, at most `length` of them."""
        ...


class WordPiece:
    """Greedy longest match over a `vocab.txt`, which has a token a line; its line number is its id.

    Raises BundleError where the file cannot be read or lacks a special token.
    """

    def __init__(self, vocabulary: Path) -> None:
        try:
            lines = read_regular_text(vocabulary).splitlines()
        except (OSError, ValueError) as error:
            raise BundleError(f"{vocabulary}: cannot be read ({error}); install the model again") from error
        self._ids = {token: number for number, token in enumerate(lines)}
        missing = [token for token in ("[CLS]", "[SEP]", "[UNK]", "[PAD]") if token not in self._ids]
        if missing:
            raise BundleError(
                f"{vocabulary}: not a BERT vocabulary, it lacks {', '.join(missing)}; install the model again"
            )
        self.pad = self._ids["[PAD]"]

    def ids(self, text: str, length: int) -> list[int]:
        """Return the ids of `[CLS] pieces… [SEP]`, cut before `[SEP]` to `length`."""
        pieces = [piece for word in _words(text) for piece in self._pieces(word)]
        return [self._ids["[CLS]"], *pieces[: max(0, length - 2)], self._ids["[SEP]"]]

    def _pieces(self, word: str) -> list[int]:
        if len(word) > _LONGEST_WORD:
            return [self._ids["[UNK]"]]
        ids, start = [], 0
        while start < len(word):
            prefix = "##" if start else ""
            stop = next((end for end in range(len(word), start, -1) if prefix + word[start:end] in self._ids), None)
            if stop is None:
                return [self._ids["[UNK]"]]
            ids.append(self._ids[prefix + word[start:stop]])
            start = stop
        return ids


class FastTokenizer:
    """A Hugging Face `tokenizer.json`, for bundles of published models; needs the extra `tokenizers`.

    Raises BundleError where the package is missing or the file is not a tokenizer.
    """

    pad = 0

    def __init__(self, path: Path) -> None:
        try:
            from tokenizers import Tokenizer as Backend
        except ImportError as error:
            raise BundleError(f"{path.name} needs the package tokenizers: {install_command('tokenizers')}") from error
        try:
            self._backend: Any = Backend.from_buffer(read_regular(path))
        except Exception as error:
            raise BundleError(f"{path}: not a tokenizer.json ({error}); install the model again") from error
        self._backend.no_padding()
        self.pad = next((i for i in map(self._backend.token_to_id, ("<pad>", "[PAD]")) if i is not None), 0)

    def ids(self, text: str, length: int) -> list[int]:
        """Return the ids by the file's rules, cut to `length` with special tokens in place."""
        self._backend.enable_truncation(length)
        return list(self._backend.encode(text).ids)


def open_tokenizer(folder: Path, text: Text) -> Tokenizer:
    """Open the tokenizer that a bundle's card names. Raises BundleError where it is missing or damaged."""
    if not text.files:
        raise BundleError(f"{folder.name}: text.files is empty, must name the tokenizer's file; export the model again")
    return WordPiece(folder / text.files[0]) if text.kind == "wordpiece" else FastTokenizer(folder / text.files[0])


def pad_ids(rows: Sequence[Sequence[int]], pad: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ids, padded with `pad`, and their mask of 1 and 0, both (texts, longest)."""
    longest = max(len(row) for row in rows)
    ids = np.full((len(rows), longest), pad, np.int64)
    mask = np.zeros_like(ids)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return ids, mask


def _words(text: str) -> Iterator[str]:
    word = ""
    for character in _clean(text):
        alone = _is_punctuation(character) or _is_cjk(character)
        if alone or character == " ":
            if word:
                yield word
            word = ""
        if alone:
            yield character
        elif character != " ":
            word += character
    if word:
        yield word


def _clean(text: str) -> Iterator[str]:
    """Yield the characters in lower case, without accents and control characters, white space as a blank."""
    for character in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(character)
        if character in "\t\n\r" or category == "Zs":
            yield " "
        elif category != "Mn" and not category.startswith("C") and character != "\ufffd":
            yield character


def _is_punctuation(character: str) -> bool:
    code = ord(character)
    ascii_sign = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return ascii_sign or unicodedata.category(character).startswith("P")


def _is_cjk(character: str) -> bool:
    return any(low <= ord(character) <= high for low, high in _CJK)
