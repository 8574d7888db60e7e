"""Properties and metadata of an audio file, without its samples."""

from dataclasses import dataclass
from pathlib import Path

from .container.records import AudioStream
from .metadata.bext import Bext
from .metadata.markers import FileMarker


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """Properties and metadata of one file, as its header gives them.

    container : "WAV", "RF64", "W64", "FLAC", "AIFF", "OGG", "MP3", … (libsndfile's names), or "MXF", "MP4", ….
    subtype : "PCM_16", "PCM_24", "FLOAT", "VORBIS", "OPUS", … (libsndfile's names); "AAC", … in containers.
    bits : word length of one sample, None for codecs without one.
    frames : length; before decoding that in the header: an estimate for an MP3 without a Xing header, 2^63 - 1 for a
    FLAC stream without a length.
    bext, ixml : broadcast metadata; ixml byte for byte as in the file.
    has_adm : whether it has chunks of the Audio Definition Model.
    channel_mask : `dwChannelMask` of a WAVE_FORMAT_EXTENSIBLE file, or a container's layout; None elsewhere.
    stream, streams : the sound stream of a container that is read, and all of them.
    has_picture : whether it is a video.     remarks : what was done to read it, such as silence for gaps, in sentences.
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
    has_adm: bool = False
    stream: AudioStream | None = None
    streams: tuple[AudioStream, ...] = ()
    has_picture: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def lead_frames(self) -> int:
        """Frames between the beginning of the file, from which DAWs count, and the first frame that is read."""
        return 0 if self.stream is None else round(self.stream.lead * self.rate)

    @property
    def stem_mask(self) -> int | None:
        """Speaker mask for a WAV file of the same channels: 0 where more than two are no known layout.

        None is the common layout of that many channels: what FLAC means by them, and what one or two are everywhere.
        """
        if self.channel_mask is None and self.channels > 2 and self.container != "FLAC":
            return 0
        return self.channel_mask
