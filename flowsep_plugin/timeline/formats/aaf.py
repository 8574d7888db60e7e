"""AAF (.aaf) for Pro Tools, Media Composer, Resolve, Nuendo and Logic, through pyaaf2."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.changes import compare
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.names import clean, file_name
from flowsep_plugin.timeline.timeline import Timeline

from .aaf_read import composition, timeline_of
from .aaf_write import Writer, check
from .table import SessionFormat

SUFFIXES: Final = (".aaf",)


def read(path: Path) -> Timeline:
    """Read an AAF. Raises SessionError where it is damaged."""
    with _opened(path, "r") as file:
        return timeline_of(file, path)


def write(timeline: Timeline, target: Path, home: Path) -> None:
    """Write an AAF: the one it was read from with what is new, or a plain new one."""
    document = timeline.document
    if document is None:
        with _opened(target, "w") as file:
            mob = file.create.CompositionMob(clean(timeline.name))
            mob.usage = "Usage_TopLevel"
            file.content.mobs.append(mob)
            writer = Writer(file, mob, timeline.rate)
            writer.timecode(timeline)
            for track in timeline.tracks:
                writer.track(track)
        return
    changes = compare(read(document.path), timeline)
    check(changes)
    shutil.copyfile(document.path, target)
    with _opened(target, "rw") as file:
        writer = Writer(file, composition(file), timeline.rate)
        for new in changes.tracks:
            writer.track(new.track)


def extract(session: Path, media: Media, folder: Path) -> Path:
    """Copy an embedded sound into `folder` as a WAV file. Raises SessionError where it is not there."""
    with _opened(session, "r") as file:
        source = next((mob for mob in file.content.sourcemobs() if str(mob.mob_id) == media.member), None)
        if source is None or source.essence is None:
            raise SessionError(f"{session.name} does not hold the sound {media.member}; export it with embedded audio")
        target = folder / f"{file_name(source.name or 'sound')}.wav"
        source.export_audio(str(target))
    return target


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


FORMAT: Final = SessionFormat("AAF", SUFFIXES, read, write, extract=extract, needs="daw")
