"""Markers that the user sets in the panel: points and regions of a document, in `Workspace.markers`.

The session's own markers are in its timeline and stay as they are; placing writes the panel's into the session.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media.atomic import write_atomic
from flowsep_plugin.timeline import Marker, Timeline
from flowsep_plugin.timeline.exports.labels import format_labels
from flowsep_plugin.timeline.exports.marker_table import marker_table
from flowsep_plugin.timeline.exports.midi_tempo import write_midi_tempo
from flowsep_plugin.timeline.exports.tempo_steps import stepped
from flowsep_plugin.timeline.names import clean

from .lanes import StudioLane
from .takes import timeline_span_of_seconds
from .texts import translate
from .workspace import Workspace

MARKER_SUFFIXES: Final = (".txt", ".csv", ".mid")
"""Suffixes of marker files: Audacity labels, a table, a MIDI file with the tempo map."""


def front_markers(workspace: Workspace) -> tuple[Marker, ...]:
    """Return the panel's markers of the document in front, earliest first."""
    return workspace.markers.get(workspace.front_id or "", ())


def new_marker_name(markers: Iterable[Marker]) -> str:
    """Return the first unused of "Marker 1", "Marker 2", …"""
    names = {marker.name for marker in markers}
    text = translate("Studio", "Marker {0}")
    return next(name for number in range(1, len(names) + 2) if (name := text.format(number)) not in names)


def with_marker(workspace: Workspace, marker: Marker) -> Workspace:
    """Return the workspace with `marker` in the document in front; an equal place is replaced."""
    others = (other for other in front_markers(workspace) if other.span != marker.span)
    return _with_front(workspace, (*others, marker))


def without_marker(workspace: Workspace, marker: Marker) -> Workspace:
    """Return the workspace without `marker` in the document in front."""
    return _with_front(workspace, (other for other in front_markers(workspace) if other != marker))


def with_renamed_marker(workspace: Workspace, marker: Marker, name: str) -> Workspace:
    """Return the workspace with another name for `marker`; unchanged for a name without letters and signs."""
    name = " ".join(name.split())
    return _with_changed(workspace, marker, replace(marker, name=name)) if name else workspace


def with_moved_marker(workspace: Workspace, marker: Marker, start: int) -> Workspace:
    """Return the workspace with `marker` from frame `start` on, 0 at least, with the same length."""
    span = Span(max(0, start), marker.span.frames, marker.span.rate)
    return _with_changed(workspace, marker, replace(marker, span=span))


def with_lane_regions(workspace: Workspace, lane: StudioLane) -> Workspace:
    """Return the workspace with a region wherever the sound of `lane` was found; equal ones are not doubled.

    Raises UsageError where it was found nowhere.
    """
    regions = lane_regions(lane)
    if not regions:
        text = translate("Studio", "“{0}” was found nowhere, so there is nothing to mark.")
        raise UsageError(text.format(lane.title))
    return _with_front(workspace, dict.fromkeys((*front_markers(workspace), *regions)))


def lane_regions(lane: StudioLane) -> tuple[Marker, ...]:
    """Return a region of the timeline for each part where the sound of `lane` was found, earliest first."""
    regions = []
    for stem in lane.stems:
        of_stem = stem.result.regions[stem.index : stem.index + 1] if stem.index is not None else ()
        for start, stop in (part for parts in of_stem for part in parts):
            span = timeline_span_of_seconds(stem.take, stem.clip, start, stop)
            if span.frames:
                regions.append(Marker(clean(lane.title), span))
    return tuple(sorted(regions, key=_order))


def timeline_with(timeline: Timeline, markers: Iterable[Marker]) -> Timeline:
    """Return the timeline with those of `markers` that it does not have yet, after its own."""
    new = dict.fromkeys(marker for marker in markers if marker not in timeline.markers)
    return replace(timeline, markers=(*timeline.markers, *new))


def write_markers(path: Path, markers: Iterable[Marker], timeline: Timeline) -> None:
    """Write markers to a file whose suffix picks the form: .txt labels of Audacity, .csv, .mid with the tempo map.

    Raises UsageError for another suffix, MediaError or OSError where the file cannot be written.
    """
    ordered = tuple(sorted(markers, key=_order))
    suffix = path.suffix.lower()
    if suffix == ".txt":
        write_atomic(path, format_labels(ordered).encode("utf-8"))
    elif suffix == ".csv":
        write_atomic(path, marker_table(ordered, timeline).encode("utf-8"))
    elif suffix == ".mid":
        write_midi_tempo(stepped(timeline.tempo), path, ordered)
    else:
        text = translate("Studio", "{0}: marker files end in {1}.")
        raise UsageError(text.format(path.name, ", ".join(MARKER_SUFFIXES)))


def _order(marker: Marker) -> tuple[int, int, str]:
    return (marker.span.start, marker.span.frames, marker.name)


def _with_changed(workspace: Workspace, marker: Marker, changed: Marker) -> Workspace:
    if marker not in front_markers(workspace):
        return workspace
    return with_marker(without_marker(workspace, marker), changed)


def _with_front(workspace: Workspace, markers: Iterable[Marker]) -> Workspace:
    if workspace.front_id is None:
        return workspace
    ordered = tuple(sorted(markers, key=_order))
    others = {name: rows for name, rows in workspace.markers.items() if name != workspace.front_id}
    return replace(workspace, markers={**others, workspace.front_id: ordered} if ordered else others)
