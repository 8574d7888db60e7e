"""A clip: which part of which file lies where, and how it is played."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

from flowsep_plugin.audio.span import Span

from .media import Media


@dataclass(frozen=True, slots=True)
class ClipRef:
    """Media, cut and place are three facts, each with its own rate.

    id : the host's own name for it, unique in the session.
    cut : part of the media, at the media's rate.     place : where it lies, at the session's rate.
    gain : linear.     fade_in, fade_out : frames of the session.
    play_rate : media seconds played in one session second.     reverse : played from the cut's end.
    channels : which media channels play, from 0; None is all of them as they are.
    obstacle : why its sound cannot be taken from the file as it is (a warp, a loop, MIDI); None where it can.
    like : id of the clip whose looks (fade curves, stretch mode) a new one copies.
    takes : new takes of it, not the one that is heard; what a session has already is not listed here.
    Raises ValueError for numbers that no program can play.
    """

    id: str
    name: str
    media: Media | None
    cut: Span
    place: Span
    gain: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    play_rate: Fraction = Fraction(1)
    reverse: bool = False
    channels: tuple[int, ...] | None = None
    muted: bool = False
    obstacle: str | None = None
    like: str | None = None
    takes: tuple["ClipRef", ...] = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.gain):
            raise ValueError(f"the gain of clip {self.name!r} is {self.gain}, not a finite number")
        if self.play_rate <= 0 or self.fade_in < 0 or self.fade_out < 0:
            raise ValueError(f"clip {self.name!r} has a fade below 0 or a play rate that is not above 0")
        if self.channels is not None and (not self.channels or min(self.channels) < 0):
            raise ValueError(f"clip {self.name!r} plays the channels {self.channels}; name at least one, from 0")

    @property
    def is_plain(self) -> bool:
        """Played forwards, at its own speed, with all its channels."""
        return self.play_rate == 1 and not self.reverse and self.channels is None

    def why_not(self) -> str | None:
        """Why this clip cannot be separated now; None where it can."""
        if self.obstacle is not None:
            return self.obstacle
        if self.media is None:
            return "has no audio file"
        if self.media.member is None and not self.media.is_online:
            return f"offline: {self.media.path} is not there"
        if self.media.frames is not None and (self.cut.start >= self.media.frames or self.cut.stop <= 0):
            return f"lies outside its file, which has {self.media.frames} frames"
        if self.channels is not None and self.media.channels is not None and max(self.channels) >= self.media.channels:
            return f"plays channel {max(self.channels) + 1} of a file that has {self.media.channels}"
        return None if self.cut.frames and self.place.frames else "is empty"

    def trimmed(self, span: Span) -> Self:
        """Return the part of it inside `span` of the timeline; a fade stays where its edge does.

        Empty where they do not meet.
        """
        start, stop = max(self.place.start, span.start), min(self.place.stop, span.stop)
        if span.rate != self.place.rate:
            raise ValueError(f"a span at {span.rate} Hz cannot trim a clip at {self.place.rate} Hz")
        if stop <= start:
            return replace(self, cut=replace(self.cut, frames=0), place=replace(self.place, frames=0))
        before, after = start - self.place.start, self.place.stop - stop
        first, last = (after, before) if self.reverse else (before, after)
        low = self.cut.start + self._media_frames(first)
        high = max(low, self.cut.stop - self._media_frames(last))
        return replace(
            self,
            cut=Span(low, high - low, self.cut.rate),
            place=Span(start, stop - start, self.place.rate),
            fade_in=0 if before else self.fade_in,
            fade_out=0 if after else self.fade_out,
        )

    def _media_frames(self, frames: int) -> int:
        return media_frames(frames, self.place.rate, self.cut.rate, self.play_rate)


def media_frames(frames: int, session_rate: int, media_rate: int, play_rate: Fraction = Fraction(1)) -> int:
    """Media frames played in `frames` of the session: the nearest whole number."""
    exact = frames * play_rate * media_rate / session_rate
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
