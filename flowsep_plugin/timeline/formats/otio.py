"""OpenTimelineIO (.otio, .otioz): clips in a row with gaps between; the library keeps whatever else is there.

OTIO has no words for gain, fades and the session's rate: they travel in `metadata["flowsep"]`.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlparse

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline.changes import compare
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media, probed
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.numbers import frames, settle
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track

from .table import SessionFormat
from .zip_copy import NewSounds, extract, member, rewrite

SUFFIXES: Final = (".otio", ".otioz")
_CONTENT, _KEY = "content.otio", "flowsep"
_LEAST_AUDIO_RATE, _USUAL_RATE = 8000, 48_000


def read(path: Path) -> Timeline:
    """Read a timeline. Raises SessionError where it is damaged."""
    return _timeline(_load(path), path)


def write(timeline: Timeline, target: Path, home: Path) -> None:
    """Write a timeline: the one it was read from with what is new, or a plain new one."""
    import opentimelineio as otio

    document = timeline.document
    zipped = home.suffix.lower() == ".otioz"
    sounds = None
    if document is None:
        if zipped:
            raise UsageError(
                "a new .otioz would copy all media; write .otio, or place stems in an .otioz that is there"
            )
        made = _new(timeline, home)
    else:
        made = _load(document.path)
        if zipped:
            with zipfile.ZipFile(document.path) as archive:
                sounds = NewSounds(archive, "media")
        _edit(made, _timeline(made, document.path), timeline, home, sounds)
    text = otio.adapters.write_to_string(made, "otio_json", indent=4)
    if sounds is None or document is None:
        target.write_text(text, "utf-8")
        return
    with zipfile.ZipFile(document.path) as archive:
        rewrite(archive, target, {_CONTENT: text.encode()}, sounds.added)


def _load(path: Path) -> Any:
    import opentimelineio as otio

    if path.suffix.lower() == ".otioz":
        with zipfile.ZipFile(path) as archive:
            text = member(archive, _CONTENT).decode("utf-8")
    else:
        text = path.read_bytes().decode("utf-8")
    try:
        made = otio.adapters.read_from_string(text, "otio_json")
    except (otio.exceptions.OTIOError, ValueError) as error:
        raise SessionError(f"it is damaged ({error}); open a backup instead") from error
    if not isinstance(made, otio.schema.Timeline):
        raise SessionError(f"it holds a {type(made).__name__}, not a Timeline")
    return made


def _timeline(made: Any, path: Path) -> Timeline:
    rate = _session_rate(made, path)
    start = made.global_start_time
    tracks = tuple(_track(track, index, rate, path) for index, track in enumerate(made.audio_tracks(), 1))
    markers = tuple(Marker(mark.name, _span(mark.marked_range, rate)) for mark in made.tracks.markers)
    origin = 0 if start is None else frames(_seconds(start), rate)
    return Timeline(path.stem, rate, tracks, markers, origin=origin)


def _track(track: Any, index: int, rate: int, path: Path) -> Track:
    clips = tuple(
        replace(clip, id=f"clip {index}.{number}") for number, clip in enumerate(_clips(track, rate, path), 1)
    )
    return Track(f"track {index}", track.name, clips, _own(track).get("channels"), not track.enabled)


def _clips(track: Any, rate: int, path: Path) -> Iterator[ClipRef]:
    import opentimelineio as otio

    at = Fraction(0)
    for item in track:
        if isinstance(item, otio.schema.Transition):
            continue
        length = _seconds(item.duration())
        place = Span(frames(at, rate), frames(at + length, rate) - frames(at, rate), rate)
        if isinstance(item, otio.schema.Clip):
            yield _clip(item, place, path)
        elif not isinstance(item, otio.schema.Gap):
            yield ClipRef("", item.name, None, Span(0, 0, rate), place, obstacle="is nested; flatten it first")
        at += length


def _clip(item: Any, place: Span, path: Path) -> ClipRef:
    import opentimelineio as otio

    own, media = _own(item), _media(item.media_reference, path)
    source = item.trimmed_range()
    media_rate = media.rate if media is not None and media.rate else _rate_or(source.start_time, place.rate)
    begins = _seconds(item.media_reference.available_range.start_time) if item.media_reference.available_range else 0
    start = frames(_seconds(source.start_time) - begins, media_rate)
    cut = Span(start, frames(_seconds(source.duration), media_rate), media_rate)
    warp = next((effect for effect in item.effects if isinstance(effect, otio.schema.TimeEffect)), None)
    return ClipRef(
        "", item.name, media, cut, place, float(own.get("gain", 1.0)), int(own.get("fade_in", 0)),
        int(own.get("fade_out", 0)), muted=not item.enabled,
        obstacle="is stretched or frozen; render it first" if warp is not None else None,
    )  # fmt: skip


def _media(reference: Any, path: Path) -> Media | None:
    import opentimelineio as otio

    if not isinstance(reference, otio.schema.ExternalReference):
        return None
    url = urlparse(reference.target_url)
    name = unquote(url.path) if url.scheme in ("", "file") else reference.target_url
    if path.suffix.lower() == ".otioz" and not name.startswith("/"):
        known = reference.available_range
        rate = _rate_or(known.duration, _USUAL_RATE) if known else None
        return Media(path, rate, None, frames(_seconds(known.duration), rate) if known and rate else None, member=name)
    return probed(path.parent / name)


def _edit(made: Any, before: Timeline, after: Timeline, home: Path, sounds: NewSounds | None) -> None:
    changes = compare(before, after)
    tracks = {f"track {index}": track for index, track in enumerate(made.audio_tracks(), 1)}
    clips = _items(made)
    for clip, enabled in [*((c, False) for c in changes.muted), *((c, True) for c in changes.unmuted)]:
        clips[clip].enabled = enabled
    for new in reversed(changes.tracks):
        above = tracks.get(new.above or "")
        place = 0 if above is None else made.tracks.index(above) + 1
        made.tracks.insert(place, _new_track(new.track, home, sounds))
    made.tracks.markers.extend(map(_new_marker, changes.markers))


def _items(made: Any) -> dict[str, Any]:
    import opentimelineio as otio

    skipped = (otio.schema.Transition, otio.schema.Gap)
    return {
        f"clip {index}.{number}": item
        for index, track in enumerate(made.audio_tracks(), 1)
        for number, item in enumerate((item for item in track if not isinstance(item, skipped)), 1)
    }


def _new(timeline: Timeline, home: Path) -> Any:
    import opentimelineio as otio

    made = otio.schema.Timeline(clean(timeline.name), global_start_time=_time(timeline.origin, timeline.rate))
    made.metadata[_KEY] = {"rate": timeline.rate}
    made.tracks.extend(_new_track(track, home, None) for track in timeline.tracks)
    made.tracks.markers.extend(map(_new_marker, timeline.markers))
    return made


def _new_track(track: Track, home: Path, sounds: NewSounds | None) -> Any:
    import opentimelineio as otio

    made = otio.schema.Track(clean(track.name), kind=otio.schema.TrackKind.Audio)
    made.enabled = not track.muted
    if track.channels is not None:
        made.metadata[_KEY] = {"channels": track.channels}
    at = Fraction(0)
    for clip in track.clips:
        if clip.media is None or not clip.is_plain:
            raise UsageError(
                f"clip {clip.name!r} is stretched, reversed or plays part of its channels; OTIO cannot say so"
            )
        gap = Fraction(clip.place.start, clip.place.rate) - at
        if gap * clip.place.rate < Fraction(-1, 2):
            raise UsageError(f"clip {clip.name!r} overlaps the one before it; an OTIO track is a row, move one away")
        if gap > 0:
            length = _time(float(gap * clip.place.rate), clip.place.rate)
            made.append(otio.schema.Gap(duration=length))
            at += gap
        made.append(_new_clip(clip, clip.media, home, sounds))
        at += Fraction(clip.cut.frames, clip.cut.rate)
    return made


def _new_clip(clip: ClipRef, media: Media, home: Path, sounds: NewSounds | None) -> Any:
    import opentimelineio as otio

    length = clip.cut.stop if media.frames is None else media.frames
    if sounds is not None:
        url = sounds.name(media)[0]
    else:
        beside = media.path.is_relative_to(home.parent)
        url = quote(media.path.relative_to(home.parent).as_posix()) if beside else media.path.absolute().as_uri()
    made = otio.schema.Clip(
        clean(clip.name),
        otio.schema.ExternalReference(url, _range(Span(0, length, clip.cut.rate))),
        _range(clip.cut),
    )
    made.enabled = not clip.muted
    own = {"gain": clip.gain, "fade_in": clip.fade_in, "fade_out": clip.fade_out}
    if own != {"gain": 1.0, "fade_in": 0, "fade_out": 0}:
        made.metadata[_KEY] = own
    return made


def _new_marker(marker: Marker) -> Any:
    import opentimelineio as otio

    return otio.schema.Marker(clean(marker.name), _range(marker.span))


def _time(value: float, rate: int) -> Any:
    from opentimelineio.opentime import RationalTime

    return RationalTime(value, rate)


def _range(span: Span) -> Any:
    from opentimelineio.opentime import TimeRange

    return TimeRange(_time(span.start, span.rate), _time(span.frames, span.rate))


def _span(found: Any, rate: int) -> Span:
    start = frames(_seconds(found.start_time), rate)
    return Span(start, max(0, frames(_seconds(found.end_time_exclusive()), rate) - start), rate)


def _seconds(time: Any) -> Fraction:
    """Exact seconds; rates like 23.976 mean 24000/1001."""
    rate = settle(Fraction(time.rate), 1)
    if rate.denominator != 1:
        rate = Fraction(frames(rate * Fraction(1001, 1000), 1) * 1000, 1001)
    return settle(Fraction(time.value), 1) / rate


def _rate_or(time: Any, other: int) -> int:
    return int(time.rate) if time.rate >= _LEAST_AUDIO_RATE and time.rate == int(time.rate) else other


def _session_rate(made: Any, path: Path) -> int:
    """Ours is noted; else the first that counts samples: the start time, a clip's range, a clip's file."""
    if "rate" in _own(made):
        return int(_own(made)["rate"])
    times = [made.global_start_time] if made.global_start_time is not None else []
    clips = [clip for track in made.audio_tracks() for clip in track.find_clips()]
    times += [clip.trimmed_range().start_time for clip in clips]
    rate = next((_rate_or(time, 0) for time in times if _rate_or(time, 0)), 0)
    media = (_media(clip.media_reference, path) for clip in clips)
    return rate or next((found.rate for found in media if found is not None and found.rate), _USUAL_RATE)


def _own(thing: Any) -> Any:
    own = thing.metadata.get(_KEY)
    return own if hasattr(own, "get") else {}


FORMAT: Final = SessionFormat("OTIO", SUFFIXES, read, write, extract=extract, is_text=True, needs="daw")
