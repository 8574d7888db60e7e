"""Colours as numbers: mixed, and moved until they can be told from their ground.

A colour is (red, green, blue), each 0..255.  Contrast is WCAG 2's: 1 for equal, 21 for black on white; text wants 4.5,
lines and shapes want 3.
"""

from functools import lru_cache
from typing import Final, TypeAlias

Rgb: TypeAlias = tuple[int, int, int]

WHITE: Final[Rgb] = (255, 255, 255)
BLACK: Final[Rgb] = (0, 0, 0)
TEXT: Final = 4.5
SHAPE: Final = 3.0


@lru_cache(maxsize=1024)
def luminance(colour: Rgb) -> float:
    """Relative luminance, 0..1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """1..21, whichever is the lighter."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` 0 is the one, 1 the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


@lru_cache(maxsize=1024)
def legible(colour: Rgb, *grounds: Rgb, least: float = SHAPE) -> Rgb:
    """`colour`, lightened or darkened as little as needed to stand out from all `grounds` by `least`.

    White or black, whichever is better, where nothing does.
    """
    tries = [mixed(colour, end, step / 20) for step in range(21) for end in (WHITE, BLACK)]
    return next(
        (made for made in tries if all(contrast(made, ground) >= least for ground in grounds)),
        max((WHITE, BLACK), key=lambda end: min(contrast(end, ground) for ground in grounds)),
    )


def parsed(text: str, otherwise: Rgb) -> Rgb:
    """Read "#rrggbb"."""
    try:
        value = int(text.removeprefix("#"), 16) if len(text) == 7 else None
    except ValueError:
        value = None
    return otherwise if value is None else (value >> 16, value >> 8 & 255, value & 255)
