"""Read the audio events of an EDL: whole frames of record and source timecode, and files found by name."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.clip import ClipRef, media_frames
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.formats.file_url import path_of_url
from flowsep_plugin.timeline.formats.time_reference import time_reference
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media, Probe
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .events import EditList, EdlEvent
from .rate import candidates, frame_of, sample_of, without_doubt

_USUAL_RATE: Final = 48_000
_SOUNDS: Final = (".wav", ".aif", ".aiff", ".flac", ".mp3", ".bwf", ".mxf")
_NO_SOURCE: Final = ("BL", "BLACK")


def timeline_of(edits: EditList, path: Path, probe: Probe, frame_rate: FrameRate | None = None) -> Timeline:
    """Return the timeline of an EDL at `path`. Raises SessionError for times that it cannot have.

    frame_rate : where the EDL states none.
    """
    events = [event for event in edits.events if event.channels and event.reel.upper() not in _NO_SOURCE]
    media = [_media(event, path, probe) for event in events]
    rate = _sample_rate(edits, media)
    rates = without_doubt(candidates(edits, frame_rate), _checks(events, media))
    doubt = _doubt(rates) if len(rates) > 1 else None
    origin = _origin(edits, events, rates[0], rate)
    reader = _Reader(rates[0], rate, origin, doubt)
    tracks: dict[int, list[ClipRef]] = {channel: [] for channel in sorted(edits.track_names)}
    groups: dict[tuple[object, ...], ClipRef] = {}
    for number, (event, one) in enumerate(zip(events, media, strict=True), 1):
        twin = (event.reel, event.times, event.edit, event.names.get("name"))
        is_new = twin not in groups or event.channels[0] in edits.track_names
        clip = reader.clip(event, one, f"clip {number}")
        if is_new and (clip.place.frames or (event.edit == "C" and event.times[2] != event.times[3])):
            groups[twin] = clip
            tracks.setdefault(event.channels[0], []).append(clip)
    markers = tuple(reader.marker(time, name) for time, name in edits.locators)
    return Timeline(
        path.stem, rate, tuple(_track(edits, n, clips) for n, clips in sorted(tracks.items())), markers,
        origin=origin, frame_rate=rates[0], possible_rates=rates if doubt else (),
    )  # fmt: skip


class _Reader:
    """Converts events at one frame rate. doubt : the obstacle where that rate is not certain."""

    def __init__(self, frame_rate: FrameRate, rate: int, origin: int, doubt: str | None) -> None:
        self._fps, self._rate, self._origin, self._doubt = frame_rate, rate, origin, doubt

    def clip(self, event: EdlEvent, media: Media | None, clip_id: str) -> ClipRef:
        source_in, source_out, record_in, record_out = (frame_of(time, self._fps) for time in event.times)
        first, last = (sample_of(frame, self._fps, self._rate) for frame in (record_in, record_out))
        place = Span(first - self._origin, max(0, last - first), self._rate)
        media_rate = (media.rate if media is not None else None) or self._rate
        start = sample_of(source_in, self._fps, media_rate) - (0 if media is None else time_reference(media.path))
        is_dissolve = event.edit != "C"
        name = event.names.get("to name" if is_dissolve and "to name" in event.names else "name", event.reel)
        return ClipRef(
            id=clip_id,
            name=name,
            media=media,
            cut=Span(start, media_frames(place.frames, self._rate, media_rate), media_rate),
            place=place,
            obstacle=self._obstacle(event, source_out - source_in, record_out - record_in) or self._doubt,
            differences=tuple(_differences(event)),
        )

    def marker(self, time: str, name: str) -> Marker:
        at = sample_of(frame_of(time, self._fps), self._fps, self._rate) - self._origin
        return Marker(name, Span(at, 0, self._rate))

    def _obstacle(self, event: EdlEvent, source: int, record: int) -> str | None:
        if (
            event.speed is not None
            and abs(event.speed - self._fps.nominal) > 0.05
            and abs(event.speed - float(self._fps.fps)) > 0.05
        ):
            return f"plays at {event.speed:g} frames a second (M2); render it first"
        if source != record:
            return f"plays {source} frames of its source in {record} frames; render it first"
        return None


def _track(edits: EditList, channel: int, clips: list[ClipRef]) -> Track:
    name, width = edits.track_names.get(channel, (f"A{channel}", None))
    ordered = _with_dissolves(sorted(clips, key=lambda clip: clip.place.start))
    return Track(f"track {channel}", name, tuple(ordered), width)


def _with_dissolves(clips: list[ClipRef]) -> Iterator[ClipRef]:
    """Yield the clips; one that another dissolves into has the same fade at its end."""
    for number, clip in enumerate(clips, 1):
        following = clips[number : number + 1]
        fades = [fade for other in following for fade in other.differences if fade.kind == "fade"]
        is_joined = any(other.place.start == clip.place.stop for other in following)
        yield replace(clip, differences=(*clip.differences, *fades)) if is_joined else clip


def _differences(event: EdlEvent) -> Iterator[Difference]:
    if event.edit != "C":
        yield Difference("fade", f"{event.edit} of {event.transition_frames} frames")
    for remark in event.remarks:
        if remark.startswith("EFFECT"):
            if event.edit == "C":
                yield Difference("effect", remark.split(maxsplit=2)[-1].removeprefix("IS ").strip(": "))
        else:
            yield Difference("automation", " ".join(remark.split()[:2]).lower())


def _media(event: EdlEvent, path: Path, probe: Probe) -> Media:
    """Return the media of an event: of its source file, else of a clip name with a suffix, else of its reel."""
    is_dissolve = event.edit != "C"
    names = [
        event.names.get("file"),
        event.names.get("to name") if is_dissolve else event.names.get("name"),
        event.reel,
    ]
    stated = [name for name in names if name]
    files = [name for name in stated if Path(name.replace("\\", "/")).suffix.lower() in _SOUNDS] or stated[:1]
    if event.names.get("file"):
        files = [event.names["file"]]
    first = probe(path_of_url(files[0], path.parent))
    if first.rate is not None or Path(files[0]).suffix:
        return first
    tries = (probe(path.parent / f"{name}{suffix}") for name in stated for suffix in _SOUNDS)
    return next((media for media in tries if media.rate is not None), first)


def _checks(events: list[EdlEvent], media: list[Media]) -> Iterator[tuple[EdlEvent, int, int, int]]:
    for event, one in zip(events, media, strict=True):
        if one.rate is not None and one.frames is not None and event.speed is None:
            yield event, time_reference(one.path), one.frames, one.rate


def _sample_rate(edits: EditList, media: list[Media]) -> int:
    stated = edits.settings.get("SAMPLERATE", "")
    if stated:
        if not stated.isdigit() or not int(stated):
            raise SessionError(f"its sample rate is {stated!r}; write a number of samples a second")
        return int(stated)
    return next((one.rate for one in media if one.rate is not None), _USUAL_RATE)


def _origin(edits: EditList, events: list[EdlEvent], frame_rate: FrameRate, rate: int) -> int:
    """Return the stated origin, else the hour in which the first event is recorded."""
    stated = edits.settings.get("ORIGIN")
    first = min((frame_of(event.times[2], frame_rate) for event in events), default=0)
    hour = frame_of("01:00:00:00", frame_rate)
    frame = first - first % hour if stated is None else frame_of(stated, frame_rate)
    return sample_of(frame, frame_rate, rate)


def _doubt(rates: tuple[FrameRate, ...]) -> str:
    words, remedy = (
        " or ".join(map(str, rates)),
        f"set the frame rate, or add the line '* FRAME RATE: {rates[0]}' at its end",
    )
    return f"is at {words} frames a second, which the EDL does not say; {remedy}"
