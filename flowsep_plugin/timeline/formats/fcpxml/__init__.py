"""Final Cut Pro XML (.fcpxml) 1.8 to 1.13: a storyline with clips connected to it on lanes, in rational times.

Source: Apple's FCPXML reference. OTIO's own adapter does not run on Python 3.9 and later and rounds times to pictures.
"""

from typing import Final

from flowsep_plugin.timeline.formats.isolation import isolated_reader, isolated_writer
from flowsep_plugin.timeline.formats.table import Capabilities, SessionFormat

FORMAT: Final = SessionFormat(
    name="FCPXML",
    suffixes=(".fcpxml",),
    read=isolated_reader(f"{__name__}.session"),
    write=isolated_writer(f"{__name__}.session", "write"),
    text_suffixes=(".fcpxml",),
    capabilities=Capabilities(
        mixed_rates=True,
        overlaps=False,
        regions=False,
        tempo=False,
        inserts_tracks=False,
    ),
    extra="daw",
)
