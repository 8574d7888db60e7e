"""Read an OTIO timeline, in which every time has its own rate: of the audio, or of a picture."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.formats.file_url import path_of_url
from flowsep_plugin.timeline.formats.zip_copy import probe_member
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media, Probe
from flowsep_plugin.timeline.numbers import frames, settle
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .effects import differences, is_warp, resolve_gain

KEY: Final = "flowsep"
"""Key of our own fields in OTIO metadata."""

_LEAST_AUDIO_RATE, _USUAL_RATE = 8000, 48_000


def timeline_of(source: Any, path: Path, probe: Probe) -> Timeline:
    """Return the timeline of an OTIO timeline from the file at `path`."""
    rate = _session_rate(source, path, probe)
    start, begin = source.global_start_time, begin_of(source)
    walker = _Walker(path, probe, rate)
    audible = [child for child in source.tracks if _is_audio(child) or _holds_audio(child)]
    whole = differences(source.tracks)
    tracks = tuple(_track(track, index, walker, begin, whole) for index, track in enumerate(audible, 1))
    inner = [mark for track in audible for mark in _markers(track, rate, begin)]
    markers = (*inner, *(Marker(m.name, _span(m.marked_range, rate, -begin)) for m in source.tracks.markers))
    origin = 0 if start is None else frames(_seconds(start), rate)
    return Timeline(path.stem, rate, tracks, markers, origin=origin)


def begin_of(source: Any) -> Fraction:
    """Return the time inside the outermost stack at which the timeline begins, in seconds; above 0 if it is trimmed."""
    trim = source.tracks.source_range
    return Fraction(0) if trim is None else _seconds(trim.start_time)


def _is_audio(track: Any) -> bool:
    import opentimelineio as otio

    return isinstance(track, otio.schema.Track) and track.kind == otio.schema.TrackKind.Audio


def _holds_audio(child: Any) -> bool:
    """Return whether a child of the outermost stack is a stack with audio tracks in it."""
    import opentimelineio as otio

    if not isinstance(child, otio.schema.Stack):
        return False
    return any(map(_is_audio, child.find_children(descended_from_type=otio.schema.Track)))


def _track(track: Any, index: int, walker: "_Walker", begin: Fraction, whole: tuple[Difference, ...]) -> Track:
    clips = list(walker.leaves(track, f"clip {index}", -begin))
    if any(clip.id.count(".") > 1 for clip in clips):
        clips.sort(key=lambda clip: clip.place.start)
    return Track(
        f"track {index}",
        track.name,
        tuple(clips),
        _own(track).get("channels"),
        muted=not track.enabled,
        differences=(*differences(track), *whole),
    )


class _Walker:
    """Walks down nested tracks and stacks; each counts its children but gaps and transitions, which gives the ids."""

    def __init__(self, path: Path, probe: Probe, rate: int) -> None:
        self._path, self._probe, self._rate = path, probe, rate

    def leaves(self, parent: Any, name: str, start: Fraction) -> Iterator[ClipRef]:
        """Yield the clips in a track or a stack of which the trimmed range starts at `start`, in seconds."""
        trim = parent.trimmed_range()
        zero = start - _seconds(trim.start_time)
        place = _place(start, _seconds(trim.duration), self._rate)
        number = 0
        for child, at in _children(parent, zero):
            number += 1
            for clip in self._of_item(child, f"{name}.{number}", at):
                inside = clip if parent.source_range is None else clip.trimmed(place)
                if inside.place.frames or not clip.place.frames:
                    yield inside

    def _of_item(self, item: Any, name: str, start: Fraction) -> Iterator[ClipRef]:
        import opentimelineio as otio

        place = _place(start, _seconds(item.duration()), self._rate)
        if isinstance(item, otio.schema.Clip):
            yield replace(self._clip(item, place), id=name)
        elif any(is_warp(effect) for effect in item.effects):
            yield ClipRef(
                name,
                item.name,
                None,
                Span(0, 0, self._rate),
                place,
                obstacle="is nested and stretched; render it first",
            )
        else:
            for clip in self.leaves(item, name, start):
                features = (*clip.differences, *differences(item))
                yield replace(clip, muted=clip.muted or not item.enabled, differences=features)

    def _clip(self, item: Any, place: Span) -> ClipRef:
        own, media = _own(item), media_of(item.media_reference, self._path, self._probe)
        source, extent = item.trimmed_range(), item.media_reference.available_range
        media_rate = media.rate if media is not None and media.rate else _rate_or(source.start_time, place.rate)
        begins = _seconds(extent.start_time) if extent else Fraction(0)
        start = frames(_seconds(source.start_time) - begins, media_rate)
        cut = Span(start, frames(_seconds(source.duration), media_rate), media_rate)
        warped = any(is_warp(effect) for effect in item.effects)
        return ClipRef(
            id="",
            name=item.name,
            media=media,
            cut=cut,
            place=place,
            gain=float(own.get("gain", resolve_gain(item))),
            fade_in=int(own.get("fade_in", 0)),
            fade_out=int(own.get("fade_out", 0)),
            muted=not item.enabled,
            obstacle="is stretched or frozen; render it first" if warped else None,
            differences=(*differences(item), *_crossfades(item)),
        )


def _children(parent: Any, zero: Fraction) -> Iterator[tuple[Any, Fraction]]:
    """Yield the audible children of a track or a stack with the times at which they start, in seconds."""
    import opentimelineio as otio

    at, is_track = zero, isinstance(parent, otio.schema.Track)
    has_audio = any(map(_is_audio, parent))
    for child in parent:
        if isinstance(child, otio.schema.Transition):
            continue
        is_picture = not is_track and has_audio and isinstance(child, otio.schema.Track) and not _is_audio(child)
        if not isinstance(child, otio.schema.Gap) and not is_picture:
            yield child, at
        at += _seconds(child.duration()) if is_track else 0


def _crossfades(item: Any) -> tuple[Difference, ...]:
    """Return the transitions on both sides of a clip, whose curve OTIO does not state."""
    import opentimelineio as otio

    parent = item.parent()
    if not isinstance(parent, otio.schema.Track):
        return ()
    beside = [other for other in parent.neighbors_of(item) if isinstance(other, otio.schema.Transition)]
    return tuple(Difference("fade", other.name or other.transition_type) for other in beside)


def media_of(reference: Any, path: Path, probe: Probe) -> Media | None:
    """Return the media of a reference, inside the file at `path` where that is a zip; None where it is not a file."""
    import opentimelineio as otio

    if isinstance(reference, otio.schema.MissingReference) and Path(reference.name).suffix:
        return probe(path.parent / reference.name)  # Resolve writes the name of a file that it could not find
    if not isinstance(reference, otio.schema.ExternalReference) or not reference.target_url:
        return None
    extent = reference.available_range
    rate = _rate_or(extent.duration, 0) if extent else 0
    length = frames(_seconds(extent.duration), rate) if extent and rate else None
    file = path_of_url(reference.target_url, path.parent)
    if path.suffix.lower() == ".otioz" and file.is_relative_to(path.parent):
        name = file.relative_to(path.parent).as_posix()
        return Media(path, rate, None, length, member=name) if rate else probe_member(path, name)
    return probe(file, length)


def _markers(parent: Any, rate: int, begin: Fraction) -> Iterator[Marker]:
    """Yield the markers of a track and of the clips in it, as far as the clips play them."""
    import opentimelineio as otio

    yield from (Marker(mark.name, _span(mark.marked_range, rate, -begin)) for mark in parent.markers)
    for item in parent:
        if not isinstance(item, otio.schema.Clip):
            continue
        source, at = item.trimmed_range(), parent.range_of_child(item).start_time
        for mark in item.markers:
            if source.start_time <= mark.marked_range.start_time < source.end_time_exclusive():
                shift = _seconds(at) - _seconds(source.start_time) - begin
                yield Marker(mark.name, _span(mark.marked_range, rate, shift))


def _place(start: Fraction, length: Fraction, rate: int) -> Span:
    first = frames(start, rate)
    return Span(first, max(0, frames(start + length, rate) - first), rate)


def _span(time_range: Any, rate: int, shift: Fraction) -> Span:
    start = frames(_seconds(time_range.start_time) + shift, rate)
    return Span(start, max(0, frames(_seconds(time_range.end_time_exclusive()) + shift, rate) - start), rate)


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
    media = (media_of(clip.media_reference, path, probe) for clip in clips)
    return rate or next((one.rate for one in media if one is not None and one.rate), _USUAL_RATE)


def _own(thing: Any) -> Any:
    own = thing.metadata.get(KEY)
    return own if hasattr(own, "get") else {}
