"""DAWproject (.dawproject): a zip of project.xml, metadata.xml and sounds, for Bitwig, Studio One, Cubase and others.

Source: the format's public reference and schema, version 1.0. Stems that are placed in a project go into the zip; a new
project refers to its files, unless they are embedded.
"""

from typing import Final

from flowsep_plugin.timeline.formats.isolation import isolated_reader, isolated_writer
from flowsep_plugin.timeline.formats.table import Capabilities, SessionFormat

FORMAT: Final = SessionFormat(
    name="DAWproject",
    suffixes=(".dawproject",),
    read=isolated_reader(f"{__name__}.session"),
    write=isolated_writer(f"{__name__}.session", "write"),
    embed=isolated_writer(f"{__name__}.session", "write_embedded"),
    embed_suffixes=(".dawproject",),
    extract=isolated_writer("flowsep_plugin.timeline.formats.zip_copy", "extract"),
    capabilities=Capabilities(mixed_rates=True, gain_curves=True, regions=False, origin=False, frame_rate=False),
    extra="daw",
)
