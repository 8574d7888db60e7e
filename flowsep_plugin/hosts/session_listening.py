"""Listening to the clips of a session: what is heard in each, and when on the session's timeline."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import FlowsepError, MediaError, SessionError
from flowsep_plugin.listening import Heard, Listener
from flowsep_plugin.listening.part import SourcePart
from flowsep_plugin.media import open_media
from flowsep_plugin.progress import ProgressCallback, ignore
from flowsep_plugin.timeline import ClipRef, Timeline, Track

from .session import audio_files


@dataclass(frozen=True, slots=True)
class ClipHeard:
    """Sounds that were heard in one clip of a session.

    result : spans are frames of its file; `seconds_of` gives their places in the session. None where nobody listened,
    for the reason `why_not`.
    """

    track: Track
    clip: ClipRef
    result: Heard | None
    why_not: str | None = None

    def seconds_of(self, span: Span) -> tuple[float, float]:
        """Return start and end on the session's timeline, in seconds, of a span of the file."""
        clip = self.clip.as_read()
        cut, speed = clip.cut, float(clip.play_rate)
        first, last = ((edge - cut.start) / cut.rate / speed for edge in (span.start, span.stop))
        if clip.reverse:
            length = cut.seconds / speed
            first, last = length - last, length - first
        start = clip.place.start / clip.place.rate
        return start + first, start + last


def listen_to_session(
    listener: Listener,
    timeline: Timeline,
    session: Path,
    *,
    top: int | None = None,
    least_sure: float = 0.0,
    progress: ProgressCallback = ignore,
) -> Iterator[ClipHeard]:
    """Yield what is heard in every clip of `timeline`, in its order; `session` is its file, which may hold sound.

    Clips that the session does not play, or that cannot be read, are not listened to. `top`, `least_sure`,
    `progress` and errors as for `Listener.listen`.
    """
    hear = partial(listener.listen, top=top, least_sure=least_sure, progress=progress)
    for track, clip in timeline.clips():
        reason = track.why_silent(clip) or clip.why_not()
        if reason is not None:
            yield ClipHeard(track, clip, None, reason)
            continue
        try:
            yield ClipHeard(track, clip, _listen(hear, clip, session))
        except (MediaError, SessionError) as error:
            yield ClipHeard(track, clip, None, _reason(error))


def _listen(hear: Callable[[SourcePart], Heard], clip: ClipRef, session: Path) -> Heard:
    media = clip.media
    assert media is not None
    stream = None if media.member is not None else media.stream
    with tempfile.TemporaryDirectory() as folder, audio_files([clip], session, Path(folder)) as paths:
        with open_media(paths[clip.id], stream=stream) as source:
            cut = clip.as_read().cut.at(source.rate).intersect(Span(0, source.frames, source.rate))
            if not cut.frames:
                raise MediaError("is outside its file")
            return hear(SourcePart(source, cut, clip.channels))


def _reason(error: FlowsepError) -> str:
    return f"cannot be read: {error}"
