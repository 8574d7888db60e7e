"""Report of a session before its stems are placed: differences, silent clips, missing media."""

from .differences import DifferenceOwner, difference_owners, difference_words, differences_line, gain_line
from .lists import listed, quoted
from .session_check import ClipGroup, MissingMedia, SessionCheck, check_session

__all__ = [
    "ClipGroup",
    "DifferenceOwner",
    "MissingMedia",
    "SessionCheck",
    "check_session",
    "difference_owners",
    "difference_words",
    "differences_line",
    "gain_line",
    "listed",
    "quoted",
]
