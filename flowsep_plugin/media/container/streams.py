"""Reads the header of a container: its sound streams, its picture, its timecode."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from flowsep_plugin.errors import MediaError
from flowsep_plugin.media.sound_file import open_bytes

from .ends import MeteredFile, sound_ends
from .extent import ends_too_early
from .isolation import isolated_call
from .library import libav, one_line_errors, open_demuxer
from .records import AudioStream, ContainerHeader
from .sniff import sniff
from .timecode import timecode_seconds

_PCM_BITS: Final = {"u8": 8, "s8": 8, "alaw": 8, "mulaw": 8, "s16": 16, "s24": 24, "s32": 32, "f32": 32, "f64": 64}
_UNDETERMINED: Final = frozenset(("", "und", "```"))
_HEADER_SECONDS: Final = 60.0


def is_container(path: str | Path) -> bool:
    """Whether `path` is a container that is read by PyAV, told by its first bytes; MXF does not count as one."""
    kind = sniff(Path(path))
    return kind is not None and kind.demuxer != "mxf"


def streams(path: str | Path) -> tuple[AudioStream, ...]:
    """Return the sound streams of the container at `path`.

    Raises MediaError where it cannot be read, is no container, or PyAV is missing.
    """
    return read_header(Path(path)).streams


def read_header(path: Path) -> ContainerHeader:
    """Return the header of the container at `path`, read in a child process; cached until the file changes.

    Raises MediaError where it cannot be read.
    """
    try:
        status = path.stat()
    except (OSError, ValueError):
        open_bytes(path).close()  # which says what is wrong
        raise
    return _read_version(path, status.st_ino, status.st_size, status.st_mtime_ns)


@lru_cache(64)
def _read_version(path: Path, *version: int) -> ContainerHeader:
    header: ContainerHeader = isolated_call("streams:read_here", path, seconds=_HEADER_SECONDS)
    return header


def read_here(path: Path) -> ContainerHeader:
    """Return the header of the container at `path`, read in this process. Raises MediaError as `read_header` does."""
    kind = sniff(path)
    if kind is None:
        open_bytes(path).close()
        raise MediaError(f"{path} is not a video or a container of compressed sound; read it as audio")
    av = libav(path, kind.name)
    with (
        open_bytes(path) as source,
        one_line_errors(path),
        open_demuxer(av, cast(BinaryIO, file := MeteredFile(source)), kind.demuxer) as container,
    ):
        picture = first_picture(container)
        delays = opus_delays(av, container) if kind.demuxer == "mov" else {}
        sounds = [
            _described(index, stream, container, picture, delays.get(stream.index, Fraction(0)))
            for index, stream in enumerate(container.streams.audio)
        ]
        timecode = timecode_seconds(container, picture)
        ends = {} if ends_too_early(path) else sound_ends(av, container, file, kind.demuxer)
        sounds = [_ended(*pair, ends) for pair in zip(sounds, container.streams.audio, strict=True)]
    return ContainerHeader(kind=kind.name, streams=tuple(sounds), has_picture=picture is not None, timecode=timecode)


def first_picture(container: Any) -> Any:
    """Return the first video stream of an open container that is no cover; None where there is none."""
    return next((one for one in container.streams.video if "ATTACHED_PIC" not in disposition_of(one)), None)


def disposition_of(stream: Any) -> frozenset[str]:
    """Return the names of a stream's flags, such as {"DEFAULT"}."""
    flags = stream.disposition
    return frozenset(member.name.upper() for member in type(flags) if member in flags)


def start_seconds(stream: Any) -> Fraction:
    """Return the time stamp of a stream's first frame in seconds; 0 where it has none."""
    return Fraction(0) if stream.start_time is None else stream.start_time * Fraction(stream.time_base)


def opus_delays(av: Any, container: Any) -> dict[int, Fraction]:
    """Return what decoding takes off after `start_seconds`, in seconds, by the indices of an MP4's Opus streams.

    The pre-skip (RFC 7845, 4.2) is before that where an edit list says so, else after it.
    """
    delays: dict[int, Fraction] = {}
    for stream in container.streams.audio:
        context = stream.codec_context
        if context is None or not str(context.name).endswith("opus") or stream.start_time is None:
            continue
        packet = None
        with contextlib.suppress(av.error.FFmpegError):
            container.seek(stream.start_time, stream=stream)
            packet = next(container.demux(stream), None)
        if packet is not None and packet.pts == stream.start_time:
            delays[stream.index] = Fraction(int.from_bytes(bytes(context.extradata or b"")[10:12], "little"), 48_000)
    return delays


def _described(index: int, stream: Any, container: Any, picture: Any, delay: Fraction) -> AudioStream:
    """Return the description of a sound stream; `delay` is taken off at its start, in seconds."""
    origin = start_seconds(stream if picture is None else picture) + (delay if picture is None else 0)
    context, language = stream.codec_context, str(stream.metadata.get("language", "")).lower()
    name = "" if context is None else str(context.name)  # None: libav has no decoder for it
    rate = 0 if context is None else int(context.sample_rate or 0)
    layout = None if context is None else context.layout
    seconds, start = _seconds(stream, container), start_seconds(stream) + delay
    return AudioStream(
        index=index,
        codec=name,
        channels=0 if layout is None else int(layout.nb_channels),
        rate=rate,
        language="" if language in _UNDETERMINED else language,
        title=str(stream.metadata.get("title") or stream.metadata.get("name", "")),
        default="DEFAULT" in disposition_of(stream),
        bits=word_length(name),
        frames=None if seconds is None else max(0, int((seconds - delay) * rate)),
        start=start - origin,
        lead=max(Fraction(0), start - Fraction(container.start_time or 0, 1_000_000)),
    )


def _ended(sound: AudioStream, stream: Any, ends: Mapping[int, Fraction]) -> AudioStream:
    """Return a sound stream with its length by its last packet, where that is known."""
    end = ends.get(stream.index)
    if end is None or end <= start_seconds(stream):
        return sound
    return replace(sound, frames=round((end - start_seconds(stream)) * sound.rate))


def _seconds(stream: Any, container: Any) -> Fraction | None:
    """Return the length of a stream by the header, or that of its container; None where it has neither."""
    if stream.duration is not None:
        return Fraction(stream.duration * Fraction(stream.time_base))
    return None if not container.duration else Fraction(container.duration, 1_000_000)


def word_length(codec: str) -> int | None:
    """Return the bits of one sample of a PCM codec, such as 24 of "pcm_s24le"; None for any other."""
    kind = codec.removeprefix("pcm_")
    return next((bits for name, bits in _PCM_BITS.items() if codec != kind and kind.startswith(name)), None)
