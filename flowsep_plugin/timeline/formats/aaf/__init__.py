"""AAF (.aaf) for Pro Tools, Media Composer, Resolve, Nuendo and Logic, through pyaaf2."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.timeline.changes import compare
from flowsep_plugin.timeline.formats.table import Capabilities, SessionFormat
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.timeline import Timeline

from .essence import extract_sound
from .read import composition, timeline_of
from .write import AafWriter, check


def read(path: Path) -> Timeline:
    """Read an AAF. Raises SessionError where it is damaged."""
    with _opened(path, "r") as file:
        return timeline_of(file, path)


def write(timeline: Timeline, target: Path, directory: Path) -> None:
    """Write an AAF: the one it was read from with what is new, or a plain new one; sounds are linked."""
    _write(timeline, target, embedded=False)


def write_embedded(timeline: Timeline, target: Path, directory: Path) -> None:
    """Write an AAF as `write` does, with the sound of new clips inside it, bit for bit."""
    _write(timeline, target, embedded=True)


def _write(timeline: Timeline, target: Path, *, embedded: bool) -> None:
    document = timeline.document
    if document is None:
        with _opened(target, "w") as file:
            mob = file.create.CompositionMob(clean(timeline.name))
            mob.usage = "Usage_TopLevel"
            file.content.mobs.append(mob)
            writer = AafWriter(file, mob, timeline.rate, embedded=embedded)
            writer.timecode(timeline)
            for track in timeline.tracks:
                writer.track(track)
        return
    changes = compare(read(document.path), timeline)
    check(changes)
    shutil.copyfile(document.path, target)
    with _opened(target, "rw") as file:
        writer = AafWriter(file, composition(file), timeline.rate, embedded=embedded)
        for new in changes.tracks:
            writer.track(new.track)


def extract(session: Path, media: Media, folder: Path) -> Path:
    """Copy an embedded sound into `folder` as an audio file. Raises SessionError where it is not there."""
    with _opened(session, "r") as file:
        return extract_sound(file, media, session, folder)


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[Any]:
    """Open an AAF; pyaaf2 1.7 leaves the file open where it is damaged, so it is closed here."""
    from aaf2.file import AAFFile

    file: Any = AAFFile.__new__(AAFFile)
    try:
        file.__init__(str(path), mode)
        yield file
        file.close()
    finally:
        if hasattr(file, "f"):
            file.f.close()


FORMAT: Final = SessionFormat(
    name="AAF",
    suffixes=(".aaf",),
    read=read,
    write=write,
    embed=write_embedded,
    embed_suffixes=(".aaf",),
    extract=extract,
    capabilities=Capabilities(
        fades=False,
        mute=False,
        overlaps=False,
        markers=False,
        tempo=False,
        origin=False,
        any_track_name=False,
        inserts_tracks=False,
    ),
    extra="daw",
)
