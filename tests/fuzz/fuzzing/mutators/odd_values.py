"""Values at which readers break: edges of integers, numbers that are no numbers, texts that are no names."""

import random

EDGES = (
    0, 1, 2, 3, 4, 7, 8, 15, 16, 127, 128, 255, 256, 511, 512, 1000, 1024, 4095, 4096, 32767, 32768, 65535, 65536,
    44_100, 48_000, 1_000_003, 2**24 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1, 2**32, 2**53, 2**62,
    2**63 - 1, 2**63, 2**64 - 1,
)  # fmt: skip
NUMBERS = (
    "0", "-0", "-1", "1", "2.5", "-2.5", "0.0", "1e-400", "1e308", "1e309", "1e400", "-1e400", "nan", "NaN", "inf",
    "Infinity", "-Infinity", "1/0", "0/0", "1/3", "0x10", "1_000", "²", "٣", "1e5000", "9" * 20, "9" * 400, "9" * 5000,
    "2147483648", "4294967296", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1.", ".5",
    "+7", " 7", "7 ", "1,5", "01:00:00:00", "99:99:99:99", "-01:00:00:00", "1001/30000s", "true", "",
)  # fmt: skip
TEXTS = (
    "", " ", "\x00", "a\x00b", "..", "../../../../etc/passwd", "/etc/passwd", "/dev/zero", "/proc/self/mem", "~root",
    "C:\\x\\y", "\\\\server\\share", "file:///etc/passwd", "file://%00", "x" * 300, "x" * 5000, "%s%n", "{0}", "é" * 40,
    "\ufeffx", "\u202ex", "a\nb", "a\r\nb", "\t", "<x/>", "&amp;", "&x;", "]]>", '"', "'", "`", "\\", "${HOME}", "=1+1",
    "🎹", "\x1b[2J", "CON", "a/b", ".", "-", "--help", "|", "'; DROP TABLE jobs; --", "\x7f", "\ufffe", "１２",
)  # fmt: skip
SURROGATES = ("\udcff", "caf\udce9.wav", "\ud800", "a\udc80b")
"""Names of files that are not UTF-8, and what is no character at all; JSON can hold them, bytes of UTF-8 cannot."""


def edge(rng: random.Random) -> int:
    """Return an integer at an edge, or next to one, of either sign."""
    value = rng.choice(EDGES) + rng.choice((0, 0, 0, 1, -1))
    return -value if rng.random() < 0.2 else value


def odd_text(rng: random.Random, *, surrogates: bool = False) -> str:
    """Return a text that few expect; with `surrogates` it may be one that UTF-8 cannot encode."""
    return rng.choice((*TEXTS, *SURROGATES) if surrogates else TEXTS)
