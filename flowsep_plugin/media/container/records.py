"""Records of a container and its sound streams, as plain data that crosses between processes."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStream:
    """One sound stream of a container.

    index : its place among the sound streams, from 0.     codec : libav's name, such as "aac".
    language : ISO 639-2 code, "" where the file names none.     default : whether the file marks it to be played.
    bits : word length of one sample, None for codecs without one.
    frames : length by the header, exact only once decoded; None where the header has none.
    start : where its first frame is after the picture's first one, in seconds; 0 in files without a picture.
    lead : where its first frame is after the beginning of the file, in seconds: what DAWs play as silence.
    """

    index: int
    codec: str
    channels: int
    rate: int
    language: str = ""
    title: str = ""
    default: bool = False
    bits: int | None = None
    frames: int | None = None
    start: Fraction = Fraction(0)
    lead: Fraction = Fraction(0)

    @property
    def choice(self) -> str:
        """The text that chooses this stream: its number, from 1."""
        return str(self.index + 1)

    @property
    def label(self) -> str:
        """The stream in words, such as "2 (deu, Commentary, 5.1…)"."""
        facts = [self.language, self.title, self.codec, f"{self.channels} ch", "default" if self.default else ""]
        return f"{self.choice} ({', '.join(filter(None, facts))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerHeader:
    """Header of a container.

    kind : of container, such as "MP4".     timecode : of the first picture, in seconds since midnight.
    has_picture : whether it has a video stream that is no cover.
    """

    kind: str
    streams: tuple[AudioStream, ...]
    has_picture: bool = False
    timecode: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedSound:
    """Result of decoding: `frames` of `channels` at `rate`; `mask` of speakers, None where they are no known layout.

    remarks : what was done about gaps, and about `damaged` packets.
    """

    rate: int
    channels: int
    frames: int
    mask: int | None
    damaged: int
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFormat:
    """Format of the sound tracks that are added to a container.

    muxer : of libavformat.     codec, samples : of libavcodec, such as "aac" and "fltp".
    bits_a_second : of each channel; 0 for codecs without a choice.     is_lossless : whether stems are exact in it.
    """

    muxer: str
    codec: str
    samples: str
    bits_a_second: int = 0
    is_lossless: bool = False
