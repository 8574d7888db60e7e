"""Limits of what a session may say, so that all that follows computes in reasonable time and memory."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, TypeAlias

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.timeline import Timeline

MOST_TEXT_BYTES: Final = 256 << 20
"""Longest session that is a text; those of DAWs have a few megabytes."""

MOST_MEMBER_BYTES: Final = 128 << 20
"""Longest text inside a session that is a zip, unpacked."""

MOST_TAGS: Final = 4_000_000
"""Most tags and attributes of an XML; each takes a hundred bytes of memory."""

NumberLimit: TypeAlias = tuple[str, int | float | Fraction, int]
"""Name of a number, the number, and its upper limit."""

_MOST_FRAMES: Final = 10**15
_MOST_HERTZ: Final = 10**8
_MOST_CHANNELS: Final = 4096
_MOST_GAIN: Final = 10**9


def check_limits(timeline: Timeline) -> None:
    """Raise SessionError for a number that no session needs: 10^15 frames last 600 years."""
    for what, value, most in _numbers(timeline):
        if not -most <= value <= most:
            raise SessionError(f"{what} is {_short(value)}, more than any session has; open a backup instead")


def _numbers(timeline: Timeline) -> Iterator[NumberLimit]:
    """Yield what a number is, the number, and the most that it may be."""
    yield "its sample rate", timeline.rate, _MOST_HERTZ
    yield "its origin", timeline.origin, _MOST_FRAMES
    for rate in (timeline.frame_rate, *timeline.possible_rates):
        if rate is not None:
            yield "its frame rate", rate.fps.numerator, _MOST_HERTZ
            yield "its frame rate", rate.fps.denominator, _MOST_HERTZ
    for tempo in timeline.tempo.tempos:
        yield "the place of a tempo in seconds", tempo.at, _MOST_FRAMES
    for signature in timeline.tempo.signatures:
        yield "the place of a time signature in quarters", signature.at, _MOST_FRAMES
        yield "a time signature", max(signature.beats, signature.unit), _MOST_HERTZ
    for marker in timeline.markers:
        yield from _of_span(f"a frame of marker {marker.name[:80]!r}", marker.span)
    for track in timeline.tracks:
        yield f"the width of track {track.name[:80]!r}", track.channels or 0, _MOST_CHANNELS
        for clip in track.clips:
            yield from _of_clip(clip)


def _of_clip(clip: ClipRef) -> Iterator[NumberLimit]:
    name = f"clip {clip.name[:80]!r}"
    yield from _of_span(f"a frame of {name}", clip.place)
    yield from _of_span(f"a frame of the file of {name}", clip.cut)
    yield f"a fade of {name}", max(clip.fade_in, clip.fade_out), _MOST_FRAMES
    yield f"the gain of {name}", clip.gain, _MOST_GAIN
    yield f"the play rate of {name}", clip.play_rate, _MOST_HERTZ
    yield f"the play rate of {name}", 1 / clip.play_rate, _MOST_HERTZ
    yield f"a channel of {name}", max(clip.channels or (0,)), _MOST_CHANNELS
    if clip.media is not None:
        yield f"the rate of the file of {name}", clip.media.rate or 0, _MOST_HERTZ
        yield f"the number of channels of {name}", clip.media.channels or 0, _MOST_CHANNELS
        yield f"the length of the file of {name}", clip.media.frames or 0, _MOST_FRAMES
    for frame, gain in () if clip.gain_curve is None else clip.gain_curve.points:
        yield f"a frame of the gain of {name}", frame, _MOST_FRAMES
        yield f"a gain of {name}", gain, _MOST_GAIN


def _of_span(what: str, span: Span) -> Iterator[NumberLimit]:
    yield what, span.start, _MOST_FRAMES
    yield what, span.frames, _MOST_FRAMES
    yield f"{what} in its rate", span.rate, _MOST_HERTZ


def _short(value: float | Fraction) -> str:
    """Return a number in few digits; those that a float cannot hold by their length."""
    try:
        return f"{float(value):g}"
    except OverflowError:
        return "a number of hundreds of digits"
