"""Ardour and Mixbus sessions (.ardour). Ardour 7.3 opens, renders and saves what is written here."""

from pathlib import Path

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.formats.xml_text import parse_xml, xml_bytes
from flowsep_plugin.timeline.media import Probe
from flowsep_plugin.timeline.timeline import Timeline

from .read import timeline_of
from .sound import audio_folder
from .write import edit_session, new_session


def read(path: Path, probe: Probe) -> Timeline:
    """Return the timeline of a session. Raises SessionError where its XML is damaged or lacks an id or name."""
    return timeline_of(parse_xml(path.read_bytes(), "Session"), path, probe)


def write(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write a session to `target`: a new one, or the one that was read plus its changes.

    Raises UsageError for what Ardour cannot hold, and for new sounds outside the session's own folder: Ardour opens a
    session with those only once.
    """
    document = timeline.document
    folder = audio_folder(destination)
    for _, clip in timeline.clips():
        is_new = document is None or clip.like is not None
        if is_new and clip.media is not None and clip.media.path.parent != folder:
            raise UsageError(f"{clip.media.path} is outside the session; copy it to {folder} first")
    if document is None:
        target.write_bytes(xml_bytes(new_session(timeline, destination.stem)))
        return
    session = parse_xml(document.path.read_bytes(), "Session")
    edit_session(session, timeline_of(session, document.path, document.probe), timeline)
    target.write_bytes(xml_bytes(session))
