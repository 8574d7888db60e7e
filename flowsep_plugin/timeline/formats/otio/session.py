"""OpenTimelineIO (.otio, .otioz): tracks of clips and gaps in sequence; writing keeps everything else in its JSON.

OTIO has no fields for gain, fades and the session's rate: they are kept in `metadata["flowsep"]`.
"""

import json
import zipfile
from collections.abc import Iterator
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.changes import compare
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats.zip_copy import NewSounds, add_files, member, rewrite
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media, Probe, name_in_session
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.numbers import frames
from flowsep_plugin.timeline.timeline import SessionDocument, Timeline
from flowsep_plugin.timeline.track import Track

from .content import as_json, load, parse
from .effects import volume_effect
from .read import KEY, begin_of, timeline_of

_TRACKS: Final = ("Track", "Sequence")
_NO_CLIPS: Final = ("Transition", "Gap")
_CONTENT: Final = "content.otio"
_BUNDLE: Final = ".otioz"
_VERSION: Final = "1.0.0"
"""Version of an .otioz, as OTIO's own writer gives it."""


def read(path: Path, probe: Probe) -> Timeline:
    """Return the timeline of a file. Raises SessionError where it is damaged, or holds another OTIO object."""
    return timeline_of(_load(path), path, probe)


def write(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write a timeline to `target`: a new one, or the one that was read plus its changes; into an .otioz with sounds.

    Raises UsageError for what OTIO cannot hold, and for a new .otioz, whose sounds have to be embedded.
    """
    if timeline.document is None and _is_zip(destination):
        raise UsageError(
            f"{destination.name}: a new .otioz holds its sounds, but embedding is off; embed them, or write .otio",
            setting="embed",
        )
    write_embedded(timeline, target, destination)


def write_embedded(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write a timeline as `write` does; a new .otioz too, with its sounds inside."""
    document = timeline.document
    old = zipfile.ZipFile(document.path) if document is not None and _is_zip(destination) else None
    with old or nullcontext():
        sounds = NewSounds(old, "media") if _is_zip(destination) else None
        if document is None:
            text = _as_text(_new(timeline, destination, sounds))
        else:
            text = _edited(document, timeline, destination, sounds)
        if sounds is None:
            target.write_text(text, "utf-8")
        elif old is not None:
            rewrite(old, target, {_CONTENT: text.encode()}, sounds.added)
        else:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("version.txt", _VERSION)
                archive.writestr(_CONTENT, text)
                add_files(archive, sounds.added)


def _as_text(thing: Any) -> str:
    import opentimelineio as otio

    return str(otio.core.serialize_json_to_string(thing, indent=4))


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == _BUNDLE


def _load(path: Path) -> Any:
    return load(_content(path))


def _content(path: Path) -> str:
    if not _is_zip(path):
        return path.read_bytes().decode("utf-8-sig")
    with zipfile.ZipFile(path) as archive:
        return member(archive, _CONTENT).decode("utf-8-sig")


def _edited(document: SessionDocument, after: Timeline, destination: Path, sounds: NewSounds | None) -> str:
    """Return the file's JSON plus the changes. Edited as JSON: the library would round numbers of foreign metadata."""
    path = document.path
    source = _load(path)
    begin, changes = begin_of(source), compare(timeline_of(source, path, document.probe), after)
    content = parse(_content(path))
    children = content["tracks"]["children"]
    tracks = [child for child in children if _is_audio(child) or (_kind(child) == "Stack" and _holds_audio(child))]
    by_id = {f"track {index}": track for index, track in enumerate(tracks, 1)}
    clips = {name: item for track, item in by_id.items() for name, item in _items(item, f"clip {track.split()[1]}")}
    for clip, muted in changes.mutes.items():
        clips[clip]["enabled"] = not muted
    for new in reversed(changes.tracks):
        above = by_id.get(new.above or "")
        place = 0 if above is None else next(n for n, child in enumerate(children) if child is above) + 1
        track = json.loads(_as_text(_new_track(new.track, destination, sounds, begin)))
        _copy_volumes(track, new.track, clips)
        children.insert(place, track)
    if changes.markers:
        content["tracks"].setdefault("markers", []).extend(
            json.loads(_as_text(_new_marker(m, begin))) for m in changes.markers
        )
    return as_json(content)


def _copy_volumes(new: Any, track: Track, clips: dict[str, Any]) -> None:
    """Give new clips the volume effects of their sources, with the gains of `track`."""
    items = [child for child in new["children"] if _kind(child) not in _NO_CLIPS]
    for item, clip in zip(items, track.clips, strict=True):
        effect = volume_effect(clips.get(clip.like or "", {}), clip.gain)
        item["effects"] += [] if effect is None else [effect]


def _kind(thing: Any) -> str:
    """Return the name of an object's schema, without its version."""
    return str(thing["OTIO_SCHEMA"]).partition(".")[0]


def _is_audio(thing: Any) -> bool:
    return _kind(thing) in _TRACKS and thing.get("kind") == "Audio"


def _holds_audio(parent: Any) -> bool:
    return any(_is_audio(child) or _holds_audio(child) for child in parent.get("children") or ())


def _items(parent: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the JSON of all items below a track or a stack with the reader's ids."""
    children = [child for child in parent.get("children") or () if _kind(child) not in _NO_CLIPS]
    if _kind(parent) == "Stack" and any(map(_is_audio, children)):
        children = [child for child in children if _kind(child) not in _TRACKS or _is_audio(child)]
    for number, child in enumerate(children, 1):
        yield f"{name}.{number}", child
        yield from _items(child, f"{name}.{number}")


def _new(timeline: Timeline, destination: Path, sounds: NewSounds | None) -> Any:
    import opentimelineio as otio

    new = otio.schema.Timeline(clean(timeline.name), global_start_time=_time(timeline.origin, timeline.rate))
    new.metadata[KEY] = {"rate": timeline.rate}
    new.tracks.extend(_new_track(track, destination, sounds) for track in timeline.tracks)
    new.tracks.markers.extend(map(_new_marker, timeline.markers))
    return new


def _new_track(track: Track, destination: Path, sounds: NewSounds | None, begin: Fraction = Fraction(0)) -> Any:
    """Return a track of clips and gaps. begin : time in the stack of the timeline's start, in seconds."""
    import opentimelineio as otio

    new = otio.schema.Track(clean(track.name), kind=otio.schema.TrackKind.Audio)
    new.enabled = not track.muted
    if track.channels is not None:
        new.metadata[KEY] = {"channels": track.channels}
    at = -begin
    for clip in track.clips:
        if clip.media is None or not clip.is_plain:
            raise UsageError(
                f"clip {clip.name!r} is stretched, reversed or plays part of its channels, which OTIO cannot express; "
                "glue it first"
            )
        gap = Fraction(clip.place.start, clip.place.rate) - at
        if clip.place.start < 0:
            raise UsageError(f"clip {clip.name!r} begins before the session, which OTIO cannot express; move it")
        if gap * clip.place.rate < Fraction(-1, 2):
            raise UsageError(
                f"clip {clip.name!r} overlaps the one before it, which OTIO cannot express; move one of them"
            )
        if gap > 0:
            length = _time(float(gap * clip.place.rate), clip.place.rate)
            new.append(otio.schema.Gap(duration=length))
            at += gap
        new.append(_new_clip(clip, clip.media, destination, sounds))
        at += Fraction(clip.cut.frames, clip.cut.rate)
    return new


def _new_clip(clip: ClipRef, media: Media, destination: Path, sounds: NewSounds | None) -> Any:
    import opentimelineio as otio

    length = clip.cut.stop if media.frames is None else media.frames
    if sounds is not None:
        url = sounds.name(media)[0]
    else:
        is_below = media.path.is_relative_to(destination.parent)
        url = quote(name_in_session(media.path, destination)) if is_below else media.path.absolute().as_uri()
    new = otio.schema.Clip(
        clean(clip.name),
        otio.schema.ExternalReference(url, _range(Span(0, length, clip.cut.rate))),
        _range(clip.cut),
    )
    new.enabled = not clip.muted
    own = {"gain": clip.gain, "fade_in": clip.fade_in, "fade_out": clip.fade_out}
    if own != {"gain": 1.0, "fade_in": 0, "fade_out": 0}:
        new.metadata[KEY] = own
    return new


def _new_marker(marker: Marker, begin: Fraction = Fraction(0)) -> Any:
    import opentimelineio as otio

    span = Span(marker.span.start + frames(begin, marker.span.rate), marker.span.frames, marker.span.rate)
    return otio.schema.Marker(clean(marker.name), _range(span))


def _time(value: float, rate: int) -> Any:
    from opentimelineio.opentime import RationalTime

    return RationalTime(value, rate)


def _range(span: Span) -> Any:
    from opentimelineio.opentime import TimeRange

    return TimeRange(_time(span.start, span.rate), _time(span.frames, span.rate))
