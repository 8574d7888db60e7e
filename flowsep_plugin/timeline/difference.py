"""Differences between a clip as its session plays it and its stems: features that no stem can have."""

from dataclasses import dataclass
from typing import Literal

DifferenceKind = Literal[
    "plug-in", "effect", "send", "automation", "fade", "pan", "polarity", "play rate", "routing", "overlap"
]


@dataclass(frozen=True, slots=True)
class Difference:
    """A feature that sounds in the session, but not in the stems.

    kind : its kind, a noun that takes a plural.   name : its name in the session, such as "ReaEQ"; empty for none.
    """

    kind: DifferenceKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r}" if self.name else self.kind
