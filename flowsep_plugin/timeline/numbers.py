"""Read, round and write the numbers of sessions: seconds as text or fractions, frames as integers.

`frames(Fraction(seconds(n, rate)), rate) == n` for every frame below 2^52: a double holds it, `repr` writes it.
"""

import math
from fractions import Fraction

from flowsep_plugin.errors import SessionError

_MOST = 10**15
_NEAR = Fraction(1, 1000)


def number(text: str | None, what: str) -> Fraction:
    """Return a decimal number exactly; `what` names it in the error.

    Raises SessionError for anything else, infinities and numbers past 10^15 included.
    """
    try:
        value = float(text or "")
        if not math.isfinite(value) or abs(value) > _MOST:
            raise ValueError("not a finite number up to 10^15")
        return Fraction(text or "") if value else Fraction(0)
    except ValueError:
        raise SessionError(
            f"{what} is {text!r}, not a number; open the session in its program and save it again"
        ) from None


def frames(seconds: Fraction, rate: int) -> int:
    """Return the frame nearest to `seconds`; halves go up. rate : frames a second."""
    return math.floor(seconds * rate + Fraction(1, 2))


def seconds(count: int, rate: int) -> str:
    """Return frame `count` as seconds, in the shortest decimals that read back as that frame."""
    text = repr(count / rate)
    return text[:-2] if text.endswith(".0") else text


def decimal(value: Fraction | float) -> str:
    """Return `value` in the shortest decimals that read back as the same double."""
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def settle(value: Fraction, steps: int) -> Fraction:
    """Return the multiple of 1/steps within a thousandth of a step of `value`, or `value` where there is none.

    Undoes the rounding of numbers such as thirds, which decimals in files cannot hold.
    """
    near = Fraction(frames(value, steps), steps)
    return near if abs(near - value) * steps < _NEAR else value
