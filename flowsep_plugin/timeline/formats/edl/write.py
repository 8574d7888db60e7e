"""Write audio events as lines of an EDL, where every time is a whole frame."""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.clip import ClipRef, media_frames
from flowsep_plugin.timeline.formats.time_reference import time_reference
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media, name_in_session
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.numbers import frames
from flowsep_plugin.timeline.timecode import FrameRate, format_timecode
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .rate import sample_of

_LONGEST_REEL: Final = 32
_DAY: Final = 24 * 3600
_USUAL: Final = tuple(FrameRate(Fraction(fps)) for fps in (25, 24, 30, 50, 60))


class EventWriter:
    """Writes events with rising numbers. first : number of the next event.   digits : of its number."""

    def __init__(self, timeline: Timeline, destination: Path, *, first: int = 1, digits: int = 3) -> None:
        self._timeline, self._destination, self._number, self._digits = timeline, destination, first, digits
        self.frame_rate = timeline.frame_rate or _frame_rate_for(timeline)

    def track(self, track: Track, channel: int) -> Iterator[str]:
        """Yield the lines of a track. Raises UsageError for a clip that an EDL cannot hold."""
        if track.muted:
            raise UsageError(f"track {track.name!r} is muted, which an EDL cannot express; unmute it, or use OTIO")
        end = None
        for clip in track.clips:
            if end is not None and clip.place.start < end:
                raise UsageError(f"clip {clip.name!r} overlaps the one before it, which an EDL cannot express; move it")
            end = clip.place.stop
            yield from self._event(clip, "A" if channel == 1 else f"A{channel}")
        width = "" if track.channels is None else f" {track.channels} CHANNELS"
        yield f"* FLOWSEP TRACK A{channel}{width}: {clean(track.name)}"

    def locators(self, markers: Iterable[Marker]) -> Iterator[str]:
        """Yield the lines of markers, each at the nearest frame to its start; an EDL has no regions."""
        for marker in markers:
            frame = _frame(self._timeline.origin + marker.span.start, self.frame_rate, marker.span.rate)
            yield f"* LOC: {format_timecode(max(0, frame), self.frame_rate)} RED     {clean(marker.name)}"

    def settings(self) -> Iterator[str]:
        """Yield the lines that state the rates and the origin, which EDLs have no place for."""
        yield f"* FRAME RATE: {self.frame_rate.fps}{'df' if self.frame_rate.drop else ''}"
        yield f"* SAMPLE RATE: {self._timeline.rate}"
        yield f"* ORIGIN: {self._timecode(self._timeline.origin, self._timeline.rate, 'the origin of the session')}"

    def _event(self, clip: ClipRef, code: str) -> Iterator[str]:
        media = clip.media
        what = f"clip {clip.name!r}"
        _refuse(clip)
        assert media is not None
        origin, rate = self._timeline.origin, clip.place.rate
        record = [self._timecode(origin + at, rate, what) for at in (clip.place.start, clip.place.stop)]
        source = self._source(clip, media, what)
        reel = re.sub(r"[^A-Za-z0-9_.-]+", "_", media.path.stem)[:_LONGEST_REEL] or "AX"
        yield f"{self._number:0{self._digits}d}  {reel:<8} {code:<5} C        {' '.join((*source, *record))}"
        yield f"* FROM CLIP NAME: {clean(clip.name)}"
        yield f"* SOURCE FILE: {name_in_session(media.path, self._destination)}"
        self._number += 1

    def _source(self, clip: ClipRef, media: Media, what: str) -> tuple[str, str]:
        """Return the source timecodes: the file's time reference plus the cut, as long as the place."""
        start, rate, origin = clip.cut.start + time_reference(media.path), clip.cut.rate, self._timeline.origin
        first = self._timecode(start, rate, f"{what}, counted from the start of its file,")
        lengths = (_frame(origin + at, self.frame_rate, clip.place.rate) for at in (clip.place.stop, clip.place.start))
        frame = _frame(start, self.frame_rate, rate) + next(lengths) - next(lengths)
        return first, format_timecode(frame, self.frame_rate)

    def _timecode(self, sample: int, rate: int, what: str) -> str:
        frame = _frame(sample, self.frame_rate, rate)
        if sample_of(frame, self.frame_rate, rate) != sample:
            raise UsageError(
                f"{what} is between two frames at {self.frame_rate} a second, and an EDL holds whole frames; "
                "use AAF, or a stem set"
            )
        if not 0 <= frame < _DAY * self.frame_rate.fps:
            raise UsageError(f"{what} is before 00:00:00:00 or past 24 hours, which a timecode cannot express; move it")
        return format_timecode(frame, self.frame_rate)


def _frame(sample: int, frame_rate: FrameRate, rate: int) -> int:
    return frames(Fraction(sample, rate) * frame_rate.fps, 1)


def _refuse(clip: ClipRef) -> None:
    """Raise UsageError for what an EDL cannot hold."""
    reason = (
        "has no audio file" if clip.media is None
        else "is inside another file" if clip.media.member is not None
        else "is stretched, reversed or plays part of its channels" if not clip.is_plain
        else "is muted" if clip.muted
        else "is empty" if not clip.place.frames
        else "has a gain or a fade" if (clip.gain, clip.fade_in, clip.fade_out, clip.gain_curve) != (1, 0, 0, None)
        else "plays another length of its file than its own"
        if abs(clip.cut.frames - media_frames(clip.place.frames, clip.place.rate, clip.cut.rate)) > 1
        else None
    )  # fmt: skip
    if reason is not None:
        raise UsageError(f"clip {clip.name!r} {reason}, which an EDL cannot express; render it first, or use OTIO")


def _frame_rate_for(timeline: Timeline) -> FrameRate:
    """Return the first of the usual rates at which all places are whole frames; 25 where there is none."""
    starts = {(clip.place.start + timeline.origin, clip.place.rate) for _, clip in timeline.clips()}
    stops = {(clip.place.stop + timeline.origin, clip.place.rate) for _, clip in timeline.clips()}
    fitting = (
        rate for rate in _USUAL if all(sample_of(_frame(at, rate, r), rate, r) == at for at, r in starts | stops)
    )
    return next(fitting, _USUAL[0])
