"""What is known about an audio file without its samples."""

from dataclasses import dataclass
from pathlib import Path

from .bext import Bext
from .markers import FileMarker


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """The facts of one file.

    container : "WAV", "RF64", "W64", "FLAC", "AIFF", "OGG", "MP3", … (libsndfile's names).
    subtype : "PCM_16", "PCM_24", "FLOAT", "VORBIS", "OPUS", … (libsndfile's names).
    bits : word length of one sample, None where the codec has none.
    frames : length; before decoding it is what the header promises: a guess for an MP3 without a Xing header, 2^63 - 1
    for a FLAC stream that leaves it open.
    bext, ixml : broadcast metadata; ixml byte for byte as it lies in the file.
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
