"""REAPER projects (.rpp). Writing adds lines for tracks, items, takes and markers, and keeps all others."""

from typing import Final

from flowsep_plugin.timeline.formats.isolation import isolated_reader, isolated_writer
from flowsep_plugin.timeline.formats.table import Capabilities, SessionFormat, later

FORMAT: Final = SessionFormat(
    name="REAPER",
    suffixes=(".rpp",),
    read=isolated_reader(f"{__name__}.session"),
    write=isolated_writer(f"{__name__}.session", "write"),
    text_suffixes=(".rpp",),
    stored_name=later(f"{__name__}.rpp", "stored_name"),
    capabilities=Capabilities(
        stretch=True,
        reverse=True,
        channels=True,
        mixed_rates=True,
        negative_gain=True,
        gain_curves=True,
        ramps=True,
        takes=True,
    ),
)
"""REAPER writes no lock file of its own."""
