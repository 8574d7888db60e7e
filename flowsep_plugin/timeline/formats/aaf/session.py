"""AAF (.aaf) for Pro Tools, Media Composer, Resolve, Nuendo and Logic, through pyaaf2."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.changes import compare
from flowsep_plugin.timeline.media import Media, Probe
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.timeline import Timeline
from flowsep_plugin.untrusted.regular_file import open_regular

from .essence import extract_sound
from .read import composition, timeline_of
from .write import AafWriter, check_changes

_HEAD_BYTES: Final = 76
_LEAST_SECTOR: Final = 512


def read(path: Path, probe: Probe) -> Timeline:
    """Return the timeline of an AAF. Raises SessionError where it has no composition."""
    with _open_aaf(path, "r") as file:
        return timeline_of(file, path, probe)


def write(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write an AAF to `target`, with links to its sounds: a new one, or the one that was read plus its changes.

    Raises UsageError for what an AAF cannot hold.
    """
    _write(timeline, target, embedded=False)


def write_embedded(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write an AAF as `write` does, with the sound of new clips inside it, bit for bit.

    Raises UsageError also for sounds that are not PCM of at most 24 bits.
    """
    _write(timeline, target, embedded=True)


def _write(timeline: Timeline, target: Path, *, embedded: bool) -> None:
    document = timeline.document
    if document is None:
        with _open_aaf(target, "w") as file:
            mob = file.create.CompositionMob(clean(timeline.name))
            mob.usage = "Usage_TopLevel"
            file.content.mobs.append(mob)
            writer = AafWriter(file, mob, timeline.rate, embedded=embedded)
            writer.timecode(timeline)
            for track in timeline.tracks:
                writer.track(track)
        return
    changes = compare(read(document.path, document.probe), timeline)
    check_changes(changes)
    shutil.copyfile(document.path, target)
    with _open_aaf(target, "rw") as file:
        writer = AafWriter(file, composition(file), timeline.rate, embedded=embedded)
        for new in changes.tracks:
            writer.track(new.track)


def extract(session: Path, media: Media, folder: Path) -> Path:
    """Copy an embedded sound to an audio file in `folder`; returns its path.

    Raises SessionError where the AAF does not have it, or it is of an unknown kind.
    """
    with _open_aaf(session, "r") as file:
        return extract_sound(file, media, session, folder)


def _check_header(path: Path) -> None:
    """Raise SessionError where the header counts more sectors than the file has, which pyaaf2 1.7 would read in turn.

    Source: [MS-CFB] 2.2: the number of DIFAT sectors is at byte 72, a sector has at least 512 bytes.
    """
    with open_regular(path) as file:
        head = file.read(_HEAD_BYTES)
        size = os.fstat(file.fileno()).st_size
    if len(head) == _HEAD_BYTES and int.from_bytes(head[-4:], "little") > size // _LEAST_SECTOR:
        raise SessionError(
            "its header counts more sectors than it has; it is cut off or damaged, open a backup instead"
        )


@contextmanager
def _open_aaf(path: Path, mode: str) -> Iterator[Any]:
    """Open an AAF in a pyaaf2 mode (r, w, rw). Closes damaged files too, which pyaaf2 1.7 leaves open."""
    from aaf2.file import AAFFile

    if mode != "w":
        _check_header(path)
    file: Any = AAFFile.__new__(AAFFile)
    try:
        file.__init__(str(path), mode)
        yield file
        file.close()
    finally:
        if hasattr(file, "f"):
            file.f.close()
