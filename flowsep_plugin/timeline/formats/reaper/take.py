"""The lines of a media item and of the take that it plays.

Takes follow one another inside the item, divided by TAKE lines; the lines before the first one are those of the item
and of its first take. VOLPAN is `item-volume pan take-volume pan-law`, TAKEVOLPAN of others `pan take-volume pan-law`.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from flowsep_plugin.timeline.numbers import frames

from .rpp import RppBlock, defined, finite, first_word, split_words

ENVELOPES: Final = ("VOLENV", "PANENV", "MUTEENV", "PITCHENV")
_OF_A_TAKE: Final = {"NAME", "SOFFS", "PLAYRATE", "CHANMODE", "GUID", "SM", "SAMPLEEDITS", "SPECTRAL_EDIT"}
"""Keys that each take has; those of the first one do not apply to the others."""


@dataclass(frozen=True, slots=True)
class TakeText:
    """Lines of an item and its active take: words and line numbers by key, the take's source, envelopes and effects.

    index : of the active take.   count : number of takes with a source.
    """

    fields: dict[str, list[str]]
    lines: dict[str, int]
    source: RppBlock | None = None
    envelopes: tuple[RppBlock, ...] = ()
    effects: tuple[RppBlock, ...] = ()
    index: int = 0
    count: int = 0

    def value(self, name: str, place: int = 0, default: int = 0) -> Fraction:
        """Return the number at index `place` of a line, or `default`. Raises SessionError for what is not a number."""
        words = self.fields.get(name, [])
        return finite(words[place], f"{name} of an item", default) if place < len(words) else Fraction(default)

    @property
    def volume(self) -> Fraction:
        """Linear volume of item and take together; below 0 where the take's polarity is inverted."""
        return self.value("VOLPAN", 0, 1) * self.take_volume

    @property
    def take_volume(self) -> Fraction:
        """Linear volume of the take alone; below 0 where its polarity is inverted."""
        return self._of_take(1, 2, 1)

    @property
    def pan(self) -> Fraction:
        """Pan of the take, -1 (left) to 1."""
        return self._of_take(0, 1, 0)

    @property
    def pan_law(self) -> Fraction:
        """Pan law of the take; -1 for the project's."""
        return self._of_take(2, 3, -1)

    @property
    def play_rate(self) -> Fraction:
        """Media seconds played in one session second; 1 where the file has 0 or less."""
        rate = self.value("PLAYRATE", 0, 1)
        return rate if rate > 0 else Fraction(1)

    @property
    def stretch(self) -> list[str]:
        """Words of PLAYRATE after the rate: how pitch is kept and shifted."""
        return defined((self.fields.get("PLAYRATE") or ["1", "1", "0", "-1"])[1:])

    def span(self, rate: int) -> tuple[int, int]:
        """Return start and length of the item in frames of `rate` (Hz); negative lengths are empty."""
        return frames(self.value("POSITION"), rate), max(0, frames(self.value("LENGTH"), rate))

    def _of_take(self, later: int, first: int, default: int) -> Fraction:
        if "TAKEVOLPAN" in self.fields:
            return self.value("TAKEVOLPAN", later, default)
        return self.value("VOLPAN", first, default) if self.index == 0 else Fraction(default)


def active_take(item: RppBlock) -> TakeText:
    """Return the lines of the take that plays: the one marked SEL, else the first."""
    takes: list[list[int | RppBlock]] = [[]]
    active = 0
    for child in item.children:
        if isinstance(child, int) and first_word(item.lines[child]) == "TAKE":
            takes.append([])
            if "SEL" in split_words(item.lines[child]):
                active = len(takes) - 1
        takes[-1].append(child)
    fields: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    for number, part in enumerate(takes):
        for child in part:
            if isinstance(child, int):
                key = first_word(item.lines[child])
                if number == active or (number == 0 and key not in _OF_A_TAKE):
                    fields[key], lines[key] = split_words(item.lines[child])[1:], child
    blocks = [child for child in takes[active] if isinstance(child, RppBlock)]
    return TakeText(
        fields,
        lines,
        source=next((block for block in blocks if block.name == "SOURCE"), None),
        envelopes=tuple(block for block in blocks if block.name in ENVELOPES),
        effects=tuple(block for block in blocks if block.name == "TAKEFX"),
        index=active,
        count=sum(any(isinstance(c, RppBlock) and c.name == "SOURCE" for c in part) for part in takes),
    )
