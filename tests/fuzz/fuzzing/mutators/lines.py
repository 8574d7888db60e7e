"""Damage to texts: numbers, words, lines, encodings."""

import random
import re

from .odd_values import NUMBERS, odd_text

_NUMBER = re.compile(rb"(?<![A-Za-z])-?\d+(?:\.\d+)?(?:[eE]-?\d+)?")
_WORD = re.compile(rb"[A-Za-z_][A-Za-z_0-9]*")


def other_number(data: bytes, rng: random.Random) -> bytes:
    return _instead(data, _NUMBER, rng.choice(NUMBERS).encode(), rng)


def other_word(data: bytes, rng: random.Random) -> bytes:
    words = _WORD.findall(data[: 1 << 18]) or [b""]
    text = rng.choice((rng.choice(words), odd_text(rng).encode(), rng.choice(NUMBERS).encode()))
    return _instead(data, _WORD, text, rng)


def bytes_of_no_text(data: bytes, rng: random.Random) -> bytes:
    return _instead(data, _WORD, rng.choice((b"\xff", b"caf\xe9", b"\xed\xa0\x80", b"\xf8\x88", b"\x00")), rng)


def other_line(data: bytes, rng: random.Random) -> bytes:
    """Drop, double, swap, empty, cut or repeat a line a thousand times."""
    lines = data.split(b"\n")
    place, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(6):
        case 0:
            del lines[place]
        case 1:
            lines.insert(place, lines[other])
        case 2:
            lines[place], lines[other] = lines[other], lines[place]
        case 3:
            lines[place] = b""
        case 4:
            lines[place] = lines[place][: rng.randint(0, len(lines[place]))]
        case _:
            lines[place:place] = [lines[other][:200]] * rng.choice((10, 1000))
    return b"\n".join(lines)


def other_separator(data: bytes, rng: random.Random) -> bytes:
    old = rng.choice((b",", b":", b'"', b"\n", b" ", b"=", b"<", b">", b"{", b"}", b"[", b"]", b"|", b";", b"/"))
    return _instead(data, re.compile(re.escape(old)), rng.choice((b"", old * 2, b"\x00", b"\t", b'"')), rng)


def nested(data: bytes, rng: random.Random) -> bytes:
    """Put the beginning of an object, list or element thousands of times where one of them begins."""
    opening, pattern = rng.choice(((b"[", rb"\["), (b'{"a":', rb"\{"), (b"<a>", rb"<"), (b"(", rb"\(")))
    return _instead(data, re.compile(pattern), opening * rng.choice((100, 2000, 100_000)), rng)


def other_encoding(data: bytes, rng: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    name = rng.choice(("utf-16", "utf-8-sig", "utf-32", "latin-1", "utf-16-be", "cp037"))
    return text.encode(name, "replace")


LINES = (
    other_number, other_number, other_number, other_word, other_word, bytes_of_no_text, other_line, other_line,
    other_separator, nested, other_encoding,
)  # fmt: skip


def _instead(data: bytes, pattern: re.Pattern[bytes], text: bytes, rng: random.Random) -> bytes:
    """Return `data` with `text` in one place where `pattern` matches; unchanged where it never does."""
    places = [match.span() for match in pattern.finditer(data[: 1 << 18])]
    if not places:
        return data
    start, stop = rng.choice(places)
    return data[:start] + text + data[stop:]
