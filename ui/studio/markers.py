"""Markers that the user sets in the panel: points and regions of a document, in `Workspace.markers`.

The session's own markers are in its timeline and stay as they are; writing the panel's into a session is placement's.
"""

from collections.abc import Iterable
from dataclasses import replace

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import Marker

from .texts import translate
from .workspace import Workspace


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


def _with_changed(workspace: Workspace, marker: Marker, changed: Marker) -> Workspace:
    if marker not in front_markers(workspace):
        return workspace
    return with_marker(without_marker(workspace, marker), changed)


def _with_front(workspace: Workspace, markers: Iterable[Marker]) -> Workspace:
    if workspace.front_id is None:
        return workspace
    ordered = tuple(sorted(markers, key=lambda marker: (marker.span, marker.name)))
    others = {name: rows for name, rows in workspace.markers.items() if name != workspace.front_id}
    return replace(workspace, markers={**others, workspace.front_id: ordered} if ordered else others)
