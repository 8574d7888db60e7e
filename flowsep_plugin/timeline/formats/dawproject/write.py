"""Write the XML of a DAWproject: a new one, or a project plus changes, with elements in the order of the schema."""

import copy
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import count
from typing import Final

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.changes import compare
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats.xml_text import Element, add, insert_after, new_element
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.numbers import decimal, seconds
from flowsep_plugin.timeline.tempo import TempoMap
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.timeline.track import Track
from flowsep_plugin.version import __version__

from .clock import BEATS, SECONDS, ProjectClock, unit_of

_AFTER_LANES: Final = ("TempoAutomation", "TimeSignatureAutomation")

MediaNamer = Callable[[Media], tuple[str, bool]]
"""Returns the name of a media file in the project, and whether it is external to the zip."""


def new_project(timeline: Timeline, file_name: MediaNamer) -> Element:
    """Return a project of only the timeline. Raises UsageError for what a DAWproject cannot hold."""
    ids = Ids(())
    tempo_id, signature_id = ids.new(), ids.new()
    first, signature = timeline.tempo.tempos[0], timeline.tempo.signatures[0]
    project = new_element("Project", version="1.0")
    add(project, "Application", name="flowsep-plugin", version=__version__)
    transport = add(project, "Transport")
    add(transport, "Tempo", unit="bpm", value=decimal(first.bpm), id=tempo_id, name="Tempo")
    add(transport, "TimeSignature", denominator=signature.unit, numerator=signature.beats, id=signature_id)
    structure = add(project, "Structure")
    arrangement = add(project, "Arrangement", id=ids.new())
    lanes = add(arrangement, "Lanes", timeUnit=SECONDS, id=ids.new())
    for track in timeline.tracks:
        track_id = ids.new()
        structure.append(_track(track, track_id, None, ids))
        lanes.append(_lanes(track, track_id, ids, file_name))
    if timeline.markers:
        markers = add(arrangement, "Markers", timeUnit=SECONDS, id=ids.new())
        for marker in timeline.markers:
            add(markers, "Marker", time=seconds(marker.span.start, marker.span.rate), name=clean(marker.name))
    _add_tempo(arrangement, timeline.tempo, tempo_id, signature_id, ids)
    return project


def edit_project(project: Element, before: Timeline, after: Timeline, file_name: MediaNamer) -> None:
    """Add the changes from `before` to `after` to `project`.

    Raises UsageError for what a DAWproject cannot hold, and for mutes of clips nested in others.
    """
    changes = compare(before, after)
    ids = Ids(element.get("id") for element in project.iter() if element.get("id"))
    tracks = {e.get("id") or f"track {n}": e for n, e in enumerate(project.iterfind("Structure//Track"), 1)}
    sources = _clip_elements(project, before)
    for clip, muted in changes.mutes.items():
        if clip not in sources:
            raise UsageError(f"clip {clip!r} is nested in another; mute it in your program")
        sources[clip].set("enable", str(not muted).lower())
    arrangement = _child(project, "Arrangement", ("Scenes",), ids)
    top = _child(arrangement, "Lanes", ("Markers", *_AFTER_LANES), ids)
    for new in reversed(changes.tracks):
        like, track_id = tracks.get(new.track.like or ""), ids.new()
        element = _track(new.track, track_id, like, ids)
        lanes = _lanes(new.track, track_id, ids, file_name)
        if (above := tracks.get(new.above or "")) is not None:
            insert_after(above, element)
        else:
            _child(project, "Structure", ("Arrangement", "Scenes"), ids).insert(0, element)
        own = next((e for e in top if e.get("track") == new.track.like), None)
        if own is not None:
            insert_after(own, lanes)
        else:
            top.append(lanes)
    if changes.markers:
        _add_markers(arrangement, changes.markers, ProjectClock(project, after.rate), ids)


class Ids:
    """Source of ids that differ from all in `ids` and from each other."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = set(ids)
        self._numbers = count(1)

    def new(self) -> str:
        """Return an id that the project does not have yet."""
        new = next(name for name in (f"flowsep{n}" for n in self._numbers) if name not in self._ids)
        self._ids.add(new)
        return new


def _track(track: Track, track_id: str, like: Element | None, ids: Ids) -> Element:
    element = new_element("Track", contentType="audio", loaded=True, id=track_id, name=clean(track.name))
    theirs = None if like is None else like.find("Channel")
    bus = None if theirs is None else theirs.get("destination")
    width = track.channels or 2
    channel = add(element, "Channel", audioChannels=width, destination=bus, role="regular", solo=False, id=ids.new())
    add(channel, "Mute", value=track.muted, id=ids.new(), name="Mute")
    for name, neutral in (("Pan", {"max": 1, "min": 0, "unit": "normalized", "value": 0.5}),
                          ("Volume", {"max": 2, "min": 0, "unit": "linear", "value": 1})):  # fmt: skip
        old = None if theirs is None else theirs.find(name)
        level = new_element(name, **neutral, name=name) if old is None else copy.deepcopy(old)
        level.set("id", ids.new())
        level.tail = None
        channel.append(level)
    return element


def _lanes(track: Track, track_id: str, ids: Ids, file_name: MediaNamer) -> Element:
    lanes = new_element("Lanes", timeUnit=SECONDS, track=track_id, id=ids.new())
    clips = add(lanes, "Clips", id=ids.new())
    for clip in track.clips:
        clips.append(_clip(clip, ids, file_name))
    return lanes


def _clip(clip: ClipRef, ids: Ids, file_name: MediaNamer) -> Element:
    media = clip.media
    if media is None or not clip.is_plain:
        raise UsageError(
            f"clip {clip.name!r} is stretched, reversed or plays part of its channels, which DAWproject cannot "
            "express; glue it first"
        )
    if clip.gain < 0:
        raise UsageError(f"clip {clip.name!r} has inverted polarity, which DAWproject cannot express; render it first")
    rate = clip.place.rate
    element = new_element(
        "Clip",
        time=seconds(clip.place.start, rate),
        duration=seconds(clip.place.frames, rate),
        contentTimeUnit=SECONDS,
        playStart=seconds(clip.cut.start, clip.cut.rate),
        fadeTimeUnit=SECONDS,
        fadeInTime=seconds(clip.fade_in, rate),
        fadeOutTime=seconds(clip.fade_out, rate),
        enable=False if clip.muted else None,
        name=clean(clip.name),
    )
    content = element
    if clip.gain != 1 or clip.gain_curve is not None:
        content = add(element, "Lanes", timeUnit=SECONDS, id=ids.new())
        _add_gain(content, clip, ids)
    length = clip.cut.stop if media.frames is None else media.frames
    name, external = file_name(media)
    audio = add(
        content, "Audio", timeUnit=SECONDS, duration=seconds(length, clip.cut.rate), algorithm="raw",
        channels=media.channels or 2, sampleRate=clip.cut.rate, id=ids.new(),
    )  # fmt: skip
    add(audio, "File", path=name, external=True if external else None)
    return element


def _add_gain(content: Element, clip: ClipRef, ids: Ids) -> None:
    """Add the clip's gain over time to its content, whose times count from the start of the file."""
    points = add(content, "Points", timeUnit=SECONDS, unit="linear", id=ids.new())
    add(points, "Target", expression="gain")
    start = Fraction(clip.cut.start, clip.cut.rate)
    if clip.gain_curve is None:
        add(points, "RealPoint", time=0, value=repr(clip.gain), interpolation="hold")
        return
    for frame, gain in clip.gain_curve.points:
        time = decimal(start + frame / clip.place.rate)
        add(points, "RealPoint", time=time, value=repr(clip.gain * gain), interpolation="linear")


def _add_tempo(arrangement: Element, tempo: TempoMap, tempo_id: str, signature_id: str, ids: Ids) -> None:
    if any(point.ramp for point in tempo.tempos):
        raise UsageError("the tempo map has ramps in time, which DAWproject cannot express; turn them into steps first")
    if len(tempo.tempos) > 1:
        points = add(arrangement, "TempoAutomation", timeUnit=BEATS, unit="bpm", id=ids.new())
        add(points, "Target", parameter=tempo_id)
        for point in tempo.tempos:
            at = decimal(tempo.quarters(point.at))
            add(points, "RealPoint", time=at, value=decimal(point.bpm), interpolation="hold")
    if len(tempo.signatures) > 1:
        points = add(arrangement, "TimeSignatureAutomation", timeUnit=BEATS, id=ids.new())
        add(points, "Target", parameter=signature_id)
        for signature in tempo.signatures:
            add(
                points,
                "TimeSignaturePoint",
                time=decimal(signature.at),
                numerator=signature.beats,
                denominator=signature.unit,
            )


def _add_markers(arrangement: Element, markers: tuple[Marker, ...], clock: ProjectClock, ids: Ids) -> None:
    element = arrangement.find("Markers")
    if element is None:
        element = _child(arrangement, "Markers", _AFTER_LANES, ids)
        element.set("timeUnit", SECONDS)
    unit = unit_of(element, BEATS)
    for marker in markers:
        at = Fraction(marker.span.start, marker.span.rate)
        time = seconds(marker.span.start, marker.span.rate) if unit == SECONDS else decimal(clock.tempo.quarters(at))
        add(element, "Marker", time=time, name=clean(marker.name))


def _child(parent: Element, tag: str, before: tuple[str, ...], ids: Ids) -> Element:
    """Return the child `tag`; where it is missing, insert it before the first of the children named in `before`."""
    child = parent.find(tag)
    if child is None:
        child = new_element(tag, id=None if tag == "Structure" else ids.new())
        parent.insert(next((parent.index(other) for other in parent if other.tag in before), len(parent)), child)
    return child


def _clip_elements(project: Element, before: Timeline) -> dict[str, Element]:
    """Return clip elements by the reader's ids; empty where clips are nested, as the ids then do not match them."""
    elements = [e for e in project.iterfind("Arrangement/Lanes//Clip") if next(e.iterancestors("Clip"), None) is None]
    ids = sorted((clip.id for _, clip in before.clips()), key=lambda name: int(name.split()[1]))
    return dict(zip(ids, elements, strict=True)) if len(ids) == len(elements) else {}
