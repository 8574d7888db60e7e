"""Show a value of any kind and size in a message."""

import reprlib

_LONGEST = 80
"""Characters of a value that a message repeats."""


class _Shortener(reprlib.Repr):
    """`reprlib.Repr` that also shows whole numbers of more digits than Python prints."""

    def repr_int(self, x: int, level: int) -> str:
        return repr(x) if x.bit_length() <= 128 else f"a number of {x.bit_length()} bits"


_SHORTENER = _Shortener()
_SHORTENER.maxstring = _SHORTENER.maxother = _LONGEST
_SHORTENER.maxlevel = 3


def shortened(value: object) -> str:
    """Return `repr(value)`, long texts, lists and numbers cut; lone surrogates are escaped, as `repr` does."""
    return _SHORTENER.repr(value)
