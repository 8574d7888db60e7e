"""Properties and metadata of an audio file, without its samples."""

from dataclasses import dataclass
from pathlib import Path

from .metadata.bext import Bext
from .metadata.markers import FileMarker


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """Properties and metadata of one file, as its header gives them.

    container : "WAV", "RF64", "W64", "FLAC", "AIFF", "OGG", "MP3", … (libsndfile's names).
    subtype : "PCM_16", "PCM_24", "FLOAT", "VORBIS", "OPUS", … (libsndfile's names).
    bits : word length of one sample, None for codecs without one.
    frames : length; before decoding that in the header: an estimate for an MP3 without a Xing header, 2^63 - 1 for a
    FLAC stream without a length.
    bext, ixml : broadcast metadata; ixml byte for byte as in the file.
    channel_mask : `dwChannelMask` of a WAVE_FORMAT_EXTENSIBLE file, None elsewhere.
    """

    path: Path
    container: str
    subtype: str
    bits: int | None
    rate: int
    channels: int
    frames: int
    bext: Bext | None = None
    ixml: bytes | None = None
    markers: tuple[FileMarker, ...] = ()
    channel_mask: int | None = None
