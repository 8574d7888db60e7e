"""Colours as numbers: mixing, and adjustment to a least contrast.

A colour is (red, green, blue), each 0..255. Contrast is that of WCAG 2: 1 for equal, 21 for black on white; text needs
4.5, lines and shapes need 3.
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
    """Return the relative luminance of WCAG 2, 0..1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast of two colours, 1..21, in either order."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """Return a mixture of two colours; `share` 0 is the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


@lru_cache(maxsize=1024)
def legible(colour: Rgb, *grounds: Rgb, least: float = SHAPE) -> Rgb:
    """Return `colour`, lightened or darkened as little as possible, with a contrast of `least` to all `grounds`.

    White or black, whichever has more, where none has that.
    """
    tries = [mixed(colour, end, step / 20) for step in range(21) for end in (WHITE, BLACK)]
    return next(
        (candidate for candidate in tries if all(contrast(candidate, ground) >= least for ground in grounds)),
        max((WHITE, BLACK), key=lambda end: min(contrast(end, ground) for ground in grounds)),
    )


def parsed(text: str, otherwise: Rgb) -> Rgb:
    """Return the colour of a text "#rrggbb"; `otherwise` where it is not one."""
    try:
        value = int(text.removeprefix("#"), 16) if len(text) == 7 else None
    except ValueError:
        value = None
    return otherwise if value is None else (value >> 16, value >> 8 & 255, value & 255)
