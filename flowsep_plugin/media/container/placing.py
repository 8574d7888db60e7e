"""Places decoded frames one after the other, with silence where their time stamps leave a gap."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

_LEAST_GAP_SECONDS: Final = Fraction(1, 10)
"""A gap, below which time stamps are rounded, or a clock drifts: libav's own (`min_hard_comp` of aresample)."""

_MOST_SAID: Final = 3


@dataclass(slots=True)
class TimeStamps:
    """Compares the time stamps of decoded blocks with the number of frames so far.

    rate : Hz.     longest : the most frames of silence that one gap is filled with; more is a clock that was set anew.
    """

    rate: int
    longest: int
    first: Fraction | None = None
    frames: int = 0
    gaps: list[tuple[int, int]] = field(default_factory=list)
    jumps: list[int] = field(default_factory=list)

    def silence_before(self, seconds: Fraction | None, *, after_damage: bool = False) -> int:
        """Return the frames of silence that belong before the next block, whose time stamp is `seconds`.

        after_damage : packets before it could not be decoded, so that a gap of any length is theirs.
        """
        if seconds is None:
            return 0
        place = round(seconds * self.rate)
        if self.first is None:
            self.first = seconds
            return 0
        late = place - round(self.first * self.rate) - self.frames
        if abs(late) < (1 if after_damage and late > 0 else _LEAST_GAP_SECONDS * self.rate):
            return 0
        if 0 < late <= self.longest:
            self.gaps.append((self.frames, late))
            return late
        self.jumps.append(self.frames)
        self.first = seconds - Fraction(self.frames, self.rate)
        return 0

    def remarks(self) -> tuple[str, ...]:
        """Return what was done about gaps and jumps, in sentences."""
        lines = []
        if self.gaps:
            places = [f"{count / self.rate:.3f} s at {at / self.rate:.3f} s" for at, count in self.gaps[:_MOST_SAID]]
            lines.append(f"gaps in the time stamps are silence: {_listed(places, len(self.gaps))}")
        if self.jumps:
            places = [f"{at / self.rate:.3f} s" for at in self.jumps[:_MOST_SAID]]
            lines.append(f"the time stamps start anew at {_listed(places, len(self.jumps))}; the sound goes on there")
        return tuple(lines)


def _listed(places: list[str], count: int) -> str:
    more = f" and {count - len(places)} more" if count > len(places) else ""
    return ", ".join(places) + more
