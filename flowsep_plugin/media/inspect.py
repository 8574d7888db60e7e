"""Reads and checks the header of an audio file; errors name what is wrong and what the user can do."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.errors import MediaError, UsageError

from .chunks import Chunk, body, ends_in_mid_page, find_chunks
from .container.choice import check_choice
from .container.described import describe_container
from .container.streams import is_container
from .info import MediaInfo
from .metadata.adm import ADM_CHUNKS
from .metadata.bext import Bext, parse_bext
from .metadata.markers import parse_markers
from .mxf import is_mxf, read_mxf
from .sound_file import open_bytes, open_sound

MOST_CHANNELS: Final = 128
"""The channels of a full Dolby Atmos master."""

MOST_RATE: Final = 768_000
LENGTH_UNKNOWN: Final = 2**62
"""libsndfile reports 2^63 - 1 frames where a FLAC header leaves the length open."""

_BITS: Final = {
    "PCM_S8": 8, "PCM_U8": 8, "ULAW": 8, "ALAW": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64,
}  # fmt: skip
_EXTENSIBLE: Final = 0xFFFE


@dataclass(frozen=True, slots=True)
class Inspection:
    """`info`, and the number of frames that are in the file: fewer than `info.frames` where it is truncated."""

    info: MediaInfo
    available_frames: int

    @property
    def is_cut_off(self) -> bool:
        """Whether the file has fewer frames than its header declares."""
        return self.available_frames < self.info.frames


@dataclass(frozen=True, slots=True, kw_only=True)
class _FileChunks:
    """Chunks of a file.

    bodies : of the chunks that are parsed here.     labels : body of the LIST chunk with markers' labels.
    audio_offset : bytes before the samples in an SSND chunk, 0 in others.
    """

    by_id: Mapping[bytes, Chunk]
    bodies: Mapping[bytes, bytes]
    labels: bytes
    audio_offset: int
    file_bytes: int


def inspect(path: Path, *, allow_truncated: bool = False, stream: str | None = None) -> Inspection:
    """Return the checked header of `path`; samples are not read. stream : which one of a container, see `open_media`.

    Raises MediaError where the file is missing, a folder, unreadable, empty, not audio, without frames, an Ogg stream
    that is truncated (unless `allow_truncated`), or its header has impossible values.
    """
    if is_container(path):
        return _inspect_container(path, stream)
    check_choice(stream)
    if stream not in (None, "1"):
        raise UsageError(f"{path.name} has one sound stream, 1; got {stream!r}", setting="stream")
    chunks = _read_chunks(path, allow_truncated=allow_truncated)
    if is_mxf(path):
        try:
            return _inspect_mxf(path)
        except MediaError as error:
            with suppress(MediaError):  # such as compressed sound, which PyAV may read
                return _inspect_container(path, stream)
            raise error from None
    bodies, fmt = chunks.bodies, chunks.bodies.get(b"fmt ", b"")
    order: Any = "big" if b"COMM" in chunks.by_id else "little"
    if len(fmt) >= 16 and order == "little":
        _check_shape(path, int.from_bytes(fmt[2:4], order), int.from_bytes(fmt[4:8], order))
    with open_sound(path) as sound:
        container, subtype = _names(sound)
        channels, rate, frames = sound.channels, sound.samplerate, sound.frames
    _check_shape(path, channels, rate)
    bits = _BITS.get(subtype)
    declared = _declared_frames(chunks, frame_bytes=channels * (bits or 0) // 8, decodable=frames)
    if declared == 0 or frames == 0:
        raise MediaError(f"{path}: the file holds no audio, 0 frames; {_way_out_without_frames(chunks)}")
    bext = bodies.get(b"bext")
    info = MediaInfo(
        path=path,
        container=container,
        subtype=subtype,
        bits=bits or (int(subtype[-2:]) if container == "FLAC" else None),
        rate=rate,
        channels=channels,
        frames=declared,
        bext=None if bext is None else parse_bext(bext),
        ixml=bodies.get(b"iXML"),
        markers=parse_markers(bodies.get(b"cue ", b""), chunks.labels),
        channel_mask=_mask(fmt),
        has_adm=any(name in chunks.by_id for name in ADM_CHUNKS),
    )
    return Inspection(info, frames)


def _inspect_container(path: Path, stream: str | None) -> Inspection:
    """Return the checked header of a container; its sound is decoded as far as it goes."""
    info = describe_container(path, stream, LENGTH_UNKNOWN)
    _check_shape(path, info.channels, info.rate)
    return Inspection(info, info.frames)


def _inspect_mxf(path: Path) -> Inspection:
    """Return the checked header of an MXF file; its timecode, if any, is the time reference."""
    sound = read_mxf(path)
    _check_shape(path, sound.channels, sound.rate)
    if sound.available == 0:
        raise MediaError(f"{path}: the file holds no audio, 0 frames; export it again")
    info = MediaInfo(
        path=path,
        container="MXF",
        subtype=f"PCM_{sound.bits}",
        bits=sound.bits,
        rate=sound.rate,
        channels=sound.channels,
        frames=sound.frames,
        bext=Bext(time_reference=int(sound.start * sound.rate)) if sound.start else None,
    )
    return Inspection(info, sound.available)


def cut_off(
    path: Path, *, declared: int | None = None, available: int | None = None, rate: int | None = None
) -> MediaError:
    """Return the error for a truncated file: `declared` frames in the header, of which `available` are in the file.

    declared : None for a stream that ends in the middle of a page or a box.     available, rate : None where unknown.
    """
    if declared is None:
        decoded = "" if available is None or rate is None else f" after {available} frames ({available / rate:.3f} s)"
        fault = f"it ends in mid-stream{decoded}"
    elif available is None or rate is None:
        fault = f"its header declares {declared} frames, the audio ends sooner"
    else:
        fault = f"its header declares {declared} frames, the audio ends after {available} ({available / rate:.3f} s)"
    return MediaError(
        f"{path} is cut off or damaged: {fault}; copy or export it again, "
        "or read the part that is there from Python: read_clip(path, allow_truncated=True)"
    )


def _read_chunks(path: Path, *, allow_truncated: bool) -> _FileChunks:
    """Return the chunks of the file. Raises MediaError where it cannot be opened or is a truncated Ogg stream."""
    with open_bytes(path) as file:
        chunks = find_chunks(file)
        by_id = {chunk.id: chunk for chunk in reversed(chunks)}
        file_bytes = file.seek(0, 2)
        if ends_in_mid_page(file, file_bytes) and not allow_truncated:
            raise cut_off(path)
        ssnd = by_id.get(b"SSND")
        return _FileChunks(
            by_id=by_id,
            bodies={name: body(file, by_id[name]) for name in (b"bext", b"iXML", b"fmt ", b"cue ") if name in by_id},
            labels=next((body(file, c) for c in chunks if c.id == b"LIST" and body(file, c, 4) == b"adtl"), b""),
            audio_offset=0 if ssnd is None else 8 + int.from_bytes(body(file, ssnd, 4), "big"),
            file_bytes=file_bytes,
        )


def _names(sound: Any) -> tuple[str, str]:
    container = "WAV" if sound.format == "WAVEX" else sound.format
    return str(container), str(sound.subtype)


def _check_shape(path: Path, channels: int, rate: int) -> None:
    if not 1 <= channels <= MOST_CHANNELS:
        raise MediaError(
            f"{path}: the header gives {channels} channels, 1 to {MOST_CHANNELS} are supported; export it again"
        )
    if not 1 <= rate <= MOST_RATE:
        raise MediaError(f"{path}: the header gives {rate} Hz, 1 to {MOST_RATE} are supported; export it again")


def _declared_frames(chunks: _FileChunks, *, frame_bytes: int, decodable: int) -> int:
    """Return the length that the audio chunk declares, at least `decodable`, which libsndfile counts."""
    chunk = chunks.by_id.get(b"SSND") or chunks.by_id.get(b"data")
    if chunk is None or chunk.declared is None or not frame_bytes:
        return decodable
    return max((chunk.declared - chunks.audio_offset) // frame_bytes, decodable)


def _way_out_without_frames(chunks: _FileChunks) -> str:
    data = chunks.by_id.get(b"data")
    if data is not None and data.declared == 0 and chunks.file_bytes > data.start + 8:
        return "its recorder did not finish the header: import it into your DAW as raw audio and save it again"
    return "export it again"


def _mask(fmt: bytes) -> int | None:
    with suppress(IndexError):
        if int.from_bytes(fmt[:2], "little") == _EXTENSIBLE and len(fmt) >= 24:
            return int.from_bytes(fmt[20:24], "little")
    return None
