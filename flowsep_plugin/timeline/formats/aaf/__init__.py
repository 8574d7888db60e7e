"""AAF (.aaf) for Pro Tools, Media Composer, Resolve, Nuendo and Logic, through pyaaf2."""

from typing import Final

from flowsep_plugin.timeline.formats.isolation import isolated_reader, isolated_writer
from flowsep_plugin.timeline.formats.table import Capabilities, SessionFormat

FORMAT: Final = SessionFormat(
    name="AAF",
    suffixes=(".aaf",),
    read=isolated_reader(f"{__name__}.session"),
    write=isolated_writer(f"{__name__}.session", "write"),
    embed=isolated_writer(f"{__name__}.session", "write_embedded"),
    embed_suffixes=(".aaf",),
    extract=isolated_writer(f"{__name__}.session", "extract"),
    capabilities=Capabilities(
        mixed_rates=True,
        gain_curves=True,
        fades=False,
        mute=False,
        overlaps=False,
        markers=False,
        regions=False,
        tempo=False,
        origin=False,
        any_track_name=False,
        inserts_tracks=False,
    ),
    extra="daw",
)
