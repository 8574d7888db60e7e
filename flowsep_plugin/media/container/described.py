"""A container's sound stream as the `MediaInfo` of an audio file."""

from dataclasses import replace
from pathlib import Path

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media.info import MediaInfo
from flowsep_plugin.media.metadata.bext import Bext

from .choice import chosen_stream
from .records import AudioStream, ContainerHeader, DecodedSound
from .streams import read_header


def describe_container(path: Path, choice: str | None, length_unknown: int) -> MediaInfo:
    """Return the properties of the container at `path` and of the sound stream that `choice` names.

    length_unknown : `frames` where the header gives no length.
    Raises MediaError where it cannot be read or has no sound, UsageError where it has no such stream.
    """
    header = read_header(path)
    stream = chosen_stream(path, header.streams, choice)
    if not stream.codec or not stream.channels or not stream.rate:
        raise MediaError(f"{path}: no decoder for its sound stream {stream.label}; export it as PCM, FLAC or AAC")
    return MediaInfo(
        path=path,
        container=header.kind,
        subtype=_subtype(stream),
        bits=stream.bits,
        rate=stream.rate,
        channels=stream.channels,
        frames=length_unknown if stream.frames is None else stream.frames,
        bext=_time_stamp(header, stream),
        stream=stream,
        streams=header.streams,
        has_picture=header.has_picture,
    )


def with_decoded(info: MediaInfo, sound: DecodedSound) -> MediaInfo:
    """Return `info` with what only decoding tells: the exact length, and the rate of codecs that extend their band."""
    return replace(
        info,
        rate=sound.rate,
        channels=sound.channels,
        frames=sound.frames,
        channel_mask=sound.mask,
        remarks=sound.remarks,
    )


def _subtype(stream: AudioStream) -> str:
    """Return the codec, under libsndfile's name where it has one."""
    if not stream.codec.startswith("pcm_") or stream.bits is None:
        return stream.codec.upper()
    name = {"pcm_alaw": "ALAW", "pcm_mulaw": "ULAW"}.get(stream.codec)
    if name is None and stream.codec.startswith("pcm_f"):
        name = "FLOAT" if stream.bits == 32 else "DOUBLE"
    return name or f"PCM_{'U8' if stream.codec == 'pcm_u8' else 'S8' if stream.bits == 8 else stream.bits}"


def _time_stamp(header: ContainerHeader, stream: AudioStream) -> Bext | None:
    """Return the place of frame 0: the timecode of the first picture, or 0, plus what the sound starts after it."""
    if header.timecode is None and stream.start <= 0:
        return None
    seconds = (header.timecode or 0) + stream.start
    return Bext(time_reference=max(0, round(seconds * stream.rate)))
