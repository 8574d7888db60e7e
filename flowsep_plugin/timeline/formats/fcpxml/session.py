"""Final Cut Pro XML (.fcpxml) 1.8 to 1.13: a storyline with clips connected to it on lanes, in rational times.

Source: Apple's FCPXML reference. OTIO's own adapter does not run on Python 3.9 and later and rounds times to pictures.
"""

from pathlib import Path
from typing import Final

from flowsep_plugin.timeline.changes import compare
from flowsep_plugin.timeline.formats.xml_text import parse_xml, xml_bytes
from flowsep_plugin.timeline.media import Probe
from flowsep_plugin.timeline.timeline import Timeline

from .read import story_of
from .write import edit_document, new_document

_DOCTYPE: Final = b"<!DOCTYPE fcpxml>\n"


def read(path: Path, probe: Probe) -> Timeline:
    """Return the timeline of a file. Raises SessionError where its XML is damaged, or it does not hold one project."""
    return story_of(parse_xml(path.read_bytes(), "fcpxml"), path, probe).timeline


def write(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write a file to `target`: a new one, or the one that was read plus its changes.

    Raises UsageError for what FCPXML cannot hold.
    """
    document = timeline.document
    if document is None:
        head, _, body = xml_bytes(new_document(timeline, destination)).partition(b"\n")
        target.write_bytes(head + b"\n" + _DOCTYPE + body)
        return
    root = parse_xml(document.path.read_bytes(), "fcpxml")
    story = story_of(root, document.path, document.probe)
    edit_document(root, story, compare(story.timeline, timeline), destination)
    target.write_bytes(xml_bytes(root))
