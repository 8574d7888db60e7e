"""The only audio file I/O: `(channels, frames)` inside, turned once here; bext and iXML read, kept and written."""

from .bext import Bext, pack_bext, parse_bext
from .grid import quantise24
from .info import MediaInfo
from .markers import Marker
from .source import MediaSource, open_media, probe, read_clip

__all__ = [
    "Bext",
    "Marker",
    "MediaInfo",
    "MediaSource",
    "open_media",
    "pack_bext",
    "parse_bext",
    "probe",
    "quantise24",
    "read_clip",
]
