"""A clip on a timeline: the part of a file it plays, its place in the session, and how it is played."""

import math
from dataclasses import KW_ONLY, dataclass, replace
from fractions import Fraction
from typing import Self

from flowsep_plugin.audio.span import Span
from flowsep_plugin.untrusted.printable import printable

from .difference import Difference
from .gain_curve import GainCurve
from .media import Media


@dataclass(frozen=True, slots=True)
class ClipRef:
    """An item of a session. Media, cut and place are three facts, each with its own rate.

    id : the DAW's own identifier, unique in the session.
    cut : the part of the media that it plays, at the media's rate.   place : its span, at the session's rate.
    gain : linear.   fade_in, fade_out : frames of the session.
    play_rate : media seconds played in one session second.   reverse : plays from the cut's end.
    channels : indices of the media channels that it plays; None for all of them in their order.
    obstacle : why its sound cannot be read straight from the file (a warp, a loop, MIDI); None where it can.
    like : id of the clip whose fade curves and stretch mode a new one copies.
    takes : new takes to add to it; takes that the session has already are not listed.
    gain_curve : its gain over time, multiplied by `gain`; None where that does not move.
    silence_reason : why its program does not play it although it is not muted (a lane that is off); None where it does.
    differences : features of the clip that its stems will not have; those of its track are in `Track.differences`.
    Raises ValueError for numbers that no program can play.
    """

    id: str
    name: str
    media: Media | None
    cut: Span
    place: Span
    _: KW_ONLY
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
    gain_curve: GainCurve | None = None
    silence_reason: str | None = None
    differences: tuple[Difference, ...] = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.gain):
            raise ValueError(f"the gain of clip {self.name!r} is {self.gain}; a gain is a finite number")
        if self.play_rate <= 0 or self.fade_in < 0 or self.fade_out < 0:
            raise ValueError(f"clip {self.name!r} has a fade below 0 or a play rate of 0 or below")
        if self.channels is not None and (not self.channels or min(self.channels) < 0):
            raise ValueError(
                f"clip {self.name!r} plays the channels {self.channels}; name at least one, counted from 0"
            )

    @property
    def is_plain(self) -> bool:
        """Whether it plays forwards, at its own speed, with all its channels."""
        return self.play_rate == 1 and not self.reverse and self.channels is None

    def why_not(self) -> str | None:
        """Return why this clip cannot be separated; None where it can."""
        if self.obstacle is not None:
            return self.obstacle
        if self.media is None:
            return "has no audio file"
        if self.media.member is None and (why := self.media.why_offline) is not None:
            return f"offline: {printable(self.media.path)} {why}"
        if self.media.frames is not None and (self.cut.start >= self.media.frames or self.cut.stop <= 0):
            return f"is outside its file, which has {self.media.frames} frames"
        if 0 < self.cut.stop <= self.media.lead:
            return f"ends before the sound of its file begins, at frame {self.media.lead}"
        if self.channels is not None and self.media.channels is not None and max(self.channels) >= self.media.channels:
            return f"plays channel {max(self.channels) + 1} of a file that has {self.media.channels}"
        return None if self.cut.frames and self.place.frames else "is empty"

    def as_read(self) -> Self:
        """Return the clip with its cut in frames of its file as it is read; see `Media.lead`."""
        media = self.media
        if media is None or not media.lead:
            return self
        return replace(self, media=replace(media, frames=media.file_frames, lead=0), cut=media.file_span(self.cut))

    def trimmed(self, span: Span) -> Self:
        """Return the part of it inside `span` of the timeline; an edge that is cut off loses its fade.

        A cut inside a fade is a difference of the part: the rest of the fade is not in it.

        Empty where the two do not overlap. Raises ValueError where the rates differ.
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
        is_cut = 0 < before < self.fade_in or 0 < after < self.fade_out
        return replace(
            self,
            differences=(*self.differences, *([Difference("fade")] if is_cut else [])),
            cut=Span(low, high - low, self.cut.rate),
            place=Span(start, stop - start, self.place.rate),
            fade_in=0 if before else self.fade_in,
            fade_out=0 if after else self.fade_out,
            gain_curve=None if self.gain_curve is None else self.gain_curve.trimmed(before, stop - start),
        )

    def _media_frames(self, frames: int) -> int:
        return media_frames(frames, self.place.rate, self.cut.rate, self.play_rate)


def media_frames(frames: int, session_rate: int, media_rate: int, play_rate: Fraction = Fraction(1)) -> int:
    """Return how many media frames `frames` of the session play, rounded to the nearest; halves go up."""
    exact = frames * play_rate * media_rate / session_rate
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
