"""Read an OTIO timeline, in which every time has its own rate: of the audio, or of a picture."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlparse

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media, Probe
from flowsep_plugin.timeline.numbers import frames, settle
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

KEY: Final = "flowsep"
"""Key of our own fields in OTIO metadata."""

_LEAST_AUDIO_RATE, _USUAL_RATE = 8000, 48_000


def timeline_of(source: Any, path: Path, probe: Probe) -> Timeline:
    """Return the timeline of an OTIO timeline from the file at `path`."""
    rate = _session_rate(source, path, probe)
    start = source.global_start_time
    tracks = tuple(_track(track, index, rate, path, probe) for index, track in enumerate(source.audio_tracks(), 1))
    markers = tuple(Marker(mark.name, _span(mark.marked_range, rate)) for mark in source.tracks.markers)
    origin = 0 if start is None else frames(_seconds(start), rate)
    return Timeline(path.stem, rate, tracks, markers, origin=origin)


def _track(track: Any, index: int, rate: int, path: Path, probe: Probe) -> Track:
    clips = tuple(
        replace(clip, id=f"clip {index}.{number}") for number, clip in enumerate(_clips(track, rate, path, probe), 1)
    )
    return Track(f"track {index}", track.name, clips, _own(track).get("channels"), muted=not track.enabled)


def _clips(track: Any, rate: int, path: Path, probe: Probe) -> Iterator[ClipRef]:
    import opentimelineio as otio

    at = Fraction(0)
    for item in track:
        if isinstance(item, otio.schema.Transition):
            continue
        length = _seconds(item.duration())
        place = Span(frames(at, rate), frames(at + length, rate) - frames(at, rate), rate)
        if isinstance(item, otio.schema.Clip):
            yield _clip(item, place, path, probe)
        elif not isinstance(item, otio.schema.Gap):
            yield ClipRef("", item.name, None, Span(0, 0, rate), place, obstacle="is nested; flatten it first")
        at += length


def _clip(item: Any, place: Span, path: Path, probe: Probe) -> ClipRef:
    import opentimelineio as otio

    own, media = _own(item), _media(item.media_reference, path, probe)
    source = item.trimmed_range()
    media_rate = media.rate if media is not None and media.rate else _rate_or(source.start_time, place.rate)
    begins = _seconds(item.media_reference.available_range.start_time) if item.media_reference.available_range else 0
    start = frames(_seconds(source.start_time) - begins, media_rate)
    cut = Span(start, frames(_seconds(source.duration), media_rate), media_rate)
    warp = next((effect for effect in item.effects if isinstance(effect, otio.schema.TimeEffect)), None)
    return ClipRef(
        id="",
        name=item.name,
        media=media,
        cut=cut,
        place=place,
        gain=float(own.get("gain", 1.0)),
        fade_in=int(own.get("fade_in", 0)),
        fade_out=int(own.get("fade_out", 0)),
        muted=not item.enabled,
        obstacle="is stretched or frozen; render it first" if warp is not None else None,
    )


def _media(reference: Any, path: Path, probe: Probe) -> Media | None:
    import opentimelineio as otio

    if not isinstance(reference, otio.schema.ExternalReference):
        return None
    url = urlparse(reference.target_url)
    name = unquote(url.path) if url.scheme in ("", "file") else reference.target_url
    if path.suffix.lower() == ".otioz" and not name.startswith("/"):
        extent = reference.available_range
        rate = _rate_or(extent.duration, _USUAL_RATE) if extent else None
        length = frames(_seconds(extent.duration), rate) if extent and rate else None
        return Media(path, rate, None, length, member=name)
    return probe(path.parent / name)


def _span(time_range: Any, rate: int) -> Span:
    start = frames(_seconds(time_range.start_time), rate)
    return Span(start, max(0, frames(_seconds(time_range.end_time_exclusive()), rate) - start), rate)


def _seconds(time: Any) -> Fraction:
    """Return a time in exact seconds; rates like 23.976 count as 24000/1001."""
    rate = settle(Fraction(time.rate), 1)
    if rate.denominator != 1:
        rate = Fraction(frames(rate * Fraction(1001, 1000), 1) * 1000, 1001)
    return settle(Fraction(time.value), 1) / rate


def _rate_or(time: Any, other: int) -> int:
    return int(time.rate) if time.rate >= _LEAST_AUDIO_RATE and time.rate == int(time.rate) else other


def _session_rate(source: Any, path: Path, probe: Probe) -> int:
    """Return our rate from the metadata, else the first rate of audio: of the start, of a clip's range, of a file."""
    if "rate" in _own(source):
        return int(_own(source)["rate"])
    times = [source.global_start_time] if source.global_start_time is not None else []
    clips = [clip for track in source.audio_tracks() for clip in track.find_clips()]
    times += [clip.trimmed_range().start_time for clip in clips]
    rate = next((_rate_or(time, 0) for time in times if _rate_or(time, 0)), 0)
    media = (_media(clip.media_reference, path, probe) for clip in clips)
    return rate or next((one.rate for one in media if one is not None and one.rate), _USUAL_RATE)


def _own(thing: Any) -> Any:
    own = thing.metadata.get(KEY)
    return own if hasattr(own, "get") else {}
