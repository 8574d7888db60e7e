"""All audio file I/O: samples are `(channels, frames)` float32, transposed here only; bext and iXML are preserved."""

from .adm import StemAdm, stem_adm
from .channel_selection import ChannelSelection, with_channels
from .encoders import BITS, SUFFIXES, Format, check_fits
from .full_scale import passes_full_scale
from .grid import quantise24
from .info import MediaInfo
from .metadata.bext import Bext, pack_bext, parse_bext
from .metadata.markers import FileMarker
from .source import MediaSource, open_media, probe, read_clip, truncated_frames
from .stems import placed_metadata, source_time_reference, stem_metadata
from .writer import StemWriter, open_writer, write_clip

__all__ = [
    "BITS",
    "SUFFIXES",
    "Bext",
    "ChannelSelection",
    "FileMarker",
    "Format",
    "MediaInfo",
    "MediaSource",
    "StemAdm",
    "StemWriter",
    "check_fits",
    "open_media",
    "open_writer",
    "pack_bext",
    "parse_bext",
    "passes_full_scale",
    "placed_metadata",
    "probe",
    "quantise24",
    "read_clip",
    "source_time_reference",
    "stem_adm",
    "stem_metadata",
    "truncated_frames",
    "with_channels",
    "write_clip",
]
