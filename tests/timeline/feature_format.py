"""A session format whose reader adds features to what it reads, whichever of them the format itself knows."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flowsep_plugin.timeline import SessionFormat, Timeline
from flowsep_plugin.timeline.media import Probe, probe_media


def with_features(form: SessionFormat, change: Callable[[Timeline], Timeline]) -> SessionFormat:
    """Return `form` with a reader that returns `change(timeline)`; its writer gets old tracks unchanged."""

    def read(path: Path, probe: Probe) -> Timeline:
        return change(form.read(path, probe))

    def write(timeline: Timeline, target: Path, destination: Path) -> None:
        document = timeline.document
        old = {} if document is None else {t.id: t for t in form.read(document.path, probe_media).tracks}
        tracks = tuple(old.get(track.id, track) for track in timeline.tracks)
        form.write(replace(timeline, tracks=tracks), target, destination)

    return replace(form, read=read, write=write)
