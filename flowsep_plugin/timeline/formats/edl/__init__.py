"""CMX 3600 edit decision lists (.edl): whole frames, one event a line; writing appends events and keeps every byte.

OTIO's own adapter reads one frame rate for all, and refuses audio dissolves and most channel codes, so this is ours.
"""

from typing import Final

from flowsep_plugin.timeline.formats.isolation import isolated_reader, isolated_writer
from flowsep_plugin.timeline.formats.table import Capabilities, SessionFormat

FORMAT: Final = SessionFormat(
    name="EDL",
    suffixes=(".edl",),
    read=isolated_reader(f"{__name__}.session"),
    write=isolated_writer(f"{__name__}.session", "write"),
    read_at=isolated_reader(f"{__name__}.session", "read_at"),
    text_suffixes=(".edl",),
    capabilities=Capabilities(
        mixed_rates=True,
        gain=False,
        fades=False,
        mute=False,
        overlaps=False,
        regions=False,
        tempo=False,
        frame_places=True,
        inserts_tracks=False,
    ),
)
