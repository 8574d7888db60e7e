"""Forms in which names of sounds are compared: without case, punctuation, accents, articles and endings."""

import re
import unicodedata
from collections.abc import Iterator

LANGUAGES = ("de", "fr", "es", "it", "pt", "ja", "zh")
"""ISO 639-1 codes of the languages of the table, in its order."""

ARTICLES = {
    "de": frozenset("ein eine einen einem einer eines der die das den dem des".split()),
    "fr": frozenset("un une le la les l des du d".split()),
    "es": frozenset("un una unos unas el la los las".split()),
    "it": frozenset("un uno una il lo la i gli le l dei delle degli".split()),
    "pt": frozenset("um uma uns umas o a os as".split()),
}  # fmt: skip
"""Language -> words that may stand before a name; "l" and "d" before an apostrophe."""

ENGLISH_ARTICLES = frozenset(("a", "an", "the"))

_SEPARATORS = "\t\n|"
"""Signs between the names of the table, which `key` leaves as they are."""
_PUNCTUATION = re.compile(rf"[^\w {_SEPARATORS}]+|_+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ı": "i", "ł": "l"})
_HIRAGANA = {katakana: katakana - 0x60 for katakana in range(ord("ァ"), ord("ヶ") + 1)}
_CHINESE_ARTICLE = re.compile("^[一這这那][只隻个個条條匹头頭架辆輛台臺群把位名]")
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_KATAKANA = re.compile("[ァ-ヶ]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_TAILS = re.compile(
    "(?:の(?:鳴き声|なき声|吠え声|叫び声|声|音|演奏|音色|騒音)|という音|鳴き声|の鳴声|(?:的)?(?:叫声|叫聲|声音|聲音|响声|響聲|声|聲|音)|が鳴く声)$"
)
_PLURAL_ENDINGS = {
    "de": (("", "e"), ("", "en"), ("", "n"), ("", "er"), ("", "s")),
    "fr": (("", "s"), ("", "x"), ("al", "aux")),
    "es": (("", "s"), ("", "es"), ("z", "ces")),
    "it": (("o", "i"), ("e", "i"), ("a", "e"), ("co", "chi"), ("ca", "che"), ("ga", "ghe")),
    "pt": (("", "s"), ("", "es"), ("ao", "oes"), ("m", "ns"), ("l", "is")),
}  # fmt: skip
"""Language -> regular endings of words without accents, singular and plural."""
_SHORTEST_SINGULAR = 4


def key(text: str) -> str:
    """Return `text` without case, punctuation and doubled spaces, in one form of Unicode and in hiragana.

    Tabs, line feeds and | stay, so that a whole table is turned into keys at once.
    """
    plain = _PUNCTUATION.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    while "  " in plain:
        plain = plain.replace("  ", " ")
    for sign in _SEPARATORS:
        plain = plain.replace(f" {sign}", sign).replace(f"{sign} ", sign)
    plain = unicodedata.normalize("NFC", plain).strip(" ")
    return plain.translate(_HIRAGANA) if _KATAKANA.search(plain) else plain


def without_accents(key: str) -> str:
    """Return a key with the plain letters of accented ones; kana keep their voice marks."""
    if key.isascii():
        return key
    stripped = _ACCENTS.sub("", unicodedata.normalize("NFD", key.translate(_LIGATURES)))
    return unicodedata.normalize("NFC", stripped)


def without_umlauts(key: str) -> str:
    """Return a key with ae, oe and ue, as German is typed without umlauts, as plain letters."""
    return key.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def readings(key: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what may be a name in `key`, and the languages in which it may be one: all of it, then without an article.

    An article tells the languages; a key with an English one has no other reading.
    """
    yield key, LANGUAGES
    if shorter := _CHINESE_ARTICLE.sub("", key):
        if shorter != key:
            yield shorter, ("zh",)
            return
    first, _, noun = key.partition(" ")
    languages = tuple(code for code, articles in ARTICLES.items() if first in articles)
    if noun and languages:
        yield noun, languages


def without_article(key: str, language: str) -> str:
    """Return a key of `language` without its leading article."""
    return next((noun for noun, languages in readings(key) if noun != key and language in languages), key)


def script_languages(key: str) -> tuple[str, ...]:
    """Return the languages that are written in the script of `key`: Japanese for kana, both for Chinese signs alone."""
    if not _EAST_ASIAN.search(key):
        return LANGUAGES[:5]
    return ("ja",) if _KANA.search(key) else ("ja", "zh")


def without_tail(key: str) -> str:
    """Return a Japanese or Chinese key without "the sound of" or "the cry of" at its end, unless nothing else is in it.

    >>> without_tail("犬の鳴き声")
    '犬'
    """
    return _TAILS.sub("", key) or key


def plurals(word: str, language: str) -> tuple[str, ...]:
    """Return what may be the plural of `word`, one without accents, by the regular endings of its language.

    >>> plurals("gatto", "it")
    ('gatti',)
    """
    if len(word) < _SHORTEST_SINGULAR or " " in word:
        return ()
    endings = _PLURAL_ENDINGS.get(language, ())
    return tuple(word.removesuffix(one) + many for one, many in endings if word.endswith(one))


def without_english_article(key: str) -> str:
    """Return a key without a leading "a", "an" or "the"."""
    first, _, noun = key.partition(" ")
    return noun if noun and first in ENGLISH_ARTICLES else key
