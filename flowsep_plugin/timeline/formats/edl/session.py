"""CMX 3600 edit decision lists (.edl): whole frames, one event a line; writing appends events and keeps every byte.

OTIO's own adapter reads one frame rate for all, and refuses audio dissolves and most channel codes, so this is ours.
"""

import codecs
from pathlib import Path

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.changes import compare
from flowsep_plugin.timeline.media import Probe
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import SessionDocument, Timeline

from .events import parse_list
from .read import timeline_of
from .write import EventWriter


def read(path: Path, probe: Probe) -> Timeline:
    """Return the timeline of an EDL. Raises SessionError where it is damaged."""
    return timeline_of(parse_list(_text(path.read_bytes())[0]), path, probe)


def read_at(path: Path, probe: Probe, frame_rate: FrameRate) -> Timeline:
    """Return the timeline of an EDL that does not state its frame rate, as `read` does; a stated one is kept."""
    return timeline_of(parse_list(_text(path.read_bytes())[0]), path, probe, frame_rate)


def write(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write an EDL to `target`: a new one, or the one that was read with new events after its own.

    Raises UsageError for what an EDL cannot hold.
    """
    if timeline.document is not None:
        target.write_bytes(_edited(timeline.document, timeline, destination))
        return
    writer = EventWriter(timeline, destination)
    lines = [f"TITLE: {clean(timeline.name)}", f"FCM: {'DROP FRAME' if writer.frame_rate.drop else 'NON-DROP FRAME'}"]
    for channel, track in enumerate(timeline.tracks, 1):
        lines += writer.track(track, channel)
    lines += writer.settings()  # after the events, as OTIO's adapter refuses comments before them
    lines += writer.locators(timeline.markers)
    target.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))


def _edited(document: SessionDocument, after: Timeline, destination: Path) -> bytes:
    data = document.path.read_bytes()
    text, encoding = _text(data)
    edits = parse_list(text)
    changes = compare(timeline_of(edits, document.path, document.probe, document.frame_rate), after)
    if changes.mutes:
        raise UsageError("an EDL has no clip mute; place the stems without muting their sources")
    first = max((event.number for event in edits.events), default=0) + 1
    channel = max((n for event in edits.events for n in (*event.channels, 0)), default=0)
    channel = max(channel, *edits.track_names, 0)
    writer = EventWriter(after, destination, first=first, digits=edits.number_digits)
    lines: list[str] = []
    for number, new in enumerate(changes.tracks, channel + 1):
        lines += writer.track(new.track, number)
    lines += writer.locators(changes.markers)
    end = "\r\n" if "\r\n" in text else "\n"
    start = "" if not text or text.endswith("\n") else end
    try:
        return data + (start + "".join(f"{line}{end}" for line in lines)).encode(encoding, "surrogateescape")
    except UnicodeEncodeError as error:
        sign = str(error.object)[error.start]
        raise UsageError(f"{document.path.name} cannot hold the sign {sign!r}; save it as UTF-8 first") from error


def _text(data: bytes) -> tuple[str, str]:
    """Return the text of a file and the encoding in which more can follow it."""
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(name), name
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"
