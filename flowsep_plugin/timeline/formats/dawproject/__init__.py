"""DAWproject (.dawproject): a zip of project.xml, metadata.xml and sounds, for Bitwig, Studio One, Cubase and others.

Source: the format's public reference and schema, version 1.0. Stems that are placed in a project go into the zip; a new
project refers to its files, unless they are embedded.
"""

from typing import Final

from flowsep_plugin.timeline.formats.table import Capabilities, SessionFormat, later

FORMAT: Final = SessionFormat(
    name="DAWproject",
    suffixes=(".dawproject",),
    read=later(f"{__name__}.session", "read"),
    write=later(f"{__name__}.session", "write"),
    embed=later(f"{__name__}.session", "write_embedded"),
    embed_suffixes=(".dawproject",),
    extract=later("flowsep_plugin.timeline.formats.zip_copy", "extract"),
    capabilities=Capabilities(mixed_rates=True, gain_curves=True, regions=False, origin=False, frame_rate=False),
    extra="daw",
)
