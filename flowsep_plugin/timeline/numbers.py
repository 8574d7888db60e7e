"""Seconds as text or fractions, frames as integers: the one place where a session's numbers are read and rounded.

`frames(Fraction(seconds(n, rate)), rate) == n` for every frame below 2^52: a double holds it, `repr` writes it.
"""

import math
from fractions import Fraction

from flowsep_plugin.errors import SessionError

_MOST = 10**15
_NEAR = Fraction(1, 1000)


def number(text: str | None, what: str) -> Fraction:
    """Read a decimal number exactly. Raises SessionError for anything else, infinities and absurd sizes included."""
    try:
        value = float(text or "")
        if not math.isfinite(value) or abs(value) > _MOST:
            raise ValueError("not a finite number of sensible size")
        return Fraction(text or "") if value else Fraction(0)
    except ValueError:
        raise SessionError(
            f"{what} is {text!r}, not a number; open the session in its program and save it again"
        ) from None


def frames(seconds: Fraction, rate: int) -> int:
    """Return the frame nearest to `seconds`; halves go up."""
    return math.floor(seconds * rate + Fraction(1, 2))


def seconds(count: int, rate: int) -> str:
    """Write frame `count` as seconds, in the shortest decimals that lead back to it."""
    text = repr(count / rate)
    return text[:-2] if text.endswith(".0") else text


def decimal(value: Fraction | float) -> str:
    """Write `value` in the shortest decimals that give the same double."""
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def settle(value: Fraction, steps: int) -> Fraction:
    """Return the multiple of 1/steps that `value` means, where it is within a thousandth of one; else `value`.

    Decimals in files cannot say thirds; this undoes what writing them cost.
    """
    near = Fraction(frames(value, steps), steps)
    return near if abs(near - value) * steps < _NEAR else value
