"""OpenTimelineIO (.otio, .otioz): tracks of clips and gaps in sequence; writing keeps everything else in its JSON.

OTIO has no fields for gain, fades and the session's rate: they are kept in `metadata["flowsep"]`.
"""

from typing import Final

from flowsep_plugin.timeline.formats.isolation import isolated_reader, isolated_writer
from flowsep_plugin.timeline.formats.table import Capabilities, SessionFormat

FORMAT: Final = SessionFormat(
    name="OTIO",
    suffixes=(".otio", ".otioz"),
    read=isolated_reader(f"{__name__}.session"),
    write=isolated_writer(f"{__name__}.session", "write"),
    embed=isolated_writer(f"{__name__}.session", "write_embedded"),
    embed_suffixes=(".otioz",),
    extract=isolated_writer("flowsep_plugin.timeline.formats.zip_copy", "extract"),
    text_suffixes=(".otio",),
    capabilities=Capabilities(negative_gain=True, tempo=False, frame_rate=False, overlaps=False),
    extra="daw",
)
