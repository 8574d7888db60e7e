"""Ardour and Mixbus sessions (.ardour). Ardour 7.3 opens, renders and saves what is written here."""

from typing import Final

from flowsep_plugin.timeline.formats.isolation import isolated_reader, isolated_writer
from flowsep_plugin.timeline.formats.table import Capabilities, SessionFormat, later

FORMAT: Final = SessionFormat(
    name="Ardour",
    suffixes=(".ardour",),
    read=isolated_reader(f"{__name__}.session"),
    write=isolated_writer(f"{__name__}.session", "write"),
    extract=later(f"{__name__}.sound", "extract"),
    media_folder=later(f"{__name__}.sound", "audio_folder"),
    locks=later(f"{__name__}.lock", "locks"),
    text_suffixes=(".ardour",),
    capabilities=Capabilities(negative_gain=True, channels=True, gain_curves=True, any_track_name=False),
    extra="daw",
)
